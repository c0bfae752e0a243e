// Rebuild: the index is derived; lost or damaged, it is made again from packs and journals.
#include <fstream>

#include "ingest/testing/store_fixture.h"

namespace cairn::ingest {
namespace {

class RebuildTest : public StoreFixture {
 protected:
  // Runs in every state, living ones with tails in memory and in packs among them.
  void given_many_runs() {
    for (int i = 0; i < 3; ++i) {
      GivenRun run = given_run("sealed-" + std::to_string(i));
      fill(run, i);
      run.finishes(i);
    }
    a_reader();
    x_living.push_back(given_run("living"));
    fill(x_living.back(), 5);
    x_living.push_back(given_run("packed"));
    fill(x_living.back(), 6);
    x_living.back().says_partially("half a li");
    {
      Looker importer = a_reader();
      importer.writes_everything_out();
    }
    fill(x_living.back(), 7);
    x_living.push_back(given_run("sealed-1", {.session = 2, .writer = "again"}));
    x_living.back().logs("loss", 2, -1);
  }
  static void fill(GivenRun& run, int64_t base) {
    for (int64_t s = 0; s < 5; ++s)
      run.logs({"loss", "acc"}, base * 10 + s, {static_cast<double>(s), 0.5});
    run.logs_system("cpu", 1000, 5).says("line").records("image", 1, object({{"a", base}}));
    run.keeps(object({{"name", base}})).configures(object({{"base", base}})).loses("x", 1);
    run.captures(object({{"host", object({{"hostname", "h"}, {"cpu", "c"}})}}));
    run.summarises(object({{"best", base}}));
  }
  void index_is_garbage() {
    for (const char* ending : {"-wal", "-shm"})
      std::filesystem::remove(layout().index(kProject) + ending);
    std::ofstream(layout().index(kProject), std::ios::binary) << std::string(20'000, 'g');
  }
  std::vector<GivenRun> x_living;
};

TEST_F(RebuildTest, GivesTheSameAnswers) {
  given_many_runs();
  Looker reader = a_reader();
  const std::string before = reader.everything();
  ASSERT_TRUE(reader.store().rebuild(kProject));
  reader.looks();
  EXPECT_EQ(reader.everything(), before);
  EXPECT_EQ(a_reader().everything(), before);
}

TEST_F(RebuildTest, GivesTheSameAnswersWhenTheIndexWasDeleted) {
  given_many_runs();
  const std::string before = a_reader().everything();
  for (const char* ending : {"", "-wal", "-shm"})
    std::filesystem::remove(layout().index(kProject) + ending);
  EXPECT_EQ(a_reader().everything(), before) << "it is made again without being asked";
}

TEST_F(RebuildTest, ADamagedIndexIsSaidAndMadeAgain) {
  given_many_runs();
  const std::string before = a_reader().everything();
  index_is_garbage();
  Looker reader = a_process();
  const auto caught_up = reader.ingest().catch_up(kProject);
  ASSERT_FALSE(caught_up);
  EXPECT_EQ(caught_up.error().code(), Code::kCorrupt);
  EXPECT_NE(caught_up.error().message().find("cairn doctor --rebuild"), std::string::npos)
      << caught_up.error().message();
  EXPECT_FALSE(reader.verify().damage.empty());
  const auto rebuilt = reader.store().rebuild(kProject);
  ASSERT_TRUE(rebuilt) << rebuilt.error().message();
  reader.looks();
  EXPECT_EQ(reader.everything(), before);
}

TEST_F(RebuildTest, AnIndexDamagedUnderAnOpenStoreIsMadeAgain) {
  given_many_runs();
  Looker reader = a_reader();
  const std::string before = reader.everything();
  const auto series = reader.store().pieces(kProject, "living", "loss");
  ASSERT_TRUE(series);
  index_is_garbage();
  const auto rebuilt = reader.store().rebuild(kProject);
  ASSERT_TRUE(rebuilt) << rebuilt.error().message();
  reader.looks();
  EXPECT_EQ(reader.everything(), before);
  std::vector<double> values(series->pieces[0].count);
  const auto read = reader.store().read_values(series->pieces[0], 0, values);
  ASSERT_FALSE(read) << "handles from before are refused, not mixed up";
  EXPECT_EQ(read.error().code(), Code::kUnavailable);
}

TEST_F(RebuildTest, OtherProcessesGoOn) {
  given_many_runs();
  Looker a = a_reader(), b = a_reader();
  ASSERT_TRUE(a.store().rebuild(kProject));
  a.looks();
  x_living[0].logs("loss", 100, 1);
  x_living[1].logs("new", 100, 1);
  b.looks();
  a.looks();
  EXPECT_EQ(b.points("living", "loss").size(), 6u);
  b.writes_everything_out();
  a.looks();
  EXPECT_EQ(a.everything(), b.everything());
  EXPECT_EQ(a.everything(), a_reader().everything());
}

TEST_F(RebuildTest, ADamagedPackCostsItsOwnRunOnly) {
  given_many_runs();
  Looker reader = a_reader();
  const auto size = std::filesystem::file_size(layout().packs(kProject) + "/sealed-0~1~1.cpack");
  damage(layout().packs(kProject) + "/sealed-0~1~1.cpack", size - 60, "damage!");
  ASSERT_TRUE(reader.store().rebuild(kProject));
  reader.looks();
  EXPECT_FALSE(reader.has_run("sealed-0"));
  EXPECT_EQ(reader.points("sealed-2", "loss").size(), 5u);
  const store::Check check = reader.verify();
  ASSERT_FALSE(check.damage.empty());
  EXPECT_NE(check.damage[0].find("sealed-0~1~1.cpack"), std::string::npos) << check.damage[0];
}

}  // namespace
}  // namespace cairn::ingest
