// Footprints as other tools, papers and model cards have them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "footprint/snippet.h"
#include "server/call.h"
#include "server/footprint_totals.h"

namespace cairn::server {

// "format": codecarbon (which is the default), latex or markdown.
Result<std::string> read_export_format(const Ask& ask);

footprint::CodeCarbonRow codecarbon_row(const PricedRun& run, footprint::Footprint footprint,
                                        const footprint::Tables& tables);
Response answer_codecarbon(const std::vector<footprint::CodeCarbonRow>& rows);
// latex, markdown. `what` it is of.
Response answer_snippet(const footprint::Footprint& footprint, std::string_view what,
                        std::string_view format);

}  // namespace cairn::server
