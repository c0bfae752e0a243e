// Rules of what is told of a machine's sensors, of all kinds together.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "probe/energy_sensor.h"
#include "probe/facts.h"
#include "probe/testing/fake_nvml/fake_nvml.h"
#include "probe/testing/made_up_machine.h"

namespace cairn::probe {
namespace {

class EnergySurveyTest : public testing::Test {
 protected:
  void give_package(uint64_t energy_uj) {
    const std::string zone = "/sys/class/powercap/intel-rapl:0";
    x_machine.write(zone + "/name", "package-0\n");
    x_machine.write(zone + "/max_energy_range_uj", "262143328850\n");
    x_machine.write(zone + "/energy_uj", std::to_string(energy_uj) + "\n");
  }
  void give_chip(const std::string& number, const std::string& name, const std::string& file,
                 const std::string& text) {
    const std::string folder = "/sys/class/hwmon/hwmon" + number;
    x_machine.write(folder + "/name", name + "\n");
    x_machine.write(folder + "/" + file, text);
  }
  void give_processor(const std::string& flags) {
    x_machine.write("/proc/cpuinfo",
                    "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: " + flags + "\n");
  }
  void give_gpu() {
    x_machine.write("/dev/nvidiactl", "");
    x_machine.machine().nvml_library = FAKE_NVML_NEW;
    auto* const nvml =
        static_cast<FakeNvml*>(::dlsym(::dlopen(FAKE_NVML_NEW, RTLD_NOW), "fake_nvml"));
    *nvml = FakeNvml();
    nvml->gpus = parse_fake_gpus("gpu Fake\npower 0 321\n");
  }
  std::vector<SensorState> survey() { return survey_energy(x_machine.machine()); }
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const SensorState& state : survey()) names.push_back(state.sensor);
    return names;
  }

  MadeUpMachine x_machine;
};

TEST_F(EnergySurveyTest, SensorsOfEveryKindAreToldInOrder) {
  give_package(5'000'000);
  give_chip("0", "power_meter", "power1_average", "400000000\n");
  give_gpu();
  EXPECT_EQ(names(), (std::vector<std::string>{"hwmon:power_meter:hwmon0", "nvml:GPU-0",
                                               "rapl:intel-rapl:0"}));
  const auto states = survey();
  EXPECT_EQ(states[0].power_w, 400);
  EXPECT_FALSE(states[0].is_used);
  EXPECT_EQ(states[1].power_w, 321);
  EXPECT_EQ(states[1].counter_j, 5000.5);
  EXPECT_EQ(states[2].counter_j, 5);
  EXPECT_TRUE(states[2].is_used && states[2].is_readable);
  EXPECT_NE(states[2].source.find("/intel-rapl:0/energy_uj"), std::string::npos);
}

TEST_F(EnergySurveyTest, AMachineWithNothingTellsNothing) {
  EXPECT_TRUE(survey().empty());
  EXPECT_TRUE(find_energy_sensors(x_machine.machine()).empty());
}

TEST_F(EnergySurveyTest, AVirtualMachineIsToldThatItsHostKeepsTheCounters) {
  give_processor("fpu vme hypervisor lahf_lm");
  const auto states = survey();
  ASSERT_EQ(states.size(), 1u);
  EXPECT_NE(states[0].problem.find("virtual machine"), std::string::npos);
  EXPECT_EQ(states[0].remedy, "") << "there is none";
  EXPECT_FALSE(states[0].is_used || states[0].is_readable);
}

TEST_F(EnergySurveyTest, AProcessorWithoutItsDriverHasARemedy) {
  give_processor("fpu vme");
  ASSERT_EQ(names(), std::vector<std::string>{"rapl"});
  EXPECT_NE(survey()[0].remedy.find("modprobe intel_rapl_msr"), std::string::npos);
}

TEST_F(EnergySurveyTest, ADriverWithoutItsLibraryIsMissed) {
  x_machine.write("/proc/driver/nvidia/version", "");
  ASSERT_EQ(names(), std::vector<std::string>{"nvml"});
  EXPECT_FALSE(survey()[0].problem.empty());
}

TEST_F(EnergySurveyTest, SocketsThatTwoDriversCountAreUsedOnce) {
  give_chip("0", "amd_energy", "energy1_label", "Esocket0\n");
  give_chip("0", "amd_energy", "energy1_input", "7000000\n");
  EXPECT_TRUE(survey()[0].is_used);
  give_package(5'000'000);
  const auto states = survey();
  ASSERT_EQ(states.size(), 2u);
  EXPECT_FALSE(states[0].is_used);
  EXPECT_EQ(states[0].problem, "tells the same as RAPL's packages");
  EXPECT_TRUE(states[1].is_used);
}

TEST_F(EnergySurveyTest, AMachineRoomsMeterMayTellTensOfKilowatts) {
  give_chip("0", "power_meter", "power1_average", "42000000000\n");
  const auto sensors = find_energy_sensors(x_machine.machine());
  EnergyReading reading;
  sensors[0]->read(reading);
  EnergyCount count;
  add_reading(count, *sensors[0], {1, std::nullopt, reading.power_w}, kNsPerSecond);
  add_reading(count, *sensors[0], {1 + kNsPerSecond, std::nullopt, reading.power_w}, kNsPerSecond);
  EXPECT_DOUBLE_EQ(count.power_j, 42'000);
}

// --- whose machine it is -------------------------------------------------------------------------

TEST_F(EnergySurveyTest, CloudsAreKnownByTheirFirmware) {
  const auto cloud = [&](const char* file, const char* text) {
    x_machine.files().remove("/sys/class/dmi");
    x_machine.write(std::string("/sys/class/dmi/id/") + file, text);
    const model::Value facts = read_cloud_facts(x_machine.machine());
    const model::Value* const provider = facts.find("provider");
    return provider ? std::string(provider->string_or("")) : std::string();
  };
  EXPECT_EQ(cloud("sys_vendor", "Amazon EC2\n"), "aws");
  EXPECT_EQ(cloud("product_name", "Google Compute Engine\n"), "gcp");
  EXPECT_EQ(cloud("chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77\n"), "azure");
  EXPECT_EQ(cloud("chassis_asset_tag", "OracleCloud.com\n"), "oracle");
  EXPECT_EQ(cloud("sys_vendor", "Dell Inc.\n"), "");
  EXPECT_EQ(cloud("sys_vendor", "Microsoft Corporation\n"), "") << "a desktop's Hyper-V, too";
}

TEST_F(EnergySurveyTest, HostFactsTellOfTheCloudAndOfVirtualMachines) {
  x_machine.write("/sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
  give_processor("fpu hypervisor");
  const char* const nothing = nullptr;
  model::Value facts = read_host_facts(x_machine.machine(), &nothing);
  EXPECT_EQ(*facts.find("cloud"), model::Value(model::Object{{"provider", "aws"}}));
  EXPECT_EQ(*facts.find("cpu")->find("is_virtual"), model::Value(true));
  give_processor("fpu vme");
  facts = read_host_facts(x_machine.machine(), &nothing);
  EXPECT_EQ(*facts.find("cpu")->find("is_virtual"), model::Value(false));
}

}  // namespace
}  // namespace cairn::probe
