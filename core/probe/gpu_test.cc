// Rules of reading GPUs, on a fake NVML.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <map>

#include "probe/facts.h"
#include "probe/nvml.h"
#include "probe/testing/fake_nvml/fake_nvml.h"
#include "probe/testing/made_up_machine.h"

namespace cairn::probe {
namespace {

class GpuTest : public testing::Test {
 protected:
  GpuTest() {
    x_machine.write("/dev/nvidiactl", "");
    x_machine.write_process({.pid = 50});
    use(FAKE_NVML_NEW);
  }
  void use(const char* library) {
    x_machine.machine().nvml_library = library;
    x_nvml = static_cast<FakeNvml*>(::dlsym(::dlopen(library, RTLD_NOW), "fake_nvml"));
    *x_nvml = FakeNvml();
    x_nvml->gpus = parse_fake_gpus("gpu Fake H0\n");
  }
  FakeGpu& gpu(size_t i = 0) { return x_nvml->gpus[i]; }
  void run_on_gpu(unsigned first_pid, unsigned count) {
    for (unsigned i = 0; i < count; ++i) gpu().processes.push_back({first_pid + i, 1000 + i, 0});
  }
  std::map<std::string, double> sample_gpus(Sampler& sampler) {
    std::vector<std::pair<std::string, double>> out;
    sampler.sample(out);
    std::erase_if(out, [](const auto& entry) { return !entry.first.starts_with("gpu."); });
    return {out.begin(), out.end()};
  }
  std::map<std::string, double> sample_gpus() {
    Sampler sampler(50, x_machine.machine());
    return sample_gpus(sampler);
  }

  MadeUpMachine x_machine;
  FakeNvml* x_nvml = nullptr;
};

TEST_F(GpuTest, EveryValueOfADeviceIsReadInBaseUnits) {
  run_on_gpu(50, 1);
  EXPECT_EQ(sample_gpus(),
            (std::map<std::string, double>{{"gpu.0.util_percent", 90},
                                           {"gpu.0.memory.util_percent", 40},
                                           {"gpu.0.memory.used_bytes", 30'000},
                                           {"gpu.0.power_w", 100},
                                           {"gpu.0.temperature_c", 60},
                                           {"gpu.0.energy_j", 5000.5},
                                           {"gpu.0.process.memory.used_bytes", 1000}}));
  EXPECT_EQ(x_nvml->open_count, 0) << "opened and not shut down";
}

TEST_F(GpuTest, FactsNameEachDevice) {
  x_nvml->gpus = parse_fake_gpus("gpu Fake H0\ngpu Fake H1\n");
  const model::Value facts = read_gpu_facts(x_machine.machine());
  ASSERT_TRUE(facts.as_list());
  ASSERT_EQ(facts.as_list()->size(), 2u);
  EXPECT_EQ((*facts.as_list())[1], model::Value(model::Object{{"index", 1},
                                                              {"name", "Fake H1"},
                                                              {"uuid", "GPU-1"},
                                                              {"memory_bytes", int64_t{80'000}},
                                                              {"driver", "570.86.15"}}));
}

TEST_F(GpuTest, WhatADeviceDoesNotSupportIsLeftOutNotZero) {
  gpu().lacks = {"power", "energy"};
  const auto sample = sample_gpus();
  EXPECT_EQ(sample.count("gpu.0.power_w") + sample.count("gpu.0.energy_j"), 0u);
  EXPECT_EQ(sample.count("gpu.0.util_percent"), 1u);
}

TEST_F(GpuTest, AnOldLibraryTellsWhatItCan) {
  use(FAKE_NVML_OLD);
  run_on_gpu(50, 1);
  const auto sample = sample_gpus();
  EXPECT_EQ(sample.count("gpu.0.util_percent") + sample.count("gpu.0.energy_j"), 0u);
  EXPECT_EQ(sample.at("gpu.0.power_w"), 100);
  EXPECT_EQ(sample.at("gpu.0.process.memory.used_bytes"), 1000);
  EXPECT_EQ(x_nvml->processes_v2_calls, 1);
}

TEST_F(GpuTest, ALostDeviceFallsSilentAndTheOthersGoOn) {
  x_nvml->gpus = parse_fake_gpus("gpu Fake H0\ngpu Fake H1\npower 0 101\n");
  Sampler sampler(50, x_machine.machine());
  EXPECT_EQ(sample_gpus(sampler).count("gpu.0.power_w"), 1u);
  gpu().lost_s = 0;
  x_machine.advance_s(10);
  const auto sample = sample_gpus(sampler);
  for (const auto& [name, value] : sample) EXPECT_TRUE(name.starts_with("gpu.1.")) << name;
  EXPECT_EQ(sample.at("gpu.1.power_w"), 101);
}

TEST_F(GpuTest, OnlyOurProcessesMemoryCountsHoweverManyRun) {
  x_machine.write_process({.pid = 51, .parent = 50});
  run_on_gpu(49, 40);  // more than the first question has room for
  // 49 is a stranger's: 1000 bytes; ours have 1001 and 1002.
  EXPECT_EQ(sample_gpus().at("gpu.0.process.memory.used_bytes"), 2003);
}

TEST_F(GpuTest, ProcessMemoryThatCannotBeToldIsLeftOut) {
  EXPECT_EQ(sample_gpus().count("gpu.0.process.memory.used_bytes"), 0u) << "nothing of ours runs";
  run_on_gpu(50, 1);
  gpu().lacks.insert("process_memory");
  EXPECT_EQ(sample_gpus().count("gpu.0.process.memory.used_bytes"), 0u);
}

TEST_F(GpuTest, WithoutDriverLibraryOrDevicesThereAreNoGpus) {
  x_nvml->gpus.clear();
  EXPECT_TRUE(sample_gpus().empty());
  x_nvml->init_status = 9;  // the driver is not loaded
  EXPECT_TRUE(sample_gpus().empty());
  EXPECT_EQ(x_nvml->open_count, 0);
  x_machine.machine().nvml_library = "no-such-library.so";
  EXPECT_TRUE(read_gpu_facts(x_machine.machine()).is_null());
  use(FAKE_NVML_NEW);
  x_machine.files().remove("/dev/nvidiactl");
  EXPECT_TRUE(read_gpu_facts(x_machine.machine()).is_null());
}

}  // namespace
}  // namespace cairn::probe
