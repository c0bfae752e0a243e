// See space.h; what makes a space valid is in space_check.cc, how many there are in space_size.cc.
#include "sweep/space.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "sweep/choice.h"

namespace cairn::sweep {

using model::Value;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr int kDrawsMax = 1000;

// An order of places with equal shares: the middle of each.
double middle_of(uint64_t level, uint64_t levels) {
  return (static_cast<double>(level) + 0.5) / static_cast<double>(levels);
}

uint64_t level_at(double place, uint64_t levels) {
  const double level = std::clamp(place, 0.0, 1.0) * static_cast<double>(levels);
  return std::min(static_cast<uint64_t>(level), levels - 1);
}

// Ranks instead of the keys themselves: equal permutations are then equal points.
void rank(std::span<double> keys) {
  std::vector<size_t> order(keys.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return keys[a] < keys[b]; });
  for (size_t i = 0; i < order.size(); ++i) keys[order[i]] = middle_of(i, order.size());
}

// Shares that sum to 1 and all mixtures of which are equally likely, from independent places:
// each breaks its part off what is left of a stick (the Dirichlet distribution of ones).
std::vector<double> shares_at(std::span<const double> places) {
  std::vector<double> shares;
  double left = 1;
  for (size_t i = 0; i < places.size(); ++i) {
    const double kept = std::pow(1 - places[i], 1.0 / static_cast<double>(places.size() - i));
    shares.push_back(left * (1 - kept));
    left *= kept;
  }
  shares.push_back(left);
  return shares;
}

void places_of_shares(std::span<const double> shares, std::span<double> places) {
  double left = 1;
  for (size_t i = 0; i < places.size(); ++i) {
    const double kept = left > 0 ? std::clamp(1 - shares[i] / left, 0.0, 1.0) : 1;
    places[i] = 1 - std::pow(kept, static_cast<double>(places.size() - i));
    left -= shares[i];
  }
}

// Too few or too many: those with the lowest index join or leave, so that the result is one of
// the space whatever a model thought of.
void fit_size(const Parameter& parameter, std::span<double> members) {
  auto size = static_cast<size_t>(std::count(members.begin(), members.end(), 1.0));
  for (double& member : members) {
    if (size < parameter.size_min && member == 0) member = 1, ++size;
    if (size > parameter.size_max && member == 1) member = 0, --size;
  }
}

}  // namespace

const Parameter* Space::find(std::string_view name) const {
  const size_t i = index_of(name);
  return i < x_parameters.size() ? &x_parameters[i] : nullptr;
}

size_t Space::index_of(std::string_view name) const {
  const auto found = std::find_if(x_parameters.begin(), x_parameters.end(),
                                  [&](const Parameter& p) { return p.name == name; });
  return static_cast<size_t>(found - x_parameters.begin());
}

std::span<double> Space::coordinates_of(size_t parameter, std::span<double> point) const {
  return point.subspan(x_first[parameter], x_first[parameter + 1] - x_first[parameter]);
}

std::span<const double> Space::read_coordinates_of(size_t parameter,
                                                   std::span<const double> point) const {
  return point.subspan(x_first[parameter], x_first[parameter + 1] - x_first[parameter]);
}

bool Space::holds(const Condition& condition, size_t parent, std::span<const double> point) const {
  if (!is_parameter_active(parent, point)) return false;
  const Value value = value_of(parent, point);
  if (!condition.values.empty()) return find_choice(condition.values, value).has_value();
  const double number = value.number_or(kNaN);
  return number >= condition.low && number <= condition.high;
}

// A point says itself what is active: inactive coordinates are NaN.
bool Space::is_parameter_active(size_t parameter, std::span<const double> point) const {
  return !std::isnan(point[x_first[parameter]]);
}

bool Space::is_active(size_t coordinate, std::span<const double> point) const {
  return !std::isnan(point[coordinate]);
}

