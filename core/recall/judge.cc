// The rules for levels, each with the reason that is shown.
#include "recall/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "recall/environment.h"

namespace cairn::recall {
namespace {

using model::Value;
using trace::KeyClass;

constexpr size_t kNearKeysMax = 3;
constexpr size_t kNearCodeFilesMax = 1;
constexpr double kNearDistanceMax = 1.0;
constexpr double kStepRatio = 1.5;

// Without a seed their results differ from run to run; of others only an audit can tell.
constexpr std::array<std::string_view, 8> kRandomByDefault = {
    "jax", "keras", "lightning", "mxnet", "paddlepaddle", "tensorflow", "torch", "transformers"};

std::optional<double> number_of(const Value& value) {
  if (const int64_t* whole = value.as_int()) return static_cast<double>(*whole);
  if (const double* real = value.as_double()) return *real;
  return std::nullopt;
}

struct Sorted {
  std::vector<trace::ConfigDifference> semantic, replicate, execution, budget;
};

Sorted sort_by_class(std::vector<trace::ConfigDifference> differences) {
  Sorted sorted;
  for (auto& difference : differences) {
    switch (difference.key_class) {
      case KeyClass::kSemantic:
        sorted.semantic.push_back(std::move(difference));
        break;
      case KeyClass::kReplicate:
        sorted.replicate.push_back(std::move(difference));
        break;
      case KeyClass::kExecution:
        sorted.execution.push_back(std::move(difference));
        break;
      case KeyClass::kBudget:
        sorted.budget.push_back(std::move(difference));
        break;
      case KeyClass::kSecret:
        break;
    }
  }
  return sorted;
}

// A variable, a probe, a listing: what is told apart to check it is one thing to who reads of it.
std::string component_of(const std::string& component) {
  if (component == "environment") return "variable";
  if (component == "absent" || component == "present" || component == "listing") return "files";
  if (component == "native") return "code";
  return component;
}

std::optional<Value> side(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<Value>(text);
}

void add_changes(Match& match, const std::vector<trace::Change>& changes, bool is_environment) {
  for (const trace::Change& change : changes)
    match.differences.push_back({is_environment ? "environment" : component_of(change.component),
                                 change.name, side(change.before), side(change.after)});
}

void add_config(Match& match, const Sorted& config) {
  for (const auto* list : {&config.semantic, &config.replicate, &config.execution})
    for (const auto& difference : *list)
      match.differences.push_back({"config", difference.name, difference.before, difference.after});
  for (const auto& difference : config.budget)
    match.differences.push_back({"budget", difference.name, difference.before, difference.after});
}

// "learning_rate" of "--learning-rate" in "optimizer.learning_rate"; null when several keys end so.
const Value* find_by_last_name(const Value& config, std::string_view name) {
  const model::Object* object = config.as_object();
  if (!object) return nullptr;
  const Value* found = nullptr;
  for (const auto& [key, value] : *object) {
    const Value* here = key == name ? &value : find_by_last_name(value, name);
    if (here && found) return nullptr;
    if (here) found = here;
  }
  return found;
}

// What the plan says beyond the past run's command line, where that run's program said itself that
// it is its default: nothing differs. (Another default is other code.)
bool is_default_made_explicit(const trace::ConfigDifference& difference, const Manifest& past) {
  if (difference.before || !difference.after || !past.resolved) return false;
  const Value* said = find_by_last_name(past.resolved->config, difference.name);
  return said && trace::is_same_config(*said, *difference.after);
}

std::vector<trace::ConfigDifference> compare_with_past(const Plan& plan, const Manifest& past,
                                                       const trace::KeyClasses& classes) {
  if (plan.is_resolved)
    return trace::compare_configs(past.resolved ? past.resolved->config : model::Object(),
                                  plan.config, classes);
  auto differences = trace::compare_configs(past.config, plan.config, classes);
  std::erase_if(differences, [&](const trace::ConfigDifference& difference) {
    return is_default_made_explicit(difference, past);
  });
  return differences;
}

Severity worst_of(const std::vector<trace::Change>& changes) {
  Severity worst = Severity::kNone;
  for (const trace::Change& change : changes)
    worst = std::max(worst, severity_of(change.name, change.before, change.after));
  return worst;
}

bool is_near_code(const std::vector<trace::Change>& changes) {
  return changes.size() <= kNearCodeFilesMax &&
         std::all_of(changes.begin(), changes.end(),
                     [](const auto& change) { return change.component == "code"; });
}

bool is_near_config(const std::vector<trace::ConfigDifference>& differences) {
  if (differences.size() > kNearKeysMax) return false;
  double distance = 0;
  for (const auto& difference : differences) {
    if (!difference.before || !difference.after) return false;
    distance += distance_of(*difference.before, *difference.after);
  }
  return distance <= kNearDistanceMax;
}

bool is_prefix_safe(const trace::RecallSettings& settings, const std::string& name) {
  return std::find(settings.prefix_safe.begin(), settings.prefix_safe.end(), name) !=
         settings.prefix_safe.end();
}

bool has_checkpoint(const Past& past) {
  constexpr std::array<std::string_view, 5> kWords = {"checkpoint", "ckpt", "last.pt",
                                                      "optimizer.pt", "trainer_state.json"};
  return std::any_of(past.manifest.record.outputs.begin(), past.manifest.record.outputs.end(),
                     [&](const trace::Output& output) {
                       return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
                         return output.path.find(word) != std::string::npos;
                       });
                     });
}

