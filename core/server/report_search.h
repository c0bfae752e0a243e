// ReportSearch: the runs of a search with what is known of how they were chosen, as analyses of
// room report take them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "report/expected.h"
#include "report/sensitivity.h"
#include "server/report_runs.h"
#include "sweep/definition.h"

namespace cairn::server {

// A value; lives for one request.
struct ReportSearch {
  std::string project;
  ReportMetric metric;
  // Those that have ended and have a result of their own, the oldest first; what follows is by run.
  std::vector<ReportRun> runs;
  std::vector<surrogate::Row> configs;
  std::vector<std::optional<double>> results;
  std::vector<bool> is_independent;  // drawn without a look at results, and the first of its kind
  std::vector<surrogate::Column> declared;  // by the spaces of their sweeps
  std::optional<surrogate::Row> start;
  std::string start_of;  // whose configuration that is
  bool is_adaptive = false;
  std::optional<sweep::Definition> newest_sweep;  // that any of them is of
  std::vector<std::string> notes;  // what was left out and what was taken for granted
};

// "metric", "direction", "filter", "sweep" (an id), "archived".
Result<ReportSearch> read_report_search(const Call& call, const std::string& project);
// The same of runs that were read already.
Result<ReportSearch> make_report_search(const Call& call, const std::string& project,
                                        const ReportMetric& metric, std::vector<ReportRun> runs);

// The search's own metric, direction and notes are put in.
report::Sensitivity analyse_sensitivity(const ReportSearch& search,
                                        report::SensitivityOptions options = {});
report::Expected expect_best(const ReportSearch& search, const report::ExpectedOptions& options);

}  // namespace cairn::server
