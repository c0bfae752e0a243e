// Which installed distributions the modules that a run imported belong to, and in which versions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trace/dependency_record.h"
#include "trace/story.h"

namespace cairn::trace {

// By the folders of metadata (NAME-VERSION.dist-info) beside the modules.
std::vector<Distribution> find_distributions(const Stories& stories);

// The version that is installed now where `recorded` was found; nothing when none is.
std::optional<std::string> installed_version(const Distribution& recorded);

}  // namespace cairn::trace
