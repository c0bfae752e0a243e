// A forest, and the variance of what it predicts.
#include "trials/importance.h"

#include <algorithm>
#include <cmath>

#include "surrogate/anova.h"
#include "surrogate/forest.h"

namespace cairn::trials {

namespace {

constexpr size_t kResultsMin = 10;
constexpr size_t kResultsMax = 2000;  // the newest
constexpr double kQualityMin = 0.3;   // below, shares are told of no parameter
constexpr uint64_t kSeed = 1;

}  // namespace

Result<Importance> measure_importance(const sweep::Search& search) {
  const sweep::Space& space = search.definition().space;
  const sweep::Evidence& evidence = search.evidence();
  surrogate::Matrix x(0, space.coordinates().size());
  std::vector<double> y;
  for (size_t i = evidence.rows(); i-- > 0 && y.size() < kResultsMax;) {
    if (evidence.outcome[i] != sweep::Outcome::kComplete) continue;
    x.append(evidence.x.row(i));
    y.push_back(evidence.y.at(i, 0));
  }
  Importance importance;
  for (const sweep::Parameter& parameter : space.parameters())
    importance.parameters.push_back({.name = parameter.name});
  if (y.size() < kResultsMin || space.coordinates().empty()) {
    importance.reason =
        fmt::format("expected at least {} results, found {}", kResultsMin, y.size());
    return importance;
  }
  if (std::all_of(y.begin(), y.end(), [&](double value) { return value == y.front(); })) {
    importance.reason = "all results are the same";
    return importance;
  }
  TRY(const auto stages,
      surrogate::fit_stages(space.columns(), {.x = x, .y = y}, surrogate::random_forest(kSeed)));
  importance.quality = surrogate::out_of_bag_r2(stages.front(), y);
  if (!(importance.quality >= kQualityMin)) {
    importance.reason =
        "not enough evidence: a model of these results foresees too little of others";
    return importance;
  }
  const surrogate::Anova anova = surrogate::analyse(stages);
  for (size_t i = 0; i < space.coordinates().size(); ++i) {
    Importance::Parameter& parameter = importance.parameters[space.coordinates()[i].parameter];
    const auto add = [](double& sum, double part) { sum = std::isnan(sum) ? part : sum + part; };
    add(parameter.first_order, anova.first_order[i]);
    add(parameter.total, anova.total[i]);
  }
  std::stable_sort(importance.parameters.begin(), importance.parameters.end(),
                   [](const auto& a, const auto& b) { return a.total > b.total; });
  return importance;
}

}  // namespace cairn::trials
