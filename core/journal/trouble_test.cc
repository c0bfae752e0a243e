// Rules of journals on bad disks: full, read-only, vanished, without reservations, and cut off
// power.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/clock.h"
#include "base/testing/fake_disk.h"
#include "journal/testing/journal_fixture.h"

namespace cairn::journal {
namespace {

constexpr char kDir[] = "/run";
constexpr char kPath[] = "/run/0.cairn";

class Trouble : public JournalFixture {
 protected:
  Trouble() { EXPECT_TRUE(disk.make_dirs(kDir)); }

  // Appends entries from `n` on until one is refused; how many are kept now.
  static size_t append_until_refused(Writer& writer, size_t n) {
    while (append(writer, entry(n))) ++n;
    return n;
  }

  FakeDisk disk;
};

TEST_F(Trouble, AFullDiskRefusesAndKeepsWhatWasThere) {
  for (const auto options : {windowed(), unwindowed()}) {
    disk.set_free_bytes(10 * kPageBytes);
    const auto writer = begin(disk, kPath, options);
    const size_t kept = append_until_refused(*writer, 0);
    EXPECT_EQ(writer->last_error().code(), Code::kLimit);
    EXPECT_GT(writer->offset(), 9 * kPageBytes) << "the last pages were not used";
    EXPECT_EQ(read_all(disk, kPath), entries(kept));

    disk.set_free_bytes(UINT64_MAX);
    const int64_t deadline_ns = monotonic_now_ns() + 10 * kNsPerSecond;
    while (!append(*writer, entry(kept)) && monotonic_now_ns() < deadline_ns) {
    }
    ASSERT_TRUE(append(*writer, entry(kept + 1)));
    EXPECT_EQ(read_all(disk, kPath), entries(kept + 2));
    ASSERT_TRUE(disk.remove(kPath));
  }
}

TEST_F(Trouble, OnAFullDiskThereIsRoomForTheLastWords) {
  disk.set_free_bytes(4 * kPageBytes);
  const auto writer = begin(disk, kPath);
  std::vector<Entry> expected = entries(append_until_refused(*writer, 0));
  for (const Entry& last : {Entry{1, std::string(300, 'l')}, Entry{2, std::string(300, 'm')}}) {
    ASSERT_TRUE(writer->append_last(last.kind, last.payload));
    expected.push_back(last);
  }
  EXPECT_FALSE(append(*writer, entry(0))) << "ordinary records do not use that room";
  EXPECT_EQ(read_all(disk, kPath), expected);
  ASSERT_TRUE(writer->close());
  EXPECT_EQ(read_all(disk, kPath), expected);
}

TEST_F(Trouble, AFullDiskIsNotAskedAgainForEveryAppend) {
  disk.set_free_bytes(4 * kPageBytes);
  const auto writer = begin(disk, kPath);
  const size_t kept = append_until_refused(*writer, 0);
  const uint64_t operations = disk.operations();
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(append(*writer, entry(kept)));
  EXPECT_LT(disk.operations(), operations + 100);
  EXPECT_EQ(writer->last_error().code(), Code::kLimit);
}

TEST_F(Trouble, AJournalThatCannotBeBegunLeavesNoFile) {
  disk.set_free_bytes(10);
  EXPECT_EQ(Writer::create(disk, kPath).error().code(), Code::kLimit);
  EXPECT_FALSE(disk.exists(kPath));
  disk.set_read_only(true);
  EXPECT_EQ(Writer::create(disk, kPath).error().code(), Code::kIo);
}

TEST_F(Trouble, AReadOnlyDiskRefusesAndRecovers) {
  const auto writer = begin(disk, kPath, unwindowed());
  ASSERT_TRUE(append(*writer, entry(0)));
  disk.set_read_only(true);
  EXPECT_EQ(append(*writer, entry(1)).error().code(), Code::kIo);
  disk.set_read_only(false);
  ASSERT_TRUE(append(*writer, entry(1)));
  EXPECT_EQ(read_all(disk, kPath), entries(2));
}

TEST_F(Trouble, WithoutReservationsEveryAppendIsOneWrite) {
  disk.set_can_reserve(false);
  const auto writer = begin(disk, kPath);
  const uint64_t operations = disk.operations();
  append_all(*writer, entries(100));
  EXPECT_EQ(disk.operations(), operations + 100);
  EXPECT_EQ(disk.content(kPath).size(), writer->offset());
  EXPECT_EQ(read_all(disk, kPath), entries(100));
}

TEST_F(Trouble, ReservationsThatEndMidwayAreReplacedByWrites) {
  const auto writer = begin(disk, kPath);
  append_all(*writer, entries(20));
  disk.set_can_reserve(false);
  for (size_t n = 20; n < 300; ++n) {
    ASSERT_TRUE(writer->prepare());
    ASSERT_TRUE(append(*writer, entry(n)));
  }
  EXPECT_EQ(read_all(disk, kPath), entries(300));
}

TEST_F(Trouble, OnANetworkNoWindowIsUsed) {
  disk.set_local(false);
  const auto writer = begin(disk, kPath);
  append_all(*writer, entries(100));
  EXPECT_EQ(disk.content(kPath).size(), writer->offset());
}

TEST_F(Trouble, ADeletedJournalIsToldBySync) {
  const auto writer = begin(disk, kPath);
  ASSERT_TRUE(append(*writer, entry(0)));
  ASSERT_TRUE(writer->sync());
  disk.vanish(kDir);
  EXPECT_TRUE(append(*writer, entry(1)));
  EXPECT_EQ(writer->sync().error().code(), Code::kNotFound);
  EXPECT_EQ(Writer::create(disk, kPath).error().code(), Code::kNotFound);
}

TEST_F(Trouble, AJournalIsNeverBegunTwice) {
  const auto writer = begin(disk, kPath);
  EXPECT_EQ(Writer::create(disk, kPath).error().code(), Code::kConflict);
}

TEST_F(Trouble, AClosedJournalTakesNothingMore) {
  const auto writer = begin(disk, kPath);
  ASSERT_TRUE(append(*writer, entry(0)));
  ASSERT_TRUE(writer->close());
  EXPECT_EQ(append(*writer, entry(1)).error().code(), Code::kInvalid);
  EXPECT_TRUE(writer->sync());
  EXPECT_TRUE(writer->prepare());
  EXPECT_TRUE(writer->close());
  EXPECT_EQ(read_all(disk, kPath), entries(1));
}

TEST_F(Trouble, AWriterThatDiesLeavesZerosThatAreNoTail) {
  {
    const auto writer = begin(disk, kPath);
    append_all(*writer, entries(5));
  }
  EXPECT_GT(disk.content(kPath).size(), kWindowBytes);
  const auto reader = open(disk, kPath);
  EXPECT_EQ(read_on(*reader), entries(5));
  EXPECT_EQ(*reader->tail_bytes(), 0u);
}

// A history: steps of a writer's life, and what it was told when the machine stopped.
struct Told {
  size_t attempted = 0;     // entries an append was called for
  size_t acknowledged = 0;  // entries whose append returned well
  size_t synced = 0;        // of these, acknowledged before a sync that returned well
};

class CrashSweep : public Trouble, public testing::WithParamInterface<bool> {
 protected:
  static constexpr size_t kSteps = 160;

