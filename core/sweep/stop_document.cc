// Stop rules as users write them: W&B's `early_terminate`, and ours under Optuna's names too.
#include <algorithm>
#include <array>
#include <cmath>
#include <variant>

#include "base/nearest.h"
#include "sweep/choice.h"
#include "sweep/stop_rules.h"

namespace cairn::sweep {

using model::Value;

namespace {

using Kind = StopRule::Kind;

struct NamedKind {
  std::string_view name;
  Kind kind;
};
// The first name of a kind is the one that is printed.
constexpr NamedKind kKinds[] = {{"none", Kind::kNone},
                                {"auto", Kind::kAuto},
                                {"median", Kind::kMedian},
                                {"percentile", Kind::kPercentile},
                                {"asha", Kind::kSuccessiveHalving},
                                {"successive_halving", Kind::kSuccessiveHalving},
                                {"sha", Kind::kSuccessiveHalving},
                                {"hyperband", Kind::kHyperband},
                                {"patience", Kind::kPatience},
                                {"patient", Kind::kPatience},
                                {"threshold", Kind::kThreshold},
                                {"wilcoxon", Kind::kWilcoxon},
                                {"off", Kind::kNone}};

using Member = std::variant<double StopRule::*, std::optional<double> StopRule::*,
                            uint64_t StopRule::*, bool StopRule::*>;

constexpr unsigned of(Kind kind) { return 1U << static_cast<unsigned>(kind); }
constexpr unsigned kAny = ~of(Kind::kNone);
constexpr unsigned kByPercentile = of(Kind::kMedian) | of(Kind::kPercentile);
constexpr unsigned kHalving = of(Kind::kSuccessiveHalving);

// Which numbers a key takes.
struct Range {
  double low, high;
  bool is_open = false;  // above `low`, not at it
};
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Range kPositive = {0, kInfinity, true};
constexpr Range kNotNegative = {0, kInfinity};
constexpr Range kFromOne = {1, kInfinity};
constexpr Range kAboveOne = {1, kInfinity, true};
constexpr Range kAll = {-kInfinity, kInfinity};

struct Key {
  std::string_view name;
  std::array<std::string_view, 2> other_names;
  unsigned kinds;
  Member member;
  Range range = kAll;
};

constexpr Key kKeys[] = {
    {"percentile", {}, of(Kind::kPercentile), &StopRule::percentile, {0, 100}},
    {"startup_trials",
     {"n_startup_trials"},
     kByPercentile | of(Kind::kAuto),
     &StopRule::startup_trials,
     kNotNegative},
    {"min_trials", {"n_min_trials"}, kByPercentile, &StopRule::min_trials, kFromOne},
    {"warmup",
     {"n_warmup_steps", "n_startup_steps"},
     kAny & ~kHalving & ~of(Kind::kHyperband),
     &StopRule::warmup,
     kNotNegative},
    {"interval",
     {"interval_steps"},
     kByPercentile | of(Kind::kThreshold),
     &StopRule::interval,
     kPositive},
    {"min_iter", {}, of(Kind::kHyperband), &StopRule::min_resource, kFromOne},
    {"max_iter", {}, of(Kind::kHyperband), &StopRule::max_resource, kFromOne},
    {"s", {}, of(Kind::kHyperband), &StopRule::brackets, {1, 100}},
    {"min_resource", {"min_iter", "grace_period"}, kHalving, &StopRule::min_resource, kPositive},
    {"max_resource",
     {"max_iter", "max_t"},
     kHalving | of(Kind::kAuto),
     &StopRule::max_resource,
     kPositive},
    {"eta",
     {"reduction_factor"},
     kHalving | of(Kind::kHyperband) | of(Kind::kAuto),
     &StopRule::eta,
     kAboveOne},
    {"strict", {}, of(Kind::kHyperband), &StopRule::is_strict},
    {"brackets", {"s"}, kHalving, &StopRule::brackets, {1, 100}},
    {"promotion", {"with_promotion"}, kHalving, &StopRule::with_promotion},
    {"patience", {}, of(Kind::kPatience), &StopRule::patience, kFromOne},
    {"min_gain", {"min_delta"}, of(Kind::kPatience), &StopRule::min_gain, kNotNegative},
    {"low", {"lower"}, of(Kind::kThreshold), &StopRule::low},
    {"high", {"upper"}, of(Kind::kThreshold), &StopRule::high},
    {"p_value", {"p_threshold"}, of(Kind::kWilcoxon), &StopRule::p_value, {0, 1}},
    {"dry", {"is_dry"}, kAny, &StopRule::is_dry},
};

std::string print_range(const Key& key) {
  if (std::holds_alternative<bool StopRule::*>(key.member)) return "true or false";
  const bool is_whole = std::holds_alternative<uint64_t StopRule::*>(key.member);
  const std::string_view number = is_whole ? "a whole number" : "a number";
  const auto& [low, high, is_open] = key.range;
  if (std::isinf(low)) return std::string(number);
  if (std::isfinite(high)) return fmt::format("{} from {:g} to {:g}", number, low, high);
  return fmt::format("{} {} {:g}", number, is_open ? "above" : "of at least", low);
}

Result<void> set(StopRule& rule, const Key& key, const Value& value) {
  const auto refuse = [&] {
    return fail(Code::kInvalid, "expected '{}' to be {}, found {}", key.name, print_range(key),
                show(value));
  };
  if (const auto* flag = std::get_if<bool StopRule::*>(&key.member)) {
    if (!value.as_bool()) return refuse();
    rule.** flag = *value.as_bool();
    return {};
  }
  if (value.as_bool() || !value.is_number()) return refuse();
  const double number = value.number_or(0);
  const auto& [low, high, is_open] = key.range;
  if (!std::isfinite(number) || number < low || number > high || (is_open && number == low))
    return refuse();
  if (const auto* count = std::get_if<uint64_t StopRule::*>(&key.member)) {
    constexpr double kExact = 9007199254740992;  // 2^53
    if (number != std::floor(number) || number > kExact) return refuse();
    rule.** count = static_cast<uint64_t>(number);
  } else if (const auto* maybe = std::get_if<std::optional<double> StopRule::*>(&key.member)) {
    rule.** maybe = number;
  } else {
    rule.*std::get<double StopRule::*>(key.member) = number;
  }
  return {};
}

bool is_called(const Key& key, std::string_view name) {
  return key.name == name || std::ranges::find(key.other_names, name) != key.other_names.end();
}

std::string offer(std::string_view name, const std::vector<std::string_view>& known) {
  if (const auto near = nearest_name(name, known)) return fmt::format("did you mean '{}'?", *near);
  return fmt::format("expected one of {}", fmt::join(known, ", "));
}

Result<Kind> read_kind(const Value& type) {
  std::vector<std::string_view> known;
  for (const NamedKind& named : kKinds) {
    if (named.name == type.string_or("")) return named.kind;
    if (print_kind(named.kind) == named.name) known.push_back(named.name);
  }
  if (!type.as_string())
    return fail(Code::kInvalid, "expected 'type' of early_terminate to be one of {}, found {}",
                fmt::join(known, ", "), show(type));
  return fail(Code::kInvalid, "unknown type '{}' of early_terminate; {}", *type.as_string(),
              offer(*type.as_string(), known));
}

// What no single key can say.
Result<void> check(const StopRule& rule, const Value& document) {
  switch (rule.kind) {
    case Kind::kHyperband:
      if (std::isnan(rule.max_resource)) {
        if (!document.find("min_iter"))
          return fail(Code::kInvalid, "expected 'min_iter', or 'max_iter' and 's', for hyperband");
      } else if (!document.find("s")) {
        return fail(Code::kInvalid, "expected 's', the number of bands, besides 'max_iter'");
      } else if (rule.max_resource < rule.eta) {
        return fail(Code::kInvalid, "expected 'max_iter' to be at least eta ({:g}), found {:g}",
                    rule.eta, rule.max_resource);
      }
      return {};
    case Kind::kSuccessiveHalving:
      if (rule.max_resource <= rule.min_resource)
        return fail(Code::kInvalid,
                    "expected 'max_resource' to be above min_resource ({:g}), found {:g}",
                    rule.min_resource, rule.max_resource);
      return {};
    case Kind::kThreshold:
      if (!rule.low && !rule.high)
        return fail(Code::kInvalid, "expected 'low', 'high' or both for threshold");
      if (rule.low && rule.high && *rule.low > *rule.high)
        return fail(Code::kInvalid, "expected 'low' to be at most 'high' ({:g}), found {:g}",
                    *rule.high, *rule.low);
      return {};
    default:
      return {};
  }
}

// Whole numbers without a point, as they were most likely written.
Value number_value(double number) {
  constexpr double kExact = 1e15;
  if (number == std::floor(number) && std::abs(number) < kExact)
    return static_cast<int64_t>(number);
  return number;
}

// Null where it is as without the key.
Value print_member(const StopRule& rule, const StopRule& plain, const Member& member) {
  if (const auto* flag = std::get_if<bool StopRule::*>(&member))
    return rule.**flag == plain.**flag ? Value() : Value(rule.**flag);
  if (const auto* count = std::get_if<uint64_t StopRule::*>(&member))
    return rule.**count == plain.**count ? Value() : Value(static_cast<int64_t>(rule.**count));
  if (const auto* maybe = std::get_if<std::optional<double> StopRule::*>(&member))
    return rule.**maybe ? number_value(*(rule.**maybe)) : Value();
  const double StopRule::*number = std::get<double StopRule::*>(member);
  const bool is_plain = rule.*number == plain.*number || std::isnan(rule.*number);
  return is_plain ? Value() : number_value(rule.*number);
}

}  // namespace

std::string_view print_kind(StopRule::Kind kind) {
  for (const NamedKind& named : kKinds)
    if (named.kind == kind) return named.name;
  return "";
}

Result<StopRule> read_stop_rule(const Value& document) {
  StopRule rule;
  if (document.is_null()) return rule;
  if (const bool* is_wanted = document.as_bool()) {
    rule.kind = *is_wanted ? Kind::kAuto : Kind::kNone;
    return rule;
  }
  if (document.as_string()) {
    Value named;
    named.set("type", document);
    return read_stop_rule(named);
  }
  const model::Object* object = document.as_object();
  const Value* type = document.find("type");
  if (!object || !type)
    return fail(Code::kInvalid, "expected early_terminate to be {{type: …}}, found {}",
                show(document));
  TRY(rule.kind, read_kind(*type));
  std::vector<std::string_view> known;
  for (const Key& key : kKeys)
    if (key.kinds & of(rule.kind)) known.push_back(key.name);
  for (const auto& member : *object) {
    const std::string& name = member.first;
    if (name == "type") continue;
    const auto key = std::ranges::find_if(
        kKeys, [&](const Key& one) { return (one.kinds & of(rule.kind)) && is_called(one, name); });
    if (key == std::end(kKeys))
      return fail(Code::kInvalid, "unknown key '{}' of early_terminate of type {}; {}", name,
                  print_kind(rule.kind), offer(name, known));
    TRY_VOID(set(rule, *key, member.second));
  }
  TRY_VOID(check(rule, document));
  return rule;
}

Value print_stop_rule(const StopRule& rule) {
  Value document;
  document.set("type", print_kind(rule.kind));
  StopRule plain;
  // Which of its two forms a hyperband has is said by these, whatever they are.
  if (rule.kind == Kind::kHyperband) {
    plain.brackets = 0;
    if (std::isnan(rule.max_resource)) plain.min_resource = 0;
  }
  for (const Key& key : kKeys) {
    if (!(key.kinds & of(rule.kind))) continue;
    if (rule.kind == Kind::kHyperband && key.name == "s" && std::isnan(rule.max_resource)) continue;
    Value value = print_member(rule, plain, key.member);
    if (!value.is_null()) document.set(key.name, std::move(value));
  }
  return document;
}

}  // namespace cairn::sweep
