// Named views of a project's page: what somebody wants to find again as it was.
//
// One small JSON file per project (docs/formats/views.md), replaced whole: whoever reads it sees
// the file before a change or after it, also after a crash. Of two processes that change it at the
// same moment the later wins. What a view's state says only the page knows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"

namespace cairn::server {

struct SavedView {
  std::string name, state;
  int64_t updated_ns = 0;

  friend bool operator==(const SavedView&, const SavedView&) = default;
};

std::string encode_views(const std::vector<SavedView>& views);
Result<std::vector<SavedView>> decode_views(std::string_view bytes);

// In order of name; none when there is no file.
Result<std::vector<SavedView>> read_views(Disk& disk, const std::string& path);
// Adds the view, or replaces the one of its name. Invalid and Limit: see kViewsPerProjectMax.
Result<void> put_view(Disk& disk, const std::string& path, SavedView view);
Result<void> remove_view(Disk& disk, const std::string& path, std::string_view name);

}  // namespace cairn::server
