// TempFolder: a folder on the real disk for one test; gone with it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace cairn::store {

class TempFolder {
 public:
  TempFolder() {
    const char* parent = std::getenv("TMPDIR");
    std::string name = std::string(parent && *parent ? parent : "/tmp") + "/cairn-XXXXXX";
    EXPECT_NE(mkdtemp(name.data()), nullptr) << name;
    x_path = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(x_path, ignored);
  }

  const std::string& path() const { return x_path; }

 private:
  std::string x_path;
};

}  // namespace cairn::store
