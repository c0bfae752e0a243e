// Record by record: sensors first, models for what they leave out, then the rest of the machine.
#include "footprint/tally.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "footprint/power_model.h"

namespace cairn::footprint {
namespace {

using model::EnergyPart;
using model::EnergyRecord;
using model::EnergyShare;
using model::SensorEnergy;

constexpr double kDisputed = 0.05;
constexpr double kUncoveredShare = 0.35;  // as the model, for time that a sensor did not answer
constexpr double kGapShare = 0.02;        // of the time: not worth a note
constexpr double kTickSeconds = 0.01;     // of Linux' CPU times, as every distribution builds it
constexpr double kHostThreads = 128;      // of which a virtual machine has some
constexpr double kLostShare = 0.1;        // of the watched time: more was suspended, most likely

// How far a sensor may be off, and the time that its last value may be old.
struct Accuracy {
  double share = 0, window_s = 0;
  const char* source = "";
};
Accuracy accuracy_of(const SensorEnergy& sensor) {
  const std::string_view id = sensor.sensor;
  // NVIDIA: +-5 %, counters move every 0.1 s (docs/footprint.md).
  if (id.starts_with("nvml:")) return {0.05, 0.1, "nvml"};
  if (id.starts_with("rapl:"))
    return sensor.part == EnergyPart::kMemory ? Accuracy{0.10, 0.001, "rapl"}
                                              : Accuracy{0.05, 0.001, "rapl"};
  if (id.starts_with("hwmon:")) return {0.05, 0.1, "hwmon"};
  return {0.10, 0.1, "sensor"};
}

double resting_s(const EnergyRecord& record, IdlePolicy idle) {
  switch (idle) {
    case IdlePolicy::kNone:
      return 0;
    case IdlePolicy::kProportional:
      return record.share_s;
    case IdlePolicy::kAll:
      return record.even_s;
  }
  return 0;
}

double idle_of(const SensorEnergy& sensor, IdlePolicy idle) {
  switch (idle) {
    case IdlePolicy::kNone:
      return 0;
    case IdlePolicy::kProportional:
      return sensor.idle_j;
    case IdlePolicy::kAll:
      return sensor.even_idle_j;
  }
  return 0;
}

// A virtual machine answers for its share of the host's.
Quantity rest_power(bool is_virtual, int64_t threads, const Tables& tables) {
  const double share = static_cast<double>(threads) / kHostThreads;
  return tables.constant("rest.power").value * (is_virtual ? std::clamp(share, 0.0, 1.0) : 1);
}

std::string print_rest(const Quantity& share, const Quantity& constant_w) {
  return fmt::format("{:.3g} % + {:.3g} W model", 100 * share.value, constant_w.value);
}

const char* name_of(EnergyPart part) {
  return part == EnergyPart::kCpu ? "cpu" : part == EnergyPart::kMemory ? "memory" : "gpu";
}

// The tally of one record. Lives while it is read.
class RecordTally {
 public:
  RecordTally(const EnergyRecord& record, IdlePolicy idle, const Tables& tables,
              const std::vector<Calibration>& calibrations, Tally& out)
      : x_record(record),
        x_idle(idle),
        x_resting_s(resting_s(record, idle)),
        x_resting(idle == IdlePolicy::kAll ? Count::kEvenS : Count::kShareS),
        x_tables(tables),
        x_out(out) {
    for (const Calibration& calibration : calibrations)
      if (calibration.hostname == record.machine.hostname) x_calibration = &calibration;
  }

  void add_all() {
    for (const SensorEnergy& sensor : x_record.sensors) add_sensor(sensor);
    if (!x_has_cpu) add_cpu_model();
    if (!x_has_memory) add_memory_model();
    if (x_record.cpu_s <= 0 && x_record.share_s <= 0) add_uncounted();
    for (const model::UnmeasuredDevice& device : x_record.unmeasured) add_unmeasured(device);
    add_rest();
    add_lost();
    add_counts();
  }

 private:
  void count(Count what, double joules) { x_joules[static_cast<size_t>(what)] += joules; }

  void add(const char* part, std::string device, Quantity joules, std::string source,
           bool is_disputed = false) {
    x_sum_j += joules.value;
    add_part(x_out.parts, {part, std::move(device), joules * (1 / kJoulesPerKwh), std::move(source),
                           is_disputed});
  }

