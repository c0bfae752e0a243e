// One arrival order of a search, played through under a rule that stops runs early.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "report/recorded_search.h"
#include "sweep/stopping.h"

namespace cairn::report {

struct PlayedRun {
  bool is_stopped = false;   // otherwise it ran to its recorded end
  sweep::Decision decision;  // that stopped it
  double cost_s = 0;
  bool is_diverged_before = false;  // its newest value was no number when it was stopped
};

struct Played {
  std::vector<PlayedRun> runs;  // as in the search
  double cost_s = 0;
  double span_s = 0;  // from the first start to the last end
  // The best result of the runs that had come to their end by a time, whenever it became better.
  std::vector<std::pair<double, double>> incumbents;
};

// Workers take the runs in this order, one at a time; a run reports when it did, counted from its
// start, and is judged by what others had reported by then. A stopped run frees its worker at once.
// With promotion paused runs go on where they paused when the rule says so, before new ones begin.
Played play(const RecordedSearch& search, const sweep::StopRule& rule,
            std::span<const size_t> order, size_t workers);

// What an order came to.
struct OrderOutcome {
  double saved = 0;                // share of the cost
  std::optional<size_t> survivor;  // the best of the runs that ran to their end
  // Of the survivor, behind the best of all; of none: how far apart all results are.
  double regret = 0;
};
OrderOutcome outcome_of(const RecordedSearch& search, const Played& played);
std::vector<size_t> shuffled_order(size_t runs, uint64_t seed, size_t number);

}  // namespace cairn::report
