// GpBelief: what Gaussian processes make of a sweep's results, and what a point is worth by them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "surrogate/gaussian_process.h"
#include "surrogate/target.h"
#include "sweep/gp_memory.h"
#include "sweep/hypervolume.h"
#include "sweep/maximise.h"
#include "sweep/sampler.h"

namespace cairn::sweep {

// One objective is seen by a pair of models, one with short and one with long lengths, each on its
// own scale of results: where one is wrong the other mostly is not. With several objectives each
// has one model. Further models say how likely a point keeps to the outcome constraints, how
// likely its trial fails, and what it costs; pending points count as if a draw from the belief
// about them had come true.
// Immutable once learned; owned by one ask; the question must outlive it.
class GpBelief final : public Landscape {
 public:
  // A model of more rows than this sees a choice of them.
  static constexpr size_t kRowsMax = 600;

  // Invalid where there is nothing to learn from yet.
  static Result<GpBelief> learn(const Question& question);

  std::vector<double> at(const surrogate::Matrix& points) const override;
  std::vector<double> roughly_at(const surrogate::Matrix& points) const override;
  double slope(std::span<const double> point, std::span<double> gradient) const override;

  // Of the first objective, in its own units; NaN where no model is of it alone.
  struct Expectation {
    double mean, sd, improvement;
  };
  Expectation expect(std::span<const double> point) const;

  // Tried points that went well, best first by what is believed of them.
  const std::vector<Point>& good_points() const { return x_good_points; }
  // Whether any known result keeps to all constraints.
  bool has_feasible() const { return x_has_feasible; }
  size_t rows() const { return x_rows; }
  const GpMemory& memory() const { return x_memory; }

 private:
  struct Goal {
    surrogate::Target target;
    surrogate::GaussianProcess process;
    double worst = 0;  // of all results, as the process sees them
    double incumbent = 0;
  };
  // Of something to be at most `bound`.
  struct Chance {
    surrogate::GaussianProcess process;
    double bound;
  };
  struct Rows;  // of the evidence: which of them are learned from

  explicit GpBelief(const Question& question);
  void set_columns();
  surrogate::Matrix encode(const surrogate::Matrix& points) const;
  surrogate::Matrix encode_rows(std::span<const size_t> rows) const;

  Result<void> learn_goals(const Rows& rows);
  Result<void> add_goal(const std::string& name, const Rows& rows, std::vector<double> y,
                        surrogate::TargetScale scale, surrogate::GaussianProcessOptions options);
  void add_pending(const Rows& rows);
  void set_incumbents(const Rows& rows);
  void set_front(const Rows& rows);
  void remember_ranking(const Rows& rows);
  void learn_limits();
  void learn_failures(const Rows& rows);
  void learn_cost();
  std::vector<double> scalarised(std::span<const size_t> rows) const;
  bool is_feasible(size_t row) const;

  // All processes in one order: goals, chances, cost.
  std::vector<const surrogate::GaussianProcess*> processes() const;
  std::vector<double> worths_at(const surrogate::Matrix& points, size_t depth) const;
  // From what each process says; writes how the worth changes with means and deviations.
  double worth(std::span<const surrogate::Posterior> said, std::span<double> by_mean,
               std::span<double> by_sd) const;
  double goal_worth(std::span<const surrogate::Posterior> said, std::span<double> by_mean,
                    std::span<double> by_sd) const;

  const Question& x_question;
  GpMemory x_memory;
  std::vector<surrogate::Column> x_columns;
  // By column, of categories too many for a model: code by level; those seen least share one.
  std::vector<std::vector<double>> x_codes;
  std::vector<Goal> x_goals;
  std::vector<Chance> x_chances;
  std::optional<surrogate::GaussianProcess> x_cost;  // of its logarithm
  double x_cost_power = 0, x_hunch_weight = 0;
  std::optional<Undominated> x_undominated;  // with two or three objectives
  bool x_is_scalarised = false, x_has_feasible = false;
  size_t x_rows = 0;
  std::vector<Point> x_good_points;
};

}  // namespace cairn::sweep
