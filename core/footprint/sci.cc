// Software Carbon Intensity by ISO/IEC 21031:2024: operation and hardware, for a functional unit.
#include <cmath>

#include "footprint/estimate.h"

namespace cairn::footprint {

Result<Sci> software_carbon_intensity(const SciWanted& wanted) {
  for (const auto& [name, value] : {std::pair{"energy", wanted.energy_kwh},
                                    {"intensity", wanted.intensity_g_per_kwh},
                                    {"embodied carbon", wanted.embodied_kg},
                                    {"time of use", wanted.used_s},
                                    {"lifetime", wanted.lifetime_s}})
    if (!std::isfinite(value) || value < 0)
      return fail(Code::kInvalid, "expected {} of 0 or more, found {}", name, value);
  if (!(wanted.functional_units > 0) || !std::isfinite(wanted.functional_units))
    return fail(Code::kInvalid, "expected more than 0 functional units, found {}",
                wanted.functional_units);
  if (!(wanted.resources_share >= 0 && wanted.resources_share <= 1))
    return fail(Code::kInvalid, "expected a share of the hardware from 0 to 1, found {}",
                wanted.resources_share);
  const bool has_hardware = wanted.embodied_kg > 0 && wanted.used_s > 0;
  if (has_hardware && wanted.lifetime_s == 0)
    return fail(Code::kInvalid, "expected the lifetime of the hardware: it has embodied carbon");
  Sci sci;
  sci.operational_g = wanted.energy_kwh * wanted.intensity_g_per_kwh;
  if (has_hardware)
    sci.embodied_g =
        wanted.embodied_kg * 1000 * (wanted.used_s / wanted.lifetime_s) * wanted.resources_share;
  sci.per_unit_g = (sci.operational_g + sci.embodied_g) / wanted.functional_units;
  return sci;
}

}  // namespace cairn::footprint
