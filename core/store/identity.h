// Identity keys: by what a run is found again, told by its captured facts (meta.recall).
//
// What the keys mean is for room recall to say (docs/formats/manifest.md); here they are bytes to
// be looked up. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/run.h"

namespace cairn::store {

// The numbers are those of the index.
enum class IdentityKind : uint8_t {
  kPre = 1,      // P
  kExperiment,   // F
  kNoBudget,     // F0
  kReplicate,    // R
  kExact,        // X
  kCode,         // C
  kEntry,        // the entry's name
  kSource,       // "project/run" whose result was taken instead of running
  kResumedFrom,  // "project/run" that this one goes on from
};
std::string_view print_identity_kind(IdentityKind kind);  // "P", ..., "entry", "source"

struct IdentityKey {
  IdentityKind kind = IdentityKind::kPre;
  std::string key;  // the 16 bytes of P to C; text of the others

  // NOLINTNEXTLINE(modernize-use-nullptr)
  friend auto operator<=>(const IdentityKey&, const IdentityKey&) = default;
};

// "P:" and 32 digits, "entry:train.py", "source:digits/1a2b".
Result<IdentityKey> parse_identity_key(std::string_view text);

// Those of a run, each once, in order. Keys stand in meta.recall, and in meta.recall.program as the
// program says its configuration itself. A run that was not run but reused is found by its source
// alone: it would only hide what was.
std::vector<IdentityKey> identity_keys(const model::RunInfo& run);

}  // namespace cairn::store
