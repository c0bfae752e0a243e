// Rules of finding energy among hwmon's chips.
#include "probe/hwmon.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>

#include "probe/testing/made_up_machine.h"

namespace cairn::probe {
namespace {

using model::EnergyPart;

class HwmonTest : public testing::Test {
 protected:
  // A chip of a driver, where it sits, with its files.
  void give_chip(const std::string& driver, const std::string& device,
                 const std::map<std::string, std::string>& files) {
    const std::string folder = "/sys/class/hwmon/hwmon" + std::to_string(x_chips++);
    x_machine.write(folder + "/name", driver + "\n");
    const std::string target = x_machine.files().path() + "/sys/devices/" + device;
    std::filesystem::create_directories(target);
    std::filesystem::create_symlink(target, x_machine.files().path() + folder + "/device");
    for (const auto& [file, text] : files) x_machine.write(folder + "/" + file, text);
  }
  std::map<std::string, const EnergySensor*> find() {
    x_sensors = find_hwmon_sensors(x_machine.machine());
    std::map<std::string, const EnergySensor*> by_name;
    for (const auto& sensor : x_sensors) by_name[sensor->sensor] = sensor.get();
    return by_name;
  }
  const EnergySensor& only() {
    find();
    EXPECT_EQ(x_sensors.size(), 1u);
    return *x_sensors.front();
  }
  static EnergyReading read(const EnergySensor* sensor) {
    EnergyReading reading;
    const_cast<EnergySensor*>(sensor)->read(reading);
    return reading;
  }

