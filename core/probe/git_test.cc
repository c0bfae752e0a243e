// Rules of reading a checkout, on files made by hand and on checkouts made by git.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "base/clock.h"
#include "probe/git_child.h"
#include "probe/testing/made_up_machine.h"

namespace cairn::probe {
namespace {

using model::Object;
using model::Value;

const std::string kCommit(40, 'a');
constexpr int64_t kLimitNs = 20 * kNsPerSecond;

class GitFilesTest : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) { x_files.write(name, text); }
  Value facts(const std::string& name = "") { return git_facts(x_files.path() + name); }
  Value facts_with(Object members) {
    members.insert(members.begin(), {"root", x_files.path()});
    return members;
  }

  TemporaryFolder x_files;
};

TEST_F(GitFilesTest, AFolderInNoCheckoutHasNoFacts) {
  EXPECT_TRUE(facts().is_null());
  EXPECT_TRUE(facts("/missing").is_null());
  write(".git/config", "");  // a folder of that name is not enough
  EXPECT_TRUE(facts().is_null());
}

TEST_F(GitFilesTest, ALooseRefIsTheBranchsCommit) {
  write(".git/HEAD", "ref: refs/heads/topic/one\n");
  write(".git/refs/heads/topic/one", kCommit + "\n");
  write("deep/down/file", "");
  EXPECT_EQ(facts("/deep/down"), facts_with({{"commit", kCommit}, {"branch", "topic/one"}}));
}

TEST_F(GitFilesTest, APackedRefIsFoundAndALooseOneIsNewer) {
  const std::string old(40, 'b');
  write(".git/HEAD", "ref: refs/heads/main\n");
  write(".git/packed-refs", "# pack-refs with: peeled\n" + std::string(40, 'c') +
                                " refs/heads/main2\n" + old + " refs/heads/main\n^" + kCommit +
                                "\n");
  EXPECT_EQ(facts(), facts_with({{"commit", old}, {"branch", "main"}}));
  write(".git/refs/heads/main", kCommit);
  EXPECT_EQ(facts(), facts_with({{"commit", kCommit}, {"branch", "main"}}));
}

TEST_F(GitFilesTest, ADetachedHeadHasNoBranch) {
  write(".git/HEAD", kCommit + "\n");
  EXPECT_EQ(facts(), facts_with({{"commit", kCommit}}));
}

TEST_F(GitFilesTest, BeforeTheFirstCommitThereIsOnlyABranch) {
  write(".git/HEAD", "ref: refs/heads/main\n");
  EXPECT_EQ(facts(), facts_with({{"branch", "main"}}));
}

TEST_F(GitFilesTest, AnUnreadableHeadLeavesOnlyTheRoot) {
  write(".git/HEAD/is-a-folder", "");
  EXPECT_EQ(facts(), facts_with({}));
  x_files.remove(".git/HEAD");
  for (const char* head :
       {"", "ref: ../../../etc/passwd", "ref: refs/heads/.invalid", "\xff\xff"}) {
    write(".git/HEAD", head);
    EXPECT_EQ(facts(), facts_with({})) << head;
  }
}

TEST_F(GitFilesTest, RefsThatPointAtEachOtherEnd) {
  write(".git/HEAD", "ref: refs/heads/a\n");
  write(".git/refs/heads/a", "ref: refs/heads/a\n");
  EXPECT_EQ(facts(), facts_with({{"branch", "a"}}));
}

TEST_F(GitFilesTest, AWorktreeSharesRefsAndConfigOfItsMainCheckout) {
  write("main/.git/HEAD", "ref: refs/heads/main\n");
  write("main/.git/config", "[remote \"origin\"]\n\turl = /r\n");
  write("main/.git/refs/heads/topic", kCommit);
  write("main/.git/worktrees/w/HEAD", "ref: refs/heads/topic\n");
  write("main/.git/worktrees/w/commondir", "../..\n");
  write("w/.git", "gitdir: " + x_files.path() + "/main/.git/worktrees/w\n");
  EXPECT_EQ(facts("/w"), Value(Object{{"root", x_files.path() + "/w"},
                                      {"commit", kCommit},
                                      {"branch", "topic"},
                                      {"remote", "/r"}}));
}

TEST_F(GitFilesTest, ASubmoduleHasItsOwnHead) {
  write(".git/HEAD", "ref: refs/heads/main\n");
  write(".git/modules/sub/HEAD", kCommit);
  write("sub/.git", "gitdir: ../.git/modules/sub\n");
  EXPECT_EQ(facts("/sub"), Value(Object{{"root", x_files.path() + "/sub"}, {"commit", kCommit}}));
}

TEST_F(GitFilesTest, TheRemoteIsOriginElseTheFirstAndHasNoCredentials) {
  write(".git/HEAD", kCommit);
  write(".git/config",
        "[core]\n\turl = no\n[remote \"fork\"]\n\turl = https://ann:pw@host/fork.git\n"
        "[branch \"x\"]\n\tremote = fork\n");
  EXPECT_EQ(facts().find("remote")->string_or(""), "https://host/fork.git");
  write(".git/config",
        "[remote \"fork\"]\n\turl = a\n[remote \"origin\"]\n\turl = git@host:o/r.git\n");
  EXPECT_EQ(facts().find("remote")->string_or(""), "git@host:o/r.git");
}

