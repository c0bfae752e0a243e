// The vocabulary of journal tests: numbered entries, and a journal read whole.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/disk.h"
#include "journal/journal.h"

namespace cairn::journal {

struct Entry {
  uint16_t kind;
  std::string payload;
  bool operator==(const Entry&) const = default;
};

class JournalFixture : public testing::Test {
 protected:
  static constexpr size_t kWindowBytes = 2 * kPageBytes;
  static Writer::Options windowed() { return {true, kWindowBytes}; }
  static Writer::Options unwindowed() { return {false, kWindowBytes}; }

  static std::unique_ptr<Writer> begin(Disk& disk, const std::string& path,
                                       Writer::Options options = windowed()) {
    auto writer = Writer::create(disk, path, this_process(), options);
    EXPECT_TRUE(writer) << writer.error().message();
    return std::move(*writer);
  }

  // Entry `n`: sizes differ, so that frames fall on every place relative to pages and windows.
  static Entry entry(size_t n) {
    const size_t size = 1 + n * 37 % 300;
    Entry made{static_cast<uint16_t>(1 + n % 5), std::to_string(n) + ":"};
    while (made.payload.size() < size) {
      made.payload.push_back(static_cast<char>(n + made.payload.size()));
    }
    return made;
  }
  static std::vector<Entry> entries(size_t count) {
    std::vector<Entry> made;
    for (size_t n = 0; n < count; ++n) made.push_back(entry(n));
    return made;
  }

  static Result<void> append(Writer& writer, const Entry& entry) {
    return writer.append(entry.kind, entry.payload);
  }
  static void append_all(Writer& writer, const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
      const auto appended = append(writer, entry);
      ASSERT_TRUE(appended) << appended.error().message();
    }
  }

  static std::unique_ptr<Reader> open(Disk& disk, const std::string& path) {
    auto reader = Reader::open(disk, path);
    EXPECT_TRUE(reader) << reader.error().message();
    return std::move(*reader);
  }
  static std::vector<Entry> read_on(Reader& reader) {
    std::vector<Entry> found;
    Frame frame;
    while (*reader.next(frame)) found.push_back({frame.kind, std::string(frame.payload)});
    return found;
  }
  static std::vector<Entry> read_all(Disk& disk, const std::string& path) {
    return read_on(*open(disk, path));
  }
};

}  // namespace cairn::journal
