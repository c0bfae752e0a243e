// Rules of journals: what was appended is read back, and what is no frame is never taken for one.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/clock.h"
#include "base/limits.h"
#include "base/testing/fake_disk.h"
#include "journal/testing/journal_fixture.h"

namespace cairn::journal {
namespace {

constexpr char kPath[] = "/run.cairn";

class Journal : public JournalFixture {
 protected:
  std::unique_ptr<Writer> begin(Writer::Options options = windowed()) {
    return JournalFixture::begin(disk, kPath, options);
  }
  std::unique_ptr<Reader> open() { return JournalFixture::open(disk, kPath); }
  std::vector<Entry> read_all() { return JournalFixture::read_all(disk, kPath); }

  // A closed journal of `count` entries; `ends` gets where each frame ends.
  std::string journal_of(size_t count, std::vector<uint64_t>* ends = nullptr) {
    const auto writer = begin();
    for (const Entry& entry : entries(count)) {
      EXPECT_TRUE(append(*writer, entry));
      if (ends) ends->push_back(writer->offset());
    }
    EXPECT_TRUE(writer->close());
    return disk.content(kPath);
  }

  FakeDisk disk;
};

TEST_F(Journal, WhatWasAppendedIsReadBackAcrossManyWindows) {
  for (const auto options : {windowed(), unwindowed()}) {
    const auto writer = begin(options);
    append_all(*writer, entries(500));
    EXPECT_GT(writer->offset(), 8 * kWindowBytes);
    EXPECT_EQ(read_all(), entries(500));
    ASSERT_TRUE(writer->close());
    EXPECT_EQ(read_all(), entries(500));
    EXPECT_EQ(disk.content(kPath).size(), writer->offset());
    ASSERT_TRUE(disk.remove(kPath));
  }
}

TEST_F(Journal, AWindowPreparedAheadIsUsed) {
  const auto writer = begin();
  for (size_t n = 0; n < 500; ++n) {
    ASSERT_TRUE(writer->prepare());
    const uint64_t operations = disk.operations();
    ASSERT_TRUE(append(*writer, entry(n)));
    EXPECT_EQ(disk.operations(), operations) << "appending entry " << n << " had to reserve space";
  }
  EXPECT_EQ(read_all(), entries(500));
}

TEST_F(Journal, AReaderFollowsALivingWriter) {
  for (const auto options : {windowed(), unwindowed()}) {
    const auto writer = begin(options);
    const auto reader = open();
    std::vector<Entry> found;
    for (size_t n = 0; n < 300; ++n) {
      ASSERT_TRUE(append(*writer, entry(n)));
      if (n % 3 == 0) continue;
      const auto more = read_on(*reader);
      found.insert(found.end(), more.begin(), more.end());
      EXPECT_EQ(found.size(), n + 1);
    }
    EXPECT_EQ(found, entries(300));
    EXPECT_TRUE(reader->damage().empty());
    ASSERT_TRUE(disk.remove(kPath));
  }
}

TEST_F(Journal, AFramePublishedAfterTheBufferWasFilledIsSeenBeforeTheEndIs) {
  const auto writer = begin();
  append_all(*writer, entries(2));
  const auto reader = open();
  Frame frame;
  ASSERT_TRUE(*reader->next(frame));  // the buffer now shows two frames and zeros
  ASSERT_TRUE(append(*writer, entry(2)));
  ASSERT_TRUE(*reader->next(frame));
  ASSERT_TRUE(*reader->next(frame));
  EXPECT_EQ(frame.payload, entry(2).payload);
}

TEST_F(Journal, AReservationUsedInPartLeavesNoStaleBytes) {
  const auto writer = begin();
  char* room = writer->reserve(1000);
  std::memset(room, 'x', 1000);
  room = writer->reserve(500);
  std::memset(room, 'y', 500);
  ASSERT_TRUE(writer->commit(7, 10));
  const std::string bytes = disk.content(kPath);
  EXPECT_EQ(bytes.find_first_not_of('\0', writer->offset()), std::string::npos);
  EXPECT_EQ(read_all(), (std::vector<Entry>{{7, "yyyyyyyyyy"}}));
}

TEST_F(Journal, AReservationNeverCommittedIsNoFrame) {
  const auto writer = begin();
  ASSERT_TRUE(append(*writer, entry(0)));
  std::memset(writer->reserve(1000), 'x', 1000);
  EXPECT_TRUE(writer->commit(7, 0));
  EXPECT_EQ(read_all(), entries(1));
}

TEST_F(Journal, AnEmptyRecordIsInvalidAndATooLargeOneIsALimit) {
  const auto writer = begin();
  EXPECT_EQ(writer->append(1, "").error().code(), Code::kInvalid);
  EXPECT_EQ(writer->append(1, std::string(kFrameBytesMax + 1, 'x')).error().code(), Code::kLimit);
  EXPECT_TRUE(read_all().empty());
}

TEST_F(Journal, TheLargestFrameFits) {
  for (const auto options : {windowed(), unwindowed()}) {
    const auto writer = begin(options);
    const Entry large{3, std::string(kFrameBytesMax, 'x')};
    append_all(*writer, {entry(0), large, entry(1)});
    EXPECT_EQ(read_all(), (std::vector<Entry>{entry(0), large, entry(1)}));
    ASSERT_TRUE(disk.remove(kPath));
  }
}

TEST_F(Journal, AnUploadHasTheBytesOfTheFile) {
  for (const auto options : {windowed(), unwindowed()}) {
    const auto writer = begin(options);
    append_all(*writer, entries(20));
    ASSERT_TRUE(writer->close());
    const std::string file = disk.content(kPath);
    std::string upload = encode_header(open()->writer());
    for (const Entry& entry : entries(20)) {
      append_frame(upload, upload.size(), entry.kind, entry.payload);
    }
    EXPECT_EQ(upload, file);
    ASSERT_TRUE(disk.remove(kPath));
  }
}

TEST_F(Journal, FrameAtFindsAFrameOnlyWhereItWasWritten) {
  const std::string bytes = journal_of(3);
  const std::string body = bytes.substr(kHeaderBytes);
  EXPECT_EQ(frame_at(body, kHeaderBytes, kHeaderBytes)->payload, entry(0).payload);
  EXPECT_EQ(frame_at(body, kHeaderBytes + 8, kHeaderBytes + 8).error().code(), Code::kCorrupt);
  EXPECT_EQ(frame_at(body, kHeaderBytes, 0).error().code(), Code::kCorrupt);
  EXPECT_EQ(frame_at(body, kHeaderBytes, UINT64_MAX).error().code(), Code::kCorrupt);
}

TEST_F(Journal, SeekGoesToAnyFrameAgain) {
  std::vector<uint64_t> ends;
  journal_of(50, &ends);
  const auto reader = open();
  read_on(*reader);
  reader->seek(ends[9]);
  EXPECT_EQ(reader->offset(), ends[9]);
  EXPECT_EQ(read_on(*reader).front(), entry(10));
}

TEST_F(Journal, EveryCutKeepsTheFramesBeforeItAndReportsNoDamage) {
  std::vector<uint64_t> ends;
  const std::string whole = journal_of(12, &ends);
  for (size_t cut = kHeaderBytes; cut < whole.size(); ++cut) {
    disk.set_content(kPath, whole.substr(0, cut));
    const auto kept = static_cast<size_t>(
        std::count_if(ends.begin(), ends.end(), [&](uint64_t end) { return end <= cut; }));
    const auto reader = open();
    EXPECT_EQ(read_on(*reader), entries(kept)) << cut;
    EXPECT_TRUE(reader->damage().empty()) << cut;
    const uint64_t tail = cut - (kept == 0 ? kHeaderBytes : ends[kept - 1]);
    EXPECT_LE(*reader->tail_bytes(), tail) << cut;
    EXPECT_EQ(*reader->tail_bytes() > 0, tail > 0) << cut;
  }
  for (size_t cut = 0; cut < kHeaderBytes; ++cut) {
    disk.set_content(kPath, whole.substr(0, cut));
    EXPECT_EQ(Reader::open(disk, kPath).error().code(), Code::kUnavailable) << cut;
  }
}

TEST_F(Journal, EveryFlippedByteCostsAtMostItsOwnFrameAndIsCounted) {
  std::vector<uint64_t> ends;
  const std::string whole = journal_of(12, &ends);
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const int mask : {0x01, 0x80, 0xFF}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ mask);
      disk.set_content(kPath, damaged);
      const auto reader = open();
      const auto found = read_on(*reader);
      if (at < kHeaderBytes) {
        EXPECT_EQ(found, entries(12)) << at;
        ASSERT_EQ(reader->damage().size(), 1u) << at;
        EXPECT_EQ(reader->damage()[0].bytes, kHeaderBytes);
        EXPECT_EQ(reader->writer().pid, 0u);
        continue;
      }
      const auto hit =
          static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), at) - ends.begin());
      const uint64_t begin = hit == 0 ? kHeaderBytes : ends[hit - 1];
      auto expected = entries(12);
      if (at < begin + kFrameHeaderBytes + entry(hit).payload.size()) {  // not in the padding
        expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(hit));
        if (hit == 11) {
          EXPECT_TRUE(reader->damage().empty()) << at;
          EXPECT_GT(*reader->tail_bytes(), 0u) << at;
        } else {
          ASSERT_EQ(reader->damage().size(), 1u) << at;
          EXPECT_EQ(reader->damage()[0].offset, begin);
          EXPECT_EQ(reader->damage()[0].bytes, ends[hit] - begin);
        }
      }
      EXPECT_EQ(found, expected) << at;
    }
  }
}

