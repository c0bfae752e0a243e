// The operations of Value.
#include "model/value.h"

#include <bit>
#include <cmath>

namespace cairn::model {

double Value::number_or(double missing) const {
  if (const double* d = as_double()) return *d;
  if (const int64_t* i = as_int()) return static_cast<double>(*i);
  if (const bool* b = as_bool()) return *b ? 1.0 : 0.0;
  return missing;
}

int64_t Value::int_or(int64_t missing) const {
  if (const int64_t* i = as_int()) return *i;
  if (const bool* b = as_bool()) return *b ? 1 : 0;
  return missing;
}

std::string_view Value::string_or(std::string_view missing) const {
  const std::string* s = as_string();
  return s ? std::string_view(*s) : missing;
}

const Value* Value::find(std::string_view key) const {
  if (const Object* object = as_object())
    for (const auto& [name, member] : *object)
      if (name == key) return &member;
  return nullptr;
}

Value& Value::set(std::string_view key, Value value) {
  if (!as_object()) x_data = Object{};
  Object& object = *as_object();
  for (auto& [name, member] : object)
    if (name == key) return member = std::move(value);
  return object.emplace_back(std::string(key), std::move(value)).second;
}

bool Value::erase(std::string_view key) {
  Object* object = as_object();
  return object && std::erase_if(*object, [&](const auto& m) { return m.first == key; }) > 0;
}

void Value::merge(const Value& change) {
  const Object* changes = change.as_object();
  if (!changes || !as_object()) {
    *this = change;
    return;
  }
  for (const auto& [key, value] : *changes) {
    Value* mine = const_cast<Value*>(find(key));
    if (mine && mine->as_object() && value.as_object())
      mine->merge(value);
    else
      set(key, value);
  }
}

bool operator==(const Value& a, const Value& b) {
  const double* x = a.as_double();
  const double* y = b.as_double();
  if (x && y) return *x == *y || (std::isnan(*x) && std::isnan(*y));
  return a.x_data == b.x_data;
}

const Value* find_path(const Value& value, std::string_view path) {
  if (const Value* whole = value.find(path)) return whole;
  for (size_t dot = path.rfind('.'); dot != std::string_view::npos && dot > 0;
       dot = path.rfind('.', dot - 1))
    if (const Value* member = value.find(path.substr(0, dot)))
      if (const Value* leaf = find_path(*member, path.substr(dot + 1))) return leaf;
  return nullptr;
}

}  // namespace cairn::model
