// JSON by RapidJSON's SAX reader and writers; the only file that includes it.
#include "wire/json.h"

// Set for all writers, because PrettyWriter of RapidJSON 1.1 ignores its own template argument.
#define RAPIDJSON_WRITE_DEFAULT_FLAGS ::rapidjson::kWriteNanAndInfFlag
#include <rapidjson/error/en.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/utf8.h"

namespace cairn::wire {

using model::List;
using model::Object;
using model::Value;

namespace {

// RapidJSON sees where a number begins and ends; its own conversion stumbles over "0e308" and
// "NaNe5". False for what is no number or beyond a double.
bool parse_double(std::string_view text, double& number) {
  const bool is_negative = text.starts_with('-');
  const std::string_view magnitude = text.substr(is_negative ? 1 : 0);
  if (magnitude == "NaN" || magnitude == "Infinity" || magnitude == "Inf") {
    number = magnitude == "NaN" ? std::numeric_limits<double>::quiet_NaN()
                                : std::numeric_limits<double>::infinity();
    if (is_negative) number = -number;
    return true;
  }
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ptr != end) return false;
  if (read.ec == std::errc{}) return true;
  number = std::strtod(std::string(text).c_str(), nullptr);  // tells too small from too large
  return !std::isinf(number);
}

// Builds a Value from SAX events; refuses what is too deep or too large.
class Builder {
 public:
  using Ch = char;

  bool Null() { return put(Value()); }
  bool Bool(bool v) { return put(Value(v)); }
  // Never called: numbers come as text.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* s, rapidjson::SizeType n, bool) {
    const std::string_view text(s, n);
    int64_t integer = 0;
    const auto read = std::from_chars(s, s + n, integer);
    if (read.ptr == s + n && read.ec == std::errc{} && text != "-0") return put(Value(integer));
    double number = 0;
    if (!parse_double(text, number)) return x_refusal = "numbers that fit a double", false;
    return put(Value(number));
  }
  bool String(const char* s, rapidjson::SizeType n, bool) { return put(Value(text(s, n))); }
  bool StartObject() { return open(Value(Object{})); }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    x_open.back().key = text(s, n);
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

  // An escape may have spelt half a surrogate pair.
  static std::string text(const char* s, rapidjson::SizeType n) {
    std::string text(s, n);
    return is_utf8(text) ? text : to_utf8(text);
  }
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

// A training program may have said anything: one odd byte must not cost readers the whole answer.
template <typename Use>
void with_utf8(const std::string& text, const Use& use) {
  return is_utf8(text) ? use(text) : use(to_utf8(text));
}

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
    with_utf8(*s, [&](const std::string& text) {
      out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    });
  } else if (const List* list = value.as_list()) {
    out.StartArray();
    for (const Value& item : *list) write(item, out, strict);
    out.EndArray();
  } else if (const Object* object = value.as_object()) {
    out.StartObject();
    for (const auto& [key, member] : *object) {
      with_utf8(key, [&](const std::string& text) {
        out.Key(text.data(), static_cast<rapidjson::SizeType>(text.size()));
      });
      write(member, out, strict);
    }
    out.EndObject();
  } else {
    out.Null();
  }
}

}  // namespace

Result<Value> parse_json(std::string_view text) {
  constexpr unsigned kFlags = rapidjson::kParseNanAndInfFlag |
                              rapidjson::kParseNumbersAsStringsFlag |
                              rapidjson::kParseIterativeFlag;
  // RapidJSON reads to a NUL: a view is copied so that it ends with one.
  const std::string bytes(text);
  if (bytes.find('\0') != std::string::npos)
    return fail(Code::kInvalid, "expected JSON text, found a zero byte");
  // Not left to RapidJSON, which reads past the end of a character that is cut off.
  if (!is_utf8(bytes)) return fail(Code::kInvalid, "expected JSON in UTF-8, found other bytes");
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
