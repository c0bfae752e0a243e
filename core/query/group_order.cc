// Sorting groups, and printing their filters.
#include "query/group_order.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "query/filter.h"

namespace cairn::query {

using model::Value;
using What = GroupSortKey::What;

namespace {

constexpr std::array<std::pair<std::string_view, What>, 5> kStatistics = {{{"count", What::kCount},
                                                                           {"min", What::kMin},
                                                                           {"max", What::kMax},
                                                                           {"mean", What::kMean},
                                                                           {"std", What::kStd}}};

// As sorted columns order kinds; what has no order of its own is one class.
int rank(const Value& value) {
  if (value.is_null()) return 5;
  if (value.as_double() && std::isnan(*value.as_double())) return 4;
  if (value.as_bool()) return 0;
  if (value.is_number()) return 1;
  return value.as_string() ? 2 : 3;
}

// Below 0: a before b. The last ranks are last in both directions.
int compare(const Value& a, const Value& b, bool descending) {
  const int ranks = rank(a) - rank(b);
  if (ranks != 0) return std::max(rank(a), rank(b)) >= 4 || !descending ? ranks : -ranks;
  int order = 0;
  if (a.as_string())
    order = a.as_string()->compare(*b.as_string());
  else if (a.as_int() && b.as_int())
    order = *a.as_int() < *b.as_int() ? -1 : *a.as_int() > *b.as_int();
  else if (rank(a) <= 1)
    order = a.number_or(0) < b.number_or(0) ? -1 : a.number_or(0) > b.number_or(0);
  return descending ? -order : order;
}

Value value_of(const RunTable::Group& group, const GroupSortKey& key) {
  const auto measure = [&]() -> const RunTable::Measure& { return group.measures[key.at]; };
  switch (key.what) {
    case What::kRuns:
      return static_cast<int64_t>(group.runs);
    case What::kValue:
      return group.key[key.at];
    case What::kCount:
      return static_cast<int64_t>(measure().count);
    case What::kMin:
      return measure().min;
    case What::kMax:
      return measure().max;
    case What::kMean:
      return measure().mean;
    case What::kStd:
      return measure().std();
  }
  return {};
}

std::optional<size_t> place_of(const std::vector<std::string>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<size_t>(found - names.begin());
}

std::optional<GroupSortKey> find_key(std::string_view name, const RunTable::GroupBy& by) {
  if (const auto at = place_of(by.by, name)) return GroupSortKey{What::kValue, *at};
  if (name == "runs") return GroupSortKey{};
  for (const auto& [word, what] : kStatistics)
    if (name.starts_with(word) && name.substr(word.size()).starts_with(':'))
      if (const auto at = place_of(by.measures, name.substr(word.size() + 1)))
        return GroupSortKey{what, *at};
  return std::nullopt;
}

}  // namespace

Result<std::vector<GroupSortKey>> parse_group_sort(std::string_view text,
                                                   const RunTable::GroupBy& by) {
  std::vector<GroupSortKey> keys;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string_view name = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const bool descending = name.starts_with('-');
    if (descending || name.starts_with('+')) name.remove_prefix(1);
    auto key = find_key(name, by);
    if (!key)
      return fail(Code::kInvalid,
                  "expected groups to be sorted by runs, a column they are grouped by or a "
                  "statistic such as mean:COLUMN of a column asked for, found '{}'",
                  name);
    key->descending = descending;
    keys.push_back(*key);
  }
  return keys;
}

void sort_groups(std::vector<RunTable::Group>& groups, const std::vector<GroupSortKey>& keys) {
  if (keys.empty()) return;
  // The cells first: they are compared more often than they are many.
  std::vector<std::pair<std::vector<Value>, size_t>> order;
  order.reserve(groups.size());
  for (size_t i = 0; i < groups.size(); ++i) {
    order.emplace_back(std::vector<Value>(), i);
    for (const GroupSortKey& key : keys) order.back().first.push_back(value_of(groups[i], key));
  }
  std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    for (size_t k = 0; k < keys.size(); ++k)
      if (const int by_key = compare(a.first[k], b.first[k], keys[k].descending); by_key != 0)
        return by_key < 0;
    return false;
  });
  std::vector<RunTable::Group> sorted;
  sorted.reserve(groups.size());
  for (const auto& [cells, at] : order) sorted.push_back(std::move(groups[at]));
  groups = std::move(sorted);
}

namespace {

// What equals `value` in a column of this type; null where nothing that can be written does.
std::optional<Literal> literal_of(FieldType type, const Value& value) {
  if (const int64_t* whole = value.as_int()) {
    if (type == FieldType::kTime) return TimeSpan{*whole, *whole};
    if (type == FieldType::kDuration) return Duration{*whole};
    return *whole;
  }
  if (const double* real = value.as_double()) return *real;
  if (const bool* flag = value.as_bool()) return *flag;
  if (const std::string* text = value.as_string()) return *text;
  return std::nullopt;
}

std::optional<Term> term_of(const std::string& name, const Value& value) {
  Field field{name, FieldType::kAny};
  for (const Field& known : built_in_fields())
    if (known.name == name) field = known;
  if (value.is_null()) return Term{field, Op::kIsNull, {}};
  if (value.as_double() && std::isnan(*value.as_double())) return Term{field, Op::kIsNan, {}};
  auto literal = literal_of(field.type, value);
  if (!literal) return std::nullopt;
  return Term{field, Op::kEqual, std::vector<Literal>(1, *literal)};
}

}  // namespace

std::string print_group_filter(const RunTable::GroupBy& by, const RunTable::Group& group) {
  Filter filter;
  for (size_t i = 0; i < by.by.size(); ++i) {
    auto term = term_of(by.by[i], group.key[i]);
    if (!term) return {};
    filter.parts.push_back({Filter::Kind::kTerm, {}, std::move(*term)});
  }
  return print_filter(filter);
}

}  // namespace cairn::query
