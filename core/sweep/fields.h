// Fields: the members of one object of a sweep file, each asked for by its name.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"

namespace cairn::sweep {

// What a user wrote and the sweep does without.
using Warnings = std::vector<std::string>;

// YAML 1.1 reads 1e-5 as a text: texts that are numbers are taken for what they are meant to be.
std::optional<double> to_number(const model::Value& value);
std::optional<int64_t> to_integer(const model::Value& value);
Result<bool> to_flag(const model::Value& value, std::string_view what);

// "expected WHAT to be one of ..., found 'x': did you mean 'y'?".
tl::unexpected<Error> fail_name(std::string_view found, std::string_view what,
                                const std::vector<std::string_view>& names);

// Borrows the object; on the stack of one reading function. Absent and null are the same to all
// but find(). Errors say where they are: "expected 'min' of parameter 'lr' to be a number, found
// 'low'".
class Fields {
 public:
  // `where` is how messages call the object ("parameter 'lr'"); empty: the document itself. A key
  // that is not among `known` is Invalid where it resembles one of them, else a warning.
  static Result<Fields> of(const model::Value& document, std::string where,
                           std::span<const std::string_view> known, Warnings& warnings);

  const model::Value* find(std::string_view key);  // null when absent
  bool has(std::string_view key) const;
  Result<std::optional<double>> number(std::string_view key);  // finite
  Result<std::optional<double>> number_above(std::string_view key, double low);
  Result<std::optional<uint64_t>> count(std::string_view key, uint64_t least = 0);
  Result<std::optional<bool>> flag(std::string_view key);
  Result<std::optional<std::string>> text(std::string_view key);
  Result<std::optional<model::List>> list(std::string_view key);
  Result<std::vector<std::string>> texts(std::string_view key);  // or one text

  const std::string& where() const { return x_where; }
  // "'min' of parameter 'lr'".
  std::string describe(std::string_view key) const;
  tl::unexpected<Error> refuse(std::string_view key, std::string_view expected) const;
  // Keys that are known but that nobody asked for: they do not go together with the others.
  void warn_of_unused(std::string_view why) const;

 private:
  Fields(const model::Object& object, std::string where, Warnings& warnings)
      : x_object(&object), x_where(std::move(where)), x_warnings(&warnings) {}
  Result<void> check_spelling(std::span<const std::string_view> known) const;
  const model::Value* get(std::string_view key);  // null when absent or null

  const model::Object* x_object;
  std::string x_where;
  Warnings* x_warnings;
  std::set<std::string_view> x_asked, x_known;
};

}  // namespace cairn::sweep
