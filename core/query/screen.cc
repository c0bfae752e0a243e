// Placing series on axes, and reading them bin by bin.
#include "query/screen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/clock.h"
#include "base/limits.h"

namespace cairn::query {

using store::Piece;

namespace {

constexpr double kJoulesPerKwh = 3.6e6;
// A machine is sampled every few seconds: the points around its first and last sample are known.
constexpr int64_t kPowerReachNs = 60 * kNsPerSecond;
// As many points of one series are looked at one by one, whatever the number of buckets, where
// summaries would blur what is asked for.
constexpr size_t kExactPoints = 1 << 20;
constexpr size_t kRawPointsPerBucket = 256;  // as in sampling by steps
constexpr size_t kOctaveBuckets = 1024;      // of a logarithmic axis, when summaries are read

size_t count_points(const store::Store::SeriesPieces& series) {
  return std::accumulate(series.pieces.begin(), series.pieces.end(), size_t{0},
                         [](size_t sum, const Piece& piece) { return sum + piece.count; });
}

StepRange extent_of(const Piece& piece, Axis axis) {
  return axis == Axis::kStep ? StepRange{piece.min_step, piece.max_step}
                             : StepRange{piece.min_time_ns, piece.max_time_ns};
}

// Seconds after `origin_ns` as nanoseconds since the epoch, at the ends of int64 where beyond.
int64_t to_ns(double seconds, int64_t origin_ns, double (*round)(double)) {
  const double ns = round(seconds * kNsPerSecond);
  constexpr double kEdge = 9.2e18;
  if (ns <= -kEdge) return std::numeric_limits<int64_t>::min();
  if (ns >= kEdge) return std::numeric_limits<int64_t>::max();
  int64_t at = 0;
  if (__builtin_add_overflow(static_cast<int64_t>(ns), origin_ns, &at))
    return ns < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
  return at;
}

// A step or time that went through a double; those at the far end of int64 do not come back.
int64_t to_position(double x) {
  constexpr double kEnd = 0x1p63;
  return x >= kEnd ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(x);
}

double seconds_between(int64_t from_ns, int64_t to_ns) {
  int64_t between_ns = 0;
  if (__builtin_sub_overflow(to_ns, from_ns, &between_ns))
    return (static_cast<double>(to_ns) - static_cast<double>(from_ns)) / kNsPerSecond;
  return static_cast<double>(between_ns) / kNsPerSecond;
}

// One block of a series as if it were a single range of points.
store::Extent to_extent(const Buckets& blocks, size_t i) {
  const bool has_numbers = !std::isnan(blocks.min[i]);
  const size_t numbers = has_numbers ? blocks.count[i] : 0;
  return {blocks.min[i],
          blocks.max[i],
          has_numbers ? blocks.mean[i] * static_cast<double>(numbers) : 0,
          blocks.last[i],
          blocks.last[i],
          numbers,
          blocks.count[i] - numbers};
}

}  // namespace

Screen::Screen(store::Store& store, std::string project, ScreenRequest request,
               std::vector<std::string> power_keys, const RunCosts* costs)
    : x_store(store),
      x_project(std::move(project)),
      x_request(std::move(request)),
      x_power_keys(std::move(power_keys)),
      x_costs(costs),
      x_no_axis_key(fmt::format("the run has no '{}'", x_request.axis_key)) {}

Screen Screen::cut_between(const Ends& ends) const {
  Screen other = *this;
  other.x_request.ends = ends;
  return other;
}

bool Screen::is_linear_in_time_or_step() const {
  return !x_request.log && !x_request.ends && x_request.axis != ScreenAxis::kEnergy &&
         x_request.axis != ScreenAxis::kMetric;
}

std::string_view Screen::why_missing(const Ground& ground, const SeriesPieces& series) const {
  if (series.pieces.empty()) return "the run has no such key";
  if (!ground.curve || !ground.curve->is_empty()) return {};
  return x_request.axis == ScreenAxis::kEnergy ? "no energy was measured in this run"
                                               : std::string_view(x_no_axis_key);
}

// `all`: the series to be placed.
Result<Screen::Ground> Screen::find_ground(const RunRef& run,
                                           std::span<const SeriesPieces> all) const {
  Ground ground{run, std::nullopt, model::Stream::kHistory, std::nullopt};
  if (x_request.axis == ScreenAxis::kEnergy) {
    TRY(ground.curve, read_energy(run));
  } else if (x_request.axis == ScreenAxis::kMetric) {
    TRY(const SeriesPieces metric, x_store.pieces(x_project, run.id, x_request.axis_key));
    ground.stream = metric.stream;
    TRY(ground.curve, read_metric(metric, Axis::kStep));
    const bool is_mixed = std::any_of(all.begin(), all.end(), [&](const SeriesPieces& series) {
      return !series.pieces.empty() && series.stream != metric.stream;
    });
    if (is_mixed) {
      TRY(ground.by_time, read_metric(metric, Axis::kTime));
    }
  }
  return ground;
}

Result<Curve> Screen::read_energy(const RunRef& run) const {
  if (x_costs) {
    TRY(const model::RunInfo info, x_store.get_run(x_project, run.id));
    const RunCosts::Terms terms = x_costs->energy_terms(info.meta);
    if (!terms.terms.empty()) return add_terms(run, terms);
  }
  TRY(const auto power, x_store.pieces_of(x_project, run.id, x_power_keys));
  std::vector<Curve> parts;
  for (const SeriesPieces& series : power) {
    if (series.pieces.empty()) continue;
    TRY(Curve part, integrate_power(series));
    parts.push_back(std::move(part));
  }
  return add_growing(parts, {kPowerReachNs, kPowerReachNs});
}

// Where several writers count under the same names, the one that used most is seen, and stands for
// all of them.
Result<Curve> Screen::add_terms(const RunRef& run, const RunCosts::Terms& terms) const {
  std::vector<std::string> keys;
  for (const RunCosts::Term& term : terms.terms) keys.push_back(term.series);
  TRY(const auto all, x_store.pieces_of(x_project, run.id, keys));
  std::vector<Curve> parts;
  size_t sessions = 0;
  double seen_kwh = 0;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (all[i].pieces.empty()) continue;
    sessions = std::max(sessions, all[i].visible_below.size());
    TRY(Curve part, add_up(all[i], terms.terms[i].kwh_per_unit));
    seen_kwh += std::isnan(part.max()) ? 0 : part.max();
    parts.push_back(std::move(part));
  }
  Curve sum = add_growing(parts, {kPowerReachNs, kPowerReachNs});
  const bool has_hidden = terms.writers > sessions && terms.total_kwh && seen_kwh > 0;
  return has_hidden ? sum.times(*terms.total_kwh / seen_kwh) : sum;
}

