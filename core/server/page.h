// Page: the files of the web page, as a browser asks for them.
#pragma once

#include <span>

#include "server/assets.h"
#include "server/http_types.h"

namespace cairn::server {

// Every path that is no file of the page is one of its views, which index.html knows how to show;
// below /assets/ a file has its content's hash in its name and never changes. Nothing is looked for
// on a disk. Thread-safe.
class Page {
 public:
  explicit Page(std::span<const Asset> assets) : x_assets(assets) {}

  Response answer(const Request& request) const;

 private:
  const Asset* find(std::string_view path) const;

  std::span<const Asset> x_assets;
};

}  // namespace cairn::server
