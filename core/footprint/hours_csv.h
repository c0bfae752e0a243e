// Which columns of a CSV file make an hourly series. Internal to the room.
#pragma once

#include "footprint/csv.h"

namespace cairn::footprint {

// It has a column of times, and one of grams per kWh.
bool is_hourly(const CsvTable& table);

}  // namespace cairn::footprint
