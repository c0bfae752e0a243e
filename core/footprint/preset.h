// Presets: the constants of a paper, so that its numbers come out again.
//
// Values, inside of this room.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "footprint/tables.h"

namespace cairn::footprint {

struct PresetTerms {
  std::string_view name, title, source;
  // Of one device in the mean, for those that the paper measured; for all where `device` is empty.
  struct Watts {
    std::string_view device;
    double watts = 0;
  };
  std::span<const Watts> watts;
  double utilisation = 1;  // of all others: mean power over TDP
  double pue = 1;
  double kg_per_kwh = 0;
  std::string_view grid;                  // what that is the intensity of
  std::optional<double> device_hour_usd;  // rent of any device
};

// Null for an empty name. Invalid with the nearest names.
Result<const PresetTerms*> find_preset(std::string_view name);
// Watts of a device by the preset; nothing where it tells none.
std::optional<double> watts_of(const PresetTerms& preset, const Device& device,
                               const Tables& tables);

}  // namespace cairn::footprint
