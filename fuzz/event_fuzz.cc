// Fuzzes events: any payload of any kind is an event, or an error; and what was understood is
// written and read back the same.
//
// The first two bytes are the kind, the rest is the payload.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/check.h"
#include "wire/event_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn;
  uint16_t kind;
  if (size < sizeof kind) return 0;
  std::memcpy(&kind, data, sizeof kind);
  const std::string_view payload(reinterpret_cast<const char*>(data) + sizeof kind,
                                 size - sizeof kind);
  const auto event = wire::decode_event(kind, payload);
  if (!event) return 0;
  CHECK(static_cast<uint16_t>(wire::kind_of(*event)) == kind);
  // Not every spelling of a number is the shortest one; but what is written once stays.
  const std::string once = wire::encode_event(*event);
  const auto again = wire::decode_event(kind, once);
  CHECK(again.has_value());
  CHECK(wire::encode_event(*again) == once);
  return 0;
}
