// Bucketing and reading of series.
#include "query/sample.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <span>

#include "base/limits.h"
#include "store/points.h"

namespace cairn::query {

using model::Points;
using store::Piece;
using SeriesPieces = store::Store::SeriesPieces;

namespace {

// Beyond this many points per bucket the summaries of level 1 are read instead of the points.
constexpr size_t kRawPointsPerBucket = 256;
constexpr int64_t kAllSteps = std::numeric_limits<int64_t>::max();  // below it: in view
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Span {
  int64_t min = 0, max = 0;
};

Span extent(const Piece& piece, Axis axis) {
  return axis == Axis::kStep ? Span{piece.min_step, piece.max_step}
                             : Span{piece.min_time_ns, piece.max_time_ns};
}

// The number of steps from a to b, for a <= b over the whole range of int64.
uint64_t distance(int64_t a, int64_t b) {
  return static_cast<uint64_t>(b) - static_cast<uint64_t>(a);
}

// About how many points of the piece lie in the range.
size_t estimate_points(const Piece& piece, Axis axis, const StepRange& range) {
  const Span all = extent(piece, axis);
  const int64_t from = std::max(all.min, range.min), to = std::min(all.max, range.max);
  if (from > to) return 0;
  const double share = (static_cast<double>(distance(from, to)) + 1) /
                       (static_cast<double>(distance(all.min, all.max)) + 1);
  return std::min(piece.count, static_cast<size_t>(share * static_cast<double>(piece.count)) + 1);
}

class Bucketing {
 public:
  Bucketing(store::Store& store, const SampleRequest& request, Span span)
      : x_store(store), x_axis(request.axis), x_span(span) {
    x_buckets.resize(request.buckets);
    // Written so that the last value of the range falls into the last bucket.
    x_scale = static_cast<double>(request.buckets) /
              (static_cast<double>(distance(span.min, span.max)) + 1.0);
  }

  Result<void> add_points(const Piece& piece, int64_t below);
  Result<void> add_groups(const Piece& piece);  // of a piece that is in view as a whole
  void add(std::span<const int64_t> steps, std::span<const int64_t> x,
           std::span<const double> values, int64_t below);

  // Whether every step was higher than those before it, so that none overwrote another.
  bool is_ascending() const { return x_ascending; }
  uint64_t points() const;
  Buckets finish(bool exact) const;

 private:
  struct Bucket {
    double min = kNan, max = kNan, sum = 0, last = kNan;
    uint64_t numbers = 0, points = 0;
    int64_t last_x = 0;
  };

  size_t bucket_of(int64_t x) const {
    const double at = static_cast<double>(distance(x_span.min, x)) * x_scale;
    return std::min(static_cast<size_t>(at), x_buckets.size() - 1);
  }
  bool in_range(int64_t x) const { return x >= x_span.min && x <= x_span.max; }
  Result<void> read_axis(const Piece& piece);
  template <typename X>  // x(i): the axis at point i
  Result<void> add_groups(const Piece& piece, const X& x);
  static void add_group(Bucket& bucket, const store::Groups& groups, size_t g, size_t points,
                        int64_t last_x);
  Result<void> add_regular(const Piece& piece, int64_t below);
  static void add(Bucket& bucket, std::span<const double> values, int64_t last_x);
  static void add(Bucket& bucket, const store::Extent& extent, int64_t last_x);