double Space::level_place(size_t coordinate, uint64_t level) const {
  const Coordinate& c = x_coordinates[coordinate];
  const Parameter& p = x_parameters[c.parameter];
  if (c.kind == Coordinate::Kind::kCategory) return static_cast<double>(level);
  if (p.kind == Parameter::Kind::kOrdinal) return x_level_places[c.parameter][level];
  if (p.kind == Parameter::Kind::kPermutation) return middle_of(level, c.levels);
  return place_of(p.spread, p.spread.low + static_cast<double>(level) * p.spread.step);
}

// Of an active parameter.
void Space::snap(size_t parameter, std::span<double> point) const {
  const Parameter& p = x_parameters[parameter];
  const std::span<double> own = coordinates_of(parameter, point);
  switch (p.kind) {
    case Parameter::Kind::kFloat:
    case Parameter::Kind::kInteger:
      if (p.spread.step > 0) own[0] = place_of(p.spread, value_at(p.spread, own[0]));
      own[0] = std::clamp(own[0], 0.0, 1.0);
      break;
    case Parameter::Kind::kOrdinal:
      own[0] = nearest_place(x_level_places[parameter], own[0]);
      break;
    case Parameter::Kind::kCategorical:
      own[0] = std::clamp(std::round(own[0]), 0.0, static_cast<double>(p.choices.size() - 1));
      break;
    case Parameter::Kind::kSubset:
      for (double& member : own) member = member >= 0.5 ? 1 : 0;
      fit_size(p, own);
      break;
    case Parameter::Kind::kPermutation:
      rank(own);
      break;
    case Parameter::Kind::kSimplex:
      for (double& place : own) place = std::clamp(place, 0.0, 1.0);
      break;
  }
}

Point Space::snapped(Point point) const {
  for (const size_t parameter : x_order) {
    const Parameter& p = x_parameters[parameter];
    const std::span<double> own = coordinates_of(parameter, point);
    bool is_active = true;
    for (size_t i = 0; i < p.conditions.size(); ++i)
      is_active = is_active && holds(p.conditions[i], x_parents[parameter][i], point);
    if (!is_active) {
      std::fill(own.begin(), own.end(), kNaN);
      continue;
    }
    const bool is_category = p.kind == Parameter::Kind::kCategorical;
    for (double& place : own)
      if (std::isnan(place)) place = is_category ? 0 : 0.5;
    snap(parameter, point);
  }
  sort_ascending(point);
  return point;
}

// Parameters in a required order that are spread alike are interchangeable: sorting them gives
// every allowed configuration its due, where drawing again would find one in a factorial.
void Space::sort_ascending(std::span<double> point) const {
  for (const Constraint& constraint : x_constraints) {
    if (!constraint.is_sortable) continue;
    std::vector<double> places;
    for (const size_t parameter : constraint.parameters)
      places.push_back(point[x_first[parameter]]);
    if (std::any_of(places.begin(), places.end(), [](double p) { return std::isnan(p); })) continue;
    std::sort(places.begin(), places.end());
    for (size_t i = 0; i < places.size(); ++i) point[x_first[constraint.parameters[i]]] = places[i];
  }
}

Point Space::at(std::span<const double> cube) const {
  Point point(cube.begin(), cube.end());
  for (size_t i = 0; i < x_coordinates.size(); ++i) {
    const Coordinate& c = x_coordinates[i];
    const Parameter& p = x_parameters[c.parameter];
    if (p.kind == Parameter::Kind::kCategorical)
      point[i] = static_cast<double>(p.weights.empty() ? level_at(cube[i], c.levels)
                                                       : weighted_level(p.weights, cube[i]));
    if (p.kind == Parameter::Kind::kSubset) point[i] = cube[i] < 0.5 ? 0 : 1;
    if (p.kind == Parameter::Kind::kOrdinal) point[i] = level_place(i, level_at(cube[i], c.levels));
  }
  return snapped(std::move(point));
}