  MadeUpMachine x_machine;
  int x_chips = 0;
  std::vector<std::unique_ptr<EnergySensor>> x_sensors;
};

TEST_F(HwmonTest, AnAmdGpuTellsItsMeanPower) {
  give_chip("amdgpu", "0000:03:00.0",
            {{"power1_average", "212000000\n"}, {"power1_input", "300000000\n"}});
  const EnergySensor& gpu = only();
  EXPECT_EQ(gpu.sensor, "hwmon:amdgpu:0000:03:00.0");
  EXPECT_EQ(gpu.part, EnergyPart::kGpu);
  EXPECT_TRUE(gpu.is_used);
  EXPECT_EQ(read(&gpu).power_w, 212);
  EXPECT_EQ(read(&gpu).counter, std::nullopt);
}

TEST_F(HwmonTest, AnAmdGpuWithoutAMeanTellsWhatItHas) {
  give_chip("amdgpu", "0000:03:00.0",
            {{"power1_input", "300000000\n"}, {"energy1_input", "5000000\n"}});
  EXPECT_EQ(read(&only()).power_w, 300);
  EXPECT_EQ(read(&only()).counter, 5'000'000u);
}

TEST_F(HwmonTest, AGpuInsideTheProcessorIsNotCountedBesideIt) {
  give_chip(
      "amdgpu", "0000:c5:00.0",
      {{"power1_average", "12000000\n"}, {"device/gpu_metrics", std::string("\x88\0\2\1", 4)}});
  EXPECT_FALSE(only().is_used);
  EXPECT_EQ(only().problem, "inside the processor: its power is the whole package's");
}

TEST_F(HwmonTest, TheSilentHalfOfACardIsNotCounted) {
  give_chip("amdgpu", "0000:c1:00.0", {{"power1_average", "450000000\n"}});
  give_chip("amdgpu", "0000:c6:00.0", {{"power1_average", "0\n"}});
  const auto sensors = find();
  EXPECT_TRUE(sensors.at("hwmon:amdgpu:0000:c1:00.0")->is_used);
  EXPECT_FALSE(sensors.at("hwmon:amdgpu:0000:c6:00.0")->is_used);
}

TEST_F(HwmonTest, AnAmdGpuThatTellsNothingSaysSo) {
  give_chip("amdgpu", "0000:03:00.0", {{"temp1_input", "40000\n"}});
  EXPECT_NE(only().error, 0);
  EXPECT_FALSE(only().problem.empty());
}

TEST_F(HwmonTest, IntelGpusCountEnergyOfTheCard) {
  give_chip("i915", "0000:03:00.0", {{"energy1_input", "123\n"}});
  give_chip("i915_gt0", "0000:03:00.0", {});
  give_chip("xe", "0000:0a:00.0", {{"energy1_input", "7\n"}, {"energy2_input", "5\n"}});
  give_chip("xe", "0000:0b:00.0", {{"energy2_input", "5\n"}});
  const auto sensors = find();
  ASSERT_EQ(sensors.size(), 3u);
  EXPECT_EQ(read(sensors.at("hwmon:i915:0000:03:00.0")).counter, 123u);
  EXPECT_EQ(read(sensors.at("hwmon:xe:0000:0a:00.0")).counter, 7u);
  EXPECT_EQ(read(sensors.at("hwmon:xe:0000:0b:00.0")).counter, 5u);
}

TEST_F(HwmonTest, APowerMeterIsTheWholeMachine) {
  give_chip("power_meter", "ACPI000D:00",
            {{"power1_average", "345000000\n"}, {"power1_average_interval", "1000\n"}});
  const EnergySensor& meter = only();
  EXPECT_EQ(meter.part, EnergyPart::kPlatform);
  EXPECT_FALSE(meter.is_used);
  EXPECT_EQ(meter.power_window_s, 1);
  EXPECT_EQ(read(&meter).power_w, 345);
}

TEST_F(HwmonTest, APowerMeterMayKeepItsFilesWithTheDevice) {
  const std::string folder = "/sys/class/hwmon/hwmon0/device";
  x_machine.write(folder + "/name", "power_meter\n");
  x_machine.write(folder + "/power1_average", "345000000\n");
  EXPECT_EQ(read(&only()).power_w, 345);
}

TEST_F(HwmonTest, OfGracesMetersTheOneOfTheProcessorCounts) {
  const auto give_meter = [&](const char* device, const char* label) {
    give_chip("power_meter", device,
              {{"power1_average", "90000000\n"}, {"power1_oem_info", label}});
  };
  give_meter("ACPI000D:00", "Module Power Socket 0\n");
  give_meter("ACPI000D:01", "Grace Power Socket 0\n");
  give_meter("ACPI000D:02", "CPU Power Socket 0\n");
  give_meter("ACPI000D:03", "SysIO Power Socket 0\n");
  for (const auto& [name, sensor] : find()) {
    EXPECT_EQ(sensor->is_used, sensor->name == "Grace Power Socket 0") << sensor->name;
    EXPECT_EQ(sensor->part, sensor->is_used ? EnergyPart::kCpu : EnergyPart::kPlatform);
  }
  EXPECT_EQ(x_sensors.size(), 4u);
}

TEST_F(HwmonTest, AGpuIsCalledByItsProductOrItsNumbers) {
  give_chip("amdgpu", "0000:03:00.0",
            {{"power1_average", "1\n"}, {"device/product_name", "AMD Instinct MI210\n"}});
  give_chip(
      "xe", "0000:0a:00.0",
      {{"energy1_input", "1\n"}, {"device/vendor", "0x8086\n"}, {"device/device", "0x56a0\n"}});
  give_chip("i915", "0000:0b:00.0", {{"energy1_input", "1\n"}});
  const auto sensors = find();
  EXPECT_EQ(sensors.at("hwmon:amdgpu:0000:03:00.0")->name, "AMD Instinct MI210");
  EXPECT_EQ(sensors.at("hwmon:xe:0000:0a:00.0")->name, "Intel GPU 8086:56a0");
  EXPECT_EQ(sensors.at("hwmon:i915:0000:0b:00.0")->name, "Intel GPU");
}

TEST_F(HwmonTest, OfAmdsCountersTheSocketsCount) {
  give_chip("amd_energy", "amd_energy.0",
            {{"energy1_label", "Ecore000\n"},
             {"energy1_input", "1\n"},
             {"energy2_label", "Esocket0\n"},
             {"energy2_input", "9000000\n"}});
  EXPECT_EQ(only().sensor, "hwmon:amd_energy:amd_energy.0:Esocket0");
  EXPECT_EQ(only().part, EnergyPart::kCpu);
  EXPECT_EQ(read(&only()).counter, 9'000'000u);
}

TEST_F(HwmonTest, ARailsPowerIsVoltsTimesAmperes) {
  give_chip("ina3221", "1-0040",
            {{"in1_label", "VDD_GPU_SOC\n"},
             {"in1_input", "19000\n"},
             {"curr1_input", "500\n"},
             {"in2_label", "VDD_CPU_CV\n"},
             {"in2_input", "19000\n"},
             {"curr2_input", "200\n"},
             {"in3_label", "VIN_SYS_5V0\n"},
             {"in3_input", "5000\n"},
             {"curr3_input", "900\n"},
             {"in7_label", "Sum of shunt voltages\n"}});
  const auto rails = find();
  ASSERT_EQ(rails.size(), 3u);
  EXPECT_EQ(read(rails.at("hwmon:ina3221:1-0040:VDD_GPU_SOC")).power_w, 9.5);
  EXPECT_EQ(rails.at("hwmon:ina3221:1-0040:VDD_GPU_SOC")->part, EnergyPart::kGpu);
  EXPECT_EQ(rails.at("hwmon:ina3221:1-0040:VDD_CPU_CV")->part, EnergyPart::kCpu);
  EXPECT_FALSE(rails.at("hwmon:ina3221:1-0040:VIN_SYS_5V0")->is_used);
}

TEST_F(HwmonTest, TheRailThatFeedsAModuleContainsTheOthers) {
  give_chip("ina3221", "1-0041",
            {{"in1_label", "VDD_IN\n"},
             {"in1_input", "5000\n"},
             {"curr1_input", "1000\n"},
             {"in2_label", "VDD_CPU_GPU_CV\n"},
             {"in2_input", "5000\n"},
             {"curr2_input", "400\n"},
             {"in3_label", "NC\n"},
             {"in3_input", "0\n"},
             {"curr3_input", "0\n"}});
  const auto rails = find();
  ASSERT_EQ(rails.size(), 2u);
  EXPECT_EQ(rails.at("hwmon:ina3221:1-0041:VDD_IN")->part, EnergyPart::kPlatform);
  EXPECT_FALSE(rails.at("hwmon:ina3221:1-0041:VDD_IN")->is_used);
  EXPECT_TRUE(rails.at("hwmon:ina3221:1-0041:VDD_CPU_GPU_CV")->is_used);
}

TEST_F(HwmonTest, PowersOfUnknownThingsAreToldAndNotUsed) {
  give_chip("BAT0", "PNP0C0A:00", {{"power1_input", "15000000\n"}});
  give_chip("nvme", "nvme0", {{"temp1_input", "40000\n"}});
  EXPECT_EQ(only().sensor, "hwmon:BAT0:PNP0C0A:00");
  EXPECT_FALSE(only().is_used);
}

TEST_F(HwmonTest, NoBytesInTheFilesAreTooStrange) {
  std::mt19937 random(5);
  const auto bytes = [&random] {
    std::string text(random() % 90, '\0');
    for (char& c : text)
      c = random() % 2 ? static_cast<char>(random()) : "0123456789\n"[random() % 11];
    return text;
  };
  for (const char* driver : {"amdgpu", "i915", "xe", "amd_energy", "power_meter", "ina3221", "?"})
    give_chip(driver, std::string(driver) + ":device", {});
  for (int round = 0; round < 100; ++round) {
    const std::string folder = "/sys/class/hwmon/hwmon" + std::to_string(round % x_chips) + "/";
    for (const char* file : {"power1_average", "energy1_input", "energy1_label", "in1_label",
                             "in1_input", "curr1_input", "power1_average_interval"})
      x_machine.write(folder + file, bytes());
    for (const auto& [name, sensor] : find()) read(sensor);
  }
}

}  // namespace
}  // namespace cairn::probe
