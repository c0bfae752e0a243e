// The file of calibrations: what wall meters said of machines (docs/formats/calibrations.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "footprint/assess.h"

namespace cairn::server {

std::string encode_calibrations(const std::vector<footprint::Calibration>& calibrations);
// Invalid: of another version; Corrupt.
Result<std::vector<footprint::Calibration>> decode_calibrations(std::string_view bytes);

}  // namespace cairn::server
