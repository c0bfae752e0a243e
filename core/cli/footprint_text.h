// Footprints as the command line writes them, for people and for programs.
#pragma once

#include <string>
#include <string_view>

#include "cli/terminal.h"
#include "model/value.h"

namespace cairn::cli {

// The API's Footprint with plain numbers for "intensity_g_per_kwh" and "pue"; what is known of them
// beside it, in "intensity" and "pue_range". Null stays null, with every member.
model::Value flatten_footprint(const model::Value& footprint);

// "0.42 EUR (0.4 to 0.45, measured)"; "unknown" for null.
std::string print_quantity(const model::Value& quantity, std::string_view unit);
// The same of kWh and of kg CO2e, or where they are few of Wh and of g.
std::string print_energy(const model::Value& kwh);
std::string print_mass(const model::Value& kg);
// Of a number of kWh, kg or money: three digits that say something.
std::string print_amount(double value);

// All of one footprint: sums, parts, sources, notes.
std::string print_footprint(const model::Value& footprint, const Terminal& terminal);
// What it amounts to and what offsetting it costs; empty where that is not known.
std::string print_equivalents(const model::Value& answer, const Terminal& terminal);
// "label     text"
std::string print_fact(std::string_view label, const std::string& text, const Terminal& terminal);

}  // namespace cairn::cli
