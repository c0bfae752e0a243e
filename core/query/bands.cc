// Adding runs up, bin by bin.
#include "query/bands.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

namespace cairn::query {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
// How far left a logarithmic axis begins when points lie at 0: so many times left of its end.
constexpr double kLogSpan = 1e6;

uint32_t to_u32(uint64_t n) {
  return static_cast<uint32_t>(std::min<uint64_t>(n, std::numeric_limits<uint32_t>::max()));
}

Screen::Ends widen(const Screen::Ends& a, const Screen::Ends& b) {
  if (!a || !b) return a ? a : b;
  return std::pair(std::min(a->first, b->first), std::max(a->second, b->second));
}

// The ends of each key over all runs of all groups.
Result<std::vector<Screen::Ends>> find_ends(const Screen& screen, const ScreenRequest& request,
                                            const std::vector<BandGroup>& groups,
                                            const std::vector<std::string>& keys) {
  std::vector<Screen::Ends> ends(keys.size());
  for (const BandGroup& group : groups)
    for (const RunRef& run : group.runs) {
      TRY(const auto here, screen.find_ends(run, keys));
      for (size_t k = 0; k < keys.size(); ++k) ends[k] = widen(ends[k], here[k]);
    }
  for (Screen::Ends& key : ends) {
    if (!request.log || !key || key->first > 0) continue;
    if (key->second <= 0) {
      key.reset();
      continue;
    }
    const double floor = request.axis == ScreenAxis::kStep ? 1 : 0;
    key->first = std::min(std::max(key->second / kLogSpan, floor), key->second);
  }
  return ends;
}

}  // namespace

BandSum::BandSum(size_t bins) : x_bins(bins, Bin{kNan, kNan, kNan}) {}

void BandSum::add(size_t at, double mean, double low, double high) {
  Bin& bin = x_bins[at];
  ++bin.runs;
  const double away = mean - bin.mean;
  bin.mean += away / static_cast<double>(bin.runs);
  bin.squares += away * (mean - bin.mean);
  bin.low = low >= bin.low ? bin.low : low;  // false for NaN
  bin.high = high <= bin.high ? bin.high : high;
}

void BandSum::add(const Bins& run) {
  x_exact &= run.exact;
  std::optional<size_t> before;  // the last bin in which the run has a number
  for (size_t i = 0; i < run.size(); ++i) {
    Bin& bin = x_bins[i];
    if (run.points[i] == 0) continue;
    bin.x = run.x[i] <= bin.x ? bin.x : run.x[i];
    bin.points += run.points[i];
    bin.nans += run.points[i] - run.numbers[i];
    if (run.numbers[i] == 0) continue;
    const double mean = run.mean(i);
    add(i, mean, run.min[i], run.max[i]);
    for (size_t gap = before.value_or(i) + 1; gap < i; ++gap) {
      if (run.points[gap] > 0) continue;  // NaN: the run says that there is no number
      const double share = static_cast<double>(gap - *before) / static_cast<double>(i - *before);
      const double between = run.mean(*before) + share * (mean - run.mean(*before));
      add(gap, between, between, between);
    }
    before = i;
  }
}

Band BandSum::band(BandKind kind) const {
  Band band;
  band.exact = x_exact;
  for (const Bin& bin : x_bins) {
    if (bin.points == 0) continue;
    const auto runs = static_cast<double>(bin.runs);
    double low = bin.low, high = bin.high;
    if (kind != BandKind::kMinMax) {
      double away = bin.runs > 1 ? std::sqrt(bin.squares / (runs - 1)) : kNan;
      if (kind == BandKind::kStderr) away /= std::sqrt(runs);
      low = bin.mean - away;
      high = bin.mean + away;
    }
    band.x.push_back(bin.x);
    band.mean.push_back(bin.runs > 0 ? bin.mean : kNan);
    band.low.push_back(bin.runs > 0 ? low : kNan);
    band.high.push_back(bin.runs > 0 ? high : kNan);
    band.count.push_back(to_u32(bin.points));
    band.nan.push_back(to_u32(bin.nans));
    band.runs.push_back(to_u32(bin.runs));
  }
  return band;
}

Result<void> read_bands(const Screen& screen, const ScreenRequest& request, BandKind kind,
                        const std::vector<BandGroup>& groups, const std::vector<std::string>& keys,
                        const VisitBand& visit) {
  TRY(const std::vector<Screen::Ends> ends, find_ends(screen, request, groups, keys));
  // Keys that are cut alike are read together.
  std::map<std::pair<double, double>, std::vector<size_t>> alike;
  for (size_t k = 0; k < keys.size(); ++k)
    if (ends[k])
      alike[*ends[k]].push_back(k);
    else
      for (size_t g = 0; g < groups.size(); ++g) visit(g, k, Band());
  for (const auto& [cut, places] : alike) {
    std::vector<std::string> names;
    for (const size_t k : places) names.push_back(keys[k]);
    const Screen aligned = screen.cut_between(cut);
    for (size_t g = 0; g < groups.size(); ++g) {
      std::vector<BandSum> sums(names.size(), BandSum(request.buckets));
      for (const RunRef& run : groups[g].runs)
        TRY_VOID(aligned.read(
            run, names, [&](size_t k, const Bins& bins, std::string_view) { sums[k].add(bins); }));
      for (size_t k = 0; k < sums.size(); ++k) visit(g, places[k], sums[k].band(kind));
    }
  }
  return {};
}

}  // namespace cairn::query
