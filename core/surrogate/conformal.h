// Conformal: intervals that hold what they promise, and the sense to refuse one.
//
// Split conformal prediction on normalised residuals (Lei et al. 2018), with out-of-bag
// predictions in place of a held-out set (Johansson et al. 2014): a residual divided by what the
// model thought of its own uncertainty is a score, and the next score is larger than the
// (1 - miss rate) quantile of the past ones no more often than the miss rate says. That needs past
// and next to be exchangeable. Where an optimiser chose the past they are not, so that coverage is
// recorded as it comes and intervals widen when it falls short (Gibbs and Candes 2021).
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "base/result.h"
#include "surrogate/forest.h"

namespace cairn::surrogate {

// Below this many groups a prediction is a list of neighbours, not an interval.
constexpr size_t kGroupsForIntervalMin = 15;

struct Interval {
  double low, high;
};

// Scores of the past, all in the units of the target. Immutable once learned; any thread.
class Conformal {
 public:
  // `said` are out-of-bag beliefs about `y`; `sigma` the run-to-run noise, 0 if unknown. `groups`
  // (replicates of one configuration) count once each, however many rows they have; `weights`, of
  // rows, let the recent count more. Empty: each row is a group, all weigh alike.
  // kUnavailable with fewer than kGroupsForIntervalMin groups.
  static Result<Conformal> learn(std::span<const double> y, std::span<const OutOfBag> said,
                                 double sigma, std::span<const uint32_t> groups = {},
                                 std::span<const double> weights = {});

  // Holds the next outcome but for `miss_rate` of the cases. kUnavailable where so few misses
  // cannot be promised from so few groups (a miss rate of 0.05 takes 19).
  Result<Interval> interval(const Belief& belief, double miss_rate) const;
  // One-sided: the next outcome is above (below) this no more often than `miss_rate`.
  Result<double> upper(const Belief& belief, double miss_rate) const;
  Result<double> lower(const Belief& belief, double miss_rate) const;
  // How likely the next outcome is below (above) a value: on the side of "likely", so that a rare
  // chance is never called none.
  double chance_below(const Belief& belief, double value) const;
  double chance_above(const Belief& belief, double value) const;

  size_t groups() const { return x_groups; }

 private:
  struct Score {
    double value, weight;
  };
  double unit_of(const Belief& belief) const;
  Result<double> quantile(const std::vector<Score>& scores, double miss_rate) const;

  std::vector<Score> x_signed, x_negated, x_absolute;  // each ascending
  double x_weight = 0;                                 // of all
  double x_next_weight = 1;                            // of the outcome to come
  size_t x_groups = 0;
  double x_sigma = 0, x_unit_min = 0;
};

// How past intervals fared, in the order of the outcomes. A value of its owner, who keeps it as
// the few numbers it is made of.
class CoverageRecord {
 public:
  static constexpr size_t kRemembered = 100;
  static constexpr double kPace = 0.02;  // gamma of Gibbs and Candes

  explicit CoverageRecord(double miss_rate = 0.1) : x_nominal(miss_rate), x_miss_rate(miss_rate) {}

  void add(bool is_covered);
  // To be asked of the next interval: the nominal one, or less when too many were missed. 0 means
  // that no finite interval would do; ask for none.
  double miss_rate() const { return x_miss_rate > 0 ? x_miss_rate : 0; }
  // Of the last kRemembered.
  size_t covered() const;
  size_t recorded() const { return x_recent.size(); }

 private:
  double x_nominal;
  double x_miss_rate;  // below 0 too: what was missed has to be made up for
  std::deque<bool> x_recent;
};

// Where a model may be asked at all: near what it has seen. Immutable once learned; any thread.
class Support {
 public:
  // Distances are Euclidean over places; a category or a missing value differs by 1 or not at all.
  static Support learn(const Matrix& x, std::span<const Column> columns,
                       std::span<const uint32_t> groups = {});

  // To the kNeighbours-th nearest configuration.
  double distance(std::span<const double> row) const;
  // What 95 % of the configurations keep to among themselves.
  double limit() const { return x_limit; }
  bool holds(std::span<const double> row) const { return distance(row) <= x_limit; }
  // The nearest configurations, as rows of `x`, nearest first.
  std::vector<uint32_t> nearest(std::span<const double> row, size_t count) const;
  double distance_between(std::span<const double> a, std::span<const double> b) const;

  static constexpr size_t kNeighbours = 3;

 private:
  std::vector<double> distances(std::span<const double> row) const;

  Matrix x_points;                     // one row per group
  std::vector<uint32_t> x_rows;        // which one that was
  std::vector<uint8_t> x_is_category;  // by column; asked too often for bits
  double x_limit = 0;
};

}  // namespace cairn::surrogate
