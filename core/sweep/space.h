// Space: what a sweep may choose from, and the unit cube in which samplers see it.
//
// Every parameter has one coordinate or, where it chooses several things at once, more. A point
// holds a number per coordinate: a place in [0, 1] for what has an order, the index of a category
// for what has none, and NaN where the parameter is inactive: the encoding that the models of
// `surrogate` understand (surrogate/features.h). A place is where the parameter's own prior
// distribution has that share of its mass below (its CDF), so that uniform places are draws from
// the prior, a factor of ten is as far everywhere on a log scale, and no sampler knows of scales.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "surrogate/features.h"
#include "surrogate/random.h"

namespace cairn::sweep {

// Dotted names and their values, in the order of the space: {"opt.lr": 0.1, "depth": 3}. What is
// inactive is absent.
using Config = model::Object;
// One number per coordinate, see above.
using Point = std::vector<double>;

enum class Law { kUniform, kLog, kLogit, kNormal, kLogNormal, kBeta };

// How the values of a number are spread. `a` and `b` are the mean and standard deviation of a
// normal (of the logarithm for kLogNormal), or the shape parameters of a beta distribution.
struct Spread {
  Law law = Law::kUniform;
  double low = 0, high = 1;  // of all but the normal ones, which may have no bounds
  double a = 0, b = 1;
  double step = 0;    // of the grid that values lie on; 0: none
  double anchor = 0;  // a number on that grid (Optuna's starts at low, W&B's at 0)
};

// A parent and what it has to be for a parameter to exist: one of `values`, or a number within
// [low, high].
struct Condition {
  std::string parent;
  std::vector<model::Value> values;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

// Where the user thinks the best value is; the search leans towards it and forgets it as it learns.
struct Hunch {
  model::Value center;
  double sd = 0.2;  // in places
};

struct Parameter {
  enum class Kind {
    kFloat,
    kInteger,
    kOrdinal,      // `choices` in their order; numbers are placed by their size
    kCategorical,  // one of `choices`
    kSubset,       // a list of `choices`, at least size_min and at most size_max of them
    kPermutation,  // all `choices`, in some order
    kSimplex,      // one share for each of `choices` (texts), an object; shares sum to 1
  };
  std::string name;
  Kind kind = Kind::kFloat;
  Spread spread;  // of a number
  std::vector<model::Value> choices;
  std::vector<double> weights;  // of a category, summing to 1; empty: all alike
  size_t size_min = 0, size_max = std::numeric_limits<size_t>::max();
  std::vector<Condition> conditions;    // all of them must hold; empty: always active
  std::optional<model::Value> initial;  // the user's own default: where the search begins
  std::optional<Hunch> hunch;
};

// What a configuration has to fulfil. It holds where one of its parameters is inactive.
struct Constraint {
  enum class Kind {
    kAscending,  // names[0] <= names[1] <= ...
    kLinear,     // sum of factors[i] * names[i] <= bound
    kForbidden,  // not all names[i] one of values[i] at once
  };
  Kind kind = Kind::kAscending;
  std::vector<std::string> names;
  std::vector<double> factors;
  double bound = 0;
  std::vector<std::vector<model::Value>> values;

  // Filled in by Space::make.
  std::vector<size_t> parameters;  // of the names
  bool is_sortable = false;        // ascending, all of them spread alike and unconditional
};

struct Coordinate {
  enum class Kind {
    kContinuous,
    kLevels,    // an order of `levels` places: the grid of a number, ordinals
    kCategory,  // `levels` values without an order
  };
  size_t parameter;
  Kind kind = Kind::kContinuous;
  uint64_t levels = 0;
};

// Immutable once made; any thread. Copies are independent.
class Space {
 public:
  static constexpr size_t kParametersMax = 1000, kChoicesMax = 10000, kCoordinatesMax = 4096;

  Space() = default;  // of no parameter: its only configuration is that of the constants
  // Invalid, naming the parameter and what was expected: names that are empty or given twice,
  // min > max, a logarithm of what is not positive, no choices or the same choice twice, weights
  // that do not fit, conditions on what does not exist or on each other in a circle, constraints
  // on what has no size, and a space in which no draw of many fulfils the constraints.
  // `constants` are part of every configuration.
  static Result<Space> make(std::vector<Parameter> parameters,
                            std::vector<Constraint> constraints = {}, Config constants = {});

  const std::vector<Parameter>& parameters() const { return x_parameters; }
  const std::vector<Constraint>& constraints() const { return x_constraints; }
  const Config& constants() const { return x_constants; }
  const std::vector<Coordinate>& coordinates() const { return x_coordinates; }
  const Parameter* find(std::string_view name) const;
  // One per coordinate, as models take them: categories with as many levels, all else numeric in
  // [0, 1]. Of a coordinate that is never inactive missing_share is 0.
  const std::vector<surrogate::Column>& columns() const { return x_columns; }
  bool is_conditional() const { return x_is_conditional; }

