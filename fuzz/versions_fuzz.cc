// Fuzzes the book of versions: any file is refused or read, and numbers stay who they were.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/testing/fake_disk.h"
#include "journal/journal.h"
#include "store/version_book.h"

namespace {

constexpr char kPath[] = "/versions.clog";

void number_twice(std::string_view bytes) {
  using namespace cairn;
  const std::vector<std::string> digests = {std::string(64, 'a'), std::string(64, 'b'),
                                            std::string(64, 'c')};
  std::vector<store::ArtifactContent> contents;
  for (const std::string& digest : digests) contents.push_back({"net", digest});
  FakeDisk disk;
  disk.set_content(kPath, bytes);
  store::VersionBook book(disk, kPath);
  const auto first = book.number(contents);
  if (!first) return;
  CHECK(std::set<uint32_t>(first->begin(), first->end()).size() == contents.size());
  const auto again = book.number(contents);
  CHECK(again && *again == *first);
  store::VersionBook afresh(disk, kPath);
  const auto reread = afresh.number(contents);
  CHECK(reread && *reread == *first);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  number_twice(bytes);
  // A fuzzer seldom guesses a hash: the same bytes as the payload of a frame.
  if (bytes.empty() || bytes.size() > (1 << 16)) return 0;
  std::string framed = cairn::journal::encode_header({});
  cairn::journal::append_frame(framed, framed.size(), 1, bytes);
  number_twice(framed);
  return 0;
}
