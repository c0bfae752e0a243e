// What browsers say about where a request comes from, and the cookie they keep for us.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "server/http_types.h"

namespace cairn::server {

// Invalid unless the Host names this machine itself, as another name that resolves to it does not:
// a page of a strange site may have its own name resolve to 127.0.0.1 (DNS rebinding).
Result<void> check_loopback_host(const Request& request);

// Invalid where a browser says that a page of another origin made the request. Programs other than
// browsers say nothing, and pass.
Result<void> check_same_origin(const Request& request);

// A proxy handed the request on, so its peer is not who asks.
bool came_through_proxy(const Request& request);

// The browser's session: "" when it sent none. The cookie's name has the port in it, because
// browsers send cookies to all ports of a host.
std::string find_session_token(const Request& request);
// Values of Set-Cookie.
std::string print_session_cookie(const Request& request, std::string_view token);
std::string print_ended_cookie(const Request& request);

}  // namespace cairn::server
