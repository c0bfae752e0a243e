// See number_schema.h.
#include "sweep/number_schema.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sweep/choice.h"

namespace cairn::sweep {

using model::Value;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Distribution {
  std::string_view name;
  Law law = Law::kUniform;
  bool is_quantised = false;  // has `q`: multiples of it
  bool is_exponent = false;   // its bounds are exponents of e
  bool is_inverse = false;    // ... of the value's inverse
  bool is_integer = false;
  bool is_open_above = false;  // max itself is none of its values
};

// Where two have the same meaning the first is printed.
constexpr Distribution kDistributions[] = {
    {.name = "uniform"},
    {.name = "log_uniform_values", .law = Law::kLog},
    {.name = "logit", .law = Law::kLogit},
    {.name = "normal", .law = Law::kNormal},
    {.name = "log_normal", .law = Law::kLogNormal},
    {.name = "beta", .law = Law::kBeta},
    {.name = "int_uniform", .is_integer = true},
    {.name = "q_uniform", .is_quantised = true},
    {.name = "log_uniform", .law = Law::kLog, .is_exponent = true},
    {.name = "q_log_uniform", .law = Law::kLog, .is_quantised = true, .is_exponent = true},
    {.name = "q_log_uniform_values", .law = Law::kLog, .is_quantised = true},
    {.name = "inv_log_uniform", .law = Law::kLog, .is_exponent = true, .is_inverse = true},
    {.name = "inv_log_uniform_values", .law = Law::kLog},
    {.name = "q_normal", .law = Law::kNormal, .is_quantised = true},
    {.name = "q_log_normal", .law = Law::kLogNormal, .is_quantised = true},
    {.name = "q_beta", .law = Law::kBeta, .is_quantised = true},
    // Ray's
    {.name = "loguniform", .law = Law::kLog},
    {.name = "quniform", .is_quantised = true},
    {.name = "qloguniform", .law = Law::kLog, .is_quantised = true},
    {.name = "randint", .is_integer = true, .is_open_above = true},
    {.name = "qrandint", .is_quantised = true, .is_integer = true},
    {.name = "lograndint", .law = Law::kLog, .is_integer = true, .is_open_above = true},
    {.name = "qlograndint", .law = Law::kLog, .is_quantised = true, .is_integer = true},
    {.name = "randn", .law = Law::kNormal},
};

bool is_normal(Law law) { return law == Law::kNormal || law == Law::kLogNormal; }

bool is_whole(const Value* value) {
  return value && (value->as_int() || (value->as_string() && to_integer(*value)));
}

// `distribution:`, or `log: true` and `logit: true`, which are shorter.
Result<Distribution> read_distribution(Fields& fields) {
  Distribution chosen = kDistributions[0];
  TRY(const auto name, fields.text("distribution"));
  if (name) {
    std::vector<std::string_view> names{"constant", "categorical", "categorical_w_probabilities"};
    bool is_known = false;
    for (const Distribution& known : kDistributions) {
      names.push_back(known.name);
      if (known.name == *name) chosen = known, is_known = true;
    }
    if (*name == "constant") return fields.refuse("value", "of a constant");
    if (!is_known) return fail_name(*name, fields.describe("distribution"), names);
  }
  for (const auto& [key, law] : {std::pair("log", Law::kLog), std::pair("logit", Law::kLogit)}) {
    TRY(const auto flag, fields.flag(key));
    if (!flag.value_or(false)) continue;
    if (chosen.law != Law::kUniform && chosen.law != law)
      return fail(Code::kInvalid, "expected {} with a uniform distribution only, found '{}'",
                  fields.describe(key), chosen.name);
    chosen.law = law;
  }
  return chosen;
}

Result<void> read_bounds(Fields& fields, const Distribution& distribution, Spread& spread) {
  TRY(const auto low, fields.number("min"));
  TRY(const auto high, fields.number("max"));
  if (is_normal(spread.law)) {
    spread.low = low.value_or(spread.law == Law::kNormal ? -kInfinity : 0);
    spread.high = high.value_or(kInfinity);
    return {};
  }
  if (spread.law == Law::kBeta) {
    spread.low = low.value_or(0);
    spread.high = high.value_or(1);
    return {};
  }
  if (!low && !high)
    return fail(Code::kInvalid, "expected 'min' and 'max', 'values' or 'value' of {}, found none",
                fields.where());
  if (!low) return fields.refuse("min", "a number");
  if (!high) return fields.refuse("max", "a number");
  spread.low = *low;
  spread.high = *high;
  if (distribution.is_exponent) {
    spread.low = std::exp(distribution.is_inverse ? -*high : *low);
    spread.high = std::exp(distribution.is_inverse ? -*low : *high);
  }
  return {};
}

Result<void> read_shape(Fields& fields, Spread& spread) {
  if (is_normal(spread.law)) {
    TRY(const auto mean, fields.number("mu"));
    TRY(const auto sigma, fields.number_above("sigma", 0));
    spread.a = mean.value_or(0);
    spread.b = sigma.value_or(1);
  } else if (spread.law == Law::kBeta) {
    TRY(const auto a, fields.number_above("a", 0));
    TRY(const auto b, fields.number_above("b", 0));
    spread.a = a.value_or(1);
    spread.b = b.value_or(1);
  }
  return {};
}

// The outermost multiples of the step; bounds that are exponents are off by rounding.
void round_inwards(Spread& spread) {
  const auto slack = [&](double bound) {
    return std::min(1e-9 * std::max(1.0, std::abs(bound)), 1e-3 * spread.step);
  };
  spread.low = std::ceil((spread.low - slack(spread.low)) / spread.step) * spread.step;
  spread.high = std::floor((spread.high + slack(spread.high)) / spread.step) * spread.step;
}

}  // namespace

