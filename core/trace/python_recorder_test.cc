// The Python recorder in real Python programs.
#include <gtest/gtest.h>

#include <filesystem>

#include "trace/testing/traced_project.h"

namespace cairn::trace {
namespace {

using trace::testing::find_input;
using trace::testing::holds;

class PythonRecorder : public ::testing::Test, protected trace::testing::TracedProject {
 protected:
  void SetUp() override {
    write("helper.py", "VALUE = 3\n");
    write("pkg/__init__.py", "");
    write("pkg/plug.py", "def run(): return 4\n");
    write("data.csv", "1,2");
    write("shards/1.csv", "3");
    write("train.py", R"(
import glob, importlib, json, os, random
import helper
plug = importlib.import_module("pkg.plug")
random.seed(3)
if os.environ.get("DEPTH"): print("deep")
if "WIDE" in os.environ: print("wide")
print(len(glob.glob("shards/*.csv")), open("data.csv").read(), os.path.exists("optional.yaml"))
try:
    import optional_module
except ImportError:
    pass
)");
  }
  DependencyRecord train(std::vector<std::string> options = {}) {
    std::vector<std::string> argv{"python3"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.emplace_back("train.py");
    EXPECT_EQ(run(argv), 0) << printed();
    return record();
  }
};

TEST_F(PythonRecorder, TellsCodeDataVariablesAndSeeds) {
  const auto record = train();
  EXPECT_TRUE(record.is_sealed()) << record.unsealed.front();
  for (const char* name : {"train.py", "helper.py", "pkg/__init__.py", "pkg/plug.py"}) {
    ASSERT_NE(find_input(record, name), nullptr) << name;
    EXPECT_EQ(find_input(record, name)->kind, InputKind::kCode);
  }
  ASSERT_NE(find_input(record, "data.csv"), nullptr);
  ASSERT_EQ(record.seeds.size(), 1u);
  EXPECT_EQ(record.seeds[0].call + " " + record.seeds[0].value, "random.seed 3");
  std::vector<std::string> variables;
  for (const auto& read : record.environment) variables.push_back(read.name);
  EXPECT_TRUE(holds(variables, "DEPTH"));
  EXPECT_TRUE(holds(variables, "WIDE"));
  EXPECT_TRUE(record.python.starts_with("3."));
  bool has_origin = false;
  for (const Import& import : record.imports)
    has_origin |= import.module == "pkg.plug" && import.origin == "pkg/plug.py";
  EXPECT_TRUE(has_origin);
}

TEST_F(PythonRecorder, HoldsThroughCommentsAndFilesThatNobodyReads) {
  const auto record = train();
  EXPECT_EQ(verdict(record), "holds");
  write("helper.py", "# three\nVALUE = 3\n");
  write("unimported.py", "x = 1\n");
  write("notes.txt", "x");
  EXPECT_EQ(verdict(record), "holds");
  EXPECT_EQ(verified(record).respelled, std::vector<std::string>{"helper.py"});
}

TEST_F(PythonRecorder, SeesWhatWouldComeBeforeAModule) {
  const auto record = train();
  write("json.py", "");
  EXPECT_EQ(verdict(record), "absent json.py");
  std::filesystem::remove(path("json.py"));
  write("helper/__init__.py", "");
  EXPECT_EQ(verdict(record), "absent helper/__init__.py");
  std::filesystem::remove_all(path("helper"));
  write("optional_module.py", "");
  EXPECT_EQ(verdict(record), "absent optional_module.py");
  std::filesystem::remove(path("optional_module.py"));
  write("shards/2.csv", "");
  EXPECT_EQ(verdict(record), "listing shards");
}

TEST_F(PythonRecorder, SeesASourceBehindItsBytecode) {
  train();
  const auto again = train();  // reads what the first one left in __pycache__
  ASSERT_NE(find_input(again, "helper.py"), nullptr);
  for (const Input& input : again.inputs)
    EXPECT_EQ(input.path.find("__pycache__"), std::string::npos);
  write("helper.py", "VALUE = 5\n");
  EXPECT_EQ(verdict(again), "code helper.py");
}

TEST_F(PythonRecorder, IsNotSeenByTheProgram) {
  write("train.py", R"(
import os, sys
print(sorted(sys.path), [str(type(f)) for f in sys.meta_path], sys.flags, os.environ.get("PYTHONPATH"),
      "sitecustomize" in sys.modules, sys.argv)
)");
  ASSERT_EQ(run_untraced({"python3", "train.py"}), 0);
  const std::string untraced = printed();
  train();
  EXPECT_EQ(printed(), untraced);
}

TEST_F(PythonRecorder, LeavesTheProgramsOwnSitecustomizeItsPlace) {
  write("site/sitecustomize.py", "import builtins\nbuiltins.ours = 7\n");
  write("train.py", "print(ours)\n");
  set("PYTHONPATH", path("site"));
  train();
  EXPECT_EQ(printed(), "7\n");
}

TEST_F(PythonRecorder, APythonThatIgnoresItsEnvironmentUnseals) {
  write("train.py", "print(1)\n");
  for (const char* option : {"-I", "-E", "-S"}) {
    const auto record = train({option});
    ASSERT_EQ(record.unsealed.size(), 1u) << option;
    EXPECT_TRUE(record.unsealed[0].starts_with("a Python that started without its recorder"));
  }
}

TEST_F(PythonRecorder, NamesDistributionsAndComparesThem) {
  write("env/site-packages/thing/__init__.py", "");
  write("env/site-packages/other_name.py", "");
  write("env/site-packages/thing-1.2.dist-info/METADATA", "");
  write("env/site-packages/Other_Dist-3.dist-info/RECORD", "other_name.py,sha256=x,0\n");
  set("PYTHONPATH", path("env/site-packages"));
  write("train.py", "import thing, other_name\n");
  const auto record = train();
  EXPECT_TRUE(record.is_sealed()) << record.unsealed.front();
  ASSERT_EQ(record.distributions.size(), 2u);
  EXPECT_EQ(record.distributions[0].name + " " + record.distributions[0].version, "other-dist 3");
  EXPECT_EQ(record.distributions[1].name + " " + record.distributions[1].version, "thing 1.2");
  std::filesystem::rename(path("env/site-packages/thing-1.2.dist-info"),
                          path("env/site-packages/thing-1.3.dist-info"));
  const Verification found = verified(record);
  EXPECT_TRUE(found.holds()) << verdict(record);  // compared, never keyed
  ASSERT_EQ(found.environment_changes.size(), 1u);
  EXPECT_EQ(found.environment_changes[0].after, "1.3");
}

TEST_F(PythonRecorder, SeesForkedWorkersAndOtherPrograms) {
  write("train.py", R"(
import multiprocessing, os, subprocess, sys
def work(name): return open(name).read()
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(work, ["data.csv", "helper.py"])
    if os.fork() == 0:
        open("forked.txt"); os._exit(0)
    os.wait()
    subprocess.run([sys.executable, "-c", "import pkg.plug"], check=True, env={})
)");
  write("forked.txt", "x");
  const auto record = train();
  EXPECT_TRUE(record.is_sealed()) << record.unsealed.front();
  for (const char* name : {"data.csv", "helper.py", "forked.txt", "pkg/plug.py"})
    EXPECT_NE(find_input(record, name), nullptr) << name;
}

}  // namespace
}  // namespace cairn::trace
