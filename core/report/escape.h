// Text of people in the three languages that a page is written in.
//
// Nothing that a run's name or configuration holds is ever markup. Internal to the room.
#pragma once

#include <string>
#include <string_view>

namespace cairn::report {

std::string escape_html(std::string_view text);  // also for attributes in double quotes
// For pdfLaTeX with inputenc: what it has no letter for is written as "?".
std::string escape_latex(std::string_view text);
std::string escape_markdown(std::string_view text);  // also for a cell of a table

}  // namespace cairn::report