bool Space::holds(const Constraint& constraint, std::span<const double> point) const {
  for (const size_t parameter : constraint.parameters)
    if (!is_parameter_active(parameter, point)) return true;
  double sum = 0, before = -std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < constraint.parameters.size(); ++i) {
    const Value value = value_of(constraint.parameters[i], point);
    if (constraint.kind == Constraint::Kind::kForbidden) {
      if (!find_choice(constraint.values[i], value)) return true;
      continue;
    }
    const double number = value.number_or(kNaN);
    if (constraint.kind == Constraint::Kind::kAscending && number < before) return false;
    before = number;
    if (constraint.kind == Constraint::Kind::kLinear) sum += constraint.factors[i] * number;
  }
  if (constraint.kind == Constraint::Kind::kForbidden) return false;
  // Rounding of a sum of decimal fractions must not forbid its own bound.
  const double rounding = 1e-12 * std::max(1.0, std::abs(constraint.bound));
  return constraint.kind != Constraint::Kind::kLinear || sum <= constraint.bound + rounding;
}

bool Space::is_allowed(std::span<const double> point) const {
  return std::all_of(x_constraints.begin(), x_constraints.end(),
                     [&](const Constraint& constraint) { return holds(constraint, point); });
}

std::optional<Point> Space::draw(surrogate::Random& random) const {
  std::vector<double> cube(x_coordinates.size());
  for (int i = 0; i < kDrawsMax; ++i) {
    for (double& place : cube) place = random.unit();
    Point point = at(cube);
    if (is_allowed(point)) return point;
  }
  return std::nullopt;
}

Point Space::start() const {
  Point point(x_coordinates.size(), kNaN);
  for (size_t i = 0; i < x_parameters.size(); ++i) {
    const Parameter& p = x_parameters[i];
    const Value* value = p.initial ? &*p.initial : p.hunch ? &p.hunch->center : nullptr;
    if (value) (void)place(i, *value, point);  // looked at when the space was made
  }
  return snapped(std::move(point));
}

double Space::log_hunch(std::span<const double> point) const {
  double sum = 0;
  if (!x_has_hunches) return sum;
  Point center(x_coordinates.size(), kNaN);
  for (size_t i = 0; i < x_parameters.size(); ++i) {
    const Parameter& p = x_parameters[i];
    if (!p.hunch || !is_parameter_active(i, point)) continue;
    (void)place(i, p.hunch->center, center);
    for (size_t k = x_first[i]; k < x_first[i + 1]; ++k) {
      const bool is_category = x_coordinates[k].kind == Coordinate::Kind::kCategory;
      const double away = is_category ? (point[k] == center[k] ? 0 : 1) : point[k] - center[k];
      sum -= away * away / (2 * p.hunch->sd * p.hunch->sd);
    }
  }
  return sum;
}

Value Space::value_of(size_t parameter, std::span<const double> point) const {
  const Parameter& p = x_parameters[parameter];
  const std::span<const double> own = read_coordinates_of(parameter, point);
  switch (p.kind) {
    case Parameter::Kind::kFloat:
      return value_at(p.spread, own[0]);
    case Parameter::Kind::kInteger:
      return static_cast<int64_t>(std::llround(value_at(p.spread, own[0])));
    case Parameter::Kind::kOrdinal:
      return p.choices[nearest_level(x_level_places[parameter], own[0])];
    case Parameter::Kind::kCategorical:
      return p.choices[static_cast<size_t>(own[0])];
    case Parameter::Kind::kSubset: {
      model::List members;
      for (size_t i = 0; i < own.size(); ++i)
        if (own[i] == 1) members.push_back(p.choices[i]);
      return members;
    }
    case Parameter::Kind::kPermutation: {
      model::List ordered(own.size());
      for (size_t i = 0; i < own.size(); ++i) ordered[level_at(own[i], own.size())] = p.choices[i];
      return ordered;
    }
    case Parameter::Kind::kSimplex: {
      model::Object shares;
      const std::vector<double> values = shares_at(own);
      for (size_t i = 0; i < values.size(); ++i)
        shares.emplace_back(p.choices[i].string_or(""), values[i]);
      return shares;
    }
  }
  return {};
}

Config Space::decode(std::span<const double> point) const {
  Config config;
  for (size_t i = 0; i < x_parameters.size(); ++i)
    if (is_parameter_active(i, point))
      config.emplace_back(x_parameters[i].name, value_of(i, point));
  config.insert(config.end(), x_constants.begin(), x_constants.end());
  return config;
}

