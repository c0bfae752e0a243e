// InferenceBook: what a server did and what it used meanwhile, however long it runs.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "footprint/inference.h"
#include "model/value.h"

namespace cairn::cli {

struct InferenceSums {  // since the book was opened
  size_t requests = 0, failed = 0;
  double tokens_in = 0, tokens_out = 0, joules = 0;
};

struct InferenceAccount {
  footprint::InferenceReport report;  // request_j only of the last stretch
  bool knows_requests = true;         // one by one; else the quantiles are unknown
  bool knows_energy = false;

  model::Value to_value() const;  // null for what is unknown
};

// Requests and readings are kept one by one for a stretch, then their energy is split and only sums
// and a histogram remain, so that memory is bounded. Requests that are in flight at the end of a
// stretch are charged for what comes after it: a few in a hundred thousand. Owned by `cairn meter`;
// any thread may call it.
class InferenceBook {
 public:
  struct Limits {
    size_t requests = 100'000, readings = 24 * 3600;  // of a stretch
  };
  InferenceBook() : InferenceBook(Limits()) {}
  explicit InferenceBook(Limits limits) : x_limits(limits) {}

  void add(const footprint::ServedRequest& request);
  // What a server counts by itself: so many requests ended in this stretch, which has their tokens.
  void add_counted(double requests, const footprint::ServedRequest& stretch);
  void add(const footprint::MeterPoint& reading);  // cumulated; one that does not grow is fine

  InferenceSums sums() const;
  InferenceAccount account() const;

 private:
  using Histogram = std::map<int, size_t>;

  footprint::InferenceReport split() const;
  void fold();
  void add_folded(footprint::InferenceReport& report) const;
  static void count(std::span<const double> joules, Histogram& histogram);

  const Limits x_limits;
  mutable std::mutex x_mutex;
  std::vector<footprint::ServedRequest> x_requests;
  std::vector<footprint::MeterPoint> x_readings;
  std::optional<double> x_first_j;
  InferenceSums x_sums;
  bool x_is_counted = false;

  footprint::InferenceReport x_folded;  // sums of earlier stretches
  Histogram x_request_j;                // of their requests, by the logarithm
};

}  // namespace cairn::cli