// The samples of each session of a series, over time.
Result<std::vector<Buckets>> Screen::read_sessions(const SeriesPieces& series) const {
  std::vector<Buckets> sessions;
  for (size_t session = 1; session <= series.visible_below.size(); ++session) {
    SeriesPieces part = series;
    std::erase_if(part.pieces, [&](const Piece& piece) {
      return static_cast<size_t>(piece.session) != session;
    });
    if (part.pieces.empty()) continue;
    TRY(Buckets samples, sample_series(x_store, part, {Axis::kTime, {}, kSampleBucketsMax}));
    sessions.push_back(std::move(samples));
  }
  return sessions;
}

// A series that counts from 0 in each session and never falls.
Result<Curve> Screen::add_up(const SeriesPieces& series, double factor) const {
  std::vector<int64_t> times_ns;
  std::vector<double> sums;
  double before = 0;  // of the sessions before
  TRY(const std::vector<Buckets> sessions, read_sessions(series));
  for (const Buckets& samples : sessions) {
    double most = 0;
    for (size_t i = 0; i < samples.x.size(); ++i) {
      const auto time_ns = to_position(samples.x[i]);
      if (std::isnan(samples.max[i]) || (!times_ns.empty() && time_ns <= times_ns.back())) continue;
      most = std::max(most, samples.max[i]);
      times_ns.push_back(time_ns);
      sums.push_back(factor * (before + most));
    }
    before += most;
  }
  return Curve(std::move(times_ns), std::move(sums), Curve::Between::kLine, {});
}

