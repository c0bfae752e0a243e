// Reading runs for reports.
#include "server/report_runs.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "query/filter.h"
#include "report/goal.h"
#include "server/footprint_request.h"
#include "server/listing.h"
#include "store/run_record.h"
#include "trace/config_form.h"

namespace cairn::server {

using model::RunInfo;
using model::Value;

namespace {

constexpr size_t kMetricsShown = 12;
constexpr std::string_view kInference = "inference";  // of jobs
constexpr const char* kTrainingOnly = "job_type is null or job_type != inference";

// --- the metric

// Names of what runs log, the most frequent first.
Result<std::vector<std::string>> list_metrics(const Call& call, const std::string& project) {
  TRY(const auto* keys, call.rooms.catalog.project_keys(project));
  std::vector<store::Store::KeyCount> logged;
  for (const store::Store::KeyCount& key : *keys)
    if (key.stream == model::Stream::kHistory) logged.push_back(key);
  std::ranges::stable_sort(logged, std::greater(), &store::Store::KeyCount::runs);
  std::vector<std::string> names;
  for (store::Store::KeyCount& key : logged) names.push_back(std::move(key.key));
  return names;
}

std::string say_metrics(std::vector<std::string> names) {
  if (names.empty()) return "no run has logged one";
  const size_t more = names.size() - std::min(names.size(), kMetricsShown);
  names.resize(names.size() - more);
  return fmt::format("there are: {}{}", fmt::join(names, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

Result<std::optional<RunInfo>> find_newest(const Call& call, const std::string& project,
                                           const std::string& filter) {
  query::RunTable::Select newest;
  newest.limit = 1;
  newest.filter = filter;
  TRY(newest.sort, query::parse_sort("-created"));
  TRY(query::RunPage page, call.rooms.catalog.runs(project, newest));
  if (page.runs.empty()) return std::nullopt;
  return std::move(page.runs.front());
}

std::optional<bool> goal_in(const Value& definition) {
  const Value* goal = definition.find("goal");
  const std::string_view text = goal ? goal->string_or("") : "";
  if (text == "maximize") return true;
  if (text == "minimize") return false;
  return std::nullopt;
}

// What a run says of `name`, or of the first metric with a goal where that is empty.
std::optional<ReportMetric> goal_of_run(const RunInfo& run, const std::string& name) {
  if (!name.empty()) {
    const Value* definition = store::find_metric(run.metrics, name);
    const auto goal = definition ? goal_in(*definition) : std::nullopt;
    return goal ? std::optional(ReportMetric{name, *goal, "define_metric"}) : std::nullopt;
  }
  const model::Object* metrics = run.metrics.as_object();
  if (!metrics) return std::nullopt;
  for (const auto& [pattern, definition] : *metrics)
    if (const auto goal = goal_in(definition); goal && pattern.find('*') == std::string::npos)
      return ReportMetric{pattern, *goal, "define_metric"};
  return std::nullopt;
}

// The same of the newest sweep.
Result<std::optional<ReportMetric>> goal_of_sweep(const Call& call, const std::string& project,
                                                  const std::string& name) {
  TRY(const auto run, find_newest(call, project, "meta.sweep.id is not null"));
  const Value* id = run ? model::find_path(run->meta, "sweep.id") : nullptr;
  if (!id) return std::nullopt;
  TRY(const auto sweep, find_sweep(call, project, std::string(id->string_or(""))));
  if (!sweep) return std::nullopt;
  for (const sweep::Objective& objective : sweep->definition().objectives)
    if (name.empty() || objective.metric == name)
      return ReportMetric{objective.metric, objective.is_maximized, "sweep"};
  return std::nullopt;
}

// --- runs

// In the order in which the cells are asked for.
enum Cell : size_t { kMin, kMax, kLast };

// A column of a project's key of a configuration is classified once.
class Settings {
 public:
  surrogate::Row of(const Value& config) {
    surrogate::Row row;
    if (!config.as_object()) return row;
    model::for_each_leaf(config, [&](const std::string& name, const Value& leaf) {
      if (!leaf.is_null() && decides(name)) row.emplace_back(name, leaf);
    });
    return row;
  }

 private:
  bool decides(const std::string& name) {
    const auto [known, is_new] = x_known.try_emplace(name, false);
    if (is_new) {
      const trace::KeyClass key_class = x_classes.class_of(name);
      known->second =
          key_class == trace::KeyClass::kSemantic || key_class == trace::KeyClass::kBudget;
    }
    return known->second;
  }

  trace::KeyClasses x_classes;
  std::unordered_map<std::string, bool> x_known;
};

std::optional<double> number_in(const Value* value) {
  if (!value || !value->is_number()) return std::nullopt;
  return value->number_or(0);
}

// Of a summary that holds several numbers the one that is aimed at.
std::optional<double> summarised(const Value& summary, const ReportMetric& metric) {
  const Value* found = summary.find(metric.name);
  if (!found) found = model::find_path(summary, metric.name);
  if (!found || !found->as_object()) return number_in(found);
  for (const char* kind : {"best", metric.is_maximized ? "max" : "min", "last"})
    if (const auto number = number_in(found->find(kind))) return number;
  return std::nullopt;
}

bool says_how_to_summarise(const RunInfo& run, const std::string& metric) {
  const Value* definition = store::find_metric(run.metrics, metric);
  return definition && definition->find("summary") && !definition->find("summary")->is_null();
}

std::optional<double> result_of(const RunInfo& run, const std::vector<Value>& cells,
                                const ReportMetric& metric) {
  const auto own = summarised(run.summary, metric);
  const auto last = number_in(&cells[kLast]);
  if (!last) return own;
  const bool is_set = own && std::isfinite(*own) && *own != *last;  // by the run itself
  if (own && (is_set || says_how_to_summarise(run, metric.name))) return own;
  if (!std::isfinite(*last)) return last;
  return number_in(&cells[metric.is_maximized ? kMax : kMin]);
}

std::string text_in(const Value& tree, std::string_view path) {
  const Value* found = model::find_path(tree, path);
  return found ? std::string(found->string_or("")) : std::string();
}

ReportRun report_run(RunInfo run, const std::vector<Value>& cells, const ReportMetric& metric,
                     Settings& settings) {
  ReportRun out{.id = run.id,
                .name = run.name,
                .user = text_in(run.meta, "host.user"),
                .group = run.group,
                .job_type = run.job_type,
                .state = std::string(model::print_state(run.state)),
                .sweep = text_in(run.meta, "sweep.id"),
                .created_ns = run.created_ns,
                .ended_ns = run.ended_ns.value_or(0)};
  if (const Value* trial = model::find_path(run.meta, "sweep.trial"); trial && trial->as_int())
    out.trial = *trial->as_int();
  const int64_t span_ns = run.ended_ns.value_or(run.updated_ns) - run.created_ns;
  out.ran_s = static_cast<double>(std::max<int64_t>(span_ns, 0)) / kNsPerSecond;
  out.config = settings.of(run.config);
  out.result = result_of(run, cells, metric);
  out.is_copy = model::find_path(run.meta, "recall.source") != nullptr;
  out.config_value = std::move(run.config);
  out.summary = std::move(run.summary);
  out.meta = std::move(run.meta);
  return out;
}

}  // namespace

Result<ReportMetric> choose_report_metric(const Call& call, const std::string& project) {
  TRY_VOID(check_word("direction", call.text("direction", "minimize"),
                      std::array<std::string_view, 2>{"minimize", "maximize"}));
  const std::string name(call.text("metric"));
  const std::string_view direction = call.text("direction");
  if (!name.empty() && !direction.empty())
    return ReportMetric{name, direction == "maximize", "request"};
  TRY(const auto newest, find_newest(call, project, kTrainingOnly));
  auto metric = newest ? goal_of_run(*newest, name) : std::nullopt;
  if (!metric) {
    TRY(metric, goal_of_sweep(call, project, name));
  }
  if (metric && !direction.empty())
    return ReportMetric{metric->name, direction == "maximize", "request"};
  if (metric) return std::move(*metric);
  TRY(std::vector<std::string> names, list_metrics(call, project));
  if (name.empty())
    return fail(Code::kInvalid,
                "expected a metric: no run of '{}' says which one counts "
                "(define_metric(NAME, goal=...) does); {}",
                project, say_metrics(std::move(names)));
  if (const auto by_name = report::is_maximized_by_name(name))
    return ReportMetric{name, *by_name, "name"};
  return fail(Code::kInvalid,
              "expected a direction: nothing says whether more of '{}' is better; give "
              "maximize or minimize",
              name);
}

Result<std::vector<ReportRun>> read_report_runs(const Call& call, const std::string& project,
                                                const std::string& filter,
                                                const ReportMetric& metric) {
  query::RunTable::Select select;
  select.now_ns = wall_now_ns();
  select.filter = filter;
  select.limit = kPageRunsMax;
  TRY(select.also, read_archived(call));
  TRY(select.sort, query::parse_sort("created,id"));
  const std::vector<std::string> columns = {"min:" + metric.name, "max:" + metric.name,
                                            "last:" + metric.name};
  Settings settings;
  std::vector<ReportRun> runs;
  for (size_t total = 1; select.offset < total; select.offset += select.limit) {
    TRY(const query::Catalog::Cells page, call.rooms.catalog.cells(project, select, columns));
    total = page.total;
    for (size_t i = 0; i < page.ids.size(); ++i) {
      TRY(RunInfo run, call.rooms.catalog.run(project, page.ids[i]));
      if (run.job_type != kInference)
        runs.push_back(report_run(std::move(run), page.rows[i], metric, settings));
    }
  }
  return runs;
}

Result<std::optional<trials::Ledger>> find_sweep(const Call& call, const std::string& project,
                                                 const std::string& id) {
  auto sweep = call.rooms.sweeps.find(id);
  // Of a folder on a network file system: no sweep can be read there, and runs can.
  if (!sweep && sweep.error().code() == Code::kUnavailable) return std::nullopt;
  TRY_VOID(sweep);
  // What a run says of its sweep is only its word: others' sweeps are not shown for it.
  if (*sweep && (*sweep)->project() != project) return std::nullopt;
  return sweep;
}

}  // namespace cairn::server
