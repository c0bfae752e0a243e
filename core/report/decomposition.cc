// See decomposition.h.
#include "report/decomposition.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "report/results.h"
#include "surrogate/random.h"

namespace cairn::report {

namespace {

using surrogate::Anova;
using surrogate::AnovaOptions;
using surrogate::Forest;
using surrogate::ForestOptions;
using surrogate::Matrix;

constexpr size_t kTrees = 64, kRefitTrees = 24;
// A tree's share of a long history: shares are found no worse (docs/decisions/0020), and in a
// third of the time for 10,000 runs.
constexpr size_t kBagRows = 1000;
constexpr size_t kRefitRows = 500;      // of a refit and of a shuffle
constexpr size_t kPairColumnsMax = 40;  // pairs of more would be thousands
constexpr double kIntervalTail = 0.05, kBand = 0.95;

ForestOptions forest_options(const SearchTable& table, size_t trees, uint64_t seed) {
  ForestOptions options = surrogate::random_forest(seed);
  options.trees = trees;
  const double rows_each =
      static_cast<double>(table.rows()) / static_cast<double>(table.unit_count);
  options.bag_groups_max = static_cast<size_t>(std::ceil(kBagRows / rows_each));
  return options;
}

AnovaOptions anova_options(const SearchTable& table, bool is_exact) {
  AnovaOptions options{.with_pairs = table.columns().size() <= kPairColumnsMax};
  if (!is_exact) {
    options.places = 24;
    options.points = 1024;
  }
  return options;
}

// Rows of a table, to be learned from by themselves.
struct Draw {
  Matrix x;
  std::vector<double> y;
  std::vector<uint32_t> units;
};

void append(Draw& draw, const SearchTable& table, size_t row, double y) {
  draw.x.append(table.x.row(row));
  draw.y.push_back(y);
  draw.units.push_back(table.units[row]);
}

std::vector<std::vector<uint32_t>> rows_by_unit(const SearchTable& table) {
  std::vector<std::vector<uint32_t>> rows(table.unit_count);
  for (uint32_t i = 0; i < table.rows(); ++i) rows[table.units[i]].push_back(i);
  return rows;
}

// How many have about kRefitRows rows.
size_t units_to_draw(const SearchTable& table) {
  const double share =
      std::min(1.0, static_cast<double>(kRefitRows) / static_cast<double>(table.rows()));
  return static_cast<size_t>(std::ceil(share * static_cast<double>(table.unit_count)));
}

Result<std::vector<Forest>> learn(const SearchTable& table, const Draw& draw, size_t stages,
                                  uint64_t seed) {
  return surrogate::fit_stages(table.columns(), {draw.x, draw.y, {}, draw.units},
                               forest_options(table, kRefitTrees, seed), stages);
}

Result<Anova> refit(const SearchTable& table, const std::vector<std::vector<uint32_t>>& by_unit,
                    size_t stages_max, uint64_t seed, uint64_t number) {
  surrogate::Random random(seed, number);
  Draw draw;
  for (size_t i = units_to_draw(table); i > 0; --i)
    for (const uint32_t row : by_unit[random.below(by_unit.size())])
      append(draw, table, row, table.y[row]);
  TRY(const auto stages, learn(table, draw, stages_max, seed + number));
  return surrogate::analyse(stages, anova_options(table, false));
}

// Shares become those of `whole`, the variance that was found without shuffling.
Result<Anova> shuffle(const SearchTable& table, double whole, uint64_t seed, uint64_t number) {
  surrogate::Random random(seed, number);
  const size_t count = std::min(table.rows(), kRefitRows);
  std::vector<uint32_t> rows(table.rows()), results(table.rows());
  std::iota(rows.begin(), rows.end(), 0U);
  std::iota(results.begin(), results.end(), 0U);
  random.choose(std::span(rows), count);
  random.choose(std::span(results), count);
  Draw draw;
  for (size_t i = 0; i < count; ++i) append(draw, table, rows[i], table.y[results[i]]);
  TRY(const auto stages, learn(table, draw, 1, seed + number));
  Anova anova = surrogate::analyse(stages, anova_options(table, false));
  const double scale = anova.variance / whole;
  for (std::vector<double>* shares : {&anova.first_order, &anova.total})
    for (double& share : *shares) share *= scale;
  for (size_t a = 0; a < anova.pairs.rows(); ++a)
    for (double& share : anova.pairs.row(a)) share *= scale;
  return anova;
}

}  // namespace

Result<Decomposition> decompose(const SearchTable& table, uint64_t seed) {
  Decomposition found;
  TRY(found.stages, surrogate::fit_stages(table.columns(), {table.x, table.y, {}, table.units},
                                          forest_options(table, kTrees, seed)));
  found.anova = surrogate::analyse(found.stages, anova_options(table, true));
  found.foreseen.resize(table.rows());
  for (const Forest& forest : found.stages)
    for (size_t i = 0; i < table.rows(); ++i) found.foreseen[i] += forest.out_of_bag()[i].mean;
  return found;
}

Foresight foresight_of(const SearchTable& table, const Decomposition& decomposition) {
  double mean = 0, known = 0, errors = 0, squares = 0;
  for (size_t i = 0; i < table.rows(); ++i) {
    if (std::isnan(decomposition.foreseen[i])) continue;
    mean += table.y[i];
    ++known;
  }
  mean /= known;
  for (size_t i = 0; i < table.rows(); ++i) {
    if (std::isnan(decomposition.foreseen[i])) continue;
    errors += std::pow(table.y[i] - decomposition.foreseen[i], 2);
    squares += std::pow(table.y[i] - mean, 2);
  }
  return {squares > 0 ? 1 - errors / squares : kUnknown, spearman(table.y, decomposition.foreseen)};
}

double unforeseen_by_half(const SearchTable& table, uint64_t seed) {
  surrogate::Random random(seed, table.rows());
  std::vector<uint32_t> units(table.unit_count);
  std::iota(units.begin(), units.end(), 0U);
  random.choose(std::span(units), units.size());
  double unforeseen = 0;
  for (const bool is_second : {false, true}) {
    std::set<uint32_t> half;
    for (size_t i = is_second; i < units.size(); i += 2) half.insert(units[i]);
    Draw draw;
    for (size_t i = 0; i < table.rows(); ++i)
      if (half.contains(table.units[i])) append(draw, table, i, table.y[i]);
    const auto stages = learn(table, draw, 1, seed);
    if (!stages) return kUnknown;
    unforeseen += (1 - surrogate::out_of_bag_r2(stages->front(), draw.y)) / 2;
  }
  return unforeseen;
}

Result<Resampled> resample(const SearchTable& table, const Decomposition& decomposition,
                           const SensitivityOptions& options) {
  Resampled resampled;
  const auto by_unit = rows_by_unit(table);
  resampled.refit_scale =
      std::sqrt(static_cast<double>(units_to_draw(table)) / static_cast<double>(table.unit_count));
  for (size_t i = 0; i < options.refits; ++i) {
    TRY(Anova anova, refit(table, by_unit, decomposition.stages.size(), options.seed, i + 1));
    resampled.refits.push_back(std::move(anova));
  }
  for (size_t i = 0; i < options.shuffles; ++i) {
    TRY(Anova anova,
        shuffle(table, decomposition.anova.variance, options.seed, options.refits + i + 1));
    resampled.shuffles.push_back(std::move(anova));
  }
  return resampled;
}

Share share_of(const Anova& found, const Resampled& resampled,
               const std::function<double(const Anova&)>& pick) {
  Share share{.share = pick(found)};
  const auto all = [&](const std::vector<Anova>& from) {
    std::vector<double> values;
    for (const Anova& anova : from) values.push_back(pick(anova));
    std::ranges::sort(values);
    return values;
  };
  if (const std::vector<double> shuffled = all(resampled.shuffles); !shuffled.empty())
    share.null_high = quantile(shuffled, kBand);
  if (const std::vector<double> refitted = all(resampled.refits); !refitted.empty()) {
    const double mean =
        std::reduce(refitted.begin(), refitted.end()) / static_cast<double>(refitted.size());
    const auto end = [&](double tail) {
      return share.share + resampled.refit_scale * (quantile(refitted, tail) - mean);
    };
    share.range = {std::max(end(kIntervalTail), 0.0), std::max(end(1 - kIntervalTail), 0.0)};
    // What cannot be told from none may be none, and as large as none looks.
    if (!share.stands_out()) share.range = {0, std::max(share.range.high, share.null_high)};
  }
  return share;
}

}  // namespace cairn::report
