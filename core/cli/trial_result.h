// What a trial's run brings: its curve while it runs, and its results when it has ended.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/door_client.h"
#include "model/value.h"

namespace cairn::cli {

// The points of some series of one run, as they come. Owned by the agent, used by its main thread.
class MetricFeed {
 public:
  MetricFeed(std::string project, std::string run, std::vector<std::string> metrics);

  struct Row {
    int64_t step;
    model::Value values;  // by metric
  };
  // Those after the last one that was read, ascending in step. Where very many came, some of them,
  // evenly spread, and always the last.
  Result<std::vector<Row>> read(DoorClient& client);

 private:
  FoundRun x_run;
  std::vector<std::string> x_metrics;
  std::optional<int64_t> x_last_step;
};

struct Metric {
  std::string name;
  bool is_maximized = false;
};

// One number of a summary. A metric that is summarised in several ways counts as its best, where
// that is told, else as its last.
std::optional<double> find_metric(const model::Value& summary, const Metric& metric);

// The metrics by name, those that are known.
model::Value read_metrics(const std::vector<Metric>& metrics, const model::Value& summary);

// "metric 'val_acc' was never logged; it logged: loss, acc"
std::string explain_missing_metric(const std::string& metric, const model::Value& summary);
// Why a run failed, in a line: the last that it said on standard error, and its exit code.
std::string explain_failure(const model::Value& run, const model::List& console, int exit_code);

// {"seconds", "kwh", "gco2e", "money"}: what was measured; null where it was not.
model::Value cost_of(const model::Value& summary, double seconds);

}  // namespace cairn::cli
