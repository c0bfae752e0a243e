// The file of named views: what it holds, and what is no such file.
#include "server/saved_views.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "store/testing/temp_folder.h"

namespace cairn::server {
namespace {

std::vector<SavedView> example() {
  return {
      {"best of the week", "?filter=created+>+-7d&sort=-max:val/acc", 1'700'000'000'000'000'000},
      {"Größe \"A\"", "", 5}};
}

TEST(SavedViewsTest, WhatIsEncodedIsDecoded) {
  auto decoded = decode_views(encode_views(example()));
  ASSERT_TRUE(decoded) << decoded.error().message();
  ASSERT_EQ(decoded->size(), 2u);
  EXPECT_EQ((*decoded)[1], example()[0]) << "in order of name";
  EXPECT_EQ((*decoded)[0], example()[1]);
}

// The golden stays for ever: when the format must change, it gets a version and a golden of its
// own.
TEST(SavedViewsTest, TheBytesOfVersionOneStay) {
  const auto path = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() /
                    "tests" / "golden" / "views_v1.json";
  const auto golden = read_file(posix_disk(), path.string(), 1 << 20);
  ASSERT_TRUE(golden) << golden.error().message();
  EXPECT_EQ(encode_views(example()), *golden);
}

TEST(SavedViewsTest, AFileThatIsNoneIsNeverOverwritten) {
  const store::TempFolder folder;
  const std::string path = folder.path() + "/views.json";
  for (const char* bytes : {"", "{", "[]", R"({"version": 2, "views": []})", R"({"version": 1})",
                            R"({"version": 1, "views": [{"name": "x"}]})"}) {
    ASSERT_TRUE(write_file_atomically(posix_disk(), path, bytes));
    EXPECT_FALSE(read_views(posix_disk(), path)) << bytes;
    EXPECT_FALSE(put_view(posix_disk(), path, {"a", "", 0})) << bytes;
    EXPECT_EQ(*read_file(posix_disk(), path, 1000), bytes);
  }
}

}  // namespace
}  // namespace cairn::server
