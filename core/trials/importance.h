// Importance: how much of what results differ by follows from each parameter.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sweep/search.h"
#include "trials/trial.h"

namespace cairn::trials {

struct Importance {
  struct Parameter {
    std::string name;
    double first_order = kUnknown;  // the share of the variance that it explains alone
    double total = kUnknown;        // and together with others
  };
  std::vector<Parameter> parameters;  // the most important first
  double quality = kUnknown;          // the share of the variance that the model explains, R2
  std::string reason;                 // why there is nothing to say, or how far to trust it
};

// Of the first objective, by a forest over the complete trials and earlier runs.
Result<Importance> measure_importance(const sweep::Search& search);

}  // namespace cairn::trials
