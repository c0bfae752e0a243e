// Damage: what is broken is told and counted, and the rest stays usable.
#include <fstream>

#include "ingest/testing/store_fixture.h"
#include "store/pack.h"
#include "wire/event_codec.h"

namespace cairn::ingest {
namespace {

class DamageTest : public StoreFixture {
 protected:
  bool names_file(const store::Check& check, const std::string& file) {
    for (const std::string& sentence : check.damage)
      if (sentence.find(file) != std::string::npos) return true;
    return false;
  }
};

TEST_F(DamageTest, InTheMiddleOfAJournalIsCountedAndTheRestIsThere) {
  GivenRun run = given_run("r");
  run.logs("loss", 0, 1);
  const uint64_t offset = run.offset();
  run.logs("loss", 1, 2);
  const uint64_t next = run.offset();
  run.logs("loss", 2, 3);
  damage(run.path(), offset + 20, "damage");
  Looker reader = a_reader();
  EXPECT_EQ(reader.points("r", "loss"), (std::vector<SeenPoint>{point(0, 1), point(2, 3)}));
  const auto lost = static_cast<int64_t>(next - offset);
  EXPECT_EQ(reader.run("r").losses, object({{"damaged bytes", lost}}));
  EXPECT_TRUE(names_file(reader.verify(), "r~1~w.clog"));
  reader.writes_everything_out();
  run.finishes();
  reader.looks();
  EXPECT_EQ(reader.run("r").losses, object({{"damaged bytes", lost}}));
  EXPECT_EQ(a_reader().everything(), reader.everything());
}

TEST_F(DamageTest, OfAJournalsHeaderIsCountedOnce) {
  GivenRun run = given_run("r");
  run.logs("loss", 0, 1);
  damage(run.path(), 8, "damage");
  Looker reader = a_reader();
  reader.looks();
  EXPECT_EQ(reader.points("r", "loss").size(), 1u);
  EXPECT_EQ(reader.run("r").losses, object({{"damaged bytes", int64_t{128}}}));
  EXPECT_EQ(a_reader().run("r").losses, object({{"damaged bytes", int64_t{128}}}));
}

TEST_F(DamageTest, OfTheFirstEventLeavesARunThatEnds) {
  GivenRun run = given_run("r");
  run.logs("loss", 0, 1);
  damage(run.path(), 128 + 20, "damage");
  Looker reader = a_reader();
  EXPECT_EQ(reader.points("r", "loss").size(), 1u);
  EXPECT_EQ(reader.run("r").state, model::RunState::kRunning);
  run.dies();
  reader.looks();
  EXPECT_EQ(reader.run("r").state, model::RunState::kCrashed);
  EXPECT_TRUE(journals().empty());
}

TEST_F(DamageTest, OfAShapeCostsItsRowsOnly) {
  GivenRun run = given_run("r");
  run.logs("loss", 0, 1);
  const uint64_t offset = run.offset();
  run.logs("acc", 1, 2).logs("acc", 2, 2);  // shape 1 is defined here
  damage(run.path(), offset + 20, "damage");
  run.logs("loss", 3, 3).logs("lr", 4, 4);  // shape 2
  run.finishes();
  Looker reader = a_reader();
  EXPECT_EQ(reader.points("r", "loss").size(), 2u);
  EXPECT_EQ(reader.points("r", "acc").size(), 0u);
  EXPECT_EQ(reader.points("r", "lr").size(), 1u);
  EXPECT_TRUE(reader.run("r").losses.find("damaged bytes"));
}

TEST_F(DamageTest, AnEventOfANewerCairnIsPassedOver) {
  GivenRun run = given_run("r");
  run.logs("loss", 0, 1).writes_frame(4000, "from the future").logs("loss", 1, 2);
  run.writes(model::ConfigChanged{nullptr}).writes(model::SummaryChanged{model::Value(5)});
  run.configures(object({{"lr", 0.1}})).writes(model::ConfigChanged{model::Value("text")});
  run.finishes();
  Looker reader = a_reader();
  EXPECT_EQ(reader.points("r", "loss").size(), 2u);
  EXPECT_EQ(reader.run("r").config, object({{"lr", 0.1}})) << "an event of no object is no change";
}

TEST_F(DamageTest, AJournalThatIsNoneHidesNoOther) {
  given_run("r").logs("loss", 0, 1).finishes();
  std::ofstream(layout().live(kProject) + "/bad~1~w.clog") << std::string(5000, 'x');
  Looker reader = a_reader();
  EXPECT_EQ(reader.points("r", "loss").size(), 1u);
  EXPECT_FALSE(reader.has_run("bad"));
  EXPECT_EQ(reader.ingest().unreadable().size(), 1u);
  EXPECT_TRUE(names_file(reader.verify(), "bad~1~w.clog"));
  const auto collected = reader.ingest().collect_garbage(0, false);
  ASSERT_FALSE(collected) << "it may refer to any blob";
  EXPECT_EQ(collected.error().code(), Code::kCorrupt);
}

TEST_F(DamageTest, OfAPackCostsOneSeriesOnly) {
  GivenRun run = given_run("r");
  for (int64_t step = 0; step < 100; ++step) {
    const auto value = static_cast<double>(step);
    run.logs({"loss", "acc"}, step, {1 / (value + 3), value});
  }
  run.finishes();
  given_run("other").logs("loss", 0, 1).finishes();
  a_reader();
  const std::string pack = layout().packs(kProject) + "/r~1~1.cpack";
  auto reader = store::PackReader::open(posix_disk(), pack);
  ASSERT_TRUE(reader);
  const auto directory = (*reader)->directory();
  ASSERT_TRUE(directory);
  ASSERT_EQ(directory->tables.size(), 1u);
  ASSERT_EQ(directory->tables[0].columns[0].key, "loss");
  damage(pack, directory->tables[0].columns[0].values.offset + 30, "damage!");

  Looker looker = a_reader();
  const auto series = looker.store().pieces(kProject, "r", "loss");
  ASSERT_TRUE(series && series->pieces.size() == 1);
  std::vector<double> values(100);
  const auto read = looker.store().read_values(series->pieces[0], 0, values);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Code::kCorrupt);
  EXPECT_NE(read.error().message().find("r~1~1.cpack"), std::string::npos);
  EXPECT_EQ(looker.points("r", "acc").size(), 100u);
  EXPECT_EQ(looker.points("other", "loss").size(), 1u);
  EXPECT_TRUE(names_file(looker.verify(), "r~1~1.cpack"));
  EXPECT_FALSE(names_file(looker.verify(), "other~1~1.cpack"));

