// See result_model.h.
#include "recall/result_model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "base/hash.h"
#include "recall/judge.h"
#include "recall/sensitivity.h"

namespace cairn::recall {
namespace {

using model::Value;
using surrogate::CoverageRecord;
using surrogate::Row;
using trace::KeyClass;

// No key of a configuration is called so.
constexpr std::string_view kCodeColumn = "\1code";

// Coverage is told once so many outcomes are recorded, and believed unless it would be less in one
// of kDoubt cases where intervals hold what they promise.
constexpr size_t kOutcomesMin = 10;
constexpr double kDoubt = 0.05;

constexpr size_t kNeighboursForCost = 5;
constexpr size_t kNeighboursForDistance = 64;
constexpr size_t kOtherwiseMin = 4;

// Runs that promised about as much as the one that is asked for: a quarter of all, and so many.
constexpr size_t kAlikeMin = 30, kAlikeShare = 4;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Which class a key is of is asked for every key of every run.
class KnownClasses {
 public:
  explicit KnownClasses(const trace::KeyClasses& classes) : x_classes(classes) {}
  KeyClass operator()(const std::string& path) {
    const auto [at, is_new] = x_known.try_emplace(path);
    if (is_new) at->second = x_classes.class_of(path);
    return at->second;
  }

 private:
  const trace::KeyClasses& x_classes;
  std::unordered_map<std::string, KeyClass> x_known;
};

struct Parts {
  Row settings, seeds;  // by name
};

Parts split(const Value& config, std::string_view code, KnownClasses& classes) {
  Parts parts;
  if (config.as_object()) {
    model::for_each_leaf(config, [&](const std::string& path, const Value& leaf) {
      const KeyClass key_class = classes(path);
      if (key_class == KeyClass::kSemantic || key_class == KeyClass::kBudget)
        parts.settings.emplace_back(path, leaf);
      if (key_class == KeyClass::kReplicate) parts.seeds.emplace_back(path, leaf);
    });
  }
  parts.settings.emplace_back(std::string(kCodeColumn), code);
  for (Row* row : {&parts.settings, &parts.seeds})
    std::ranges::stable_sort(*row, {}, &Row::value_type::first);
  return parts;
}

void append_bytes(double number, std::string& bytes) {
  const auto bits = std::bit_cast<std::array<char, sizeof number>>(number);
  bytes.append(bits.data(), bits.size());
}

// Equal for rows of equal values, also where one has 3 and the other 3.0.
uint64_t hash_of(const Row& row, uint64_t seed) {
  std::string bytes;
  for (const auto& [name, value] : row) {
    bytes.append(name).push_back('\0');
    if (value.is_number())
      append_bytes(value.number_or(0) + 0.0, bytes);  // -0 becomes 0
    else
      bytes += value.as_string() ? *value.as_string() : trace::canonical_config(value);
    bytes.push_back(value.is_number() ? '\1' : value.as_string() ? '\2' : '\3');
  }
  return xxh3_64(bytes, seed);
}

// The least miss rate that can be promised from so many configurations.
double least_miss_rate(size_t configurations) {
  return (1 + 1e-9) / (static_cast<double>(configurations) + 1);
}

double miss_rate_for(const surrogate::ResultModel& model, const CoverageRecord& coverage) {
  return std::max(coverage.miss_rate(), least_miss_rate(model.configurations()));
}

// How likely it is that no more than `covered` of `recorded` intervals hold, when each holds with
// the chance that was promised.
double chance_of_so_few(size_t covered, size_t recorded) {
  const double held = 1 - ResultModel::kMissRate, n = static_cast<double>(recorded);
  double term = std::pow(ResultModel::kMissRate, n), sum = term;
  for (size_t k = 0; k < covered; ++k) {
    const double i = static_cast<double>(k);
    term *= (n - i) / (i + 1) * held / ResultModel::kMissRate;
    sum += term;
  }
  return sum;
}

bool is_calibrated(const CoverageRecord& coverage) {
  return coverage.recorded() >= kOutcomesMin &&
         chance_of_so_few(coverage.covered(), coverage.recorded()) >= kDoubt;
}

// Runs in the order in which they ended, as room surrogate takes them.
struct Sequence {
  std::vector<Row> rows;
  std::vector<double> values;
  std::vector<uint64_t> experiments;

