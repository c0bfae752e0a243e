// Sweeps, trials and events as the API writes them (docs/api.md).
#pragma once

#include <optional>

#include "model/value.h"
#include "trials/book.h"
#include "trials/ledger.h"

namespace cairn::trials {

// `best`: as the models see it; without, the trial with the best result.
model::Value print_sweep(const Ledger& ledger,
                         const std::optional<sweep::Search::Best>& best = std::nullopt);
model::Value print_trial(const Ledger& ledger, const Trial& trial, const Claim* claim = nullptr);
model::Value print_event(const Event& event);

}  // namespace cairn::trials
