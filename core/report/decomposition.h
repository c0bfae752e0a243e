// Decomposition: the variance of results taken apart by parameters, and how far to trust it.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "report/search_table.h"
#include "surrogate/anova.h"
#include "surrogate/forest.h"

namespace cairn::report {

// Forests that were fitted to a table, and what their sum varies with. Owned by one analysis.
struct Decomposition {
  std::vector<surrogate::Forest> stages;
  surrogate::Anova anova;
  std::vector<double> foreseen;  // of each run, by trees that did not see it; NaN where all did
};
Result<Decomposition> decompose(const SearchTable& table, uint64_t seed);

// How well a decomposition's forests tell results they have not seen.
struct Foresight {
  double r2 = kUnknown, spearman = kUnknown;
};
Foresight foresight_of(const SearchTable& table, const Decomposition& decomposition);
// The share of the variance that stays unforeseen when only half of them are known.
double unforeseen_by_half(const SearchTable& table, uint64_t seed);

// The same shares from other draws: what intervals and bands are made of.
//
// A refit learns from configurations drawn with replacement (a bootstrap, of at most kRefitRows
// rows). It knows less than the estimate does and scatters about a mean of its own: its scatter is
// taken, about the estimate, and in proportion to the root of how many were drawn.
// A shuffle learns results that were handed out at random.
struct Resampled {
  std::vector<surrogate::Anova> refits, shuffles;
  double refit_scale = 1;
};
Result<Resampled> resample(const SearchTable& table, const Decomposition& decomposition,
                           const SensitivityOptions& options);

// One of the shares with its interval and its band; `pick` takes it out of an Anova.
Share share_of(const surrogate::Anova& found, const Resampled& resampled,
               const std::function<double(const surrogate::Anova&)>& pick);

}  // namespace cairn::report
