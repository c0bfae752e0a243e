// Fuzz target: any bytes on the inherited socket are requests or an error; each is answered or ends
// the session, and nothing is touched outside the store's folder, which here does not exist.
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "server/http_session.h"
#include "server/target.h"

namespace {

constexpr size_t kBytesMax =
    64 << 10;  // what a socket's buffer holds, so that one thread is enough

void serve(std::string_view bytes) {
  int ends[2];
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  CHECK(::send(ends[0], bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
        static_cast<ssize_t>(bytes.size()));
  ::shutdown(ends[0], SHUT_WR);
  // Answers go nowhere: the session must live with a peer that does not read.
  ::shutdown(ends[0], SHUT_RD);
  cairn::server::Door door(cairn::posix_disk(), "/nonexistent/cairn-request-fuzz");
  (void)cairn::server::serve_fd(door, ends[1], ::getppid());
  ::close(ends[0]);
}

void parse(std::string_view target) {
  cairn::server::Request request, again;
  if (!cairn::server::parse_target(target, request)) return;
  CHECK(cairn::server::parse_target(cairn::server::print_target(request), again));
  CHECK(again.path == request.path && again.params == request.params);
  (void)cairn::server::split_path(request.path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  parse(bytes);
  if (size <= kBytesMax) serve(bytes);
  return 0;
}
