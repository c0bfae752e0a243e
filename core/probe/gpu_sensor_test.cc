// Rules of GPUs' energy, on a fake NVML whose true power is known.
#include "probe/gpu_sensor.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "probe/nvml.h"
#include "probe/testing/fake_nvml/fake_nvml.h"
#include "probe/testing/made_up_machine.h"

namespace cairn::probe {
namespace {

using model::EnergyPart;

MadeUpMachine* g_machine = nullptr;  // whose clock slow calls set forward

class GpuSensorTest : public testing::Test {
 protected:
  GpuSensorTest() {
    g_machine = &x_machine;
    x_machine.write("/dev/nvidiactl", "");
    use(FAKE_NVML_NEW);
  }
  void use(const char* library) {
    x_machine.machine().nvml_library = library;
    x_nvml = static_cast<FakeNvml*>(::dlsym(::dlopen(library, RTLD_NOW), "fake_nvml"));
    *x_nvml = FakeNvml();
  }
  // Second 0 of the script's powers is now.
  void play(const char* script) {
    static int64_t begin_ns;
    begin_ns = x_machine.machine().now_ns();
    x_nvml->gpus = parse_fake_gpus(script);
    x_nvml->now_ns = [] { return g_machine->machine().now_ns() - begin_ns; };
    x_nvml->sleep_ns = [](int64_t ns) { g_machine->advance_s(static_cast<double>(ns) / 1e9); };
    x_sensors = find_gpu_sensors(x_machine.machine());
  }
  EnergyReading read(size_t i = 0) {
    EnergyReading reading;
    x_sensors[i]->read(reading);
    return reading;
  }
  EnergyCount watch(double seconds, double pause_s) {
    EnergyCount count;
    for (double s = 0; s <= seconds; s += pause_s) {
      add_reading(count, *x_sensors[0], read(), 60 * kNsPerSecond);
      x_machine.advance_s(pause_s);
    }
    return count;
  }
  std::unique_ptr<Nvml> nvml() { return Nvml::load(x_machine.machine()); }

