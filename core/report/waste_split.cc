// See waste_split.h.
#include "report/waste_split.h"

#include <algorithm>
#include <numeric>

namespace cairn::report {

namespace {

bool has_failed_early(const WasteRun& run) {
  return run.end == RunEnd::kFailed && !run.has_logged && !run.kept_ns &&
         run.ran_s() <= kFailedEarlyMaxS;
}

WasteClass class_of(Repeat::Kind kind) {
  switch (kind) {
    case Repeat::Kind::kExact:
      return WasteClass::kRepeatedExact;
    case Repeat::Kind::kEquivalent:
      return WasteClass::kRepeatedEquivalent;
    default:
      return WasteClass::kConcurrent;
  }
}

// When the metric first and last came; without it, the whole run is before it.
Stretch logged_between(const WasteRun& run) {
  if (!run.curves || run.curves->metric.at_s.empty()) return {0, run.ran_s()};
  return {run.curves->metric.at_s.front(), run.curves->metric.at_s.back()};
}

double overlap(const Stretch& span, double from_s, double to_s) {
  return std::max(0.0, std::min(span.to_s, to_s) - std::max(span.from_s, from_s));
}

// What is left of the run, [0, end_s), is idle, too large, or useful.
void split_rest(const WasteRun& run, double end_s, RunSplit& split) {
  double left_s = end_s;
  if (run.machine && end_s > 0) {
    const std::vector<Stretch> idle = find_idle(*run.machine);
    const Stretch logged = logged_between(run);
    for (const Stretch& span : idle) {
      const double seconds = overlap(span, 0, end_s);
      const double before = overlap(span, 0, std::min(end_s, logged.from_s));
      const double after = overlap(span, std::min(end_s, logged.to_s), end_s);
      split.idle.start_up += before;
      split.idle.tail += after;
      split.idle.between += seconds - before - after;
      split.at(WasteClass::kIdle) += seconds;
    }
    left_s = std::max(0.0, end_s - split.at(WasteClass::kIdle));
    split.idle.stalled = std::min(left_s, stalled_seconds(*run.machine, idle));
    if (const auto oversize = find_oversize(*run.machine)) {
      split.at(WasteClass::kOversized) = left_s * oversize->share;
      split.oversized_low_s = left_s * oversize->low;
      split.oversized_high_s = left_s * oversize->high;
    }
  }
  split.at(WasteClass::kUseful) = left_s - split.at(WasteClass::kOversized);
}

}  // namespace

double RunSplit::avoidable_s() const {
  return std::accumulate(seconds.begin(), seconds.end() - 1, 0.0);
}

WasteClass RunSplit::most() const {
  return static_cast<WasteClass>(std::max_element(seconds.begin(), seconds.end() - 1) -
                                 seconds.begin());
}

RunSplit split_run(const WasteRun& run, const Repeat& repeat, const Knowable& known) {
  RunSplit split;
  double end_s = std::max(0.0, run.ran_s());  // of what is not in a class yet
  const auto cut = [&](WasteClass of, double at_s) {
    const double from_s = std::clamp(at_s, 0.0, end_s);
    split.at(of) = end_s - from_s;
    end_s = from_s;
  };
  if (run.end == RunEnd::kFailed && !has_failed_early(run)) {
    split.is_loss_modelled = !run.kept_ns;
    cut(WasteClass::kLost,
        run.kept_ns ? static_cast<double>(*run.kept_ns - run.began_ns) / kNsPerSecond : 0);
  }
  if (repeat.kind != Repeat::Kind::kNone) cut(class_of(repeat.kind), 0);
  if (known.diverged) cut(WasteClass::kAfterDivergence, known.diverged->at_s);
  if (known.hopeless) cut(WasteClass::kAfterKnowable, known.hopeless->at_s);
  if (has_failed_early(run)) cut(WasteClass::kFailedEarly, 0);
  split_rest(run, end_s, split);
  return split;
}

}  // namespace cairn::report
