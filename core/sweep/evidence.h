// Evidence: what is known of a sweep at one moment, as samplers see it.
//
// One row per trial that has begun, in the order of their numbers, and one per earlier run that
// the sweep learns from, before them. Everything a sampler may depend on stands here: the same
// evidence, seed and trial number give the same suggestion, in any process, on any machine.
#pragma once

#include <cstdint>
#include <vector>

#include "surrogate/matrix.h"

namespace cairn::sweep {

enum class Outcome : uint8_t {
  kPending,  // running: its place is taken, its value unknown
  kComplete,
  kStopped,  // early: its value is what it would have come to, with extra_noise
  kFailed,   // raised, or gave NaN or infinity: nothing is known but that
};

// Objectives are signed so that less is better. A value of its owner, grown by append.
struct Evidence {
  size_t rows() const { return outcome.size(); }

  surrogate::Matrix x;            // snapped points (space.h)
  surrogate::Matrix y;            // by objective; NaN where pending or failed
  surrogate::Matrix constraints;  // by outcome constraint; <= 0 is feasible, NaN unknown
  std::vector<Outcome> outcome;
  std::vector<double> extra_noise;  // variance of y beyond that of a complete result
  std::vector<double> cost;         // in the budget's own unit (seconds without one); NaN unknown
  std::vector<int64_t> number;      // of the trial; negative for earlier runs
};

}  // namespace cairn::sweep