// Trapezoids between neighbouring samples of one session: a run that rests between two sessions
// uses nothing that was measured.
Result<Curve> Screen::integrate_power(const SeriesPieces& power) const {
  std::vector<int64_t> times_ns;
  std::vector<double> kwh;
  double used = 0;
  TRY(const std::vector<Buckets> sessions, read_sessions(power));
  for (const Buckets& samples : sessions) {
    double before_w = std::numeric_limits<double>::quiet_NaN();
    for (size_t i = 0; i < samples.x.size(); ++i) {
      const double watts = samples.mean[i];
      const auto time_ns = to_position(samples.x[i]);
      if (std::isnan(watts) || (!times_ns.empty() && time_ns <= times_ns.back())) continue;
      if (!std::isnan(before_w))
        used += (before_w + watts) / 2 * seconds_between(times_ns.back(), time_ns) / kJoulesPerKwh;
      times_ns.push_back(time_ns);
      kwh.push_back(used);
      before_w = watts;
    }
  }
  return Curve(std::move(times_ns), std::move(kwh), Curve::Between::kLine, {});
}

Result<Curve> Screen::read_metric(const SeriesPieces& series, Axis over) const {
  if (over == Axis::kStep && count_points(series) <= kExactPoints) {
    TRY(model::Points points, read_series(x_store, series, {}));
    return Curve(std::move(points.step), std::move(points.value), Curve::Between::kHold, {});
  }
  TRY(Buckets blocks, sample_series(x_store, series, {over, {}, kSampleBucketsMax}));
  std::vector<int64_t> at(blocks.x.size());
  std::transform(blocks.x.begin(), blocks.x.end(), at.begin(), to_position);
  return Curve(std::move(at), std::move(blocks.last), Curve::Between::kHold, {});
}

Placing Screen::place(const Ground& ground, model::Stream stream) const {
  Placing placing;
  placing.bins = x_request.buckets;
  placing.log = x_request.log;
  placing.ends = x_request.ends;
  switch (x_request.axis) {
    case ScreenAxis::kStep:
    case ScreenAxis::kTime:
      placing.of = x_request.axis == ScreenAxis::kStep ? Axis::kStep : Axis::kTime;
      placing.range = x_request.range;
      return placing;
    case ScreenAxis::kRelative: {
      placing.of = Axis::kTime;
      const int64_t origin_ns = ground.run.created_ns;
      placing.range = {to_ns(x_request.min, origin_ns, std::ceil),
                       to_ns(x_request.max, origin_ns, std::floor)};
      placing.to_x = [origin_ns](int64_t time_ns) { return seconds_between(origin_ns, time_ns); };
      return placing;
    }
    case ScreenAxis::kEnergy:
    case ScreenAxis::kMetric:
      break;
  }
  placing.min = x_request.min;
  placing.max = x_request.max;
  // A step of the machine's samples is no step of the program: there only the clock is common.
  const bool by_step = x_request.axis == ScreenAxis::kMetric && stream == ground.stream;
  placing.of = by_step ? Axis::kStep : Axis::kTime;
  const bool is_other_stream = x_request.axis == ScreenAxis::kMetric && !by_step;
  const Curve& curve = is_other_stream ? *ground.by_time : *ground.curve;
  placing.to_x = [&curve](int64_t position) { return curve.value(position); };
  return placing;
}

Screen::SeriesPieces Screen::in_range(SeriesPieces series, const Placing& placing) const {
  std::erase_if(series.pieces, [&](const Piece& piece) {
    const StepRange here = extent_of(piece, placing.of);
    return here.max < placing.range.min || here.min > placing.range.max;
  });
  return series;
}

Result<void> Screen::read(const RunRef& run, std::span<const std::string> keys,
                          const Visit& visit) const {
  TRY(auto all, x_store.pieces_of(x_project, run.id, keys));
  TRY(const Ground ground, find_ground(run, all));
  const size_t exact_points = std::max(kRawPointsPerBucket * x_request.buckets,
                                       is_linear_in_time_or_step() ? 0 : kExactPoints);
  std::optional<Plan> plan;
  Bins bins;
  for (size_t k = 0; k < keys.size(); ++k) {
    if (const std::string_view reason = why_missing(ground, all[k]); !reason.empty()) {
      bins.reset(0);
      visit(k, bins, reason);
      continue;
    }
    const Placing placing = place(ground, all[k].stream);
    const SeriesPieces series = in_range(std::move(all[k]), placing);
    if (count_points(series) > exact_points) {
      TRY_VOID(fill_coarsely(series, placing, ground, bins));
    } else {
      if (!plan || !plan->fits(series)) {
        TRY(plan, Plan::make(x_store, series, placing));
      }
      TRY_VOID(plan->fill(x_store, series, bins));
    }
    visit(k, bins, {});
  }
  return {};
}

