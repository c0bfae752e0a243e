// Choices: values of a parameter that are compared, shown and put into a point's coordinates.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "sweep/space.h"

namespace cairn::sweep {

// 1 and 1.0 are one choice, also within lists; true and 1 are two.
bool is_same_choice(const model::Value& a, const model::Value& b);
std::optional<size_t> find_choice(std::span<const model::Value> choices, const model::Value& value);
size_t weighted_level(std::span<const double> weights, double share);

// Where ordinals lie: numbers by their size, on the scale on which they are spaced more evenly,
// all else at equal distances; half a level from the edges.
std::vector<double> level_places(std::span<const model::Value> choices);
size_t nearest_level(std::span<const double> places, double place);
double nearest_place(std::span<const double> places, double place);

// A value as a message shows it, cut where it is long.
std::string show(const model::Value& value);

tl::unexpected<Error> fail_choice(const Parameter& parameter, const model::Value& value);
// A number of the parameter's range, on its grid but for rounding.
Result<double> check_number(const Parameter& parameter, const model::Value& value);
Result<void> place_subset(const Parameter& parameter, const model::Value& value,
                          std::span<double> members);
Result<void> place_permutation(const Parameter& parameter, const model::Value& value,
                               std::span<double> ranks);
// By choice; they sum to 1.
Result<std::vector<double>> check_shares(const Parameter& parameter, const model::Value& value);

}  // namespace cairn::sweep
