// JSON by RapidJSON's SAX reader and writers; the only file that includes it.
#include "wire/json.h"

// Set for all writers, because PrettyWriter of RapidJSON 1.1 ignores its own template argument.
#define RAPIDJSON_WRITE_DEFAULT_FLAGS ::rapidjson::kWriteNanAndInfFlag
#include <rapidjson/error/en.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/limits.h"

namespace cairn::wire {

using model::List;
using model::Object;
using model::Value;

namespace {

// Builds a Value from SAX events; refuses what is too deep or too large.
class Builder {
 public:
  using Ch = char;

  bool Null() { return put(Value()); }
  bool Bool(bool v) { return put(Value(v)); }
  bool Int(int v) { return put(Value(static_cast<int64_t>(v))); }
  bool Uint(unsigned v) { return put(Value(static_cast<int64_t>(v))); }
  bool Int64(int64_t v) { return put(Value(v)); }
  bool Uint64(uint64_t v) {
    if (v <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
      return put(Value(static_cast<int64_t>(v)));
    return put(Value(static_cast<double>(v)));
  }
  bool Double(double v) { return put(Value(v)); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return false; }
  bool String(const char* s, rapidjson::SizeType n, bool) { return put(Value(std::string(s, n))); }
  bool StartObject() { return open(Value(Object{})); }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    x_open.back().key.assign(s, n);
    return true;
  }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool StartArray() { return open(Value(List{})); }
  bool EndArray(rapidjson::SizeType) { return close(); }

  Value take() { return std::move(x_root); }
  const char* refusal() const { return x_refusal; }

 private:
  struct Container {
    Value value;
    std::string key;  // of the member being read
  };

  bool put(Value value) {
    if (++x_items > kValueItemsMax) return x_refusal = "fewer items", false;
    if (x_open.empty()) {
      x_root = std::move(value);
    } else if (List* list = x_open.back().value.as_list()) {
      list->push_back(std::move(value));
    } else {
      // Linear duplicates check is avoided: JSON objects with repeated keys keep the last on
      // lookup.
      x_open.back().value.as_object()->emplace_back(x_open.back().key, std::move(value));
    }
    return true;
  }
  bool open(Value container) {
    if (static_cast<int>(x_open.size()) >= kValueDepthMax) return x_refusal = "less nesting", false;
    x_open.push_back({std::move(container), {}});
    return true;
  }
  bool close() {
    Value done = std::move(x_open.back().value);
    x_open.pop_back();
    return put(std::move(done));
  }

  std::vector<Container> x_open;
  Value x_root;
  size_t x_items = 0;
  const char* x_refusal = nullptr;
};

template <typename Writer>
void write(const Value& value, Writer& out, bool strict) {
  if (const bool* b = value.as_bool()) {
    out.Bool(*b);
  } else if (const int64_t* i = value.as_int()) {
    out.Int64(*i);
  } else if (const double* d = value.as_double()) {
    if (strict && !std::isfinite(*d))
      out.Null();
    else
      out.Double(*d);
  } else if (const std::string* s = value.as_string()) {
    out.String(s->data(), static_cast<rapidjson::SizeType>(s->size()));
  } else if (const List* list = value.as_list()) {
    out.StartArray();
    for (const Value& item : *list) write(item, out, strict);
    out.EndArray();
  } else if (const Object* object = value.as_object()) {
    out.StartObject();
    for (const auto& [key, member] : *object) {
      out.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
      write(member, out, strict);
    }
    out.EndObject();
  } else {
    out.Null();
  }
}

}  // namespace

Result<Value> parse_json(std::string_view text) {
  constexpr unsigned kFlags = rapidjson::kParseNanAndInfFlag | rapidjson::kParseFullPrecisionFlag |
                              rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseIterativeFlag;
  // RapidJSON reads to a NUL: a view is copied so that it ends with one.
  const std::string bytes(text);
  if (bytes.find('\0') != std::string::npos)
    return fail(Code::kInvalid, "expected JSON text, found a zero byte");
  rapidjson::StringStream stream(bytes.c_str());
  rapidjson::Reader reader;
  Builder builder;
  if (const auto result = reader.Parse<kFlags>(stream, builder); result.IsError()) {
    if (builder.refusal())
      return fail(Code::kLimit, "expected JSON with {} at byte {}", builder.refusal(),
                  result.Offset());
    return fail(Code::kInvalid, "expected JSON, found a fault at byte {}: {}", result.Offset(),
                rapidjson::GetParseError_En(result.Code()));
  }
  return builder.take();
}

std::string print_json(const Value& value, Json style) {
  rapidjson::StringBuffer buffer;
  if (style == Json::kPretty) {
    rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
    writer.SetIndent(' ', 2);
    write(value, writer, false);
  } else {
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    write(value, writer, style == Json::kStrict);
  }
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace cairn::wire
