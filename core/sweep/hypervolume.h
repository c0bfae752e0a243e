// Hypervolume: what is gained when a point joins a front of compromises between objectives.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "surrogate/matrix.h"
#include "sweep/acquisition.h"

namespace cairn::sweep {

// Indices of the rows that no other row is at least as good as in all columns (less is better);
// of equal rows the first.
std::vector<size_t> front_of(const surrogate::Matrix& y);

// The part of objective space that a front does not dominate, up to a reference point, cut into
// boxes. A value; any thread. n points give n + 1 boxes in two dimensions, n^2 / 2 in three.
class Undominated {
 public:
  // `reference` bounds what counts; points beyond it add nothing.
  Undominated(const surrogate::Matrix& front, std::span<const double> reference);

  // ln of the expected growth of the dominated volume, of independent normal objectives, and its
  // slopes by objective.
  double log_growth(std::span<const double> mean, std::span<const double> sd,
                    std::span<double> by_mean, std::span<double> by_sd) const;

 private:
  // A side is a pair of indices into the objective's edges; edge 0 is minus infinity.
  struct Side {
    size_t low, high;
  };
  void cut(const surrogate::Matrix& front, std::vector<size_t> members, size_t objective,
           std::vector<Side>& sides);
  size_t edge_of(size_t objective, double place) const;
  // By objective and edge but the first: what is gained below that edge alone.
  using Gains = std::vector<std::vector<LogWorth>>;
  std::optional<double> log_growth_of_numbers(const Gains& gains, std::span<double> by_mean,
                                              std::span<double> by_sd) const;
  double log_growth_of_logs(const Gains& gains, std::span<double> by_mean,
                            std::span<double> by_sd) const;

  size_t x_objectives;
  std::vector<std::vector<double>> x_edges;  // by objective, ascending
  std::vector<Side> x_boxes;                 // box by box, objective by objective
};

}  // namespace cairn::sweep
