// What results owe to each parameter: the analysis alone, with its intervals, and the tuning curve.
//
// Figures are of processor time: the room uses one thread, and other programs disturb that less.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "measure.h"
#include "report/expected.h"
#include "report/sensitivity.h"
#include "surrogate/anova.h"
#include "surrogate/forest.h"
#include "surrogate/testing/functions.h"

namespace {

using namespace cairn;
using bench::figure;
using bench::get;

constexpr int kRepeats = 5;  // the best counts: noise only ever adds time

template <typename Work>
double best_ms(Work&& work) {
  double best = 1e300;
  for (int i = 0; i < kRepeats; ++i) {
    const bench::Stopwatch watch;
    work();
    best = std::min(best, watch.cpu_s() * 1000);
  }
  return best;
}

// Friedman's function with noise; columns beyond the fifth are idle.
struct Runs {
  Runs(size_t rows, size_t columns)
      : x(surrogate::testing::uniform_points(rows, columns, 1)),
        y(surrogate::testing::values_at(surrogate::testing::friedman(), x, 1)),
        declared(surrogate::testing::numeric_columns(columns)) {
    for (size_t i = 0; i < rows; ++i) {
      surrogate::Row config;
      for (size_t c = 0; c < columns; ++c) config.emplace_back(declared[c].name, x.at(i, c));
      configs.push_back(std::move(config));
      results.emplace_back(y[i]);
    }
  }
  surrogate::Matrix x;
  std::vector<double> y;
  std::vector<surrogate::Column> declared;
  std::vector<surrogate::Row> configs;
  std::vector<std::optional<double>> results;
};

// 64 trees and all pairs, as other evaluators do: one forest, no stages, no intervals.
void measure_anova(size_t rows, size_t columns) {
  const Runs runs(rows, columns);
  const std::string name = fmt::format("report.anova.{}x{}", rows, columns);
  const auto fit = [&] {
    return get(
        surrogate::Forest::fit(runs.declared, {runs.x, runs.y}, surrogate::random_forest(1)));
  };
  const surrogate::Forest forest = fit();
  figure(name + ".fit", best_ms(fit), "ms");
  figure(name + ".analyse", best_ms([&] { surrogate::analyse({&forest, 1}); }), "ms");
  figure(name, best_ms([&] {
           const surrogate::Forest fitted = fit();
           surrogate::analyse({&fitted, 1});
         }),
         "ms");
}

void measure_sensitivity(size_t rows, size_t columns) {
  const Runs runs(rows, columns);
  const std::string name = fmt::format("report.sensitivity.{}x{}", rows, columns);
  const auto analyse = [&](size_t refits, size_t shuffles) {
    return best_ms([&] {
      const auto found = report::analyse_sensitivity(
          {.configs = runs.configs, .results = runs.results, .declared = runs.declared},
          {.metric = "loss", .refits = refits, .shuffles = shuffles});
      if (!found.is_known()) bench::give_up(found.reason);
    });
  };
  const report::SensitivityOptions usual;
  figure(name + ".shares", analyse(0, 0), "ms");
  figure(name + ".with_intervals", analyse(usual.refits, 0), "ms");
  figure(name + ".whole", analyse(usual.refits, usual.shuffles), "ms");
}

void measure_expected(size_t runs) {
  const Runs made(runs, 5);
  figure(fmt::format("report.expected.{}", runs),
         best_ms([&] { report::expect_best({.results = made.y}); }), "ms");
}

}  // namespace

int main() {
  measure_anova(1000, 10);
  measure_sensitivity(200, 10);
  measure_sensitivity(1000, 10);
  measure_sensitivity(10'000, 20);
  for (const size_t runs : {50U, 500U, 2000U}) measure_expected(runs);
}