// A checkout made by git itself, which knows nothing of the user's settings.
class GitTest : public GitFilesTest {
 protected:
  void SetUp() override {
    if (std::system("git --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "git is not installed";
    git("init -q -b main");
  }
  void git(const std::string& arguments) {
    const std::string command =
        "cd '" + x_files.path() +
        "' && HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 "
        "GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b.c GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b.c "
        "git " +
        arguments + " > /dev/null 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0) << arguments;
  }
  void commit_file(std::string_view text) {
    write("train.py", text);
    git("add -A");
    git("commit -q -m one");
  }
  Value dirty(size_t bytes_max = 1 << 20, int64_t limit_ns = kLimitNs) {
    return git_dirty(x_files.path(), bytes_max, limit_ns);
  }
  static testing::AssertionResult diff_has(const Value& dirty, const std::string& text) {
    const std::string diff = diff_of(dirty);
    if (diff.find(text) != std::string::npos) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "no \"" << text << "\" in \"" << diff << "\"";
  }
  static std::string diff_of(const Value& dirty) {
    return std::string(dirty.find("diff")->string_or(""));
  }
};

TEST_F(GitTest, FactsAgreeWithGitAlsoWhenRefsArePacked) {
  commit_file("one\n");
  const Value loose = facts();
  EXPECT_EQ(loose.find("commit")->string_or("").size(), 40u);
  git("pack-refs --all");
  EXPECT_EQ(facts(), loose);
}

TEST_F(GitTest, ACleanCheckoutIsNotDirty) {
  commit_file("one\n");
  EXPECT_EQ(
      dirty(),
      Value(Object{
          {"dirty", false}, {"diff", ""}, {"truncated", false}, {"untracked", model::List{}}}));
}

TEST_F(GitTest, ChangesAndNewFilesAreTold) {
  commit_file("one\n");
  write("train.py", "two\n");
  write("new file.py", "");
  const Value now = dirty();
  EXPECT_TRUE(*now.find("dirty")->as_bool());
  EXPECT_TRUE(diff_has(now, "--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-one\n+two\n"));
  EXPECT_EQ(*now.find("untracked"), Value(model::List{Value("new file.py")}));
}

TEST_F(GitTest, BeforeTheFirstCommitTheIndexIsTheDiff) {
  write("train.py", "one\n");
  git("add train.py");
  EXPECT_TRUE(diff_has(dirty(), "+one\n"));
}

TEST_F(GitTest, ALongDiffIsCutAtALine) {
  commit_file("");
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += "a line\n";
  write("train.py", lines);
  const Value now = dirty(5'000);
  EXPECT_TRUE(*now.find("truncated")->as_bool());
  EXPECT_TRUE(*now.find("dirty")->as_bool());
  EXPECT_LE(diff_of(now).size(), 5'000u);
  EXPECT_TRUE(diff_of(now).ends_with("+a line\n"));
}

TEST_F(GitTest, CredentialsInADiffAreReplaced) {
  commit_file("");
  const std::string credential = std::string("ghp_") + "0123456789abcdefghijABCDEFGHIJ012345";
  write("train.py", "t = '" + credential + "'\n");
  EXPECT_TRUE(diff_has(dirty(), "+t = '[redacted]'\n"));
}

TEST_F(GitTest, AnotherEncodingBecomesUtf8) {
  commit_file("");
  write("train.py", "# caf\xe9\n");
  EXPECT_TRUE(diff_has(dirty(), "+# caf\uFFFD\n"));
}

TEST_F(GitTest, ConfigurationRunsNoOtherProgram) {
  commit_file("one\n");
  write("train.py", "two\n");
  write(".gitattributes", "*.py diff=trap\n");
  const std::string trap = "touch '" + x_files.path() + "/sprung'; cat";
  for (const char* name : {"diff.external", "diff.trap.textconv", "diff.trap.command", "core.pager",
                           "core.fsmonitor", "pager.diff"})
    git("config " + std::string(name) + " \"" + trap + "\"");
  EXPECT_TRUE(diff_has(dirty(), "-one\n+two\n"));
  EXPECT_NE(::access((x_files.path() + "/sprung").c_str(), F_OK), 0);
}

TEST_F(GitTest, TimeThatIsUpMeansUnknown) {
  commit_file("one\n");
  EXPECT_TRUE(dirty(1 << 20, 0).is_null());
}

TEST_F(GitTest, AFailureOfGitMeansUnknownNotClean) {
  commit_file("one\n");
  write(".git/index", "damaged");
  EXPECT_TRUE(dirty().is_null());
}

TEST_F(GitTest, AChildThatDoesNotEndIsKilledAtTheDeadline) {
  git("config alias.wait '!sleep 1000'");
  const int64_t begin_ns = monotonic_now_ns();
  EXPECT_FALSE(ask_git(x_files.path(), {"wait"}, 1000, begin_ns + kNsPerSecond / 5));
  EXPECT_LT(monotonic_now_ns() - begin_ns, 10 * kNsPerSecond);
}

TEST_F(GitFilesTest, OutsideACheckoutNothingIsDirty) {
  EXPECT_TRUE(git_dirty(x_files.path(), 1 << 20, kLimitNs).is_null());
}

}  // namespace
}  // namespace cairn::probe
