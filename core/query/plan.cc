// Cutting an axis into bins.
#include "query/plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "store/points.h"

namespace cairn::query {

using store::Piece;
using SeriesPieces = store::Store::SeriesPieces;

namespace {

// Below so many points to a range, reducing ranges costs more than looking at every point.
constexpr size_t kPointsPerRange = 8, kRangesMin = 64;
constexpr double kNoPlace = std::numeric_limits<double>::quiet_NaN();

Result<void> read_steps(store::Store& store, const Piece& piece, std::span<int64_t> out) {
  if (!piece.arithmetic) return store.read_steps(piece, 0, out);
  auto step = static_cast<uint64_t>(piece.first_step);
  for (int64_t& s : out) {
    s = static_cast<int64_t>(step);
    step += static_cast<uint64_t>(piece.step_stride);
  }
  return {};
}

}  // namespace

Edges Placing::edges(double first, double last) const {
  // The last step has a width like all others; of a quantity the end is a point.
  return Edges(first, to_x || log ? last : last + 1, bins, log);
}

Buckets Bins::buckets() const {
  Buckets out;
  out.exact = exact;
  const auto filled = static_cast<size_t>(
      std::count_if(points.begin(), points.end(), [](uint64_t n) { return n > 0; }));
  for (auto* column : {&out.x, &out.min, &out.max, &out.mean, &out.last}) column->reserve(filled);
  out.count.reserve(filled);
  for (size_t i = 0; i < size(); ++i) {
    if (points[i] == 0) continue;
    out.x.push_back(x[i]);
    out.min.push_back(min[i]);
    out.max.push_back(max[i]);
    out.mean.push_back(mean(i));
    out.last.push_back(last[i]);
    out.count.push_back(
        static_cast<uint32_t>(std::min<uint64_t>(points[i], std::numeric_limits<uint32_t>::max())));
  }
  return out;
}

// All points of all pieces, one after the other in order of arrival.
class PlanMaker {
 public:
  PlanMaker(store::Store& store, const SeriesPieces& series, const Placing& placing)
      : x_store(store), x_series(series), x_placing(placing) {}

  Result<Plan> make() {
    TRY_VOID(read_axes());
    place_points();
    TRY_VOID(displace_overwritten());
    choose_bins();
    return cut();
  }

 private:
  Result<void> read_axes();
  Result<void> read_times();
  void place_points();
  Result<void> displace_overwritten();
  void choose_bins();
  void number_points(size_t placed);
  Plan cut() const;

  store::Store& x_store;
  const SeriesPieces& x_series;
  const Placing& x_placing;
  std::vector<int64_t> x_steps, x_times_ns;
  std::vector<double> x_x;  // kNoPlace: in no bin
  std::vector<uint32_t> x_bin;
  size_t x_bins = 0;
};

Result<void> PlanMaker::read_axes() {
  size_t points = 0;
  for (const Piece& piece : x_series.pieces) points += piece.count;
  x_steps.resize(points);
  size_t at = 0;
  for (const Piece& piece : x_series.pieces) {
    TRY_VOID(read_steps(x_store, piece, std::span(x_steps).subspan(at, piece.count)));
    at += piece.count;
  }
  return x_placing.of == Axis::kTime ? read_times() : Result<void>();
}

Result<void> PlanMaker::read_times() {
  if (!x_times_ns.empty()) return {};
  x_times_ns.resize(x_steps.size());
  size_t at = 0;
  for (const Piece& piece : x_series.pieces) {
    TRY_VOID(x_store.read_times(piece, 0, std::span(x_times_ns).subspan(at, piece.count)));
    at += piece.count;
  }
  return {};
}

void PlanMaker::place_points() {
  const std::vector<int64_t>& positions = x_placing.of == Axis::kStep ? x_steps : x_times_ns;
  x_x.resize(x_steps.size());
  size_t i = 0;
  for (const Piece& piece : x_series.pieces) {
    const int64_t below = store::visible_below(x_series, piece);
    for (const size_t end = i + piece.count; i < end; ++i) {
      const int64_t position = positions[i];
      const bool in_range = position >= x_placing.range.min && position <= x_placing.range.max;
      const double x = in_range && x_steps[i] < below ? x_placing.x_of(position) : kNoPlace;
      x_x[i] = x_placing.has_place(x) ? x : kNoPlace;
    }
  }
}

// Of several points in view of one step the latest counts, by its time.
Result<void> PlanMaker::displace_overwritten() {
  std::vector<uint8_t> in_view(x_steps.size());
  bool ascending = true;
  std::optional<int64_t> last;
  size_t at = 0;
  for (const Piece& piece : x_series.pieces) {
    const int64_t below = store::visible_below(x_series, piece);
    for (const size_t end = at + piece.count; at < end; ++at) {
      if (x_steps[at] >= below) continue;
      in_view[at] = 1;
      ascending &= !last || x_steps[at] > *last;
      last = x_steps[at];
    }
  }
  if (ascending) return {};
  TRY_VOID(read_times());
  std::vector<size_t> order;
  for (size_t i = 0; i < x_steps.size(); ++i)
    if (in_view[i]) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return x_steps[a] != x_steps[b] ? x_steps[a] < x_steps[b] : x_times_ns[a] < x_times_ns[b];
  });
  for (size_t i = 0; i + 1 < order.size(); ++i)
    if (x_steps[order[i]] == x_steps[order[i + 1]]) x_x[order[i]] = kNoPlace;
  return {};
}

