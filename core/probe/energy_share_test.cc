// Rules of sharing: which part of a GPU a run has, on a fake NVML.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "probe/energy_share_gpu.h"
#include "probe/testing/fake_nvml/fake_nvml.h"
#include "probe/testing/metered_machine.h"

namespace cairn::probe {
namespace {

using model::EnergyShare;

MadeUpMachine* g_machine = nullptr;  // whose clock the GPUs follow

class EnergyShareTest : public testing::Test {
 protected:
  EnergyShareTest() {
    g_machine = &x_machine;
    x_machine.remove_package();
    x_machine.write("/dev/nvidiactl", "");
    x_machine.machine().nvml_library = FAKE_NVML_NEW;
    x_nvml = static_cast<FakeNvml*>(::dlsym(::dlopen(FAKE_NVML_NEW, RTLD_NOW), "fake_nvml"));
    *x_nvml = FakeNvml();
    x_machine.begin_process(50);
    x_machine.begin_process(60);
  }
  void play(const char* script) {
    static int64_t begin_ns;
    begin_ns = x_machine.machine().now_ns();
    x_nvml->gpus = parse_fake_gpus(script);
    x_nvml->now_ns = [] { return g_machine->machine().now_ns() - begin_ns; };
    x_nvml->sleep_ns = [](int64_t ns) { g_machine->advance_s(static_cast<double>(ns) / 1e9); };
  }
  // As in a container: the driver's process numbers mean nothing in here.
  void hide_processes() { link("/proc/self/ns/pid", "pid:[4026532000]"); }
  void open_file(int pid, const std::string& target) {
    link("/proc/" + std::to_string(pid) + "/fd/3", target);
  }
  void link(const std::string& name, const std::string& target) {
    const std::filesystem::path path = x_machine.files().path() + name;
    std::filesystem::create_directories(path.parent_path());
    std::filesystem::create_symlink(target, path);
  }
  GpuHold hold(std::vector<std::string> environment = {}, int index = 0) {
    GpuHolds holds(x_machine.machine(), std::move(environment), false);
    holds.read({50, 51});
    return holds.find(index, "nvml:GPU-a");
  }
  std::unique_ptr<EnergyMeter> watch_s(int seconds) {
    auto meter = std::make_unique<EnergyMeter>(x_machine.options(50), x_machine.machine());
    meter->tick();
    for (int i = 0; i < seconds; ++i) {
      x_machine.pass_s(1, 0, {{50, 1}});
      meter->tick();
    }
    return meter;
  }

