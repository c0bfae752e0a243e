// Reading what the page for a paper is made from: runs, their costs, the searches they are of.
#pragma once

#include <string>

#include "base/result.h"
#include "report/card.h"
#include "server/call.h"

namespace cairn::server {

// "metric", "direction", "filter", "archived", "sweep", and those of read_place(). Without a metric
// that is known the card has no part that needs one, and says why.
Result<report::Card> read_card(const Call& call, const std::string& project);

}  // namespace cairn::server
