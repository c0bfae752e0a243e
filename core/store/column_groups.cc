// The group codec: level 1 of a series as four value columns and a column of counts.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/bytes.h"
#include "base/check.h"
#include "store/column_codec.h"
#include "store/column_integers.h"

namespace cairn::store {

namespace {

double round_mean(double mean, double min, double max) {
  const double rounded = static_cast<double>(static_cast<float>(mean));
  return std::clamp(std::isfinite(rounded) ? rounded : mean, min, max);
}

}  // namespace

Groups summarise(std::span<const double> values) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  Groups groups;
  for (size_t begin = 0; begin < values.size(); begin += kLevelGroupPoints) {
    const auto group = values.subspan(begin, std::min(kLevelGroupPoints, values.size() - begin));
    double min = kNan, max = kNan, sum = 0;
    uint32_t count = 0;
    for (const double value : group) {
      if (std::isnan(value)) continue;
      if (count++ == 0) min = max = value;
      min = value < min ? value : min;
      max = value > max ? value : max;
      sum += value;
    }
    const double mean = sum / count;  // NaN for none, and where +inf meets -inf
    groups.min.push_back(min);
    groups.max.push_back(max);
    groups.mean.push_back(std::isnan(mean) ? kNan : round_mean(mean, min, max));
    groups.last.push_back(group.back());
    groups.count.push_back(count);
  }
  return groups;
}

std::string encode_groups(const Groups& groups) {
  const size_t n = groups.size();
  CHECK(n <= kChunkPointsMax);
  std::array<int64_t, kChunkPointsMax> counts;
  std::copy(groups.count.begin(), groups.count.end(), counts.begin());
  ByteWriter out;
  for (const auto* column : {&groups.min, &groups.max, &groups.mean, &groups.last}) {
    CHECK(column->size() == n);
    out.text(encode_values(*column));
  }
  write_planned_integers(out, {counts.data(), n});
  return out.take();
}

Result<Groups> decode_groups(std::string_view bytes, size_t n_groups) {
  if (n_groups > kChunkPointsMax) {
    return fail(Code::kCorrupt, "expected at most {} groups, found {}", kChunkPointsMax, n_groups);
  }
  Groups groups;
  ByteReader in(bytes);
  for (auto* column : {&groups.min, &groups.max, &groups.mean, &groups.last}) {
    column->resize(n_groups);
    TRY_VOID(decode_values(in.text(), *column));
  }
  std::array<int64_t, kChunkPointsMax> counts;
  if (!read_planned_integers(in, {counts.data(), n_groups}) || !in.at_end()) {
    return fail(Code::kCorrupt, "expected {} counts, found malformed bytes", n_groups);
  }
  for (size_t i = 0; i < n_groups; ++i) {
    if (counts[i] < 0 || counts[i] > static_cast<int64_t>(kLevelGroupPoints)) {
      return fail(Code::kCorrupt, "expected a count of points up to {}, found {}",
                  kLevelGroupPoints, counts[i]);
    }
    groups.count.push_back(static_cast<uint32_t>(counts[i]));
  }
  return groups;
}

}  // namespace cairn::store
