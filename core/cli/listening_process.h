// The process of this machine that listens on a port.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace cairn::cli {

// Of several that share the port (a server and its workers) the one above the others. Nothing when
// nobody listens, or the process is another user's, whose files cannot be seen.
std::optional<pid_t> find_listening_process(uint16_t port);

}  // namespace cairn::cli
