// Flight: a command that is running now, told to everybody who would start the same.
//
// A lease of the store (docs/api.md) that is kept alive by a thread of its own. Where leases cannot
// be had, a command is never kept from running.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "cli/door_client.h"
#include "cli/planned_command.h"

namespace cairn::cli {

// Who is at it.
struct Leader {
  std::string holder;
  std::string project, run, name;  // of its record; empty while it has none
  int64_t since_ns = 0;
};

// Owned by the command that runs; used by the main thread. Dies with the process: others of this
// machine see that at once, others elsewhere after two heartbeats.
class Flight {
 public:
  // The same for the same program, configuration and workspace.
  static std::string key_of(const PlannedCommand& planned);
  // Nothing: nobody is at it.
  static Result<std::optional<Leader>> find_leader(DoorClient& client,
                                                   const PlannedCommand& planned);

  Flight(DoorClient& client, const PlannedCommand& planned);
  ~Flight();
  Flight(const Flight&) = delete;

  // Becomes the leader, or answers who is.
  Result<std::optional<Leader>> take();
  // From now on the others see this run, and the lease is kept.
  void tell(const std::string& project, const std::string& run, const std::string& name);
  void give_back();
  bool is_held() const { return x_is_held; }

 private:
  void keep();

  DoorClient& x_client;
  const std::string x_key, x_holder;
  model::Value x_detail = model::Object();  // changes before the thread begins only
  bool x_is_held = false;
  std::thread x_thread;
  std::mutex x_mutex;
  std::condition_variable x_wake;
  bool x_is_over = false;
};

}  // namespace cairn::cli
