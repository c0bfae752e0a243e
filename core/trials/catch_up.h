// Catching up: a ledger hears of the events of its sweep that it does not know yet.
#pragma once

#include "base/result.h"
#include "trials/book.h"
#include "trials/ledger.h"

namespace cairn::trials {

// Up to `place`, which goes on with the ledger. Corrupt where the book ends before it.
Result<void> catch_up(Book& book, Book::Place& place, Ledger& ledger);

}  // namespace cairn::trials
