// Policies: rules of stopping as a replay names them, fitted to how long the runs of a search are.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "report/recorded_search.h"
#include "sweep/stopping.h"

namespace cairn::report {

enum class PolicyKind {
  kNone,
  kNan,  // only what is no number any more is stopped
  kMedian,
  kAsha,
  kAshaPromotion,  // paused at a rung until it is among the best
  kHyperband,      // W&B's bands
  kPatience,
  kAuto,
};
std::string_view print_policy(PolicyKind kind);
// Invalid lists the names there are.
Result<PolicyKind> parse_policy(std::string_view name);

// A policy whose numbers are shares of a whole run, so that they mean the same in every search.
struct Policy {
  PolicyKind kind = PolicyKind::kNone;
  double first_share = 0;  // before which nothing is stopped: the warm-up, the first rung
  double eta = 3;
  uint64_t startup_trials = 5;

  friend bool operator==(const Policy&, const Policy&) = default;
};
Policy default_policy(PolicyKind kind);
// In the steps of a search.
sweep::StopRule rule_of(const Policy& policy, const RecordedSearch& search);

// How the parameters of a policy were come by.
struct ChosenPolicy {
  Policy policy;
  size_t searches = 0;  // others on which it was chosen; 0: it is the default
};
// Of the policies that in at least 95 % of the orders of the other searches lost at most one unit
// of noise, the one that saved most; where none is so safe, the safest. Parameters that were chosen
// on the search itself would promise too much. Policies without parameters are as they are.
ChosenPolicy choose_policy(PolicyKind kind, std::span<const RecordedSearch* const> others,
                           uint64_t seed);

}  // namespace cairn::report
