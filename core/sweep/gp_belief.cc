// See gp_belief.h.
#include "sweep/gp_belief.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/distributions/normal.hpp>

#include "sweep/acquisition.h"

namespace cairn::sweep {

namespace {

using surrogate::GaussianProcess;
using surrogate::Matrix;
using surrogate::Posterior;
using surrogate::Target;
using surrogate::TargetScale;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kFailedNoise = 0.25;  // variances of the results
constexpr size_t kFailuresMin = 3, kCostsMin = 3, kPendingMax = 256;
constexpr size_t kRoughRowsMin = 64;
constexpr size_t kFrontMax = 64;  // of three objectives
constexpr size_t kRankedMin = 10;
constexpr double kReferenceMargin = 0.1;  // of the range of results
constexpr size_t kVolumeObjectivesMax = 3;
constexpr double kHunchWeight = 10;  // of the user's hunches, divided by the number of results
constexpr double kScalarSum = 0.05;  // the augmented part of a Chebyshev scalarisation
constexpr size_t kQuantiles = 64;
constexpr uint64_t kFantasySeed = 0x9E6C63D0876A9A47, kWeightSeed = 0xA0761D6478BD642F;

struct Moments {
  double mean, sd;
};

Moments moments_of(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return {mean, std::sqrt(squares / n)};
}

std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (size_t i = 0; i < order.size(); ++i) ranks[order[i]] = static_cast<double>(i);
  return ranks;
}

// Spearman's; equal values keep their order.
double rank_correlation(std::span<const double> a, std::span<const double> b) {
  const std::vector<double> x = ranks_of(a), y = ranks_of(b);
  const Moments along = moments_of(x);
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += (x[i] - along.mean) * (y[i] - along.mean);
  return sum / (static_cast<double>(x.size()) * std::max(along.sd * along.sd, 1e-300));
}

double sd_of(const Posterior& posterior) { return std::sqrt(std::max(posterior.variance, 0.0)); }

// As it is near the bound, logarithmic far from it: the sign is what matters.
double bilog(double value, double unit) {
  return std::copysign(std::log1p(std::abs(value) / unit), value);
}

// Values in the middle of equal shares of the standard normal distribution.
const std::vector<double>& normal_quantiles() {
  static const std::vector<double> quantiles = [] {
    std::vector<double> z;
    for (size_t i = 0; i < kQuantiles; ++i)
      z.push_back(boost::math::quantile(boost::math::normal(),
                                        (static_cast<double>(i) + 0.5) / kQuantiles));
    return z;
  }();
  return quantiles;
}

}  // namespace

// Known: with a value for every objective, measured or extrapolated. All in the trials' order.
struct GpBelief::Rows {
  explicit Rows(const Evidence& evidence) {
    for (size_t i = 0; i < evidence.rows(); ++i) {
      const auto y = evidence.y.row(i);
      const bool is_finite =
          std::ranges::all_of(y, [](double v) { return std::abs(v) <= surrogate::kTargetMax; });
      if (evidence.outcome[i] == Outcome::kPending)
        pending.push_back(i);
      else if (evidence.outcome[i] != Outcome::kFailed && is_finite)
        known.push_back(i);
      else
        failed.push_back(i);
    }
    all_known = known.size();
    if (known.size() > kRowsMax) choose(evidence);
    const auto keep_last = [](std::vector<size_t>& rows, size_t count) {
      if (rows.size() > count)
        rows.erase(rows.begin(), rows.end() - static_cast<std::ptrdiff_t>(count));
    };
    keep_last(failed, kRowsMax / 4);
    keep_last(pending, kPendingMax);
  }

  std::vector<size_t> known, failed, pending;
  size_t all_known = 0;