  void add_sensor(const SensorEnergy& sensor) {
    if (sensor.part == EnergyPart::kPlatform) return;
    if (sensor.covered_s <= 0) {
      add_text(x_out.notes, fmt::format("{} ({}) gave no reading", sensor.sensor, sensor.name));
      return;
    }
    if (sensor.part == EnergyPart::kCpu) x_has_cpu = true;
    if (sensor.part == EnergyPart::kMemory) x_has_memory = true;
    const double idle_j = idle_of(sensor, x_idle);
    const double joules = std::max(0.0, sensor.run_j - sensor.idle_j) + idle_j;
    x_idle_j += idle_j;
    const Accuracy accuracy = accuracy_of(sensor);
    Quantity q =
        quantity(joules, std::min(1.0, accuracy.share + accuracy.window_s / sensor.covered_s),
                 Method::kMeasured);
    const bool is_disputed = widen_disputed(sensor, joules, q);
    widen_share(sensor, joules, q);
    fill_gap(sensor, q);
    if (sensor.resets > 0)
      add_text(x_out.notes, fmt::format("the counter of {} began anew {} times: what passed "
                                        "meanwhile is not known",
                                        sensor.sensor, sensor.resets));
    const Count what = sensor.part == EnergyPart::kCpu      ? Count::kCpuJ
                       : sensor.part == EnergyPart::kMemory ? Count::kMemoryJ
                                                            : Count::kGpuJ;
    x_out.units[static_cast<size_t>(what)] += sensor.run_j;
    count(what, joules);
    const bool is_cpu = sensor.part == EnergyPart::kCpu;
    add(name_of(sensor.part),
        is_cpu && !x_record.machine.cpu_model.empty() ? x_record.machine.cpu_model : sensor.name, q,
        accuracy.source, is_disputed);
  }

  // The two ways of a sensor differ: the range covers both.
  bool widen_disputed(const SensorEnergy& sensor, double joules, Quantity& q) {
    if (!sensor.other_j || sensor.device_j <= 0) return false;
    const double ratio = *sensor.other_j / sensor.device_j;
    if (std::abs(ratio - 1) <= kDisputed) return false;
    q.low = std::min(q.low, q.low * ratio);
    q.high = std::max(q.high, joules * ratio * (q.high / std::max(joules, 1e-9)));
    add_text(x_out.notes, fmt::format("{} ({}): its counter and its power differ by {:.0f} %",
                                      sensor.sensor, sensor.name, 100 * std::abs(ratio - 1)));
    return true;
  }

  // Where a device was shared, how much of it was the run's is less certain than what it used.
  void widen_share(const SensorEnergy& sensor, double joules, Quantity& q) {
    if (sensor.share == EnergyShare::kVisible)
      add_text(x_out.notes,
               fmt::format("{} ({}): other processes cannot be seen, all of it is taken "
                           "for the run's",
                           sensor.sensor, sensor.name));
    if (sensor.share == EnergyShare::kExclusive || sensor.device_j <= 0) return;
    const double others = std::clamp(1 - sensor.run_j / sensor.device_j, 0.0, 1.0);
    const double doubt = sensor.share == EnergyShare::kCpuTime    ? 0.15
                         : sensor.share == EnergyShare::kBusyTime ? 0.20
                                                                  : 0.30;
    q.low = std::max(0.0, q.low - joules * doubt * others);
    q.high += joules * doubt * others;
  }

  void fill_gap(const SensorEnergy& sensor, Quantity& q) {
    const double gap_s = x_record.watched_s - sensor.covered_s;
    if (gap_s <= kGapShare * x_record.watched_s) return;
    const double share = gap_s / sensor.covered_s;
    q = {q.value * (1 + share), q.low + q.value * share * (1 - kUncoveredShare),
         q.high + q.value * share * (1 + kUncoveredShare), Method::kModelled};
    add_text(x_out.notes,
             fmt::format("{} ({}) answered in {:.0f} % of the time: the rest is taken "
                         "for the same",
                         sensor.sensor, sensor.name, 100 * sensor.covered_s / x_record.watched_s));
  }

  void add_cpu_model() {
    const model::EnergyMachine& machine = x_record.machine;
    const CpuPower power = cpu_power(machine.cpu_model, machine.sockets, machine.threads,
                                     machine.is_virtual, x_tables);
    if (power.full_w.method == Method::kAssumed)
      add_text(x_out.notes,
               fmt::format("CPU '{}' is {}: {}", machine.cpu_model,
                           machine.is_virtual ? "shared with other machines" : "in no table",
                           power.source));
    const double resting_j = power.full_w.value * power.rest_share * x_resting_s;
    const double load_j = power.full_w.value * power.load_share * x_record.load_s;
    x_idle_j += resting_j;
    count(x_resting, resting_j);
    count(Count::kLoadS, load_j);
    const double seconds = power.rest_share * x_resting_s + power.load_share * x_record.load_s;
    add("cpu", machine.cpu_model, power.full_w * seconds, power.source);
  }

