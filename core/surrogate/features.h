// Features: configurations as rows of numbers that every model of this room understands.
//
// One encoding serves all models. A numeric column is 0 at its lowest and 1 at its highest value,
// on its own scale; a categorical one holds the index of the value in `levels`; what a
// configuration does not have (absent, null, an inactive branch) is NaN. So thresholds, distances
// and the measure of a box need no unit, and Columns tell the way back.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "surrogate/matrix.h"

namespace cairn::surrogate {

enum class ColumnKind {
  kNumeric,
  kOrdinal,      // few values in an order, `levels`, placed by their size where they are numbers
  kCategorical,  // values without an order, `levels`
};
enum class Scale { kLinear, kLog };

struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::kNumeric;
  Scale scale = Scale::kLinear;
  bool is_integer = false;                // stands at the middle of its bin: (i + 1/2) / count
  double low = 0, high = 1;               // of a numeric column, in the configuration's own units
  std::vector<model::Value> levels = {};  // of an ordinal or categorical column
  double missing_share = 0;               // of the rows this was learned from

  bool is_categorical() const { return kind == ColumnKind::kCategorical; }
};

// A configuration: dotted path -> leaf, no path twice (model::for_each_leaf gives them so).
using Row = model::Object;
Row flatten(const model::Value& config);

// Where a value stands in a column, as Features encodes it.
double place_of(const Column& column, const model::Value& value);

// The code of a category that no training row had; models treat it as missing.
constexpr double kUnseenCategory = -1;

// Text with more distinct values than this names its row (a run's id, a path) and says nothing.
constexpr size_t kCategoriesMax = 256;

// What a model learned from cannot speak for a row that is new in one of these ways.
struct Novelty {
  enum class Kind {
    kCategory,         // a category that was never seen
    kChangedConstant,  // all rows had one value here, this one has another
    kMissing,          // all rows had a value here, this one has none
    kUnknownName,      // no row had this name
  };
  std::string name;
  Kind kind;
};

// The columns of a set of configurations. Immutable once made; any thread.
class Features {
 public:
  // From configurations alone. A number is logarithmic when all values are positive and span more
  // than a decade; text, booleans, lists and mixtures are categories. What never varies is kept as
  // a constant, not as a column. Columns are in the order in which names first appear.
  // `declared` columns are taken as they are (also where they do not vary) and come first.
  static Features learn(std::span<const Row> rows, std::vector<Column> declared = {});
  // A search space: exactly these columns.
  explicit Features(std::vector<Column> columns);

  const std::vector<Column>& columns() const { return x_columns; }
  const Row& constants() const { return x_constants; }
  const std::vector<std::string>& identifiers() const { return x_identifiers; }

  std::vector<double> encode(const Row& row) const;
  Matrix encode(std::span<const Row> rows) const;
  // The value of one column at an encoded place; null when it is missing.
  model::Value decode(size_t column, double place) const;
  // In what the row differs from everything learned from; empty: it is the same kind of thing.
  std::vector<Novelty> novelties(const Row& row) const;

 private:
  std::vector<Column> x_columns;
  Row x_constants;
  std::vector<std::string> x_identifiers;  // names left out, see kCategoriesMax
};

// Of a list of numbers given as choices (1e-3, 1e-2, 1e-1 or 16, 32, 48): the scale on which they
// are spaced more evenly.
Scale regular_scale(std::span<const double> values);

}  // namespace cairn::surrogate
