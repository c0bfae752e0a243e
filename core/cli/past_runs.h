// Past runs that may be what a planned command would give, each with how it is related.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/door_client.h"
#include "cli/planned_command.h"
#include "recall/judge.h"
#include "recall/results.h"
#include "trace/stat_index.h"

namespace cairn::cli {

struct Relative {
  recall::Past past;
  recall::Match match;
  model::Value run;                    // the API's Run, with meta
  std::vector<std::string> respelled;  // code that differs in its spelling only
};

struct LookUp {
  std::vector<Relative> relatives;           // the closest first, then the newest
  std::vector<recall::Demotion> demotions;   // execution keys that turned out to be settings
  std::vector<std::string> learned_budgets;  // budget keys that turned out to be safe to cut short

  const Relative* best() const { return relatives.empty() ? nullptr : &relatives.front(); }
};

// The closest first, those that can be reused before others of their level, then the newest.
void sort_by_closeness(std::vector<Relative>& relatives);

// A manifest that cannot be read is stepped over: its run is not recalled. Errors: the store or the
// server does not answer.
Result<LookUp> look_up(DoorClient& client, const PlannedCommand& planned, trace::StatIndex& index);

// The manifest that is kept with a run of the API. Errors: NotFound where there is none.
Result<recall::Manifest> read_manifest(DoorClient& client, const model::Value& run);

// Runs of any project that share this key: {"runs": [...]} with meta, the newest first.
Result<model::Value> find_by_key(DoorClient& client, const std::string& kind,
                                 const std::string& key, size_t limit);

constexpr const char* kDisownedTag = "disowned";
constexpr const char* kNondeterministicTag = "nondeterministic";

}  // namespace cairn::cli
