// Definition: what a user asked a sweep to do; W&B's sweep file, and what Cairn adds to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "sweep/sampler.h"
#include "sweep/space.h"
#include "sweep/stopping.h"

namespace cairn::sweep {

struct Objective {
  std::string metric;
  bool is_maximized = false;
  std::optional<double> target;  // the sweep ends when it is reached
};

// An outcome that has to be kept to: `metric` at most (or at least) `bound`.
struct Limit {
  std::string metric;
  double bound = 0;
  bool is_minimum = false;
};

// What the sweep may use in all; empty: no end but that of the space, or of the user's patience.
struct Budget {
  std::optional<uint64_t> trials;
  std::optional<double> hours, kwh, gco2e, money;

  bool is_empty() const { return !trials && !hours && !kwh && !gco2e && !money; }
};

struct Definition {
  std::string name, project, description;
  Method method = Method::kAuto;
  std::vector<Objective> objectives;
  std::vector<Limit> limits;
  Space space;
  Budget budget;
  uint64_t seed = 0;
  StopRule stop;
  uint64_t repeat = 1;          // runs of every configuration, with a seed each
  bool is_repeat_auto = false;  // repeats the best ones near the end where results are noisy
  std::string repeat_name;      // the parameter that gets the seed; empty: none
  bool is_warm_started = true;  // learns from earlier runs of the same program
  std::vector<std::string> warm_start;  // from these sweeps or projects besides
  // Define-by-run: the space is what objectives have asked for so far, and what a trial lacks was
  // inactive in it, not left to its middle.
  bool is_define_by_run = false;
  std::vector<Config> points;        // tried first, in order
  std::string program;               // as in W&B
  std::vector<std::string> command;  // with its macros (command.h); empty: W&B's usual one
};

// What was read, and what was not understood and left out ("unknown key 'metod': did you mean
// 'method'?" is an error where the key is required or near a known one, a warning otherwise).
struct ReadDefinition {
  Definition definition;
  std::vector<std::string> warnings;
};

// From a document with W&B's schema (docs/sweep.md). Invalid names the key, what was expected and
// what was found.
Result<ReadDefinition> read_definition(const model::Value& document);
// A document that reads to the same definition.
model::Value print_definition(const Definition& definition);

// The parameters alone, as under `parameters:`, `conditions:` and `constraints:`.
Result<Space> read_space(const model::Value& document);
model::Value print_space(const Space& space);

}  // namespace cairn::sweep