  void add_memory_model() {
    if (x_record.machine.memory_bytes <= 0) return;
    constexpr double kBytesPerGb = double{1 << 30};
    const double gigabytes = static_cast<double>(x_record.machine.memory_bytes) / kBytesPerGb;
    const Quantity joules = memory_power(gigabytes, x_tables) * x_resting_s;
    x_idle_j += joules.value;
    count(x_resting, joules.value);
    add("memory", "", joules, "W per GB");
  }

  // The kernel counts CPU time in ticks: none of them is less than one, and not nothing.
  void add_uncounted() {
    const model::EnergyMachine& machine = x_record.machine;
    const Quantity full_w =
        cpu_power(machine.cpu_model, machine.sockets, machine.threads, machine.is_virtual, x_tables)
            .full_w;
    const double most_j = full_w.high * std::min(kTickSeconds, x_record.watched_s);
    if (!(most_j > 0)) return;
    add("cpu", machine.cpu_model, {most_j / 2, 0, most_j, Method::kAssumed},
        "less CPU time than the kernel counts");
  }

  void add_unmeasured(const model::UnmeasuredDevice& device) {
    const GpuPower power = gpu_power(device.name, x_tables);
    const bool counts_rest = x_idle != IdlePolicy::kNone;
    const double rest_j = counts_rest ? power.rest_w * device.held_s : 0;
    const double busy_w = power.tdp_w - power.rest_w;
    const double most_j = power.tdp_w * device.held_s;
    x_idle_j += rest_j;
    count(Count::kGpuHeldS, rest_j);
    x_out.units[static_cast<size_t>(Count::kGpuHeldS)] += device.held_s;
    Quantity joules;
    if (device.busy_s) {
      joules = quantity(rest_j + busy_w * *device.busy_s, power.uncertainty, Method::kModelled);
      joules.high = std::max(joules.value, std::min(joules.high, most_j));
      count(Count::kGpuBusyS, busy_w * *device.busy_s);
      x_out.units[static_cast<size_t>(Count::kGpuBusyS)] += *device.busy_s;
    } else {
      // Nothing is told of its use: anything from rest to full.
      const double busy_j = busy_w * device.held_s / 2;
      joules = {rest_j + busy_j, rest_j, most_j, Method::kAssumed};
      count(Count::kGpuHeldS, busy_j);
    }
    add(name_of(device.part), device.name, joules, power.source);
  }

  // Board, drives, fans, and what the power supply loses.
  void add_rest() {
    Quantity share, constant_w;
    std::string source = "calibrated";
    if (x_calibration) {
      const double doubt = x_calibration->uncertainty;
      share = quantity(x_calibration->rest_share, doubt, Method::kModelled);
      constant_w = quantity(x_calibration->rest_w, doubt, Method::kModelled);
    } else {
      share = x_tables.constant("rest.share").value;
      constant_w = rest_power(x_record.machine.is_virtual, x_record.machine.threads, x_tables);
      share.method = constant_w.method = Method::kModelled;
      source = print_rest(share, constant_w);
    }
    const double constant_j = constant_w.value * x_resting_s;
    // The parts' own doubts are theirs already.
    const std::array<Quantity, 2> both = {share * x_sum_j, constant_w * x_resting_s};
    for (double& joules : x_joules) joules *= 1 + share.value;
    count(x_resting, constant_j);
    x_idle_j = x_idle_j * (1 + share.value) + constant_j;
    add("rest", "", add_independent(both), std::move(source));
  }

  void add_lost() {
    if (x_record.lost_s <= 0 || x_record.watched_s <= 0) return;
    const double mean_w = x_sum_j / x_record.watched_s;
    const double likely_s = std::min(x_record.lost_s, kLostShare * x_record.watched_s);
    add_part(x_out.parts,
             {"unwatched", "",
              Quantity{mean_w * likely_s, 0, mean_w * x_record.lost_s, Method::kAssumed} *
                  (1 / kJoulesPerKwh),
              "mean power", false});
    if (x_record.lost_s > kGapShare * x_record.watched_s)
      add_text(x_out.notes, fmt::format("{:.0f} s were not watched: suspended, or the machine was "
                                        "too busy",
                                        x_record.lost_s));
  }

  void add_counts() {
    const std::array<std::pair<Count, double>, 3> times = {{{Count::kShareS, x_record.share_s},
                                                            {Count::kEvenS, x_record.even_s},
                                                            {Count::kLoadS, x_record.load_s}}};
    for (const auto& [what, seconds] : times) x_out.units[static_cast<size_t>(what)] += seconds;
    for (size_t i = 0; i < kCounts; ++i) x_out.joules[i] += x_joules[i];
    x_out.idle_kwh += x_idle_j / kJoulesPerKwh;
    x_out.watched_s += x_record.watched_s;
    x_out.lost_s += x_record.lost_s;
    x_out.is_virtual = x_out.is_virtual || x_record.machine.is_virtual;
  }

