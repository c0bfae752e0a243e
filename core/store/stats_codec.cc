// Fields in order; steps relative to one another, because they are near one another.
#include "store/stats_codec.h"

namespace cairn::store {

using model::SeriesStats;

void put_stats(ByteWriter& out, const SeriesStats& s) {
  out.varint(s.count);
  out.varint(s.nan_count);
  out.svarint(s.first_step);
  const auto since_first = [&](int64_t step) {
    return static_cast<int64_t>(static_cast<uint64_t>(step) - static_cast<uint64_t>(s.first_step));
  };
  out.svarint(since_first(s.last_step));
  out.svarint(since_first(s.min_step));
  out.svarint(since_first(s.max_step));
  out.svarint(s.last_time_ns);
  for (const double value : {s.first, s.last, s.min, s.max, s.sum}) out.f64(value);
}

SeriesStats get_stats(ByteReader& in) {
  SeriesStats s;
  // Wrapping arithmetic: steps may lie at both ends of the range.
  const auto add = [](int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  };
  s.count = in.varint();
  s.nan_count = in.varint();
  s.first_step = in.svarint();
  s.last_step = add(s.first_step, in.svarint());
  s.min_step = add(s.first_step, in.svarint());
  s.max_step = add(s.first_step, in.svarint());
  s.last_time_ns = in.svarint();
  for (double* value : {&s.first, &s.last, &s.min, &s.max, &s.sum}) *value = in.f64();
  return s;
}

void put_axis_facts(ByteWriter& out, const Piece& a) {
  out.varint(a.count);
  out.u8(static_cast<uint8_t>((a.sorted ? 1 : 0) | (a.arithmetic ? 2 : 0)));
  out.svarint(a.first_step);
  out.svarint(a.step_stride);
  out.i64(a.min_step);
  out.i64(a.max_step);
  out.i64(a.min_time_ns);
  out.i64(a.max_time_ns);
}

Piece get_axis_facts(ByteReader& in) {
  Piece a;
  a.count = static_cast<size_t>(in.varint());
  const uint8_t flags = in.u8();
  a.sorted = (flags & 1) != 0;
  a.arithmetic = (flags & 2) != 0;
  a.first_step = in.svarint();
  a.step_stride = in.svarint();
  a.min_step = in.i64();
  a.max_step = in.i64();
  a.min_time_ns = in.i64();
  a.max_time_ns = in.i64();
  return a;
}

void put_steps(ByteWriter& out, const StepsBySession& steps) {
  out.varint(steps.size());
  for (const auto& [session, s] : steps) {
    out.varint(static_cast<uint64_t>(session));
    out.u8(s.first ? 1 : 0);
    if (s.first) out.svarint(*s.first);
    out.svarint(s.last);
  }
}

StepsBySession get_steps(ByteReader& in) {
  StepsBySession steps;
  const uint64_t n = in.varint();
  for (uint64_t i = 0; i < n && in.ok(); ++i) {
    SessionSteps& s = steps[static_cast<int>(in.varint())];
    if (in.u8() != 0) s.first = in.svarint();
    s.last = in.svarint();
  }
  return steps;
}

}  // namespace cairn::store
