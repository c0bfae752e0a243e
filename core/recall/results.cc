// Differences of metrics in units of the noise between seeds.
#include "recall/results.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace cairn::recall {
namespace {

using model::Value;
using trace::Output;

constexpr double kSameRelative = 1e-9;
constexpr double kNoiseUnits = 2;  // of the deviation between seeds: 95 % of pairs are closer

bool is_of_cost(std::string_view name) {
  constexpr std::array<std::string_view, 6> kWords = {"runtime",   "seconds", "time",
                                                      "footprint", "per_sec", "throughput"};
  return name.ends_with("_s") || name.ends_with("_ms") ||
         std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
           return name.find(word) != std::string_view::npos;
         });
}

void collect(const Value& value, const std::string& name, std::vector<Metric>& metrics) {
  if (const model::Object* object = value.as_object()) {
    for (const auto& [key, member] : *object)
      collect(member, name.empty() ? key : name + "." + key, metrics);
  } else if (!is_of_cost(name)) {
    if (const int64_t* whole = value.as_int())
      metrics.push_back({name, static_cast<double>(*whole)});
    if (const double* real = value.as_double()) metrics.push_back({name, *real});
  }
}

const Metric* find(const std::vector<Metric>& metrics, const std::string& name) {
  const auto found = std::find_if(metrics.begin(), metrics.end(),
                                  [&](const Metric& metric) { return metric.name == name; });
  return found == metrics.end() ? nullptr : &*found;
}

bool is_close(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= kSameRelative * std::max(std::abs(a), std::abs(b));
}

std::optional<double> deviation_of(const std::string& name, const std::vector<Value>& replicates) {
  std::vector<double> values;
  for (const Value& summary : replicates)
    if (const auto metrics = metrics_of(summary); const Metric* metric = find(metrics, name))
      if (std::isfinite(metric->value)) values.push_back(metric->value);
  if (values.size() < 2) return std::nullopt;
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

size_t count_others(const std::vector<Output>& before, const std::vector<Output>& after) {
  size_t others = 0;
  for (const Output& output : before) {
    const auto found = std::find_if(after.begin(), after.end(),
                                    [&](const Output& other) { return other.path == output.path; });
    if (found == after.end() || found->digest != output.digest) ++others;
  }
  return others;
}

void demote_by_pair(const KnownResult& first, const KnownResult& second,
                    const std::vector<KnownResult>& all, const trace::KeyClasses& classes,
                    std::vector<Demotion>& demotions) {
  const Identity &a = first.manifest->identity, &b = second.manifest->identity;
  if (a.replicate != b.replicate || a.exact == b.exact) return;
  const auto settings =
      trace::compare_configs(first.manifest->config, second.manifest->config, classes);
  if (settings.empty()) return;  // another environment: no key's doing
  for (const auto& difference : settings)
    if (difference.key_class != trace::KeyClass::kExecution) return;
  std::vector<Value> replicates;
  for (const KnownResult& other : all)
    if (other.manifest->identity.experiment == a.experiment &&
        other.manifest->identity.replicate != a.replicate)
      replicates.push_back(other.summary);
  const Comparison comparison =
      compare_results(first.summary, first.manifest->record.outputs, second.summary,
                      second.manifest->record.outputs, replicates);
  // Where nothing but outputs can be compared, their names and bytes may follow such keys.
  if (comparison.metrics == 0 || comparison.is_within_noise()) return;
  for (const auto& difference : settings)
    demotions.push_back(
        {difference.name, first.run, second.run, comparison.differences.front().name});
}

}  // namespace

std::vector<Metric> metrics_of(const Value& summary) {
  std::vector<Metric> metrics;
  collect(summary, "", metrics);
  return metrics;
}

bool ResultDifference::is_within_noise() const {
  // The difference of two runs deviates by sqrt(2) of what one does.
  return noise && std::abs(after - before) <= kNoiseUnits * std::sqrt(2.0) * *noise;
}

bool Comparison::is_same() const { return metrics > 0 ? differences.empty() : other_outputs == 0; }

bool Comparison::is_within_noise() const {
  if (is_same()) return true;
  return metrics > 0 && std::all_of(differences.begin(), differences.end(),
                                    [](const auto& each) { return each.is_within_noise(); });
}

Comparison compare_results(const Value& before, const std::vector<Output>& outputs,
                           const Value& after, const std::vector<Output>& outputs_after,
                           const std::vector<Value>& replicates) {
  Comparison comparison;
  comparison.outputs = outputs.size();
  comparison.other_outputs = count_others(outputs, outputs_after);
  const auto now = metrics_of(after);
  for (const Metric& metric : metrics_of(before)) {
    const Metric* other = find(now, metric.name);
    if (!other) continue;
    ++comparison.metrics;
    if (!is_close(metric.value, other->value))
      comparison.differences.push_back(
          {metric.name, metric.value, other->value, deviation_of(metric.name, replicates)});
  }
  return comparison;
}

std::vector<Demotion> find_demoted(const std::vector<KnownResult>& results,
                                   const trace::KeyClasses& classes) {
  std::vector<Demotion> demotions;
  for (size_t i = 0; i < results.size(); ++i)
    for (size_t k = i + 1; k < results.size(); ++k)
      demote_by_pair(results[i], results[k], results, classes, demotions);
  return demotions;
}

}  // namespace cairn::recall
