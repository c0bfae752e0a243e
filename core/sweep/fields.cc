// See fields.h.
#include "sweep/fields.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/nearest.h"
#include "sweep/choice.h"

namespace cairn::sweep {

using model::Value;

namespace {

template <typename Number>
std::optional<Number> parse(std::string_view text) {
  Number number{};
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<double> to_number(const Value& value) {
  if (const std::string* text = value.as_string()) return parse<double>(*text);
  if (!value.is_number()) return std::nullopt;
  return value.number_or(0);
}

std::optional<int64_t> to_integer(const Value& value) {
  if (const std::string* text = value.as_string()) return parse<int64_t>(*text);
  if (const int64_t* integer = value.as_int()) return *integer;
  const double* number = value.as_double();
  constexpr double kExact = 0x1p53;
  if (number && std::abs(*number) <= kExact && *number == std::floor(*number))
    return static_cast<int64_t>(*number);
  return std::nullopt;
}

Result<bool> to_flag(const Value& value, std::string_view what) {
  if (const bool* flag = value.as_bool()) return *flag;
  return fail(Code::kInvalid, "expected {} to be true or false, found {}", what, show(value));
}

tl::unexpected<Error> fail_name(std::string_view found, std::string_view what,
                                const std::vector<std::string_view>& names) {
  const auto near = nearest_name(found, names);
  return fail(Code::kInvalid, "expected {} to be one of {}; found {}{}", what,
              fmt::join(names, ", "), show(Value(found)),
              near ? fmt::format(": did you mean '{}'?", *near) : "");
}

Result<Fields> Fields::of(const Value& document, std::string where,
                          std::span<const std::string_view> known, Warnings& warnings) {
  const model::Object* object = document.as_object();
  if (!object)
    return fail(Code::kInvalid, "expected {} to be a map of keys and values, found {}",
                where.empty() ? "a sweep" : where, show(document));
  Fields fields(*object, std::move(where), warnings);
  fields.x_known = {known.begin(), known.end()};
  TRY_VOID(fields.check_spelling(known));
  return fields;
}

Result<void> Fields::check_spelling(std::span<const std::string_view> known) const {
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const std::string in = x_where.empty() ? "" : " in " + x_where;
  for (const auto& [key, value] : *x_object) {
    if (x_known.contains(key)) continue;
    const std::string shown = show(Value(key));
    if (const auto near = nearest_name(key, candidates))
      return fail(Code::kInvalid, "unknown key {}{}: did you mean '{}'?", shown, in, *near);
    x_warnings->push_back(fmt::format("unknown key {}{}: it has no effect", shown, in));
  }
  return {};
}

const Value* Fields::find(std::string_view key) {
  x_asked.insert(key);
  for (const auto& [name, value] : *x_object)
    if (name == key) return &value;
  return nullptr;
}

const Value* Fields::get(std::string_view key) {
  const Value* value = find(key);
  return value && !value->is_null() ? value : nullptr;
}

bool Fields::has(std::string_view key) const {
  return std::any_of(x_object->begin(), x_object->end(), [&](const auto& member) {
    return member.first == key && !member.second.is_null();
  });
}

std::string Fields::describe(std::string_view key) const {
  return x_where.empty() ? fmt::format("'{}'", key) : fmt::format("'{}' of {}", key, x_where);
}

tl::unexpected<Error> Fields::refuse(std::string_view key, std::string_view expected) const {
  for (const auto& [name, value] : *x_object)
    if (name == key)
      return fail(Code::kInvalid, "expected {} to be {}, found {}", describe(key), expected,
                  show(value));
  return fail(Code::kInvalid, "expected {} ({}), found none", describe(key), expected);
}

void Fields::warn_of_unused(std::string_view why) const {
  for (const auto& [key, value] : *x_object)
    if (x_known.contains(key) && !x_asked.contains(key))
      x_warnings->push_back(fmt::format("{} has no effect{}", describe(key), why));
}

Result<std::optional<double>> Fields::number(std::string_view key) {
  const Value* value = get(key);
  if (!value) return std::nullopt;
  const auto number = to_number(*value);
  if (!number || !std::isfinite(*number)) return refuse(key, "a number");
  return number;
}

Result<std::optional<double>> Fields::number_above(std::string_view key, double low) {
  TRY(const std::optional<double> found, number(key));
  if (found && !(*found > low)) return refuse(key, fmt::format("a number above {}", low));
  return found;
}

Result<std::optional<uint64_t>> Fields::count(std::string_view key, uint64_t least) {
  const Value* value = get(key);
  if (!value) return std::nullopt;
  const auto whole = to_integer(*value);
  if (!whole || *whole < 0 || static_cast<uint64_t>(*whole) < least)
    return refuse(key, fmt::format("a whole number of {} or more", least));
  return static_cast<uint64_t>(*whole);
}

Result<std::optional<bool>> Fields::flag(std::string_view key) {
  const Value* value = get(key);
  if (!value) return std::nullopt;
  TRY(const bool flag, to_flag(*value, describe(key)));
  return flag;
}

Result<std::optional<std::string>> Fields::text(std::string_view key) {
  const Value* value = get(key);
  if (!value) return std::nullopt;
  if (!value->as_string()) return refuse(key, "a text");
  return *value->as_string();
}

Result<std::optional<model::List>> Fields::list(std::string_view key) {
  const Value* value = get(key);
  if (!value) return std::nullopt;
  if (!value->as_list()) return refuse(key, "a list");
  return *value->as_list();
}

Result<std::vector<std::string>> Fields::texts(std::string_view key) {
  std::vector<std::string> texts;
  const Value* value = get(key);
  if (!value) return texts;
  if (const std::string* text = value->as_string()) return std::vector{*text};
  if (!value->as_list()) return refuse(key, "a text or a list of them");
  for (const Value& item : *value->as_list()) {
    if (!item.as_string()) return refuse(key, "a list of texts");
    texts.push_back(*item.as_string());
  }
  return texts;
}

}  // namespace cairn::sweep
