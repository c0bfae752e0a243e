// Fuzzes the journal's reader: any file is read to its end, and what is read was really there.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/testing/fake_disk.h"
#include "journal/journal.h"

namespace {

constexpr char kPath[] = "/journal";

void require(bool holds) {
  if (!holds) std::abort();
}

void read_to_the_end(cairn::FakeDisk& disk, std::string_view bytes) {
  using namespace cairn::journal;
  const auto reader = Reader::open(disk, kPath);
  if (!reader) return;
  Frame frame;
  uint64_t end = kHeaderBytes;
  while (*(*reader)->next(frame)) {
    require(frame.offset >= end && frame.offset % 8 == 0 && frame.kind != 0);
    const auto again = frame_at(bytes, 0, frame.offset);
    require(again && again->kind == frame.kind && again->payload == frame.payload);
    end = (*reader)->offset();
    require(end >= frame.offset + kFrameHeaderBytes + frame.payload.size() && end <= bytes.size());
  }
  require((*reader)->offset() == end);
  require(end + *(*reader)->tail_bytes() <= std::max<uint64_t>(bytes.size(), kHeaderBytes));
  uint64_t damage_end = 0;
  for (const Damage& damage : (*reader)->damage()) {
    require(damage.bytes > 0 && damage.offset >= damage_end);
    damage_end = damage.offset + damage.bytes;
  }
  require(damage_end <= bytes.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  cairn::FakeDisk disk;
  disk.set_content(kPath, bytes);
  read_to_the_end(disk, bytes);
  // A fuzzer seldom guesses a header's hash: the same bytes once more behind a valid header.
  const std::string headed = cairn::journal::encode_header({}) + std::string(bytes);
  disk.set_content(kPath, headed);
  read_to_the_end(disk, headed);
  return 0;
}
