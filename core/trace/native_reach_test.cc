// What ELF files may open, told by this test's own objects.
#include "trace/native_reach.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/disk.h"

namespace cairn::trace {
namespace {

using Names = std::vector<std::string>;

// Every object that this test itself is made of, as the kernel mapped them.
std::vector<std::string> mapped_objects() {
  std::vector<std::string> paths;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const size_t at = line.find('/');
    if (at != std::string::npos && line.find(" r-xp ") != std::string::npos)
      paths.push_back(line.substr(at));
  }
  return paths;
}

TEST(NativeReachTest, AProgramThatOpensFilesIsFound) {
  const auto image = read_file(posix_disk(), "/proc/self/exe", uint64_t{1} << 32);
  ASSERT_TRUE(image);
  EXPECT_TRUE(calls_openers(*image)) << "this test opens /proc/self/maps";
  EXPECT_FALSE(find_openers(mapped_objects()).empty());
}

TEST(NativeReachTest, TheSystemsMathematicsReadsNoData) {
  const auto objects = mapped_objects();
  const auto libm = std::find_if(objects.begin(), objects.end(), [](const std::string& path) {
    return path.find("/libm.so") != std::string::npos;
  });
  ASSERT_NE(libm, objects.end());
  const auto image = read_file(posix_disk(), *libm, uint64_t{1} << 32);
  ASSERT_TRUE(image);
  EXPECT_FALSE(calls_openers(*image));
}

TEST(NativeReachTest, WhatCannotBeReadCountsAsAnOpener) {
  EXPECT_TRUE(calls_openers(""));
  EXPECT_TRUE(calls_openers("#!/bin/sh\n"));
  EXPECT_TRUE(calls_openers(std::string(4096, '\x7f')));
  EXPECT_EQ(find_openers({"/nowhere/libdata.so"}), Names{"libdata.so"});
}

TEST(NativeReachTest, ADamagedFileCountsAsAnOpenerWhereverItIsCut) {
  auto image = read_file(posix_disk(), "/proc/self/exe", uint64_t{1} << 32);
  ASSERT_TRUE(image);
  for (size_t size = image->size() - 1; size > 0; size /= 2)
    EXPECT_TRUE(calls_openers(std::string_view(*image).substr(0, size))) << size;
}

TEST(NativeReachTest, TheInterpreterAndItsLibrariesAreNoOpeners) {
  EXPECT_EQ(find_openers({"/usr/bin/python3.11", "/lib/x86_64-linux-gnu/libc.so.6",
                          "/usr/lib/python3.11/lib-dynload/_json.cpython-311.so"}),
            Names{});
  EXPECT_EQ(find_openers({"/usr/lib/python3.11/lib-dynload/_sqlite3.cpython-311.so"}),
            Names{"_sqlite3.cpython-311.so"});
}

}  // namespace
}  // namespace cairn::trace
