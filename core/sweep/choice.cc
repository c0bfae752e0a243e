// See choice.h.
#include "sweep/choice.h"

#include <algorithm>
#include <cmath>

#include "surrogate/features.h"

namespace cairn::sweep {

using model::Value;

namespace {

constexpr size_t kShownBytesMax = 80;

std::optional<double> number_of(const Value& value) {
  if (value.as_bool() || !value.is_number()) return std::nullopt;
  return value.number_or(0);
}

std::string show_members(const Value& value) {
  if (const std::string* text = value.as_string()) return "'" + *text + "'";
  if (value.is_null()) return "null";
  if (const bool* flag = value.as_bool()) return *flag ? "true" : "false";
  if (const int64_t* integer = value.as_int()) return fmt::format("{}", *integer);
  if (const double* number = value.as_double()) return fmt::format("{}", *number);
  std::string shown;
  if (const model::List* list = value.as_list()) {
    for (const Value& item : *list) shown += (shown.empty() ? "" : ", ") + show_members(item);
    return "[" + shown + "]";
  }
  for (const auto& [name, member] : *value.as_object())
    shown += (shown.empty() ? "" : ", ") + name + ": " + show_members(member);
  return "{" + shown + "}";
}

}  // namespace

bool is_same_choice(const Value& a, const Value& b) {
  const auto x = number_of(a), y = number_of(b);
  if (x && y) return *x == *y;
  const model::List *s = a.as_list(), *t = b.as_list();
  if (s && t) return std::equal(s->begin(), s->end(), t->begin(), t->end(), is_same_choice);
  return a == b;
}

std::optional<size_t> find_choice(std::span<const Value> choices, const Value& value) {
  const auto found = std::find_if(choices.begin(), choices.end(), [&](const Value& choice) {
    return is_same_choice(choice, value);
  });
  if (found == choices.end()) return std::nullopt;
  return static_cast<size_t>(found - choices.begin());
}

size_t weighted_level(std::span<const double> weights, double share) {
  double below = 0;
  size_t last = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    below += weights[i];
    if (share < below) return i;
    if (weights[i] > 0) last = i;
  }
  return last;  // weights that sum to a little less than 1
}

std::vector<double> level_places(std::span<const Value> choices) {
  std::vector<double> numbers;
  for (const Value& choice : choices)
    if (const auto number = number_of(choice)) numbers.push_back(*number);
  const auto count = static_cast<double>(choices.size());
  std::vector<double> places;
  const bool are_numbers = numbers.size() == choices.size() && numbers.size() > 1;
  if (!are_numbers) {
    for (size_t i = 0; i < choices.size(); ++i)
      places.push_back((static_cast<double>(i) + 0.5) / count);
    return places;
  }
  const bool is_log = surrogate::regular_scale(numbers) == surrogate::Scale::kLog;
  for (double& number : numbers) number = is_log ? std::log(number) : number;
  const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  for (const double number : numbers)
    places.push_back((0.5 + (count - 1) * (number - *low) / (*high - *low)) / count);
  return places;
}

size_t nearest_level(std::span<const double> places, double place) {
  const auto nearer = [&](double a, double b) { return std::abs(a - place) < std::abs(b - place); };
  return static_cast<size_t>(std::min_element(places.begin(), places.end(), nearer) -
                             places.begin());
}

double nearest_place(std::span<const double> places, double place) {
  return places[nearest_level(places, place)];
}

std::string show(const Value& value) {
  std::string shown = show_members(value);
  if (shown.size() > kShownBytesMax) shown = shown.substr(0, kShownBytesMax) + "…";
  return shown;
}

tl::unexpected<Error> fail_choice(const Parameter& parameter, const Value& value) {
  return fail(Code::kInvalid, "expected '{}' to be one of {}, found {}", parameter.name,
              show(model::List(parameter.choices)), show(value));
}

Result<double> check_number(const Parameter& parameter, const Value& value) {
  const Spread& spread = parameter.spread;
  const auto number = number_of(value);
  const auto refuse = [&] {
    return fail(Code::kInvalid, "expected '{}' to be a number from {} to {}{}, found {}",
                parameter.name, spread.low, spread.high,
                spread.step > 0 ? fmt::format(" in steps of {}", spread.step) : "", show(value));
  };
  if (!number || !std::isfinite(*number)) return refuse();
  const double rounding = 1e-9 * std::max({std::abs(spread.low), std::abs(spread.high), 1e-300});
  const bool has_bounds = std::isfinite(spread.low) && std::isfinite(spread.high);
  if (has_bounds && (*number < spread.low - rounding || *number > spread.high + rounding))
    return refuse();
  if (spread.step > 0) {
    const double steps = (*number - spread.anchor) / spread.step;
    if (std::abs(steps - std::round(steps)) > 1e-6) return refuse();
  }
  return *number;
}

Result<void> place_subset(const Parameter& parameter, const Value& value,
                          std::span<double> members) {
  const model::List* list = value.as_list();
  if (!list)
    return fail(Code::kInvalid, "expected '{}' to be a list of choices, found {}", parameter.name,
                show(value));
  std::fill(members.begin(), members.end(), 0);
  for (const Value& item : *list) {
    const auto choice = find_choice(parameter.choices, item);
    if (!choice) return fail_choice(parameter, item);
    if (members[*choice] == 1)
      return fail(Code::kInvalid, "expected each choice of '{}' once, found {} twice",
                  parameter.name, show(item));
    members[*choice] = 1;
  }
  if (list->size() < parameter.size_min || list->size() > parameter.size_max)
    return fail(Code::kInvalid, "expected '{}' to hold {} to {} choices, found {}", parameter.name,
                parameter.size_min, std::min(parameter.size_max, parameter.choices.size()),
                list->size());
  return {};
}

Result<void> place_permutation(const Parameter& parameter, const Value& value,
                               std::span<double> ranks) {
  const model::List* list = value.as_list();
  if (!list || list->size() != parameter.choices.size())
    return fail(Code::kInvalid, "expected '{}' to be all {} choices in some order, found {}",
                parameter.name, parameter.choices.size(), show(value));
  std::vector<bool> is_seen(ranks.size());
  for (size_t i = 0; i < list->size(); ++i) {
    const auto choice = find_choice(parameter.choices, (*list)[i]);
    if (!choice) return fail_choice(parameter, (*list)[i]);
    if (is_seen[*choice])
      return fail(Code::kInvalid, "expected each choice of '{}' once, found {} twice",
                  parameter.name, show((*list)[i]));
    is_seen[*choice] = true;
    ranks[*choice] = (static_cast<double>(i) + 0.5) / static_cast<double>(ranks.size());
  }
  return {};
}

Result<std::vector<double>> check_shares(const Parameter& parameter, const Value& value) {
  const model::Object* object = value.as_object();
  std::vector<double> shares;
  double sum = 0;
  for (const Value& choice : parameter.choices) {
    const Value* share = object ? value.find(choice.string_or("")) : nullptr;
    const auto number = share ? number_of(*share) : std::nullopt;
    if (!number || !(*number >= 0))
      return fail(Code::kInvalid, "expected a share of {} in '{}', found {}", show(choice),
                  parameter.name, show(value));
    shares.push_back(*number);
    sum += *number;
  }
  if (std::abs(sum - 1) > 1e-6)
    return fail(Code::kInvalid, "expected the shares of '{}' to sum to 1, found {}", parameter.name,
                sum);
  return shares;
}

}  // namespace cairn::sweep
