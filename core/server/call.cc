// Parameters of a request, and answers.
#include "server/call.h"

#include <array>
#include <charconv>
#include <cmath>

#include "wire/json.h"

namespace cairn::server {
namespace {

struct Translation {
  Code code;
  int status;
};
constexpr std::array<Translation, 7> kTranslations = {{
    {Code::kInvalid, 400},
    {Code::kNotFound, 404},
    {Code::kConflict, 409},
    {Code::kCorrupt, 500},
    {Code::kIo, 500},
    {Code::kUnavailable, 503},
    {Code::kLimit, 413},
}};

}  // namespace

std::string_view Ask::text(std::string_view param, std::string_view missing) const {
  const std::string* value = request.param(param);
  return value ? std::string_view(*value) : missing;
}

Result<std::optional<int64_t>> Ask::integer(std::string_view param, int64_t min,
                                            int64_t max) const {
  const std::string* text = request.param(param);
  if (!text || text->empty()) return std::nullopt;
  int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end)
    return fail(Code::kInvalid, "expected an integer for {}, found '{}'", param, *text);
  if (value < min || value > max)
    return fail(Code::kInvalid, "expected {} between {} and {}, found {}", param, min, max, value);
  return value;
}

Result<std::optional<double>> Ask::number(std::string_view param) const {
  const std::string* text = request.param(param);
  if (!text || text->empty()) return std::nullopt;
  double value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value))
    return fail(Code::kInvalid, "expected a number for {}, found '{}'", param, *text);
  return value;
}

Result<bool> Ask::flag(std::string_view param) const {
  const std::string_view value = text(param, "0");
  if (value == "1" || value == "true") return true;
  if (value == "0" || value == "false") return false;
  return fail(Code::kInvalid, "expected 0 or 1 for {}, found '{}'", param, value);
}

std::vector<std::string> Ask::list(std::string_view param) const {
  std::vector<std::string> items;
  std::string_view rest = text(param);
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    if (comma > 0) items.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return items;
}

Result<model::Value> Ask::object() const {
  if (request.body.empty()) return model::Value(model::Object{});
  TRY(model::Value body, wire::parse_json(request.body));
  if (!body.as_object()) return fail(Code::kInvalid, "expected a JSON object as the body");
  return body;
}

Result<model::RunInfo> Call::run() const { return rooms.catalog.run(names[0], names[1]); }

Response answer(const model::Value& value) {
  Response response;
  response.body = wire::print_json(value);
  return response;
}

Response answer_error(const Error& error) {
  model::Value about;
  about.set("code", print_code(error.code()));
  about.set("message", error.message());
  Response response = answer(model::Object{{"error", std::move(about)}});
  response.status = status_of(error.code());
  return response;
}

int status_of(Code code) {
  for (const Translation& t : kTranslations)
    if (t.code == code) return t.status;
  return 500;
}

Code code_of(std::string_view printed) {
  for (const Translation& t : kTranslations)
    if (print_code(t.code) == printed) return t.code;
  return Code::kIo;
}

}  // namespace cairn::server
