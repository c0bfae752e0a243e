// RecordedSearch: the runs of a search with their curves, as a replay asks what could have been.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/value.h"
#include "report/sensitivity.h"
#include "surrogate/features.h"
#include "sweep/stopping.h"

namespace cairn::report {

// One run, whole. Values are signed: less is better.
struct RecordedRun {
  std::string id;
  surrogate::Row config;               // what decides the result, without seeds
  surrogate::Row settings;             // all of its configuration
  std::vector<sweep::Report> reports;  // by step, each step once
  std::vector<double> report_s;        // by report: seconds since the run began, ascending
  double began_s = 0;                  // since any time that is the same for all
  double ran_s = 0;
  double kwh = kUnknown;
  double result = kUnknown;  // not finite: it diverged
  bool is_censored = false;  // it was stopped, killed or failed before its own end
};

// A value of its owner.
struct RecordedSearch {
  std::string name;  // of the sweep; empty: runs of none
  std::string metric;
  bool is_maximized = false;
  std::optional<bool> is_adaptive;  // a sampler chose runs by earlier results; nothing: unknown
  std::vector<RecordedRun> runs;    // in the order in which they began, each with a report
  size_t without_curve = 0;         // runs that are left out: they never logged the metric
};

// The unit in which differences count: the deviation between runs of one configuration at the
// level of the best, or 1 % of the best result where no configuration was run twice.
struct NoiseUnit {
  double sd = kUnknown;
  bool is_measured = false;
};

// A number with the interval in which it lies.
struct Ranged {
  double value = kUnknown, low = kUnknown, high = kUnknown;
};
model::Value to_value(const Ranged& ranged);

// Runs of equal configuration have equal numbers: 0, 1, ... in the order of their first runs.
std::vector<uint32_t> configurations_of(const RecordedSearch& search);
NoiseUnit noise_unit(const RecordedSearch& search, std::span<const uint32_t> configurations);

// What each run's result is worth once its luck is taken off: the mean of its configuration, drawn
// towards the mean of all as far as noise outweighs differences (James and Stein). As they are
// where noise was not measured.
std::vector<double> rescored(const RecordedSearch& search, std::span<const uint32_t> configurations,
                             const NoiseUnit& noise);

// The run with the best result; of no runs with a finite one: nothing.
std::optional<size_t> best_run(const RecordedSearch& search);

// The steps to which a whole run goes: the longest of those that were not cut.
double whole_steps(const RecordedSearch& search);

// How many ran at once, in the mean over the time in which any ran; at least 1.
size_t recorded_workers(const RecordedSearch& search);

}  // namespace cairn::report
