// Tally: the energy of a run's machines, part by part, from its records. Internal to the room.
//
// What a record measured is taken as it is; what no sensor told comes from the power model, whose
// constants are in the tables. Nothing of carbon, money or PUE yet.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "footprint/assess.h"
#include "model/energy.h"

namespace cairn::footprint {

// What a writer counts in its series while it watches (see energy_terms).
enum class Count : uint8_t {
  kCpuJ,
  kMemoryJ,
  kGpuJ,
  kShareS,
  kEvenS,
  kLoadS,
  kGpuHeldS,
  kGpuBusyS,
};
constexpr size_t kCounts = 8;
std::string_view series_of(Count count);

struct Tally {
  std::vector<PartEnergy> parts;
  double idle_kwh = 0;
  double watched_s = 0, lost_s = 0;
  bool is_virtual = false;  // one of the machines
  // Of each count: its sum over all records, and the joules that come of it.
  std::array<double, kCounts> units{}, joules{};
  std::vector<std::string> notes;
};

// Adds to the part of the same kind, device and source: errors of one kind are related.
void add_part(std::vector<PartEnergy>& parts, PartEnergy part);
// Adds unless it is there already.
void add_text(std::vector<std::string>& texts, std::string text);

Tally tally_records(std::span<const model::EnergyRecord> records, IdlePolicy idle,
                    const Tables& tables, const std::vector<Calibration>& calibrations);

// What is known of a machine that was not watched.
struct Hardware {
  std::string cpu_model;
  int64_t sockets = 0, threads = 0;
  double memory_gb = 0;
  std::vector<std::string> gpus;
  bool is_virtual = false;

  bool is_known() const { return !cpu_model.empty() || threads > 0 || !gpus.empty(); }
};
Hardware hardware_of(const model::Value& meta);
// Anything from rest to full load for so long.
std::vector<PartEnergy> assume(const Hardware& hardware, double seconds, const Tables& tables);

constexpr double kJoulesPerKwh = 3.6e6;

}  // namespace cairn::footprint