// Of a series that is too long to look at every point: blocks of neighbouring points take the
// place of points.
Result<void> Screen::fill_coarsely(const SeriesPieces& series, const Placing& placing,
                                   const Ground& ground, Bins& bins) const {
  if (is_linear_in_time_or_step()) {
    TRY(const Buckets buckets,
        sample_series(x_store, series, {placing.of, placing.range, x_request.buckets}));
    bins.reset(buckets.x.size());
    for (size_t i = 0; i < bins.size(); ++i)
      bins.add(i, to_extent(buckets, i),
               placing.to_x ? placing.to_x(to_position(buckets.x[i])) : buckets.x[i]);
    bins.exact = buckets.exact;
    return {};
  }
  const int64_t origin = x_request.axis == ScreenAxis::kRelative ? ground.run.created_ns : 0;
  TRY(const Buckets blocks, read_blocks(series, placing, origin));
  std::vector<double> x(blocks.x.size());
  double first = std::numeric_limits<double>::infinity(), last = -first;
  for (size_t i = 0; i < x.size(); ++i) {
    x[i] = placing.x_of(to_position(blocks.x[i]));
    if (!placing.has_place(x[i])) continue;
    first = std::min(first, x[i]);
    last = std::max(last, x[i]);
  }
  if (placing.ends) std::tie(first, last) = *placing.ends;
  bins.reset(placing.bins);
  bins.exact = false;
  const Edges edges = placing.edges(first, last);
  for (size_t i = 0; i < x.size(); ++i)
    if (placing.has_place(x[i]) && x[i] >= first && x[i] <= last)
      bins.add(edges.of(x[i]), to_extent(blocks, i), x[i]);
  return {};
}

// A logarithmic axis shows the first points as wide as the last: each octave gets its blocks.
Result<Buckets> Screen::read_blocks(const SeriesPieces& series, const Placing& placing,
                                    int64_t origin) const {
  const bool by_octaves =
      placing.log && x_request.axis != ScreenAxis::kEnergy && x_request.axis != ScreenAxis::kMetric;
  if (!by_octaves)
    return sample_series(x_store, series, {placing.of, placing.range, kSampleBucketsMax});
  Buckets blocks;
  const auto append = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  constexpr int kOctaves = 63;
  for (int octave = 0; octave < kOctaves; ++octave) {
    const int64_t width = int64_t{1} << octave;
    StepRange range;
    if (__builtin_add_overflow(origin, width, &range.min)) break;
    if (__builtin_add_overflow(range.min, width - 1, &range.max))
      range.max = std::numeric_limits<int64_t>::max();
    range = {std::max(range.min, placing.range.min), std::min(range.max, placing.range.max)};
    if (range.min > range.max) continue;
    TRY(const Buckets part, sample_series(x_store, series, {placing.of, range, kOctaveBuckets}));
    append(blocks.x, part.x);
    append(blocks.min, part.min);
    append(blocks.max, part.max);
    append(blocks.mean, part.mean);
    append(blocks.last, part.last);
    append(blocks.count, part.count);
  }
  return blocks;
}

Result<std::vector<Screen::Ends>> Screen::find_ends(const RunRef& run,
                                                    std::span<const std::string> keys) const {
  TRY(auto all, x_store.pieces_of(x_project, run.id, keys));
  TRY(const Ground ground, find_ground(run, all));
  std::vector<Ends> found;
  for (SeriesPieces& series : all) {
    Ends& ends = found.emplace_back();
    if (!why_missing(ground, series).empty()) continue;
    const Placing placing = place(ground, series.stream);
    const auto widen = [&](double first, double last) {
      if (!(first <= last)) return;
      ends = ends ? std::pair(std::min(ends->first, first), std::max(ends->second, last))
                  : std::pair(first, last);
    };
    if (ground.curve) {
      widen(std::max(ground.curve->min(), placing.min), std::min(ground.curve->max(), placing.max));
      continue;
    }
    for (const Piece& piece : in_range(std::move(series), placing).pieces) {
      const StepRange here = extent_of(piece, placing.of);
      widen(placing.x_of(std::max(here.min, placing.range.min)),
            placing.x_of(std::min(here.max, placing.range.max)));
    }
  }
  return found;
}

}  // namespace cairn::query
