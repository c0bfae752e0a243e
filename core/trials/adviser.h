// Adviser: a search that is kept in step with a ledger, and proposes its next trials.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "sweep/search.h"
#include "trials/ledger.h"

namespace cairn::trials {

// What it proposes depends on the ledger alone, not on when or where it came to know of it. Owned
// by Sweeps, one for each sweep that is asked; made again from the ledger at any time.
class Adviser {
 public:
  // Tells the search what changed in the ledger since the last time.
  Result<sweep::Search*> follow(Ledger& ledger);

  // The next trial, after follow(). Nothing: the space is exhausted. Where an objective says what
  // its parameters are as it runs, the first trials have none.
  Result<std::optional<sweep::Proposal>> ask(const Ledger& ledger);
  // A configuration that its user chose, after follow().
  Result<sweep::Proposal> add(const sweep::Config& config, const Ledger& ledger);

 private:
  Result<void> begin(const Ledger& ledger);
  Result<void> hear(const Ledger& ledger, const Trial& trial);

  std::optional<sweep::Search> x_search;
  uint64_t x_version = 0;  // of the definition that the search has
  uint64_t x_known = 0;    // it knows the trials below this number
};

// The parameters of a proposal as a program gets them: with the seed of its repeat.
sweep::Config params_of(const sweep::Definition& definition, const sweep::Proposal& proposal);

}  // namespace cairn::trials
