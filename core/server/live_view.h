// LiveView: what one listener wanted to follow of a project, and the events about it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/value.h"
#include "query/tail.h"
#include "store/store.h"
#include "trials/watch.h"

namespace cairn::server {

// Made, asked and destroyed on the reading thread, while the store is open. Owned by Live.
class LiveView {
 public:
  // `wanted`: {"runs": [id], "keys": [key], "console": [id]}, each of which may be absent. Let
  // ingest catch up before, here and in next(): what is told begins with what comes afterwards.
  static Result<std::unique_ptr<LiveView>> begin(store::Store& store, trials::Watch& sweeps,
                                                 std::string_view project,
                                                 const model::Value& wanted);

  const std::string& project() const { return x_project; }
  std::string hello() const;   // the first event
  Result<std::string> next();  // events since the last call; "" for none

 private:
  LiveView(store::Store& store, trials::Watch& sweeps, std::string_view project)
      : x_store(store), x_sweeps(sweeps), x_project(project) {}
  uint64_t count_lines(const std::string& run) const;
  std::string next_sweeps();

  store::Store& x_store;
  trials::Watch& x_sweeps;
  std::string x_project;
  std::unique_ptr<query::Tail> x_tail;
  trials::Watch::Heads x_heads;             // of sweeps that were told of
  std::map<std::string, uint64_t> x_lines;  // run -> lines of its console that were told of
};

// "event: NAME\ndata: DATA\n\n"; `data` is JSON without line breaks.
std::string print_event(std::string_view name, std::string_view data);

}  // namespace cairn::server
