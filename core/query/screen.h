// Screen: many series of many runs on one axis: what a page of charts shows, in one request.
//
// Besides steps and times a series may be drawn over the seconds since its run began, over the
// energy the run had used by then, or over another of its series. Lives for one request; used on
// the store's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "query/bins.h"
#include "query/curve.h"
#include "query/plan.h"
#include "query/run_costs.h"
#include "query/sample.h"
#include "store/store.h"

namespace cairn::query {

enum class ScreenAxis : uint8_t {
  kStep,
  kTime,      // nanoseconds since the epoch
  kRelative,  // seconds since the run was created
  kEnergy,    // kWh used since the run's first sample
  kMetric,    // the last known value of `axis_key` at the step
};

struct ScreenRequest {
  ScreenAxis axis = ScreenAxis::kStep;
  std::string axis_key;
  bool log = false;                                       // buckets are equal in log x
  StepRange range;                                        // kStep, kTime
  double min = -std::numeric_limits<double>::infinity();  // the other axes, included
  double max = std::numeric_limits<double>::infinity();
  size_t buckets = 1000;
  // See Placing::ends.
  std::optional<std::pair<double, double>> ends;
};

// What of a run its axes need to know.
struct RunRef {
  std::string id;
  int64_t created_ns = 0;
};

class Screen {
 public:
  // `costs` tells what runs used. Where it knows nothing, or is null, the `power_keys` do: the
  // series of the project that hold watts.
  Screen(store::Store& store, std::string project, ScreenRequest request,
         std::vector<std::string> power_keys, const RunCosts* costs = nullptr);

  using Ends = std::optional<std::pair<double, double>>;
  // The same request, cut between other ends.
  Screen cut_between(const Ends& ends) const;

  // Calls visit(i, bins, reason) for every key of a run, in order. `reason`: why there is nothing
  // to show; empty, there is. `bins` is valid until visit() returns.
  using Visit = std::function<void(size_t key, const Bins& bins, std::string_view reason)>;
  Result<void> read(const RunRef& run, std::span<const std::string> keys, const Visit& visit) const;

  // kWh by time; empty where nobody knows.
  Result<Curve> read_energy(const RunRef& run) const;

  // Between which ends the points of each series lie on the axis, within what was asked for:
  // perhaps a little further apart than they do. Nothing where there are none.
  Result<std::vector<Ends>> find_ends(const RunRef& run, std::span<const std::string> keys) const;

 private:
  using SeriesPieces = store::Store::SeriesPieces;

  // Where the series of one run lie.
  struct Ground {
    RunRef run;
    std::optional<Curve> curve;  // kEnergy: over times; kMetric: over steps of its stream
    model::Stream stream = model::Stream::kHistory;
    std::optional<Curve> by_time;  // kMetric, for series of the other stream
  };
  Result<Ground> find_ground(const RunRef& run, std::span<const SeriesPieces> all) const;
  Result<Curve> add_terms(const RunRef& run, const RunCosts::Terms& terms) const;
  Result<Curve> integrate_power(const SeriesPieces& power) const;
  Result<Curve> add_up(const SeriesPieces& series, double factor) const;
  Result<std::vector<Buckets>> read_sessions(const SeriesPieces& series) const;
  Result<Curve> read_metric(const SeriesPieces& series, Axis over) const;
  Placing place(const Ground& ground, model::Stream stream) const;
  SeriesPieces in_range(SeriesPieces series, const Placing& placing) const;
  bool is_linear_in_time_or_step() const;
  Result<void> fill_coarsely(const SeriesPieces& series, const Placing& placing,
                             const Ground& ground, Bins& bins) const;
  Result<Buckets> read_blocks(const SeriesPieces& series, const Placing& placing,
                              int64_t origin) const;
  std::string_view why_missing(const Ground& ground, const SeriesPieces& series) const;

  store::Store& x_store;
  std::string x_project;
  ScreenRequest x_request;
  std::vector<std::string> x_power_keys;
  const RunCosts* x_costs;
  std::string x_no_axis_key;  // a sentence
};

}  // namespace cairn::query