 private:
  // The better half of the choice are the best results, the other half tell of all the rest.
  void choose(const Evidence& evidence) {
    std::vector<double> merit(evidence.rows());
    for (size_t k = 0; k < evidence.y.columns(); ++k) {
      std::vector<double> values;
      for (const size_t i : known) values.push_back(evidence.y.at(i, k));
      const double unit = std::max(moments_of(values).sd, 1e-300);
      for (const size_t i : known) merit[i] += evidence.y.at(i, k) / unit;
    }
    std::ranges::stable_sort(known, {}, [&](size_t i) { return merit[i]; });
    const auto rest = known.begin() + kRowsMax / 2;
    std::sort(rest, known.end());
    const auto count = static_cast<size_t>(known.end() - rest), wanted = kRowsMax - kRowsMax / 2;
    for (size_t i = 0; i < wanted; ++i)
      rest[static_cast<std::ptrdiff_t>(i)] =
          rest[static_cast<std::ptrdiff_t>((i + 1) * count / wanted - 1)];
    known.resize(kRowsMax);
    std::ranges::sort(known);
  }
};

GpBelief::GpBelief(const Question& question)
    : x_question(question), x_memory(question.memory, question.evidence.rows()) {}

Result<GpBelief> GpBelief::learn(const Question& question) {
  GpBelief belief(question);
  const Rows rows(question.evidence);
  if (rows.known.empty()) return fail(Code::kInvalid, "expected results to learn from, found none");
  belief.x_rows = rows.known.size();
  belief.set_columns();
  TRY_VOID(belief.learn_goals(rows));
  belief.remember_ranking(rows);
  belief.learn_limits();
  belief.learn_failures(rows);
  belief.learn_cost();
  belief.add_pending(rows);
  belief.set_incumbents(rows);
  if (!belief.x_is_scalarised && question.evidence.y.columns() > 1) belief.set_front(rows);
  if (question.space.has_hunches())
    belief.x_hunch_weight = kHunchWeight / static_cast<double>(rows.all_known);
  return belief;
}

// ---- Points as the models see them -------------------------------------------------------------

// Models take some dozens of categories. Of more the most frequent keep a code of their own; what
// was never tried is equally unlike all that was, so that it may share one.
void GpBelief::set_columns() {
  x_columns = x_question.space.columns();
  x_codes.resize(x_columns.size());
  const Matrix& x = x_question.evidence.x;
  for (size_t c = 0; c < x_columns.size(); ++c) {
    surrogate::Column& column = x_columns[c];
    if (!column.is_categorical() ||
        column.levels.size() <= GaussianProcess::kCategoriesPerColumnMax)
      continue;
    std::vector<size_t> counts(column.levels.size()), order(column.levels.size());
    for (size_t i = 0; i < x.rows(); ++i)
      if (x.at(i, c) >= 0) ++counts[static_cast<size_t>(x.at(i, c))];
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, std::greater(), [&](size_t level) { return counts[level]; });
    x_codes[c].assign(column.levels.size(), surrogate::kUnseenCategory);
    column.levels.resize(GaussianProcess::kCategoriesPerColumnMax);
    for (size_t code = 0; code < column.levels.size(); ++code)
      if (counts[order[code]] > 0) x_codes[c][order[code]] = static_cast<double>(code);
  }
}

Matrix GpBelief::encode(const Matrix& points) const {
  Matrix encoded = points;
  for (size_t c = 0; c < x_codes.size(); ++c) {
    if (x_codes[c].empty()) continue;
    for (size_t i = 0; i < encoded.rows(); ++i)
      if (double& level = encoded.at(i, c); level >= 0)
        level = x_codes[c][static_cast<size_t>(level)];
  }
  return encoded;
}

Matrix GpBelief::encode_rows(std::span<const size_t> rows) const {
  Matrix x;
  for (const size_t i : rows) x.append(x_question.evidence.x.row(i));
  return encode(x);
}

// ---- Learning ----------------------------------------------------------------------------------

Result<void> GpBelief::learn_goals(const Rows& rows) {
  const Matrix& y = x_question.evidence.y;
  const auto column = [&](size_t k) {
    std::vector<double> values;
    for (const size_t i : rows.known) values.push_back(y.at(i, k));
    return values;
  };
  if (y.columns() > 1 && y.columns() <= kVolumeObjectivesMax) {
    for (size_t k = 0; k < y.columns(); ++k)
      TRY_VOID(add_goal("y" + std::to_string(k), rows, column(k), TargetScale::kSoftLog,
                        surrogate::short_lengths()));
    return {};
  }
  x_is_scalarised = y.columns() > 1;
  const std::vector<double> values = x_is_scalarised ? scalarised(rows.known) : column(0);
  TRY_VOID(add_goal("a", rows, values, TargetScale::kSoftLog, surrogate::short_lengths()));
  return add_goal("b", rows, values, TargetScale::kPower, surrogate::long_lengths());
}

