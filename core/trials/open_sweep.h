// What Sweeps keeps of a sweep that it was asked about.
#pragma once

#include "base/limits.h"
#include "trials/body.h"
#include "trials/json.h"
#include "trials/sweeps.h"

namespace cairn::trials {

struct Sweeps::Open {
  explicit Open(Book::Place its_place) : place(std::move(its_place)), ledger(place.id) {}

  Book::Place place;
  Ledger ledger;
  Adviser adviser;
};

// One transaction; what failed leaves nothing behind.
template <typename T>
Result<T> Sweeps::write(std::string_view id, const std::function<Result<T>(Open&)>& work) {
  TRY(Book * book, this->book(/*create=*/false));
  TRY(store::Transaction transaction, book->begin_writing());
  TRY(Open * sweep, open(id));
  const uint64_t before = sweep->place.seq;
  Result<T> done = work(*sweep);
  if (done && sweep->place.seq != before) {
    if (auto summed = book->sum_up(sweep->place, print_sweep(sweep->ledger)); !summed)
      done = tl::unexpected(summed.error());
  }
  if (done) {
    if (auto committed = transaction.commit(); !committed) done = tl::unexpected(committed.error());
  }
  // What is in memory went ahead of the file, or may have: it is read again.
  if (!done && (sweep->place.seq != before || done.error().code() != Code::kInvalid))
    x_open.erase(x_open.find(id));
  return done;
}

}  // namespace cairn::trials
