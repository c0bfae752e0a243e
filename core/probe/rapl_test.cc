// Rules of finding RAPL's zones and telling which of them count.
#include "probe/rapl.h"

#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>

#include "probe/testing/made_up_machine.h"

namespace cairn::probe {
namespace {

using model::EnergyPart;

// Opens files as another user would, even where the tests are run by root.
class AsNobody {
 public:
  AsNobody() { ::setfsuid(65'534); }
  ~AsNobody() { ::setfsuid(::geteuid()); }
};

class RaplTest : public testing::Test {
 protected:
  static std::string folder(const std::string& id) { return "/sys/class/powercap/" + id; }
  void give_zone(const std::string& id, const std::string& name, uint64_t energy_uj) {
    x_machine.write(folder(id) + "/name", name + "\n");
    x_machine.write(folder(id) + "/max_energy_range_uj", "262143328850\n");
    set_counter(id, std::to_string(energy_uj) + "\n");
  }
  void set_counter(const std::string& id, const std::string& text) {
    x_machine.write(folder(id) + "/energy_uj", text);
  }
  std::vector<std::unique_ptr<EnergySensor>> find() {
    return find_rapl_sensors(x_machine.machine());
  }
  EnergySensor& zone(const std::string& id) {
    x_sensors = find();
    for (const auto& sensor : x_sensors)
      if (sensor->sensor == "rapl:" + id) return *sensor;
    ADD_FAILURE() << "there is no zone " << id;
    return *x_sensors.front();
  }
  std::vector<std::string> used() {
    std::vector<std::string> ids;
    for (const auto& sensor : find())
      if (sensor->is_used) ids.push_back(sensor->sensor.substr(5));
    std::sort(ids.begin(), ids.end());
    return ids;
  }
  static std::optional<uint64_t> counter(EnergySensor& sensor) {
    EnergyReading reading;
    sensor.read(reading);
    return reading.counter;
  }
  MadeUpMachine x_machine;
  std::vector<std::unique_ptr<EnergySensor>> x_sensors;
};

TEST_F(RaplTest, PackagesAndMemoryCountAndTheirPartsDoNot) {
  give_zone("intel-rapl:0", "package-0", 1'000);
  give_zone("intel-rapl:0:0", "core", 500);
  give_zone("intel-rapl:0:1", "uncore", 100);
  give_zone("intel-rapl:0:2", "dram", 200);
  give_zone("intel-rapl:1", "package-1", 2'000'000'000);
  give_zone("intel-rapl:1:0", "dram", 300);
  EXPECT_EQ(used(), (std::vector<std::string>{"intel-rapl:0", "intel-rapl:0:2", "intel-rapl:1",
                                              "intel-rapl:1:0"}));
  EXPECT_EQ(zone("intel-rapl:1:0").part, EnergyPart::kMemory);
  EXPECT_EQ(zone("intel-rapl:1:0").name, "package-1 dram");
  EXPECT_EQ(zone("intel-rapl:0").part, EnergyPart::kCpu);
  EXPECT_EQ(zone("intel-rapl:0").counter_range, 262143328850u);
  EXPECT_EQ(zone("intel-rapl:0:0").problem, "a part of package-0");
}

TEST_F(RaplTest, PsysIsTheWholeMachine) {
  give_zone("intel-rapl:0", "package-0", 1'000);
  give_zone("intel-rapl:1", "psys", 9'000);
  EXPECT_EQ(used(), std::vector<std::string>{"intel-rapl:0"});
  EXPECT_EQ(zone("intel-rapl:1").part, EnergyPart::kPlatform);
  EXPECT_EQ(counter(zone("intel-rapl:1")), 9'000u) << "told, if not used";
}

TEST_F(RaplTest, AMirrorOfThePackageIsCountedOnce) {
  give_zone("intel-rapl-mmio:0", "package-0", 1'000);
  give_zone("intel-rapl:0", "package-0", 1'000);
  EXPECT_EQ(used(), std::vector<std::string>{"intel-rapl:0"});
  EXPECT_EQ(zone("intel-rapl-mmio:0").problem, "tells the same as rapl:intel-rapl:0");
  x_machine.files().remove(folder("intel-rapl:0"));
  EXPECT_EQ(used(), std::vector<std::string>{"intel-rapl-mmio:0"}) << "better than none";
}

TEST_F(RaplTest, TheOneThatCanBeReadIsPreferredToItsTwin) {
  give_zone("intel-rapl-mmio:0", "package-0", 1'000);
  give_zone("intel-rapl:0", "package-0", 1'000);
  set_counter("intel-rapl:0", "");
  EXPECT_EQ(used(), std::vector<std::string>{"intel-rapl-mmio:0"});
}

TEST_F(RaplTest, DiesWithOneCounterAreCountedOnceAndOthersEach) {
  give_zone("intel-rapl:0", "package-0-die-0", 7'000'000'000);
  give_zone("intel-rapl:1", "package-0-die-1", 7'000'000'400);
  EXPECT_EQ(used(), std::vector<std::string>{"intel-rapl:0"});
  EXPECT_EQ(zone("intel-rapl:1").problem, "counts the same as rapl:intel-rapl:0");
  set_counter("intel-rapl:1", "7500000000\n");
  EXPECT_EQ(used(), (std::vector<std::string>{"intel-rapl:0", "intel-rapl:1"}));
}

TEST_F(RaplTest, SocketsOfOneLoadAreNotTakenForOne) {
  give_zone("intel-rapl:0", "package-0", 7'000'000'000);
  give_zone("intel-rapl:1", "package-1", 7'000'000'400);
  EXPECT_EQ(used(), (std::vector<std::string>{"intel-rapl:0", "intel-rapl:1"}));
}

TEST_F(RaplTest, ZonesThatNobodyKnowsAreToldAndHurtNobody) {
  give_zone("intel-rapl:0", "package-0", 1'000);
  give_zone("intel-rapl:0:7", "quantum", 5);
  give_zone("scmi:0", "soc", 5);
  x_machine.write(folder("dtpm:0") + "/name", "dtpm\n");  // tells no energy
  x_machine.write(folder("intel-rapl") + "/enabled", "1\n");
  EXPECT_EQ(find().size(), 3u);
  EXPECT_EQ(used(), std::vector<std::string>{"intel-rapl:0"});
}

TEST_F(RaplTest, ACounterForRootOnlySaysWhyAndWhatMendsIt) {
  give_zone("intel-rapl:0", "package-0", 1'000);
  const std::string root = x_machine.files().path();
  ::chmod(root.c_str(), 0755);
  ::chmod((root + folder("intel-rapl:0") + "/energy_uj").c_str(), 0);
  const AsNobody nobody;
  const EnergySensor& sensor = zone("intel-rapl:0");
  EXPECT_EQ(sensor.error, EACCES);
  EXPECT_NE(sensor.problem.find("CVE-2020-8694"), std::string::npos);
  EXPECT_NE(sensor.remedy.find("/etc/udev/rules.d/"), std::string::npos);
  EXPECT_TRUE(sensor.is_used) << "it would be, if it could be read";
}

TEST_F(RaplTest, AZoneThatAContainerMasksSaysSo) {
  x_machine.write(folder("intel-rapl:0") + "/.masked", "");
  const EnergySensor& sensor = zone("intel-rapl:0");
  EXPECT_EQ(sensor.error, ENOENT);
  EXPECT_EQ(sensor.problem, "a container hides it");
}

TEST_F(RaplTest, WhatIsNoNumberIsNoReading) {
  give_zone("intel-rapl:0", "package-0", 1'000);
  EnergySensor& sensor = zone("intel-rapl:0");
  ASSERT_EQ(counter(sensor), 1'000u);
  for (const char* text : {"", "\n", "garbage", "12 34", "-5", "1e9", "99999999999999999999999",
                           "123\nmore", "0x10"}) {
    set_counter("intel-rapl:0", text);
    EXPECT_EQ(counter(sensor), std::nullopt) << text;
  }
  set_counter("intel-rapl:0", "2000\n");
  EXPECT_EQ(counter(sensor), 2'000u) << "and it recovers";
}

TEST_F(RaplTest, AnEmptyCounterIsAnErrorOfItsOwn) {
  give_zone("intel-rapl:0", "package-0", 1'000);
  set_counter("intel-rapl:0", "");
  EXPECT_EQ(zone("intel-rapl:0").error, ENODATA);
  EXPECT_EQ(zone("intel-rapl:0").problem, "the file holds no number");
}

TEST_F(RaplTest, AZoneThatVanishesBeforeItsFirstReadingAnswersNothing) {
  give_zone("intel-rapl:0", "package-0", 1'000);
  const auto sensors = find();
  x_machine.files().remove(folder("intel-rapl:0"));
  EXPECT_EQ(counter(*sensors.front()), 1'000u) << "an open file outlives its name";
  EXPECT_TRUE(find().empty());
}

TEST_F(RaplTest, AReadingIsOfTheMachinesTime) {
  give_zone("intel-rapl:0", "package-0", 1'000);
  EnergySensor& sensor = zone("intel-rapl:0");
  EnergyReading first, second;
  sensor.read(first);
  x_machine.advance_s(3);
  sensor.read(second);
  EXPECT_EQ(second.time_ns - first.time_ns, 3 * kNsPerSecond);
}

TEST_F(RaplTest, NoBytesInTheFilesAreTooStrange) {
  std::mt19937 random(3);
  const auto bytes = [&random] {
    std::string text(random() % 80, '\0');
    for (char& c : text)
      c = random() % 3 ? static_cast<char>(random()) : "0123456789\n-"[random() % 12];
    return text;
  };
  for (int round = 0; round < 200; ++round) {
    const std::string id = "intel-rapl:" + std::to_string(round % 5) + (round % 2 ? ":0" : "");
    for (const char* file : {"/name", "/energy_uj", "/max_energy_range_uj"})
      x_machine.write(folder(id) + file, bytes());
    for (const auto& sensor : find()) {
      counter(*sensor);
      EXPECT_EQ(sensor->error == 0, counter(*sensor).has_value());
    }
  }
}

}  // namespace
}  // namespace cairn::probe