Result<void> GpBelief::add_goal(const std::string& name, const Rows& rows, std::vector<double> y,
                                TargetScale scale, surrogate::GaussianProcessOptions options) {
  const Evidence& evidence = x_question.evidence;
  const Target target = Target::learn(scale, y);
  std::vector<double> first;
  for (const size_t i : rows.known) first.push_back(evidence.y.at(i, 0));
  // What an early stop leaves open is told in units of the first objective; the others are as
  // uncertain for their size.
  const double unit = moments_of(y).sd / std::max(moments_of(first).sd, 1e-300);
  std::vector<double> targets, extra;
  for (size_t i = 0; i < y.size(); ++i) {
    targets.push_back(target.to_model(y[i]));
    const double away = unit * std::sqrt(evidence.extra_noise[rows.known[i]]);
    const double moved = target.to_model(y[i] + away) - targets.back();
    extra.push_back(std::isfinite(moved) ? moved * moved : 0);
  }
  const double worst = std::ranges::max(targets), sd = moments_of(targets).sd;
  std::vector<size_t> all = rows.known;
  for (const size_t i : rows.failed) {
    all.push_back(i);
    targets.push_back(worst);
    extra.push_back(kFailedNoise * sd * sd);
  }
  TRY(GaussianProcess process,
      x_memory.process(name, x_columns, {encode_rows(all), targets, extra}, std::move(options)));
  x_goals.push_back({target, std::move(process), worst});
  return {};
}

// How well the first model ranks results it was not shown: for whoever decides whether to ask it.
void GpBelief::remember_ranking(const Rows& rows) {
  const Matrix& y = x_question.evidence.y;
  if (!x_memory.has_fitted() || y.columns() > 1 || rows.known.size() < kRankedMin) return;
  const std::vector<Posterior> foretold = x_goals[0].process.leave_one_out();
  std::vector<double> means, results;
  for (size_t i = 0; i < rows.known.size(); ++i) {
    means.push_back(foretold[i].mean);
    results.push_back(y.at(rows.known[i], 0));
  }
  x_memory.set("ranking", std::round(rank_correlation(means, results) * 1e3) / 1e3);
}