TEST_F(Journal, AHoleOfZerosBeforeValidFramesIsDamageAndIsCountedOnce) {
  std::vector<uint64_t> ends;
  std::string bytes = journal_of(200, &ends);
  ASSERT_GT(bytes.size(), 3 * kPageBytes);
  std::fill_n(bytes.begin() + kPageBytes, kPageBytes, '\0');
  disk.set_content(kPath, bytes + std::string(kPageBytes, '\0'));
  const auto reader = open();
  const auto found = read_on(*reader);
  std::vector<Entry> expected;
  uint64_t begin = kHeaderBytes;
  for (size_t n = 0; n < 200; ++n) {
    if (ends[n] <= kPageBytes || begin >= 2 * kPageBytes) expected.push_back(entry(n));
    begin = ends[n];
  }
  EXPECT_EQ(found, expected);
  EXPECT_TRUE(read_on(*reader).empty());
  ASSERT_EQ(reader->damage().size(), 1u);
  EXPECT_LE(reader->damage()[0].offset, kPageBytes);
  EXPECT_EQ(*reader->tail_bytes(), 0u);
}

TEST_F(Journal, OnANetworkAGapWaitsUntilTheFileIsAtRest) {
  std::string bytes = journal_of(20);
  bytes[kHeaderBytes + kFrameHeaderBytes] ^= 1;
  disk.set_local(false);
  disk.set_now_ns(wall_now_ns());
  disk.set_content(kPath, bytes);
  const auto reader = open();
  EXPECT_TRUE(read_on(*reader).empty());
  disk.set_now_ns(wall_now_ns() - 2 * kGapSettledNs);
  ASSERT_TRUE(disk.touch(kPath));
  EXPECT_EQ(read_on(*reader).size(), 19u);
  EXPECT_EQ(reader->damage().size(), 1u);
}

TEST_F(Journal, OtherFilesAreNoJournals) {
  disk.set_content(kPath, std::string(1000, 'x'));
  EXPECT_EQ(Reader::open(disk, kPath).error().code(), Code::kCorrupt);
  disk.set_content(kPath, std::string(1000, '\0'));
  EXPECT_EQ(Reader::open(disk, kPath).error().code(), Code::kUnavailable);
  EXPECT_EQ(Reader::open(disk, "/absent").error().code(), Code::kNotFound);
}

TEST_F(Journal, AMegabyteOfFalseHeadersEndsTheReadInLinearTime) {
  // Every eight bytes claim a frame of 16 MiB that is there to be hashed.
  const uint64_t claim = uint64_t{1} << 32 | kFrameBytesMax;
  std::string bytes = journal_of(1);
  bytes.resize(kPageBytes, 0);
  while (bytes.size() < 2 * kFrameBytesMax) {
    bytes.append(reinterpret_cast<const char*>(&claim), sizeof claim);
  }
  disk.set_content(kPath, bytes);
  EXPECT_EQ(read_all(), entries(1));
}

}  // namespace
}  // namespace cairn::journal
