// The headers that every answer of the server carries, and its content coding.
#pragma once

#include "server/http_types.h"

namespace cairn::server {

// Adds what guards a browser (docs/server.md), keeps answers out of caches unless they say where
// they may stay, and compresses text where the peer takes it. Never a CORS header: pages of other
// sites are to see nothing.
void style_answer(const Request& request, Response& response);

}  // namespace cairn::server
