// See sensitivity.h.
#include "report/sensitivity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/chi_squared.hpp>

#include "base/check.h"
#include "report/around_best.h"
#include "report/decomposition.h"
#include "report/ped_anova.h"
#include "report/results.h"
#include "report/search_table.h"

namespace cairn::report {

namespace {

using surrogate::Anova;

constexpr double kGapTold = 0.25;      // of a range without a run
constexpr double kNoiseOfBest = 0.01;  // one unit, where no configuration was run twice
// A promise of how many runs would do is made where there is something to go by.
constexpr double kPromiseQualityMin = 0.05, kRunsMoreMax = 10;

std::string say_runs(size_t count) { return count == 1 ? "1 run" : fmt::format("{} runs", count); }

// What keeps a table from being learned from at all; empty: nothing.
std::string say_missing(const SearchRuns& runs, const SearchTable& table,
                        const SensitivityOptions& options, Quality& quality) {
  const size_t all = runs.configs.size(), with_result = all - table.without_result;
  if (all == 0) return "expected runs to compare, found none";
  if (with_result == 0) return fmt::format("no run has a value of '{}'", options.metric);
  if (table.diverged == with_result)
    return fmt::format("no finite result: all {} with a value of '{}' diverged",
                       say_runs(with_result), options.metric);
  if (table.columns().empty())
    return fmt::format("no parameter varies among {}", say_runs(with_result));
  const size_t wanted = std::max(kRunsMin, kRunsPerParameter * table.columns().size());
  if (2 * table.without_result >= all) {
    quality.needed = std::max(wanted, with_result);
    return fmt::format(
        "'{}' is missing in {} of {}: what the others would have brought is not known, and shares "
        "of those that have it would speak for a choice of runs; about {} with a value are needed",
        options.metric, table.without_result, say_runs(all),
        std::max(*quality.needed, table.without_result + 1));
  }
  if (with_result < wanted) {
    quality.needed = wanted;
    return fmt::format(
        "expected at least {} with a result for {} parameter{}, found {}: {} more "
        "would do",
        say_runs(wanted), table.columns().size(), table.columns().size() == 1 ? "" : "s",
        with_result, wanted - with_result);
  }
  const auto [low, high] = std::ranges::minmax(table.y);
  if (low < high) return {};
  if (options.top_share < 1)
    return fmt::format("all results of the best {:.0f} % are the same ({:g})",
                       100 * options.top_share, high);
  return fmt::format("all {} results are the same ({:g}): nothing differs that could be explained",
                     with_result, high);
}

// Why the forests foresee too little, and what would help.
std::string say_unforeseen(const SearchTable& table, const Sensitivity& found, double noise_sd,
                           uint64_t seed, Quality& quality) {
  std::string reason = fmt::format(
      "not enough evidence: a model of these {} foresees {:.0f} % of what others differ by, and "
      "{:.0f} % are expected",
      say_runs(table.rows()), 100 * std::max(quality.r2_oob, 0.0), 100 * kQualityMin);
  std::vector<double> y = table.y;
  const double n = static_cast<double>(y.size());
  double mean = 0, variance = 0;
  for (const double value : y) mean += value / n;
  for (const double value : y) variance += (value - mean) * (value - mean) / n;
  if (found.is_noise_measured && noise_sd * noise_sd > (1 - kQualityMin) * variance)
    return reason +
           "; runs of one configuration differ nearly as much as all runs do: more runs "
           "of each configuration, or longer ones, would tell more than other values";
  // Unforeseen shares shrink as a power of the number of runs.
  const double now = 1 - quality.r2_oob;
  const double rate = std::log2(unforeseen_by_half(table, seed) / now);
  const double more = std::pow(now / (1 - kQualityMin), 1 / rate);
  if (!(quality.r2_oob > kPromiseQualityMin) || !(rate > 0) || !(more <= kRunsMoreMax))
    return reason +
           "; twice as many runs hardly changed that: what results differ by may be in "
           "no parameter that was recorded";
  quality.needed = static_cast<size_t>(std::ceil(more * n));
  return reason + fmt::format("; about {} more would do", say_runs(*quality.needed - table.rows()));
}

void tell_noise(const SearchTable& table, const SensitivityOptions& options, Sensitivity& found) {
  const auto noise = surrogate::Noise::learn(replicates_of(table));
  const size_t best = best_row(table, options.is_maximized);
  const auto sigma = noise.at(table.y[best]);
  found.is_noise_measured = sigma && sigma->sd > 0;
  if (found.is_noise_measured) {
    found.noise = sigma->sd;
    return;
  }
  const auto [low, high] = std::ranges::minmax(table.y);
  const bool is_relative = options.scale == ResultScale::kAsIs && table.y[best] != 0;
  found.noise = kNoiseOfBest * (is_relative ? std::abs(table.y[best]) : high - low);
}

void tell_seed_share(const SearchTable& table, double variance, Sensitivity& found) {
  const auto sigma = surrogate::Noise::learn(replicates_of(table)).overall();
  if (!sigma || variance <= 0) return;
  found.seed_share = sigma->sd * sigma->sd / variance;
  const boost::math::chi_squared squares(sigma->degrees);
  const auto end = [&](double tail) {
    return found.seed_share * sigma->degrees / boost::math::quantile(squares, tail);
  };
  found.seed_range = {end(0.95), end(0.05)};
}

void add_notes(const SearchRuns& runs, const SearchTable& table, const SensitivityOptions& options,
               Sensitivity& found) {
  if (table.without_result > 0)
    found.notes.push_back(fmt::format("{} of {} have no '{}' and are left out",
                                      table.without_result, say_runs(runs.configs.size()),
                                      options.metric));
  if (table.diverged > 0)
    found.notes.push_back(fmt::format("{} diverged and {} as the worst finite result",
                                      say_runs(table.diverged),
                                      table.diverged == 1 ? "counts" : "count"));
  if (runs.is_adaptive)
    found.notes.push_back(
        "runs were chosen by earlier results and crowd around the best: shares of the whole space "
        "rest on the few elsewhere; an evenly spread design would tell them without bias");
  for (const ParameterSensitivity& parameter : found.parameters)
    if (found.is_known() && parameter.tried.gap >= kGapTold)
      found.notes.push_back(
          fmt::format("'{}' has no run in a stretch of {:.0f} % of its range: what is said of it "
                      "there is a guess",
                      parameter.column.name, 100 * parameter.tried.gap));
  for (std::string& note : confounded(table)) found.notes.push_back(std::move(note));
}

// What is said of a parameter without a model.
ParameterSensitivity describe(const SearchTable& table, size_t column, size_t best) {
  ParameterSensitivity parameter{.column = table.columns()[column],
                                 .distinct = distinct_values(table, column),
                                 .tried = how_tried(table, column),
                                 .best = table.features.decode(column, table.x.at(best, column))};
  return parameter;
}

std::vector<double> column_of(const surrogate::Matrix& x, size_t column) {
  std::vector<double> values(x.rows());
  for (size_t i = 0; i < x.rows(); ++i) values[i] = x.at(i, column);
  return values;
}

void tell_shares(const SearchTable& table, const Anova& anova, const Resampled& resampled,
                 Sensitivity& found) {
  const bool has_pairs = anova.pairs.rows() > 0;
  for (size_t c = 0; c < table.columns().size(); ++c) {
    ParameterSensitivity& parameter = found.parameters[c];
    parameter.first_order =
        share_of(anova, resampled, [c](const Anova& from) { return from.first_order[c]; });
    if (has_pairs)
      parameter.total =
          share_of(anova, resampled, [c](const Anova& from) { return from.total[c]; });
    const surrogate::Lattice& lattice = anova.lattices[c];
    for (size_t i = 0; i < lattice.places.size(); ++i)
      parameter.effect.emplace_back(table.features.decode(c, lattice.places[i]),
                                    anova.effects[c][i]);
    const size_t present = lattice.places.size() - std::isnan(lattice.places.back());
    if (!parameter.column.is_categorical() && parameter.first_order.stands_out())
      parameter.direction = shape_of(std::span(anova.effects[c]).first(present),
                                     std::span(lattice.shares).first(present));
  }
  if (!has_pairs) {
    found.notes.push_back(fmt::format("interactions of {} parameters are too many to be told apart",
                                      table.columns().size()));
    return;
  }
  found.higher_order = anova.higher;
  for (size_t a = 0; a < table.columns().size(); ++a)
    for (size_t b = a + 1; b < table.columns().size(); ++b)
      found.pairs.push_back({.a = a, .b = b, .share = {.share = anova.pairs.at(a, b)}});
  std::ranges::stable_sort(found.pairs, std::greater(),
                           [](const PairSensitivity& pair) { return pair.share.share; });
  if (found.pairs.size() > kPairsMax) found.pairs.resize(kPairsMax);
  for (PairSensitivity& pair : found.pairs)
    pair.share = share_of(anova, resampled,
                          [&pair](const Anova& from) { return from.pairs.at(pair.a, pair.b); });
}

void draw_contours(const SearchTable& table, std::span<const surrogate::Forest> stages,
                   Sensitivity& found) {
  const surrogate::AnovaOptions coarse{.places = kContourPlaces};
  const auto lattices = surrogate::lattices_of(stages, kContourPlaces);
  const auto values = [&](size_t column) {
    model::List list;
    for (const double place : lattices[column].places)
      list.push_back(table.features.decode(column, place));
    return list;
  };
  for (size_t i = 0; i < std::min(kContours, found.pairs.size()); ++i) {
    PairSensitivity& pair = found.pairs[i];
    const surrogate::Matrix joint = surrogate::joint_effect(stages, pair.a, pair.b, coarse);
    pair.a_values = values(pair.a);
    pair.b_values = values(pair.b);
    for (size_t row = 0; row < joint.rows(); ++row)
      pair.effect.emplace_back(joint.row(row).begin(), joint.row(row).end());
  }
}

void look_around_best(const SearchRuns& runs, const SearchTable& table,
                      const Decomposition& decomposition, bool is_maximized, Sensitivity& found) {
  const std::span<const double> best = table.x.row(best_row(table, is_maximized));
  std::vector<Slice> slices;
  for (size_t c = 0; c < table.columns().size(); ++c)
    slices.push_back(slice_through(decomposition.stages, decomposition.anova.lattices[c], best, c));
  const std::vector<double> local = local_shares(slices);
  for (size_t c = 0; c < slices.size(); ++c) {
    ParameterSensitivity& parameter = found.parameters[c];
    parameter.local = local[c];
    parameter.within_noise = within_noise(table.features, c, slices[c], found.noise, is_maximized);
    parameter.is_within_noise_range = !parameter.column.is_categorical();
  }
  if (runs.start)
    found.ablation = ablation_path(decomposition.stages, table.features,
                                   table.features.encode(*runs.start), best, is_maximized);
}

// The most important first; pairs follow their parameters.
void order_parameters(Sensitivity& found) {
  std::vector<size_t> order(found.parameters.size()), place(order.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto weight = [&](size_t i) {
    const ParameterSensitivity& parameter = found.parameters[i];
    return std::isnan(parameter.total.share) ? parameter.first_order.share : parameter.total.share;
  };
  std::ranges::stable_sort(order, std::greater(), weight);
  std::vector<ParameterSensitivity> ordered;
  for (size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    ordered.push_back(std::move(found.parameters[order[i]]));
  }
  found.parameters = std::move(ordered);
  for (PairSensitivity& pair : found.pairs) {
    pair.a = place[pair.a];
    pair.b = place[pair.b];
  }
}

void tell_without_model(const SearchTable& table, bool is_maximized, Sensitivity& found) {
  const std::vector<double> divergence =
      ped_anova(table.columns(), table.x, table.results, is_maximized);
  for (size_t c = 0; c < table.columns().size(); ++c) {
    found.parameters[c].ped_anova = divergence[c];
    if (!table.columns()[c].is_categorical())
      found.parameters[c].spearman = spearman(column_of(table.x, c), table.results);
  }
}

}  // namespace

Sensitivity analyse_sensitivity(const SearchRuns& runs, const SensitivityOptions& options) {
  CHECK(runs.configs.size() == runs.results.size());
  CHECK(options.top_share > 0 && options.top_share <= 1);
  Sensitivity found{.metric = options.metric,
                    .is_maximized = options.is_maximized,
                    .top_share = options.top_share,
                    .scale = options.scale};
  const SearchTable table = make_table(runs, options);
  found.quality.runs = table.rows();
  found.quality.configurations = table.configurations;
  found.reason = say_missing(runs, table, options, found.quality);
  if (table.rows() == 0) return found;
  const size_t best = best_row(table, options.is_maximized);
  for (size_t c = 0; c < table.columns().size(); ++c)
    found.parameters.push_back(describe(table, c, best));
  add_notes(runs, table, options, found);
  if (!found.is_known()) return found;

  tell_noise(table, options, found);
  const auto decomposition = decompose(table, options.seed);
  if (!decomposition) {
    found.reason = decomposition.error().message();
    return found;
  }
  const Foresight foresight = foresight_of(table, *decomposition);
  found.quality.r2_oob = foresight.r2;
  found.quality.spearman_oob = foresight.spearman;
  if (!(foresight.r2 >= kQualityMin)) {
    found.reason = say_unforeseen(table, found, found.noise, options.seed, found.quality);
    return found;
  }
  const auto resampled = resample(table, *decomposition, options);
  if (!resampled) {
    found.reason = resampled.error().message();
    return found;
  }
  tell_shares(table, decomposition->anova, *resampled, found);
  draw_contours(table, decomposition->stages, found);
  look_around_best(runs, table, *decomposition, options.is_maximized, found);
  tell_without_model(table, options.is_maximized, found);
  tell_seed_share(table, decomposition->anova.variance, found);
  order_parameters(found);
  return found;
}

}  // namespace cairn::report
