// Reads the history of a program and asks room recall's model.
#include "cli/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace cairn::cli {
namespace {

using model::Value;
using recall::Level;

constexpr size_t kRunsMax = 500;
constexpr size_t kNearKeysMax = 3;        // as of recall::judge()
constexpr double kNearDistanceMax = 1.0;  // deviations between seeds

// The metric that most people would judge by, of those that the runs have.
std::string choose_metric(const std::vector<Relative>& relatives) {
  constexpr std::array<std::string_view, 8> kWords = {"val_acc", "val/acc",  "acc",  "score",
                                                      "f1",      "val_loss", "loss", "error"};
  for (const std::string_view word : kWords)
    for (const Relative& relative : relatives)
      for (const recall::Metric& metric : recall::metrics_of(value_at(relative.run, "summary")))
        if (metric.name.find(word) != std::string::npos) return metric.name;
  return {};
}

recall::Goal goal_of(const std::string& metric, const trace::RecallSettings& settings) {
  if (settings.is_maximized)
    return *settings.is_maximized ? recall::Goal::kMaximize : recall::Goal::kMinimize;
  constexpr std::array<std::string_view, 7> kLow = {"loss", "error", "perplexity", "rmse",
                                                    "mse",  "mae",   "nll"};
  const bool is_low = std::any_of(kLow.begin(), kLow.end(), [&](std::string_view word) {
    return metric.find(word) != std::string::npos;
  });
  return is_low ? recall::Goal::kMinimize : recall::Goal::kMaximize;
}

std::optional<double> value_of(const Value& run, const std::string& metric) {
  for (const recall::Metric& each : recall::metrics_of(value_at(run, "summary")))
    if (each.name == metric) return each.value;
  return std::nullopt;
}

std::vector<recall::PastResult> read_results(const Value& answer, const std::string& metric,
                                             bool is_resolved) {
  std::vector<recall::PastResult> results;
  for (const Value& run : list_at(answer, "runs")) {
    const Value& facts = value_at(value_at(run, "meta"), "recall");
    const auto value = value_of(run, metric);
    if (!value || !value_at(facts, "source").is_null()) continue;  // a copy is no evidence
    const Value& config = is_resolved ? value_at(run, "config") : value_at(facts, "said");
    if (!config.as_object()) continue;
    results.push_back({.config = config,
                       .code = text_at(facts, "C"),
                       .value = *value,
                       .cost_s = number_at(run, "duration_s"),
                       .ended_ns = int_at(run, "ended_ns"),
                       .diverged = !std::isfinite(*value)});
  }
  return results;
}

// The code that would run, where a relative's is still what lies in the workspace.
std::string code_of(const LookUp& found) {
  for (const Relative& relative : found.relatives) {
    const auto& differences = relative.match.differences;
    const bool is_other = std::any_of(differences.begin(), differences.end(),
                                      [](const auto& each) { return each.component == "code"; });
    if (!is_other) return relative.past.manifest.identity.code;
  }
  return {};
}

// Whether nothing but settings differ, and few of them.
bool differs_in_settings_alone(const Relative& relative) {
  const auto& differences = relative.match.differences;
  return !differences.empty() && differences.size() <= kNearKeysMax &&
         std::all_of(differences.begin(), differences.end(), [](const auto& difference) {
           const bool is_setting =
               difference.component == "config" || difference.component == "budget";
           return is_setting && difference.before && difference.after;
         });
}

// What is near is told in units of the noise between seeds, where the history knows that and what
// the settings do.
void judge_nearness(const recall::ResultModel& model, const PlannedCommand& planned,
                    std::vector<Relative>& relatives) {
  for (Relative& relative : relatives) {
    Level& level = relative.match.level;
    if ((level != Level::kNear && level != Level::kDifferent) ||
        !differs_in_settings_alone(relative))
      continue;
    const recall::Manifest& past = relative.past.manifest;
    if (planned.plan.is_resolved && !past.resolved) continue;
    const Value& before = planned.plan.is_resolved ? past.resolved->config : past.config;
    const bool is_near = model.distance(before, planned.plan.config) <= kNearDistanceMax;
    level = is_near ? Level::kNear : Level::kDifferent;
  }
  sort_by_closeness(relatives);
}

}  // namespace

std::string Expectation::print() const {
  if (!replicates.empty()) return recall::print_replicates(replicates);
  if (prediction) return recall::print_prediction(*prediction, metric);
  return refusal.empty() ? std::string() : fmt::format("no prediction of {}: {}", metric, refusal);
}

History::History(std::string metric, const std::vector<recall::PastResult>& results,
                 recall::ResultModel model)
    : x_metric(std::move(metric)), x_model(std::move(model)) {
  std::vector<double> costs;
  for (const recall::PastResult& result : results)
    if (std::isfinite(result.cost_s) && result.cost_s > 0) costs.push_back(result.cost_s);
  if (costs.empty()) return;
  const auto middle = costs.begin() + static_cast<std::ptrdiff_t>(costs.size() / 2);
  std::nth_element(costs.begin(), middle, costs.end());
  x_typical_cost_s = *middle;
}

std::optional<double> History::typical_cost_s() const { return x_typical_cost_s; }

std::optional<History> History::read(DoorClient& client, const PlannedCommand& planned,
                                     const std::string& metric) {
  if (metric.empty()) return std::nullopt;
  const auto answer = find_by_key(client, "entry", planned.plan.program.entry, kRunsMax);
  if (!answer) return std::nullopt;
  const trace::RecallSettings& settings = planned.plan.settings;
  recall::ModelOptions options;
  options.metric = metric;
  settings.add_rules_to(options.classes);
  const auto results = read_results(*answer, metric, planned.plan.is_resolved);
  return History(metric, results,
                 recall::ResultModel::fit(results, goal_of(metric, settings), options));
}

Expectation History::expect(const PlannedCommand& planned, LookUp& found) const {
  Expectation expected;
  expected.metric = x_metric;
  const std::string code = code_of(found);
  judge_nearness(x_model, planned, found.relatives);
  if (found.best() && found.best()->match.level == Level::kReplicate)
    expected.replicates = x_model.replicates(planned.plan.config, code);
  const auto predicted = x_model.predict(planned.plan.config, code);
  if (!predicted) {
    expected.refusal = predicted.error().message();
    return expected;
  }
  expected.prediction = *predicted;
  if (!found.relatives.empty() && found.best()->match.level >= Level::kNear &&
      predicted->is_dominated)
    found.relatives.front().match.level = Level::kDominated;
  return expected;
}

std::optional<Expectation> expect_result(DoorClient& client, const PlannedCommand& planned,
                                         LookUp& found) {
  const auto& named = planned.plan.settings.metric;
  const auto history =
      History::read(client, planned, named ? *named : choose_metric(found.relatives));
  return history ? std::optional(history->expect(planned, found)) : std::nullopt;
}

}  // namespace cairn::cli
