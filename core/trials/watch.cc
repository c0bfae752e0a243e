// Nothing is read again while nobody has written.
#include "trials/watch.h"

namespace cairn::trials {

Result<const Watch::Heads*> Watch::heads(std::string_view project) {
  static const Heads kNone;
  if (!x_book && !x_disk.exists(x_path)) return &kNone;
  if (!x_book) {
    TRY(x_book, Book::open(x_disk, x_path, /*create=*/false));
  }
  TRY(const int64_t version, x_book->data_version());
  if (version != x_version) x_projects.clear();
  x_version = version;
  if (const auto known = x_projects.find(project); known != x_projects.end()) return &known->second;
  TRY(const std::vector<Book::Place> places, x_book->heads(project));
  Heads& heads = x_projects[std::string(project)];
  for (const Book::Place& place : places) heads[place.id] = place.seq;
  return &heads;
}

}  // namespace cairn::trials
