// What would have avoided a run's waste, in one line. Internal to the room.
#pragma once

#include <string>

#include "report/waste.h"
#include "report/waste_split.h"

namespace cairn::report {

// `source`: the run that it repeats, if it does.
std::string advise(const WasteRun& run, const RunSplit& split, const Knowable& known,
                   const WasteRun* source);

}  // namespace cairn::report
