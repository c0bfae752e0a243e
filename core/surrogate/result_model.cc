// See result_model.h.
#include "surrogate/result_model.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "surrogate/groups.h"

namespace cairn::surrogate {

namespace {

// All pairs of so many runs are enough to find kPairs at any distance.
constexpr size_t kRunsPairedMax = 256;

std::string_view print_kind(Novelty::Kind kind) {
  switch (kind) {
    case Novelty::Kind::kCategory:
      return "has a value that no run had";
    case Novelty::Kind::kChangedConstant:
      return "was the same in all runs and is not now";
    case Novelty::Kind::kMissing:
      return "was set in all runs and is not now";
    case Novelty::Kind::kUnknownName:
      return "was set in no run";
  }
  return "";
}

}  // namespace

Result<ResultModel> ResultModel::learn(const History& history, uint64_t seed) {
  const size_t runs = history.configs.size();
  if (history.results.size() != runs ||
      (!history.weights.empty() && history.weights.size() != runs))
    return fail(Code::kInvalid, "expected {} results and weights", runs);
  Features features = Features::learn(history.configs, history.declared);
  const Matrix all = features.encode(history.configs);
  const std::vector<uint32_t> all_groups = groups_of(all);
  Matrix x(0, all.columns());
  std::vector<double> metrics, y, weights, diverged;
  std::vector<uint32_t> groups, finite;
  for (size_t i = 0; i < runs; ++i) {
    const bool is_finite = std::abs(history.results[i]) <= kTargetMax;
    diverged.push_back(is_finite ? 0 : 1);
    if (!is_finite) continue;
    x.append(all.row(i));
    metrics.push_back(history.results[i]);
    groups.push_back(all_groups[i]);
    finite.push_back(static_cast<uint32_t>(i));
    if (!history.weights.empty()) weights.push_back(history.weights[i]);
  }
  if (metrics.empty()) return fail(Code::kInvalid, "expected a run that ended well among {}", runs);
  const Target target = Target::learn(history.scale, metrics);
  for (const double metric : metrics) y.push_back(target.to_model(metric));

  ForestOptions options = extra_trees(seed);
  options.trees = history.trees;
  TRY(Forest forest, Forest::fit(features.columns(), {x, y, weights, groups}, options));
  ResultModel model(std::move(features), std::move(forest));
  if (finite.size() < runs) {
    ++options.seed;
    TRY(model.x_divergence, Forest::fit(model.x_features.columns(),
                                        {all, diverged, history.weights, all_groups}, options));
  }
  std::map<uint32_t, std::vector<double>> replicates;
  for (size_t i = 0; i < y.size(); ++i) replicates[groups[i]].push_back(y[i]);
  std::vector<std::vector<double>> by_configuration;
  for (auto& [group, values] : replicates) by_configuration.push_back(std::move(values));

  model.x_target = target;
  model.x_noise = Noise::learn(by_configuration);
  model.x_support = Support::learn(x, model.x_features.columns(), groups);
  model.x_all_support = Support::learn(all, model.x_features.columns(), all_groups);
  model.x_configurations = by_configuration.size();
  model.x_runs = runs;
  model.x_finite = std::move(finite);
  model.x_r2 = out_of_bag_r2(model.x_forest, y);
  const std::optional<Sigma> sigma = model.x_noise.overall();
  auto conformal =
      Conformal::learn(y, model.x_forest.out_of_bag(), sigma ? sigma->sd : 0, groups, weights);
  if (conformal) model.x_conformal = *std::move(conformal);
  model.learn_residuals(x, y);
  return model;
}

void ResultModel::learn_residuals(const Matrix& x, std::span<const double> y) {
  const std::vector<OutOfBag>& said = x_forest.out_of_bag();
  const size_t first = x.rows() > kRunsPairedMax ? x.rows() - kRunsPairedMax : 0;
  for (size_t i = first; i < x.rows(); ++i) {
    if (said[i].trees == 0) continue;
    x_recent.append(x.row(i));
    x_residuals.push_back(y[i] - said[i].mean);
  }
}

// How far off the forest was about the difference of two runs, for the kPairs pairs of runs whose
// distance is nearest to this one. Replicates tell nothing of a configuration that differs.
std::vector<double> ResultModel::pair_errors(double distance) const {
  struct Pair {
    double off, error;
  };
  std::vector<Pair> pairs;
  for (size_t i = 0; i < x_recent.rows(); ++i) {
    for (size_t j = i + 1; j < x_recent.rows(); ++j) {
      const double apart = x_support.distance_between(x_recent.row(i), x_recent.row(j));
      if (apart > 0 || distance == 0)
        pairs.push_back({std::abs(apart - distance), std::abs(x_residuals[j] - x_residuals[i])});
    }
  }
  const size_t count = std::min(kPairs, pairs.size());
  const auto nearer = [](const Pair& a, const Pair& b) {
    return a.off != b.off ? a.off < b.off : a.error < b.error;
  };
  std::ranges::nth_element(pairs, pairs.begin() + static_cast<std::ptrdiff_t>(count), nearer);
  std::vector<double> errors;
  for (size_t k = 0; k < count; ++k) errors.push_back(pairs[k].error);
  return errors;
}

std::optional<Error> ResultModel::why_not(const Row& config) const {
  return why_not(config, x_support);
}

std::optional<Error> ResultModel::why_not(const Row& config, const Support& support) const {
  const auto refusal = [](std::string reason) {
    return Error(Code::kUnavailable, std::move(reason));
  };
  if (!x_conformal)
    return refusal(fmt::format("expected {} configurations to predict from, found {}",
                               kGroupsForIntervalMin, x_configurations));
  const std::vector<Novelty> novelties = x_features.novelties(config);
  if (!novelties.empty())
    return refusal(fmt::format("{} {}", novelties[0].name, print_kind(novelties[0].kind)));
  if (!support.holds(x_features.encode(config)))
    return refusal("the configuration is further from all runs than they are from each other");
  return std::nullopt;
}

double ResultModel::chance_diverged_at(std::span<const double> places) const {
  // None so far is not never (Krichevsky and Trofimov).
  const double least = 0.5 / (static_cast<double>(x_runs) + 1);
  return x_divergence ? std::clamp(x_divergence->predict(places).mean, least, 1.0) : least;
}

Interval ResultModel::to_metric(const Interval& interval) const {
  return {x_target.to_metric(interval.low), x_target.to_metric(interval.high)};
}

Result<Prediction> ResultModel::predict(const Row& config, double miss_rate) const {
  if (auto reason = why_not(config)) return tl::unexpected(*std::move(reason));
  const std::vector<double> places = x_features.encode(config);
  const Belief belief = x_forest.predict(places);
  TRY(const Interval interval, x_conformal->interval(belief, miss_rate));
  return Prediction{x_target.to_metric(belief.mean), to_metric(interval),
                    chance_diverged_at(places), x_conformal->groups()};
}

Result<Prediction> ResultModel::predict_near(const Row& config, const Row& parent,
                                             double parent_result, double miss_rate) const {
  if (auto reason = why_not(config)) return tl::unexpected(*std::move(reason));
  const std::vector<double> places = x_features.encode(config);
  const std::vector<double> from = x_features.encode(parent);
  const double expected = x_target.to_model(parent_result) + x_forest.predict(places).mean -
                          x_forest.predict(from).mean;

  std::vector<double> errors = pair_errors(x_support.distance_between(places, from));
  const auto rank = static_cast<size_t>(
      std::ceil((1 - miss_rate) * static_cast<double>(errors.size() + 1) * (1 - 1e-12)));
  if (rank == 0 || rank > errors.size())
    return fail(Code::kUnavailable, "expected more than {} pairs of runs for a miss rate of {}",
                errors.size(), miss_rate);
  std::ranges::nth_element(errors, errors.begin() + static_cast<std::ptrdiff_t>(rank - 1));
  const double reach = errors[rank - 1];
  return Prediction{x_target.to_metric(expected), to_metric({expected - reach, expected + reach}),
                    chance_diverged_at(places), x_conformal->groups()};
}

// Further than the value in the direction of `sign`. Errors of pairs have no sign of their own.
double ResultModel::chance_near_further(const Row& config, const Row& parent, double parent_result,
                                        double value, double sign) const {
  const std::vector<double> places = x_features.encode(config);
  const std::vector<double> from = x_features.encode(parent);
  const double expected = x_target.to_model(parent_result) + x_forest.predict(places).mean -
                          x_forest.predict(from).mean;
  const double gap = sign * (x_target.to_model(value) - expected);
  const std::vector<double> errors = pair_errors(x_support.distance_between(places, from));
  const auto larger = std::ranges::count_if(errors, [&](double e) { return e > std::abs(gap); });
  const double tail = static_cast<double>(larger + 1) / static_cast<double>(errors.size() + 1) / 2;
  return (1 - chance_diverged_at(places)) * (gap >= 0 ? tail : 1 - tail);
}

Result<double> ResultModel::chance_near_above(const Row& config, const Row& parent,
                                              double parent_result, double value) const {
  if (auto reason = why_not(config)) return tl::unexpected(*std::move(reason));
  return chance_near_further(config, parent, parent_result, value, 1);
}

Result<double> ResultModel::chance_near_below(const Row& config, const Row& parent,
                                              double parent_result, double value) const {
  if (auto reason = why_not(config)) return tl::unexpected(*std::move(reason));
  return chance_near_further(config, parent, parent_result, value, -1);
}

Result<double> ResultModel::chance_above(const Row& config, double value) const {
  if (auto reason = why_not(config)) return tl::unexpected(*std::move(reason));
  const std::vector<double> places = x_features.encode(config);
  const double if_it_ends =
      x_conformal->chance_above(x_forest.predict(places), x_target.to_model(value));
  return (1 - chance_diverged_at(places)) * if_it_ends;
}

Result<double> ResultModel::chance_below(const Row& config, double value) const {
  if (auto reason = why_not(config)) return tl::unexpected(*std::move(reason));
  const std::vector<double> places = x_features.encode(config);
  const double if_it_ends =
      x_conformal->chance_below(x_forest.predict(places), x_target.to_model(value));
  return (1 - chance_diverged_at(places)) * if_it_ends;
}

Result<double> ResultModel::chance_diverged(const Row& config) const {
  if (auto reason = why_not(config, x_all_support)) return tl::unexpected(*std::move(reason));
  return chance_diverged_at(x_features.encode(config));
}

std::vector<uint32_t> ResultModel::nearest(const Row& config, size_t count) const {
  std::vector<uint32_t> rows = x_support.nearest(x_features.encode(config), count);
  for (uint32_t& row : rows) row = x_finite[row];
  return rows;
}

}  // namespace cairn::surrogate
