// See replay_policy.h.
#include "report/replay_policy.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/nearest.h"
#include "report/replay_order.h"

namespace cairn::report {

namespace {

using Kind = sweep::StopRule::Kind;

constexpr double kNinth = 1.0 / 9, kThird = 1.0 / 3, kTwentySeventh = 1.0 / 27;
constexpr size_t kSearchesMax = 5, kOrdersPerSearch = 4;
constexpr double kSafe = 0.95;

struct NamedPolicy {
  PolicyKind kind;
  std::string_view name;
};
constexpr std::array<NamedPolicy, 8> kPolicies = {{{PolicyKind::kNone, "none"},
                                                   {PolicyKind::kNan, "nan"},
                                                   {PolicyKind::kMedian, "median"},
                                                   {PolicyKind::kAsha, "asha"},
                                                   {PolicyKind::kAshaPromotion, "asha_promotion"},
                                                   {PolicyKind::kHyperband, "hyperband"},
                                                   {PolicyKind::kPatience, "patience"},
                                                   {PolicyKind::kAuto, "auto"}}};

std::vector<Policy> candidates(PolicyKind kind) {
  std::vector<Policy> found;
  switch (kind) {
    case PolicyKind::kMedian:
      for (const uint64_t startup : {5U, 10U, 20U})
        for (const double share : {0.0, kNinth, kThird})
          found.push_back({.kind = kind, .first_share = share, .startup_trials = startup});
      break;
    case PolicyKind::kAsha:
    case PolicyKind::kAshaPromotion:
      for (const double eta : {2.0, 3.0, 4.0})
        for (const double share : {kTwentySeventh, kNinth, kThird})
          found.push_back({.kind = kind, .first_share = share, .eta = eta});
      break;
    case PolicyKind::kPatience:
      for (const double share : {kNinth, 2 * kNinth, kThird})
        found.push_back({.kind = kind, .first_share = share});
      break;
    default:
      break;
  }
  return found;
}

double middle_reports(const RecordedSearch& search) {
  std::vector<size_t> counts;
  for (const RecordedRun& run : search.runs) counts.push_back(run.reports.size());
  const auto middle = counts.begin() + static_cast<ptrdiff_t>(counts.size() / 2);
  std::ranges::nth_element(counts, middle);
  return static_cast<double>(*middle);
}

struct Trial {
  double saved = 0, safe = 0;
};

Trial try_policy(const Policy& policy, std::span<const RecordedSearch* const> searches,
                 uint64_t seed) {
  Trial tried;
  for (const RecordedSearch* one : searches) {
    const RecordedSearch& search = *one;
    const sweep::StopRule rule = rule_of(policy, search);
    const NoiseUnit noise = noise_unit(search, configurations_of(search));
    const size_t workers = recorded_workers(search);
    for (size_t number = 0; number < kOrdersPerSearch; ++number) {
      const auto order = shuffled_order(search.runs.size(), seed, number);
      const OrderOutcome outcome = outcome_of(search, play(search, rule, order, workers));
      tried.saved += outcome.saved;
      tried.safe += outcome.regret <= noise.sd;
    }
  }
  const auto count = static_cast<double>(searches.size() * kOrdersPerSearch);
  return {tried.saved / count, tried.safe / count};
}

}  // namespace

std::string_view print_policy(PolicyKind kind) {
  return std::ranges::find(kPolicies, kind, &NamedPolicy::kind)->name;
}

Result<PolicyKind> parse_policy(std::string_view name) {
  const auto found = std::ranges::find(kPolicies, name, &NamedPolicy::name);
  if (found != kPolicies.end()) return found->kind;
  std::vector<std::string_view> names;
  for (const NamedPolicy& policy : kPolicies) names.push_back(policy.name);
  const auto nearest = nearest_name(name, {names.begin(), names.end()});
  return fail(Code::kInvalid, "expected a policy among {}, found '{}'{}", fmt::join(names, ", "),
              name, nearest ? fmt::format("; did you mean {}?", *nearest) : "");
}

Policy default_policy(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::kAsha:
    case PolicyKind::kAshaPromotion:
    case PolicyKind::kHyperband:
      return {.kind = kind, .first_share = kTwentySeventh};
    case PolicyKind::kPatience:
      return {.kind = kind, .first_share = 2 * kNinth};
    default:
      return {.kind = kind};
  }
}

sweep::StopRule rule_of(const Policy& policy, const RecordedSearch& search) {
  const double steps = whole_steps(search), reports = middle_reports(search);
  sweep::StopRule rule{.startup_trials = policy.startup_trials, .eta = policy.eta};
  switch (policy.kind) {
    case PolicyKind::kNone:
      break;
    case PolicyKind::kNan:
      rule.kind = Kind::kThreshold;  // without thresholds
      break;
    case PolicyKind::kMedian:
      rule.kind = Kind::kMedian;
      rule.warmup = policy.first_share * steps;
      break;
    case PolicyKind::kAshaPromotion:
      rule.with_promotion = true;
      [[fallthrough]];
    case PolicyKind::kAsha:
      rule.kind = Kind::kSuccessiveHalving;
      rule.min_resource = std::max(policy.first_share * steps, 1.0);
      rule.max_resource = steps;
      break;
    case PolicyKind::kHyperband:
      rule.kind = Kind::kHyperband;
      rule.min_resource = std::max(std::round(policy.first_share * reports), 1.0);
      break;
    case PolicyKind::kPatience:
      rule.kind = Kind::kPatience;
      rule.patience = static_cast<uint64_t>(std::max(policy.first_share * reports, 2.0));
      break;
    case PolicyKind::kAuto:
      rule.kind = Kind::kAuto;
      break;
  }
  return rule;
}

ChosenPolicy choose_policy(PolicyKind kind, std::span<const RecordedSearch* const> others,
                           uint64_t seed) {
  const auto searches = others.first(std::min(others.size(), kSearchesMax));
  std::optional<Policy> chosen;
  Trial best;
  if (!searches.empty())
    for (const Policy& policy : candidates(kind)) {
      const Trial tried = try_policy(policy, searches, seed);
      const bool is_safe = tried.safe >= kSafe, is_best_safe = best.safe >= kSafe;
      const bool is_better =
          is_safe && is_best_safe ? tried.saved > best.saved : tried.safe > best.safe;
      if (!chosen || is_better) chosen = policy, best = tried;
    }
  if (!chosen) return {default_policy(kind)};
  return {*chosen, searches.size()};
}

}  // namespace cairn::report
