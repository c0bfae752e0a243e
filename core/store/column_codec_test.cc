// Rules of the column codec: exact to the bit, small, and safe on any bytes.
#include "store/column_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "base/bytes.h"

namespace cairn::store {
namespace {

using Values = std::vector<double>;
using Integers = std::vector<int64_t>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kDenormal = std::numeric_limits<double>::denorm_min();
const double kNan = std::bit_cast<double>(0x7FF8'0000'0000'0000);
const double kMinusNan = std::bit_cast<double>(0xFFF8'0000'0000'0000);
const double kNanWithPayload = std::bit_cast<double>(0x7FF0'0000'DEAD'BEEF);
const Values kSpecials = {kNan, kMinusNan, kNanWithPayload, kInfinity, -kInfinity,
                          -0.0, 0.0,       kDenormal,       -kDenormal};

std::vector<uint64_t> bits_of(const Values& values) {
  std::vector<uint64_t> bits;
  for (const double v : values) bits.push_back(std::bit_cast<uint64_t>(v));
  return bits;
}

Values decode(std::string_view bytes, size_t n) {
  Values out(n, 42.0);
  const auto decoded = decode_values(bytes, out);
  EXPECT_TRUE(decoded.has_value()) << decoded.error().message();
  return out;
}

// Encodes, expects the very bits back, and answers the size.
size_t expect_kept(const Values& values) {
  const std::string bytes = encode_values(values);
  EXPECT_EQ(bits_of(decode(bytes, values.size())), bits_of(values));
  return bytes.size();
}

template <typename Make>
Values make(size_t n, Make&& value_at) {
  Values values(n);
  for (size_t i = 0; i < n; ++i) values[i] = value_at(i);
  return values;
}

class Random {
 public:
  explicit Random(uint64_t seed) : x_bits(seed) {}
  uint64_t bits() { return x_bits(); }
  uint64_t below(uint64_t n) { return x_bits() % n; }
  double uniform() { return static_cast<double>(x_bits() >> 11) * 0x1p-53; }

 private:
  std::mt19937_64 x_bits;
};

double rounded(double x, int decimals) {
  const double scale = std::pow(10.0, decimals);
  return std::round(x * scale) / scale;
}

// Chunks that between them use every kind of latent, exceptions, patches and zstd.
std::vector<Values> chunks_of_every_kind(size_t n) {
  Random random(5);
  std::vector<Values> chunks;
  const auto add = [&](auto&& value_at) { chunks.push_back(make(n, value_at)); };
  add([](size_t i) { return static_cast<double>(i); });
  add([&](size_t) { return static_cast<double>(random.below(1000)) - 500; });
  add([&](size_t) { return rounded(random.uniform(), 4); });
  add([&](size_t) { return static_cast<double>(static_cast<float>(random.uniform())); });
  add([](size_t i) { return 1e-3 * (1 + std::cos(static_cast<double>(i) / 1000)); });
  add([](size_t i) { return static_cast<double>(i) / 1563; });
  add([&](size_t) { return std::floor(random.uniform() * 1e6) / 50 / 3; });
  add([&](size_t) { return std::bit_cast<double>(random.bits()); });
  add([&](size_t i) { return i % 7 == 3 ? kSpecials[i % kSpecials.size()] : random.uniform(); });
  add([&](size_t) { return std::sqrt(static_cast<double>(2 + random.below(20))); });
  add([&](size_t) { return random.below(50) == 0 ? 1e9 * random.uniform() : 1.5; });
  return chunks;
}

// ---- Values ----

TEST(ColumnValues, AreKeptAtEveryLengthUpToAChunk) {
  Random random(1);
  for (size_t n = 0; n <= 40; ++n) {
    for (const Values& values : chunks_of_every_kind(n)) expect_kept(values);
  }
  for (const size_t n :
       {127U, 128U, 129U, 1023U, 1024U, 1025U, 2047U, 2048U, 3000U, 4095U, 4096U}) {
    for (const Values& values : chunks_of_every_kind(n)) expect_kept(values);
  }
}

TEST(ColumnValues, OfRandomBitsAreKept) {
  Random random(2);
  for (int round = 0; round < 50; ++round) {
    const size_t n = random.below(kChunkPointsMax + 1);
    const size_t bytes =
        expect_kept(make(n, [&](size_t) { return std::bit_cast<double>(random.bits()); }));
    EXPECT_LE(bytes, n * 8 + n / 64 + 64) << "noise must not grow";
  }
}

TEST(ColumnValues, SpecialsAreKeptAtEveryPosition) {
  for (const double special : kSpecials) {
    for (const double around : {0.5, 1234.5678, 1.0 / 3}) {
      for (size_t at = 0; at < 20; ++at) {
        Values values(20, around);
        values[at] = special;
        expect_kept(values);
      }
    }
    expect_kept({special});
    expect_kept(Values(kChunkPointsMax, special));
    expect_kept(make(kChunkPointsMax, [&](size_t i) { return i % 2 == 0 ? special : 0.25; }));
  }
}

TEST(ColumnValues, SingleValuesAreKept) {
  Random random(3);
  Values singles = {0, 1, -1, 0.1, 1e300, -1e-300, 0x1p53, 0x1p53 + 2, 0x1p62, 0x1p63, -0x1p63};
  for (int i = 0; i < 1000; ++i) singles.push_back(std::bit_cast<double>(random.bits()));
  for (const double value : singles) EXPECT_LE(expect_kept({value}), 17U);
}

TEST(ColumnValues, DenormalsAreKept) {
  expect_kept(make(2000, [](size_t i) { return kDenormal * static_cast<double>(i); }));
  expect_kept(
      make(2000, [](size_t i) { return 0x1p-1030 * static_cast<double>(i % 17) - 0x1p-1050; }));
}

TEST(ColumnValues, IntegersBeyond53BitsAreKept) {
  expect_kept(make(4096, [](size_t i) { return 0x1p53 + 2 * static_cast<double>(i); }));
  expect_kept(make(4096, [](size_t i) { return -0x1p60 + 256 * static_cast<double>(i * i); }));
  expect_kept(make(100, [](size_t i) { return std::ldexp(1.0, static_cast<int>(i * 10)); }));
}

TEST(ColumnValues, DecimalsOfUpTo17DigitsAreKept) {
  Random random(4);
  for (int digits = 1; digits <= 17; ++digits) {
    for (const double scale : {1e-3, 1.0, 1e5}) {
      expect_kept(make(500, [&](size_t) {
        return std::stod(fmt::format("{:.{}g}", random.uniform() * scale, digits));
      }));
    }
  }
}

TEST(ColumnValues, OfMixedTypesAreKept) {
  Random random(6);
  expect_kept(make(4096, [&](size_t i) -> double {
    switch (i % 4) {
      case 0:
        return static_cast<double>(i);
      case 1:
        return rounded(random.uniform(), 3);
      case 2:
        return static_cast<double>(static_cast<float>(random.uniform()));
      default:
        return random.uniform();
    }
  }));
}

TEST(ColumnValues, AFewStrangersDoNotSpoilAChunk) {
  Random random(7);
  Values values = make(4096, [&](size_t) { return rounded(random.uniform(), 4); });
  const size_t clean = expect_kept(values);
  values[0] = 1.0 / 3;
  values[100] = kNan;
  values[2000] = 1e200;
  values[4095] = kInfinity;
  EXPECT_LE(expect_kept(values), clean + 80);
}

TEST(ColumnValues, ShortSeriesCostLittle) {
  EXPECT_LE(expect_kept({}), 2U);
  EXPECT_LE(expect_kept({3}), 4U);
  EXPECT_LE(expect_kept({0.25}), 6U);
  EXPECT_LE(expect_kept({1, 2, 3, 4, 5}), 6U);
  EXPECT_LE(expect_kept(Values(200, 0.001)), 9U);
}

TEST(ColumnValues, TheKindsOfMetricsAreRecognised) {
  Random random(8);
  const auto bytes_per_point = [](const Values& values) {
    return static_cast<double>(expect_kept(values)) / static_cast<double>(values.size());
  };
  const auto noise = [&] { return random.uniform() + random.uniform() + 0.5; };
  const auto f32 = [&](double x) { return static_cast<double>(static_cast<float>(x)); };
  EXPECT_LE(bytes_per_point(make(4096, [&](size_t) { return rounded(noise(), 2); })), 1.1);
  EXPECT_LE(bytes_per_point(make(4096, [&](size_t) { return f32(noise()); })), 3.2);
  EXPECT_LE(bytes_per_point(make(4096, [](size_t i) { return static_cast<double>(i) / 469; })),
            0.02);
  EXPECT_LE(bytes_per_point(make(4096,
                                 [&](size_t) {
                                   double sum = 0;
                                   for (int k = 0; k < 7; ++k) sum += f32(noise());
                                   return sum / 7;
                                 })),
            4.0);
  EXPECT_LE(
      bytes_per_point(make(
          4096, [&](size_t) { return std::sqrt(2.0 + static_cast<double>(random.below(3))); })),
      1.0);
}

TEST(ColumnValues, OfAnotherNumberThanAskedForAreCorrupt) {
  for (const Values& values : chunks_of_every_kind(100)) {
    const std::string bytes = encode_values(values);
    for (const size_t n : {0U, 1U, 99U, 101U, 4096U, 5000U}) {
      Values out(n);
      const auto decoded = decode_values(bytes, out);
      ASSERT_FALSE(decoded.has_value());
      EXPECT_EQ(decoded.error().code(), Code::kCorrupt);
    }
  }
}

// ---- Scan ----

std::vector<Extent> scan(std::string_view bytes, size_t n, const std::vector<uint32_t>& ends) {
  std::vector<Extent> extents(ends.size());
  const auto scanned = scan_values(bytes, n, ends, extents);
  EXPECT_TRUE(scanned.has_value()) << scanned.error().message();
  return extents;
}

void expect_same_value(double a, double b) {
  if (std::isnan(a) && std::isnan(b)) return;
  EXPECT_EQ(a, b);
}

TEST(ColumnScan, AgreesWithTheDecodedValues) {
  Random random(9);
  for (const size_t n : {1U, 10U, 100U, 1024U, 3000U, 4096U}) {
    for (const Values& values : chunks_of_every_kind(n)) {
      std::vector<uint32_t> ends;
      for (size_t end = random.below(20); end < n; end += random.below(100)) {
        ends.push_back(static_cast<uint32_t>(end));
      }
      ends.push_back(static_cast<uint32_t>(n));
      const auto extents = scan(encode_values(values), n, ends);
      size_t begin = 0;
      for (size_t r = 0; r < ends.size(); begin = ends[r++]) {
        double min = kNan, max = kNan, sum = 0, absolute = 0;
        size_t count = 0;
        for (size_t i = begin; i < ends[r]; ++i) {
          if (std::isnan(values[i])) continue;
          min = count == 0 ? values[i] : std::min(min, values[i]);
          max = count == 0 ? values[i] : std::max(max, values[i]);
          sum += values[i];
          absolute += std::fabs(values[i]);
          ++count;
        }
        expect_same_value(extents[r].min, min);
        expect_same_value(extents[r].max, max);
        if (std::isfinite(absolute)) {
          EXPECT_NEAR(extents[r].sum, sum, absolute * 1e-12);
        }
        EXPECT_EQ(extents[r].count, count);
        EXPECT_EQ(extents[r].nan_count, ends[r] - begin - count);
        expect_same_value(extents[r].first, begin < ends[r] ? values[begin] : kNan);
        expect_same_value(extents[r].last, begin < ends[r] ? values[ends[r] - 1] : kNan);
      }
    }
  }
}

TEST(ColumnScan, TakesMoreRangesThanPoints) {
  std::vector<uint32_t> ends(5000, 0);
  ends.insert(ends.end(), {1, 1, 2});
  const auto extents = scan(encode_values(Values{1, 2}), 2, ends);
  EXPECT_EQ(extents[4999].count, 0U);
  EXPECT_EQ(extents[5000].sum, 1);
  EXPECT_TRUE(std::isnan(extents[5001].min));
  EXPECT_EQ(extents[5002].max, 2);
}

TEST(ColumnScan, OfNothingIsNothing) { EXPECT_TRUE(scan(encode_values({}), 0, {}).empty()); }

// ---- Axis ----

void expect_axis_kept(const Integers& steps, const Integers& times) {
  const std::string bytes = encode_axis(steps, times);
  Integers out(steps.size(), 42);
  ASSERT_TRUE(decode_steps(bytes, out).has_value());
  EXPECT_EQ(out, steps);
  ASSERT_TRUE(decode_times(bytes, out).has_value());
  EXPECT_EQ(out, times);
  const auto facts = read_axis_facts(bytes);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->n, steps.size());
  if (steps.empty()) return;
  EXPECT_EQ(facts->first_step, steps[0]);
  EXPECT_EQ(facts->min_step, *std::min_element(steps.begin(), steps.end()));
  EXPECT_EQ(facts->max_step, *std::max_element(steps.begin(), steps.end()));
  EXPECT_EQ(facts->sorted, std::is_sorted(steps.begin(), steps.end()));
  EXPECT_EQ(facts->first_time_ns, times.front());
  EXPECT_EQ(facts->last_time_ns, times.back());
}

Integers arithmetic(int64_t first, int64_t stride, size_t n) {
  Integers x(n);
  for (size_t i = 0; i < n; ++i) x[i] = first + stride * static_cast<int64_t>(i);
  return x;
}

constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
constexpr int64_t kHighest = std::numeric_limits<int64_t>::max();

TEST(ColumnAxis, KeepsStepsAndTimes) {
  Random random(10);
  for (const size_t n : {0U, 1U, 2U, 3U, 5U, 1000U, 4096U}) {
    for (const int64_t unit : {1'000'000, 1'000, 1}) {
      Integers times = arithmetic(1'750'000'000'000'000'000, 50'000'000, n);
      for (int64_t& t : times) t += static_cast<int64_t>(random.below(3000)) * unit;
      expect_axis_kept(arithmetic(0, 1, n), times);
      expect_axis_kept(arithmetic(1000, -7, n), times);
      Integers scattered(n);
      for (int64_t& step : scattered) step = static_cast<int64_t>(random.below(1'000'000));
      expect_axis_kept(scattered, times);
      std::sort(scattered.begin(), scattered.end());
      expect_axis_kept(scattered, times);
    }
  }
}

TEST(ColumnAxis, KeepsTheEndsOfInt64) {
  expect_axis_kept({kLowest}, {kHighest});
  expect_axis_kept({kLowest, kHighest}, {kHighest, kLowest});
  expect_axis_kept({kHighest, kLowest, 0, -1}, {kLowest, 0, kHighest, 1});
  expect_axis_kept({kHighest - 1, kHighest, kLowest}, {0, 0, 0});
  Random random(11);
  Integers wild(4096), times(4096);
  for (int64_t& step : wild) step = static_cast<int64_t>(random.bits());
  for (int64_t& t : times) t = static_cast<int64_t>(random.bits());
  expect_axis_kept(wild, times);
}

TEST(ColumnAxis, OfARegularLoopIsItsJitter) {
  Random random(12);
  Integers times = arithmetic(1'750'000'000'000'000'000, 50'000'000, 4096);
  const Integers steps = arithmetic(0, 1, 4096);
  EXPECT_LE(encode_axis(steps, times).size(), 40U);
  EXPECT_LE(encode_axis({steps.data(), 1}, {times.data(), 1}).size(), 10U);
  for (int64_t& t : times) t += static_cast<int64_t>(random.below(4)) * 1'000'000;
  EXPECT_LE(encode_axis(steps, times).size(), 4096U / 2);
  EXPECT_TRUE(read_axis_facts(encode_axis(steps, times))->arithmetic);
}

TEST(ColumnAxis, OfAnotherLengthIsCorrupt) {
  const std::string bytes = encode_axis(Integers{1, 5, 6}, Integers{1, 2, 3});
  Integers out(4);
  EXPECT_EQ(decode_steps(bytes, out).error().code(), Code::kCorrupt);
  EXPECT_EQ(decode_times(bytes, out).error().code(), Code::kCorrupt);
}

// ---- Groups ----

TEST(ColumnGroups, SummariseEveryPoint) {
  // Two whole groups and one of two points that are no numbers.
  constexpr size_t kGroup = kLevelGroupPoints;
  Values values = make(2 * kGroup + 2, [](size_t i) { return static_cast<double>(i); });
  values[0] = kNan;
  values[2 * kGroup] = kNan;
  values[2 * kGroup + 1] = kNanWithPayload;
  const Groups groups = summarise(values);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups.min[0], 1);
  EXPECT_EQ(groups.max[1], 2 * kGroup - 1);
  EXPECT_EQ(groups.mean[0], kGroup / 2.0);
  EXPECT_EQ(groups.mean[1], (kGroup + 2 * kGroup - 1) / 2.0);
  EXPECT_EQ(groups.last[1], 2 * kGroup - 1);
  EXPECT_EQ(groups.count, (std::vector<uint32_t>{kGroup - 1, kGroup, 0}));
  EXPECT_TRUE(std::isnan(groups.min[2]) && std::isnan(groups.max[2]) && std::isnan(groups.mean[2]));
  EXPECT_EQ(std::bit_cast<uint64_t>(groups.last[2]), std::bit_cast<uint64_t>(kNanWithPayload));
}

TEST(ColumnGroups, MeansStayBetweenTheirExtremes) {
  for (const double value : {1.0 / 3, 1e300, -1e300, 0x1p60 + 4096, 1e-320}) {
    const Groups groups = summarise(Values(64, value));
    EXPECT_EQ(groups.mean[0], value);
  }
  const Groups infinite = summarise(Values{kInfinity, -kInfinity});
  EXPECT_TRUE(std::isnan(infinite.mean[0]));
  EXPECT_EQ(infinite.max[0], kInfinity);
}

TEST(ColumnGroups, AreKept) {
  for (const size_t n : {0U, 1U, 63U, 64U, 65U, 4096U, 4096U * 64U}) {
    for (const Values& values : chunks_of_every_kind(n)) {
      const Groups groups = summarise(values);
      const auto decoded = decode_groups(encode_groups(groups), groups.size());
      ASSERT_TRUE(decoded.has_value()) << decoded.error().message();
      EXPECT_EQ(bits_of(decoded->min), bits_of(groups.min));
      EXPECT_EQ(bits_of(decoded->max), bits_of(groups.max));
      EXPECT_EQ(bits_of(decoded->mean), bits_of(groups.mean));
      EXPECT_EQ(bits_of(decoded->last), bits_of(groups.last));
      EXPECT_EQ(decoded->count, groups.count);
      EXPECT_FALSE(decode_groups(encode_groups(groups), groups.size() + 1).has_value());
    }
  }
}

// ---- Damage ----

// The bytes, alone on the heap so that a sanitizer sees any read beyond them, through every
// decoder.
void decode_any(std::string_view bytes, size_t n) {
  const std::vector<char> alone(bytes.begin(), bytes.end());
  const std::string_view view(alone.data(), alone.size());
  Values values(n);
  Integers integers(n);
  const std::vector<uint32_t> ends = {static_cast<uint32_t>(n / 3), static_cast<uint32_t>(n)};
  std::vector<Extent> extents(2);
  (void)decode_values(view, values);
  (void)scan_values(view, n, ends, extents);
  (void)decode_steps(view, integers);
  (void)decode_times(view, integers);
  (void)read_axis_facts(view);
  (void)decode_groups(view, n);
}

std::vector<std::string> encodings_of_every_kind(size_t n) {
  std::vector<std::string> encodings;
  for (const Values& values : chunks_of_every_kind(n)) {
    encodings.push_back(encode_values(values));
    Groups groups{values, values, values, values, std::vector<uint32_t>(n, 64)};
    encodings.push_back(encode_groups(groups));
    Integers steps, times;
    for (const uint64_t b : bits_of(values)) steps.push_back(static_cast<int64_t>(b));
    encodings.push_back(encode_axis(steps, steps));
  }
  encodings.push_back(encode_axis(arithmetic(0, 1, n), arithmetic(0, 1'000'000, n)));
  return encodings;
}

TEST(ColumnDamage, ACutChunkIsCorrupt) {
  for (const size_t n : {3U, 300U}) {
    for (const Values& values : chunks_of_every_kind(n)) {
      const std::string bytes = encode_values(values);
      for (size_t size = 0; size < bytes.size(); ++size) {
        Values out(n);
        const std::vector<char> alone(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
        EXPECT_FALSE(decode_values({alone.data(), size}, out).has_value());
      }
      Values out(n);
      EXPECT_FALSE(decode_values(bytes + '\0', out).has_value());
    }
  }
}

TEST(ColumnDamage, EveryCutIsSurvived) {
  for (const size_t n : {5U, 1100U}) {
    for (const std::string& bytes : encodings_of_every_kind(n)) {
      const size_t stride = 1 + bytes.size() / 500;
      for (size_t size = 0; size < bytes.size(); size += stride) {
        decode_any(std::string_view(bytes).substr(0, size), n);
      }
    }
  }
}

TEST(ColumnDamage, RandomFlipsAreSurvived) {
  Random random(13);
  const size_t n = 1100;
  const auto encodings = encodings_of_every_kind(n);
  for (int round = 0; round < 10'000; ++round) {
    std::string bytes = encodings[random.below(encodings.size())];
    const size_t near_head = std::min<size_t>(bytes.size(), 40);
    for (uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
      const size_t at = random.below(random.below(2) == 0 ? near_head : bytes.size());
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
    }
    decode_any(bytes, n);
  }
}

TEST(ColumnDamage, UnknownKindsAreCorrupt) {
  const std::string good = encode_values(Values{1, 2, 3});
  for (int head = 0; head < 256; ++head) {
    std::string bytes = good;
    bytes[0] = static_cast<char>(head);
    const bool known = (head & 7) < 3 || head == 3;
    Values out(3);
    const auto decoded = decode_values(bytes, out);
    if (!known) {
      ASSERT_FALSE(decoded.has_value());
      EXPECT_EQ(decoded.error().code(), Code::kCorrupt);
    }
  }
}

}  // namespace
}  // namespace cairn::store
