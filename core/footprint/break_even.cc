// After how many requests a model has used as much to answer as it took to make.
#include <cmath>

#include "footprint/inference.h"

namespace cairn::footprint {

Result<BreakEven> break_even(double training_kwh, double search_kwh, double per_request_kwh,
                             double served, std::optional<double> requests_per_day) {
  for (const double number :
       {training_kwh, search_kwh, per_request_kwh, served, requests_per_day.value_or(0)})
    if (!std::isfinite(number) || number < 0)
      return fail(Code::kInvalid, "energies and requests must be 0 or more, found {}", number);
  if (per_request_kwh == 0)
    return fail(Code::kInvalid,
                "there is no energy per request: meter the server first (cairn meter)");
  BreakEven result{.training_kwh = training_kwh,
                   .search_kwh = search_kwh,
                   .per_request_kwh = per_request_kwh,
                   .requests = (training_kwh + search_kwh) / per_request_kwh,
                   .served = served,
                   .inference_kwh = served * per_request_kwh};
  if (requests_per_day && *requests_per_day > 0) result.days = result.requests / *requests_per_day;
  return result;
}

}  // namespace cairn::footprint
