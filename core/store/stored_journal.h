// StoredJournal: how far a journal is contained in packs, and what its rest needs to be understood.
//
// Kept in the index, and in the directory of each pack so that the index can be made again.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "model/event.h"
#include "store/run_record.h"
#include "store/store.h"

namespace cairn::store {

struct StoredJournal {
  uint64_t offset = 0;  // everything before is in packs (of a living run: or in memory)
  bool sealed = false;  // contained whole; its file may go
  WriterState writer;
  std::vector<model::ShapeDefined> shapes;  // by number: rows after `offset` refer to them
  std::array<std::optional<ConsoleLine>, 2> partial;  // the unfinished line of each stream
};

model::Value print_journal(const StoredJournal& journal);
Result<StoredJournal> parse_journal(const model::Value& value);

}  // namespace cairn::store