  const EnergyRecord& x_record;
  const IdlePolicy x_idle;
  const double x_resting_s;  // of the machine, that are the run's
  const Count x_resting;
  const Tables& x_tables;
  const Calibration* x_calibration = nullptr;
  bool x_has_cpu = false, x_has_memory = false;
  double x_sum_j = 0;
  std::array<double, kCounts> x_joules{};
  double x_idle_j = 0;
  Tally& x_out;
};

}  // namespace

std::string_view series_of(Count count) {
  constexpr std::array<std::string_view, kCounts> kSeries = {
      "energy.cpu_j",  "energy.memory_j", "energy.gpu_j",      "energy.share_s",
      "energy.even_s", "energy.load_s",   "energy.gpu_held_s", "energy.gpu_busy_s"};
  return kSeries[static_cast<size_t>(count)];
}

void add_part(std::vector<PartEnergy>& parts, PartEnergy part) {
  for (PartEnergy& known : parts)
    if (known.part == part.part && known.device == part.device && known.source == part.source) {
      const std::array<Quantity, 2> both = {known.kwh, part.kwh};
      known.kwh = add_related(both);
      known.is_disputed = known.is_disputed || part.is_disputed;
      return;
    }
  parts.push_back(std::move(part));
}

void add_text(std::vector<std::string>& texts, std::string text) {
  if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
}

Tally tally_records(std::span<const EnergyRecord> records, IdlePolicy idle, const Tables& tables,
                    const std::vector<Calibration>& calibrations) {
  Tally tally;
  for (const EnergyRecord& record : records)
    RecordTally(record, idle, tables, calibrations, tally).add_all();
  return tally;
}

Hardware hardware_of(const model::Value& meta) {
  Hardware hardware;
  const model::Value kNothing;
  const auto at = [&](const model::Value& value, const char* name) -> const model::Value& {
    const model::Value* member = value.find(name);
    return member ? *member : kNothing;
  };
  const model::Value& host = at(meta, "host");
  const model::Value& cpu = at(host, "cpu");
  hardware.cpu_model = cpu.as_string() ? *cpu.as_string() : at(cpu, "model").string_or("");
  hardware.threads = at(cpu, "threads").int_or(0);
  hardware.sockets = at(cpu, "sockets").int_or(0);
  hardware.is_virtual = at(cpu, "is_virtual").int_or(0) != 0;
  hardware.memory_gb = at(host, "memory_bytes").number_or(0) / double{1 << 30};
  for (const model::Value* where : {&meta, &host})
    if (const model::List* gpus = at(*where, "gpus").as_list(); gpus && hardware.gpus.empty())
      for (const model::Value& gpu : *gpus)
        hardware.gpus.emplace_back(at(gpu, "name").string_or("unknown"));
  return hardware;
}

std::vector<PartEnergy> assume(const Hardware& hardware, double seconds, const Tables& tables) {
  std::vector<PartEnergy> parts;
  const double hours_k = seconds / kJoulesPerKwh;
  const auto between = [&](double low_w, double high_w) {
    return Quantity{(low_w + high_w) / 2, low_w, high_w, Method::kAssumed} * hours_k;
  };
  Quantity all_w{0, 0, 0, Method::kAssumed};
  const auto add = [&](const char* part, std::string device, double low_w, double high_w,
                       std::string source) {
    all_w.low += low_w;
    all_w.high += high_w;
    add_part(parts, {part, std::move(device), between(low_w, high_w), std::move(source), false});
  };
  const CpuPower cpu = cpu_power(hardware.cpu_model, hardware.sockets, hardware.threads,
                                 hardware.is_virtual, tables);
  add("cpu", hardware.cpu_model, cpu.full_w.value * cpu.rest_share, cpu.full_w.value, cpu.source);
  if (hardware.memory_gb > 0) {
    const Quantity memory_w = memory_power(hardware.memory_gb, tables);
    add("memory", "", memory_w.low, memory_w.high, "W per GB");
  }
  for (const std::string& name : hardware.gpus) {
    const GpuPower gpu = gpu_power(name, tables);
    add("gpu", name, gpu.rest_w, gpu.tdp_w, gpu.source);
  }
  const Quantity share = tables.constant("rest.share").value;
  const Quantity constant_w = rest_power(hardware.is_virtual, hardware.threads, tables);
  add("rest", "", all_w.low * share.low + constant_w.low, all_w.high * share.high + constant_w.high,
      print_rest(share, constant_w));
  return parts;
}

}  // namespace cairn::footprint
