// Sensitivity: how much a metric changes with one setting, in the eyes of a forest.
#pragma once

#include <optional>
#include <string_view>

#include "model/value.h"
#include "surrogate/matrix.h"
#include "surrogate/result_model.h"

namespace cairn::recall {

// The change of the metric along the way from one value of a setting to the other, on the scale of
// the model's target: all ups and downs count, so that two sides of an optimum are not the same.
// Root mean square over `rows` (encoded configurations, of which the other settings are taken): the
// tails decide. Nothing where the model cannot tell: the setting is no column of it, or a value is
// a new category.
std::optional<double> change_along(const surrogate::ResultModel& model,
                                   const surrogate::Matrix& rows, std::string_view setting,
                                   const model::Value& before, const model::Value& after);

}  // namespace cairn::recall
