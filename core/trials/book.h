// Book: the file of a store's sweeps: their events, and who is at which trial now.
//
// One SQLite file (docs/formats/sweeps.md). Any number of processes share it, each with a
// connection of its own; one thread at a time uses a Book. What was committed survives SIGKILL,
// and a power cut but for the last moments.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "model/value.h"
#include "store/sqlite.h"
#include "trials/event.h"

namespace cairn::trials {

// Who is at a trial; kept apart from events, for it is renewed every few seconds.
struct Claim {
  std::string worker;  // empty: nobody now, but what he left may be gone on from
  int64_t until_ns = 0;
  model::Value checkpoint;
};

class Book {
 public:
  // Unavailable on a network folder, where several machines cannot share the file; Invalid where
  // a newer Cairn wrote it; NotFound without `create` where there is none.
  static Result<Book> open(Disk& disk, const std::string& path, bool create);

  // Alone among all who write, until it is committed. Waits its turn for a minute.
  Result<store::Transaction> begin_writing();
  Result<store::Transaction> begin_reading();

  struct Place {
    int64_t sweep = 0;  // the file's own number of it
    std::string id;
    uint64_t seq = 0;  // of its last event
  };
  Result<std::optional<Place>> find(std::string_view id);
  Result<std::optional<std::string>> find_named(std::string_view project, std::string_view name);
  // As they were last summed up, newest first.
  struct Row {
    std::string id, project;
    model::Value summary;
  };
  struct Wanted {
    std::string project, name;                         // empty: any
    std::optional<std::vector<std::string>> projects;  // nullopt: all
    size_t offset = 0, limit = 100;
  };
  struct Page {
    std::vector<Row> rows;
    size_t total = 0;
  };
  Result<Page> list(const Wanted& wanted);

  Result<Place> add_sweep(std::string_view id, std::string_view project, std::string_view name);
  Result<void> remove(const Place& place);
  // Within a transaction of begin_writing(). Gives the event its number.
  Result<void> append(Place& place, Event& event);
  Result<void> sum_up(const Place& place, const model::Value& summary);
  Result<std::vector<Event>> events(const Place& place, uint64_t after, size_t limit);

  Result<std::map<int64_t, Claim>> claims(const Place& place);
  Result<std::optional<Claim>> claim(const Place& place, int64_t trial);
  Result<void> put_claim(const Place& place, int64_t trial, const Claim& claim);
  Result<void> drop_claim(const Place& place, int64_t trial);

  // Sweeps of a project and their last events.
  Result<std::vector<Place>> heads(std::string_view project);
  // Grows with every change of the file by others.
  Result<int64_t> data_version();

 private:
  explicit Book(store::Database database) : x_database(std::move(database)) {}
  Result<void> prepare();

  store::Database x_database;
  // Prepared once: they are run for each trial.
  store::Statement x_find, x_append, x_move_head, x_sum_up, x_events, x_claims, x_claim,
      x_put_claim, x_drop_claim, x_heads, x_data_version;
};

}  // namespace cairn::trials
