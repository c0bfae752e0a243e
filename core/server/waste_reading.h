// Reading what the accounting of waste needs: facts of every run, and the inside of some.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "report/waste.h"
#include "server/call.h"

namespace cairn::server {

// Runs of some projects; lives for one request.
struct WasteReading {
  std::vector<report::WasteRun> runs;
  // By run, by NVML's index: the memory of the machine's GPUs; 0: unknown.
  std::vector<std::vector<double>> gpu_memory_bytes;
  std::string currency;  // of money; that of runs in another one is not known
};

// Adds all runs of the project but those of inference. Costs one look at the project's table and
// one at what was captured, whatever the number of runs. Those created before `since_ns` are there
// to be compared with.
Result<void> read_waste_facts(const Call& call, const std::string& project, int64_t since_ns,
                              WasteReading& reading);

struct LookedInside {
  size_t runs = 0;
  double took_s = 0;
};
// Curves and machine series, of runs that took the most first, until `budget_s` is used up.
Result<LookedInside> look_inside(const Call& call, double budget_s, WasteReading& reading);

}  // namespace cairn::server
