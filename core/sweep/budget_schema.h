// What a sweep may use in all, as its file writes it: 60, "2h", "0.5 kwh", {hours: 2, money: 10}.
#pragma once

#include "base/result.h"
#include "model/value.h"
#include "sweep/definition.h"
#include "sweep/fields.h"

namespace cairn::sweep {

// `budget:`, and W&B's `run_cap:`.
Result<Budget> read_budget(Fields& fields, Warnings& warnings);
// Adds `budget:`, where there is one.
void print_budget(const Budget& budget, model::Value& document);

}  // namespace cairn::sweep
