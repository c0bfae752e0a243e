// The page as it is built into this program: its files, compressed by cmake/web_assets.cmake.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace cairn::server {

struct Asset {
  std::string_view path;  // "/index.html", "/assets/index-3f2a.js"
  std::string_view content_type;
  std::string_view etag;  // of the content, with its quotes
  std::string_view gzip;  // the file, compressed
  size_t bytes = 0;       // of the file itself
};

// Empty in a build without the page.
std::span<const Asset> page_assets();

}  // namespace cairn::server