  surrogate::History first(size_t count, surrogate::TargetScale scale, size_t trees) const {
    return {.configs = std::span(rows).first(count),
            .results = std::span(values).first(count),
            .scale = scale,
            .trees = trees};
  }
};

// Where the replay begins: there is enough to learn from, and no more to come than is remembered.
size_t first_outcome(const Sequence& runs) {
  std::unordered_set<uint64_t> experiments;
  size_t at = 0;
  for (; at < runs.rows.size() && experiments.size() < surrogate::kGroupsForIntervalMin; ++at)
    if (std::isfinite(runs.values[at])) experiments.insert(runs.experiments[at]);
  const size_t remembered = std::min(runs.rows.size(), CoverageRecord::kRemembered);
  return std::max(at, runs.rows.size() - remembered);
}

// How intervals would have fared: the runs are gone through again, each asked for by a model of
// those before it. A model serves until there is half as much more to learn from; and its forest is
// smaller than the one that is asked in the end, as is the time for a look-up.
CoverageRecord replay(const Sequence& runs, surrogate::TargetScale scale,
                      const ModelOptions& options) {
  CoverageRecord coverage(ResultModel::kMissRate);
  size_t begin = first_outcome(runs);
  std::unordered_set<uint64_t> seen(runs.experiments.begin(),
                                    runs.experiments.begin() + static_cast<std::ptrdiff_t>(begin));
  const size_t trees = std::max<size_t>(options.trees / 2, 1);
  while (begin < runs.rows.size()) {
    const auto model = surrogate::ResultModel::learn(runs.first(begin, scale, trees), options.seed);
    const size_t end = std::min(runs.rows.size(), begin + begin / 2);
    for (; begin < end; ++begin) {
      // A further seed of a known configuration is no test of what is said of new ones.
      const bool is_new = seen.insert(runs.experiments[begin]).second;
      const double value = runs.values[begin];
      if (!model || !is_new || !std::isfinite(value)) continue;
      const auto said = model->predict(runs.rows[begin], miss_rate_for(*model, coverage));
      if (said) coverage.add(said->interval.low <= value && value <= said->interval.high);
    }
  }
  return coverage;
}

// Of a metric with few digits (an accuracy on 1,000 samples) equal results are no proof that there
// is no noise: the deviation of rounding to the smallest difference there is.
double rounding_of(std::vector<double> values) {
  std::ranges::sort(values);
  double gap = std::numeric_limits<double>::infinity();
  for (size_t i = 1; i < values.size(); ++i)
    if (values[i] > values[i - 1]) gap = std::min(gap, values[i] - values[i - 1]);
  return std::isfinite(gap) ? gap / std::sqrt(12) : 0;
}

const Value* find(const Row& row, std::string_view name) {
  const auto at = std::ranges::lower_bound(row, name, {}, &Row::value_type::first);
  return at == row.end() || at->first != name ? nullptr : &at->second;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

// --- fitting -------------------------------------------------------------------------------------

std::vector<ResultModel::Run> ResultModel::read_newest(std::span<const PastResult> results,
                                                       const ModelOptions& options) {
  std::vector<size_t> order(results.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto newest_first = [&](size_t a, size_t b) {
    return results[a].ended_ns > results[b].ended_ns;
  };
  if (options.runs_max < order.size()) {
    const auto last = order.begin() + static_cast<std::ptrdiff_t>(options.runs_max);
    std::ranges::nth_element(order, last, newest_first);
    const int64_t oldest_ns = results[*last].ended_ns;
    std::erase_if(order, [&](size_t i) { return results[i].ended_ns < oldest_ns; });
  }
  KnownClasses classes(options.classes);
  std::vector<Run> runs;
  for (const size_t i : order) {
    const PastResult& result = results[i];
    Parts parts = split(result.config, result.code, classes);
    const bool has_value = !result.diverged && std::abs(result.value) <= surrogate::kTargetMax;
    const uint64_t experiment = hash_of(parts.settings, 0);
    runs.push_back({std::move(parts.settings), experiment, hash_of(parts.seeds, experiment),
                    has_value ? result.value : kNaN, result.cost_s, result.ended_ns, i});
  }
  // Runs that ended together are in an order that is theirs, and says nothing of them.
  std::ranges::sort(runs, {}, [](const Run& run) {
    return std::tuple(run.ended_ns, run.replicate, std::bit_cast<uint64_t>(run.value),
                      std::bit_cast<uint64_t>(run.cost_s));
  });
  // The same run again, with the same result to the last digit, tells nothing new.
  std::unordered_set<uint64_t> known;
  std::erase_if(runs, [&](const Run& run) {
    std::string value;
    append_bytes(run.value, value);
    return !known.insert(xxh3_64(value, run.replicate)).second;
  });
  if (runs.size() > options.runs_max)
    runs.erase(runs.begin(), runs.end() - static_cast<std::ptrdiff_t>(options.runs_max));
  return runs;
}

ResultModel ResultModel::fit(std::span<const PastResult> results, Goal goal,
                             const ModelOptions& options) {
  ResultModel fitted(goal);
  fitted.x_classes = options.classes;
  fitted.x_runs = read_newest(results, options);
  Sequence runs;
  std::vector<double> finite;
  for (const Run& run : fitted.x_runs) {
    runs.rows.push_back(run.row);
    runs.values.push_back(run.value);
    runs.experiments.push_back(run.experiment);
    if (std::isfinite(run.value)) finite.push_back(run.value);
  }
  if (finite.empty()) return fitted;
  fitted.x_best = goal == Goal::kMaximize ? std::ranges::max(finite) : std::ranges::min(finite);
  const surrogate::TargetScale scale = surrogate::detect_target_scale(options.metric, finite);
  fitted.x_rounding = rounding_of(std::move(finite));
  auto model = surrogate::ResultModel::learn(runs.first(runs.rows.size(), scale, options.trees),
                                             options.seed);
  if (!model) return fitted;
  fitted.x_model = *std::move(model);
  fitted.x_coverage = replay(runs, scale, options);
  return fitted;
}

// --- asking --------------------------------------------------------------------------------------

Row ResultModel::row_of(const Value& config, std::string_view code) const {
  KnownClasses classes(x_classes);
  return split(config, code, classes).settings;
}

std::optional<Error> ResultModel::why_unknown(std::string_view code) const {
  if (!x_model) return Error(Code::kUnavailable, "no run has ended with a result");
  const auto has_code = [&](const Run& run) {
    return find(run.row, kCodeColumn)->string_or("") == code;
  };
  if (std::ranges::any_of(x_runs, has_code)) return std::nullopt;
  return Error(Code::kUnavailable, "no run had this code");
}

std::optional<Error> ResultModel::why_not(const Row& row, std::string_view code) const {
  auto reason = why_unknown(code);
  return reason ? reason : x_model->why_not(row);
}

Result<Prediction> ResultModel::predict(const Value& config, std::string_view code) const {
  const Row row = row_of(config, code);
  if (auto reason = why_not(row, code)) return tl::unexpected(*std::move(reason));
  TRY(const surrogate::Prediction said, x_model->predict(row, miss_rate_for(*x_model, x_coverage)));
  TRY(const double beats, chance_best(row, said.chance_diverged));
  return complete(said, row, beats);
}

Result<Prediction> ResultModel::predict_near(const Value& config, std::string_view code,
                                             const PastResult& parent) const {
  const Row row = row_of(config, code);
  if (auto reason = why_not(row, code)) return tl::unexpected(*std::move(reason));
  if (parent.diverged || !(std::abs(parent.value) <= surrogate::kTargetMax))
    return fail(Code::kUnavailable, "the near run has no result");
  const Row from = row_of(parent.config, parent.code);
  TRY(const surrogate::Prediction said,
      x_model->predict_near(row, from, parent.value, miss_rate_for(*x_model, x_coverage)));
  TRY(const double beats, chance_best_from(row, from, parent.value));
  Prediction prediction = complete(said, row, beats);
  prediction.is_near = true;
  prediction.n = surrogate::ResultModel::kPairs;
  return prediction;
}

Prediction ResultModel::complete(const surrogate::Prediction& said, const Row& row,
                                 double chance_best) const {
  Prediction prediction{
      .value = said.expected, .low = said.interval.low, .high = said.interval.high};
  prediction.n = x_model->runs();
  prediction.noise = noise_at(said.expected);
  prediction.p_new_best = chance_best;
  prediction.p_diverge = said.chance_diverged;
  prediction.coverage = coverage();
  prediction.is_calibrated = is_calibrated(x_coverage);
  // Whether it diverges is no promise of the intervals, and must not make a run look hopeless. And
  // where these held too little, one side did too.
  const double alpha = kDominatedBelow * x_coverage.miss_rate() / kMissRate;
  prediction.is_dominated =
      prediction.is_calibrated && chance_best < alpha * (1 - said.chance_diverged);
  prediction.cost_s = typical_cost_s(row);
  return prediction;
}

// By all runs, by those that promised about as much as this one, or by the best run where that is
// a neighbour: whichever says more. For a forest flattens peaks, so that what looks best is mostly
// better still, and nobody wants to hear that the best run's neighbours are hopeless.
Result<double> ResultModel::chance_best(const Row& row, double chance_diverged) const {
  TRY(double chance, x_goal == Goal::kMaximize ? x_model->chance_above(row, *x_best)
                                               : x_model->chance_below(row, *x_best));
  chance = std::max(chance, (1 - chance_diverged) * chance_best_among_alike(row));
  const Run& best = *find_incumbent();
  for (const uint32_t i : x_model->nearest(row, surrogate::Support::kNeighbours)) {
    if (x_runs[i].experiment != best.experiment) continue;
    TRY(const double from_best, chance_best_from(row, best.row, best.value));
    chance = std::max(chance, from_best);
  }
  return chance;
}

Result<double> ResultModel::chance_best_from(const Row& row, const Row& parent,
                                             double parent_value) const {
  return x_goal == Goal::kMaximize ? x_model->chance_near_above(row, parent, parent_value, *x_best)
                                   : x_model->chance_near_below(row, parent, parent_value, *x_best);
}

double ResultModel::chance_best_among_alike(const Row& row) const {
  const surrogate::Belief belief = x_model->forest().predict(x_model->features().encode(row));
  struct Alike {
    double apart, y;
    surrogate::OutOfBag said;
    uint32_t group;
  };
  std::vector<Alike> runs;
  const std::vector<surrogate::OutOfBag>& said = x_model->forest().out_of_bag();
  std::unordered_map<uint64_t, uint32_t> groups;
  for (const Run& run : x_runs) {
    if (!std::isfinite(run.value)) continue;
    const surrogate::OutOfBag& told = said[runs.size()];
    const auto group = static_cast<uint32_t>(groups.size());
    runs.push_back({told.trees > 0 ? std::abs(told.mean - belief.mean) : kInfinity,
                    x_model->target().to_model(run.value), told,
                    groups.try_emplace(run.experiment, group).first->second});
  }
  const size_t count = std::min(runs.size(), std::max(kAlikeMin, runs.size() / kAlikeShare));
  std::ranges::partial_sort(runs, runs.begin() + static_cast<std::ptrdiff_t>(count), {},
                            &Alike::apart);
  std::vector<double> y;
  std::vector<surrogate::OutOfBag> alike;
  std::vector<uint32_t> alike_groups;
  for (size_t i = 0; i < count; ++i) {
    y.push_back(runs[i].y);
    alike.push_back(runs[i].said);
    alike_groups.push_back(runs[i].group);
  }
  const std::optional<surrogate::Sigma> sigma = x_model->noise().overall();
  const auto conformal = surrogate::Conformal::learn(y, alike, sigma ? sigma->sd : 0, alike_groups);
  if (!conformal) return 0;  // too few configurations among them to say more
  const double best = x_model->target().to_model(*x_best);
  return x_goal == Goal::kMaximize ? conformal->chance_above(belief, best)
                                   : conformal->chance_below(belief, best);
}

std::optional<double> ResultModel::typical_cost_s(const Row& row) const {
  std::vector<double> costs;
  for (const uint32_t i : x_model->nearest(row, kNeighboursForCost))
    if (x_runs[i].cost_s > 0 && std::isfinite(x_runs[i].cost_s)) costs.push_back(x_runs[i].cost_s);
  if (costs.empty()) return std::nullopt;
  return median(std::move(costs));
}

Result<double> ResultModel::chance_diverged(const Value& config, std::string_view code) const {
  if (auto reason = why_unknown(code)) return tl::unexpected(*std::move(reason));
  return x_model->chance_diverged(row_of(config, code));
}

std::vector<size_t> ResultModel::nearest(const Value& config, std::string_view code,
                                         size_t count) const {
  std::vector<size_t> indices;
  if (!x_model) return indices;
  for (const uint32_t i : x_model->nearest(row_of(config, code), count))
    indices.push_back(x_runs[i].index);
  return indices;
}

const ResultModel::Run* ResultModel::find_incumbent() const {
  const auto run = std::ranges::find_if(x_runs, [&](const Run& r) { return r.value == x_best; });
  return run == x_runs.end() ? nullptr : &*run;
}

std::optional<size_t> ResultModel::incumbent() const {
  const Run* run = find_incumbent();
  return run ? std::optional(run->index) : std::nullopt;
}

std::vector<double> ResultModel::replicates(const Value& config, std::string_view code) const {
  const uint64_t experiment = hash_of(row_of(config, code), 0);
  std::vector<double> values;
  for (const Run& run : x_runs)
    if (run.experiment == experiment) values.push_back(run.value);
  return values;
}

// --- noise and distance --------------------------------------------------------------------------

std::optional<double> ResultModel::model_noise_at(double level) const {
  if (!x_model) return std::nullopt;
  const std::optional<surrogate::Sigma> sigma = x_model->noise().at(level);
  if (!sigma) return std::nullopt;
  const surrogate::Target& target = x_model->target();
  const double apart = 1e-4 * (1 + std::abs(level));
  const double slope =
      (target.to_metric(level + apart) - target.to_metric(level - apart)) / (2 * apart);
  const double noise = std::max(sigma->sd, slope > 0 ? x_rounding / slope : 0);
  return noise > 0 ? std::optional(noise) : std::nullopt;
}

std::optional<double> ResultModel::noise_at(double level) const {
  if (!x_model) return std::nullopt;
  const surrogate::Target& target = x_model->target();
  const double place = target.to_model(level);
  const std::optional<double> noise = model_noise_at(place);
  if (!noise) return std::nullopt;
  return (target.to_metric(place + *noise) - target.to_metric(place - *noise)) / 2;
}

// Whether enough runs have another value than most, so that the forest had something to learn from.
bool ResultModel::is_varied(std::string_view setting) const {
  std::unordered_map<uint64_t, size_t> runs_of;
  size_t most = 0;
  for (const Run& run : x_runs) {
    const Value* value = find(run.row, setting);
    most = std::max(most, ++runs_of[hash_of({{"", value ? *value : Value()}}, 0)]);
  }
  return x_runs.size() - most >= kOtherwiseMin;
}

double ResultModel::distance(const Value& a, const Value& b) const {
  const Row from = row_of(a, {}), to = row_of(b, {});
  std::optional<double> noise;
  surrogate::Matrix around;
  if (x_model && x_model->configurations() >= surrogate::kGroupsForIntervalMin) {
    const surrogate::Features& features = x_model->features();
    noise = model_noise_at(x_model->forest().predict(features.encode(from)).mean);
    for (const uint32_t i : x_model->nearest(from, kNeighboursForDistance))
      around.append(features.encode(x_runs[i].row));
  }
  const auto step = [&](const std::string& name, const Value& before, const Value& after) {
    if (trace::is_same_config(before, after)) return 0.0;
    if (noise && is_varied(name))
      if (const auto change = change_along(*x_model, around, name, before, after))
        return *change / *noise;
    return distance_of(before, after);
  };
  double sum = 0;
  for (const auto& [name, before] : from) {
    const Value* after = find(to, name);
    sum += step(name, before, after ? *after : Value());
  }
  for (const auto& [name, after] : to)
    if (!find(from, name)) sum += step(name, Value(), after);
  return sum;
}

}  // namespace cairn::recall
