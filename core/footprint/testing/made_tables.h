// Tables of one machine, three countries and a cloud, whose numbers are easy to reckon with: for
// tests of what runs cost.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "footprint/tables.h"

namespace cairn::footprint::testing {

// Zones FR (50 g/kWh in 2025), DE (350), US (400), US-CAL-CISO (200; cloud region gcp:us-west2 with
// PUE 1.1), all lifecycle averages; PUE of the world 1.5; electricity in FR 0.10 to 0.30 EUR; "Xeon
// Test 100" of 100 W, "GPU Test 400" of 400 W and 40 W at rest; the constants of the power model as
// in data/constants.csv. `more` is the text of a table that is laid over them.
std::shared_ptr<const Tables> made_tables(std::string_view more = {});

// The rows of a table below a head as every table has it.
std::string made_text(std::string_view rows);

}  // namespace cairn::footprint::testing
