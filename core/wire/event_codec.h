// Events ↔ frame payloads. The grammar is docs/formats/events.md; goldens are in tests/golden/.
//
// A journal is a sequence of frames (kind, payload); this file is the only one that knows what is
// in them. Unknown kinds decode to Invalid with the kind's number, and readers step over them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "model/event.h"

namespace cairn::wire {

enum class FrameKind : uint16_t {
  kRunBegan = 1,
  kShapeDefined = 2,
  kRowLogged = 3,
  kConfigChanged = 4,
  kSummaryChanged = 5,
  kAttributesChanged = 6,
  kCaptureAdded = 7,
  kMetricDefined = 8,
  kConsoleWritten = 9,
  kRecordLogged = 10,
  kArtifactLogged = 11,
  kLossCounted = 12,
  kRunFinished = 13,
};

// Header of a row payload, followed by `count` float64 values. Kept plain so that the guest can
// write a row straight into the journal's memory.
struct RowHeader {
  uint32_t shape;
  uint32_t count;
  int64_t step;
  int64_t time_ns;
};
static_assert(sizeof(RowHeader) == 24);

FrameKind kind_of(const model::Event& event);
std::string encode_event(const model::Event& event);

// Views in the event point into `payload`, which must outlive it.
Result<model::Event> decode_event(uint16_t kind, std::string_view payload);
// The same for the hot path, without the variant.
Result<model::RowLogged> decode_row(std::string_view payload);

// Binary value trees (docs/formats/value.md).
void encode_value(const model::Value& value, ByteWriter& out);
Result<model::Value> decode_value(ByteReader& in);

}  // namespace cairn::wire
