// The runs of a project as reports see them, and the metric by which they are compared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "server/call.h"
#include "surrogate/features.h"
#include "trials/ledger.h"

namespace cairn::server {

struct ReportMetric {
  std::string name;
  bool is_maximized = false;
  // Who says which way is better: "request", "define_metric", "sweep", "name".
  std::string said_by;
};
// "metric" and "direction" (maximize, minimize) of a request. Without a metric: the one that the
// newest run defines a goal for, else the first that the newest sweep aims at. Invalid, with the
// metrics that there are, where nothing tells it, and where nothing tells which way is better.
Result<ReportMetric> choose_report_metric(const Call& call, const std::string& project);

struct ReportRun {
  std::string id, name, user, group, job_type, state;
  std::string sweep;  // id; empty: of none
  std::optional<int64_t> trial;
  int64_t created_ns = 0, ended_ns = 0;  // 0: it has not ended, or nobody knows when
  double ran_s = 0;
  // Dotted names and values of what decides the result: without seeds, workers, places and names
  // (trace::KeyClasses), and without what is null.
  surrogate::Row config;
  // What its define_metric(summary=...) asks for, or what it has set itself; otherwise the best
  // value that it logged, or what is not finite where the last one was not. Nothing: never logged.
  std::optional<double> result;
  bool is_copy = false;                      // its result was taken over from an earlier run
  model::Value config_value, summary, meta;  // "footprint" in `summary` is derived

  bool has_ended() const { return state != "running"; }
};

// All runs of a project that match, the oldest first, inference apart; "archived" as in lists.
Result<std::vector<ReportRun>> read_report_runs(const Call& call, const std::string& project,
                                                const std::string& filter,
                                                const ReportMetric& metric);

// A sweep of the project; nothing where it is gone, or no sweeps can be read here.
Result<std::optional<trials::Ledger>> find_sweep(const Call& call, const std::string& project,
                                                 const std::string& id);

}  // namespace cairn::server
