// Bucketing and reading of series.
#include "query/sample.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
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
  Result<void> add_groups(const Piece& piece, int64_t below);
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
  static void add(Bucket& bucket, std::span<const double> values, int64_t last_x);

  store::Store& x_store;
  Axis x_axis;
  Span x_span;
  double x_scale;
  std::vector<Bucket> x_buckets;
  std::vector<int64_t> x_steps, x_times_ns;  // scratch, of the piece at hand
  std::vector<double> x_values;
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
Result<void> Bucketing::add_points(const Piece& piece, int64_t below) {
  TRY_VOID(read_axis(piece));
  x_values.resize(piece.count);
  TRY_VOID(x_store.read_values(piece, 0, x_values));
  const std::vector<int64_t>& x = x_axis == Axis::kStep ? x_steps : x_times_ns;
  size_t begin = 0;
  while (begin < piece.count) {
    if (!in_range(x[begin]) || x_steps[begin] >= below) {
      ++begin;
      continue;
    }
    const size_t bucket = bucket_of(x[begin]);
    size_t end = begin + 1;
    int64_t last_x = x[begin];
    size_t last = begin;
    while (end < piece.count && in_range(x[end]) && x_steps[end] < below &&
           bucket_of(x[end]) == bucket) {
      if (x[end] >= last_x) {
        last_x = x[end];
        last = end;
      }
      ++end;
    }
    add(x_buckets[bucket], {&x_values[begin], end - begin}, last_x);
    if (x_buckets[bucket].last_x == last_x) x_buckets[bucket].last = x_values[last];
    begin = end;
  }
  return {};
}

// A group counts where its last point lies: bucket edges are then accurate to a group.
Result<void> Bucketing::add_groups(const Piece& piece, int64_t below) {
  TRY(const store::Groups groups, x_store.read_groups(piece));
  const bool computed = x_axis == Axis::kStep && piece.arithmetic;
  if (!computed) TRY_VOID(read_axis(piece));
  const std::vector<int64_t>& axis = x_axis == Axis::kStep ? x_steps : x_times_ns;
  for (size_t g = 0; g < groups.size(); ++g) {
    const size_t begin = g * kLevelGroupPoints;
    const size_t end = std::min(begin + kLevelGroupPoints, piece.count);
    const int64_t step =
        computed ? static_cast<int64_t>(static_cast<uint64_t>(piece.first_step) +
                                        (end - 1) * static_cast<uint64_t>(piece.step_stride))
                 : x_steps[end - 1];
    const int64_t x = computed ? step : axis[end - 1];
    if (!in_range(x) || step >= below) continue;
    Bucket& b = x_buckets[bucket_of(x)];
    if (groups.count[g] > 0) {
      b.min = groups.min[g] >= b.min ? b.min : groups.min[g];
      b.max = groups.max[g] <= b.max ? b.max : groups.max[g];
      b.sum += groups.mean[g] * groups.count[g];
      b.numbers += groups.count[g];
    }
    if (b.points == 0 || x >= b.last_x) {
      b.last = groups.last[g];
      b.last_x = x;
    }
    b.points += end - begin;
  }
  return {};
}

Buckets Bucketing::finish(bool exact) const {
  Buckets out;
  out.exact = exact;
  for (const Bucket& b : x_buckets) {
    if (b.points == 0) continue;
    out.x.push_back(static_cast<double>(b.last_x));
    out.min.push_back(b.min);
    out.max.push_back(b.max);
    out.mean.push_back(b.numbers ? b.sum / static_cast<double>(b.numbers) : kNan);
    out.last.push_back(b.last);
    out.count.push_back(
        static_cast<uint32_t>(std::min<uint64_t>(b.points, std::numeric_limits<uint32_t>::max())));
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

// Puts points into the order of their steps and keeps the last that arrived of each.
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
  SeriesPieces wanted;
  wanted.visible_below = series.visible_below;
  size_t count = 0;
  Span span{std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
  for (const Piece& piece : series.pieces) {
    const Span here = extent(piece, request.axis);
    const int64_t below = store::visible_below(series, piece);
    if (here.max < request.range.min || here.min > request.range.max || piece.min_step >= below)
      continue;
    wanted.pieces.push_back(piece);
    count += piece.count;
    span.min = std::min(span.min, here.min);
    span.max =
        std::max(span.max, request.axis == Axis::kStep && below <= here.max ? below - 1 : here.max);
  }
  if (wanted.pieces.empty()) return Buckets{};
  span.min = std::max(span.min, request.range.min);
  span.max = std::min(span.max, request.range.max);
  if (count <= request.buckets) {
    TRY(Points points, read_series(store, wanted, {}));
    Points inside;
    for (size_t i = 0; i < points.size(); ++i) {
      const int64_t x = request.axis == Axis::kStep ? points.step[i] : points.time_ns[i];
      if (x >= span.min && x <= span.max)
        inside.push(points.step[i], points.time_ns[i], points.value[i]);
    }
    return one_each(inside, request.axis);
  }
  Bucketing bucketing(store, request, span);
  const bool coarse = count > kRawPointsPerBucket * request.buckets;
  bool exact = true;
  for (const Piece& piece : wanted.pieces) {
    const int64_t below = store::visible_below(series, piece);
    // A piece that a later session cuts is read point by point: its last group would lie outside.
    if (coarse && piece.has_groups && piece.max_step < below) {
      exact = false;
      TRY_VOID(bucketing.add_groups(piece, below));
    } else {
      TRY_VOID(bucketing.add_points(piece, below));
    }
  }
  return bucketing.finish(exact);
}

}  // namespace cairn::query