// The same weights for all that one ask compares.
std::vector<double> GpBelief::scalarised(std::span<const size_t> rows) const {
  const Matrix& y = x_question.evidence.y;
  surrogate::Random random(x_question.seed ^ kWeightSeed, x_question.number);
  std::vector<double> weights, sums(rows.size()), worst(rows.size(), -kInfinity);
  for (size_t k = 0; k < y.columns(); ++k) weights.push_back(-std::log1p(-random.unit()));
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (size_t k = 0; k < y.columns(); ++k) {
    double low = kInfinity, high = -kInfinity;
    for (const size_t i : rows) low = std::min(low, y.at(i, k)), high = std::max(high, y.at(i, k));
    const double factor = weights[k] / total / std::max(high - low, 1e-300);
    for (size_t i = 0; i < rows.size(); ++i) {
      const double share = factor * (y.at(rows[i], k) - low);
      sums[i] += share;
      worst[i] = std::max(worst[i], share);
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) worst[i] += kScalarSum * sums[i];
  return worst;
}

bool GpBelief::is_feasible(size_t row) const {
  return std::ranges::all_of(x_question.evidence.constraints.row(row),
                             [](double c) { return c <= 0; });
}

// A draw rather than the mean: the belief stays as wide as it is where several are pending. The
// draw's luck is the pending trial's own and stays with it from ask to ask.
void GpBelief::add_pending(const Rows& rows) {
  for (const size_t i : rows.pending) {
    const auto number = static_cast<uint64_t>(x_question.evidence.number[i]);
    surrogate::Random random(x_question.seed ^ kFantasySeed, number);
    const Matrix row = encode_rows({{i}});
    for (Goal& goal : x_goals) {
      const Posterior posterior = goal.process.predict(row.row(0));
      (void)goal.process.add(row.row(0), posterior.mean + sd_of(posterior) * random.normal());
    }
  }
}

// By what is believed, not by what was seen: the luckiest result is none to compete with.
void GpBelief::set_incumbents(const Rows& rows) {
  std::vector<double> merit(rows.known.size());
  for (size_t i = 0; i < rows.known.size(); ++i)
    x_has_feasible = x_has_feasible || is_feasible(rows.known[i]);
  for (Goal& goal : x_goals) {
    const std::vector<double> fitted = goal.process.fitted();
    // What the process takes for 1.
    const double unit =
        std::max(goal.process.noise_sd() / std::sqrt(goal.process.hyperparameters().noise), 1e-300);
    goal.incumbent = kInfinity;
    for (size_t i = 0; i < rows.known.size(); ++i) {
      merit[i] += (fitted[i] - fitted[0]) / unit;
      if (!x_has_feasible || is_feasible(rows.known[i]))
        goal.incumbent = std::min(goal.incumbent, fitted[i]);
    }
    for (size_t i = rows.known.size() + rows.failed.size(); i < fitted.size(); ++i)
      goal.incumbent = std::min(goal.incumbent, fitted[i]);
  }
  std::vector<size_t> order(rows.known.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) {
    const bool is_a = is_feasible(rows.known[a]), is_b = is_feasible(rows.known[b]);
    return is_a != is_b ? is_a : merit[a] < merit[b];
  });
  for (const size_t i : order) {
    const auto point = x_question.evidence.x.row(rows.known[i]);
    x_good_points.emplace_back(point.begin(), point.end());
  }
}

void GpBelief::set_front(const Rows& rows) {
  std::vector<std::vector<double>> fitted;
  for (const Goal& goal : x_goals) fitted.push_back(goal.process.fitted());
  Matrix means;
  const auto add = [&](size_t i) {
    std::vector<double> mean;
    for (const std::vector<double>& f : fitted) mean.push_back(f[i]);
    means.append(mean);
  };
  for (size_t i = 0; i < rows.known.size(); ++i)
    if (!x_has_feasible || is_feasible(rows.known[i])) add(i);
  for (size_t i = rows.known.size() + rows.failed.size(); i < fitted[0].size(); ++i) add(i);
  std::vector<size_t> members = front_of(means);
  if (x_goals.size() > 2 && members.size() > kFrontMax) {
    // Boxes grow with the square of a front's size.
    std::ranges::stable_sort(members, {}, [&](size_t i) { return means.at(i, 0); });
    for (size_t i = 0; i < kFrontMax; ++i) members[i] = members[i * members.size() / kFrontMax];
    members.resize(kFrontMax);
  }
  Matrix front;
  for (const size_t i : members) front.append(means.row(i));
  // Beyond all that was seen: a reference near the front itself would not reward its ends.
  std::vector<double> reference(x_goals.size(), -kInfinity);
  for (size_t k = 0; k < x_goals.size(); ++k) {
    double low = kInfinity;
    for (size_t i = 0; i < means.rows(); ++i) {
      low = std::min(low, means.at(i, k));
      reference[k] = std::max(reference[k], means.at(i, k));
    }
    reference[k] += kReferenceMargin * (reference[k] - low);
  }
  x_undominated.emplace(front, reference);
}

void GpBelief::learn_limits() {
  const Evidence& evidence = x_question.evidence;
  for (size_t c = 0; c < evidence.constraints.columns(); ++c) {
    std::vector<size_t> rows;
    std::vector<double> sizes, targets;
    for (size_t i = 0; i < evidence.rows(); ++i)
      if (std::abs(evidence.constraints.at(i, c)) <= surrogate::kTargetMax) rows.push_back(i);
    if (rows.empty()) continue;
    if (rows.size() > kRowsMax) rows.erase(rows.begin(), rows.end() - kRowsMax);
    for (const size_t i : rows) sizes.push_back(std::abs(evidence.constraints.at(i, c)));
    std::ranges::nth_element(sizes, sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2));
    const double unit = std::max(sizes[sizes.size() / 2], 1e-300);
    for (const size_t i : rows) targets.push_back(bilog(evidence.constraints.at(i, c), unit));
    auto process = x_memory.process("limit" + std::to_string(c), x_columns,
                                    {encode_rows(rows), targets}, surrogate::short_lengths());
    if (process) x_chances.push_back({std::move(*process), 0});
  }
}

