// Network: on a shared file system each host keeps what it derives at home and removes no journal.
#include <cstdlib>

#include "ingest/testing/store_fixture.h"

namespace cairn::ingest {
namespace {

class NetworkTest : public StoreFixture {
 protected:
  void SetUp() override { setenv("CAIRN_ASSUME_NETWORK_FS", "1", 1); }
  void TearDown() override {
    unsetenv("CAIRN_ASSUME_NETWORK_FS");
    unsetenv("CAIRN_CACHE_DIR");
  }
  GivenRun given_elsewhere(const std::string& id) { return given_run(id, {.elsewhere = true}); }
  // A process on one of two hosts that share the folder.
  Looker on_host(const std::string& host) {
    setenv("CAIRN_CACHE_DIR", (x_home.path() + "/" + host).c_str(), 1);
    Looker looker = a_process();
    looker.looks();
    return looker;
  }
  // The file server itself, for which the folder is local.
  Looker on_the_server() {
    unsetenv("CAIRN_ASSUME_NETWORK_FS");
    Looker looker = a_reader();
    setenv("CAIRN_ASSUME_NETWORK_FS", "1", 1);
    return looker;
  }
  std::vector<std::string> files_under(const std::string& dir, const std::string& ending) {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir))
      if (entry.path().extension() == ending) found.push_back(entry.path().string());
    return found;
  }
  store::TempFolder x_home;
};

TEST_F(NetworkTest, IndexAndPacksLieAtHomeAndJournalsStay) {
  given_elsewhere("r").logs("loss", 0, 1).finishes();
  Looker looker = on_host("a");
  EXPECT_EQ(looker.run("r").state, model::RunState::kFinished);
  EXPECT_EQ(looker.points("r", "loss").size(), 1u);
  EXPECT_EQ(journals().size(), 1u);
  EXPECT_TRUE(packs().empty());
  EXPECT_FALSE(std::filesystem::exists(layout().index(kProject)));
  EXPECT_EQ(files_under(x_home.path() + "/a", ".cpack").size(), 1u);
  EXPECT_EQ(files_under(x_home.path() + "/a", ".db").size(), 1u);
}

TEST_F(NetworkTest, WhetherARunElsewhereLivesIsUnknownUntilItSaysItsEnd) {
  GivenRun run = given_elsewhere("r");
  run.logs("loss", 0, 1);
  Looker looker = on_host("a");
  EXPECT_EQ(looker.run("r").state, model::RunState::kRunning);
  EXPECT_EQ(looker.run("r").liveness, model::Liveness::kUnknown);
  const auto removed = looker.ingest().remove(kProject, "r", false);
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code(), Code::kConflict);
  run.finishes();
  looker.looks();
  EXPECT_EQ(looker.run("r").state, model::RunState::kFinished);
  EXPECT_EQ(looker.run("r").liveness, model::Liveness::kEnded);
}

TEST_F(NetworkTest, TwoHostsSeeTheSame) {
  GivenRun living = given_run("living");
  living.logs("loss", 0, 1).says("line");
  given_elsewhere("ended").logs("loss", 0, 2).finishes();
  Looker a = on_host("a"), b = on_host("b");
  EXPECT_EQ(a.everything(), b.everything());
  living.logs("loss", 1, 1);
  a.looks();
  a.writes_everything_out();
  b.looks();
  EXPECT_EQ(a.everything(), b.everything());
  EXPECT_EQ(on_host("a").everything(), on_host("b").everything());
  EXPECT_EQ(on_host("c").points("living", "loss").size(), 2u);
}

TEST_F(NetworkTest, ARunThatAnotherHostRemovedIsForgotten) {
  given_elsewhere("r").logs("loss", 0, 1).finishes();
  given_elsewhere("kept").logs("loss", 0, 1).finishes();
  Looker a = on_host("a");
  on_host("b");
  ASSERT_TRUE(a.ingest().remove(kProject, "r", false));
  Looker b = on_host("b");
  EXPECT_FALSE(b.has_run("r"));
  EXPECT_TRUE(b.has_run("kept"));
  EXPECT_EQ(files_under(x_home.path() + "/b", ".cpack").size(), 1u);
}

TEST_F(NetworkTest, PacksOfTheServerAreTheTruth) {
  GivenRun run = given_run("r");
  run.logs("loss", 0, 1);
  on_host("a").writes_everything_out();  // derived at home: one point
  run.logs("loss", 1, 2).finishes();
  Looker server = on_the_server();  // seals, and removes the journal
  EXPECT_TRUE(journals().empty());
  EXPECT_EQ(packs().size(), 1u);
  Looker a = on_host("a");
  EXPECT_EQ(a.points("r", "loss").size(), 2u);
  EXPECT_EQ(a.everything(), server.everything());
  EXPECT_EQ(on_host("b").everything(), server.everything());
}

TEST_F(NetworkTest, RebuildMakesWhatLiesAtHomeAgain) {
  GivenRun living = given_run("living");
  living.logs("loss", 0, 1);
  given_elsewhere("ended").logs("loss", 0, 2).finishes();
  Looker a = on_host("a");
  a.writes_everything_out();
  const std::string before = a.everything();
  for (const std::string& pack : files_under(x_home.path() + "/a", ".cpack"))
    damage(pack, 200, "x");
  const auto rebuilt = a.store().rebuild(kProject);
  ASSERT_TRUE(rebuilt) << rebuilt.error().message();
  a.looks();
  EXPECT_EQ(a.everything(), before);
  EXPECT_TRUE(a.verify().damage.empty());
}

}  // namespace
}  // namespace cairn::ingest