void PlanMaker::choose_bins() {
  size_t placed = 0;
  double first = std::numeric_limits<double>::infinity(), last = -first;
  for (const double x : x_x) {
    if (std::isnan(x)) continue;
    ++placed;
    first = std::min(first, x);
    last = std::max(last, x);
  }
  x_bin.assign(x_x.size(), Plan::kNoBin);
  if (placed == 0) return;
  if (!x_placing.ends && placed <= x_placing.bins) return number_points(placed);
  if (x_placing.ends) std::tie(first, last) = *x_placing.ends;
  x_bins = x_placing.bins;
  const Edges edges = x_placing.edges(first, last);
  for (size_t i = 0; i < x_x.size(); ++i)
    if (x_x[i] >= first && x_x[i] <= last) x_bin[i] = static_cast<uint32_t>(edges.of(x_x[i]));
}

void PlanMaker::number_points(size_t placed) {
  std::vector<size_t> order;
  order.reserve(placed);
  for (size_t i = 0; i < x_x.size(); ++i)
    if (!std::isnan(x_x[i])) order.push_back(i);
  const auto before = [&](size_t a, size_t b) {
    return x_x[a] != x_x[b] ? x_x[a] < x_x[b] : x_steps[a] < x_steps[b];
  };
  if (!std::is_sorted(order.begin(), order.end(), before))
    std::stable_sort(order.begin(), order.end(), before);
  for (size_t rank = 0; rank < order.size(); ++rank)
    x_bin[order[rank]] = static_cast<uint32_t>(rank);
  x_bins = placed;
}

Plan PlanMaker::cut() const {
  Plan plan;
  plan.x_bins = x_bins;
  size_t begin = 0;
  for (const Piece& piece : x_series.pieces) {
    Plan::Part& part = plan.x_parts.emplace_back();
    part.axis = piece.axis;
    const size_t end = begin + piece.count;
    for (size_t i = begin; i < end;) {
      const uint32_t bin = x_bin[i];
      size_t next = i + 1;
      while (next < end && x_bin[next] == bin &&
             (bin == Plan::kNoBin || x_x[next] >= x_x[next - 1]))
        ++next;
      part.ends.push_back(next - begin);
      part.bins.push_back(bin);
      part.last_x.push_back(x_x[next - 1]);
      i = next;
    }
    if (part.ends.size() > kRangesMin && part.ends.size() > piece.count / kPointsPerRange) {
      const auto first = static_cast<std::ptrdiff_t>(begin),
                 last = static_cast<std::ptrdiff_t>(end);
      part = {piece.axis,
              true,
              {},
              {x_bin.begin() + first, x_bin.begin() + last},
              {x_x.begin() + first, x_x.begin() + last}};
    }
    begin = end;
  }
  return plan;
}

Result<Plan> Plan::make(store::Store& store, const SeriesPieces& series, const Placing& placing) {
  return PlanMaker(store, series, placing).make();
}

bool Plan::fits(const SeriesPieces& series) const {
  return std::equal(x_parts.begin(), x_parts.end(), series.pieces.begin(), series.pieces.end(),
                    [](const Part& part, const Piece& piece) {
                      return part.axis != 0 && part.axis == piece.axis;
                    });
}

Result<void> Plan::fill(store::Store& store, const SeriesPieces& series, Bins& bins) const {
  bins.reset(x_bins);
  std::vector<store::Extent> extents;
  for (size_t p = 0; p < x_parts.size(); ++p) {
    const Part& part = x_parts[p];
    if (std::all_of(part.bins.begin(), part.bins.end(), [](uint32_t b) { return b == kNoBin; }))
      continue;
    if (part.is_scattered) {
      TRY_VOID(fill_scattered(store, part, series.pieces[p], bins));
      continue;
    }
    extents.resize(part.ends.size());
    TRY_VOID(store.scan_values(series.pieces[p], 0, part.ends, extents));
    for (size_t r = 0; r < part.bins.size(); ++r)
      if (part.bins[r] != kNoBin) bins.add(part.bins[r], extents[r], part.last_x[r]);
  }
  return {};
}

Result<void> Plan::fill_scattered(store::Store& store, const Part& part, const Piece& piece,
                                  Bins& bins) {
  std::vector<double> values(piece.count);
  TRY_VOID(store.read_values(piece, 0, values));
  for (size_t i = 0; i < values.size(); ++i)
    if (part.bins[i] != kNoBin) bins.add(part.bins[i], values[i], part.last_x[i]);
  return {};
}

}  // namespace cairn::query
