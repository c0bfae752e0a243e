// The files that a traced program is given, as they were when this library was built.
#pragma once

#include <span>
#include <string_view>

namespace cairn::trace {

struct EmbeddedFile {
  std::string_view name;
  std::string_view bytes;
};

// The shim first.
std::span<const EmbeddedFile> embedded_files();

}  // namespace cairn::trace
