// Tests of the columns format.
#include "server/columns.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>

#include "base/disk.h"

namespace cairn::server {
namespace {

Columns example() {
  Columns columns;
  model::Points points;
  points.push(1, 10, 0.5);
  points.push(3, 30, NAN);
  points.push(4, 40, -INFINITY);
  query::Buckets buckets;
  buckets.x = {1.5};
  buckets.min = {0};
  buckets.max = {9};
  buckets.mean = {4};
  buckets.last = {2};
  buckets.count = {7};
  buckets.exact = false;
  columns.series = {
      {"r1", "loss", points}, {"r2", "val/acc", buckets}, {"r3", "empty", model::Points()}};
  columns.missing = {{"r1", "nothing"}};
  return columns;
}

TEST(ColumnsTest, WhatIsEncodedIsDecoded) {
  const auto columns = decode_columns(encode_columns(example()));
  ASSERT_TRUE(columns) << columns.error().message();
  ASSERT_EQ(columns->series.size(), 3u);
  const auto& points = std::get<model::Points>(columns->series[0].data);
  EXPECT_EQ(points.step, (std::vector<int64_t>{1, 3, 4}));
  EXPECT_EQ(points.time_ns, (std::vector<int64_t>{10, 30, 40}));
  EXPECT_TRUE(std::isnan(points.value[1]));
  const auto& buckets = std::get<query::Buckets>(columns->series[1].data);
  EXPECT_EQ(buckets.max, (std::vector<double>{9}));
  EXPECT_EQ(buckets.count, (std::vector<uint32_t>{7}));
  EXPECT_FALSE(buckets.exact);
  EXPECT_EQ(std::get<model::Points>(columns->series[2].data).size(), 0u);
  ASSERT_EQ(columns->missing.size(), 1u);
  EXPECT_EQ(columns->missing[0].key, "nothing");
}

// The golden stays for ever: when the format must change, it gets a version and a golden of its
// own.
TEST(ColumnsTest, TheBytesOfVersionOneStay) {
  const auto path = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() /
                    "tests" / "golden" / "columns_v1.bin";
  const auto golden = read_file(posix_disk(), path.string(), 1 << 20);
  ASSERT_TRUE(golden) << golden.error().message();
  EXPECT_EQ(encode_columns(example()), *golden);
}

TEST(ColumnsTest, ArraysAreAlignedForUseInPlace) {
  const std::string bytes = encode_columns(example());
  uint32_t json_bytes = 0;
  std::memcpy(&json_bytes, bytes.data() + 8, sizeof json_bytes);
  EXPECT_EQ((16 + json_bytes) % 8, 0u);
  EXPECT_EQ(bytes.size() % 8, 0u);
}

TEST(ColumnsTest, ACutAnywhereIsAnErrorAndNoCrash) {
  const std::string bytes = encode_columns(example());
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_columns(std::string_view(bytes).substr(0, size)) && size < bytes.size() - 4)
        << size;
}

TEST(ColumnsTest, ANewerVersionIsRefusedByNumber) {
  std::string bytes = encode_columns(example());
  bytes[4] = 9;
  EXPECT_EQ(decode_columns(bytes).error().message(), "expected columns of version 1, found 9");
}

}  // namespace
}  // namespace cairn::server
