// The commands of energy, money and carbon as plain values; a part of commands.h.
#pragma once

#include <string>

#include "server/http_types.h"

namespace cairn::cli {

// `params`, here and below: what was said, in the words of the API, which checks them.
struct ShowFootprint {
  std::string target;  // a project, a run, for break-even also an artifact; empty: all projects
  server::Pairs params;
  bool when = false, break_even = false;
  std::string format;  // latex, markdown, codecarbon; empty: for people
  bool as_json = false;
};
struct EstimateFootprint {
  server::Pairs params;
  bool lists_presets = false, as_json = false;
};
struct SurveyEnergy {
  bool as_json = false;
};
struct CalibrateEnergy {
  double wall_kwh = 0;
  std::string run;  // empty: the newest one of this machine
  bool as_json = false;
};
struct ListTables {
  bool as_json = false;
};
struct UpdateTables {
  std::string file, zone;
  bool as_json = false;
};

}  // namespace cairn::cli
