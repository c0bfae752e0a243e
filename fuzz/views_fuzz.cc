// Fuzz target: any bytes are a file of named views or an error; what was read survives being
// written.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "server/saved_views.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto views = cairn::server::decode_views({reinterpret_cast<const char*>(data), size});
  if (!views) return 0;
  const auto again = cairn::server::decode_views(cairn::server::encode_views(*views));
  CHECK(again && *again == *views);
  return 0;
}
