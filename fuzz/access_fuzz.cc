// Fuzzes access.json: any text is who may do what, or an error; and what was read is printed and
// read back the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "auth/access.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn;
  const auto access = auth::parse_access({reinterpret_cast<const char*>(data), size});
  if (!access) return 0;
  const std::string printed = auth::print_access(*access);
  const auto again = auth::parse_access(printed);
  CHECK(again.has_value() && auth::print_access(*again) == printed);
  return 0;
}
