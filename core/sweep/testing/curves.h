// Learning curves for tests: trials and what they reported, in a few words.
#pragma once

#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "sweep/stopping.h"

namespace cairn::sweep::testing {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Reports at steps 1, 2, ...
inline std::vector<Report> reports(const std::vector<double>& values) {
  std::vector<Report> made;
  for (const double value : values) made.push_back({static_cast<double>(made.size() + 1), value});
  return made;
}

// Owns the reports of the curves that it hands out, together with its copies; trials are numbered
// in the order of adding.
class Curves {
 public:
  Curves& add(std::vector<Report> reports, bool has_finished, bool is_paused = false) {
    x_reports.push_back(std::make_shared<const std::vector<Report>>(std::move(reports)));
    x_curves.push_back({.trial = x_curves.size(),
                        .reports = *x_reports.back(),
                        .has_finished = has_finished,
                        .is_paused = is_paused});
    return *this;
  }
  Curves& finished(const std::vector<double>& values) { return add(reports(values), true); }
  Curves& running(const std::vector<double>& values) { return add(reports(values), false); }
  Curves& paused(const std::vector<double>& values) { return add(reports(values), false, true); }

  // The metric is one that should be large: what is shown has the other sign.
  Curves& maximized() {
    for (Curve& curve : x_curves) curve.is_maximized = true;
    return *this;
  }

  const std::vector<Curve>& all() const { return x_curves; }
  // Judges the trial that was added last by the others.
  Decision judge_last(const StopRule& rule) const { return judge(rule, x_curves.back(), x_curves); }

 private:
  std::vector<std::shared_ptr<const std::vector<Report>>> x_reports;
  std::vector<Curve> x_curves;
};

}  // namespace cairn::sweep::testing
