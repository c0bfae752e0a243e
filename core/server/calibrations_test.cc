// The file of calibrations: what it holds, and what is no such file.
#include "server/calibrations.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/disk.h"

namespace cairn::server {
namespace {

std::vector<footprint::Calibration> example() {
  return {{"box", 0.11, 41.5, 0.05}, {"Größe \"A\"", 0, 0, 0.1}};
}

TEST(CalibrationsTest, WhatIsEncodedIsDecoded) {
  const auto decoded = decode_calibrations(encode_calibrations(example()));
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(encode_calibrations(*decoded), encode_calibrations(example()));
  ASSERT_EQ(decoded->size(), 2u);
  EXPECT_EQ(decoded->front().hostname, "box");
  EXPECT_EQ(decoded->front().rest_w, 41.5);
}

// The golden stays for ever: when the format must change, it gets a version and a golden of its
// own.
TEST(CalibrationsTest, TheBytesOfVersionOneStay) {
  const auto path = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() /
                    "tests" / "golden" / "calibrations_v1.json";
  const auto golden = read_file(posix_disk(), path.string(), 1 << 20);
  ASSERT_TRUE(golden) << golden.error().message();
  EXPECT_EQ(encode_calibrations(example()), *golden);
}

TEST(CalibrationsTest, WhatIsNoneIsRefused) {
  for (const char* bytes :
       {"", "{", "[]", R"({"version": 2, "calibrations": []})", R"({"version": 1})",
        R"({"version": 1, "calibrations": [{"hostname": "box"}]})",
        R"({"version": 1, "calibrations": [{"rest_share": 0, "rest_w": 0, "uncertainty": 0}]})",
        R"({"version": 1, "calibrations":
           [{"hostname": "box", "rest_share": -1, "rest_w": 0, "uncertainty": 0}]})"})
    EXPECT_FALSE(decode_calibrations(bytes)) << bytes;
}

}  // namespace
}  // namespace cairn::server