  store::Store& x_store;
  Axis x_axis;
  Span x_span;
  double x_scale;
  std::vector<Bucket> x_buckets;
  bool x_ascending = true;
  std::optional<int64_t> x_last_step;
  std::vector<int64_t> x_steps, x_times_ns;  // scratch, of the piece at hand
  std::vector<double> x_values;
  std::vector<size_t> x_ends,
      x_filled;  // scratch, of a regular piece: where ranges end, their buckets
  std::vector<store::Extent> x_extents;
};

Result<void> Bucketing::read_axis(const Piece& piece) {
  x_steps.resize(piece.count);
  if (piece.arithmetic) {
    auto step = static_cast<uint64_t>(piece.first_step);
    for (int64_t& s : x_steps) {
      s = static_cast<int64_t>(step);
      step += static_cast<uint64_t>(piece.step_stride);
    }
  } else {
    TRY_VOID(x_store.read_steps(piece, 0, x_steps));
  }
  if (x_axis == Axis::kStep) return {};
  x_times_ns.resize(piece.count);
  return x_store.read_times(piece, 0, x_times_ns);
}

void Bucketing::add(Bucket& b, std::span<const double> values, int64_t last_x) {
  double min = b.min, max = b.max, sum = 0;
  uint64_t numbers = 0;
  for (const double v : values) {
    if (v != v) continue;
    min = v >= min ? min : v;  // the first comparison is with NaN and false
    max = v <= max ? max : v;
    sum += v;
    ++numbers;
  }
  b.min = min;
  b.max = max;
  b.sum += sum;
  b.numbers += numbers;
  if (b.points == 0 || last_x >= b.last_x) {
    b.last = values.back();
    b.last_x = last_x;
  }
  b.points += values.size();
}

// Runs of neighbouring points that fall into one bucket are added together.
void Bucketing::add(std::span<const int64_t> steps, std::span<const int64_t> x,
                    std::span<const double> values, int64_t below) {
  size_t begin = 0;
  while (begin < x.size()) {
    if (!in_range(x[begin]) || steps[begin] >= below) {
      ++begin;
      continue;
    }
    const size_t bucket = bucket_of(x[begin]);
    size_t end = begin;
    size_t last = begin;
    for (; end < x.size() && in_range(x[end]) && steps[end] < below && bucket_of(x[end]) == bucket;
         ++end) {
      if (x[end] >= x[last]) last = end;
      x_ascending &= !x_last_step || steps[end] > *x_last_step;
      x_last_step = steps[end];
    }
    Bucket& b = x_buckets[bucket];
    add(b, values.subspan(begin, end - begin), x[last]);
    if (b.last_x == x[last]) b.last = values[last];
    begin = end;
  }
}

// A piece whose steps are as regular as a clock's: bucket edges are computed, not looked for, and
// the values are reduced where they lie.
Result<void> Bucketing::add_regular(const Piece& piece, int64_t below) {
  const auto step_at = [&](size_t i) {
    return static_cast<int64_t>(static_cast<uint64_t>(piece.first_step) +
                                i * static_cast<uint64_t>(piece.step_stride));
  };
  const auto first_at_least = [&](int64_t step) -> size_t {
    if (step <= piece.first_step) return 0;
    const auto stride = static_cast<uint64_t>(piece.step_stride);
    const uint64_t away = distance(piece.first_step, step);
    return static_cast<size_t>(
        std::min<uint64_t>(away / stride + (away % stride != 0), piece.count));
  };
  const size_t begin = first_at_least(x_span.min);
  size_t end = x_span.max < kAllSteps ? first_at_least(x_span.max + 1) : piece.count;
  end = std::min(end, below < kAllSteps ? first_at_least(below) : piece.count);
  if (begin >= end) return {};
  x_ascending &= !x_last_step || step_at(begin) > *x_last_step;
  x_last_step = step_at(end - 1);

  const auto usual = static_cast<size_t>(  // points of a bucket
      std::min(1 / (x_scale * static_cast<double>(piece.step_stride)),
               static_cast<double>(piece.count)));
  x_ends.clear();
  x_filled.clear();
  size_t bucket = bucket_of(step_at(begin));
  for (size_t at = begin; at < end;) {
    // A guess, then the few steps to where the bucket really ends.
    size_t next = std::min(at + std::max<size_t>(usual, 1), end);
    size_t following = next < end ? bucket_of(step_at(next)) : bucket;
    while (next < end && following == bucket)
      if (++next < end) following = bucket_of(step_at(next));
    for (; next > at + 1; --next) {
      const size_t before = bucket_of(step_at(next - 1));
      if (before == bucket) break;
      following = before;
    }
    x_ends.push_back(next);
    x_filled.push_back(bucket);
    bucket = following;
    at = next;
  }
  x_extents.resize(x_ends.size());
  TRY_VOID(x_store.scan_values(piece, begin, x_ends, x_extents));
  for (size_t i = 0; i < x_ends.size(); ++i)
    add(x_buckets[x_filled[i]], x_extents[i], step_at(x_ends[i] - 1));
  return {};
}

void Bucketing::add(Bucket& b, const store::Extent& e, int64_t last_x) {
  if (e.count > 0) {
    b.min = e.min >= b.min ? b.min : e.min;
    b.max = e.max <= b.max ? b.max : e.max;
    b.sum += e.sum;
    b.numbers += e.count;
  }
  if (b.points == 0 || last_x >= b.last_x) {
    b.last = e.last;
    b.last_x = last_x;
  }
  b.points += e.count + e.nan_count;
}

Result<void> Bucketing::add_points(const Piece& piece, int64_t below) {
  if (x_axis == Axis::kStep && piece.arithmetic && piece.step_stride > 0)
    return add_regular(piece, below);
  TRY_VOID(read_axis(piece));
  x_values.resize(piece.count);
  TRY_VOID(x_store.read_values(piece, 0, x_values));
  add(x_steps, x_axis == Axis::kStep ? x_steps : x_times_ns, x_values, below);
  return {};
}

// A group counts where its last point lies: bucket edges are then accurate to a group.
Result<void> Bucketing::add_groups(const Piece& piece) {
  if (x_axis == Axis::kStep && piece.arithmetic && piece.step_stride > 0) {
    return add_groups(piece, [&](size_t i) {
      return static_cast<int64_t>(static_cast<uint64_t>(piece.first_step) +
                                  i * static_cast<uint64_t>(piece.step_stride));
    });
  }
  TRY_VOID(read_axis(piece));
  const std::vector<int64_t>& x = x_axis == Axis::kStep ? x_steps : x_times_ns;
  // A clock that was set back: groups would say nothing about where their points are.
  if (!std::is_sorted(x.begin(), x.end())) return add_points(piece, kAllSteps);
  return add_groups(piece, [&](size_t i) { return x[i]; });
}

template <typename X>
Result<void> Bucketing::add_groups(const Piece& piece, const X& x) {
  TRY(const store::Groups groups, x_store.read_groups(piece));
  for (size_t g = 0; g < groups.size(); ++g) {
    const size_t begin = g * kLevelGroupPoints;
    const size_t n = std::min(kLevelGroupPoints, piece.count - begin);
    const int64_t first_x = x(begin), last_x = x(begin + n - 1);
    if (last_x < x_span.min || first_x > x_span.max) continue;
    if (in_range(first_x) && in_range(last_x)) {
      add_group(x_buckets[bucket_of(last_x)], groups, g, n, last_x);
      continue;
    }
    // The edge of the range cuts this group: its points are looked at one by one.
    x_values.resize(n);
    TRY_VOID(x_store.read_values(piece, begin, x_values));
    for (size_t i = 0; i < n; ++i)
      if (const int64_t at = x(begin + i); in_range(at))
        add(x_buckets[bucket_of(at)], std::span(&x_values[i], 1), at);
  }
  return {};
}

void Bucketing::add_group(Bucket& b, const store::Groups& groups, size_t g, size_t points,
                          int64_t last_x) {
  if (groups.count[g] > 0) {
    b.min = groups.min[g] >= b.min ? b.min : groups.min[g];
    b.max = groups.max[g] <= b.max ? b.max : groups.max[g];
    b.sum += groups.mean[g] * groups.count[g];
    b.numbers += groups.count[g];
  }
  if (b.points == 0 || last_x >= b.last_x) {
    b.last = groups.last[g];
    b.last_x = last_x;
  }
  b.points += points;
}

uint64_t Bucketing::points() const {
  return std::accumulate(x_buckets.begin(), x_buckets.end(), uint64_t{0},
                         [](uint64_t sum, const Bucket& b) { return sum + b.points; });
}

Buckets Bucketing::finish(bool exact) const {
  const auto filled = static_cast<size_t>(std::count_if(
      x_buckets.begin(), x_buckets.end(), [](const Bucket& b) { return b.points > 0; }));
  Buckets out;
  out.exact = exact;
  for (auto* column : {&out.x, &out.min, &out.max, &out.mean, &out.last}) column->resize(filled);
  out.count.resize(filled);
  size_t i = 0;
  for (const Bucket& b : x_buckets) {
    if (b.points == 0) continue;
    out.x[i] = static_cast<double>(b.last_x);
    out.min[i] = b.min;
    out.max[i] = b.max;
    out.mean[i] = b.numbers ? b.sum / static_cast<double>(b.numbers) : kNan;
    out.last[i] = b.last;
    out.count[i++] =
        static_cast<uint32_t>(std::min<uint64_t>(b.points, std::numeric_limits<uint32_t>::max()));
  }
  return out;
}

Buckets one_each(const Points& points, Axis axis) {
  Buckets out;
  for (size_t i = 0; i < points.size(); ++i)
    out.x.push_back(static_cast<double>(axis == Axis::kStep ? points.step[i] : points.time_ns[i]));
  out.min = out.max = out.mean = out.last = points.value;
  out.count.assign(points.size(), 1);
  return out;
}

void sort_by_time(Points& p) {
  if (std::is_sorted(p.time_ns.begin(), p.time_ns.end())) return;
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return p.time_ns[a] < p.time_ns[b]; });
  Points sorted;
  sorted.reserve(p.size());
  for (const size_t at : order) sorted.push(p.step[at], p.time_ns[at], p.value[at]);
  p = std::move(sorted);
}

