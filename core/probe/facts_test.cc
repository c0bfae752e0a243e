// Rules of the facts about host, environment and installed packages.
#include "probe/facts.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "probe/testing/made_up_machine.h"

namespace cairn::probe {
namespace {

using model::Object;
using model::Value;

class FactsTest : public testing::Test {
 protected:
  Value host(std::vector<const char*> variables = {}) {
    variables.push_back(nullptr);
    return read_host_facts(x_machine.machine(), variables.data());
  }
  static Value environment(std::vector<const char*> variables) {
    variables.push_back(nullptr);
    return read_environment_facts(variables.data());
  }
  void give_siblings(int cpu, const char* list) {
    x_machine.write(
        "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list",
        list);
  }

  MadeUpMachine x_machine;
};

TEST_F(FactsTest, TheProcessorsCoresAreCountedOnce) {
  x_machine.write("/proc/cpuinfo", "processor\t: 0\nmodel name\t: Stone 9000\n\n");
  give_siblings(0, "0,2\n");
  give_siblings(1, "1,3\n");
  give_siblings(2, "0,2\n");
  give_siblings(3, "1,3\n");
  EXPECT_EQ(*host().find("cpu"),
            Value(Object{{"model", "Stone 9000"}, {"cores", 2}, {"threads", 4}}));
}

TEST_F(FactsTest, SystemMemoryAndUserComeFromFiles) {
  x_machine.write("/etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian 12\"\n");
  x_machine.write("/proc/meminfo", "MemTotal:       1000 kB\n");
  x_machine.write("/proc/sys/kernel/random/boot_id", "b-1\n");
  const Value facts = host({"USER=ann"});
  EXPECT_EQ(facts.find("os")->string_or(""), "Debian 12");
  EXPECT_EQ(facts.find("memory_bytes")->int_or(0), 1'024'000);
  EXPECT_EQ(facts.find("boot_id")->string_or(""), "b-1");
  EXPECT_EQ(facts.find("user")->string_or(""), "ann");
}

TEST_F(FactsTest, WhatIsNotKnownIsAbsent) {
  const Value facts = host();
  for (const char* name : {"os", "memory_bytes", "boot_id", "cpu", "cgroup", "container", "slurm"})
    EXPECT_FALSE(facts.find(name)) << name;
}

TEST_F(FactsTest, TheTightestLimitOnTheWayUpHolds) {
  x_machine.write("/proc/self/cgroup", "1:cpu:/old\n0::/job/step\n");
  x_machine.write("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  x_machine.write("/sys/fs/cgroup/job/memory.max", "4096\n");
  x_machine.write("/sys/fs/cgroup/job/cpu.max", "150000 100000\n");
  x_machine.write("/sys/fs/cgroup/job/step/memory.max", "max\n");
  x_machine.write("/sys/fs/cgroup/job/step/cpu.max", "max 100000\n");
  EXPECT_EQ(*host().find("cgroup"),
            Value(Object{{"cpu_max_cores", 1.5}, {"memory_max_bytes", 4096}}));
}

TEST_F(FactsTest, ALimitedCgroupShowsItsMemory) {
  x_machine.write("/proc/self/cgroup", "0::/\n");
  x_machine.write("/sys/fs/cgroup/cgroup.controllers", "memory\n");
  x_machine.write("/sys/fs/cgroup/memory.max", "4096\n");
  x_machine.write("/sys/fs/cgroup/memory.current", "1024\n");
  Sampler sampler(1, x_machine.machine());
  std::vector<std::pair<std::string, double>> out;
  sampler.sample(out);
  EXPECT_EQ(out, (std::vector<std::pair<std::string, double>>{{"cgroup.memory.used_bytes", 1024}}));
}

TEST_F(FactsTest, AContainerIsToldByItsMarkAndNamedByItsMounts) {
  const std::string id(64, 'a');
  x_machine.write("/proc/self/mountinfo",
                  "7 6 0:1 /var/lib/docker/containers/" + id + "/hosts /etc/hosts rw\n");
  EXPECT_FALSE(host().find("container")) << "this machine only hosts it";
  x_machine.write("/.dockerenv", "");
  EXPECT_EQ(*host().find("container"), Value(Object{{"kind", "docker"}, {"id", id}}));
  EXPECT_EQ(*host({"APPTAINER_CONTAINER=/images/torch.sif"}).find("container"),
            Value(Object{{"kind", "apptainer"}, {"image", "/images/torch.sif"}}));
}

TEST_F(FactsTest, ABatchJobIsToldByItsVariables) {
  EXPECT_EQ(*host({"SLURM_JOB_ID=17", "SLURM_PROCID=3", "SLURM_JOB_IDX=9"}).find("slurm"),
            Value(Object{{"job_id", "17"}, {"rank", "3"}}));
}

TEST_F(FactsTest, VariablesThatMatterAreKeptSortedAndSecretsAreNot) {
  EXPECT_EQ(
      environment({"WORLD_SIZE=8", "HF_TOKEN=abc", "SLURM_JWT=abc", "HOME=/root",
                   "CUDA_VISIBLE_DEVICES=0,1", "TF_VAR_db=abc", "NCCL_DEBUG", "OMP_NUM_THREADS=4",
                   "TOKENIZERS_PARALLELISM=false", "HF_ENDPOINT=https://u:p@hub.org"}),
      Value(Object{{"CUDA_VISIBLE_DEVICES", "0,1"},
                   {"HF_ENDPOINT", "https://hub.org"},
                   {"OMP_NUM_THREADS", "4"},
                   {"TOKENIZERS_PARALLELISM", "false"},
                   {"WORLD_SIZE", "8"}}));
}

TEST_F(FactsTest, TextThatIsNoUtf8IsStoredAsUtf8) {
  EXPECT_EQ(environment({"OMP_PLACES=caf\xe9 \xc3\xa9 \xed\xa0\x80"}),
            Value(Object{{"OMP_PLACES", "caf\uFFFD \u00e9 \uFFFD\uFFFD\uFFFD"}}));
}

TEST_F(FactsTest, PackagesAreNamedAsTheIndexNamesThem) {
  const TemporaryFolder& files = x_machine.files();
  for (const char* folder :
       {"a/numpy-1.26.4.dist-info", "a/Ruamel.YAML_clib-0.2.dist-info", "a/old-1.0-py3.11.egg-info",
        "a/~umpy-1.0.dist-info", "a/nameless.egg-info", "a/numpy", "a/x-.dist-info",
        "b/numpy-2.0.dist-info", "b/torch-2.3.0+cu121.dist-info"})
    files.write(std::string(folder) + "/METADATA", "");
  EXPECT_EQ(python_packages({files.path() + "/a", files.path() + "/missing", files.path() + "/b"}),
            Value(Object{{"numpy", "1.26.4"},
                         {"old", "1.0"},
                         {"ruamel-yaml-clib", "0.2"},
                         {"torch", "2.3.0+cu121"}}));
}

TEST_F(FactsTest, APipeInAFilesPlaceIsNotWaitedFor) {
  x_machine.write("/proc/keep", "");
  ASSERT_EQ(::mkfifo(x_machine.machine().path("/proc/meminfo").c_str(), 0600), 0);
  EXPECT_FALSE(host().find("memory_bytes"));
}

TEST(Facts, ThisMachineTellsItself) {
  const Value facts = host_facts();
  EXPECT_TRUE(facts.find("hostname"));
  EXPECT_GT(facts.find("memory_bytes")->int_or(0), 1 << 20);
}

}  // namespace
}  // namespace cairn::probe
