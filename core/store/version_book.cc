// Reading the book of versions, and writing new numbers into it.
#include "store/version_book.h"

#include <algorithm>
#include <ctime>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"
#include "model/artifact.h"

namespace cairn::store {
namespace {

constexpr uint16_t kNumbered = 1;  // text name, text digest, varint number
constexpr uint32_t kNumberMax = UINT32_MAX - 1;
constexpr int kLockTries = 400;
constexpr long kLockPauseNs = 5'000'000;

std::string encode_numbered(const ArtifactContent& content, uint32_t number) {
  ByteWriter out;
  out.text(content.name);
  out.text(content.sha256);
  out.varint(number);
  return out.take();
}

// What keeps a process from writing for longer than a moment.
bool is_lasting(const Error& error) {
  return error.code() == Code::kIo || error.code() == Code::kLimit ||
         error.code() == Code::kNotFound;
}

}  // namespace

Result<std::vector<uint32_t>> VersionBook::number(std::span<const ArtifactContent> contents) {
  const auto has_new = [](const std::vector<Entry>& entries) {
    return std::any_of(entries.begin(), entries.end(), [](const Entry& e) { return e.is_new; });
  };
  std::vector<Entry> entries = look_up(contents);
  if (has_new(entries)) {
    TRY_VOID(read_on());
    entries = look_up(contents);
  }
  if (has_new(entries)) {
    const auto given = give(contents);
    if (!given && !is_lasting(given.error())) return tl::unexpected(given.error());
    entries = look_up(contents);
  }
  std::vector<uint32_t> numbers;
  numbers.reserve(entries.size());
  for (const Entry& entry : entries) numbers.push_back(entry.number);
  return numbers;
}

std::vector<VersionBook::Entry> VersionBook::look_up(
    std::span<const ArtifactContent> contents) const {
  std::map<std::string_view, Numbers> given;  // what would be added, by name
  std::vector<Entry> entries;
  entries.reserve(contents.size());
  for (const ArtifactContent& content : contents) {
    const auto artifact = x_artifacts.find(content.name);
    const Numbers* known = artifact == x_artifacts.end() ? nullptr : &artifact->second;
    if (known) {
      if (const auto found = known->by_digest.find(content.sha256);
          found != known->by_digest.end()) {
        entries.push_back({found->second, false});
        continue;
      }
    }
    const auto [at, is_first] = given.try_emplace(content.name);
    if (is_first && known) at->second.next = known->next;
    const auto [number, is_new] =
        at->second.by_digest.try_emplace(std::string(content.sha256), at->second.next);
    if (is_new) ++at->second.next;
    entries.push_back({number->second, is_new});
  }
  return entries;
}

Result<void> VersionBook::read_on() {
  if (!x_reader) {
    auto reader = journal::Reader::open(x_disk, x_path);
    const bool is_absent = !reader && (reader.error().code() == Code::kNotFound ||
                                       reader.error().code() == Code::kUnavailable);
    if (is_absent) return {};
    TRY(x_reader, std::move(reader));
  }
  journal::Frame frame;
  while (true) {
    TRY(const bool more, x_reader->next(frame));
    if (!more) return {};
    if (frame.kind == kNumbered) take(frame.payload);
  }
}

// The first word about a content, and about a number, holds.
void VersionBook::take(std::string_view payload) {
  ByteReader in(payload);
  const std::string_view name = in.text();
  const std::string_view sha256 = in.text();
  const uint64_t number = in.varint();
  if (!in.ok() || !model::is_artifact_name(name) || !is_sha256_hex(sha256) || number > kNumberMax)
    return;
  Numbers& numbers = x_artifacts[std::string(name)];
  if (number < numbers.next) {
    const bool is_taken = std::any_of(numbers.by_digest.begin(), numbers.by_digest.end(),
                                      [&](const auto& known) { return known.second == number; });
    if (is_taken) return;
  }
  if (numbers.by_digest.try_emplace(std::string(sha256), static_cast<uint32_t>(number)).second)
    numbers.next = std::max(numbers.next, static_cast<uint32_t>(number) + 1);
}

Result<void> VersionBook::give(std::span<const ArtifactContent> contents) {
  TRY(const auto file, open_locked());
  TRY_VOID(read_on());  // whoever held the lock before has perhaps given them
  TRY(const uint64_t size, file->size());
  const uint64_t end = x_reader ? x_reader->offset() : 0;
  std::string bytes = x_reader ? "" : journal::encode_header(journal::this_process());
  const std::vector<Entry> entries = look_up(contents);
  for (size_t i = 0; i < contents.size(); ++i)
    if (entries[i].is_new)
      journal::append_frame(bytes, end + bytes.size(), kNumbered,
                            encode_numbered(contents[i], entries[i].number));
  if (size > end) TRY_VOID(file->truncate(end));  // a writer died amid its words
  TRY_VOID(file->write_at(end, bytes));
  TRY_VOID(file->sync());
  if (!x_reader) TRY_VOID(x_disk.sync_dir(parent_of(x_path)));
  return read_on();
}

Result<std::unique_ptr<File>> VersionBook::open_locked() {
  TRY(auto file, x_disk.open(x_path, OpenMode::kReadWrite));
  for (int tries = 0; tries < kLockTries; ++tries) {
    TRY(const bool is_ours, file->try_lock());
    if (is_ours) return file;
    const timespec pause{0, kLockPauseNs};
    ::nanosleep(&pause, nullptr);
  }
  return fail(Code::kUnavailable, "another process holds the numbers of artifacts ({})", x_path);
}

Result<uint64_t> VersionBook::damaged_bytes() {
  TRY_VOID(read_on());
  uint64_t bytes = 0;
  if (x_reader)
    for (const journal::Damage& damage : x_reader->damage()) bytes += damage.bytes;
  return bytes;
}

}  // namespace cairn::store
