// Fitting and asking the models of results: forests, intervals, Gaussian processes, variances.
//
// Figures are of processor time: the models use one thread, and other programs disturb that less.
#include <algorithm>
#include <string>
#include <vector>

#include "measure.h"
#include "surrogate/anova.h"
#include "surrogate/forest.h"
#include "surrogate/gaussian_process.h"
#include "surrogate/result_model.h"
#include "surrogate/testing/functions.h"

namespace {

using namespace cairn;
using namespace cairn::surrogate;
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

void measure_forest(const std::string& name, size_t rows, size_t columns, ForestOptions options) {
  const Matrix x = testing::uniform_points(rows, columns, 1);
  const std::vector<double> y = testing::values_at(testing::friedman(), x, 1);
  const std::vector<Column> named = testing::numeric_columns(columns);
  figure(name + ".fit", best_ms([&] { get(Forest::fit(named, {x, y}, options)); }), "ms");
  const Forest forest = get(Forest::fit(named, {x, y}, options));
  const Matrix asked = testing::uniform_points(10'000, columns, 2);
  figure(name + ".predict_10000", best_ms([&] { forest.predict(asked); }), "ms");
}

void measure_anova(const std::string& name, size_t rows, size_t columns, bool with_pairs) {
  const Matrix x = testing::uniform_points(rows, columns, 1);
  const std::vector<double> y = testing::values_at(testing::friedman(), x, 1);
  const std::vector<Column> named = testing::numeric_columns(columns);
  figure(name + ".fit", best_ms([&] { get(fit_stages(named, {x, y}, random_forest(1))); }), "ms");
  const std::vector<Forest> stages = get(fit_stages(named, {x, y}, random_forest(1)));
  figure(name + ".stages", static_cast<double>(stages.size()), "forests");
  figure(name + ".analyse", best_ms([&] { analyse(stages, {.with_pairs = with_pairs}); }), "ms");
  const std::span<const Forest> one(stages.data(), 1);
  figure(name + ".analyse_one", best_ms([&] { analyse(one, {.with_pairs = with_pairs}); }), "ms");
}

void measure_process(size_t rows) {
  const std::string name = fmt::format("surrogate.gaussian_process.{}x10", rows);
  const Matrix x = testing::uniform_points(rows, 10, 1);
  const std::vector<double> y = testing::values_at(testing::friedman(), x, 0.5);
  const std::vector<Column> columns = testing::numeric_columns(10);
  const GaussianProcessOptions options = short_lengths();
  const auto fit = [&](const GaussianProcessOptions& with) {
    return get(GaussianProcess::fit(columns, {x, y}, with));
  };
  figure(name + ".fit", best_ms([&] { fit(options); }), "ms");
  GaussianProcessOptions on_all_rows = options;
  on_all_rows.fit_rows_max = rows;
  figure(name + ".fit_on_all_rows", best_ms([&] { fit(on_all_rows); }), "ms");
  GaussianProcess process = fit(options);
  GaussianProcessOptions warm = options;
  warm.start = process.hyperparameters();
  figure(name + ".fit_warm", best_ms([&] { fit(warm); }), "ms");
  const Matrix asked = testing::uniform_points(2048, 10, 2);
  figure(name + ".predict_2048", best_ms([&] { process.predict(asked); }), "ms");
  figure(name + ".slope", best_ms([&] { process.slope(asked.row(0)); }), "ms");
  figure(name + ".add", best_ms([&] { get(process.add(asked.row(1), 1)); }), "ms");
}

// As recall asks: configurations in, one prediction out.
void measure_results(size_t runs) {
  const std::string name = fmt::format("surrogate.result_model.{}x20", runs);
  const Matrix x = testing::uniform_points(runs, 20, 1);
  const std::vector<double> y = testing::values_at(testing::friedman(), x, 1);
  std::vector<Row> configs(runs);
  for (size_t i = 0; i < runs; ++i)
    for (size_t c = 0; c < 20; ++c)
      configs[i].emplace_back(fmt::format("optimizer.parameter_{}", c), x.at(i, c));
  const auto learn = [&] { return get(ResultModel::learn({configs, y}, 1)); };
  figure(name + ".learn", best_ms([&] { learn(); }), "ms");
  const ResultModel model = learn();
  figure(name + ".predict", best_ms([&] { (void)model.predict(configs[7], 0.1); }), "ms");
}

}  // namespace

int main() {
  for (const size_t runs : {100U, 500U, 2000U}) measure_results(runs);
  measure_forest("surrogate.random_forest.2000x20", 2000, 20, random_forest(1));
  measure_forest("surrogate.extra_trees.2000x20", 2000, 20, extra_trees(1));
  measure_forest("surrogate.random_forest.10000x20", 10'000, 20, random_forest(1));
  measure_anova("surrogate.anova_with_pairs.1000x10", 1000, 10, true);
  measure_anova("surrogate.anova.10000x20", 10'000, 20, false);
  measure_anova("surrogate.anova_with_pairs.10000x20", 10'000, 20, true);
  for (const size_t rows : {100U, 300U, 500U, 1000U}) measure_process(rows);
}
