// See recorded_search.h.
#include "report/recorded_search.h"

#include <algorithm>
#include <cmath>

#include "surrogate/groups.h"
#include "surrogate/noise.h"

namespace cairn::report {

namespace {

constexpr double kNoiseOfBest = 0.01;

std::vector<std::vector<double>> results_by(const RecordedSearch& search,
                                            std::span<const uint32_t> configurations) {
  std::vector<std::vector<double>> results;
  for (size_t i = 0; i < search.runs.size(); ++i) {
    if (configurations[i] >= results.size()) results.resize(configurations[i] + size_t{1});
    if (std::isfinite(search.runs[i].result))
      results[configurations[i]].push_back(search.runs[i].result);
  }
  return results;
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

std::vector<uint32_t> configurations_of(const RecordedSearch& search) {
  std::vector<surrogate::Row> configs;
  for (const RecordedRun& run : search.runs) configs.push_back(run.config);
  return surrogate::groups_of(surrogate::Features::learn(configs).encode(configs));
}

std::optional<size_t> best_run(const RecordedSearch& search) {
  std::optional<size_t> best;
  for (size_t i = 0; i < search.runs.size(); ++i) {
    if (!std::isfinite(search.runs[i].result)) continue;
    if (!best || search.runs[i].result < search.runs[*best].result) best = i;
  }
  return best;
}

NoiseUnit noise_unit(const RecordedSearch& search, std::span<const uint32_t> configurations) {
  const auto best = best_run(search);
  if (!best) return {};
  const double level = search.runs[*best].result;
  const auto sigma = surrogate::Noise::learn(results_by(search, configurations)).at(level);
  if (sigma && sigma->sd > 0) return {sigma->sd, true};
  return {kNoiseOfBest * std::abs(level), false};
}

std::vector<double> rescored(const RecordedSearch& search, std::span<const uint32_t> configurations,
                             const NoiseUnit& noise) {
  std::vector<double> scores;
  for (const RecordedRun& run : search.runs) scores.push_back(run.result);
  if (!noise.is_measured) return scores;
  const auto replicates = results_by(search, configurations);
  std::vector<double> means;
  double luck = 0;  // variance of a mean that is noise
  for (const std::vector<double>& results : replicates) {
    if (results.empty()) continue;
    means.push_back(mean_of(results));
    luck += noise.sd * noise.sd / static_cast<double>(results.size());
  }
  const double middle = mean_of(means), count = static_cast<double>(means.size());
  double variance = 0;
  for (const double mean : means) variance += (mean - middle) * (mean - middle) / count;
  const double true_variance = std::max(variance - luck / count, 0.0);
  for (size_t i = 0; i < scores.size(); ++i) {
    const std::vector<double>& results = replicates[configurations[i]];
    if (results.empty()) continue;
    const double own = noise.sd * noise.sd / static_cast<double>(results.size());
    scores[i] = middle + (mean_of(results) - middle) * true_variance / (true_variance + own);
  }
  return scores;
}

double whole_steps(const RecordedSearch& search) {
  double whole = kUnknown, longest = kUnknown;
  for (const RecordedRun& run : search.runs) {
    longest = std::fmax(longest, run.reports.back().step);
    if (!run.is_censored) whole = std::fmax(whole, run.reports.back().step);
  }
  return std::isnan(whole) ? longest : whole;
}

size_t recorded_workers(const RecordedSearch& search) {
  std::vector<std::pair<double, double>> spans;
  double ran_s = 0;
  for (const RecordedRun& run : search.runs) {
    spans.emplace_back(run.began_s, run.began_s + run.ran_s);
    ran_s += run.ran_s;
  }
  std::ranges::sort(spans);
  double busy_s = 0, until_s = -std::numeric_limits<double>::infinity();
  for (const auto& [begin_s, end_s] : spans) {
    busy_s += std::max(0.0, end_s - std::max(begin_s, until_s));
    until_s = std::max(until_s, end_s);
  }
  return busy_s > 0 ? std::max<size_t>(1, static_cast<size_t>(std::lround(ran_s / busy_s))) : 1;
}

}  // namespace cairn::report
