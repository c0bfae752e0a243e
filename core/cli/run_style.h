// How runs look in every command: the colour of a state, a run's one-line title, JSON for programs.
#pragma once

#include <string>
#include <string_view>

#include "cli/door_client.h"
#include "cli/terminal.h"

namespace cairn::cli {

Paint state_paint(std::string_view state);

// "digits/quiet-ridge-417  finished"
std::string print_title(const FoundRun& run, const Terminal& terminal);

// What --json prints: the API's answer, with null for numbers that are not finite, so that every
// reader of JSON takes it.
void print_json(const model::Value& value, const Terminal& terminal);

}  // namespace cairn::cli
