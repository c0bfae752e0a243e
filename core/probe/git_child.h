// Running git as a child process of a training: bounded in time and output, and deaf to
// configuration that would run other programs. Internal to the room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cairn::probe {

struct GitAnswer {
  std::string output;
  bool truncated = false;  // git had more to say and was stopped
};

// What `git -C root ARGUMENTS` printed; nothing when git is not there, failed, or was not done at
// `deadline_ns` (monotonic). The child is gone when this returns.
std::optional<GitAnswer> ask_git(const std::string& root, const std::vector<std::string>& arguments,
                                 size_t output_bytes_max, int64_t deadline_ns);

}  // namespace cairn::probe
