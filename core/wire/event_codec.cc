// Encoding and decoding of event payloads, one pair of functions per kind.
#include "wire/event_codec.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "base/limits.h"

namespace cairn::wire {

using namespace model;

namespace {

// A count is believed only so far: nested ones could each ask for memory that no bytes stand for.
constexpr uint64_t kReserveItems = 256;

enum class Tag : uint8_t {
  kNull = 0,
  kFalse = 1,
  kTrue = 2,
  kInt = 3,
  kDouble = 4,
  kString = 5,
  kList = 6,
  kObject = 7,
};

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(Code::kCorrupt, "expected {}, found bytes that are none", what);
}

Result<Value> decode_value_at(ByteReader& in, int depth);

Result<Value> decode_list(ByteReader& in, int depth) {
  const uint64_t n = in.varint();
  if (!in.ok() || n > in.left()) return malformed("a list");  // each item takes a byte at least
  List list;
  list.reserve(static_cast<size_t>(std::min(n, kReserveItems)));
  for (uint64_t i = 0; i < n; ++i) {
    TRY(Value item, decode_value_at(in, depth + 1));
    list.push_back(std::move(item));
  }
  return Value(std::move(list));
}

Result<Value> decode_object(ByteReader& in, int depth) {
  const uint64_t n = in.varint();
  if (!in.ok() || n > in.left()) return malformed("an object");
  Object object;
  object.reserve(static_cast<size_t>(std::min(n, kReserveItems)));
  for (uint64_t i = 0; i < n; ++i) {
    std::string key(in.text());
    TRY(Value member, decode_value_at(in, depth + 1));
    object.emplace_back(std::move(key), std::move(member));
  }
  return Value(std::move(object));
}

Result<Value> decode_value_at(ByteReader& in, int depth) {
  if (depth > kValueDepthMax)
    return fail(Code::kCorrupt, "expected at most {} nested values", kValueDepthMax);
  const uint8_t tag = in.u8();
  Value value;
  switch (static_cast<Tag>(tag)) {
    case Tag::kNull:
      break;
    case Tag::kFalse:
    case Tag::kTrue:
      value = static_cast<Tag>(tag) == Tag::kTrue;
      break;
    case Tag::kInt:
      value = in.svarint();
      break;
    case Tag::kDouble:
      value = in.f64();
      break;
    case Tag::kString:
      value = in.text();
      break;
    case Tag::kList:
      return decode_list(in, depth);
    case Tag::kObject:
      return decode_object(in, depth);
    default:
      return fail(Code::kCorrupt, "expected a value's tag, found {}", tag);
  }
  if (!in.ok()) return malformed("a value");
  return value;
}

std::string encode_tree(const Value& value) {
  ByteWriter out;
  encode_value(value, out);
  return out.take();
}

std::string encode(const RunBegan& e) { return encode_tree(e.about); }
std::string encode(const ConfigChanged& e) { return encode_tree(e.change); }
std::string encode(const SummaryChanged& e) { return encode_tree(e.change); }
std::string encode(const AttributesChanged& e) { return encode_tree(e.change); }
std::string encode(const CaptureAdded& e) { return encode_tree(e.facts); }
std::string encode(const ArtifactLogged& e) { return encode_tree(e.artifact); }
std::string encode(const LossCounted& e) { return encode_tree(e.counts); }

std::string encode(const ShapeDefined& e) {
  ByteWriter out;
  out.varint(e.shape);
  out.u8(static_cast<uint8_t>(e.stream));
  out.varint(e.keys.size());
  for (const std::string& key : e.keys) out.text(key);
  return out.take();
}

std::string encode(const RowLogged& e) {
  ByteWriter out;
  out.fixed(RowHeader{e.shape, static_cast<uint32_t>(e.count), e.step, e.time_ns});
  if (e.count > 0) out.raw({reinterpret_cast<const char*>(e.values), e.count * sizeof(double)});
  return out.take();
}

std::string encode(const MetricDefined& e) {
  ByteWriter out;
  out.text(e.name);
  encode_value(e.definition, out);
  return out.take();
}

std::string encode(const ConsoleWritten& e) {
  ByteWriter out;
  out.u8(e.stream);
  out.u8(static_cast<uint8_t>(e.kind));
  out.i64(e.time_ns);
  out.raw(e.text);
  return out.take();
}

std::string encode(const RecordLogged& e) {
  ByteWriter out;
  out.text(e.key);
  out.i64(e.step);
  out.i64(e.time_ns);
  encode_value(e.record, out);
  return out.take();
}

std::string encode(const RunFinished& e) {
  ByteWriter out;
  out.i64(e.time_ns);
  out.fixed(e.exit_code);
  out.text(e.reason);
  return out.take();
}

Result<ShapeDefined> decode_shape(std::string_view payload) {
  ByteReader in(payload);
  ShapeDefined e;
  e.shape = static_cast<uint32_t>(in.varint());
  const uint8_t stream = in.u8();
  const uint64_t n = in.varint();
  if (!in.ok() || stream > 1 || n > in.left()) return malformed("a row's shape");
  e.stream = static_cast<Stream>(stream);
  e.keys.reserve(static_cast<size_t>(std::min(n, kReserveItems)));
  for (uint64_t i = 0; i < n; ++i) e.keys.emplace_back(in.text());
  if (!in.ok()) return malformed("a row's shape");
  return e;
}

Result<ConsoleWritten> decode_console(std::string_view payload) {
  ByteReader in(payload);
  ConsoleWritten e;
  e.stream = in.u8();
  const uint8_t kind = in.u8();
  e.time_ns = in.i64();
  if (!in.ok() || kind > 1) return malformed("console text");
  e.kind = static_cast<ConsoleWritten::Kind>(kind);
  e.text = in.rest();
  return e;
}

Result<RecordLogged> decode_record(std::string_view payload) {
  ByteReader in(payload);
  RecordLogged e;
  e.key = in.text();
  e.step = in.i64();
  e.time_ns = in.i64();
  TRY(e.record, decode_value(in));
  return e;
}

Result<MetricDefined> decode_metric(std::string_view payload) {
  ByteReader in(payload);
  MetricDefined e;
  e.name = in.text();
  TRY(e.definition, decode_value(in));
  return e;
}

Result<RunFinished> decode_finished(std::string_view payload) {
  ByteReader in(payload);
  RunFinished e;
  e.time_ns = in.i64();
  e.exit_code = in.fixed<int32_t>();
  e.reason = in.text();
  if (!in.ok()) return malformed("the end of a run");
  return e;
}

Result<Value> decode_tree(std::string_view payload) {
  ByteReader in(payload);
  return decode_value(in);
}

// Result<Specific> -> Result<Event>.
template <typename T>
Result<Event> widen(Result<T> result) {
  if (!result) return tl::unexpected(std::move(result).error());
  return Event(std::move(*result));
}

template <typename T>
Result<Event> widen_tree(std::string_view payload) {
  TRY(Value value, decode_tree(payload));
  return Event(T{std::move(value)});
}

}  // namespace

