// The commands of what runs teach as plain values; a part of commands.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/http_types.h"

namespace cairn::cli {

// `params`: what was said, in the words of the API, which checks them.
struct ShowSensitivity {
  std::string project;
  server::Pairs params;
  std::optional<int64_t> design;  // runs of a new sweep, instead of what is known
  bool as_json = false;
};

struct ShowReport {
  std::string project;
  server::Pairs params;
  std::string output, format;  // both empty: a summary here
  std::string figures;         // the folder that every figure is written into
  bool as_json = false;
};

struct ShowReplay {
  std::string project;
  server::Pairs params;
  bool as_json = false;
};

struct CompareSearches {
  std::string project;
  server::Pairs params;
  bool as_json = false;
};

struct ShowWaste {
  std::string project;  // empty: all
  server::Pairs params;
  bool as_json = false;
};

}  // namespace cairn::cli
