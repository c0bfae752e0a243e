// Quantity: a number with the range it lies in and how it is known.
//
// Every number of this room is one: value, low, high (about 95 % of cases; a range of assumptions
// where nothing better is known) and the method. Unknown is a Quantity that is not there, never 0.
// Pure, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "model/value.h"

namespace cairn::footprint {

enum class Method : uint8_t {
  kMeasured,  // by a sensor
  kModelled,  // from what the machine did, by a model that was compared with sensors
  kAssumed,   // from what is said of it: a data sheet, a table's mean
};
std::string_view print_method(Method method);

struct Quantity {
  double value = 0, low = 0, high = 0;
  Method method = Method::kAssumed;
};

// `share`: the half-width relative to the value, 0.35 for +-35 %.
Quantity quantity(double value, double share, Method method);
// Scales all three; `factor` >= 0.
Quantity operator*(const Quantity& a, double factor);
// A product of what is not related: relative half-widths of each side add in squares. The method is
// the weaker one.
Quantity operator*(const Quantity& a, const Quantity& b);
// A sum whose errors are not related: half-widths of each side add in squares. The weaker method of
// those that make up a tenth of the sum or more. An empty sum is 0, measured.
Quantity add_independent(std::span<const Quantity> parts);
// A sum whose errors are the same one (one model, one table row): low and high add.
Quantity add_related(std::span<const Quantity> parts);

// {"value", "low", "high", "method"}
model::Value to_value(const Quantity& quantity);

}  // namespace cairn::footprint
