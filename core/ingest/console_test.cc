// Console: lines are folded, numbered and kept once, wherever they lie; so are records and
// artifacts.
#include "base/limits.h"
#include "ingest/testing/store_fixture.h"

namespace cairn::ingest {
namespace {

using Lines = std::vector<std::string>;

class ConsoleTest : public StoreFixture {};

TEST_F(ConsoleTest, AnUnfinishedLineIsReplacedByItsNextPiece) {
  GivenRun run = given_run("r");
  run.says("hello").says_partially(" 10%|#").says_partially(" 20%|##");
  Looker reader = a_reader();
  EXPECT_EQ(reader.console("r"), (Lines{"hello", " 20%|##..."}));
  run.says_partially("warn", 1);
  reader.looks();
  EXPECT_EQ(reader.console("r"), (Lines{"hello", " 20%|##...", "warn..."}));
  run.says("100%|####").says("done");
  reader.looks();
  EXPECT_EQ(reader.console("r"), (Lines{"hello", "100%|####", "done", "warn..."}));
}

TEST_F(ConsoleTest, EachWriterHasItsOwnUnfinishedLine) {
  GivenRun a = given_run("r", {.writer = "a"}), b = given_run("r", {.writer = "b"});
  a.says_partially("a 10%");
  b.says_partially("b 10%");
  Looker reader = a_reader();
  EXPECT_EQ(reader.console("r"), (Lines{"a 10%...", "b 10%..."}));
  b.says("b done");
  reader.looks();
  EXPECT_EQ(reader.console("r"), (Lines{"b done", "a 10%..."}));
  b.finishes();
  reader.looks();
  EXPECT_EQ(reader.console("r"), (Lines{"b done", "a 10%..."})) << "the other writer lives";
  a.dies();
  reader.looks();
  EXPECT_EQ(reader.console("r"), (Lines{"b done", "a 10%"}));
}

TEST_F(ConsoleTest, WhatADeadWriterLeftUnfinishedIsKept) {
  GivenRun run = given_run("r");
  run.says("one").says_partially("Segmentation fa");
  {
    Looker importer = a_reader();
    importer.writes_everything_out();  // the journal's position is past the unfinished line
  }
  run.dies();
  EXPECT_EQ(a_reader().console("r"), (Lines{"one", "Segmentation fa"}));
  EXPECT_EQ(a_reader().console("r"), (Lines{"one", "Segmentation fa"}));
}

TEST_F(ConsoleTest, LinesAreNumberedAcrossPacksAndSessions) {
  Lines expected;
  Looker reader = a_process();
  for (int session = 1; session <= 3; ++session) {
    GivenRun run = given_run("r", {.session = session, .writer = "w" + std::to_string(session)});
    for (int i = 0; i < 5; ++i) {
      expected.push_back(std::to_string(session) + "." + std::to_string(i));
      run.says(expected.back());
      reader.looks();
      if (i % 2 == 0) reader.writes_everything_out();
    }
    run.finishes();
    reader.looks();
  }
  EXPECT_EQ(reader.console("r"), expected);
  EXPECT_EQ(a_reader().console("r"), expected);
}

TEST_F(ConsoleTest, APartIsReadFromAnywhere) {
  GivenRun run = given_run("r");
  constexpr uint64_t kLines = 5000;
  for (uint64_t i = 0; i < kLines; ++i) {
    run.says(std::string(100, 'x') + std::to_string(i));
    if (i == 3000) a_reader().writes_everything_out();
  }
  const auto check = [&](Looker& reader) {
    for (const uint64_t first : std::vector<uint64_t>{0, 1, 2999, 3000, 3001, 4990, 5000, 9999}) {
      const auto lines = reader.store().read_console(kProject, "r", first, 20);
      ASSERT_TRUE(lines);
      ASSERT_EQ(lines->size(), std::min<uint64_t>(20, kLines - std::min(first, kLines)));
      for (size_t i = 0; i < lines->size(); ++i) {
        EXPECT_EQ((*lines)[i].number, first + i);
        EXPECT_TRUE((*lines)[i].text.ends_with("x" + std::to_string(first + i)));
      }
    }
  };
  Looker reader = a_reader();
  check(reader);
  run.finishes();
  reader.looks();
  check(reader);
  EXPECT_EQ(reader.console("r").size(), kLines);
}

TEST_F(ConsoleTest, AMonstrousLineIsCut) {
  GivenRun run = given_run("r");
  run.says(std::string(1 << 20, 'x')).finishes();
  EXPECT_EQ(a_reader().console("r").at(0).size(), kConsoleLineBytesMax);
}

TEST_F(ConsoleTest, RecordsAndArtifactsAreKeptInOrder) {
  GivenRun run = given_run("r");
  Looker reader = a_process();
  for (int64_t i = 0; i < 6; ++i) {
    run.records("image", i, object({{"sha256", std::to_string(i)}}));
    run.keeps(object({{"name", std::to_string(i)}}));
    reader.looks();
    if (i % 2 == 0) reader.writes_everything_out();
  }
  run.finishes();
  for (int round = 0; round < 2; ++round) {
    const auto records = reader.store().read_records(kProject, "r");
    const auto artifacts = reader.store().read_artifacts(kProject, "r");
    ASSERT_TRUE(records && artifacts);
    ASSERT_EQ(records->size(), 6u);
    ASSERT_EQ(artifacts->size(), 6u);
    for (size_t i = 0; i < 6; ++i) {
      EXPECT_EQ((*records)[i].record, object({{"sha256", std::to_string(i)}}));
      EXPECT_EQ((*artifacts)[i], object({{"name", std::to_string(i)}}));
    }
    reader.looks();
  }
}

TEST_F(ConsoleTest, ARecordThatFitsIntoNoFrameIsCountedAndTheRunKept) {
  GivenRun run = given_run("r");
  std::string noise(kFrameBytesMax - 200, '\0');
  uint64_t state = 1;
  for (char& c : noise) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    c = static_cast<char>(state >> 56);
  }
  run.records("blob", 0, object({{"data", noise}})).records("small", 1, object({{"a", 1}}));
  run.logs("loss", 0, 1).finishes();
  Looker reader = a_reader();
  EXPECT_EQ(reader.points("r", "loss").size(), 1u);
  const auto records = reader.store().read_records(kProject, "r");
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 1u);
  EXPECT_EQ(records->at(0).key, "small");
  EXPECT_TRUE(reader.run("r").losses.find("damaged bytes"));
}

}  // namespace
}  // namespace cairn::ingest
