// Searches of a project with the curves of their runs, as a replay takes them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "report/recorded_search.h"
#include "server/report_runs.h"

namespace cairn::server {

constexpr size_t kReplayRunsMax = 5000;         // of one search: the newest
constexpr size_t kReplayCurvePointsMax = 1000;  // of one run: longer curves are thinned

// Runs of one sweep, or of none; their curves are read only when they are wanted.
struct SearchOfRuns {
  std::string sweep;            // its id; empty: runs of none
  std::vector<ReportRun> runs;  // that have ended and ran themselves, the oldest first
  double cost_s = 0;
};

struct ProjectSearches {
  std::string project;
  ReportMetric metric;
  std::vector<SearchOfRuns> searches;  // those that cost most first
  std::vector<std::string> notes;      // what was left out
};

// "metric", "direction", "filter", "archived" of a request.
Result<ProjectSearches> read_searches(const Call& call, const std::string& project);
// The one that "sweep" names, else the first. NotFound where there is none.
Result<size_t> choose_search(const Call& call, const ProjectSearches& searches);

// [{"sweep", "runs", "cost_s"}]
model::Value print_searches(const ProjectSearches& searches);

// The newest kReplayRunsMax runs, with all points of curves of up to kReplayCurvePointsMax steps
// and evenly spaced ones of longer curves.
Result<report::RecordedSearch> read_recorded(const Call& call, const ProjectSearches& searches,
                                             const SearchOfRuns& search);

// Without curves: the runs that came to their own end and have a result.
Result<report::RecordedSearch> read_results(const Call& call, const ProjectSearches& searches,
                                            const SearchOfRuns& search);

// The sweep that a search is of; nothing where it is of none, or the sweep is gone.
Result<std::optional<trials::Ledger>> sweep_of(const Call& call, const ProjectSearches& searches,
                                               const SearchOfRuns& search);

}  // namespace cairn::server
