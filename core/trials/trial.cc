// Names of states and kinds, costs, and how they are read and printed.
#include "trials/trial.h"

#include <array>

#include "trials/body.h"
#include "trials/event.h"

namespace cairn::trials {

using model::Value;

namespace {

constexpr std::array<std::string_view, 4> kSweepStateNames = {"running", "paused", "stopped",
                                                              "finished"};
constexpr std::array<std::string_view, kTrialStates> kTrialStateNames = {
    "waiting", "running", "paused", "complete", "stopped", "failed", "lost", "prior"};
constexpr std::array<std::string_view, 13> kKindNames = {
    "create", "prior",   "ask",     "add",  "begin", "report", "decide",
    "tell",   "release", "abandon", "lose", "run",   "change"};

template <typename T, size_t kCount>
std::optional<T> parse_name(const std::array<std::string_view, kCount>& names,
                            std::string_view text) {
  for (size_t i = 0; i < kCount; ++i)
    if (names[i] == text) return static_cast<T>(i);
  return std::nullopt;
}

}  // namespace

std::string_view print_state(SweepState state) {
  return kSweepStateNames[static_cast<size_t>(state)];
}
std::optional<SweepState> parse_sweep_state(std::string_view text) {
  return parse_name<SweepState>(kSweepStateNames, text);
}
std::string_view print_state(TrialState state) {
  return kTrialStateNames[static_cast<size_t>(state)];
}
std::optional<TrialState> parse_trial_state(std::string_view text) {
  return parse_name<TrialState>(kTrialStateNames, text);
}
std::string_view print_kind(EventKind kind) { return kKindNames[static_cast<size_t>(kind)]; }
std::optional<EventKind> parse_kind(std::string_view text) {
  return parse_name<EventKind>(kKindNames, text);
}

void add(Cost& sum, const Cost& part) {
  for (const CostUnit& unit : kCostUnits) {
    if (std::isnan(part.*unit.member)) continue;
    sum.*unit.member =
        std::isnan(sum.*unit.member) ? part.*unit.member : sum.*unit.member + part.*unit.member;
  }
}

std::vector<double> numbers_at(const Value& body, std::string_view name) {
  std::vector<double> numbers;
  const Value* list = member(body, name);
  if (!list || !list->as_list()) return numbers;
  for (const Value& item : *list->as_list()) numbers.push_back(item.number_or(kUnknown));
  return numbers;
}

Cost cost_at(const Value& body, std::string_view name) {
  Cost cost;
  if (const Value* found = member(body, name))
    for (const CostUnit& unit : kCostUnits) cost.*unit.member = number_at(*found, unit.name);
  return cost;
}

Value print_numbers(const std::vector<double>& values) {
  model::List list;
  list.reserve(values.size());
  for (const double value : values) list.push_back(or_null(value));
  return list;
}

Value print_cost(const Cost& cost) {
  model::Object object;
  for (const CostUnit& unit : kCostUnits)
    object.emplace_back(unit.name, or_null(cost.*unit.member));
  return object;
}

}  // namespace cairn::trials
