// Past runs that may be what a planned command would give, each with how it is related.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/door_client.h"
#include "cli/planned_command.h"
#include "recall/judge.h"
#include "trace/stat_index.h"

namespace cairn::cli {

struct Relative {
  recall::Past past;
  recall::Match match;
  model::Value run;                    // the API's Run
  std::vector<std::string> respelled;  // code that differs in its spelling only
};

// The closest first, then the newest. A manifest that cannot be read is stepped over: its run is
// not recalled. Errors: the store or the server does not answer.
Result<std::vector<Relative>> find_relatives(DoorClient& client, const PlannedCommand& planned,
                                             trace::StatIndex& index);

constexpr const char* kDisownedTag = "disowned";

}  // namespace cairn::cli
