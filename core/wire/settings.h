// cairn.json: the settings file of a store's folder, shared by the guest that creates the folder
// and the store that opens it.
#pragma once

#include <string>

#include "base/disk.h"
#include "base/result.h"
#include "model/layout.h"

namespace cairn::wire {

struct StoreSettings {
  int version = model::kStoreVersion;
  std::string uuid;
};

// Reads the settings; with `create`, makes the folder (with a .gitignore of its own) and writes
// them when missing. Errors: NotFound without `create`; Invalid when a newer Cairn wrote the
// folder; Corrupt when the file is no settings; Io.
Result<StoreSettings> open_settings(Disk& disk, const model::Layout& layout, bool create);

}  // namespace cairn::wire
