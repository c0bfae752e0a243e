// Runs as the API writes them.
#pragma once

#include "model/run.h"
#include "model/value.h"

namespace cairn::server {

// `now_ns` measures the duration of a run that lives. With `detail` also meta, metrics and losses.
model::Value print_run(const model::RunInfo& run, int64_t now_ns, bool detail);

}  // namespace cairn::server
