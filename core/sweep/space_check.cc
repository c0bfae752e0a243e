// Making a space: what is asked of its parameters, conditions and constraints.
#include <algorithm>
#include <cmath>
#include <set>

#include "sweep/choice.h"
#include "sweep/space.h"

namespace cairn::sweep {

using model::Value;

namespace {

constexpr int kDrawsOfProofMax = 20;  // of Space::draw, which itself tries often

bool is_number(const Parameter& p) {
  return p.kind == Parameter::Kind::kFloat || p.kind == Parameter::Kind::kInteger;
}

// One coordinate that can be compared, so that children and constraints may speak of it.
bool has_one_value(const Parameter& p) {
  return is_number(p) || p.kind == Parameter::Kind::kOrdinal ||
         p.kind == Parameter::Kind::kCategorical;
}

bool is_whole(double number) { return number == std::floor(number); }

Result<void> check_bounds(const Parameter& p) {
  const Spread& s = p.spread;
  const bool is_unbounded = s.law == Law::kNormal || s.law == Law::kLogNormal;
  if (std::isnan(s.low) || std::isnan(s.high))
    return fail(Code::kInvalid, "expected numbers as the bounds of '{}', found {} and {}", p.name,
                s.low, s.high);
  if (!is_unbounded && (!std::isfinite(s.low) || !std::isfinite(s.high)))
    return fail(Code::kInvalid, "expected finite bounds of '{}', found {} and {}", p.name, s.low,
                s.high);
  if (s.low > s.high)
    return fail(Code::kInvalid, "expected min <= max in '{}', found min {} and max {}", p.name,
                s.low, s.high);
  if (s.law == Law::kLog && !(s.low > 0))
    return fail(Code::kInvalid,
                "expected min > 0 in '{}', which is on a logarithmic scale, found min {}", p.name,
                s.low);
  if (s.law == Law::kLogit && !(s.low > 0 && s.high < 1))
    return fail(Code::kInvalid,
                "expected bounds between 0 and 1 (without them) in '{}', which is on a logit "
                "scale, found {} and {}",
                p.name, s.low, s.high);
  return {};
}

Result<void> check_shape(const Parameter& p) {
  const Spread& s = p.spread;
  const bool is_normal = s.law == Law::kNormal || s.law == Law::kLogNormal;
  if (is_normal && !(std::isfinite(s.a) && s.b > 0 && std::isfinite(s.b)))
    return fail(Code::kInvalid, "expected a finite mean and a sigma > 0 of '{}', found {} and {}",
                p.name, s.a, s.b);
  if (s.law == Law::kBeta && !(s.a > 0 && s.b > 0 && std::isfinite(s.a) && std::isfinite(s.b)))
    return fail(Code::kInvalid,
                "expected a > 0 and b > 0 of the beta distribution of '{}', found "
                "{} and {}",
                p.name, s.a, s.b);
  if (!(s.step >= 0) || !std::isfinite(s.step) || !std::isfinite(s.anchor))
    return fail(Code::kInvalid, "expected a step > 0 of '{}', found {}", p.name, s.step);
  return {};
}

// Bounds are put on the grid, so that the outermost values exist.
Result<void> settle_number(Parameter& p) {
  TRY_VOID(check_bounds(p));
  TRY_VOID(check_shape(p));
  Spread& s = p.spread;
  if (p.kind == Parameter::Kind::kInteger) {
    if (s.step == 0) s.step = 1, s.anchor = std::isfinite(s.low) ? s.low : 0;
    const bool is_whole_grid = is_whole(s.step) && is_whole(s.anchor);
    const bool are_bounds_whole =
        (!std::isfinite(s.low) || is_whole(s.low)) && (!std::isfinite(s.high) || is_whole(s.high));
    if (!is_whole_grid || !are_bounds_whole)
      return fail(Code::kInvalid,
                  "expected whole numbers as bounds and step of '{}', found {}, {} "
                  "and {}",
                  p.name, s.low, s.high, s.step);
    constexpr double kExact = 0x1p53;
    if ((std::isfinite(s.low) && std::abs(s.low) > kExact) ||
        (std::isfinite(s.high) && std::abs(s.high) > kExact))
      return fail(Code::kInvalid, "expected integers of '{}' within 2^53, found {} to {}", p.name,
                  s.low, s.high);
  }
  if (s.step > 0) {
    constexpr double kRounding = 1e-9;  // of decimal steps: 0.3 / 0.1 is less than 3
    if (std::isfinite(s.low))
      s.low = s.anchor + std::ceil((s.low - s.anchor) / s.step - kRounding) * s.step;
    if (std::isfinite(s.high))
      s.high = s.anchor + std::floor((s.high - s.anchor) / s.step + kRounding) * s.step;
    if (s.low > s.high)
      return fail(Code::kInvalid,
                  "expected a value on the grid of '{}' within its bounds, found "
                  "none: its step is {}",
                  p.name, s.step);
  }
  return {};
}

Result<void> settle_weights(Parameter& p) {
  if (p.weights.empty()) return {};
  if (p.weights.size() != p.choices.size())
    return fail(Code::kInvalid,
                "expected a probability for each of the {} values of '{}', found {}",
                p.choices.size(), p.name, p.weights.size());
  double sum = 0;
  for (const double weight : p.weights) {
    if (!(weight >= 0) || !std::isfinite(weight))
      return fail(Code::kInvalid, "expected probabilities >= 0 of '{}', found {}", p.name, weight);
    sum += weight;
  }
  if (std::abs(sum - 1) > 1e-3)
    return fail(Code::kInvalid, "expected the probabilities of '{}' to sum to 1, found {}", p.name,
                sum);
  // What sums to 1 but for rounding is left as it is: a space that is printed reads to the same.
  if (std::abs(sum - 1) > 1e-12)
    for (double& weight : p.weights) weight /= sum;
  return {};
}

Result<void> settle_choices(Parameter& p) {
  if (p.choices.empty()) return fail(Code::kInvalid, "expected values of '{}', found none", p.name);
  if (p.choices.size() > Space::kChoicesMax)
    return fail(Code::kLimit, "expected at most {} values of '{}', found {}", Space::kChoicesMax,
                p.name, p.choices.size());
  for (size_t i = 0; i < p.choices.size(); ++i)
    if (find_choice(std::span(p.choices).first(i), p.choices[i]))
      return fail(Code::kInvalid, "expected different values of '{}', found {} twice", p.name,
                  show(p.choices[i]));
  if (p.kind == Parameter::Kind::kSubset) {
    p.size_max = std::min(p.size_max, p.choices.size());
    if (p.size_min > p.size_max)
      return fail(Code::kInvalid, "expected at least {} and at most {} values in '{}'", p.size_min,
                  p.size_max, p.name);
  }
  if (p.kind == Parameter::Kind::kSimplex) {
    for (const Value& choice : p.choices)
      if (!choice.as_string())
        return fail(Code::kInvalid, "expected names of the shares of '{}', found {}", p.name,
                    show(choice));
    if (p.choices.size() < 2)
      return fail(Code::kInvalid, "expected two shares or more in '{}', found one", p.name);
  }
  return settle_weights(p);
}

}  // namespace

Result<Space> Space::make(std::vector<Parameter> parameters, std::vector<Constraint> constraints,
                          Config constants) {
  if (parameters.size() > kParametersMax)
    return fail(Code::kLimit, "expected at most {} parameters, found {}", kParametersMax,
                parameters.size());
  std::set<std::string_view> names;
  for (const auto& [name, value] : constants)
    if (!names.insert(name).second)
      return fail(Code::kInvalid, "expected each parameter once, found '{}' twice", name);
  for (Parameter& p : parameters) {
    if (p.name.empty()) return fail(Code::kInvalid, "expected a name of each parameter");
    if (!names.insert(p.name).second)
      return fail(Code::kInvalid, "expected each parameter once, found '{}' twice", p.name);
    if (is_number(p)) {
      TRY_VOID(settle_number(p));
    } else {
      TRY_VOID(settle_choices(p));
    }
    if (p.hunch && !(p.hunch->sd > 0))
      return fail(Code::kInvalid, "expected a prior of '{}' with sd > 0, found {}", p.name,
                  p.hunch->sd);
  }
  Space space;
  space.x_parameters = std::move(parameters);
  space.x_constants = std::move(constants);
  TRY_VOID(space.lay_out());
  TRY_VOID(space.link());
  for (Constraint& constraint : constraints) {
    TRY_VOID(space.bind(constraint));
    space.x_constraints.push_back(std::move(constraint));
  }
  Point point(space.x_coordinates.size());
  for (size_t i = 0; i < space.x_parameters.size(); ++i) {
    const Parameter& p = space.x_parameters[i];
    if (p.initial) TRY_VOID(space.place(i, *p.initial, point));
    if (p.hunch) TRY_VOID(space.place(i, p.hunch->center, point));
    space.x_has_hunches = space.x_has_hunches || p.hunch;
  }
  surrogate::Random random(0);
  bool is_possible = false;
  for (int i = 0; i < kDrawsOfProofMax && !is_possible; ++i)
    is_possible = space.draw(random).has_value();
  if (!is_possible)
    return fail(Code::kInvalid,
                "expected constraints that can be fulfilled together: no "
                "configuration of many fulfilled all {}",
                space.x_constraints.size());
  space.count();
  return space;
}

Result<void> Space::lay_out() {
  x_level_places.resize(x_parameters.size());
  for (size_t i = 0; i < x_parameters.size(); ++i) {
    const Parameter& p = x_parameters[i];
    x_first.push_back(x_coordinates.size());
    Coordinate c{.parameter = i};
    size_t count = 1;
    if (is_number(p)) {
      const bool is_grid =
          p.spread.step > 0 && std::isfinite(p.spread.low) && std::isfinite(p.spread.high);
      if (is_grid) {
        c.kind = Coordinate::Kind::kLevels;
        c.levels =
            static_cast<uint64_t>(std::llround((p.spread.high - p.spread.low) / p.spread.step)) + 1;
      }
    } else if (p.kind == Parameter::Kind::kOrdinal) {
      c.kind = Coordinate::Kind::kLevels;
      c.levels = p.choices.size();
      x_level_places[i] = level_places(p.choices);
    } else if (p.kind == Parameter::Kind::kCategorical) {
      c.kind = Coordinate::Kind::kCategory;
      c.levels = p.choices.size();
    } else if (p.kind == Parameter::Kind::kSubset) {
      c.kind = Coordinate::Kind::kCategory;
      c.levels = 2;
      count = p.choices.size();
    } else if (p.kind == Parameter::Kind::kPermutation) {
      c.kind = Coordinate::Kind::kLevels;
      c.levels = count = p.choices.size();
    } else {
      count = p.choices.size() - 1;
    }
    x_coordinates.insert(x_coordinates.end(), count, c);
  }
  x_first.push_back(x_coordinates.size());
  if (x_coordinates.size() > kCoordinatesMax)
    return fail(Code::kLimit,
                "expected at most {} choices of subsets, permutations and shares in "
                "all, found {}",
                kCoordinatesMax, x_coordinates.size());
  return {};
}

// Parents before children; what depends on each other into groups.
Result<void> Space::link() {
  const size_t count = x_parameters.size();
  x_parents.resize(count);
  std::vector<size_t> group(count);
  for (size_t i = 0; i < count; ++i) group[i] = i;
  const auto merge = [&](size_t a, size_t b) {
    const size_t from = std::max(group[a], group[b]), to = std::min(group[a], group[b]);
    std::replace(group.begin(), group.end(), from, to);
  };
  for (size_t i = 0; i < count; ++i) {
    for (const Condition& condition : x_parameters[i].conditions) {
      const size_t parent = index_of(condition.parent);
      const std::string& name = x_parameters[i].name;
      if (parent == count)
        return fail(Code::kInvalid, "expected a parameter that '{}' depends on, found '{}'", name,
                    condition.parent);
      const Parameter& p = x_parameters[parent];
      if (!has_one_value(p))
        return fail(Code::kInvalid, "expected '{}' to depend on a number or a choice, found '{}'",
                    name, p.name);
      for (const Value& value : condition.values)
        if (!is_number(p) && !find_choice(p.choices, value)) return fail_choice(p, value);
      x_parents[i].push_back(parent);
      merge(i, parent);
      x_is_conditional = true;
    }
  }
  std::vector<bool> is_ordered(count);
  while (x_order.size() < count) {
    const size_t before = x_order.size();
    for (size_t i = 0; i < count; ++i) {
      const auto is_there = [&](size_t parent) { return is_ordered[parent]; };
      if (is_ordered[i] || !std::all_of(x_parents[i].begin(), x_parents[i].end(), is_there))
        continue;
      x_order.push_back(i);
      is_ordered[i] = true;
    }
    if (x_order.size() == before) {
      const auto first = std::find(is_ordered.begin(), is_ordered.end(), false);
      return fail(Code::kInvalid,
                  "expected conditions without a circle, found '{}' to depend on "
                  "itself",
                  x_parameters[static_cast<size_t>(first - is_ordered.begin())].name);
    }
  }
  for (size_t g = 0; g < count; ++g) {
    std::vector<size_t> members;
    for (const size_t i : x_order)
      if (group[i] == g) members.push_back(i);
    if (!members.empty()) x_groups.push_back(std::move(members));
  }
  for (size_t i = 0; i < x_coordinates.size(); ++i) {
    const Coordinate& c = x_coordinates[i];
    const Parameter& p = x_parameters[c.parameter];
    surrogate::Column column;
    column.name = p.name;
    if (c.kind == Coordinate::Kind::kCategory) {
      column.kind = surrogate::ColumnKind::kCategorical;
      if (p.kind == Parameter::Kind::kSubset)
        column.levels = {Value(false), Value(true)};
      else
        column.levels = p.choices;
    }
    column.missing_share = p.conditions.empty() ? 0 : 0.5;
    x_columns.push_back(std::move(column));
  }
  return {};
}

Result<void> Space::bind(Constraint& constraint) const {
  constraint.parameters.clear();
  for (const std::string& name : constraint.names) {
    const size_t i = index_of(name);
    if (i == x_parameters.size())
      return fail(Code::kInvalid, "expected a parameter of this sweep in a constraint, found '{}'",
                  name);
    const Parameter& p = x_parameters[i];
    if (!has_one_value(p))
      return fail(Code::kInvalid, "expected a number or a choice in a constraint, found '{}'",
                  name);
    if (constraint.kind != Constraint::Kind::kForbidden && !is_number(p)) {
      for (const Value& choice : p.choices)
        if (choice.as_bool() || !choice.is_number())
          return fail(Code::kInvalid, "expected a number in a constraint, found {} of '{}'",
                      show(choice), name);
    }
    constraint.parameters.push_back(i);
  }
  if (constraint.names.empty()) return fail(Code::kInvalid, "expected names in a constraint");
  const size_t count = constraint.names.size();
  if (constraint.kind == Constraint::Kind::kLinear && constraint.factors.size() != count)
    return fail(Code::kInvalid, "expected a factor for each of {} names in a constraint, found {}",
                count, constraint.factors.size());
  if (constraint.kind == Constraint::Kind::kForbidden && constraint.values.size() != count)
    return fail(Code::kInvalid, "expected values for each of {} names in a constraint, found {}",
                count, constraint.values.size());
  const Parameter& first = x_parameters[constraint.parameters.front()];
  const auto is_alike = [&](size_t i) {
    const Parameter& p = x_parameters[i];
    const Spread &a = p.spread, &b = first.spread;
    return is_number(p) && p.kind == first.kind && p.conditions.empty() && a.law == b.law &&
           a.low == b.low && a.high == b.high && a.a == b.a && a.b == b.b && a.step == b.step &&
           a.anchor == b.anchor;
  };
  constraint.is_sortable =
      constraint.kind == Constraint::Kind::kAscending &&
      std::all_of(constraint.parameters.begin(), constraint.parameters.end(), is_alike);
  return {};
}

}  // namespace cairn::sweep
