// HTTP/1.1 over one connected socket that the process inherited from its parent.
#pragma once

#include <sys/types.h>

#include "base/result.h"
#include "server/door.h"

namespace cairn::server {

// Answers requests one after another on the calling thread. Returns when the peer closes, or within
// about a second after `parent` is no longer this process's parent: a fork of the parent may hold
// the other end open for ever, and nobody shall find an orphan. Takes `fd` over.
Result<void> serve_fd(Door& door, int fd, pid_t parent);

}  // namespace cairn::server
