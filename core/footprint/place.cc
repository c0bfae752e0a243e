// Where a run was and under which terms: read from settings and from the run, laid over one
// another.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/nearest.h"
#include "footprint/assess.h"

namespace cairn::footprint {
namespace {

constexpr auto kMembers =
    std::to_array<std::string_view>({"zone", "provider", "pue", "kg_per_kwh", "price_per_kwh",
                                     "currency", "kind", "scope", "idle"});
constexpr double kPueMax = 5;

Result<std::string> read_text(const model::Value& value, std::string_view name) {
  if (!value.as_string()) return fail(Code::kInvalid, "expected {} as text", name);
  return *value.as_string();
}

Result<double> read_number(const model::Value& value, std::string_view name, double low,
                           double high) {
  const double number = value.number_or(NAN);
  if (!value.is_number() || !(number >= low && number <= high))
    return fail(Code::kInvalid, "expected {} as a number from {} to {}", name, low, high);
  return number;
}

Result<std::string> read_currency(const model::Value& value) {
  const std::string_view text = value.string_or("");
  if (text.size() != 3 ||
      !std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    return fail(Code::kInvalid, "expected currency as three capital letters, found '{}'",
                text.substr(0, 40));
  return std::string(text);
}

template <typename Enum>
Result<Enum> read_one_of(const model::Value& value, std::string_view name,
                         std::pair<std::string_view, Enum> a, std::pair<std::string_view, Enum> b) {
  for (const auto& [text, meaning] : {a, b})
    if (value.string_or("") == text) return meaning;
  return fail(Code::kInvalid, "expected {} as '{}' or '{}', found '{}'", name, a.first, b.first,
              value.string_or("").substr(0, 40));
}

Result<void> read_member(std::string_view name, const model::Value& value, Place& out) {
  constexpr double kAnyMax = 1e9;
  if (name == "zone") {
    TRY(out.zone, read_text(value, name));
  } else if (name == "provider") {
    TRY(out.provider, read_text(value, name));
  } else if (name == "pue") {
    TRY(out.pue, read_number(value, name, 1, kPueMax));
  } else if (name == "kg_per_kwh") {
    TRY(out.kg_per_kwh, read_number(value, name, 0, kAnyMax));
  } else if (name == "price_per_kwh") {
    TRY(out.price_per_kwh, read_number(value, name, 0, kAnyMax));
  } else if (name == "currency") {
    TRY(out.currency, read_currency(value));
  } else if (name == "kind") {
    TRY(out.kind, read_one_of<IntensityKind>(value, name, {"average", IntensityKind::kAverage},
                                             {"marginal", IntensityKind::kMarginal}));
  } else if (name == "scope") {
    TRY(out.scope,
        read_one_of<IntensityScope>(value, name, {"lifecycle", IntensityScope::kLifecycle},
                                    {"direct", IntensityScope::kDirect}));
  } else if (name == "idle") {
    const auto idle = parse_idle_policy(value.string_or(""));
    if (!idle)
      return fail(Code::kInvalid, "expected idle as 'none', 'proportional' or 'all', found '{}'",
                  value.string_or("").substr(0, 40));
    out.idle = *idle;
  } else {
    const auto near = nearest_name(name, {kMembers.begin(), kMembers.end()});
    return fail(Code::kInvalid, "unknown setting '{}'{}", name.substr(0, 80),
                near ? fmt::format("; did you mean '{}'?", *near) : "");
  }
  return {};
}

}  // namespace

std::optional<IdlePolicy> parse_idle_policy(std::string_view text) {
  if (text == "none") return IdlePolicy::kNone;
  if (text == "proportional") return IdlePolicy::kProportional;
  if (text == "all") return IdlePolicy::kAll;
  return std::nullopt;
}

Place lay_over(const Place& below, const Place& above) {
  const Place kOpen;
  Place both = below;
  if (!above.zone.empty()) both.zone = above.zone;
  if (!above.provider.empty()) both.provider = above.provider;
  if (above.pue) both.pue = above.pue;
  if (above.kg_per_kwh) both.kg_per_kwh = above.kg_per_kwh;
  if (above.price_per_kwh) {
    both.price_per_kwh = above.price_per_kwh;
    both.currency = above.currency;
  } else if (!above.currency.empty()) {
    both.currency = above.currency;
  }
  if (above.kind != kOpen.kind) both.kind = above.kind;
  if (above.scope != kOpen.scope) both.scope = above.scope;
  if (above.idle != kOpen.idle) both.idle = above.idle;
  return both;
}

Result<Place> parse_place(const model::Value& value) {
  Place place;
  if (value.is_null()) return place;
  const model::Object* members = value.as_object();
  if (!members) return fail(Code::kInvalid, "expected a place as an object");
  for (const auto& [name, member] : *members)
    if (!member.is_null()) TRY_VOID(read_member(name, member, place));
  return place;
}

}  // namespace cairn::footprint
