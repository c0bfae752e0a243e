// One run's time by class. Internal to the room.
#pragma once

#include <array>
#include <vector>

#include "report/waste.h"
#include "report/waste_repeats.h"

namespace cairn::report {

struct RunSplit {
  std::array<double, kWasteClasses> seconds{};  // of the run; they add up to ran_s()
  double oversized_low_s = 0, oversized_high_s = 0;
  IdleParts idle;                 // seconds of the run
  bool is_loss_modelled = false;  // it kept nothing that Cairn knows of

  double& at(WasteClass of) { return seconds[static_cast<size_t>(of)]; }
  double at(WasteClass of) const { return seconds[static_cast<size_t>(of)]; }
  double avoidable_s() const;
  WasteClass most() const;  // of what could have been avoided
};

RunSplit split_run(const WasteRun& run, const Repeat& repeat, const Knowable& known);

}  // namespace cairn::report
