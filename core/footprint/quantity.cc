// The arithmetic of ranges: relative half-widths in squares where errors are not related, sums
// where they are.
#include "footprint/quantity.h"

#include <algorithm>
#include <cmath>

namespace cairn::footprint {
namespace {

Method weaker(Method a, Method b) { return std::max(a, b); }

// Of what makes up a tenth of the sum or more.
Method weakest(std::span<const Quantity> parts, double sum) {
  Method method = Method::kMeasured;
  for (const Quantity& part : parts)
    if (part.value > 0 && part.value >= sum / 10) method = weaker(method, part.method);
  return method;
}

}  // namespace

std::string_view print_method(Method method) {
  switch (method) {
    case Method::kMeasured:
      return "measured";
    case Method::kModelled:
      return "modelled";
    case Method::kAssumed:
      return "assumed";
  }
  return "assumed";
}

Quantity quantity(double value, double share, Method method) {
  return {value, value * std::max(0.0, 1 - share), value * (1 + share), method};
}

Quantity operator*(const Quantity& a, double factor) {
  return {a.value * factor, a.low * factor, a.high * factor, a.method};
}

Quantity operator*(const Quantity& a, const Quantity& b) {
  const Method method = weaker(a.method, b.method);
  const double value = a.value * b.value;
  // A range around 0 has no relative width.
  if (value <= 0) return {value, a.low * b.low, a.high * b.high, method};
  const double below = std::hypot(1 - a.low / a.value, 1 - b.low / b.value);
  const double above = std::hypot(a.high / a.value - 1, b.high / b.value - 1);
  return {value, std::max(value * (1 - below), a.low * b.low), value * (1 + above), method};
}

Quantity add_independent(std::span<const Quantity> parts) {
  Quantity sum{0, 0, 0, Method::kMeasured};
  double below = 0, above = 0, low = 0;
  for (const Quantity& part : parts) {
    sum.value += part.value;
    low += part.low;
    below += (part.value - part.low) * (part.value - part.low);
    above += (part.high - part.value) * (part.high - part.value);
  }
  sum.low = std::max(sum.value - std::sqrt(below), low);
  sum.high = sum.value + std::sqrt(above);
  sum.method = weakest(parts, sum.value);
  return sum;
}

Quantity add_related(std::span<const Quantity> parts) {
  Quantity sum{0, 0, 0, Method::kMeasured};
  for (const Quantity& part : parts) {
    sum.value += part.value;
    sum.low += part.low;
    sum.high += part.high;
  }
  sum.method = weakest(parts, sum.value);
  return sum;
}

model::Value to_value(const Quantity& quantity) {
  return model::Object{{"value", quantity.value},
                       {"low", quantity.low},
                       {"high", quantity.high},
                       {"method", print_method(quantity.method)}};
}

}  // namespace cairn::footprint
