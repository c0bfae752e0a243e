// Fuzz target: any bytes are a column or Corrupt, and any values survive being encoded.
//
// The first byte says what the rest is; the next two how many points its reader expects.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "store/column_codec.h"

namespace cairn::store {
namespace {

void scan_like_decoded(std::string_view bytes, size_t n, bool decoded) {
  const std::array<uint32_t, 4> ends = {static_cast<uint32_t>(n / 5), static_cast<uint32_t>(n / 5),
                                        static_cast<uint32_t>(n / 2), static_cast<uint32_t>(n)};
  std::array<Extent, 4> extents;
  CHECK(scan_values(bytes, n, ends, extents).has_value() == decoded);
}

void try_values(std::string_view bytes, size_t n) {
  std::vector<double> values(n);
  const bool decoded = decode_values(bytes, values).has_value();
  scan_like_decoded(bytes, n, decoded);
}

void try_axis(std::string_view bytes, size_t n) {
  std::vector<int64_t> column(n);
  const bool has_steps = decode_steps(bytes, column).has_value();
  const bool has_times = decode_times(bytes, column).has_value();
  const auto facts = read_axis_facts(bytes);
  if (has_steps || has_times) CHECK(facts.has_value() && facts->n == n);
}

void try_groups(std::string_view bytes, size_t n) {
  const auto groups = decode_groups(bytes, n);
  if (groups) CHECK(groups->size() == n && groups->last.size() == n);
}

template <typename T>
std::vector<T> take(std::string_view bytes) {
  std::vector<T> items(std::min(bytes.size() / sizeof(T), kChunkPointsMax));
  if (!items.empty()) std::memcpy(items.data(), bytes.data(), items.size() * sizeof(T));
  return items;
}

void round_trip_values(std::string_view bytes) {
  const auto values = take<double>(bytes);
  std::vector<double> decoded(values.size());
  const std::string coded = encode_values(values);
  CHECK(decode_values(coded, decoded).has_value());
  CHECK(values.empty() ||
        std::memcmp(decoded.data(), values.data(), values.size() * sizeof(double)) == 0);
  scan_like_decoded(coded, values.size(), true);
  const Groups groups = summarise(values);
  CHECK(decode_groups(encode_groups(groups), groups.size()).has_value());
}

void round_trip_axis(std::string_view bytes) {
  const auto column = take<int64_t>(bytes);
  const std::string coded = encode_axis(column, column);
  std::vector<int64_t> decoded(column.size());
  CHECK(decode_steps(coded, decoded).has_value() && decoded == column);
  CHECK(decode_times(coded, decoded).has_value() && decoded == column);
}

void try_input(std::string_view input) {
  if (input.size() < 3) return;
  uint16_t points;
  std::memcpy(&points, input.data() + 1, sizeof points);
  const size_t n = std::min<size_t>(points, kChunkPointsMax);
  const std::string_view rest = input.substr(3);
  switch (input[0] % 5) {
    case 0:
      return try_values(rest, n);
    case 1:
      return try_axis(rest, n);
    case 2:
      return try_groups(rest, n);
    case 3:
      return round_trip_values(rest);
    default:
      return round_trip_axis(rest);
  }
}

}  // namespace
}  // namespace cairn::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cairn::store::try_input({reinterpret_cast<const char*>(data), size});
  return 0;
}
