// From runs and the sweeps they are of to what analyses take.
#include "server/report_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "query/filter.h"
#include "report/declared.h"
#include "trace/config_form.h"

namespace cairn::server {

using model::Value;
using trials::Ledger;
using trials::Trial;

namespace {

// By id; only those that can still be read.
using Sweeps = std::map<std::string, Ledger>;

Result<Sweeps> find_sweeps(const Call& call, const std::string& project,
                           const std::vector<ReportRun>& runs) {
  Sweeps sweeps;
  std::set<std::string> asked;
  for (const ReportRun& run : runs) {
    if (run.sweep.empty() || !asked.insert(run.sweep).second) continue;
    TRY(auto sweep, find_sweep(call, project, run.sweep));
    if (sweep) sweeps.emplace(run.sweep, std::move(*sweep));
  }
  return sweeps;
}

bool looks_at_no_result(std::string_view sampler) {
  return sampler == "random" || sampler == "sobol" || sampler == "grid";
}

// How a run came to be.
struct Origin {
  const Ledger* sweep = nullptr;
  const Trial* trial = nullptr;

  bool is_adaptive() const {
    if (!sweep) return false;
    return trial ? !looks_at_no_result(trial->sampler)
                 : !looks_at_no_result(sweep::print_method(sweep->definition().method));
  }
  bool was_stopped() const { return trial && trial->state == trials::TrialState::kStopped; }
};

Origin origin_of(const ReportRun& run, const Sweeps& sweeps) {
  const auto sweep = sweeps.find(run.sweep);
  if (sweep == sweeps.end()) return {};
  return {&sweep->second, run.trial ? sweep->second.find(*run.trial) : nullptr};
}

std::string count_runs(size_t count, std::string_view one, std::string_view many) {
  return count == 1 ? fmt::format("1 run {}", one) : fmt::format("{} runs {}", count, many);
}

void leave_out(ReportSearch& search) {
  const size_t running =
      std::erase_if(search.runs, [](const ReportRun& run) { return !run.has_ended(); });
  if (running > 0)
    search.notes.push_back(
        count_runs(running, "has not ended and is left out", "have not ended and are left out"));
  const size_t copies =
      std::erase_if(search.runs, [](const ReportRun& run) { return run.is_copy; });
  if (copies > 0)
    search.notes.push_back(count_runs(copies, "took over an earlier result and is left out",
                                      "took over earlier results and are left out"));
}

// A sweep's own name for the seed of repeated trials is no setting.
surrogate::Row settings_of(ReportRun& run, const Origin& origin) {
  surrogate::Row row = std::move(run.config);
  if (origin.sweep)
    std::erase_if(row, [&](const auto& member) {
      return member.first == origin.sweep->definition().repeat_name;
    });
  return row;
}

void learn_spaces(const Sweeps& sweeps, ReportSearch& search) {
  std::vector<const sweep::Space*> spaces;
  const Ledger* newest = nullptr;
  for (const auto& [id, sweep] : sweeps) {
    spaces.push_back(&sweep.definition().space);
    if (!newest || sweep.created_ns() > newest->created_ns()) newest = &sweep;
  }
  search.declared = report::declared_columns(spaces, search.configs);
  if (newest) search.newest_sweep = newest->definition();
}

// Where a sweep says what the user began with, that; else the oldest run.
void choose_start(ReportSearch& search) {
  if (search.runs.empty()) return;
  surrogate::Row start = search.configs.front();
  search.start_of = "the oldest run, " + search.runs.front().name;
  const auto has_initial = [](const sweep::Parameter& parameter) {
    return parameter.initial.has_value();
  };
  if (search.newest_sweep &&
      std::ranges::any_of(search.newest_sweep->space.parameters(), has_initial)) {
    const sweep::Space& space = search.newest_sweep->space;
    for (auto& [name, value] : space.decode(space.start())) {
      const auto known = std::ranges::find(start, name, &surrogate::Row::value_type::first);
      if (known == start.end())
        start.emplace_back(name, std::move(value));
      else
        known->second = std::move(value);
    }
    search.start_of = "the sweep's initial values";
  }
  search.start = std::move(start);
}

}  // namespace

Result<ReportSearch> read_report_search(const Call& call, const std::string& project) {
  TRY(const ReportMetric metric, choose_report_metric(call, project));
  TRY(auto runs, read_report_runs(call, project, std::string(call.text("filter")), metric));
  if (const std::string_view sweep = call.text("sweep"); !sweep.empty()) {
    std::erase_if(runs, [&](const ReportRun& run) { return run.sweep != sweep; });
    if (runs.empty())
      return fail(Code::kNotFound, "no run of '{}' is of a sweep '{}'", project, sweep);
  }
  return make_report_search(call, project, metric, std::move(runs));
}

Result<ReportSearch> make_report_search(const Call& call, const std::string& project,
                                        const ReportMetric& metric, std::vector<ReportRun> runs) {
  ReportSearch search{.project = project, .metric = metric, .runs = std::move(runs)};
  leave_out(search);
  TRY(const Sweeps sweeps, find_sweeps(call, project, search.runs));
  std::set<std::string> seen;
  size_t stopped = 0;
  for (ReportRun& run : search.runs) {
    const Origin origin = origin_of(run, sweeps);
    search.configs.push_back(settings_of(run, origin));
    search.results.push_back(run.result);
    const bool is_new = seen.insert(trace::canonical_config(Value(search.configs.back()))).second;
    search.is_independent.push_back(is_new && !origin.is_adaptive());
    search.is_adaptive = search.is_adaptive || origin.is_adaptive();
    stopped += origin.was_stopped();
  }
  if (stopped > 0)
    search.notes.push_back(
        count_runs(stopped, "was stopped early: its result is what it had come to",
                   "were stopped early: their results are what they had come to"));
  if (metric.said_by == "name")
    search.notes.push_back(fmt::format(
        "{} of '{}' is taken to be better by its name; define_metric(goal=...) or a direction says "
        "it",
        metric.is_maximized ? "more" : "less", metric.name));
  learn_spaces(sweeps, search);
  choose_start(search);
  return search;
}

report::Sensitivity analyse_sensitivity(const ReportSearch& search,
                                        report::SensitivityOptions options) {
  options.metric = search.metric.name;
  options.is_maximized = search.metric.is_maximized;
  report::Sensitivity found = report::analyse_sensitivity({.configs = search.configs,
                                                           .results = search.results,
                                                           .declared = search.declared,
                                                           .start = search.start,
                                                           .is_adaptive = search.is_adaptive},
                                                          options);
  found.notes.insert(found.notes.begin(), search.notes.begin(), search.notes.end());
  return found;
}

report::Expected expect_best(const ReportSearch& search, const report::ExpectedOptions& options) {
  std::vector<double> results;
  report::SearchResults known{.is_maximized = search.metric.is_maximized};
  size_t without_sweep = 0;
  for (size_t i = 0; i < search.results.size(); ++i) {
    if (!search.results[i]) continue;
    results.push_back(*search.results[i]);
    known.is_independent.push_back(search.is_independent[i]);
    without_sweep += search.runs[i].sweep.empty();
  }
  known.results = results;
  report::Expected expected = report::expect_best(known, options);
  expected.notes = search.notes;
  if (without_sweep > 0)
    expected.notes.push_back(
        count_runs(without_sweep,
                   "is of no sweep: whether its values were drawn at random is not recorded, and "
                   "taken to be so",
                   "are of no sweep: whether their values were drawn at random is not recorded, "
                   "and taken to be so"));
  return expected;
}

}  // namespace cairn::server
