// See waste_advice.h.
#include "report/waste_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cairn::report {

namespace {

constexpr double kCheckpointsPerRun = 20, kMinuteS = 60, kHourS = 3600;

// A round time that is at most about a twentieth of the run.
std::string checkpoint_period(double ran_s) {
  const double minutes = std::max(1.0, std::floor(ran_s / kCheckpointsPerRun / kMinuteS));
  for (const double round : {60.0, 30.0, 15.0, 10.0, 5.0, 2.0})
    if (minutes >= round) return fmt::format("{:.0f} minutes", round);
  return "minute";
}

std::string print_time(double seconds) {
  if (seconds < kMinuteS) return fmt::format("{:.0f} s", seconds);
  if (seconds < kHourS) return fmt::format("{:.0f} min", seconds / kMinuteS);
  return fmt::format("{:.1f} h", seconds / kHourS);
}

std::string advise_on_loss(const WasteRun& run, const RunSplit& split) {
  const std::string lost = print_time(split.at(WasteClass::kLost));
  return run.kept_ns ? fmt::format("keep a checkpoint more often, every {}: {} came after the last",
                                   checkpoint_period(run.ran_s()), lost)
                     : fmt::format("add a checkpoint every {}: nothing of {} was kept",
                                   checkpoint_period(run.ran_s()), lost);
}

std::string advise_on_repeat(const WasteRun& run, const WasteRun* source) {
  if (!source) return "start it with `cairn run --reuse auto`";
  const std::string other = fmt::format("{}/{}", source->project, source->id);
  return source->user == run.user
             ? fmt::format("start it with `cairn run --reuse auto`: it is {} again", other)
             : fmt::format(
                   "start it with `cairn run --reuse auto` on a shared store: {} has it as "
                   "{}",
                   source->user.empty() ? "somebody" : source->user, other);
}

std::string advise_on_hopeless(const WasteRun& run, const Alarm& alarm) {
  const std::string at = print_time(alarm.at_s);
  if (alarm.by == Detector::kSilence)
    return fmt::format("end it when no metric has come after {}", at);
  if (alarm.by == Detector::kIdleGpu)
    return fmt::format("end it when its GPU has been idle that long: known after {}", at);
  const char* rule = alarm.by == Detector::kStagnation ? "`early_terminate: {type: patience}`"
                                                       : "`early_terminate: median`";
  return fmt::format("{} {}: it was known after {}",
                     run.sweep.empty() ? "make it a trial of a sweep with" : "give its sweep", rule,
                     at);
}

}  // namespace

std::string advise(const WasteRun& run, const RunSplit& split, const Knowable& known,
                   const WasteRun* source) {
  switch (split.most()) {
    case WasteClass::kLost:
      return advise_on_loss(run, split);
    case WasteClass::kRepeatedExact:
      return advise_on_repeat(run, source);
    case WasteClass::kRepeatedEquivalent:
      return advise_on_repeat(run, source) + "; `accept = \"equivalent\"` allows it";
    case WasteClass::kConcurrent:
      return "start it with `cairn run --reuse auto`: it waits for the one that is running";
    case WasteClass::kAfterDivergence:
      return fmt::format(
          "end it when it diverges ({}), or lower its learning rate: {} of {} came "
          "after",
          print_detector(known.diverged->by), print_time(split.at(WasteClass::kAfterDivergence)),
          print_time(run.ran_s()));
    case WasteClass::kAfterKnowable:
      return advise_on_hopeless(run, *known.hopeless);
    case WasteClass::kFailedEarly:
      return "try the set-up with a few steps before the whole run is started";
    case WasteClass::kIdle:
      return split.idle.start_up >= std::max(split.idle.between, split.idle.tail)
                 ? "load data before the device is taken, or cache what is loaded"
             : split.idle.tail >= split.idle.between
                 ? "end the process when the training is done: it held its device idle"
                 : "load, validate and save while the device works: add loader workers";
    case WasteClass::kOversized:
      return fmt::format(
          "batch two runs on one GPU, or take a smaller one: memory {:.0f} % at its "
          "peak, busy {:.0f} %",
          100 * run.machine->memory_peak_share.value_or(0),
          100 * find_oversize(*run.machine)->busy_p90);
    case WasteClass::kUseful:
      break;
  }
  return "";
}

}  // namespace cairn::report