// Puts points into the order of their steps and keeps the latest of each.
void sort_and_overwrite(Points& p) {
  bool ascending = true;
  for (size_t i = 1; i < p.size() && ascending; ++i) ascending = p.step[i] > p.step[i - 1];
  if (ascending) return;
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return p.step[a] != p.step[b] ? p.step[a] < p.step[b] : p.time_ns[a] < p.time_ns[b];
  });
  Points sorted;
  sorted.reserve(p.size());
  for (size_t i = 0; i < order.size(); ++i) {
    const size_t at = order[i];
    if (i + 1 < order.size() && p.step[order[i + 1]] == p.step[at]) continue;
    sorted.push(p.step[at], p.time_ns[at], p.value[at]);
  }
  p = std::move(sorted);
}

// The pieces that a request has to look at.
struct Wanted {
  SeriesPieces series;
  size_t estimate = 0;  // of points in range
  Span span{std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
};

Wanted choose_pieces(const SeriesPieces& series, const SampleRequest& request) {
  Wanted wanted;
  wanted.series.visible_below = series.visible_below;
  for (const Piece& piece : series.pieces) {
    const Span here = extent(piece, request.axis);
    const int64_t below = store::visible_below(series, piece);
    if (here.max < request.range.min || here.min > request.range.max || piece.min_step >= below)
      continue;
    wanted.series.pieces.push_back(piece);
    wanted.estimate += estimate_points(piece, request.axis, request.range);
    const bool is_cut = request.axis == Axis::kStep && below <= here.max;
    wanted.span.min = std::min(wanted.span.min, here.min);
    wanted.span.max = std::max(wanted.span.max, is_cut ? below - 1 : here.max);
  }
  wanted.span.min = std::max(wanted.span.min, request.range.min);
  wanted.span.max = std::min(wanted.span.max, request.range.max);
  return wanted;
}

// Points in order, overwritten ones left out: one bucket each if they are few.
Result<Buckets> sample_sorted(store::Store& store, const Wanted& wanted,
                              const SampleRequest& request) {
  TRY(const Points points, read_series(store, wanted.series, {}));
  const std::vector<int64_t>& x = request.axis == Axis::kStep ? points.step : points.time_ns;
  Points inside;
  for (size_t i = 0; i < points.size(); ++i)
    if (x[i] >= wanted.span.min && x[i] <= wanted.span.max)
      inside.push(points.step[i], points.time_ns[i], points.value[i]);
  if (inside.size() <= request.buckets) {
    if (request.axis == Axis::kTime) sort_by_time(inside);
    return one_each(inside, request.axis);
  }
  Bucketing bucketing(store, request, wanted.span);
  bucketing.add(inside.step, request.axis == Axis::kStep ? inside.step : inside.time_ns,
                inside.value, kAllSteps);
  return bucketing.finish(true);
}

}  // namespace

