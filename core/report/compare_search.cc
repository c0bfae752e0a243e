// See compare_search.h.
#include "report/compare_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/replay_order.h"
#include "report/results.h"
#include "surrogate/random.h"

namespace cairn::report {

namespace {

constexpr size_t kRandomOrders = 1000, kRandomSeeds = 200, kResamples = 1000;
constexpr size_t kPicksJudged = 40;
constexpr size_t kGridLevelsMax = 12;
constexpr uint64_t kResampleStream = 0xC0FFEE;

// One order: picks until the target, and what was lacking after so many.
struct Walk {
  std::optional<size_t> reached;  // picks
  double cost_s = 0;              // until then
  double regret = 0;
};

// What is asked of every order of one pool.
struct Course {
  const ComparePool& pool;
  double target;
  size_t picks, judged;

  Walk walk(std::span<const size_t> order) const {
    Walk walked;
    double best = kUnknown, cost_s = 0;
    for (size_t i = 0; i < order.size(); ++i) {
      const PoolPoint& point = pool.points[order[i]];
      cost_s += point.cost_s;
      best = std::fmin(best, point.value);
      if (i < judged) walked.regret = best - pool.best;
      if (walked.reached || best > target) continue;
      walked.reached = i + 1;
      walked.cost_s = cost_s;
    }
    return walked;
  }
  // What was not reached counts as all picks: a difference is then at least so large.
  double picks_of(const Walk& walked) const {
    return static_cast<double>(std::min(walked.reached.value_or(picks), picks));
  }
};

// Of what was not always reached: nothing where the share lies beyond.
std::optional<double> quantile_of_reached(std::vector<double>& ascending, size_t orders,
                                          double share) {
  const double at = share * static_cast<double>(orders - 1);
  if (std::ceil(at) >= static_cast<double>(ascending.size())) return std::nullopt;
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, ascending.size() - 1);
  return std::lerp(ascending[below], ascending[above], at - std::floor(at));
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

OrderSkill skill_of(std::string name, std::span<const Walk> walks) {
  OrderSkill skill{.name = std::move(name), .orders = walks.size()};
  std::vector<double> picks, costs_s, regrets;
  for (const Walk& walked : walks) {
    regrets.push_back(walked.regret);
    if (!walked.reached) continue;
    picks.push_back(static_cast<double>(*walked.reached));
    costs_s.push_back(walked.cost_s);
  }
  std::ranges::sort(picks);
  std::ranges::sort(costs_s);
  std::ranges::sort(regrets);
  skill.reached = static_cast<double>(picks.size()) / static_cast<double>(walks.size());
  skill.picks_p10 = quantile_of_reached(picks, walks.size(), 0.1);
  skill.picks_median = quantile_of_reached(picks, walks.size(), 0.5);
  skill.picks_p90 = quantile_of_reached(picks, walks.size(), 0.9);
  skill.cost_s_median = quantile_of_reached(costs_s, walks.size(), 0.5);
  skill.regret = {mean_of(regrets), quantile(regrets, 0.05), quantile(regrets, 0.95)};
  return skill;
}

// How much less than those of a random order, with the 90 % bootstrap interval of both means.
Ranged less_than(std::span<const double> random, std::span<const double> values, uint64_t seed) {
  const auto resampled_mean = [](std::span<const double> from, surrogate::Random& numbers) {
    double sum = 0;
    for (size_t i = 0; i < from.size(); ++i) sum += from[numbers.below(from.size())];
    return sum / static_cast<double>(from.size());
  };
  std::vector<double> differences;
  for (size_t i = 0; i < kResamples; ++i) {
    surrogate::Random numbers(seed ^ kResampleStream, i);
    const double other = resampled_mean(random, numbers);
    differences.push_back(other - resampled_mean(values, numbers));
  }
  std::ranges::sort(differences);
  return {mean_of(random) - mean_of(values), quantile(differences, 0.05),
          quantile(differences, 0.95)};
}

// The smaller of two differences, with room for both: where they disagree nothing is claimed.
Ranged cautious(const Ranged& a, const Ranged& b) {
  return {std::abs(a.value) < std::abs(b.value) ? a.value : b.value, std::min(a.low, b.low),
          std::max(a.high, b.high)};
}

Verdict verdict_of(const Ranged& less, double least) {
  if (std::abs(less.value) < least || (less.low <= 0 && less.high >= 0)) return Verdict::kNone;
  return less.value > 0 ? Verdict::kBetter : Verdict::kWorse;
}

std::string say_picks(const OrderSkill& skill, size_t most) {
  return skill.picks_median ? fmt::format("{:.0f} runs", *skill.picks_median)
                            : fmt::format("more than {}", most);
}

std::string say(const SamplerSkill& skill, const CompareSearch& compared) {
  const Ranged& fewer = skill.fewer_picks;
  std::string text = fmt::format(
      "{} needs {} to come within one unit of noise of the best, a random order {}", skill.name,
      say_picks(skill, compared.picks), say_picks(compared.random, compared.configurations));
  if (skill.by_picks == Verdict::kNone)
    text += ": no difference";
  else
    text += fmt::format(": {:.0f} {} ({:.0f} to {:.0f}, counting at most {})",
                        std::abs(fewer.value), fewer.value > 0 ? "fewer" : "more",
                        std::min(std::abs(fewer.low), std::abs(fewer.high)),
                        std::max(std::abs(fewer.low), std::abs(fewer.high)), compared.picks);
  text += fmt::format("; after {} runs it is {:.2g} behind the best, a random order {:.2g}",
                      compared.picks_judged, skill.regret.value, compared.random.regret.value);
  if (skill.by_regret != Verdict::kNone)
    return text + (skill.by_regret == Verdict::kBetter ? ": better." : ": worse.");
  const bool is_noise = std::abs(skill.less_regret.value) < compared.noise.sd;
  return text + (is_noise ? ": no difference (below the noise)." : ": no difference.");
}

// --- the grid

void tell_parameters(const RecordedSearch& search, CompareSearch& compared) {
  std::vector<surrogate::Row> configs;
  std::vector<std::optional<double>> results;
  for (const RecordedRun& run : search.runs) {
    configs.push_back(run.config);
    results.emplace_back(run.result);
  }
  const Sensitivity found =
      analyse_sensitivity({.configs = configs, .results = results},
                          {.metric = search.metric, .refits = 0, .shuffles = 0});
  double combinations = 1, sum = 0, squares = 0;
  bool is_even = true;
  for (const ParameterSensitivity& parameter : found.parameters) {
    const double total = found.is_known() ? parameter.total.share : kUnknown;
    compared.parameters.push_back({parameter.column.name, parameter.distinct, total});
    combinations *= static_cast<double>(parameter.distinct);
    is_even = is_even && parameter.distinct <= kGridLevelsMax;
    sum += total;
    squares += total * total;
  }
  const auto configurations = static_cast<double>(compared.configurations);
  compared.is_grid = !compared.parameters.empty() && is_even && 2 * configurations >= combinations;
  if (squares > 0) compared.effective_dimensions = sum * sum / squares;
  if (!compared.is_grid) return;
  const TriedParameter& first = compared.parameters.front();
  compared.notes.push_back(fmt::format(
      "a grid: '{}'{} was tried at {} values in {} configurations; as many random ones would have "
      "tried {} of a number",
      first.name, std::isfinite(first.total) ? ", on which most depends," : "", first.distinct,
      compared.configurations, compared.configurations));
}

std::vector<Walk> walk_random(const Course& course, uint64_t seed) {
  std::vector<Walk> walks;
  for (size_t number = 0; number < kRandomOrders; ++number)
    walks.push_back(course.walk(shuffled_order(course.pool.points.size(), seed, number)));
  return walks;
}

Result<std::vector<Walk>> walk_with(const Course& course, sweep::Method method, uint64_t seed,
                                    size_t seeds) {
  std::vector<Walk> walks;
  for (size_t i = 0; i < seeds; ++i) {
    TRY(const std::vector<size_t> order, pick_with(course.pool, method, seed + i, course.picks));
    walks.push_back(course.walk(order));
  }
  return walks;
}

// What a sampler has to beat. To take the nearest point for what was proposed prefers points that
// lie alone, and where the best does, any proposals find it soon: so random proposals count beside
// the random order.
struct Baselines {
  std::vector<Walk> orders, proposals;

