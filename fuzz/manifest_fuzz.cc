// Fuzz target: any JSON is a manifest or an error; what was read survives being written.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "recall/manifest.h"
#include "wire/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn;
  const auto value = wire::parse_json({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  const auto manifest = recall::parse_manifest(*value);
  if (!manifest) return 0;
  const auto text = wire::print_json(recall::to_value(*manifest));
  const auto again = recall::parse_manifest(*wire::parse_json(text));
  CHECK(again && wire::print_json(recall::to_value(*again)) == text);
  return 0;
}
