// Reads summaries, series and the last lines of consoles.
#include "cli/trial_result.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/nearest.h"
#include "cli/terminal.h"

namespace cairn::cli {

using model::Object;
using model::Value;

namespace {

constexpr size_t kRowsMax = 64;  // of one reading; each becomes a request
constexpr size_t kNamesShown = 8;
constexpr size_t kLineShown = 300;
constexpr std::array<const char*, 3> kFootprint = {"kwh", "gco2e", "money"};

std::vector<MetricFeed::Row> thin_out(std::vector<MetricFeed::Row> rows) {
  if (rows.size() <= kRowsMax) return rows;
  std::vector<MetricFeed::Row> kept;
  for (size_t i = 0; i < kRowsMax; ++i)
    kept.push_back(std::move(rows[(i + 1) * rows.size() / kRowsMax - 1]));
  return kept;
}

}  // namespace

MetricFeed::MetricFeed(std::string project, std::string run, std::vector<std::string> metrics)
    : x_run{std::move(project), std::move(run), {}, {}}, x_metrics(std::move(metrics)) {}

Result<std::vector<MetricFeed::Row>> MetricFeed::read(DoorClient& client) {
  DoorClient::SeriesRequest request{x_metrics, 0, false, {}};
  if (x_last_step) request.first_step = *x_last_step + 1;
  TRY(const server::Columns columns, client.series(x_run, request));
  std::map<int64_t, Value> by_step;
  for (const server::SeriesColumns& series : columns.series) {
    const auto* points = std::get_if<model::Points>(&series.data);
    for (size_t i = 0; points && i < points->size(); ++i)
      by_step[points->step[i]].set(series.key, points->value[i]);
  }
  std::vector<Row> rows;
  for (auto& [step, values] : by_step)
    if (!x_last_step || step > *x_last_step) rows.push_back({step, std::move(values)});
  if (!rows.empty()) x_last_step = rows.back().step;
  return thin_out(std::move(rows));
}

std::optional<double> find_metric(const Value& summary, const Metric& metric) {
  const Value* found = summary.find(metric.name);
  if (!found) found = model::find_path(summary, metric.name);
  if (!found) return std::nullopt;
  if (found->is_number()) return found->number_or(0);
  for (const char* kind : {"best", metric.is_maximized ? "max" : "min", "last"})
    if (const Value* value = found->find(kind); value && value->is_number())
      return value->number_or(0);
  return std::nullopt;
}

Value read_metrics(const std::vector<Metric>& metrics, const Value& summary) {
  Value values = Object();
  for (const Metric& metric : metrics)
    if (const auto number = find_metric(summary, metric)) values.set(metric.name, *number);
  return values;
}

std::string explain_missing_metric(const std::string& metric, const Value& summary) {
  std::vector<std::string> names;
  for_each_leaf(summary, [&](const std::string& name, const Value& value) {
    const bool is_logged = !name.starts_with('_') && !name.starts_with("footprint.");
    if (value.is_number() && is_logged) names.push_back(make_printable(name));
  });
  if (names.empty()) return fmt::format("metric '{}' was never logged; it logged none", metric);
  const auto near = nearest_name(metric, {names.begin(), names.end()});
  const size_t more = names.size() - std::min(names.size(), kNamesShown);
  names.resize(names.size() - more);
  return fmt::format("metric '{}' was never logged; it logged: {}{}{}", metric,
                     fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : "",
                     near ? fmt::format("; did you mean '{}'?", *near) : "");
}

std::string explain_failure(const Value& run, const model::List& console, int exit_code) {
  std::string line;
  for (const Value& each : console) {
    const std::string text = text_at(each, "text");
    if (text_at(each, "stream") == "stderr" && text.find_first_not_of(" \t\r") != std::string::npos)
      line = make_printable(strip_escapes(text));
  }
  if (line.size() > kLineShown) line.resize(kLineShown);
  const std::string reason = text_at(value_at(run, "meta"), "finish_reason");
  const std::string end = reason.empty() ? fmt::format("exit code {}", exit_code)
                                         : fmt::format("exit code {}, {}", exit_code, reason);
  return line.empty() ? end : fmt::format("{} ({})", line, end);
}

Value cost_of(const Value& summary, double seconds) {
  Value cost = Object{{"seconds", seconds}};
  for (const char* unit : kFootprint) {
    const Value* found = model::find_path(summary, fmt::format("footprint.{}", unit));
    cost.set(unit, found && found->is_number() ? *found : Value());
  }
  return cost;
}

}  // namespace cairn::cli
