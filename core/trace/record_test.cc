// From runs of real programs to records, and from records back to the workspace.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "trace/testing/traced_project.h"
#include "wire/json.h"

namespace cairn::trace {
namespace {

using trace::testing::find_input;
using trace::testing::holds;

class Record : public ::testing::Test, protected trace::testing::TracedProject {
 protected:
  void SetUp() override {
    write("data/x.csv", "1,2,3");
    write("data/y.csv", "4,5,6");
    write("config.yaml", "lr: 0.1\nepochs: 3\n");
  }
  DependencyRecord act(std::vector<std::string> verbs, std::vector<std::string> checkpoints = {}) {
    verbs.insert(verbs.begin(), ACTOR);
    EXPECT_EQ(run(verbs), 0);
    return record(std::move(checkpoints));
  }
  static std::string why(const DependencyRecord& record) {
    return record.unsealed.empty() ? "sealed" : record.unsealed.front();
  }
};

TEST_F(Record, NamesInputsByKindAndRelativeToTheProject) {
  const auto record = act({"read", "data/x.csv", "read", "config.yaml", "load", READER});
  EXPECT_EQ(why(record), "sealed");
  ASSERT_NE(find_input(record, "data/x.csv"), nullptr);
  EXPECT_EQ(find_input(record, "data/x.csv")->kind, InputKind::kData);
  ASSERT_NE(find_input(record, "config.yaml"), nullptr);
  EXPECT_EQ(find_input(record, "config.yaml")->kind, InputKind::kConfig);
  EXPECT_NE(find_input(record, "config.yaml")->code_digest, "");
  ASSERT_NE(find_input(record, READER), nullptr);
  EXPECT_EQ(find_input(record, READER)->kind, InputKind::kNative);
  for (const Input& input : record.inputs) EXPECT_FALSE(input.path.starts_with("/lib"));
}

TEST_F(Record, HoldsWhereNothingThatMattersChanged) {
  const auto record = act({"read", "data/x.csv", "read", "config.yaml", "write", "out.txt"});
  EXPECT_EQ(verdict(record), "holds");
  write("data/y.csv", "unread");
  write("data/x.csv", "1,2,3");  // another inode or time, the same content
  write("config.yaml", "# faster\nepochs: 3\nlr:   0.10\n");
  EXPECT_EQ(verdict(record), "holds");
  EXPECT_EQ(verified(record).respelled, std::vector<std::string>{"config.yaml"});
  move_to("elsewhere");
  EXPECT_EQ(verdict(record), "holds");
}

TEST_F(Record, NamesWhatChanged) {
  set("LR", "0.1");
  const auto record = act({"read", "data/x.csv", "read", "config.yaml", "list", "data", "look",
                           "optional.yaml", "look", "data/y.csv", "ask", "LR", "ask", "SEED"});
  EXPECT_EQ(why(record), "sealed");
  EXPECT_EQ(verdict(record), "holds");
  write("data/x.csv", "1,2,4");
  EXPECT_EQ(verdict(record), "data data/x.csv");
  write("data/x.csv", "1,2,3");
  write("config.yaml", "lr: 0.2\nepochs: 3\n");
  EXPECT_EQ(verdict(record), "config config.yaml");
  write("config.yaml", "lr: 0.1\nepochs: 3\n");
  write("data/z.csv", "7");
  EXPECT_EQ(verdict(record), "listing data");
  std::filesystem::remove(path("data/z.csv"));
  write("optional.yaml", "");
  EXPECT_EQ(verdict(record), "absent optional.yaml");
  std::filesystem::remove(path("optional.yaml"));
  set("LR", "0.2");
  set("SEED", "1");
  EXPECT_EQ(verdict(record), "environment LR, environment SEED");
  set("LR", "0.1");
  unset("SEED");
  EXPECT_EQ(verdict(record), "holds");
}

TEST_F(Record, DocstringsCountInAllCodeWhenSomeOfItLooksAtThem) {
  const std::string helper = "def f():\n    'Usage: f'\n";
  write("helper.py", helper);
  write("plain.py", "import helper\n");
  const auto plain = act({"read", "plain.py", "read", "helper.py"});
  write("helper.py", "def f():\n    'Usage: g'\n");
  EXPECT_EQ(verdict(plain), "holds");
  write("looks.py", "import helper\nprint(helper.f.__doc__)\n");
  write("helper.py", helper);
  const auto looks = act({"read", "looks.py", "read", "helper.py"});
  EXPECT_EQ(verdict(looks), "holds");
  write("helper.py", "def f():\n    'Usage: g'\n");
  EXPECT_NE(verdict(looks), "holds");
  write("helper.py", "def f():\n    'Usage: f'  # spelt anew\n");
  EXPECT_EQ(verdict(looks), "holds");
}

TEST_F(Record, AnEditOfTheSameSizeAndTimeIsSeen) {
  const auto record = act({"read", "data/x.csv"});
  EXPECT_EQ(verdict(record), "holds");
  struct stat before {};
  ASSERT_EQ(stat(path("data/x.csv").c_str(), &before), 0);
  write("data/x.csv", "1,2,9");
  const timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, path("data/x.csv").c_str(), times, 0), 0);
  EXPECT_EQ(verdict(record), "data data/x.csv");
}

