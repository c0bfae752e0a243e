// What a figure of the page for a paper draws, as lines of CSV (RFC 4180).
//
// Pure. Numbers as they are, without the rounding of an axis; unknown is an empty field.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "report/card.h"

namespace cairn::report {

// `figure`: one of kFigureNames. Nothing where that has nothing to draw.
std::optional<std::string> print_figure_csv(const Card& card, std::string_view figure);

}  // namespace cairn::report
