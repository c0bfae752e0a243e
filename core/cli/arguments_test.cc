// Tests of the grammar of the command line.
#include "cli/arguments.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cairn::cli {
namespace {

using Words = std::vector<std::string>;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool has_word(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class ArgumentsTest : public testing::Test {
 protected:
  Arguments parse(std::vector<std::string> words) {
    words.insert(words.begin(), "cairn");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    return parse_arguments(static_cast<int>(argv.size()), argv.data());
  }
  template <typename T>
  T command(std::vector<std::string> words) {
    Arguments arguments = parse(std::move(words));
    EXPECT_TRUE(arguments.command && std::holds_alternative<T>(*arguments.command))
        << arguments.text;
    return arguments.command && std::holds_alternative<T>(*arguments.command)
               ? std::get<T>(*arguments.command)
               : T();
  }
};

TEST_F(ArgumentsTest, ColumnsAreSeparatedByCommas) {
  const auto ls =
      command<ListRuns>({"ls", "digits", "--columns", "name,config.lr", "--sort", "-summary.acc"});
  EXPECT_EQ(ls.project, "digits");
  EXPECT_EQ(ls.columns, (Words{"name", "config.lr"}));
  EXPECT_EQ(ls.sort, "-summary.acc");
}

TEST_F(ArgumentsTest, TheProjectMayFollowTheOptions) {
  EXPECT_EQ(command<ListRuns>({"ls", "--columns", "name", "digits"}).project, "digits");
}

TEST_F(ArgumentsTest, GlobalOptionsStandAnywhere) {
  EXPECT_EQ(parse({"--dir", "/s", "ls"}).dir, "/s");
  EXPECT_EQ(parse({"ls", "--dir", "/s"}).dir, "/s");
  EXPECT_EQ(parse({"run", "--dir", "/s", "--", "true"}).dir, "/s");
}

TEST_F(ArgumentsTest, AllAfterTheDoubleDashBelongsToTheCommand) {
  const auto run =
      command<RecordCommand>({"run", "-p", "p", "--", "sh", "-c", "echo", "--", "--tag"});
  EXPECT_EQ(run.project, "p");
  EXPECT_EQ(run.argv, (Words{"sh", "-c", "echo", "--", "--tag"}));
}

TEST_F(ArgumentsTest, WithoutADashTheFirstWordBeginsTheCommand) {
  EXPECT_EQ(command<RecordCommand>({"run", "--tag", "a", "python", "train.py", "--lr", "3"}).argv,
            (Words{"python", "train.py", "--lr", "3"}));
  EXPECT_EQ(command<RecordCommand>({"run", "ls", "-l"}).argv, (Words{"ls", "-l"}));
}

TEST_F(ArgumentsTest, RepeatedOptionsAddUp) {
  EXPECT_EQ(command<RecordCommand>({"run", "--tag", "a", "--tag", "b", "--", "true"}).tags,
            (Words{"a", "b"}));
  const auto plot = command<PlotSeries>({"plot", "r", "loss", "--with", "q", "acc", "--x", "time"});
  EXPECT_EQ(plot.keys, (Words{"loss", "acc"}));
  EXPECT_EQ(plot.with, (Words{"q"}));
  EXPECT_TRUE(plot.by_time);
}

TEST_F(ArgumentsTest, ACommandMayStandBelowAnother) {
  const auto user = command<AddUser>({"user", "add", "ada", "--admin", "--password-stdin"});
  EXPECT_EQ(user.name, "ada");
  EXPECT_EQ(user.grant.scopes, (Words{"admin"}));
  EXPECT_TRUE(user.password_stdin);
  const auto key = command<CreateApiKey>(
      {"key", "create", "--scope", "read,upload", "-p", "a", "-p", "b", "--expires", "90d"});
  EXPECT_EQ(key.grant.scopes, (Words{"read", "upload"}));
  EXPECT_EQ(key.grant.projects, (Words{"a", "b"}));
  EXPECT_EQ(key.expires_s, 90 * 86400);
  EXPECT_EQ(parse({"key", "ls", "--dir", "/s"}).dir, "/s");
}

TEST_F(ArgumentsTest, WhatIsWrongBelowACommandIsSaidThere) {
  EXPECT_EQ(parse({"user"}).exit_code, kExitInvalid);
  EXPECT_EQ(parse({"user", "ad", "ada"}).text,
            "unknown command 'ad', did you mean 'add'?; see 'cairn user --help'");
  EXPECT_EQ(parse({"key", "create", "--nam", "x"}).text,
            "unknown argument '--nam', did you mean '--name'?; see 'cairn key create --help'");
  EXPECT_EQ(parse({"key", "create", "--scope", "root"}).exit_code, kExitInvalid);
  EXPECT_TRUE(has(parse({"user", "add", "--help"}).text, "Usage: cairn user add NAME [OPTIONS]"));
  EXPECT_TRUE(has(parse({"user", "--help"}).text, "Usage: cairn user COMMAND [OPTIONS]"));
}

TEST_F(ArgumentsTest, CommandsBelowOthersAreCompleted) {
  EXPECT_TRUE(has_word(command_names(), "user"));
  EXPECT_TRUE(has_word(command_names("key"), "revoke"));
  EXPECT_TRUE(command_names("ls").empty());
  EXPECT_TRUE(has_word(option_names("key create"), "--expires"));
  EXPECT_TRUE(has_word(option_names("key create"), "--dir"));
}

TEST_F(ArgumentsTest, ASweepIsAFileOrACommand) {
  const auto file = command<MakeSweep>({"sweep", "s.yaml", "-b", "60", "--seed", "7"});
  EXPECT_EQ(file.file, "s.yaml");
  EXPECT_EQ(file.words.budget, "60");
  EXPECT_EQ(file.words.seed, 7);
  const auto words =
      command<MakeSweep>({"sweep", "-m", "loss", "--", "train", "--lr", "~log(1,9)"});
  EXPECT_EQ(words.words.metric, "loss");
  EXPECT_EQ(words.argv, (Words{"train", "--lr", "~log(1,9)"}));
  EXPECT_EQ(parse({"sweep"}).exit_code, kExitInvalid);
  EXPECT_EQ(parse({"sweep", "s.yaml", "--", "train"}).exit_code, kExitInvalid);
}

TEST_F(ArgumentsTest, CommandsStandBelowOneThatDoesSomethingItself) {
  EXPECT_EQ(command<ShowSweep>({"sweep", "show", "k3x9"}).sweep, "k3x9");
  EXPECT_EQ(command<SetSweepState>({"sweep", "pause", "k3x9"}).state, "paused");
  EXPECT_EQ(command<RunAgent>({"agent", "k3x9", "-j", "4"}).agent.jobs, 4);
  EXPECT_TRUE(has_word(command_names("sweep"), "replay"));
}

TEST_F(ArgumentsTest, WhatBelongsToTheCommandAboveIsNotTakenSilently) {
  EXPECT_EQ(parse({"sweep", "show", "k3x9", "--budget", "5"}).exit_code, kExitInvalid);
  EXPECT_EQ(parse({"sweep", "show", "k3x9", "another"}).exit_code, kExitInvalid);
}

TEST_F(ArgumentsTest, DurationsHaveUnits) {
  EXPECT_EQ(command<CollectGarbage>({"gc", "--grace", "1h30m"}).grace_s, 5400);
  EXPECT_EQ(parse({"gc", "--grace", "soon"}).exit_code, kExitInvalid);
}

TEST_F(ArgumentsTest, AMisspeltWordIsAnsweredWithTheNearest) {
  EXPECT_TRUE(has(parse({"shwo", "x"}).text, "unknown command 'shwo', did you mean 'show'?"));
  EXPECT_TRUE(has(parse({"ls", "--fliter", "x"}).text, "did you mean '--filter'?"));
  EXPECT_EQ(parse({"shwo"}).exit_code, kExitInvalid);
}

TEST_F(ArgumentsTest, NothingAtAllPointsToTheHelp) {
  EXPECT_TRUE(has(parse({}).text, "cairn --help"));
  EXPECT_EQ(parse({"show"}).exit_code, kExitInvalid);
  EXPECT_EQ(parse({"run", "--"}).exit_code, kExitInvalid);
}

TEST_F(ArgumentsTest, HelpTeachesWithExamples) {
  const Arguments help = parse({"ls", "--help"});
  EXPECT_EQ(help.exit_code, kExitOk);
  EXPECT_TRUE(has(help.text, "--filter 'config.lr >= 0.01"));
}

TEST_F(ArgumentsTest, HiddenCommandsAreNotOffered) {
  EXPECT_TRUE(has_word(command_names(), "plot"));
  EXPECT_FALSE(has_word(command_names(), "door"));
  EXPECT_TRUE(has_word(option_names("ls"), "--filter"));
}

}  // namespace
}  // namespace cairn::cli
