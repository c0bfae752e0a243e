// Estimates as they are asked for: by parameters of the API, which the command line uses as they
// are.
#pragma once

#include "base/result.h"
#include "footprint/tables.h"
#include "model/value.h"
#include "server/call.h"

namespace cairn::server {

// "gpus" (8xV100,2xT4) or "watts" with "count"; "hours", "year", "utilisation", "host" (0: devices
// only), "preset", and those of read_place(). {"footprint", "rent", "rent_currency", "steps",
// "equivalents", "offset"}.
//
// "scenario" instead: {"name", "title", "lines"}. "presets": what there is of both.
Result<model::Value> estimate_for(const Ask& ask, const footprint::Tables& tables);

}  // namespace cairn::server
