// Trial: one configuration that a sweep tried or is to try, what became of it, and what it cost.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/value.h"
#include "sweep/definition.h"
#include "sweep/space.h"
#include "sweep/stopping.h"

namespace cairn::trials {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

enum class SweepState : uint8_t { kRunning, kPaused, kStopped, kFinished };
// The reason of a sweep that a person paused, or stopped: any other is its own.
constexpr const char* kPausedByUser = "by its user";
std::string_view print_state(SweepState state);  // "running", ...
std::optional<SweepState> parse_sweep_state(std::string_view text);

enum class TrialState : uint8_t {
  kWaiting,  // for a worker
  kRunning,
  kPaused,  // at a rung, until it is promoted
  kComplete,
  kStopped,  // early
  kFailed,
  kLost,   // its worker vanished, twice
  kPrior,  // an earlier run, from which the sweep learns
};
constexpr size_t kTrialStates = 8;
std::string_view print_state(TrialState state);  // "waiting", ...
std::optional<TrialState> parse_trial_state(std::string_view text);
inline bool is_over(TrialState state) { return state >= TrialState::kComplete; }

// NaN: unknown.
struct Cost {
  double seconds = kUnknown, kwh = kUnknown, gco2e = kUnknown, money = kUnknown;
};
// The members of a Cost by their names, in the order in which they are printed.
struct CostUnit {
  std::string_view name;
  double Cost::*member;
};
constexpr CostUnit kCostUnits[] = {{"seconds", &Cost::seconds},
                                   {"kwh", &Cost::kwh},
                                   {"gco2e", &Cost::gco2e},
                                   {"money", &Cost::money}};
void add(Cost& sum, const Cost& part);  // what is unknown of the part adds nothing

struct Decision : sweep::Decision {
  bool is_dry = false;  // said only: the trial went on
};

struct Trial {
  int64_t number = 0;  // from 0; earlier runs: -1, -2, ...
  TrialState state = TrialState::kWaiting;
  sweep::Config params;
  std::vector<double> values;  // by objective, in its own sense; empty until it is told
  std::vector<double> limits;  // by Definition::limits; NaN unknown
  std::string run;             // "project/id"; empty: none
  bool is_reused = false;      // known already: it was told without being run
  std::string worker, sampler, reason, error;
  double mean = kUnknown, sd = kUnknown, improvement = kUnknown;
  std::optional<int64_t> nearest;
  std::optional<uint64_t> replicate_of;
  uint64_t repeat = 0;
  uint64_t version = 1;  // of the definition under which it was proposed
  uint64_t attempt = 1;
  int64_t created_ns = 0, began_ns = 0, ended_ns = 0;  // 0: not yet
  Cost cost;
  std::vector<std::vector<sweep::Report>> curves;  // by objective, signed: less is better
  std::vector<Decision> decisions;
  // What the models are told of a trial that was stopped early: what it would have come to.
  std::vector<double> expected;
  double expected_sd = 0;
  model::Value memory;  // the sampler's

  // The decision by which it is to stop, or null.
  const Decision* stop() const {
    for (const Decision& decision : decisions)
      if (decision.stop && !decision.is_dry) return &decision;
    return nullptr;
  }
};

}  // namespace cairn::trials
