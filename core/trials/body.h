// What events and requests hold, read by name; absent and null are the same, and unknown is no 0.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/value.h"
#include "trials/trial.h"

namespace cairn::trials {

inline const model::Value* member(const model::Value& body, std::string_view name) {
  const model::Value* found = body.find(name);
  return found && !found->is_null() ? found : nullptr;
}
inline std::string text_at(const model::Value& body, std::string_view name) {
  const model::Value* found = member(body, name);
  return std::string(found ? found->string_or("") : "");
}
inline double number_at(const model::Value& body, std::string_view name) {
  const model::Value* found = member(body, name);
  return found ? found->number_or(kUnknown) : kUnknown;
}
inline int64_t integer_at(const model::Value& body, std::string_view name, int64_t missing = 0) {
  const model::Value* found = member(body, name);
  return found ? found->int_or(missing) : missing;
}
inline bool flag_at(const model::Value& body, std::string_view name) {
  const model::Value* found = member(body, name);
  return found && found->as_bool() && *found->as_bool();
}
std::vector<double> numbers_at(const model::Value& body, std::string_view name);
Cost cost_at(const model::Value& body, std::string_view name);

// Null where nothing is known.
inline model::Value or_null(const std::string& text) {
  return text.empty() ? model::Value() : model::Value(text);
}
template <typename T>
model::Value or_null(const std::optional<T>& number) {
  return number ? model::Value(static_cast<int64_t>(*number)) : model::Value();
}
inline model::Value or_null(double value) {
  return std::isnan(value) ? model::Value() : model::Value(value);
}
model::Value print_numbers(const std::vector<double>& values);
model::Value print_cost(const Cost& cost);

}  // namespace cairn::trials