  // A resume needs the statistics of what is in view: the damaged series keeps what is known.
  GivenRun again = given_run("r", {.session = 2, .writer = "w2"});
  again.logs("acc", 50, -1);
  looker.looks();
  EXPECT_EQ(looker.points("r", "acc").size(), 51u);
  EXPECT_EQ(looker.run("r").state, model::RunState::kRunning);
  again.finishes();
  looker.looks();
  EXPECT_EQ(looker.run("r").state, model::RunState::kFinished);
}

TEST_F(DamageTest, AMissingPackIsNamed) {
  given_run("r").logs("loss", 0, 1).finishes();
  Looker reader = a_reader();
  std::filesystem::remove(layout().packs(kProject) + "/r~1~1.cpack");
  EXPECT_TRUE(names_file(a_reader().verify(), "r~1~1.cpack"));
}

TEST_F(DamageTest, AFolderOfANewerCairnIsRefused) {
  given_run("r").finishes();
  a_reader();
  std::ofstream(layout().settings()) << R"({"version": 99, "uuid": "x"})";
  const auto opened = store::open_embedded(posix_disk(), root(), false);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), Code::kInvalid);
  EXPECT_NE(opened.error().message().find("99"), std::string::npos);
}

TEST_F(DamageTest, AnOddProjectNameIsRefused) {
  Looker reader = a_process();
  for (const char* name : {"../x", "", ".hidden", "a/b"}) {
    const auto revision = reader.store().revision(name);
    ASSERT_FALSE(revision) << name;
    EXPECT_EQ(revision.error().code(), Code::kInvalid);
  }
  const auto missing = reader.store().revision("nowhere");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Code::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(layout().project("nowhere")));
}

}  // namespace
}  // namespace cairn::ingest