  MeteredMachine x_machine;
  FakeNvml* x_nvml = nullptr;
};

TEST_F(EnergyShareTest, WhoIsAloneOnADeviceHasAllOfIt) {
  play("gpu Fake\nuuid GPU-a\nprocess 50 1000 70\nprocess 51 1000 0\n");
  EXPECT_EQ(hold().share, 1);
  EXPECT_EQ(hold().by, EnergyShare::kExclusive);
}

TEST_F(EnergyShareTest, WhoIsNotOnADeviceHasNothingOfIt) {
  play("gpu Fake\nuuid GPU-a\nprocess 60 1000 70\ngpu Fake\nuuid GPU-b\n");
  EXPECT_EQ(hold().share, 0);
  EXPECT_EQ(hold({}, 1).share, 0);
  EXPECT_EQ(hold({}, 7).share, 0);
}

TEST_F(EnergyShareTest, SeveralShareADeviceByTheTimeThatTheirKernelsRun) {
  play("gpu Fake\nuuid GPU-a\nprocess 50 1000 20\nprocess 60 9000 60\n");
  x_machine.advance_s(1);
  EXPECT_DOUBLE_EQ(hold().share, 0.25);
  EXPECT_EQ(hold().by, EnergyShare::kBusyTime);
}

TEST_F(EnergyShareTest, WhereTimesAreNotToldMemoryDecides) {
  play("gpu Fake\nuuid GPU-a\nprocess 50 1000 20\nprocess 60 9000 60\nlacks process_busy\n");
  EXPECT_DOUBLE_EQ(hold().share, 0.1);
  EXPECT_EQ(hold().by, EnergyShare::kMemory);
  play("gpu Fake\nprocess 50 1 2\nprocess 60 9 6\nlacks process_busy process_memory\n");
  EXPECT_DOUBLE_EQ(hold().share, 0.5);
}

TEST_F(EnergyShareTest, IdleTogetherTheyShareByMemory) {
  play("gpu Fake\nuuid GPU-a\nprocess 50 3000 0\nprocess 60 1000 0\n");
  EXPECT_DOUBLE_EQ(hold().share, 0.75);
  EXPECT_EQ(hold().by, EnergyShare::kMemory);
}

TEST_F(EnergyShareTest, InAContainerTheRunHasWhatItWasShownOnceItUsesCuda) {
  play("gpu Fake\nuuid GPU-a\nprocess 4711 1000 70\ngpu Fake\nuuid GPU-b\n");
  hide_processes();
  EXPECT_EQ(hold().share, 0);
  open_file(50, "/dev/nvidia0");  // NVML opens that as well
  EXPECT_EQ(hold().share, 0);
  open_file(51, "/dev/nvidia-uvm");
  EXPECT_EQ(hold().share, 1);
  EXPECT_EQ(hold().by, EnergyShare::kVisible);
  EXPECT_EQ(hold({"CUDA_VISIBLE_DEVICES=GPU-b"}, 0).share, 0);
  EXPECT_EQ(hold({"CUDA_VISIBLE_DEVICES=GPU-b"}, 1).share, 1);
}

TEST_F(EnergyShareTest, InAContainerANumberThatIsOursByChanceIsNotOurs) {
  play("gpu Fake\nuuid GPU-a\nprocess 50 1000 70\n");
  hide_processes();
  EXPECT_EQ(hold().share, 0);
  open_file(50, "/dev/nvidia-uvm");
  EXPECT_EQ(hold().by, EnergyShare::kExclusive);
}

TEST_F(EnergyShareTest, ADriverThatTellsNoProcessesIsLikeAContainer) {
  play("gpu Fake\nuuid GPU-a\nlacks processes\n");
  EXPECT_EQ(hold().share, 0);
  open_file(50, "/dev/nvidia-uvm");
  EXPECT_EQ(hold().by, EnergyShare::kVisible);
  EXPECT_EQ(hold({"CUDA_VISIBLE_DEVICES="}).share, 0);
}

TEST_F(EnergyShareTest, ASliceIsSharedAsItsPartOfTheDevice) {
  play(
      "gpu Fake\nuuid GPU-a\nmig 7\ninstance MIG-1 0 0 3\ninstance MIG-2 1 0 2\n"
      "process 50 1000 0 0\nprocess 60 500 0 0\nprocess 61 9000 0 1\n");
  EXPECT_NEAR(hold().share, 2.0 / 7, 1e-9);
  EXPECT_EQ(hold().by, EnergyShare::kSlice);
}

TEST_F(EnergyShareTest, AGpuOfAnotherVendorIsHeldByWhoHasOpenedIt) {
  GpuHolds holds(x_machine.machine(), {}, true);
  link("/sys/class/drm/renderD128/device", "../../../0000:03:00.0");
  open_file(51, "/dev/dri/renderD128");
  holds.read({50, 51});
  EXPECT_EQ(holds.find(-1, "hwmon:amdgpu:0000:03:00.0").share, 1);
  EXPECT_EQ(holds.find(-1, "hwmon:amdgpu:0000:43:00.0").share, 0);
}

TEST_F(EnergyShareTest, AskingSlowDriversIsDoneLessOften) {
  play("gpu Fake\nuuid GPU-a\nprocess 50 1000 70\ntakes 0.01\n");
  GpuHolds holds(x_machine.machine(), {}, false);
  holds.read({50});
  const int64_t begin_ns = x_machine.machine().now_ns();
  holds.read({50});
  EXPECT_EQ(x_machine.machine().now_ns(), begin_ns);
}

TEST_F(EnergyShareTest, AMeterGivesTheRunTheGpuThatItHolds) {
  play(
      "gpu Fake H200\nuuid GPU-a\npower 0 300\nprocess 50 1000 70\n"
      "gpu Fake H200\nuuid GPU-b\npower 0 90\n");
  const auto meter = watch_s(10);
  const auto& sensors = meter->record().sensors;
  ASSERT_EQ(sensors.size(), 2u);
  EXPECT_EQ(sensors[0].sensor, "nvml:GPU-a");
  EXPECT_EQ(sensors[0].share, EnergyShare::kExclusive);
  EXPECT_NEAR(sensors[0].device_j, 3000, 1);
  EXPECT_NEAR(sensors[0].run_j, 3000, 1);
  ASSERT_TRUE(sensors[0].other_j);
  EXPECT_NEAR(*sensors[0].other_j, 3000, 1);
  EXPECT_NEAR(sensors[1].device_j, 900, 1);
  EXPECT_EQ(sensors[1].run_j, 0);
  EXPECT_GT(sensors[1].even_idle_j, 500);  // nobody's, but for who counts all that rests
  EXPECT_TRUE(meter->record().unmeasured.empty());
}

TEST_F(EnergyShareTest, OfAGpuWithoutEnergyTheTimeIsKept) {
  play("gpu Old\nuuid GPU-a\nprocess 50 1000 70\nlacks energy power fields\n");
  const auto meter = watch_s(10);
  EXPECT_TRUE(meter->record().sensors.empty());
  ASSERT_EQ(meter->record().unmeasured.size(), 1u);
  const model::UnmeasuredDevice& device = meter->record().unmeasured[0];
  EXPECT_EQ(device.device, "nvml:GPU-a");
  EXPECT_EQ(device.name, "Old");
  EXPECT_NEAR(device.held_s, 10, 1e-6);
  ASSERT_TRUE(device.busy_s);
  EXPECT_GT(*device.busy_s, 0);
  EXPECT_LE(*device.busy_s, device.held_s);
}

TEST_F(EnergyShareTest, ALostGpuCoversLessAndHurtsNobody) {
  play("gpu Fake\nuuid GPU-a\npower 0 300\nprocess 50 1000 70\nlost 5.5\n");
  const auto meter = watch_s(10);
  ASSERT_EQ(meter->record().sensors.size(), 1u);
  EXPECT_NEAR(meter->record().sensors[0].covered_s, 5, 1e-6);
  EXPECT_NEAR(meter->record().sensors[0].run_j, 1500, 1);
  EXPECT_NEAR(meter->record().watched_s, 10, 1e-6);
}

}  // namespace
}  // namespace cairn::probe
