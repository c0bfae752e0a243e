// Prediction: what a planned run is expected to bring, and how that is said in a sentence.
//
// Plain values and their text; ResultModel makes them. Pure, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cairn::recall {

// How past intervals fared when each was asked for before its outcome was known.
struct Coverage {
  size_t covered = 0, recorded = 0;
};

// In the metric's own units. The chances are estimates from finite pasts and therefore never 0.
struct Prediction {
  double value = 0;
  double low = 0, high = 0;     // the 90 % interval, wider where past ones held too little
  size_t n = 0;                 // runs it rests on, or pairs of runs when is_near
  bool is_near = false;         // told from one near relative, not from all runs
  std::optional<double> noise;  // the deviation between seeds at this level; nothing: unknown
  double p_new_best = 0;        // that it beats all runs so far
  double p_diverge = 0;         // that it ends without a result
  Coverage coverage;
  // Past intervals held about what they promised, and enough of them to tell.
  bool is_calibrated = false;
  // Nearly certain not to beat the best run, by a model that may be believed: not worth running for
  // this metric. Advice, and never more.
  bool is_dominated = false;
  std::optional<double> cost_s;  // what the nearest runs took; nothing: it was not recorded
};

// "Expected val_acc 0.931, 90 % interval 0.924–0.937 (61 runs; seed noise ±0.006; past intervals
// held 91 of 100 outcomes). P(new best) 4 %."
std::string print_prediction(const Prediction& prediction, std::string_view metric);

// "3 seeds exist: 0.931 ± 0.003 (sd); a 4th shrinks the 95 % CI half-width from 0.0075 to 0.0048":
// what one more replicate is worth. What is not finite counts as diverged. Empty without results.
std::string print_replicates(std::span<const double> results);

// A number with as many decimals as show `figures` significant ones of `scale` (of a width, a
// deviation): 0.93124 at the scale of 0.013 is "0.931".
std::string print_at_scale(double number, double scale, int figures = 2);

}  // namespace cairn::recall
