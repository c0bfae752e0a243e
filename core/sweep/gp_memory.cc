// See gp_memory.h.
#include "sweep/gp_memory.h"

#include <algorithm>
#include <cmath>

namespace cairn::sweep {

namespace {

using model::Value;
using surrogate::GaussianProcess;
using surrogate::Hyperparameters;

constexpr int64_t kColdEvery = 10;  // fits: then from the start, lest one stays in a bad corner
constexpr size_t kManyRows = 100;   // from here on a fit takes longer than all else
constexpr size_t kColdSteps = 60, kWarmSteps = 30;
constexpr size_t kFitRowsMax = 200;
// Of more columns fewer rows are looked at, and not for as long: time grows with both.
constexpr size_t kManyColumns = 60, kWideFitRowsMax = 100, kWideSteps = 15;

size_t new_rows_until_fit(size_t rows) { return rows < 40 ? 1 : rows / 20; }

std::optional<Hyperparameters> parse_hyperparameters(const Value* value, size_t columns) {
  const Value* logs = value ? value->find("log") : nullptr;
  const model::List* list = logs ? logs->as_list() : nullptr;
  if (!list || list->size() != columns + 2) return std::nullopt;
  std::vector<double> numbers;
  for (const Value& log : *list) numbers.push_back(std::exp(log.number_or(NAN)));
  if (!std::ranges::all_of(numbers, [](double n) { return std::isfinite(n) && n > 0; }))
    return std::nullopt;
  return Hyperparameters{.lengths = {numbers.begin(), numbers.end() - 2},
                         .scale = numbers[columns],
                         .noise = numbers[columns + 1]};
}

// Four digits are enough to go on from, and to be the same after a way through text.
Value print_hyperparameters(const Hyperparameters& found) {
  model::List logs;
  const auto add = [&](double number) {
    logs.emplace_back(std::round(std::log(number) * 1e4) / 1e4);
  };
  for (const double length : found.lengths) add(length);
  add(found.scale);
  add(found.noise);
  return logs;
}

}  // namespace

Result<GaussianProcess> GpMemory::process(std::string_view name,
                                          std::span<const surrogate::Column> columns,
                                          const surrogate::Observations& seen,
                                          surrogate::GaussianProcessOptions options) {
  const Value* last = x_memory.find(name);
  const size_t rows = x_results;
  options.start = parse_hyperparameters(last, columns.size());
  const auto member = [&](std::string_view key) {
    const Value* value = last ? last->find(key) : nullptr;
    return value ? value->int_or(0) : 0;
  };
  const auto fitted_rows = static_cast<size_t>(std::max<int64_t>(member("rows"), 0));
  const bool is_due = rows < fitted_rows || rows >= fitted_rows + new_rows_until_fit(rows);
  const bool may_wait = rows >= kManyRows && x_has_fitted;
  if (options.start && (!is_due || may_wait)) {
    auto process = GaussianProcess::with(columns, seen, options.smoothness, *options.start);
    if (process) return process;
  }
  const int64_t fits = member("fits");
  const bool is_cold = !options.start || (fits % kColdEvery == 0 && rows < 2 * kManyRows);
  if (is_cold) options.start.reset();
  const bool is_wide = columns.size() > kManyColumns;
  options.iterations_max = is_wide                       ? kWideSteps
                           : is_cold && rows < kManyRows ? kColdSteps
                                                         : kWarmSteps;
  options.fit_rows_max = is_wide ? kWideFitRowsMax : kFitRowsMax;
  TRY(GaussianProcess process, GaussianProcess::fit(columns, seen, options));
  x_has_fitted = true;
  Value entry;
  entry.set("log", print_hyperparameters(process.hyperparameters()));
  entry.set("rows", static_cast<int64_t>(rows));
  entry.set("fits", fits + 1);
  x_memory.set(name, std::move(entry));
  return process;
}

}  // namespace cairn::sweep