void GpBelief::learn_failures(const Rows& rows) {
  if (rows.failed.size() < kFailuresMin) return;
  std::vector<size_t> all = rows.known;
  all.insert(all.end(), rows.failed.begin(), rows.failed.end());
  std::vector<double> has_failed(all.size());
  std::fill(has_failed.begin() + static_cast<std::ptrdiff_t>(rows.known.size()), has_failed.end(),
            1.0);
  auto process = x_memory.process("failure", x_columns, {encode_rows(all), has_failed},
                                  surrogate::short_lengths());
  if (process) x_chances.push_back({std::move(*process), 0.5});
}

// Cheap points first as long as there is much left to spend (Lee et al. 2020): a search that
// always asked for most gain per cost would never leave the cheap ones.
void GpBelief::learn_cost() {
  const Evidence& evidence = x_question.evidence;
  if (!x_question.is_cost_aware || !(x_question.budget_left > 0)) return;
  std::vector<size_t> rows;
  std::vector<double> logs;
  for (size_t i = 0; i < evidence.rows(); ++i) {
    if (evidence.outcome[i] != Outcome::kComplete || !(evidence.cost[i] > 0) ||
        !std::isfinite(evidence.cost[i]))
      continue;
    rows.push_back(i);
    logs.push_back(std::log(evidence.cost[i]));
  }
  if (rows.size() < kCostsMin) return;
  if (rows.size() > kRowsMax) {
    rows.erase(rows.begin(), rows.end() - kRowsMax);
    logs.erase(logs.begin(), logs.end() - kRowsMax);
  }
  auto process =
      x_memory.process("cost", x_columns, {encode_rows(rows), logs}, surrogate::short_lengths());
  if (!process) return;
  x_cost = std::move(*process);
  x_cost_power = x_question.budget_left;
}

// ---- Worth -------------------------------------------------------------------------------------

std::vector<const GaussianProcess*> GpBelief::processes() const {
  std::vector<const GaussianProcess*> all;
  for (const Goal& goal : x_goals) all.push_back(&goal.process);
  for (const Chance& chance : x_chances) all.push_back(&chance.process);
  if (x_cost) all.push_back(&*x_cost);
  return all;
}

double GpBelief::goal_worth(std::span<const Posterior> said, std::span<double> by_mean,
                            std::span<double> by_sd) const {
  const size_t goals = x_goals.size();
  if (x_undominated) {
    std::vector<double> mean, sd;
    for (size_t m = 0; m < goals; ++m) {
      mean.push_back(said[m].mean);
      sd.push_back(sd_of(said[m]));
    }
    return x_undominated->log_growth(mean, sd, by_mean.first(goals), by_sd.first(goals));
  }
  double sum = 0;
  const double share = 1 / static_cast<double>(goals);
  for (size_t m = 0; m < goals; ++m) {
    const LogWorth gain = log_improvement(said[m].mean, sd_of(said[m]), x_goals[m].incumbent);
    sum += share * gain.value;
    by_mean[m] = share * gain.by_mean;
    by_sd[m] = share * gain.by_sd;
  }
  return sum;
}

double GpBelief::worth(std::span<const Posterior> said, std::span<double> by_mean,
                       std::span<double> by_sd) const {
  std::ranges::fill(by_mean, 0);
  std::ranges::fill(by_sd, 0);
  // As long as nothing keeps to the constraints, that is all there is to gain.
  double sum = x_has_feasible ? goal_worth(said, by_mean, by_sd) : 0;
  size_t p = x_goals.size();
  for (const Chance& chance : x_chances) {
    const LogWorth log = log_chance_below(said[p].mean, sd_of(said[p]), chance.bound);
    sum += log.value;
    by_mean[p] = log.by_mean;
    by_sd[p++] = log.by_sd;
  }
  if (x_cost) {
    sum -= x_cost_power * said[p].mean;
    by_mean[p] = -x_cost_power;
  }
  return sum;
}

