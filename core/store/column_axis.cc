// The axis codec: steps and times of a row group behind a head of facts. See docs/formats/chunk.md.
#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "base/clock.h"
#include "store/column_codec.h"
#include "store/column_integers.h"

namespace cairn::store {

namespace {

// First byte of an axis.
constexpr uint8_t kArithmetic = 0x01;
constexpr uint8_t kSorted = 0x02;
constexpr unsigned kUnitBit = 2;  // two bits: an index of kUnitsNs
constexpr uint8_t kUnitMask = 0x03;
constexpr uint8_t kKnownBits = 0x0F;
constexpr int64_t kUnitsNs[] = {kNsPerMillisecond, 1000, 1};

// Steps may be any int64; differences of them wrap, and wrap back.
int64_t plus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t minus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
int64_t times(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

// Whether the steps are first + i * stride without leaving int64.
bool is_arithmetic(std::span<const int64_t> steps) {
  if (steps.size() < 2) return true;
  int64_t stride, reach, last;
  if (__builtin_sub_overflow(steps[1], steps[0], &stride)) return false;
  if (__builtin_mul_overflow(stride, static_cast<int64_t>(steps.size() - 1), &reach)) return false;
  if (__builtin_add_overflow(steps[0], reach, &last)) return false;
  for (size_t i = 1; i < steps.size(); ++i) {
    if (minus(steps[i], steps[i - 1]) != stride) return false;
  }
  return true;
}

unsigned coarsest_unit(std::span<const int64_t> times_ns) {
  unsigned unit = 0;
  for (const int64_t t : times_ns) {
    while (t % kUnitsNs[unit] != 0) ++unit;
  }
  return unit;
}

struct AxisHead {
  AxisFacts facts;
  int64_t unit_ns = 1;
  uint64_t steps_bytes = 0;  // of the column of steps, absent when arithmetic
};

Result<AxisHead> read_axis_head(ByteReader& in) {
  const uint8_t flags = in.u8();
  const unsigned unit = flags >> kUnitBit & kUnitMask;
  if (!in.ok() || (flags & ~kKnownBits) != 0 || unit >= std::size(kUnitsNs)) {
    return fail(Code::kCorrupt, "expected an axis, found flags {:#04x}", flags);
  }
  AxisHead head;
  AxisFacts& facts = head.facts;
  const uint64_t n = in.varint();
  if (!in.ok() || n > kChunkPointsMax) {
    return fail(Code::kCorrupt, "expected an axis of at most {} rows, found {}", kChunkPointsMax,
                n);
  }
  facts.n = n;
  facts.arithmetic = (flags & kArithmetic) != 0;
  facts.sorted = (flags & kSorted) != 0;
  head.unit_ns = kUnitsNs[unit];
  if (n == 0) return head;
  facts.first_step = in.svarint();
  if (facts.arithmetic) {
    facts.step_stride = n == 1 ? 0 : in.svarint();
    const int64_t last =
        plus(facts.first_step, times(facts.step_stride, static_cast<int64_t>(n - 1)));
    facts.min_step = std::min(facts.first_step, last);
    facts.max_step = std::max(facts.first_step, last);
  } else {
    facts.min_step = minus(facts.first_step, static_cast<int64_t>(facts.sorted ? 0 : in.varint()));
    facts.max_step = plus(facts.first_step, static_cast<int64_t>(in.varint()));
    head.steps_bytes = in.varint();
  }
  const int64_t first_time = in.svarint();
  facts.first_time_ns = times(first_time, head.unit_ns);
  facts.last_time_ns = times(plus(first_time, n == 1 ? 0 : in.svarint()), head.unit_ns);
  if (!in.ok()) return fail(Code::kCorrupt, "expected the head of an axis, found its end");
  return head;
}

Result<AxisHead> read_axis_head(ByteReader& in, size_t n) {
  TRY(const AxisHead head, read_axis_head(in));
  if (head.facts.n != n) {
    return fail(Code::kCorrupt, "expected an axis of {} rows, found one of {}", n, head.facts.n);
  }
  return head;
}

}  // namespace

std::string encode_axis(std::span<const int64_t> steps, std::span<const int64_t> times_ns) {
  CHECK(steps.size() == times_ns.size() && steps.size() <= kChunkPointsMax);
  const size_t n = steps.size();
  const bool arithmetic = is_arithmetic(steps);
  const bool sorted = std::is_sorted(steps.begin(), steps.end());
  const unsigned unit = coarsest_unit(times_ns);
  ByteWriter out;
  out.u8(static_cast<uint8_t>((arithmetic ? kArithmetic : 0U) | (sorted ? kSorted : 0U) |
                              unit << kUnitBit));
  out.varint(n);
  if (n == 0) return out.take();
  ByteWriter column;
  out.svarint(steps[0]);
  if (!arithmetic) {
    const auto [low, high] = std::minmax_element(steps.begin(), steps.end());
    if (!sorted) out.varint(static_cast<uint64_t>(minus(steps[0], *low)));
    out.varint(static_cast<uint64_t>(minus(*high, steps[0])));
    write_planned_integers(column, steps);
    out.varint(column.size());
  } else if (n > 1) {
    out.svarint(steps[1] - steps[0]);
  }
  std::array<int64_t, kChunkPointsMax> since;  // the first time, in units
  const int64_t first_time = times_ns[0] / kUnitsNs[unit];
  for (size_t i = 0; i < n; ++i) since[i] = minus(times_ns[i] / kUnitsNs[unit], first_time);
  out.svarint(first_time);
  if (n > 1) out.svarint(since[n - 1]);
  out.raw(column.view());
  if (n > 1) write_planned_integers(out, {since.data(), n});
  return out.take();
}

Result<AxisFacts> read_axis_facts(std::string_view bytes) {
  ByteReader in(bytes);
  TRY(const AxisHead head, read_axis_head(in));
  return head.facts;
}

Result<void> decode_steps(std::string_view bytes, std::span<int64_t> steps) {
  ByteReader in(bytes);
  TRY(const AxisHead head, read_axis_head(in, steps.size()));
  if (head.facts.arithmetic) {
    for (size_t i = 0; i < steps.size(); ++i) {
      steps[i] =
          plus(head.facts.first_step, times(head.facts.step_stride, static_cast<int64_t>(i)));
    }
    return {};
  }
  ByteReader column(in.raw(head.steps_bytes));
  if (!in.ok() || !read_planned_integers(column, steps) || !column.at_end()) {
    return fail(Code::kCorrupt, "expected {} steps, found malformed bytes", steps.size());
  }
  return {};
}

Result<void> decode_times(std::string_view bytes, std::span<int64_t> times_ns) {
  ByteReader in(bytes);
  TRY(const AxisHead head, read_axis_head(in, times_ns.size()));
  const size_t n = times_ns.size();
  in.raw(head.steps_bytes);
  if (n == 1) times_ns[0] = 0;
  if (!in.ok() || (n > 1 && !read_planned_integers(in, times_ns)) || !in.at_end()) {
    return fail(Code::kCorrupt, "expected {} times, found malformed bytes", n);
  }
  for (int64_t& t : times_ns) t = plus(head.facts.first_time_ns, times(t, head.unit_ns));
  return {};
}

}  // namespace cairn::store
