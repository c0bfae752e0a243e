// Fuzzes a server's metrics page: any text is counters that are numbers, or none.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "footprint/inference.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn;
  const auto counters = footprint::read_counters({reinterpret_cast<const char*>(data), size});
  if (!counters) return 0;
  CHECK(!counters->kind.empty());
  for (const auto& count : {counters->requests, counters->tokens_in, counters->tokens_out,
                            counters->running, counters->energy_j})
    CHECK(!std::isnan(count.value_or(0)));
  return 0;
}