Result<void> read_number(Fields& fields, bool is_integer, bool is_float, Parameter& p,
                         Warnings& warnings) {
  const bool is_named = fields.has("distribution");
  TRY(const Distribution distribution, read_distribution(fields));
  Spread& spread = p.spread;
  spread.law = distribution.law;
  const Value *low = fields.find("min"), *high = fields.find("max"), *q = nullptr;
  TRY_VOID(read_bounds(fields, distribution, spread));
  TRY_VOID(read_shape(fields, spread));
  if (distribution.is_exponent && spread.law == Law::kLog && low && to_number(*low) > 0.0 &&
      to_number(*high) < 1.0)
    warnings.push_back(fmt::format(
        "{}: the bounds of {} are exponents of e, so that values lie between {:.6g} and {:.6g}: "
        "did you mean log_uniform_values?",
        fields.where(), distribution.name, spread.low, spread.high));
  TRY(const auto step, fields.number_above("step", 0));
  spread.anchor = std::isfinite(spread.low) ? spread.low : 0;
  if (distribution.is_quantised) {
    q = fields.find("q");
    TRY(const auto multiple, fields.number_above("q", 0));
    spread.step = multiple.value_or(1);
    spread.anchor = 0;
  }
  if (step) spread.step = *step;
  TRY(const auto anchor, fields.number("anchor"));
  spread.anchor = anchor.value_or(spread.anchor);

  const bool are_bounds_whole =
      is_whole(low) && is_whole(high) && (!step || *step == std::floor(*step));
  const bool is_quantum_whole = distribution.is_quantised && (!q || is_whole(q));
  const bool is_whole_by_itself =
      distribution.is_integer || is_quantum_whole || (!is_named && are_bounds_whole);
  p.kind = is_integer || (!is_float && is_whole_by_itself) ? Parameter::Kind::kInteger
                                                           : Parameter::Kind::kFloat;
  if (distribution.is_open_above) spread.high -= 1;
  if (p.kind == Parameter::Kind::kInteger) {
    if (distribution.is_quantised) round_inwards(spread);
    if (spread.step == 1) spread.step = 0;  // as all integers have
  }
  return {};
}

void print_number(const Parameter& p, Value& document) {
  const Spread& spread = p.spread;
  const bool is_integer = p.kind == Parameter::Kind::kInteger;
  const auto number = [&](double v) {
    return is_integer && std::abs(v) <= 0x1p53 ? Value(static_cast<int64_t>(v)) : Value(v);
  };
  for (const Distribution& known : kDistributions)
    if (known.law == spread.law) {
      document.set("distribution", known.name);
      break;
    }
  if (std::isfinite(spread.low)) document.set("min", number(spread.low));
  if (std::isfinite(spread.high)) document.set("max", number(spread.high));
  if (is_normal(spread.law)) {
    document.set("mu", spread.a);
    document.set("sigma", spread.b);
  } else if (spread.law == Law::kBeta) {
    document.set("a", spread.a);
    document.set("b", spread.b);
  }
  if (!(spread.step > 0) || (is_integer && spread.step == 1)) return;
  document.set("step", number(spread.step));
  const double usual = std::isfinite(spread.low) ? spread.low : 0;
  if (spread.anchor != usual) document.set("anchor", number(spread.anchor));
}

}  // namespace cairn::sweep
