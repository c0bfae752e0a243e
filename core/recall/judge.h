// judge(): how a planned run is related to one of the past, and what may be done about it.
//
// The levels are those of docs/recall.md. A wrong hit costs more than a hundred misses, so whatever
// is not known counts against reuse. Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "recall/manifest.h"
#include "trace/recall_settings.h"
#include "trace/verify.h"

namespace cairn::recall {

// From the closest to the farthest. Only the first two are ever reused without asking.
enum class Level {
  kExact,          // the same in everything that was recorded
  kEquivalent,     // other execution keys, or repaired versions of packages
  kReplicate,      // another seed
  kBudgetCovered,  // a shorter budget of a run that is there: read it off its curves
  kResumable,      // a longer budget, and a checkpoint is there
  kPrefixShared,   // settings that matter from some step on only, and a checkpoint is there
  kNearEnv,        // packages of versions that may matter
  kNear,           // few settings, or little code, are a little different
  kDominated,      // by what is known it will not be the best; the nearest run is shown
  kDifferent,
};
std::string_view print_level(Level level);  // "exact", "budget-covered", ...

struct Difference {
  std::string component;  // "code", "config", "data", "environment", "variable", "files", "budget"
  std::string name;
  std::optional<model::Value> before, after;  // nothing: it is not there
};

// A run of the past with its manifest and what is known of it since.
struct Past {
  std::string project, run, name;
  bool has_finished = false;         // ended by itself, with exit code 0
  bool is_disowned = false;          // somebody said that it shall not be reused
  bool is_nondeterministic = false;  // an audit found another result for the same program
  int64_t ended_ns = 0;
  double duration_s = 0;
  Manifest manifest;
};

struct Plan {
  Program program;
  model::Value config;
  bool is_resolved = false;  // `config` is what the program itself says, with defaults applied
  trace::RecallSettings settings;
  int64_t now_ns = 0;
};

struct Match {
  Level level = Level::kDifferent;
  std::vector<Difference> differences;
  // Why it is not reused without asking; empty: it may be.
  std::string held_back;
  // Of kBudgetCovered and kResumable: the budget key, how far the plan goes, how far the past went.
  // Of kPrefixShared: the setting that matters first, and the step from which it does.
  std::string budget_key;
  double planned_budget = 0, past_budget = 0;
};

// `verification` is of the past's record in the plan's workspace.
Match judge(const Plan& plan, const Past& past, const trace::Verification& verification);

// How far a change of one setting goes, in steps of which one is about the noise between runs:
// numbers by the logarithm of their ratio (a factor 1.5 is one step), everything else is a whole
// step and more. Used while the project's history does not say better.
double distance_of(const model::Value& before, const model::Value& after);

}  // namespace cairn::recall