// One budget key that changes nothing before its end, and nothing else different.
bool judge_budget(const Plan& plan, const Past& past, const Sorted& config, Match& match) {
  if (config.budget.size() != 1 || !past.has_finished) return false;
  const auto& difference = config.budget.front();
  if (!difference.before || !difference.after) return false;
  const auto before = number_of(*difference.before), after = number_of(*difference.after);
  if (!before || !after || !is_prefix_safe(plan.settings, difference.name)) return false;
  match.budget_key = difference.name;
  match.past_budget = *before;
  match.planned_budget = *after;
  if (*after <= *before) {
    match.level = Level::kBudgetCovered;
    return true;
  }
  if (!has_checkpoint(past)) return false;
  match.level = Level::kResumable;
  return true;
}

// All settings that differ are declared to matter from some step on only.
bool judge_schedule(const Plan& plan, const Past& past, const Sorted& config, Match& match) {
  if (config.semantic.empty() || !config.budget.empty() || !past.has_finished ||
      !has_checkpoint(past))
    return false;
  const trace::TakesEffect* first = nullptr;
  for (const auto& difference : config.semantic) {
    const auto& schedule = plan.settings.schedule;
    const auto found = std::find_if(schedule.begin(), schedule.end(), [&](const auto& entry) {
      return entry.name == difference.name;
    });
    if (found == schedule.end()) return false;
    if (!first || found->step < first->step) first = &*found;
  }
  match.level = Level::kPrefixShared;
  match.budget_key = first->name;
  match.past_budget = first->step;
  return true;
}

Level judge_level(const Plan& plan, const Past& past, const trace::Verification& verification,
                  const Sorted& config, Match& match) {
  const bool holds = verification.holds();
  const bool is_same_setting = config.semantic.empty() && config.budget.empty();
  if (!holds || !is_same_setting) {
    if (holds && config.semantic.empty() && judge_budget(plan, past, config, match))
      return match.level;
    if (holds && judge_schedule(plan, past, config, match)) return match.level;
    std::vector<trace::ConfigDifference> settings = config.semantic;
    settings.insert(settings.end(), config.budget.begin(), config.budget.end());
    const bool is_near = (holds || is_near_code(verification.changes)) && is_near_config(settings);
    return is_near ? Level::kNear : Level::kDifferent;
  }
  const Severity environment = worst_of(verification.environment_changes);
  if (environment >= Severity::kMedium) return Level::kNearEnv;
  if (!config.replicate.empty()) return Level::kReplicate;
  if (!config.execution.empty() || environment == Severity::kLow) return Level::kEquivalent;
  return Level::kExact;
}

// Frameworks whose results differ from run to run, and nothing that says from which seed.
std::string find_unseeded(const Past& past, const trace::ConfigParts& config) {
  const bool has_replicate_key =
      config.replicate.as_object() && !config.replicate.as_object()->empty();
  if (has_replicate_key || !past.manifest.record.seeds.empty()) return {};
  for (const auto& distribution : past.manifest.record.distributions)
    if (std::find(kRandomByDefault.begin(), kRandomByDefault.end(), distribution.name) !=
        kRandomByDefault.end())
      return distribution.name;
  return {};
}

std::string reason_to_hold_back(const Plan& plan, const Past& past, const Match& match,
                                const trace::ConfigParts& config) {
  if (!past.has_finished) return "it did not finish";
  if (past.is_disowned) return "it was disowned";
  if (past.is_nondeterministic) return "an audit found another result for the same run";
  if (!past.manifest.record.is_sealed())
    return fmt::format("it is not sealed: {}", past.manifest.record.unsealed.front());
  if (const std::string random = find_unseeded(past, config); !random.empty())
    return fmt::format("{} ran without a seed, so another run would give another result", random);
  if (plan.settings.max_age_ns && plan.now_ns - past.ended_ns > *plan.settings.max_age_ns)
    return "it is older than max_age allows";
  const trace::Accept accept = plan.settings.accept.value_or(trace::Accept::kExact);
  if (match.level == Level::kExact) return {};
  if (match.level == Level::kEquivalent)
    return accept >= trace::Accept::kEquivalent
               ? std::string()
               : "it is equivalent, not exact: --accept equivalent reuses it";
  if (match.level == Level::kNearEnv)
    return accept == trace::Accept::kNearEnv
               ? std::string()
               : "packages of other versions may give another result: --accept near-env reuses it";
  return "only exact and equivalent runs are reused";
}

}  // namespace

std::string_view print_level(Level level) {
  constexpr std::string_view kNames[] = {
      "exact",         "equivalent", "replicate", "budget-covered", "resumable",
      "prefix-shared", "near-env",   "near",      "dominated",      "different"};
  return kNames[static_cast<size_t>(level)];
}

double distance_of(const Value& before, const Value& after) {
  const auto a = number_of(before), b = number_of(after);
  constexpr double kFar = 2 * kNearDistanceMax;
  if (!a || !b) return kFar;
  if (*a == *b) return 0;
  if (*a * *b <= 0) return kFar;  // zero and the sign are no matter of a factor
  return std::abs(std::log(*b / *a)) / std::log(kStepRatio);
}

Match judge(const Plan& plan, const Past& past, const trace::Verification& verification) {
  trace::KeyClasses classes;
  plan.settings.add_rules_to(classes);
  Match match;
  const Sorted config = sort_by_class(compare_with_past(plan, past.manifest, classes));
  add_changes(match, verification.changes, /*is_environment=*/false);
  add_config(match, config);
  add_changes(match, verification.environment_changes, /*is_environment=*/true);
  const bool is_same_program = plan.program.entry == past.manifest.program.entry &&
                               plan.program.launcher == past.manifest.program.launcher &&
                               (past.manifest.resolved || !plan.is_resolved);
  match.level =
      is_same_program ? judge_level(plan, past, verification, config, match) : Level::kDifferent;
  match.held_back =
      reason_to_hold_back(plan, past, match, trace::split_config(plan.config, classes));
  return match;
}

}  // namespace cairn::recall