  MadeUpMachine x_machine;
  FakeNvml* x_nvml = nullptr;
  std::vector<std::unique_ptr<EnergySensor>> x_sensors;
};

TEST_F(GpuSensorTest, ADeviceTellsItsCounterAndItsPower) {
  play("gpu Fake H200\nuuid GPU-42\npower 0 350\n");
  ASSERT_EQ(x_sensors.size(), 1u);
  EXPECT_EQ(x_sensors[0]->sensor, "nvml:GPU-42");
  EXPECT_EQ(x_sensors[0]->name, "Fake H200");
  EXPECT_EQ(x_sensors[0]->part, EnergyPart::kGpu);
  EXPECT_EQ(x_sensors[0]->gpu_index, 0);
  EXPECT_EQ(x_sensors[0]->power_window_s, 1);
  EXPECT_TRUE(x_sensors[0]->is_used);
  EXPECT_EQ(read().counter, 5'000'500u);
  EXPECT_EQ(read().power_w, 350);
  x_machine.advance_s(10);
  EXPECT_EQ(read().counter, 8'500'500u);
}

TEST_F(GpuSensorTest, CounterAndPowerAgreeWhereTheLoadIsSteady) {
  play("gpu Fake\npower 0 60 10 400 50 60\n");
  const EnergyCount count = watch(60, 1);
  const double true_j = 20 * 60 + 40 * 400;
  EXPECT_NEAR(count.counter_j, true_j, 1);
  EXPECT_NEAR(count.power_j, true_j, 0.03 * true_j);
}

TEST_F(GpuSensorTest, TheCounterLagsBehindByOneUpdateAtMost) {
  play("gpu Fake\npower 0 700\nupdate 0.1\n");
  for (const double pause_s : {0.05, 0.23, 1.01, 7.77}) {
    const EnergyReading before = read();
    x_machine.advance_s(pause_s);
    const EnergyReading after = read();
    EXPECT_NEAR(static_cast<double>(*after.counter - *before.counter) / 1e3, 700 * pause_s, 70.001);
  }
}

TEST_F(GpuSensorTest, ASquareWaveIsCountedRightWhereTheDeviceLooksAllTheTime) {
  play("gpu Fake\npower 0 400 0.05 60\nrepeat 0.1\n");
  EXPECT_NEAR(watch(100, 1).counter_j, 100 * 230, 23);
}

TEST_F(GpuSensorTest, QuarterTimeSamplingErrsAsTheDeviceDoesWhateverWeRead) {
  // In step with the device's sampling only the busy half of each period is seen.
  play("gpu Fake\npower 0 400 0.05 60\nrepeat 0.1\nsampled 0.25\n");
  EXPECT_NEAR(watch(100, 1).counter_j, 100 * 400, 40);
  // Out of step by a little it averages out.
  play("gpu Fake\npower 0 400 0.0505 60\nrepeat 0.101\nsampled 0.25\n");
  EXPECT_NEAR(watch(100, 1).counter_j, 100 * 230, 0.05 * 100 * 230);
}

TEST_F(GpuSensorTest, WhatIsNotSupportedIsMissingNotZero) {
  play("gpu Fake\nlacks energy\n");
  EXPECT_EQ(read().counter, std::nullopt);
  EXPECT_EQ(read().power_w, 100);
  play("gpu Fake\nlacks power fields\n");
  EXPECT_EQ(read().counter, 5'000'500u);
  EXPECT_EQ(read().power_w, std::nullopt);
  play("gpu Fake\nlacks energy power fields\n");
  EXPECT_EQ(x_sensors[0]->error, ENOTSUP);
  EXPECT_FALSE(x_sensors[0]->problem.empty());
}

TEST_F(GpuSensorTest, APowerOfZeroIsNoAnswer) {
  play("gpu Fake\npower 0 0\nlacks energy\n");
  EXPECT_EQ(read().power_w, std::nullopt);
}

TEST_F(GpuSensorTest, AnOldDriverTellsItsPower) {
  use(FAKE_NVML_OLD);
  play("gpu Fake\n");
  EXPECT_EQ(read().counter, std::nullopt);
  EXPECT_EQ(read().power_w, 100);
  EXPECT_EQ(x_sensors[0]->power_window_s, 0);
}

TEST_F(GpuSensorTest, ALostDeviceAnswersNothingAndTheOthersGoOn) {
  play("gpu One\nlost 5\ngpu Two\n");
  EXPECT_TRUE(read(0).counter);
  x_machine.advance_s(6);
  EXPECT_EQ(read(0).counter, std::nullopt);
  EXPECT_EQ(read(0).power_w, std::nullopt);
  EXPECT_TRUE(read(1).counter);
}

TEST_F(GpuSensorTest, AReadingIsOfTheMiddleOfASlowCall) {
  play("gpu Fake\ntakes 0.004\nlacks power fields\n");
  const int64_t begin_ns = x_machine.machine().now_ns();
  EXPECT_EQ(read().time_ns - begin_ns, 2 * kNsPerMillisecond);
}

TEST_F(GpuSensorTest, AModulesPowerIsToldAndNeverAddedToTheDevices) {
  play("gpu GH200\npower 0 300\nmodule 150\n");
  ASSERT_EQ(x_sensors.size(), 2u);
  EXPECT_EQ(x_sensors[1]->sensor, "nvml:GPU-0:module");
  EXPECT_EQ(x_sensors[1]->part, EnergyPart::kPlatform);
  EXPECT_FALSE(x_sensors[1]->is_used);
  EXPECT_EQ(read(0).power_w, 300);
  EXPECT_EQ(read(1).power_w, 450);
  EXPECT_EQ(read(1).counter, std::nullopt);
}

TEST_F(GpuSensorTest, APowerThatMayBeTheModulesIsNotTakenForTheDevices) {
  play("gpu GH200\npower 0 300\nmodule 150\nlacks gpu_scope\n");
  EXPECT_EQ(read(0).power_w, std::nullopt);
  EXPECT_EQ(read(0).counter, 5'000'500u);
}

TEST_F(GpuSensorTest, PowersAreToldByFieldAndScope) {
  play("gpu Fake\npower 0 100 5 300\nmodule 50\n");
  x_machine.advance_s(5.5);
  const auto gpus = nvml();
  EXPECT_EQ(gpus->power_w(0, PowerField::kInstant, PowerScope::kGpu), 300);
  EXPECT_EQ(gpus->power_w(0, PowerField::kAverage, PowerScope::kGpu), 200);
  EXPECT_EQ(gpus->power_w(0, PowerField::kInstant, PowerScope::kModule), 350);
  EXPECT_EQ(gpus->power_w(0, PowerField::kInstant, PowerScope::kMemory), std::nullopt);
}

TEST_F(GpuSensorTest, FactsTellBusLimitAndInstances) {
  play(
      "gpu A100\nuuid GPU-7\npci 00000000:3B:00.0\nlimit 400\nmig 7\n"
      "instance MIG-1 1 0 3\ninstance MIG-2 2 1 2\ngpu T4\n");
  const GpuFacts divided = nvml()->facts(0), whole = nvml()->facts(1);
  EXPECT_EQ(divided.pci, "0000:3b:00.0");
  EXPECT_EQ(divided.power_limit_w, 400);
  EXPECT_TRUE(divided.is_mig);
  EXPECT_EQ(divided.slices, 7);
  ASSERT_EQ(divided.instances.size(), 2u);
  EXPECT_EQ(divided.instances[1].uuid, "MIG-2");
  EXPECT_EQ(divided.instances[1].gpu_instance, 2);
  EXPECT_EQ(divided.instances[1].compute_instance, 1);
  EXPECT_EQ(divided.instances[1].slices, 2);
  EXPECT_FALSE(whole.is_mig);
  EXPECT_EQ(whole.slices, 0);
}

TEST_F(GpuSensorTest, ProcessesAndTheirShareOfTheMultiprocessorsAreTold) {
  play("gpu Fake\nprocess 50 1000 70\nprocess 60 3000 20\n");
  x_machine.advance_s(2);
  const auto gpus = nvml();
  const auto processes = gpus->processes(0);
  ASSERT_TRUE(processes && processes->size() == 2);
  EXPECT_EQ((*processes)[1].pid, 60);
  EXPECT_EQ((*processes)[1].memory_bytes, 3000);
  EXPECT_EQ((*processes)[1].gpu_instance, -1);
  const auto busy = gpus->process_busy(0, 1'000'000);
  ASSERT_TRUE(busy && busy->size() == 2);
  EXPECT_EQ((*busy)[0].pid, 50);
  EXPECT_EQ((*busy)[0].sm_percent, 70);
  EXPECT_EQ((*busy)[0].time_us, 2'000'000);
  EXPECT_TRUE(gpus->process_busy(0, 3'000'000)->empty()) << "nothing newer";
}

TEST_F(GpuSensorTest, ProcessesThatTheDriverDoesNotTellAreUnknownNotNone) {
  play("gpu Fake\nlacks processes process_busy\n");
  EXPECT_EQ(nvml()->processes(0).has_value(), false);
  EXPECT_EQ(nvml()->process_busy(0, 0).has_value(), false);
  play("gpu Fake\n");
  EXPECT_EQ(nvml()->processes(0)->size(), 0u);
}

TEST_F(GpuSensorTest, WhyThereAreNoneIsSaid) {
  std::string problem;
  EXPECT_TRUE(find_gpu_sensors(x_machine.machine(), &problem).empty());
  EXPECT_EQ(problem, "the driver shows no device");
  x_nvml->init_status = 18;
  EXPECT_TRUE(find_gpu_sensors(x_machine.machine(), &problem).empty());
  EXPECT_NE(problem.find("18"), std::string::npos);
  x_machine.machine().nvml_library = "no-such-library.so";
  EXPECT_TRUE(find_gpu_sensors(x_machine.machine(), &problem).empty());
  EXPECT_NE(problem.find("library"), std::string::npos);
  x_machine.files().remove("/dev/nvidiactl");
  EXPECT_TRUE(find_gpu_sensors(x_machine.machine(), &problem).empty());
  EXPECT_EQ(problem, "") << "no driver: nothing is wrong";
}

}  // namespace
}  // namespace cairn::probe
