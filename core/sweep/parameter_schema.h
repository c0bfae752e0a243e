// Parameters as a sweep file writes them: W&B's forms and distributions, Cairn's additions,
// Optuna's distributions, and the short forms (docs/sweep.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "sweep/fields.h"
#include "sweep/space.h"

namespace cairn::sweep {

// Of nested `parameters`, with dotted names.
struct ReadParameters {
  std::vector<Parameter> parameters;
  Config constants;
};
Result<ReadParameters> read_parameters(const model::Value& document, Warnings& warnings);
std::string_view print_kind(Parameter::Kind kind);  // "float", "int", "choice", ...
model::Value print_parameter(const Parameter& parameter);

// What stands under `when`: {kernel: [rbf, poly], depth: {min: 2}}, a list of such, or a text
// ("kernel == rbf and depth >= 2"). Parents are named as they are written.
Result<std::vector<Condition>> read_conditions(const model::Value& document,
                                               const std::string& where, Warnings& warnings);

}  // namespace cairn::sweep