std::vector<double> GpBelief::at(const Matrix& points) const {
  return worths_at(points, GaussianProcess::kRowsMax);
}

// The first results are those that are spread most evenly.
std::vector<double> GpBelief::roughly_at(const Matrix& points) const {
  return worths_at(points, std::max(kRoughRowsMin, x_rows / 4));
}

std::vector<double> GpBelief::worths_at(const Matrix& points, size_t depth) const {
  const Matrix encoded = encode(points);
  std::vector<std::vector<Posterior>> said;
  for (const GaussianProcess* process : processes())
    said.push_back(process->predict(encoded, depth));
  std::vector<double> worths, by_mean(said.size()), by_sd(said.size());
  std::vector<Posterior> here(said.size());
  for (size_t i = 0; i < points.rows(); ++i) {
    for (size_t p = 0; p < said.size(); ++p) here[p] = said[p][i];
    double sum = worth(here, by_mean, by_sd);
    if (x_hunch_weight > 0) sum += x_hunch_weight * x_question.space.log_hunch(points.row(i));
    worths.push_back(std::isnan(sum) ? -kInfinity : sum);
  }
  return worths;
}

double GpBelief::slope(std::span<const double> point, std::span<double> gradient) const {
  Matrix one;
  one.append(point);
  const Matrix encoded = encode(one);
  std::vector<surrogate::PosteriorSlope> slopes;
  std::vector<Posterior> said;
  for (const GaussianProcess* process : processes()) {
    slopes.push_back(process->slope(encoded.row(0)));
    said.push_back(slopes.back().at);
  }
  std::vector<double> by_mean(said.size()), by_sd(said.size());
  double sum = worth(said, by_mean, by_sd);
  std::ranges::fill(gradient, 0);
  for (size_t p = 0; p < said.size(); ++p) {
    const double by_variance = by_sd[p] / (2 * std::max(sd_of(said[p]), 1e-12));
    for (size_t k = 0; k < gradient.size(); ++k)
      gradient[k] +=
          by_mean[p] * slopes[p].mean_gradient[k] + by_variance * slopes[p].variance_gradient[k];
  }
  if (x_hunch_weight > 0) {
    const Space& space = x_question.space;
    sum += x_hunch_weight * space.log_hunch(point);
    Point moved(point.begin(), point.end());
    for (size_t k = 0; k < moved.size(); ++k) {
      if (space.coordinates()[k].kind == Coordinate::Kind::kCategory) continue;
      constexpr double kStep = 1e-4;
      moved[k] = point[k] + kStep;
      const double above = space.log_hunch(moved);
      moved[k] = point[k] - kStep;
      const double change = (above - space.log_hunch(moved)) / (2 * kStep);
      if (std::isfinite(change)) gradient[k] += x_hunch_weight * change;
      moved[k] = point[k];
    }
  }
  return std::isnan(sum) ? -kInfinity : sum;
}

GpBelief::Expectation GpBelief::expect(std::span<const double> point) const {
  if (x_is_scalarised) return {kNaN, kNaN, kNaN};
  Matrix one;
  one.append(point);
  const Goal& goal = x_goals[0];
  const Posterior posterior = goal.process.predict(encode(one).row(0));
  const double best = goal.target.to_metric(goal.incumbent);
  std::vector<double> outcomes;
  double gain = 0;
  for (const double z : normal_quantiles()) {
    // A scale that flattens bad results would make beliefs beyond the worst of them explode.
    const double modelled = std::min(posterior.mean + sd_of(posterior) * z, goal.worst);
    outcomes.push_back(goal.target.to_metric(modelled));
    gain += std::max(best - outcomes.back(), 0.0) / kQuantiles;
  }
  const Moments moments = moments_of(outcomes);
  return {moments.mean, moments.sd, x_undominated ? kNaN : gain};
}

}  // namespace cairn::sweep
