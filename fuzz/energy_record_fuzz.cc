// Fuzzes energy records as runs bring them: any JSON is a record of possible amounts, or refused;
// and a record that was read is printed and read back the same.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "model/energy.h"
#include "wire/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn;
  const auto value = wire::parse_json({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  model::energy_records(*value);
  const auto record = model::parse_energy_record(*value);
  if (!record) return 0;
  for (const double amount : {record->watched_s, record->lost_s, record->load_s})
    CHECK(std::isfinite(amount) && amount >= 0);
  for (const model::SensorEnergy& sensor : record->sensors)
    CHECK(std::isfinite(sensor.run_j) && sensor.run_j >= 0 && sensor.other_j.value_or(0) >= 0);
  const model::Value printed = to_value(*record);
  const auto again = model::parse_energy_record(printed);
  CHECK(again.has_value() && to_value(*again) == printed);
  return 0;
}
