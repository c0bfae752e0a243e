// Fuzz target: any bytes are a file of calibrations or an error; what was read survives being
// written.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "server/calibrations.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using cairn::server::decode_calibrations, cairn::server::encode_calibrations;
  const auto read = decode_calibrations({reinterpret_cast<const char*>(data), size});
  if (!read) return 0;
  const std::string bytes = encode_calibrations(*read);
  const auto again = decode_calibrations(bytes);
  CHECK(again && encode_calibrations(*again) == bytes);
  return 0;
}