  Told live(Disk& on, size_t steps) {
    Told told;
    auto writer = Writer::create(on, kPath, this_process(), GetParam() ? windowed() : unwindowed());
    if (!writer) return told;
    for (size_t step = 0; step < steps; ++step) {
      ++told.attempted;
      if (!append(**writer, entry(told.acknowledged))) return told;
      ++told.acknowledged;
      if (step % 3 == 1 && !(*writer)->prepare()) return told;
      if (step % 7 == 6) {
        if (!(*writer)->sync()) return told;
        told.synced = told.acknowledged;
      }
    }
    if (steps == kSteps && (*writer)->close()) told.synced = told.acknowledged;
    return told;
  }

  // Every entry that must be there is there, in order, and nothing is that was never appended.
  static void expect_kept(FakeDisk& after, const Told& told, size_t must, const std::string& when) {
    SCOPED_TRACE(when);
    const auto reader = Reader::open(after, kPath);
    if (!reader) {
      EXPECT_EQ(must, 0u) << reader.error().message();
      return;
    }
    const auto found = read_on(**reader);
    const auto all = entries(told.attempted);
    ASSERT_GE(found.size(), must);
    EXPECT_TRUE(
        std::equal(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(must), found.begin()));
    auto next = all.begin();
    for (const Entry& entry : found) {
      next = std::find(next, all.end(), entry);
      ASSERT_NE(next, all.end()) << "an entry that was not appended, or not here";
      ++next;
    }
  }

  static void expect_survives(const FakeDisk& stopped, const Told& told, const std::string& when) {
    expect_kept(*stopped.kill(), told, told.acknowledged, when + ", killed");
    expect_kept(*stopped.crash(Crash::kLost), told, told.synced, when + ", lost");
    expect_kept(*stopped.crash(Crash::kKept), told, told.acknowledged, when + ", kept");
    for (uint64_t seed = 0; seed < 8; ++seed) {
      expect_kept(*stopped.crash(Crash::kTorn, seed), told, told.synced,
                  when + ", torn " + std::to_string(seed));
    }
  }
};

TEST_P(CrashSweep, WhatWasAcknowledgedSurvivesAStopAfterEveryOperation) {
  FakeDisk whole;
  ASSERT_TRUE(whole.make_dirs(kDir));
  ASSERT_EQ(live(whole, kSteps).synced, kSteps);
  for (uint64_t n = 0; n < whole.operations(); ++n) {
    FakeDisk stopping;
    ASSERT_TRUE(stopping.make_dirs(kDir));
    stopping.stop_after(n);
    const Told told = live(stopping, kSteps);
    expect_survives(stopping, told, "stopped after operation " + std::to_string(n));
  }
}

TEST_P(CrashSweep, WhatWasAcknowledgedSurvivesAStopAfterEveryAppend) {
  for (size_t steps = 0; steps < kSteps; ++steps) {
    FakeDisk stopping;
    ASSERT_TRUE(stopping.make_dirs(kDir));
    const Told told = live(stopping, steps);
    expect_survives(stopping, told, "stopped after append " + std::to_string(steps));
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, CrashSweep, testing::Bool(),
                         [](const auto& mode) { return mode.param ? "Window" : "Write"; });

}  // namespace
}  // namespace cairn::journal
