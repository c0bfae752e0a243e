// Audit: a run that was made again is compared with the one that it would have been.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/door_client.h"
#include "cli/past_runs.h"
#include "recall/manifest.h"
#include "recall/results.h"

namespace cairn::cli {

constexpr const char* kAuditTag = "audit";
constexpr const char* kFailedAuditTag = "audit-failed";

struct Verdict {
  recall::Comparison comparison;
  // "the same results: 3 metrics, 2 outputs", "val_acc 0.931 -> 0.934, within the noise ±0.006",
  // ...
  std::string text;
};

// Of a finished run with its manifest. The noise is that of other seeds of the past run.
Result<Verdict> compare_with(DoorClient& client, const Relative& past, const std::string& project,
                             const std::string& run, const recall::Manifest& manifest);

// Keeps the verdict with both runs: what is not the same takes automatic reuse from the program.
Result<std::string> audit(DoorClient& client, const Relative& past, const std::string& project,
                          const std::string& run, const recall::Manifest& manifest);

}  // namespace cairn::cli