Result<Points> read_series(store::Store& store, const SeriesPieces& series,
                           const StepRange& range) {
  Points points;
  SeriesPieces wanted;
  wanted.visible_below = series.visible_below;
  size_t count = 0;
  for (const Piece& piece : series.pieces)
    if (piece.max_step >= range.min && piece.min_step <= range.max) {
      wanted.pieces.push_back(piece);
      count += piece.count;
    }
  points.reserve(count);
  TRY_VOID(store::for_each_point_in_view(store, wanted,
                                         [&](int64_t step, int64_t time_ns, double value) {
                                           if (step >= range.min && step <= range.max)
                                             points.push(step, time_ns, value);
                                         }));
  sort_and_overwrite(points);
  return points;
}

Result<Buckets> sample_series(store::Store& store, const SeriesPieces& series,
                              const SampleRequest& request) {
  if (request.buckets == 0 || request.buckets > kSampleBucketsMax)
    return fail(Code::kInvalid, "expected 1 to {} buckets, found {}", kSampleBucketsMax,
                request.buckets);
  const Wanted wanted = choose_pieces(series, request);
  if (wanted.series.pieces.empty()) return Buckets{};
  if (wanted.estimate <= request.buckets) return sample_sorted(store, wanted, request);
  Bucketing bucketing(store, request, wanted.span);
  const bool coarse = wanted.estimate > kRawPointsPerBucket * request.buckets;
  bool exact = true;
  for (const Piece& piece : wanted.series.pieces) {
    const int64_t below = store::visible_below(series, piece);
    if (coarse && piece.has_groups && piece.sorted && piece.max_step < below) {
      exact = false;
      TRY_VOID(bucketing.add_groups(piece));
    } else {
      TRY_VOID(bucketing.add_points(piece, below));
    }
  }
  // Steps that came twice are rare, so they are looked for along the way.
  if (exact && (!bucketing.is_ascending() || bucketing.points() <= request.buckets))
    return sample_sorted(store, wanted, request);
  return bucketing.finish(exact);
}

}  // namespace cairn::query
