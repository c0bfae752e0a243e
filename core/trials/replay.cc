// The events once more, and a search beside them.
#include "trials/replay.h"

#include "trials/adviser.h"
#include "trials/body.h"

namespace cairn::trials {

Result<Replayed> replay(std::span<const Event> events) {
  Replayed replayed;
  Ledger ledger("");
  Adviser adviser;
  for (const Event& event : events) {
    if (event.kind != EventKind::kAsk) {
      TRY_VOID(ledger.apply(event));
      continue;
    }
    TRY_VOID(adviser.follow(ledger));
    TRY(const auto proposal, adviser.ask(ledger));
    TRY_VOID(ledger.apply(event));
    ++replayed.proposals;
    const Trial* trial = event.trial ? ledger.find(*event.trial) : nullptr;
    const bool is_same = proposal && trial &&
                         static_cast<int64_t>(proposal->number) == trial->number &&
                         params_of(ledger.definition(), *proposal) == trial->params;
    if (is_same) continue;
    replayed.first_difference = event.trial;
    break;
  }
  return replayed;
}

}  // namespace cairn::trials
