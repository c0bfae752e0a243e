// What the scenarios share: a published number beside the one that its own inputs give.
//
// Pure values, inside of this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "footprint/estimate.h"
#include "footprint/quantity.h"

namespace cairn::footprint {

inline constexpr double kKgPerPound = 0.45359237;

// 12541.5 with one decimal: "12,541.5".
std::string print_grouped(double value, int decimals = 0);
// With as many digits as it takes to see what it is: "0.00113", "7.94", "1,503", "200,000".
std::string print_short(double value);

// A number as it was printed, a range where two were. `unit` is the worth of its last digit: what
// is published stands for everything that rounds to it.
struct Printed {
  std::string text;
  double low = 0, high = 0;
  double unit = 1;
};
inline Printed printed(std::string text, double value, double unit) {
  return {std::move(text), value, value, unit};
}

// A number that is known for certain, and one of which only the range is.
inline Quantity exactly(double value) { return {value, value, value, Method::kAssumed}; }
inline Quantity between(double low, double value, double high) {
  return {value, low, high, Method::kAssumed};
}

// A line that holds where its computed range meets what is published, each end with its own.
// `remark` is kept only where it does not hold.
ScenarioLine check(std::string claim, const Printed& published, const Quantity& computed,
                   std::string unit, std::string arithmetic, std::string source,
                   std::string remark = "");
// Two ends that are computed each for itself, as prices are: both must be as published.
ScenarioLine check_ends(std::string claim, const Printed& published, const Quantity& computed,
                        std::string unit, std::string arithmetic, std::string source,
                        std::string remark = "");

// The scenarios, each in a file with its kind.
Scenario essay_2019(const Tables& tables);
Scenario strubell_2019();
Scenario patterson_2021();
Scenario dodge_2022(const Tables& tables);
Scenario llama();
Scenario inference_2024();
Scenario codecarbon_docs();

}  // namespace cairn::footprint
