// Outbox: where the journals of runs wait that belong to a server.
//
//   .cairn/outbox/<host_port>/server.json                 the URL, never a key
//   .cairn/outbox/<host_port>/projects/<project>/live/    journals, as in any store
//   .cairn/outbox/<host_port>/projects/<project>/known/   where runs with an id of the user's stood
//   .cairn/outbox/<host_port>/blobs/                      what they name
//
// A layout of its own below a store's folder: a run is recorded there exactly as it would be in a
// store, and what was delivered is removed. Nothing here is held in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "http/connection.h"
#include "journal/journal.h"
#include "model/layout.h"

namespace cairn::client {

struct Outbox {
  model::Layout layout;
  http::Url url;
};

// Makes the folder when it is missing.
Result<Outbox> open_outbox(Disk& disk, const std::string& store_dir, const http::Url& url);
// All of them below a store's folder; one whose server.json cannot be read is left out.
Result<std::vector<Outbox>> list_outboxes(Disk& disk, const std::string& store_dir);

// A journal that waits. kUnknown: its writer is on another host, and perhaps alive.
struct Waiting {
  std::string project;
  model::JournalName name;
  uint64_t bytes = 0;  // of its file; reserved space counts
  journal::Life writer = journal::Life::kUnknown;
};
Result<std::vector<Waiting>> list_waiting(Disk& disk, const Outbox& outbox);

// Where a run stood when this machine last recorded it, for a resume while its server is away.
struct Known {
  int session = 0;  // 0: never recorded here
  int64_t next_step = 0;
};
Known recall(Disk& disk, const Outbox& outbox, std::string_view project, std::string_view run);
// As well as it can: what is not remembered costs a resume its place, nothing else.
void remember(Disk& disk, const Outbox& outbox, std::string_view project, std::string_view run,
              Known known);
void forget_old(Disk& disk, const Outbox& outbox);  // what was remembered more than 90 days ago

}  // namespace cairn::client
