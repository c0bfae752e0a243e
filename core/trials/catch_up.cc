// See catch_up.h.
#include "trials/catch_up.h"

#include <algorithm>
#include <vector>

namespace cairn::trials {

namespace {

constexpr size_t kEventsAtOnce = 10'000;

}  // namespace

Result<void> catch_up(Book& book, Book::Place& place, Ledger& ledger) {
  while (ledger.seq() < place.seq) {
    TRY(const std::vector<Event> events, book.events(place, ledger.seq(), kEventsAtOnce));
    if (events.empty())
      return fail(Code::kCorrupt, "sweep {} ends at event {}, expected {}", place.id, ledger.seq(),
                  place.seq);
    for (const Event& event : events) TRY_VOID(ledger.apply(event));
    place.seq = std::max(place.seq, ledger.seq());
  }
  return {};
}

}  // namespace cairn::trials
