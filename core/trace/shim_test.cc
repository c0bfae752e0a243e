// The shim under real programs: it sees what they use, and they do not see it.
#include <gtest/gtest.h>

#include <filesystem>

#include "trace/testing/traced_project.h"

namespace cairn::trace {
namespace {

class Shim : public ::testing::Test, protected trace::testing::TracedProject {
 protected:
  void SetUp() override {
    write("a.txt", "a");
    write("b.txt", "b");
    write("folder/one.txt", "1");
  }
  int act(std::vector<std::string> verbs, const std::string& actor = ACTOR) {
    verbs.insert(verbs.begin(), actor);
    return run(verbs);
  }
};

TEST_F(Shim, SeesFilesReadWrittenListedProbedAndAbsent) {
  ASSERT_EQ(act({"read", "a.txt", "write", "out.txt", "list", "folder", "look", "b.txt", "look",
                 "missing", "ask", "LR", "map", path("folder/one.txt")}),
            0);
  EXPECT_TRUE(saw(kTraceRead, "a.txt"));
  EXPECT_TRUE(saw(kTraceWritten, "out.txt"));
  EXPECT_TRUE(saw(kTraceListed, "folder"));
  EXPECT_TRUE(saw(kTracePresent, "b.txt"));
  EXPECT_TRUE(saw(kTraceAbsent, "missing"));
  EXPECT_TRUE(saw(kTraceEnvironment, "LR"));
  EXPECT_TRUE(saw(kTraceRead, "folder/one.txt"));
  EXPECT_EQ(trace().lost + trace().torn, 0u);
}

TEST_F(Shim, WritesTheSameAccessOnce) {
  ASSERT_EQ(act({"read", "a.txt", "read", "a.txt", "fork", "read", "a.txt"}), 0);
  EXPECT_EQ(count(kTraceRead, "a.txt"), 1u);
}

TEST_F(Shim, TellsTheSameNameInTwoFoldersApart) {
  write("folder/a.txt", "another");
  ASSERT_EQ(act({"read", "a.txt", "go", "folder", "read", "a.txt"}), 0);
  EXPECT_TRUE(saw(kTraceRead, "folder/a.txt"));
}

TEST_F(Shim, SeesChildrenThatLeaveThroughExitOrAreKilled) {
  ASSERT_EQ(act({"fork", "read", "a.txt"}), 0);
  EXPECT_TRUE(saw(kTraceRead, "a.txt"));
  ASSERT_EQ(act({"killed", "read", "b.txt"}), 0);
  EXPECT_TRUE(saw(kTraceRead, "b.txt"));
  EXPECT_EQ(trace().torn, 0u);
}

TEST_F(Shim, FollowsOtherProgramsThoughTheirEnvironmentIsEmpty) {
  ASSERT_EQ(run({"sh", "-c", std::string("env -i ") + ACTOR + " read a.txt"}), 0);
  EXPECT_TRUE(saw(kTraceRead, "a.txt"));
  EXPECT_TRUE(record().is_sealed()) << record().unsealed.front();
  ASSERT_EQ(act({"shell", "cat b.txt", "spawn", "/bin/true", "vfork", "/bin/true"}), 0);
  EXPECT_TRUE(saw(kTraceRead, "b.txt"));
  EXPECT_TRUE(record().is_sealed()) << record().unsealed.front();
}

TEST_F(Shim, FollowsCairnsOwnChildrenAndDoesNotListenToThem) {
  ASSERT_EQ(run({"sh", "-c", std::string("CAIRN_OWN_CHILD=1 ") + ACTOR + " read a.txt; cat b.txt"}),
            0);
  EXPECT_FALSE(saw(kTraceRead, "a.txt"));
  EXPECT_TRUE(saw(kTraceRead, "b.txt"));
  EXPECT_TRUE(record().is_sealed()) << record().unsealed.front();
}

TEST_F(Shim, AProgramThatCannotBeFollowedIsNamed) {
  ASSERT_EQ(act({"vfork", ACTOR_STATIC}), 0);
  ASSERT_EQ(record().unsealed.size(), 1u);
  EXPECT_NE(record().unsealed[0].find(ACTOR_STATIC), std::string::npos);
  ASSERT_EQ(run({ACTOR_STATIC, "read", "a.txt"}), 0);
  EXPECT_FALSE(record().is_sealed());
}

TEST_F(Shim, AProgramThatCouldNotBeStartedIsNoLoss) {
  ASSERT_EQ(act({"vfork", "/no/such/program"}), 10);
  EXPECT_TRUE(record().is_sealed()) << record().unsealed.front();
}

TEST_F(Shim, KeepsErrnoAndAnswersBadPointersAsTheKernelDoes) {
  EXPECT_EQ(act({"errno", "missing"}), 0);
}

TEST_F(Shim, HoldsNoDescriptor) {
  EXPECT_EQ(act({"lowest", "a.txt"}), 0);
  EXPECT_TRUE(saw(kTraceRead, "a.txt"));
  EXPECT_EQ(act({"read", "a.txt", "closeall", "b.txt"}), 0);
  EXPECT_TRUE(saw(kTraceRead, "b.txt"));
}

TEST_F(Shim, WorksInThreadsSignalHandlersAndUnderASanitizer) {
  for (int i = 0; i < 500; ++i) write("many/" + std::to_string(i) + ".txt", "x");
  ASSERT_EQ(act({"threads", "many"}), 0);
  for (int i = 0; i < 500; ++i)
    EXPECT_TRUE(saw(kTraceRead, "many/" + std::to_string(i) + ".txt")) << i;
  EXPECT_EQ(act({"handler", "a.txt"}), 0);
  EXPECT_TRUE(saw(kTraceRead, "a.txt"));
  ASSERT_EQ(act({"read", "a.txt", "fork", "read", "b.txt"}, ACTOR_SANITIZED), 0) << printed();
  EXPECT_TRUE(saw(kTraceRead, "b.txt"));
  EXPECT_EQ(printed(), "");
}

TEST_F(Shim, NamesLibrariesAndWhatTheyRead) {
  ASSERT_EQ(act({"load", READER, "library", "a.txt"}), 0);
  EXPECT_TRUE(saw(kTraceRead, "a.txt"));
  EXPECT_TRUE(saw(kTraceLibrary, READER));
  ASSERT_EQ(act({"fork", "load", READER}), 0);
  EXPECT_TRUE(saw(kTraceLibrary, READER));
}

TEST_F(Shim, ALimitOnFilesStopsTheTraceAndNotTheProgram) {
  for (int i = 0; i < 2000; ++i) write("many/" + std::to_string(i) + ".txt", "x");
  ASSERT_EQ(run({"sh", "-c", std::string("ulimit -f 0; exec ") + ACTOR + " read a.txt"}), 0);
  EXPECT_GT(trace().lost, 0u);
  EXPECT_FALSE(record().is_sealed());
}

TEST_F(Shim, ATraceFolderThatIsGoneStopsTheTraceAndNotTheProgram) {
  set("CAIRN_TRACE_DIR", "/no/such/folder");
  ASSERT_EQ(run({"sh", "-c",
                 std::string("CAIRN_TRACE_DIR=/no/such/folder exec ") + ACTOR +
                     " read a.txt fork read b.txt"}),
            0);
}

TEST_F(Shim, TellsTheNetworkFromThisMachine) {
  ASSERT_EQ(act({"connect", "127.0.0.1"}), 0);
  EXPECT_TRUE(record().is_sealed());
  EXPECT_EQ(record().local_peers, std::vector<std::string>{"loopback 127.0.0.1"});
  ASSERT_EQ(act({"connect", "192.0.2.1"}), 0);
  EXPECT_EQ(record().unsealed, std::vector<std::string>{"the network: 192.0.2.1"});
}

TEST_F(Shim, StopsWhereSystemCallsAreFiltered) {
  ASSERT_EQ(act({"read", "a.txt", "seccomp", "-", "read", "b.txt"}), 0);
  EXPECT_TRUE(saw(kTraceRead, "a.txt"));
  EXPECT_FALSE(saw(kTraceRead, "b.txt"));
  EXPECT_FALSE(record().is_sealed());
}

TEST_F(Shim, StandsBesideOtherPreloadedLibraries) {
  set("LD_PRELOAD", READER);
  ASSERT_EQ(act({"library", "a.txt", "vfork", "/bin/true"}), 0);
  EXPECT_TRUE(saw(kTraceRead, "a.txt"));
  EXPECT_TRUE(record().is_sealed()) << record().unsealed.front();
}

TEST_F(Shim, GoesOnInAnotherFileWhenOneIsFull) {
  std::vector<std::string> verbs;
  for (int i = 0; i < 1500; ++i) {
    verbs.push_back("look");
    verbs.push_back("folder/a-name-that-fills-the-window-quickly-" + std::to_string(i));
  }
  ASSERT_EQ(act(verbs), 0);
  EXPECT_GT(trace().files, 1u);
  EXPECT_EQ(trace().lost + trace().torn, 0u);
  for (size_t i = 1; i < verbs.size(); i += 2) EXPECT_TRUE(saw(kTraceAbsent, verbs[i])) << i;
}

TEST_F(Shim, IsInstalledPrivatelyAndOnce) {
  const std::string cache = path("cache");
  const auto first = install_recorders(posix_disk(), cache);
  ASSERT_TRUE(first.has_value()) << first.error().message();
  const auto written = std::filesystem::last_write_time(*first + "/cairn_trace.so");
  EXPECT_EQ(*install_recorders(posix_disk(), cache), *first);
  EXPECT_EQ(std::filesystem::last_write_time(*first + "/cairn_trace.so"), written);
  EXPECT_EQ(std::filesystem::status(*first).permissions(), std::filesystem::perms::owner_all);
  std::filesystem::permissions(cache, std::filesystem::perms::all);
  EXPECT_EQ(install_recorders(posix_disk(), cache).error().code(), Code::kConflict);
}

}  // namespace
}  // namespace cairn::trace