Result<void> Space::place(size_t parameter, const Value& value, Point& point) const {
  const Parameter& p = x_parameters[parameter];
  const std::span<double> own = coordinates_of(parameter, point);
  switch (p.kind) {
    case Parameter::Kind::kFloat:
    case Parameter::Kind::kInteger: {
      TRY(const double number, check_number(p, value));
      own[0] = place_of(p.spread, number);
      return {};
    }
    case Parameter::Kind::kOrdinal:
    case Parameter::Kind::kCategorical: {
      const auto choice = find_choice(p.choices, value);
      if (!choice) return fail_choice(p, value);
      own[0] = p.kind == Parameter::Kind::kOrdinal ? x_level_places[parameter][*choice]
                                                   : static_cast<double>(*choice);
      return {};
    }
    case Parameter::Kind::kSubset:
      return place_subset(p, value, own);
    case Parameter::Kind::kPermutation:
      return place_permutation(p, value, own);
    case Parameter::Kind::kSimplex: {
      TRY(const std::vector<double> shares, check_shares(p, value));
      places_of_shares(shares, own);
      return {};
    }
  }
  return {};
}

Result<Point> Space::encode(const Config& config) const {
  const auto given = [&](std::string_view name) {
    const auto found = std::find_if(config.begin(), config.end(),
                                    [&](const auto& member) { return member.first == name; });
    return found == config.end() ? nullptr : &found->second;
  };
  for (const auto& [name, constant] : x_constants) {
    const Value* value = given(name);
    if (value && !is_same_choice(*value, constant))
      return fail(Code::kInvalid, "'{}' is {} in this sweep, found {}", name, show(constant),
                  show(*value));
  }
  Point point(x_coordinates.size(), kNaN);
  for (const size_t i : x_order) {
    const Parameter& p = x_parameters[i];
    bool is_active = true;
    for (size_t k = 0; k < p.conditions.size(); ++k)
      is_active = is_active && holds(p.conditions[k], x_parents[i][k], point);
    if (!is_active) continue;
    const Value* value = given(p.name);
    if (!value) return fail(Code::kInvalid, "expected a value of '{}', found none", p.name);
    TRY_VOID(place(i, *value, point));
  }
  return point;
}

std::optional<Point> Space::encode_near(const Config& config, double slack, Absent absent) const {
  Point point(x_coordinates.size(), kNaN);
  for (const size_t i : x_order) {
    const Parameter& p = x_parameters[i];
    bool is_active = true;
    for (size_t k = 0; k < p.conditions.size(); ++k)
      is_active = is_active && holds(p.conditions[k], x_parents[i][k], point);
    if (!is_active) continue;
    const auto found = std::find_if(config.begin(), config.end(),
                                    [&](const auto& member) { return member.first == p.name; });
    const bool is_number = p.kind == Parameter::Kind::kFloat || p.kind == Parameter::Kind::kInteger;
    if (found == config.end()) {
      if (absent == Absent::kInactive) continue;
      if (!is_number) return std::nullopt;
      point[x_first[i]] = place_of(p.spread, value_at(p.spread, 0.5));
    } else if (is_number) {
      const double number = found->second.as_bool() ? kNaN : found->second.number_or(kNaN);
      if (!std::isfinite(number) || place_beyond(p.spread, number) > slack) return std::nullopt;
      point[x_first[i]] = place_of(p.spread, number);
    } else if (!place(i, found->second, point)) {
      return std::nullopt;
    }
  }
  return point;
}

std::string Space::key(std::span<const double> point) const {
  constexpr double kPlaces = 0x1p40;
  std::string key(point.size() * sizeof(uint64_t), '\0');
  for (size_t i = 0; i < point.size(); ++i) {
    const uint64_t place = std::isnan(point[i])
                               ? std::numeric_limits<uint64_t>::max()
                               : static_cast<uint64_t>(std::llround(point[i] * kPlaces));
    std::memcpy(key.data() + i * sizeof(place), &place, sizeof(place));
  }
  return key;
}

}  // namespace cairn::sweep