TEST_F(Record, WhatARunMadeItselfDoesNotSpeakAgainstIt) {
  const auto record =
      act({"look", "runs", "make", "runs", "look", "runs/model.bin", "write", "runs/part", "rename",
           "runs/part", "runs/model.bin", "list", "runs", "list", ".", "read", "runs/model.bin"});
  EXPECT_EQ(why(record), "sealed");
  ASSERT_EQ(record.outputs.size(), 1u);
  EXPECT_EQ(record.outputs[0].path, "runs/model.bin");
  EXPECT_EQ(find_input(record, "runs/model.bin"), nullptr);
  EXPECT_EQ(verdict(record), "holds");
  std::filesystem::remove_all(path("runs"));  // as before the first run
  EXPECT_EQ(verdict(record), "holds");
  write("runs/model.bin", "of another run");
  EXPECT_EQ(verdict(record), "absent runs/model.bin");
}

TEST_F(Record, AnInputThatIsAlsoAnOutputUnseals) {
  EXPECT_EQ(why(act({"read", "data/x.csv", "write", "data/x.csv"})),
            "an input that is also an output: data/x.csv");
  EXPECT_EQ(why(act({"update", "data/y.csv"})), "an input that is also an output: data/y.csv");
  EXPECT_EQ(why(act({"append", "config.yaml"})),
            "a file that was there was appended to or changed in place: config.yaml");
  EXPECT_EQ(why(act({"append", "new.log", "append", "new.log"})), "sealed");
  EXPECT_EQ(why(act({"read", "data/x.csv", "write", "data/x.csv"}, {"data"})), "sealed");
}

TEST_F(Record, AnInputThatChangesWhileTheProgramRunsUnseals) {
  ASSERT_EQ(run({"sh", "-c",
                 std::string(ACTOR) + " read data/x.csv; LD_PRELOAD= " + ACTOR_STATIC +
                     " write data/x.csv"}),
            0);
  const auto changed = record();
  EXPECT_TRUE(holds(changed.unsealed, "an input that changed while the program ran: data/x.csv"));
  ASSERT_EQ(run({"sh", "-c",
                 std::string(ACTOR) + " read data/y.csv; " + ACTOR_STATIC + " remove data/y.csv"}),
            0);
  EXPECT_TRUE(holds(record().unsealed, "an input that is gone: data/y.csv"));
  ASSERT_EQ(run({"sh", "-c",
                 std::string(ACTOR) + " list data look late; " + ACTOR_STATIC +
                     " write data/new write late"}),
            0);
  const auto late = record();
  EXPECT_TRUE(holds(late.unsealed,
                    "a name that came into a listed folder while the program ran: data/new"));
  EXPECT_TRUE(holds(late.unsealed, "a file that came while the program ran: late"));
}

TEST_F(Record, WhatStandardInputIsReadFromIsAnInput) {
  ASSERT_EQ(run({"sh", "-c", std::string(ACTOR) + " look - < data/x.csv"}), 0);
  EXPECT_NE(find_input(record(), "data/x.csv"), nullptr);
}

TEST_F(Record, AProgramThatPassesLibcByUnseals) {
  ASSERT_EQ(
      run({"sh", "-c", std::string("cp ") + ACTOR + " tool; printf '\\377 Go buildinf:' >> tool"}),
      0);
  ASSERT_EQ(run({path("tool"), "read", "data/x.csv"}), 0);
  EXPECT_EQ(why(record()), "a program of Go, which passes libc by: tool");
}

TEST_F(Record, AFolderOfManyFilesIsOneInput) {
  std::vector<std::string> verbs{"list", "many"};
  for (int i = 0; i < 100; ++i) {
    write("many/" + std::to_string(i) + ".bin", std::to_string(i));
    verbs.push_back("read");
    verbs.push_back("many/" + std::to_string(i) + ".bin");
  }
  const auto record = act(verbs);
  ASSERT_NE(find_input(record, "many"), nullptr);
  EXPECT_EQ(find_input(record, "many")->files, 100u);
  EXPECT_EQ(verdict(record), "holds");
  write("many/7.bin", "8");
  EXPECT_EQ(verdict(record), "data many");
}

TEST_F(Record, IsTheSameAfterJson) {
  set("LR", "0.1");
  set("API_KEY", "very secret");
  const auto record = act({"read", "data/x.csv", "list", "data", "look", "missing", "ask", "LR",
                           "ask", "API_KEY", "ask", "PATH", "write", "out.txt"});
  ASSERT_EQ(record.environment.size(), 1u);
  const std::string json = wire::print_json(to_value(record));
  EXPECT_EQ(json.find("API_KEY"), std::string::npos);
  const auto value = wire::parse_json(json);
  ASSERT_TRUE(value.has_value());
  const auto again = parse_record(*value);
  ASSERT_TRUE(again.has_value()) << again.error().message();
  EXPECT_EQ(wire::print_json(to_value(*again)), json);
}

TEST_F(Record, OfANewerCairnOrOfSomethingElseIsRefused) {
  auto value = to_value(act({"read", "data/x.csv"}));
  value.set("version", 2);
  EXPECT_EQ(parse_record(value).error().code(), Code::kInvalid);
  EXPECT_EQ(parse_record(model::Value("text")).error().code(), Code::kInvalid);
  value.set("version", 1);
  value.set("inputs", model::Value(model::List{model::Value(3)}));
  EXPECT_EQ(parse_record(value).error().code(), Code::kInvalid);
}

TEST_F(Record, ValuesOfVariablesDoNotNameThePlaceOfTheProject) {
  set("DATA", path("data"));
  const auto record = act({"ask", "DATA"});
  move_to("elsewhere");
  set("DATA", path("data"));
  EXPECT_EQ(verdict(record), "holds");
}

}  // namespace
}  // namespace cairn::trace
