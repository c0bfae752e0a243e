// The filter language: which runs a user means, as text and as a typed tree.
//
// One grammar for the command line, Python and the HTTP API; docs/filter.md tells it to users. A
// Filter is a plain value: it refers to no table and knows no clock ("-7d" stays relative until
// RunTable::select() is given a `now_ns`). Everything that can be decided from the text alone is
// decided here, and an error points at its character.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace cairn::query {

// What a field can hold. The members of config, summary, git and meta are dynamic: kAny.
enum class FieldType : uint8_t { kAny, kText, kState, kTags, kNumber, kTime, kDuration, kFlag };

struct Field {
  std::string name;  // the column: "config.lr", "state"; quotes resolved
  FieldType type = FieldType::kAny;

  friend bool operator==(const Field&, const Field&) = default;
};

// A written date means all of what it names: the whole day, minute or second. Both ends included.
struct TimeSpan {
  int64_t first_ns = 0;
  int64_t last_ns = 0;
  friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};
struct FromNow {
  int64_t offset_ns = 0;  // negative: in the past
  friend bool operator==(const FromNow&, const FromNow&) = default;
};
struct Duration {
  int64_t ns = 0;
  friend bool operator==(const Duration&, const Duration&) = default;
};
using Literal = std::variant<bool, int64_t, double, std::string, TimeSpan, FromNow, Duration>;

enum class Op : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn,
  kMatch,  // a regular expression found anywhere in the text
  kNotMatch,
  kContains,  // a part of a text, or a member of a list
  kNotContains,
  kIsNull,
  kIsNotNull,
  kIsNan,
  kIsNotNan,
};

struct Term {
  Field field;
  Op op = Op::kEqual;
  std::vector<Literal> values;  // one; kIn and kNotIn: one or more; the kIs...: none

  friend bool operator==(const Term&, const Term&) = default;
};

// The default Filter, an "and" of nothing, means every run.
struct Filter {
  enum class Kind : uint8_t { kAnd, kOr, kNot, kTerm };
  Kind kind = Kind::kAnd;
  std::vector<Filter> parts;  // kAnd, kOr: any number; kNot: one
  Term term;                  // kTerm

  friend bool operator==(const Filter&, const Filter&) = default;
};

struct SortKey {
  std::string field;  // a column name
  bool descending = false;

  friend bool operator==(const SortKey&, const SortKey&) = default;
};

// Invalid: a message of three lines, the last two showing the place. Limit: kFilterBytesMax,
// kFilterDepthMax.
Result<Filter> parse_filter(std::string_view text);
// The canonical spelling: parse_filter(print_filter(f)) is f again.
std::string print_filter(const Filter& filter);

Result<Field> parse_field(std::string_view text);
std::string print_field(std::string_view name);  // with backticks where the language needs them

// "-summary.val_acc,name": best accuracy first, then by name. Empty text: no keys.
Result<std::vector<SortKey>> parse_sort(std::string_view text);

// The fields every run has, in the order in which a user thinks of them.
const std::vector<Field>& built_in_fields();

// "min:val/loss": a statistic of a series; `what` is min, max, last or best.
struct SeriesField {
  std::string_view what, key;
};
std::optional<SeriesField> parse_series_field(std::string_view name);

// Calls visit(name) for every field that the filter compares.
template <typename Visit>
void for_each_field(const Filter& filter, const Visit& visit) {
  if (filter.kind == Filter::Kind::kTerm) return visit(filter.term.field.name);
  for (const Filter& part : filter.parts) for_each_field(part, visit);
}

}  // namespace cairn::query
