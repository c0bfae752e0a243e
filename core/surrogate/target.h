// Target: a metric on the scale on which models see it, and back.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace cairn::surrogate {

enum class TargetScale {
  kIdentity,
  kLog,      // losses: ratios matter
  kLogit,    // rates in [0, 1]: 0.98 -> 0.99 is as far as 0.66 -> 0.80
  kSoftLog,  // as it is up to the median, logarithmic above: flattens the bad half when minimising
  kPower,    // the power transform that makes the values most normal: Box-Cox or Yeo-Johnson
};

// By the name ("val/accuracy", "train_loss") and the finite values: logit for rates, log for
// losses and for anything positive that spans more than a decade.
TargetScale detect_target_scale(std::string_view name, std::span<const double> values);

// A strictly increasing map between a metric and the numbers that models are fitted to. A value;
// any thread. NaN stays NaN: what diverged is not a large number (see result_model.h).
class Target {
 public:
  Target() = default;  // identity
  // What the scale needs to know is learned from the finite ones of `values`.
  static Target learn(TargetScale scale, std::span<const double> values);

  TargetScale scale() const { return x_scale; }
  double to_model(double metric) const;
  double to_metric(double modelled) const;

 private:
  double boxed(double metric) const;
  double unboxed(double modelled) const;

  TargetScale x_scale = TargetScale::kIdentity;
  double x_floor = 0;                 // log, logit: the nearest a value comes to the edge
  double x_median = 0, x_spread = 1;  // soft log
  double x_unit = 1, x_lambda = 1;    // power
  bool x_is_positive = false;         // Box-Cox, else Yeo-Johnson
};

}  // namespace cairn::surrogate
