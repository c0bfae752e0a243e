// Replaying the detectors over all runs, and calibrating them on other sweeps.
#include "report/knowable.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/clock.h"
#include "report/knowable_detectors.h"
#include "report/results.h"

namespace cairn::report {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
// A loss that is no number needs no calibration to be known for what it is.
constexpr size_t kRungUncalibrated = 1;

// When each detector would have raised an alarm, by rung.
using Alarms = std::array<std::array<double, kRungs>, kDetectors>;
using Counts = std::array<std::array<size_t, kRungs>, kDetectors>;

double sign_of(const WatchedRun& run) { return run.curves->is_maximized ? -1 : 1; }

bool is_past(const WatchedRun& run) {
  return run.is_finished && run.curves && !run.curves->metric.value.empty();
}

// Runs that are compared with one another.
class Cohort {
 public:
  Cohort(std::span<const WatchedRun> all, std::vector<size_t> members)
      : x_all(all), x_members(std::move(members)), x_incumbent(collect()) {
    for (const size_t run : x_members)
      if (is_past(x_all[run])) x_past.push_back(run);
    std::ranges::sort(x_past, {}, [&](size_t run) { return x_all[run].ended_ns; });
    for (const size_t run : x_past)
      x_summaries.push_back(summarise(x_all[run].curves->metric, x_all[run].curves->is_maximized));
  }

  void find_alarms(std::vector<Alarms>& alarms) const {
    for (const size_t run : x_members) {
      const PastRuns history = history_of(x_all[run]);
      const double ran_s =
          static_cast<double>(x_all[run].ended_ns - x_all[run].began_ns) / kNsPerSecond;
      for (size_t d = 0; d < kDetectors; ++d) {
        const auto detector = static_cast<Detector>(d);
        for (size_t rung = 0; rung < kRungs; ++rung) {
          const double at_s =
              find_alarm(detector, rungs_of(detector)[rung], x_all[run], history, x_incumbent);
          alarms[run][d][rung] = at_s < ran_s ? at_s : kNone;
        }
      }
    }
  }

  // Those that ended in the top quartile.
  void mark_good(std::vector<bool>& is_good) const {
    if (x_past.size() < kCohortRunsMin) return;
    const auto last = [&](size_t run) {
      const double value = sign_of(x_all[run]) * x_all[run].curves->metric.value.back();
      return std::isfinite(value) ? value : kInfinity;
    };
    std::vector<double> ends;
    for (const size_t run : x_past) ends.push_back(last(run));
    std::ranges::sort(ends);
    const auto count = static_cast<size_t>(kGoodShare * static_cast<double>(ends.size()));
    const double worst = ends[count - 1];
    for (const size_t run : x_past) is_good[run] = last(run) <= worst && last(run) < kInfinity;
  }

 private:
  std::vector<Incumbent::Point> collect() const {
    std::vector<Incumbent::Point> points;
    for (const size_t run : x_members) {
      if (!x_all[run].curves) continue;
      const LoggedCurve& metric = x_all[run].curves->metric;
      double best = kInfinity;
      for (size_t i = 0; i < metric.value.size(); ++i) {
        const double value = sign_of(x_all[run]) * metric.value[i];
        if (!(value < best) || !std::isfinite(value)) continue;
        best = value;
        points.push_back(
            {x_all[run].began_ns + static_cast<int64_t>(metric.at_s[i] * kNsPerSecond), best});
      }
    }
    return points;
  }

  // Of the last ones that had ended when it began.
  PastRuns history_of(const WatchedRun& run) const {
    const auto after = std::ranges::upper_bound(x_past, run.began_ns, {},
                                                [&](size_t past) { return x_all[past].ended_ns; });
    const auto end = static_cast<size_t>(after - x_past.begin());
    std::vector<const PastCurve*> past;
    for (size_t i = end - std::min(end, kHistoryRunsMax); i < end; ++i)
      past.push_back(&x_summaries[i]);
    return add_up(past);
  }

