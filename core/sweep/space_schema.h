// A space as a sweep file writes it: its parameters, and the relations between them.
#pragma once

#include "base/result.h"
#include "sweep/fields.h"
#include "sweep/space.h"

namespace cairn::sweep {

// `parameters:`, `conditions:` and `constraints:` of a sweep.
Result<Space> read_space_fields(Fields& fields, Warnings& warnings);
// Adds them to a document.
void print_space_fields(const Space& space, model::Value& document);

}  // namespace cairn::sweep
