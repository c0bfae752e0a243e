// How far the numbers of a sensitivity are to be trusted, counted on functions with known shares:
// the worst error at 2,000 runs, how many intervals hold the truth, how many idle parameters stay
// in the band that chance makes. Minutes; the fast part of it is a test of room report.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "measure.h"
#include "report/sensitivity.h"
#include "surrogate/testing/functions.h"
#include "sweep/sobol.h"

namespace {

using namespace cairn;
using bench::figure;
using surrogate::testing::Function;

struct Setting {
  Function function;
  size_t runs = 200, idle = 4;
  double noise_sd = 1;
  bool is_sobol = false;  // spread evenly, else independent
};

surrogate::Matrix points_of(const Setting& setting, uint64_t seed) {
  const size_t columns = setting.function.columns + setting.idle;
  if (!setting.is_sobol) return surrogate::testing::uniform_points(setting.runs, columns, seed);
  const sweep::Sobol sobol(columns, seed);
  surrogate::Matrix x(setting.runs, columns);
  for (size_t i = 0; i < setting.runs; ++i) sobol.point(i, x.row(i));
  return x;
}

report::Sensitivity analyse(const Setting& setting, uint64_t seed,
                            const report::SensitivityOptions& options) {
  const size_t columns = setting.function.columns + setting.idle;
  const auto declared = surrogate::testing::numeric_columns(columns);
  const auto x = points_of(setting, seed);
  const auto y = surrogate::testing::values_at(setting.function, x, setting.noise_sd, seed);
  std::vector<surrogate::Row> configs;
  std::vector<std::optional<double>> results(y.begin(), y.end());
  for (size_t i = 0; i < setting.runs; ++i) {
    surrogate::Row& config = configs.emplace_back();
    for (size_t c = 0; c < columns; ++c) config.emplace_back(declared[c].name, x.at(i, c));
  }
  return report::analyse_sensitivity({.configs = configs, .results = results, .declared = declared},
                                     options);
}

const report::ParameterSensitivity& get(const report::Sensitivity& found, size_t column) {
  const std::string name = "x" + std::to_string(column);
  return *std::ranges::find_if(
      found.parameters, [&](const auto& parameter) { return parameter.column.name == name; });
}

void measure_errors(const Function& function, bool is_sobol) {
  constexpr uint64_t kDesigns = 4;
  const Setting setting{function, 2000, 0, 0, is_sobol};
  double first_order = 0, total = 0;
  for (uint64_t seed = 1; seed <= kDesigns; ++seed) {
    const auto found = analyse(setting, seed, {.refits = 0, .shuffles = 0});
    if (!found.is_known()) bench::give_up(found.reason);
    for (size_t c = 0; c < function.columns; ++c) {
      const report::ParameterSensitivity& parameter = get(found, c);
      first_order =
          std::max(first_order, std::abs(parameter.first_order.share - function.first_order[c]));
      total = std::max(total, std::abs(parameter.total.share - function.total[c]));
    }
  }
  const std::string name =
      fmt::format("report.error.{}.{}", function.name, is_sobol ? "sobol" : "random");
  figure(name + ".first_order", first_order, "share");
  figure(name + ".total", total, "share");
}

struct Counted {
  size_t holds = 0, of = 0;

  void add(bool held) {
    holds += held;
    ++of;
  }
  double percent() const {
    return of == 0 ? 0 : 100 * static_cast<double>(holds) / static_cast<double>(of);
  }
};

bool holds(const report::Share& share, double truth) {
  return share.range.low <= truth && truth <= share.range.high;
}

void measure_coverage(const Setting& setting, uint64_t repeats) {
  Counted known, first_order, total, idle, idle_total;
  double width = 0;
  for (uint64_t seed = 1; seed <= repeats; ++seed) {
    const auto found = analyse(setting, seed, {.seed = seed});
    known.add(found.is_known());
    if (!found.is_known()) continue;
    for (size_t c = 0; c < setting.function.columns; ++c) {
      const report::ParameterSensitivity& parameter = get(found, c);
      first_order.add(holds(parameter.first_order, setting.function.first_order[c]));
      total.add(holds(parameter.total, setting.function.total[c]));
      width += parameter.first_order.range.high - parameter.first_order.range.low;
    }
    for (size_t c = setting.function.columns; c < setting.function.columns + setting.idle; ++c) {
      idle.add(!get(found, c).first_order.stands_out());
      idle_total.add(!get(found, c).total.stands_out());
    }
  }
  const std::string name =
      fmt::format("report.coverage.{}.{}", setting.function.name, setting.runs);
  figure(name + ".known", known.percent(), "percent");
  figure(name + ".first_order", first_order.percent(), "percent");
  figure(name + ".first_order_width",
         width / static_cast<double>(std::max<size_t>(first_order.of, 1)), "share");
  figure(name + ".total", total.percent(), "percent");
  if (setting.idle == 0) return;
  figure(name + ".idle_in_band", idle.percent(), "percent");
  figure(name + ".idle_in_band_total", idle_total.percent(), "percent");
}

}  // namespace

int main() {
  using namespace surrogate::testing;
  for (const bool is_sobol : {true, false})
    for (const Function& function : {ishigami(), sobol_g(), friedman()})
      measure_errors(function, is_sobol);
  measure_coverage({.function = friedman()}, 200);
  measure_coverage({.function = friedman(), .runs = 500}, 50);
  measure_coverage({.function = sobol_g(), .runs = 200, .idle = 0, .noise_sd = 0.1}, 50);
}
