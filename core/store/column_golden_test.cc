// Chunks written by the first version of the format must decode to the same bits for ever.
//
// tests/golden/chunk_v1 holds NAME.bin and NAME.txt: what the bytes must say, one row a line. The
// files are never rewritten; an encoder may find smaller bytes, a decoder must still read these.
#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "store/column_codec.h"

namespace cairn::store {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::filesystem::path golden_folder() {
  return std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() / "tests" /
         "golden" / "chunk_v1";
}

std::string read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// Words of each line, but for comments.
Rows read_rows(const std::filesystem::path& path) {
  Rows rows;
  std::istringstream text(read_all(path));
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    rows.emplace_back(std::istream_iterator<std::string>(words),
                      std::istream_iterator<std::string>());
  }
  return rows;
}

uint64_t parse_bits(const std::string& word) { return std::strtoull(word.c_str(), nullptr, 16); }

void expect_values(const std::string& bytes, const Rows& rows) {
  std::vector<double> values(rows.size());
  ASSERT_TRUE(decode_values(bytes, values).has_value());
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(std::bit_cast<uint64_t>(values[i]), parse_bits(rows[i].at(0))) << "value " << i;
  }
}

void expect_axis(const std::string& bytes, const Rows& rows) {
  std::vector<int64_t> steps(rows.size()), times(rows.size());
  ASSERT_TRUE(decode_steps(bytes, steps).has_value());
  ASSERT_TRUE(decode_times(bytes, times).has_value());
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(std::to_string(steps[i]), rows[i].at(0)) << "row " << i;
    ASSERT_EQ(std::to_string(times[i]), rows[i].at(1)) << "row " << i;
  }
}

void expect_groups(const std::string& bytes, const Rows& rows) {
  const auto groups = decode_groups(bytes, rows.size());
  ASSERT_TRUE(groups.has_value());
  for (size_t i = 0; i < rows.size(); ++i) {
    size_t word = 0;
    for (const auto* column : {&groups->min, &groups->max, &groups->mean, &groups->last}) {
      ASSERT_EQ(std::bit_cast<uint64_t>((*column)[i]), parse_bits(rows[i].at(word++))) << i;
    }
    ASSERT_EQ(std::to_string(groups->count[i]), rows[i].at(word)) << i;
  }
}

TEST(ColumnGolden, ChunksOfTheFirstVersionAreReadForEver) {
  size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder())) {
    if (entry.path().extension() != ".bin") continue;
    SCOPED_TRACE(entry.path().filename().string());
    const std::string name = entry.path().stem().string();
    const std::string bytes = read_all(entry.path());
    const Rows rows = read_rows(std::filesystem::path(entry.path()).replace_extension(".txt"));
    if (name.starts_with("axis")) {
      expect_axis(bytes, rows);
    } else if (name.starts_with("groups")) {
      expect_groups(bytes, rows);
    } else {
      expect_values(bytes, rows);
    }
    ++found;
  }
  EXPECT_GE(found, 20U);
}

}  // namespace
}  // namespace cairn::store
