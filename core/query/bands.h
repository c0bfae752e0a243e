// Bands: groups of runs as one line each, with the room around it that the runs take.
//
// Of all runs and all points: each run is read bin by bin, exactly, and its mean in a bin is one
// voice. A run that has points before and behind a bin but none in it speaks there on the straight
// line between its neighbouring bins, so that runs that log at other steps do not make the mean
// jump; a run that has ended is silent. NaN is no voice, and counted. docs/api.md has the formulas.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/screen.h"

namespace cairn::query {

enum class BandKind : uint8_t {
  kMinMax,  // the lowest and the highest point
  kStd,     // one standard deviation of the runs' means, n - 1
  kStderr,  // the same over the square root of the number of runs
};

struct BandGroup {
  std::string name;
  std::vector<RunRef> runs;
};

// Columns of equal length, one entry per bin in which a run has a point.
struct Band {
  std::vector<double> x;                // of the last point of any run
  std::vector<double> mean, low, high;  // NaN where nothing can be said, as of one run's deviation
  std::vector<uint32_t> count, nan;     // points, and those of them that are NaN
  std::vector<uint32_t> runs;           // that speak here
  bool exact = true;
};

// Runs of one key bin by bin. A value; used by read_bands().
class BandSum {
 public:
  explicit BandSum(size_t bins);
  void add(const Bins& run);
  Band band(BandKind kind) const;

 private:
  void add(size_t bin, double mean, double low, double high);

  struct Bin {
    double x, low, high;
    double mean = 0, squares = 0;  // of the runs' means: Welford's
    uint64_t runs = 0, points = 0, nans = 0;
  };
  std::vector<Bin> x_bins;
  bool x_exact = true;
};

// Calls visit(group, key, band) for every pair; of a pair without a point the band is empty. All
// groups of one key are cut alike.
using VisitBand = std::function<void(size_t group, size_t key, Band band)>;
Result<void> read_bands(const Screen& screen, const ScreenRequest& request, BandKind kind,
                        const std::vector<BandGroup>& groups, const std::vector<std::string>& keys,
                        const VisitBand& visit);

}  // namespace cairn::query
