// Accounts: what the runs of a project took in time, energy, money and compute, what of it was the
// search for the final model, and how much of it had been enough.
//
// Pure. Every run counts, failed and stopped ones too. What is not known of a run is not guessed:
// each sum says of how many runs it is not.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "footprint/assess.h"
#include "footprint/tables.h"
#include "model/value.h"

namespace cairn::report {

// A run as the page for a paper sees it.
struct CardRun {
  std::string id, name, user, group, job_type;
  std::string state;  // "finished", "failed", "crashed", "running"
  std::string sweep;  // empty: of none
  int64_t created_ns = 0;
  int64_t ended_ns = 0;  // 0: not known
  double ran_s = 0;
  bool is_tagged_final = false;
  std::optional<double> result;
  std::optional<footprint::Footprint> footprint;
  model::Value config, summary, meta;

  bool is_finished() const { return state == "finished"; }
  int64_t end_ns() const;
};

// What a run had for itself.
struct Machine {
  std::string name;    // "8 x NVIDIA H200", "AMD EPYC, 64 threads"; empty: not recorded
  std::string device;  // of the accelerators
  size_t devices = 0;
};
Machine machine_of(const model::Value& meta);

constexpr double kFlopPerPflopsDay = 1e15 * 86400;

// The operations of a run: as it says itself (Hugging Face's total_flos, total_flops, flops), else
// the peak rate of its devices times the utilisation that trainings reach, a wide range.
struct Flop {
  footprint::Quantity amount;
  std::string source;  // "declared: total_flos", "modelled: ..."
  bool is_declared = false;
};
std::optional<Flop> flop_of(const CardRun& run, const footprint::Tables& tables);

struct Cost {
  size_t runs = 0;
  double wall_s = 0;            // of all runs, one after another
  std::optional<double> gpu_s;  // times accelerators, of runs that had any
  std::optional<footprint::Quantity> energy_kwh, carbon_kg, money, flop;
  std::string currency;
  // Of `runs`: those of which it is not known, and what it came from.
  size_t energy_unknown = 0, carbon_unknown = 0, money_unknown = 0, flop_unknown = 0;
  size_t flop_declared = 0, flop_modelled = 0;

  // A run, or what of it lies before some moment.
  void add(const CardRun& run, const Machine& machine, const std::optional<Flop>& flop,
           double share = 1);
};

struct NamedCost {
  std::string name;  // of the machine; of the sweep, empty for runs of none
  Cost cost;
  size_t finished = 0, unsuccessful = 0;  // failed or crashed
  std::optional<double> best;
};

// What had been spent when the first result within so much of the best was there: runs that had
// ended by then, and of those under way what lay before.
struct Reached {
  std::string goal;  // "within 1 % of the best"
  double threshold = 0;
  std::string run;       // that reached it, by id
  double elapsed_s = 0;  // since the first run began
  Cost cost;
};

struct RunTimes {  // of finished runs
  size_t runs = 0;
  double mean_s = 0, median_s = 0, shortest_s = 0, longest_s = 0;
};

struct ResultSummary {  // of the finite results
  size_t runs = 0, diverged = 0, without = 0;
  double mean = 0, sd = 0, median = 0, low = 0, high = 0;  // sd: 0 of one run
};

struct Accounts {
  size_t finished = 0, failed = 0, crashed = 0, running = 0;
  int64_t first_ns = 0, last_ns = 0;
  Cost total, final_model, search, unsuccessful;
  // The final model: tagged "final", else the best result.
  std::vector<size_t> final_runs;  // places in the list of runs
  std::string final_by;            // "tagged 'final'", "highest val_acc"; empty: not known
  std::optional<size_t> best;      // place of the run with the best result
  RunTimes times;
  ResultSummary results;
  std::vector<NamedCost> by_hardware;  // by time, the most first
  std::vector<NamedCost> by_search;    // by time, the most first
  std::vector<Reached> reached;
  std::vector<std::string> notes;
};

struct AccountOptions {
  std::string metric;  // empty: there is none
  bool is_maximized = false;
  std::optional<double> noise;  // one unit of it, where it was measured
};

// `runs` are ordered by when they began.
Accounts make_accounts(std::span<const CardRun> runs, const AccountOptions& options,
                       const footprint::Tables& tables);

// Unknown is null.
model::Value to_value(const Cost& cost);
model::Value to_value(const Accounts& accounts, std::span<const CardRun> runs);

}  // namespace cairn::report
