// Search: ask for a configuration, tell what it gave; the sweep as a library.
//
//   auto search = Search::make(definition).value();
//   Proposal proposal = search.ask().value().value();
//   search.tell(proposal.number, Told{.values = {loss}});
//
// Knows nothing of files, clocks and processes: whoever owns it (the room `trials`, a program in
// C++) keeps what was asked and told and may make the same Search again from it (resume()).
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "sweep/definition.h"
#include "sweep/evidence.h"
#include "sweep/sampler.h"

namespace cairn::sweep {

// A trial to be run, and why this one.
struct Proposal {
  uint64_t number = 0;
  Config config;
  std::string sampler, reason;
  // Belief about the first objective in its own units and sense; NaN where unknown.
  double mean = std::numeric_limits<double>::quiet_NaN();
  double sd = std::numeric_limits<double>::quiet_NaN();
  double improvement = std::numeric_limits<double>::quiet_NaN();
  std::optional<int64_t> nearest;  // the trial nearest to it; negative: an earlier run
  std::optional<uint64_t> replicate_of;
  uint64_t repeat = 0;  // which run of this configuration it is, from 0
  model::Value memory;  // the sampler's; to be kept and given back
};

struct Told {
  Outcome outcome = Outcome::kComplete;
  std::vector<double> values;  // by objective, in its own sense; what is not finite fails it
  std::vector<double> limits;  // by Definition::limits: the metrics' values; NaN unknown
  double extra_noise = 0;      // standard deviation of an extrapolated first value
  double cost = std::numeric_limits<double>::quiet_NaN();  // in the budget's unit
};

// Of one thread at a time.
class Search {
 public:
  static Result<Search> make(Definition definition);
  ~Search();
  Search(Search&&) noexcept;
  Search& operator=(Search&&) noexcept;

  // A sweep may change while it lives: ranges, budget, method. Trials keep what they were.
  Result<void> change(Definition definition);

  // A result of an earlier run, for the models. Returns its index; nothing where the
  // configuration is none that this space can learn from.
  std::optional<size_t> learn(const Config& config, const Told& told);
  // A trial that was asked before, by this Search or by another one with the same definition.
  Result<void> resume(const Proposal& proposal);

  // The next trial. Nothing: the space is exhausted. What ends a budget is the owner's to see.
  // `used`: the share of the budget that is spent, NaN without one.
  Result<std::optional<Proposal>> ask(double used = std::numeric_limits<double>::quiet_NaN());
  // Of any trial that was asked or resumed, again if it comes again: the last word counts.
  Result<void> tell(uint64_t number, const Told& told);
  // A configuration that its user chose to run.
  Result<Proposal> add(const Config& config, std::string reason);
  // What a trial really was, where its program chose otherwise than proposed (define-by-run).
  Result<void> correct(uint64_t number, const Config& config);
  // A trial that came to nothing and leaves no trace (its place may be proposed again).
  Result<void> forget(uint64_t number);

  const Definition& definition() const;
  const Evidence& evidence() const;

  // The best of those that keep to the limits. Where some were run again, the noise is known, and
  // means are drawn towards that of all as far as it outweighs differences: never a lucky one.
  struct Best {
    uint64_t number;
    double mean, sd;  // of the first objective, in its own sense; sd NaN where noise is unknown
  };
  std::optional<Best> best() const;
  // With several objectives: the trials that no other is better than in all.
  std::vector<uint64_t> front() const;

  // What the model believes along one parameter, or over two, with all others where the best
  // trial has them: for the page's slices and contours.
  struct Belief {
    std::vector<model::Value> x, y;  // values of the parameters; y empty with one
    std::vector<double> mean, sd;    // x by x, y within
  };
  Result<Belief> belief(const std::string& x, const std::string& y = {}, size_t places = 48) const;

 private:
  struct State;
  explicit Search(std::unique_ptr<State> state);
  std::unique_ptr<State> x_state;
};

}  // namespace cairn::sweep