  // The point at a place of the unit cube, snapped: categories by their weights, levels with
  // equal chances. Uniform cubes give draws from the prior, constraints aside.
  Point at(std::span<const double> cube) const;
  // The same point with its places on their grids, what is inactive NaN, what became active (NaN
  // before) in the middle or at the first category, and ascending parameters of one spread sorted.
  // Idempotent.
  Point snapped(Point point) const;
  // The place of one level (0 .. levels-1) of a coordinate; the index itself of a category.
  double level_place(size_t coordinate, uint64_t level) const;
  bool is_active(size_t coordinate, std::span<const double> point) const;
  // Whether a snapped point fulfils the constraints.
  bool is_allowed(std::span<const double> point) const;
  // A draw from the prior that is allowed; nothing where many tries found none.
  std::optional<Point> draw(surrogate::Random& random) const;
  // The user's own start: initial values, otherwise hunches, otherwise the middle and the first
  // category. May not be allowed.
  Point start() const;
  // Log density of the user's hunches at a point, up to a constant; 0 without hunches.
  double log_hunch(std::span<const double> point) const;
  bool has_hunches() const { return x_has_hunches; }

  // The configuration at a snapped point, with the constants.
  Config decode(std::span<const double> point) const;
  // Invalid where a value is none of the space's: out of range, off by more than rounding from
  // the grid, an unknown choice, a name that is missing though active. Unknown names and values
  // of inactive parameters are ignored. A constant with another value is invalid.
  Result<Point> encode(const Config& config) const;
  // Like encode(), for results from elsewhere that a model may learn from: numbers outside are put
  // to the edge (at most `slack` of the range away), what is missing to its middle, or taken for
  // inactive. Nothing where a category is unknown, something is too far, or a choice is missing.
  enum class Absent { kMiddle, kInactive };
  std::optional<Point> encode_near(const Config& config, double slack = 0,
                                   Absent absent = Absent::kMiddle) const;

  // How many different configurations there are, constraints left aside but conditions counted;
  // nothing where they are infinite or more than kSizeMax.
  std::optional<uint64_t> size() const { return x_size; }
  static constexpr uint64_t kSizeMax = uint64_t{1} << 53;
  // The n-th of size() configurations in lexical order, the first parameter slowest; nothing
  // where it is not allowed. Only where size() is known.
  std::optional<Point> nth(uint64_t n) const;

  // Snapped points have the same key if and only if they are the same configuration; places that
  // differ by less than 2^-40 are.
  std::string key(std::span<const double> point) const;

 private:
  bool is_parameter_active(size_t parameter, std::span<const double> point) const;
  bool holds(const Condition& condition, size_t parent, std::span<const double> point) const;
  bool holds(const Constraint& constraint, std::span<const double> point) const;
  size_t index_of(std::string_view name) const;
  model::Value value_of(size_t parameter, std::span<const double> point) const;
  // Puts a value into the parameter's coordinates; Invalid where it is none of its values.
  Result<void> place(size_t parameter, const model::Value& value, Point& point) const;
  std::span<double> coordinates_of(size_t parameter, std::span<double> point) const;
  std::span<const double> read_coordinates_of(size_t parameter,
                                              std::span<const double> point) const;
  void snap(size_t parameter, std::span<double> point) const;
  void sort_ascending(std::span<double> point) const;
  Result<void> lay_out();
  Result<void> link();
  Result<void> bind(Constraint& constraint) const;
  void count();
  std::optional<uint64_t> count_group(std::span<const size_t> members, Point& point,
                                      size_t& visits) const;
  void pick(std::span<const size_t> members, uint64_t n, Point& point) const;

  std::vector<Parameter> x_parameters;
  std::vector<Constraint> x_constraints;
  Config x_constants;
  std::vector<Coordinate> x_coordinates;
  std::vector<size_t> x_first;  // coordinate of each parameter, and one past the last
  std::vector<size_t> x_order;  // parameters, parents before children
  std::vector<std::vector<size_t>> x_parents;       // by parameter: of its conditions
  std::vector<std::vector<size_t>> x_groups;        // parameters that depend on each other, ordered
  std::vector<std::vector<double>> x_level_places;  // by parameter, of ordinals
  std::vector<surrogate::Column> x_columns;
  std::optional<uint64_t> x_size = 1;
  bool x_is_conditional = false, x_has_hunches = false;
};

// The value of a spread at a place, and the place of a value (of the nearest one on its grid).
double value_at(const Spread& spread, double place);
double place_of(const Spread& spread, double value);
// How far outside a value lies, as a share of the range on its law's axis; 0 inside, infinite
// where it has no place there at all.
double place_beyond(const Spread& spread, double value);

}  // namespace cairn::sweep
