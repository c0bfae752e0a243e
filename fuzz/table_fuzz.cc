// Fuzz target: any text is a table, hours of carbon intensity, both or an error in words; what was
// read can be asked, and hours survive being printed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "footprint/hours.h"
#include "footprint/tables.h"

namespace cairn::footprint {
namespace {

void ask(const Tables& tables) {
  CHECK(tables.list().size() == 1);
  for (const std::string& zone : tables.zones()) {
    CHECK(tables.zone_of(zone).value_or("") == zone);
    (void)tables.intensity({zone, 2025});
    (void)tables.intensity({zone, 2025, IntensityKind::kMarginal, IntensityScope::kDirect});
  }
  for (const Device* device : tables.devices()) CHECK(tables.find_device(device->name) != nullptr);
  for (const Constant* constant : tables.constants("")) {
    CHECK(constant->value.low <= constant->value.value);
    CHECK(constant->value.value <= constant->value.high);
  }
  (void)tables.device("V100");
  (void)tables.zone_of("gcp:us-west1");
  (void)tables.find_price("electricity", "FR", 2025);
  const Quantity world = tables.world(2025).g_per_kwh;
  CHECK(world.low <= world.high);
}

void try_text(std::string_view text) {
  if (const auto tables = Tables::parse({{"t.csv", text}}))
    ask(**tables);
  else
    CHECK(!tables.error().message().empty());

  const auto hours = parse_hourly_csv(text, "FR");
  if (!hours) return;
  const auto again = parse_hourly_csv(print_hourly_csv(*hours, "CC0-1.0"), "");
  CHECK(again.has_value());
  CHECK(again->zone == hours->zone && again->first_ns == hours->first_ns);
  CHECK(again->g_per_kwh.size() == hours->g_per_kwh.size());
  CHECK(price_hours({{hours->first_ns, hours->first_ns + 1}, {0, 1}}, *hours).carbon_kg >= 0);
}

}  // namespace
}  // namespace cairn::footprint

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cairn::footprint::try_text({reinterpret_cast<const char*>(data), size});
  return 0;
}
