// Numbers as a sweep file writes them: bounds, and one of the distributions of W&B or Ray.
#pragma once

#include "base/result.h"
#include "model/value.h"
#include "sweep/fields.h"
#include "sweep/space.h"

namespace cairn::sweep {

// Fills in the kind and the spread. Neither flag: the distribution and the bounds say what it is.
Result<void> read_number(Fields& fields, bool is_integer, bool is_float, Parameter& parameter,
                         Warnings& warnings);
// Adds what read_number() reads to the same spread.
void print_number(const Parameter& parameter, model::Value& document);

}  // namespace cairn::sweep
