// Fuzz target: any bytes are columns or an error; what was decoded survives being encoded.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "server/columns.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto columns = cairn::server::decode_columns({reinterpret_cast<const char*>(data), size});
  if (!columns) return 0;
  const auto again = cairn::server::decode_columns(cairn::server::encode_columns(*columns));
  CHECK(again);
  CHECK(again->series.size() == columns->series.size());
  CHECK(again->missing.size() == columns->missing.size());
  return 0;
}