  std::span<const WatchedRun> x_all;
  std::vector<size_t> x_members;
  std::vector<size_t> x_past;  // by when they ended
  std::vector<PastCurve> x_summaries;
  Incumbent x_incumbent;
};

// Good runs and the alarms in them, in all and by fold.
class Calibration {
 public:
  Calibration(std::span<const WatchedRun> runs, const std::vector<Alarms>& alarms,
              const std::vector<bool>& is_good) {
    for (size_t run = 0; run < runs.size(); ++run) {
      if (!is_good[run]) continue;
      for (Tally* tally : {&x_all, &x_folds[runs[run].fold]}) {
        ++tally->good;
        for (size_t d = 0; d < kDetectors; ++d)
          for (size_t rung = 0; rung < kRungs; ++rung)
            if (std::isfinite(alarms[run][d][rung])) ++tally->alarms[d][rung];
      }
    }
  }

  size_t good_runs() const { return x_all.good; }

  // The least strict setting that is quiet enough in good runs of other folds.
  std::optional<size_t> choose_rung(Detector detector, std::string_view fold) const {
    const auto own = x_folds.find(fold);
    const auto d = static_cast<size_t>(detector);
    const size_t good = x_all.good - (own == x_folds.end() ? 0 : own->second.good);
    if (good < kGoodRunsMin)
      return detector == Detector::kNotANumber ? std::optional(kRungUncalibrated) : std::nullopt;
    for (size_t rung = 0; rung < kRungs; ++rung) {
      if (!std::isfinite(rungs_of(detector)[rung])) break;
      const size_t alarms =
          x_all.alarms[d][rung] - (own == x_folds.end() ? 0 : own->second.alarms[d][rung]);
      if (static_cast<double>(alarms) <= kFalseAlarmShareMax * static_cast<double>(good))
        return rung;
    }
    return std::nullopt;
  }

 private:
  struct Tally {
    size_t good = 0;
    Counts alarms{};
  };
  Tally x_all;
  std::map<std::string_view, Tally> x_folds;
};

void take_first(std::optional<Alarm>& first, const Alarm& alarm) {
  if (!first || alarm.at_s < first->at_s) first = alarm;
}

}  // namespace

std::string_view print_detector(Detector detector) {
  constexpr std::array<std::string_view, kDetectors> kNames = {
      "not_a_number", "explosion", "gradient", "silence", "idle_gpu", "stagnation", "dominated"};
  return kNames[static_cast<size_t>(detector)];
}

bool is_divergence(Detector detector) { return detector <= Detector::kGradient; }

const std::array<double, kRungs>& rungs_of(Detector detector) {
  static constexpr std::array<std::array<double, kRungs>, kDetectors> kLadders = {{
      {1, 3, 10, kNone},         // in a row
      {3, 5, 10, 30},            // times the least
      {10, 100, 1000, kNone},    // times the median
      {3, 5, 10, kNone},         // times the usual
      {600, 1200, 3600, kNone},  // seconds
      {0.2, 0.3, 0.5, 0.7},      // of the usual length
      {0, 0.5, 1, 1.5},          // slack: from the best known to the usual end
  }};
  return kLadders[static_cast<size_t>(detector)];
}

Foreseen find_knowable(std::span<const WatchedRun> runs) {
  std::map<std::string_view, std::vector<size_t>> cohorts;
  for (size_t run = 0; run < runs.size(); ++run) cohorts[runs[run].cohort].push_back(run);
  std::vector<Alarms> alarms(runs.size());
  std::vector<bool> is_good(runs.size());
  for (auto& [name, members] : cohorts) {
    const Cohort cohort(runs, std::move(members));
    cohort.find_alarms(alarms);
    cohort.mark_good(is_good);
  }
  const Calibration calibration(runs, alarms, is_good);
  Foreseen foresight;
  foresight.good_runs = calibration.good_runs();
  foresight.runs.resize(runs.size());
  for (size_t run = 0; run < runs.size(); ++run) {
    for (size_t d = 0; d < kDetectors; ++d) {
      const auto detector = static_cast<Detector>(d);
      const auto rung = calibration.choose_rung(detector, runs[run].fold);
      if (!rung) continue;
      DetectorUse& use = foresight.detectors[d];
      ++use.runs;
      const double at_s = alarms[run][d][*rung];
      if (!std::isfinite(at_s)) continue;
      ++use.alarms;
      if (is_good[run]) ++use.false_alarms;
      Knowable& known = foresight.runs[run];
      take_first(is_divergence(detector) ? known.diverged : known.hopeless, {detector, at_s});
    }
  }
  return foresight;
}

}  // namespace cairn::report
