// Amounts as people read them: two digits that matter, in a unit that fits. Internal to the room.
#pragma once

#include <string>

namespace cairn::footprint {

std::string print_amount(double amount);  // "0.42", "12.3", "1234", "0.0031"
std::string print_mass(double kg);        // "5.3 g", "0.16 kg", "2.1 t"

}  // namespace cairn::footprint
