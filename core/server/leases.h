// Leases: who does what everybody must not do at once, such as running one experiment twice.
//
// One small SQLite file of the store's folder (docs/formats/leases.md), made by the first lease.
// Any number of processes share it, each with a connection of its own; one thread at a time uses
// a Leases. Losing the file loses nothing but the knowledge of who is at it. After a crash of the
// holder its leases are free as soon as they expire; on the machine of whoever asks, at once.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/disk.h"
#include "base/result.h"
#include "model/value.h"
#include "store/sqlite.h"

namespace cairn::server {

struct Lease {
  std::string holder;  // who: this_process(), a space, and what else tells him from others
  model::Value detail = model::Object();  // what he says of himself
  int64_t since_ns = 0, heartbeat_ns = 0, expires_ns = 0;
};

class Leases {
 public:
  struct World {  // what tests replace
    std::function<int64_t()> now_ns;
    // Whether the process of this machine that a holder begins with is gone; false for any other.
    std::function<bool(std::string_view holder)> is_gone;
  };
  static World this_world();

  explicit Leases(Disk& disk, std::string path, World world = this_world());

  struct Answer {
    bool is_granted = false;
    Lease lease;  // the one that is held now
  };
  // Granted where nobody holds the key, or no longer, or the same holder does: that is how he says
  // that he lives. Invalid: key, holder, detail or time are none. Unavailable: on a network folder,
  // where several machines cannot share the file, or others are at it for long.
  Result<Answer> take(std::string_view key, std::string_view holder, int64_t ttl_ns,
                      const model::Value& detail);
  Result<std::optional<Lease>> find(std::string_view key);
  // Conflict where another holds it; what nobody holds is given back already.
  Result<void> give_back(std::string_view key, std::string_view holder);

 private:
  Result<store::Database*> open();
  Result<std::optional<Lease>> read(store::Database& database, std::string_view key);
  bool is_over(const Lease& lease) const;

  Disk& x_disk;
  std::string x_path;
  World x_world;
  std::optional<store::Database> x_database;
};

// "HOST/MACHINE:PID:START" of the calling process, what a holder begins with: MACHINE tells apart
// machines of one name, their boots and containers, START is field 22 of /proc/PID/stat.
std::string this_process();

}  // namespace cairn::server
