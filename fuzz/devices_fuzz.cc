// Fuzzes "8xV100, T4": any text is numbers of named devices, or an error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "footprint/estimate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn;
  const auto devices = footprint::parse_devices({reinterpret_cast<const char*>(data), size});
  if (!devices) return 0;
  CHECK(!devices->empty());
  for (const auto& device : *devices) CHECK(!device.device.empty() && device.count > 0);
  return 0;
}
