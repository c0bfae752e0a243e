// A footprint in the words of a paper, a model card and other tools.
//
// Pure.
#pragma once

#include <string>
#include <vector>

#include "footprint/assess.h"

namespace cairn::footprint {

std::string print_latex(const Footprint& footprint, std::string_view what);     // compiles as it is
std::string print_markdown(const Footprint& footprint, std::string_view what);  // for a model card

// A row of CodeCarbon's emissions.csv, in its column names and units.
struct CodeCarbonRow {
  std::string project, run, started_iso;
  double duration_s = 0;
  Footprint footprint;
  model::Value meta;
  std::string country_name, country_iso;
};
std::string print_codecarbon_csv(const std::vector<CodeCarbonRow>& rows);

}  // namespace cairn::footprint
