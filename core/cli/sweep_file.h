// What a user says of a sweep, in a file, behind "--" or in options, as the document that the API
// takes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/sweep_commands.h"
#include "model/value.h"

namespace cairn::cli {

// YAML or JSON; "-" is standard input. Plain words are what PyYAML makes of them (`yes` is true),
// but for 1e-5, which it takes for a text and nobody means as one. Errors: NotFound, Io; Invalid
// where it is no map.
Result<model::Value> read_sweep_file(const std::string& path);
Result<model::Value> parse_sweep_text(std::string_view text);

// From the file or the command, and then the options. Invalid names the option.
Result<model::Value> read_sweep(const std::string& file, const std::vector<std::string>& argv,
                                const SweepWords& words);
Result<void> apply_words(const SweepWords& words, model::Value& document);

// "60", "2h", "0.5kwh", "200gco2e", "10money", several with commas: {"trials": 60, "hours": 2,
// ...}.
Result<model::Value> parse_budget(std::string_view text);

}  // namespace cairn::cli
