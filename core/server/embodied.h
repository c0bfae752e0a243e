// What making the hardware of a run emitted, for as long as the run had it.
#pragma once

#include <vector>

#include "footprint/tables.h"
#include "model/energy.h"

namespace cairn::server {

// Kilograms of CO2e. Accelerators count as held, all else by the run's share of the machine.
double embodied_kg(const std::vector<model::EnergyRecord>& records,
                   const footprint::Tables& tables);

}  // namespace cairn::server
