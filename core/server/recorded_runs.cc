// See recorded_runs.h.
#include "server/recorded_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "surrogate/features.h"

namespace cairn::server {

using trials::Ledger;
using trials::Trial;

namespace {

double number_in(const model::Value& tree, std::string_view path) {
  const model::Value* found = model::find_path(tree, path);
  return found && found->is_number() ? found->number_or(0) : report::kUnknown;
}

bool looks_at_results(sweep::Method method) {
  return method != sweep::Method::kRandom && method != sweep::Method::kSobol &&
         method != sweep::Method::kGrid;
}

// Every k-th point and the last, so that at most kReplayCurvePointsMax are left.
model::Points thinned(model::Points points) {
  if (points.size() <= kReplayCurvePointsMax) return points;
  const size_t stride = (points.size() + kReplayCurvePointsMax - 2) / (kReplayCurvePointsMax - 1);
  model::Points left;
  for (size_t i = stride - 1; i + 1 < points.size(); i += stride)
    left.push(points.step[i], points.time_ns[i], points.value[i]);
  left.push(points.step.back(), points.time_ns.back(), points.value.back());
  return left;
}

void add_curve(const model::Points& points, int64_t began_ns, double sign,
               report::RecordedRun& run) {
  double at_s = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    const double since_s = static_cast<double>(points.time_ns[i] - began_ns) / kNsPerSecond;
    at_s = std::clamp(since_s, at_s, std::max(at_s, run.ran_s));  // clocks are set
    run.reports.push_back({static_cast<double>(points.step[i]), sign * points.value[i]});
    run.report_s.push_back(at_s);
  }
}

// Without what the run's own summary says: the best it logged, or what it ended with where that is
// no number.
double result_of(const std::optional<double>& said, double sign, const report::RecordedRun& run) {
  if (said) return sign * *said;
  if (!std::isfinite(run.reports.back().value)) return run.reports.back().value;
  double best = report::kUnknown;
  for (const sweep::Report& report : run.reports) best = std::fmin(best, report.value);
  return best;
}

report::RecordedRun recorded_run(const ReportRun& run, const std::optional<Ledger>& sweep,
                                 int64_t first_ns) {
  const Trial* trial = sweep && run.trial ? sweep->find(*run.trial) : nullptr;
  const bool was_stopped = trial && trial->state == trials::TrialState::kStopped;
  report::RecordedRun recorded{
      .id = run.id,
      .config = run.config,
      .settings = surrogate::flatten(run.config_value),
      .began_s = static_cast<double>(run.created_ns - first_ns) / kNsPerSecond,
      .ran_s = run.ran_s,
      .kwh = number_in(run.summary, "footprint.kwh"),
      .is_censored = run.state != "finished" || was_stopped};
  if (sweep)  // its own name for the seed of repeated trials is no setting
    std::erase_if(recorded.config, [&](const auto& member) {
      return member.first == sweep->definition().repeat_name;
    });
  return recorded;
}

double sign_of(const ReportMetric& metric) { return metric.is_maximized ? -1 : 1; }

report::RecordedSearch begin_search(const ProjectSearches& searches, const SearchOfRuns& search,
                                    const std::optional<Ledger>& sweep) {
  report::RecordedSearch recorded{.name = search.sweep,
                                  .metric = searches.metric.name,
                                  .is_maximized = searches.metric.is_maximized};
  if (sweep) recorded.is_adaptive = looks_at_results(sweep->definition().method);
  return recorded;
}

}  // namespace

Result<ProjectSearches> read_searches(const Call& call, const std::string& project) {
  ProjectSearches found{.project = project};
  TRY(found.metric, choose_report_metric(call, project));
  TRY(auto runs, read_report_runs(call, project, std::string(call.text("filter")), found.metric));
  const size_t all = runs.size();
  std::erase_if(runs, [](const ReportRun& run) { return !run.has_ended() || run.is_copy; });
  if (runs.size() < all)
    found.notes.push_back(
        fmt::format("{} of {} runs still run or took over an earlier result, and are left out",
                    all - runs.size(), all));
  std::map<std::string, SearchOfRuns> by_sweep;
  for (ReportRun& run : runs) {
    SearchOfRuns& search = by_sweep[run.sweep];
    search.sweep = run.sweep;
    search.cost_s += run.ran_s;
    search.runs.push_back(std::move(run));
  }
  for (auto& [sweep, search] : by_sweep) found.searches.push_back(std::move(search));
  std::ranges::stable_sort(found.searches, std::greater(), &SearchOfRuns::cost_s);
  return found;
}

Result<size_t> choose_search(const Call& call, const ProjectSearches& searches) {
  const std::string_view sweep = call.text("sweep");
  if (searches.searches.empty() && sweep.empty())
    return fail(Code::kNotFound, "expected runs of '{}' that have ended, found none that match",
                searches.project);
  if (sweep.empty()) return 0;
  const auto chosen = std::ranges::find(searches.searches, sweep, &SearchOfRuns::sweep);
  if (chosen == searches.searches.end())
    return fail(Code::kNotFound, "no run of '{}' is of a sweep '{}'", searches.project, sweep);
  return static_cast<size_t>(chosen - searches.searches.begin());
}

model::Value print_searches(const ProjectSearches& searches) {
  model::List list;
  for (const SearchOfRuns& search : searches.searches)
    list.push_back(
        model::Object{{"sweep", search.sweep.empty() ? model::Value() : model::Value(search.sweep)},
                      {"runs", static_cast<int64_t>(search.runs.size())},
                      {"cost_s", search.cost_s}});
  return list;
}

Result<std::optional<Ledger>> sweep_of(const Call& call, const ProjectSearches& searches,
                                       const SearchOfRuns& search) {
  if (search.sweep.empty()) return std::nullopt;
  return find_sweep(call, searches.project, search.sweep);
}

Result<report::RecordedSearch> read_recorded(const Call& call, const ProjectSearches& searches,
                                             const SearchOfRuns& search) {
  TRY(const auto sweep, sweep_of(call, searches, search));
  report::RecordedSearch recorded = begin_search(searches, search, sweep);
  const double sign = sign_of(searches.metric);
  const size_t skipped = search.runs.size() - std::min(search.runs.size(), kReplayRunsMax);
  for (size_t i = skipped; i < search.runs.size(); ++i) {
    const ReportRun& run = search.runs[i];
    auto points = call.rooms.catalog.points(searches.project, run.id, searches.metric.name);
    if (!points && points.error().code() != Code::kNotFound)
      return tl::unexpected(std::move(points).error());
    if (!points || points->size() == 0) {
      ++recorded.without_curve;
      continue;
    }
    report::RecordedRun one = recorded_run(run, sweep, search.runs[skipped].created_ns);
    add_curve(thinned(std::move(*points)), run.created_ns, sign, one);
    one.result = result_of(run.result, sign, one);
    recorded.runs.push_back(std::move(one));
  }
  return recorded;
}

Result<report::RecordedSearch> read_results(const Call& call, const ProjectSearches& searches,
                                            const SearchOfRuns& search) {
  TRY(const auto sweep, sweep_of(call, searches, search));
  report::RecordedSearch recorded = begin_search(searches, search, sweep);
  for (const ReportRun& run : search.runs) {
    if (!run.result) continue;
    report::RecordedRun one = recorded_run(run, sweep, search.runs.front().created_ns);
    one.result = sign_of(searches.metric) * *run.result;
    if (!one.is_censored) recorded.runs.push_back(std::move(one));
  }
  return recorded;
}

}  // namespace cairn::server
