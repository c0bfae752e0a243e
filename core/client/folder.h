// Where a run's journal goes: the store's folder, and what is there of the run already.
#pragma once

#include <string>
#include <string_view>

#include "base/disk.h"
#include "model/layout.h"

namespace cairn::client {

struct Existing {
  bool exists = false;    // a journal or a pack of the run is there
  bool is_alive = false;  // another process writes it now: this one joins it
  int session = 0;        // the last session; 0 when there is none
};

// Told from file names and locks alone: a guest never opens the store.
Existing find_existing(Disk& disk, const model::Layout& layout, std::string_view project,
                       std::string_view run);

}  // namespace cairn::client
