// Which powercap zones are processors and memory, and which tell again what another one tells.
#include "probe/rapl.h"

#include <algorithm>
#include <cerrno>
#include <map>

#include "probe/file_sensor.h"

namespace cairn::probe {
namespace {

using model::EnergyPart;

constexpr std::string_view kClass = "/sys/class/powercap";
// Two dies whose counters are closer than this are one counter shown twice: what a processor uses
// between two updates, a millisecond apart.
constexpr uint64_t kSameCounterUj = 1'000'000;

constexpr std::string_view kNotForUsers =
    "only root may read it, since power tells secrets of other processes (CVE-2020-8694)";
// A rule, because files of /sys get their permissions anew at every boot. For the caller's group
// rather than for everybody.
constexpr std::string_view kAllowReading =
    R"(echo 'SUBSYSTEM=="powercap", TEST=="energy_uj", RUN+="/bin/chgrp '$(id -gn)' %S%p/energy_uj", )"
    R"(RUN+="/bin/chmod g+r %S%p/energy_uj"' | sudo tee /etc/udev/rules.d/60-energy.rules && )"
    R"(sudo udevadm trigger --action=add --subsystem-match=powercap)";
constexpr std::string_view kHidden = "a container hides it";
constexpr std::string_view kShow = "docker run --security-opt systempaths=unconfined ...";

// Of one processor: what it calls itself ("package-0", "package-0-die-1"), or within which it lies.
struct Zone {
  std::string id;             // "intel-rapl:0:1"
  std::string name, package;  // package: of the zone that it lies in, its own if in none
  std::unique_ptr<FileSensor> sensor;

  bool is_package() const { return name.starts_with("package"); }
  bool is_memory() const { return name == "dram"; }
  bool is_mirror() const { return id.starts_with("intel-rapl-mmio"); }  // of registers, in memory
  // Zones of one identity are one thing shown twice.
  std::string identity() const { return package == name ? name : package + " " + name; }
};

std::string zone_name(const std::string& folder) {
  const auto text = read_text(folder + "/name", 64);
  return text ? to_utf8(trim(*text)) : std::string();
}

// "intel-rapl:0" of "intel-rapl:0:1"; empty for "intel-rapl:0" itself.
std::string_view parent_of(std::string_view id) {
  const std::string_view parent = id.substr(0, id.rfind(':'));
  return parent.find(':') == std::string_view::npos ? std::string_view() : parent;
}

std::optional<Zone> read_zone(const Machine& machine, const std::string& id) {
  const std::string parents = machine.path(kClass) + "/", folder = parents + id;
  Zone zone{id, zone_name(folder), {}, nullptr};
  // A zone of frequency capping tells no energy; one of RAPL that shows no file is masked.
  const bool is_rapl = id.starts_with("intel-rapl");
  if (!exists(folder + "/energy_uj") && !(is_rapl && zone.name.empty())) return std::nullopt;
  const std::string_view parent = parent_of(id);
  zone.package = parent.empty() ? zone.name : zone_name(parents + std::string(parent));

  zone.sensor =
      std::make_unique<FileSensor>(machine, folder + "/energy_uj", std::vector<std::string>());
  FileSensor& sensor = *zone.sensor;
  sensor.sensor = "rapl:" + id;
  sensor.name = zone.identity();
  const auto range = read_number(folder + "/max_energy_range_uj");
  sensor.counter_range = range && *range > 0 ? static_cast<uint64_t>(*range) : 0;
  if (zone.is_memory()) sensor.part = EnergyPart::kMemory;
  if (zone.name == "psys") sensor.part = EnergyPart::kPlatform;
  sensor.try_once();
  if (sensor.error == EACCES || sensor.error == EPERM) {
    sensor.problem = kNotForUsers;
    sensor.remedy = kAllowReading;
  } else if (sensor.error == ENOENT) {
    sensor.problem = kHidden;
    sensor.remedy = kShow;
  }
  return zone;
}

void leave_out(EnergySensor& sensor, std::string reason) {
  sensor.is_used = false;
  if (sensor.error == 0) sensor.problem = std::move(reason);
}

// Whether the counters of two dies stand at the same value: `b` between two readings of `a`.
bool is_same_counter(EnergySensor& a, EnergySensor& b) {
  EnergyReading before, between, after;
  a.read(before);
  b.read(between);
  a.read(after);
  return before.counter && between.counter && after.counter &&
         *between.counter + kSameCounterUj >= *before.counter &&
         *between.counter <= *after.counter + kSameCounterUj;
}

// "package-0" of "package-0-die-1"; empty where there are no dies.
std::string_view socket_of_die(std::string_view name) {
  const size_t die = name.find("-die-");
  return die == std::string_view::npos ? std::string_view() : name.substr(0, die);
}

void choose(std::vector<Zone>& zones) {
  // The first of one identity is used: one that can be read, and rather the registers themselves.
  std::stable_sort(zones.begin(), zones.end(), [](const Zone& a, const Zone& b) {
    return std::pair(a.sensor->error != 0, a.is_mirror()) <
           std::pair(b.sensor->error != 0, b.is_mirror());
  });
  std::map<std::string, FileSensor*> used;
  for (Zone& zone : zones) {
    FileSensor& sensor = *zone.sensor;
    if (zone.name == "psys") {
      leave_out(sensor, "the whole machine: contains the others");
    } else if (!zone.is_package() && !zone.is_memory() && !zone.name.empty()) {
      leave_out(sensor, zone.package == zone.name ? "a kind of zone that is not known"
                                                  : "a part of " + zone.package);
    } else if (const auto twin = used.find(zone.identity()); twin != used.end()) {
      leave_out(sensor, "tells the same as " + twin->second->sensor);
    } else {
      const std::string_view socket = socket_of_die(zone.name);
      const auto same = std::find_if(used.begin(), used.end(), [&](const auto& other) {
        return !socket.empty() && socket_of_die(other.first) == socket && sensor.error == 0 &&
               is_same_counter(*other.second, sensor);
      });
      if (same != used.end())
        leave_out(sensor, "counts the same as " + same->second->sensor);
      else
        used.emplace(zone.identity(), &sensor);
    }
  }
}

}  // namespace

std::vector<std::unique_ptr<EnergySensor>> find_rapl_sensors(const Machine& machine) {
  std::vector<std::string> ids = list_names(machine.path(kClass));
  std::sort(ids.begin(), ids.end());
  std::vector<Zone> zones;
  for (const std::string& id : ids)
    if (id.find(':') != std::string::npos)
      if (auto zone = read_zone(machine, id)) zones.push_back(std::move(*zone));
  choose(zones);
  std::vector<std::unique_ptr<EnergySensor>> sensors;
  for (Zone& zone : zones) sensors.push_back(std::move(zone.sensor));
  return sensors;
}

}  // namespace cairn::probe
