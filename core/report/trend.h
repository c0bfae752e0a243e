// Trend: how fast one's own compute grows, beside the published growth of the largest trainings.
//
// Pure. Time is cut into equal parts; of each there is what its runs took in operations, energy and
// money. The own doubling time is a straight line through the logarithms of what is known best.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "footprint/tables.h"
#include "report/accounts.h"

namespace cairn::report {

struct TrendPart {
  int64_t from_ns = 0;
  size_t runs = 0;
  double wall_s = 0;
  // Of the runs of which it is known; 0 where that is none.
  double flop = 0, kwh = 0, money = 0;
};

struct Trend {
  int64_t part_ns = 0;  // how long each part is
  std::vector<TrendPart> parts;
  std::string measure;  // what the doubling time is of: "operations", "energy" or "time"
  std::optional<double> doubling_months;
  std::string reason;  // why there is none; empty: there is
  std::string currency;
  footprint::Quantity published_months;  // the range: other published trends
  std::string published_source;

  // What `measure` says of a part.
  double amount(const TrendPart& part) const;
};

// A line through a few weeks says nothing of years.
constexpr double kTrendDaysMin = 60;
constexpr size_t kTrendPartsMin = 4;

Trend find_trend(std::span<const CardRun> runs, const footprint::Tables& tables);
model::Value to_value(const Trend& trend);

}  // namespace cairn::report
