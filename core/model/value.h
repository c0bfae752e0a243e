// Value: a JSON-like tree, the shape of config, summary, captured machine facts and media records.
//
// Differs from JSON in what learning needs: integers and floats are different types, and NaN and
// infinities are ordinary floats kept bit-exact. Objects keep the order in which keys came.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cairn::model {

class Value;
using List = std::vector<Value>;
using Object = std::vector<std::pair<std::string, Value>>;

class Value {
 public:
  Value() = default;  // null
  Value(std::nullptr_t) {}
  Value(bool v) : x_data(v) {}
  Value(int v) : x_data(static_cast<int64_t>(v)) {}
  Value(int64_t v) : x_data(v) {}
  Value(double v) : x_data(v) {}
  Value(const char* v) : x_data(std::string(v)) {}
  Value(std::string v) : x_data(std::move(v)) {}
  Value(std::string_view v) : x_data(std::string(v)) {}
  Value(List v) : x_data(std::move(v)) {}
  Value(Object v) : x_data(std::move(v)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(x_data); }
  bool is_number() const { return as_int() || as_double(); }
  const bool* as_bool() const { return std::get_if<bool>(&x_data); }
  const int64_t* as_int() const { return std::get_if<int64_t>(&x_data); }
  const double* as_double() const { return std::get_if<double>(&x_data); }
  const std::string* as_string() const { return std::get_if<std::string>(&x_data); }
  const List* as_list() const { return std::get_if<List>(&x_data); }
  const Object* as_object() const { return std::get_if<Object>(&x_data); }
  List* as_list() { return std::get_if<List>(&x_data); }
  Object* as_object() { return std::get_if<Object>(&x_data); }

  // An integer, float or bool as a double; `missing` for anything else.
  double number_or(double missing) const;
  int64_t int_or(int64_t missing) const;
  std::string_view string_or(std::string_view missing) const;

  // Objects: the member called `key`, or null when this is no object or has no such member.
  const Value* find(std::string_view key) const;
  // Turns null into an object; replaces or appends the member.
  Value& set(std::string_view key, Value value);
  bool erase(std::string_view key);

  // Objects are merged member by member, everything else is replaced by `change`.
  void merge(const Value& change);

  friend bool operator==(const Value& a, const Value& b);  // NaN equals NaN here

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, List, Object> x_data;
};

// Calls visit(path, leaf) for every leaf, with dotted paths ("opt.lr"). Lists are leaves.
// A dot inside a key is kept as it is: the path is a label, not an address.
template <typename Visit>
void for_each_leaf(const Value& value, const Visit& visit, std::string prefix = {}) {
  const Object* object = value.as_object();
  if (!object || (object->empty() && !prefix.empty())) return visit(prefix, value);
  for (const auto& [key, member] : *object)
    for_each_leaf(member, visit, prefix.empty() ? key : prefix + "." + key);
}

// The leaf at a dotted path, trying the longest member names first; null when absent.
const Value* find_path(const Value& value, std::string_view path);

}  // namespace cairn::model