  template <typename Number>
  Ranged less_by(std::span<const Walk> walks, uint64_t seed, const Number& number) const {
    const auto numbers_of = [&](std::span<const Walk> of) {
      std::vector<double> numbers;
      for (const Walk& walked : of) numbers.push_back(number(walked));
      return numbers;
    };
    const std::vector<double> own = numbers_of(walks);
    return cautious(less_than(numbers_of(orders), own, seed),
                    less_than(numbers_of(proposals), own, seed));
  }
};

SamplerSkill judge_sampler(const Course& course, sweep::Method method, std::span<const Walk> walks,
                           const Baselines& baselines, const CompareSearch& compared,
                           uint64_t seed) {
  SamplerSkill skill{skill_of(std::string(sweep::print_method(method)), walks)};
  skill.fewer_picks =
      baselines.less_by(walks, seed, [&](const Walk& walked) { return course.picks_of(walked); });
  skill.less_regret =
      baselines.less_by(walks, seed, [](const Walk& walked) { return walked.regret; });
  skill.by_picks = verdict_of(skill.fewer_picks, 0);
  skill.by_regret = verdict_of(skill.less_regret, compared.noise.sd);
  skill.sentence = say(skill, compared);
  return skill;
}

}  // namespace

Result<CompareSearch> compare_searches(const RecordedSearch& search, const sweep::Space& space,
                                       const CompareOptions& options) {
  CompareSearch compared{.search = search.name,
                         .metric = search.metric,
                         .is_maximized = search.is_maximized,
                         .runs = search.runs.size(),
                         .seeds = std::max(options.seeds, kSeedsMin)};
  const auto configurations = configurations_of(search);
  const ComparePool pool = make_pool(search, configurations, space);
  compared.configurations = pool.points.size();
  compared.left_out = pool.without_result + pool.outside;
  if (compared.configurations < kPoolMin) {
    compared.reason = fmt::format(
        "a comparison needs at least {} configurations with a finite result of '{}', "
        "found {}: {} more would do",
        kPoolMin, search.metric, compared.configurations, kPoolMin - compared.configurations);
    return compared;
  }
  compared.noise = noise_unit(search, configurations);
  compared.best = search.is_maximized ? -pool.best : pool.best;
  compared.picks = std::min(options.picks_max, compared.configurations / 2);
  compared.picks_judged = std::min(kPicksJudged, compared.picks);
  const Course course{pool, pool.best + compared.noise.sd, compared.picks, compared.picks_judged};
  Baselines baselines{walk_random(course, options.seed), {}};
  TRY(baselines.proposals, walk_with(course, sweep::Method::kRandom, ~options.seed, kRandomSeeds));
  compared.random = skill_of("random", baselines.orders);
  std::vector<size_t> recorded(pool.points.size());
  std::iota(recorded.begin(), recorded.end(), size_t{0});
  const Walk as_run = course.walk(recorded);
  compared.recorded = skill_of("recorded", {&as_run, 1});
  for (const sweep::Method method : options.samplers) {
    TRY(const std::vector<Walk> walks, walk_with(course, method, options.seed, compared.seeds));
    compared.samplers.push_back(
        judge_sampler(course, method, walks, baselines, compared, options.seed));
  }
  tell_parameters(search, compared);
  if (pool.outside > 0)
    compared.notes.push_back(
        fmt::format("{} configurations are none of the space's and are left out", pool.outside));
  compared.notes.emplace_back(
      "samplers pick among what was run: where the best of all was never tried, none can find it");
  return compared;
}

}  // namespace cairn::report
