// Fuzzes JSON: any text is a value, or an error; and a value that was read is printed and read back
// the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "wire/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn;
  const auto value = wire::parse_json({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  for (const wire::Json style : {wire::Json::kTokens, wire::Json::kPretty}) {
    const auto again = wire::parse_json(wire::print_json(*value, style));
    CHECK(again.has_value() && *again == *value);
  }
  CHECK(wire::parse_json(wire::print_json(*value, wire::Json::kStrict)).has_value());
  return 0;
}