void encode_value(const Value& value, ByteWriter& out) {
  const auto tag = [&](Tag t) { out.u8(static_cast<uint8_t>(t)); };
  if (const bool* b = value.as_bool()) {
    tag(*b ? Tag::kTrue : Tag::kFalse);
  } else if (const int64_t* i = value.as_int()) {
    tag(Tag::kInt);
    out.svarint(*i);
  } else if (const double* d = value.as_double()) {
    tag(Tag::kDouble);
    out.f64(*d);
  } else if (const std::string* s = value.as_string()) {
    tag(Tag::kString);
    out.text(*s);
  } else if (const List* list = value.as_list()) {
    tag(Tag::kList);
    out.varint(list->size());
    for (const Value& item : *list) encode_value(item, out);
  } else if (const Object* object = value.as_object()) {
    tag(Tag::kObject);
    out.varint(object->size());
    for (const auto& [key, member] : *object) {
      out.text(key);
      encode_value(member, out);
    }
  } else {
    tag(Tag::kNull);
  }
}

Result<Value> decode_value(ByteReader& in) { return decode_value_at(in, 0); }

FrameKind kind_of(const Event& event) {
  // The variant lists the events in the order of their kinds.
  static_assert(std::is_same_v<std::variant_alternative_t<0, Event>, RunBegan>);
  static_assert(std::is_same_v<std::variant_alternative_t<12, Event>, RunFinished>);
  return static_cast<FrameKind>(event.index() + 1);
}

std::string encode_event(const Event& event) {
  return std::visit([](const auto& e) { return encode(e); }, event);
}

Result<RowLogged> decode_row(std::string_view payload) {
  RowHeader header;
  if (payload.size() < sizeof header) return malformed("a row");
  std::memcpy(&header, payload.data(), sizeof header);
  if ((payload.size() - sizeof header) / sizeof(double) != header.count ||
      (payload.size() - sizeof header) % sizeof(double) != 0)
    return malformed("a row");
  return RowLogged{header.shape, header.step, header.time_ns,
                   reinterpret_cast<const double*>(payload.data() + sizeof header), header.count};
}

Result<Event> decode_event(uint16_t kind, std::string_view payload) {
  switch (static_cast<FrameKind>(kind)) {
    case FrameKind::kRunBegan:
      return widen_tree<RunBegan>(payload);
    case FrameKind::kShapeDefined:
      return widen(decode_shape(payload));
    case FrameKind::kRowLogged:
      return widen(decode_row(payload));
    case FrameKind::kConfigChanged:
      return widen_tree<ConfigChanged>(payload);
    case FrameKind::kSummaryChanged:
      return widen_tree<SummaryChanged>(payload);
    case FrameKind::kAttributesChanged:
      return widen_tree<AttributesChanged>(payload);
    case FrameKind::kCaptureAdded:
      return widen_tree<CaptureAdded>(payload);
    case FrameKind::kMetricDefined:
      return widen(decode_metric(payload));
    case FrameKind::kConsoleWritten:
      return widen(decode_console(payload));
    case FrameKind::kRecordLogged:
      return widen(decode_record(payload));
    case FrameKind::kArtifactLogged:
      return widen_tree<ArtifactLogged>(payload);
    case FrameKind::kLossCounted:
      return widen_tree<LossCounted>(payload);
    case FrameKind::kRunFinished:
      return widen(decode_finished(payload));
  }
  return fail(Code::kInvalid, "expected an event of a known kind, found kind {}", kind);
}

}  // namespace cairn::wire
