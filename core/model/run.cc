// Names of run states.
#include "model/run.h"

#include <array>

namespace cairn::model {
namespace {
constexpr std::array<std::string_view, 4> kStates = {"running", "finished", "failed", "crashed"};
}

std::string_view print_state(RunState state) { return kStates[static_cast<size_t>(state)]; }

std::optional<RunState> parse_state(std::string_view text) {
  for (size_t i = 0; i < kStates.size(); ++i)
    if (kStates[i] == text) return static_cast<RunState>(i);
  return std::nullopt;
}

}  // namespace cairn::model
