// Nothing is read again while nobody has written.
#include "trials/watch.h"

#include "trials/catch_up.h"

namespace cairn::trials {

Result<Book*> Watch::book() {
  if (!x_book && !x_disk.exists(x_path)) return nullptr;
  if (!x_book) {
    TRY(x_book, Book::open(x_disk, x_path, /*create=*/false));
  }
  return &*x_book;
}

Result<const Watch::Heads*> Watch::heads(std::string_view project) {
  static const Heads kNone;
  TRY(Book * book, this->book());
  if (!book) return &kNone;
  TRY(const int64_t version, book->data_version());
  if (version != x_version) x_projects.clear();
  x_version = version;
  if (const auto known = x_projects.find(project); known != x_projects.end()) return &known->second;
  TRY(const std::vector<Book::Place> places, book->heads(project));
  Heads& heads = x_projects[std::string(project)];
  for (const Book::Place& place : places) heads[place.id] = place.seq;
  return &heads;
}

Result<std::optional<Ledger>> Watch::find(std::string_view id) {
  TRY(Book * book, this->book());
  if (!book) return std::nullopt;
  TRY(const store::Transaction snapshot, book->begin_reading());
  TRY(auto place, book->find(id));
  if (!place) return std::nullopt;
  Ledger ledger(place->id);
  TRY_VOID(catch_up(*book, *place, ledger));
  return ledger;
}

}  // namespace cairn::trials
