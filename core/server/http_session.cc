// The session over an inherited socket.
#include "server/http_session.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <span>

#include "base/limits.h"
#include "server/call.h"
#include "server/http_message.h"

namespace cairn::server {
namespace {

constexpr int kParentCheckMs = 1000;
constexpr size_t kFilePieceBytes = 1 << 20;
constexpr size_t kJoinedBytesMax = 64 << 10;  // of a body that is sent together with its head

// A socket whose waits for the peer end with the parent. Why the peer is gone interests nobody.
class InheritedSocket {
 public:
  InheritedSocket(int fd, pid_t parent) : x_fd(fd), x_parent(parent) {}
  ~InheritedSocket() { ::close(x_fd); }
  InheritedSocket(const InheritedSocket&) = delete;
  InheritedSocket& operator=(const InheritedSocket&) = delete;

  // At least one byte; 0 when the peer is gone.
  size_t read_some(std::span<char> out) {
    while (wait_for(POLLIN)) {
      const ssize_t n = ::recv(x_fd, out.data(), out.size(), MSG_DONTWAIT);
      if (n >= 0) return static_cast<size_t>(n);
      if (errno != EINTR && errno != EAGAIN) return 0;
    }
    return 0;
  }

  // False when the peer is gone.
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      if (!wait_for(POLLOUT)) return false;
      const ssize_t n = ::send(x_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n >= 0)
        bytes.remove_prefix(static_cast<size_t>(n));
      else if (errno != EINTR && errno != EAGAIN)
        return false;
    }
    return true;
  }

 private:
  bool wait_for(short events) {
    while (true) {
      pollfd wanted{x_fd, events, 0};
      const int ready = ::poll(&wanted, 1, kParentCheckMs);
      if (ready > 0) return true;
      if ((ready < 0 && errno != EINTR) || ::getppid() != x_parent) return false;
    }
  }

  int x_fd;
  pid_t x_parent;
};

// Streams a slice; a file that ends early leaves the answer short, which the peer notices.
bool send_file(InheritedSocket& socket, const FileSlice& slice) {
  const int fd = ::open(slice.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  std::string piece(static_cast<size_t>(std::min<uint64_t>(slice.bytes, kFilePieceBytes)), '\0');
  uint64_t sent = 0;
  while (sent < slice.bytes) {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(piece.size(), slice.bytes - sent));
    const ssize_t n = ::pread(fd, piece.data(), wanted, static_cast<off_t>(slice.offset + sent));
    if (n <= 0 || !socket.write({piece.data(), static_cast<size_t>(n)})) break;
    sent += static_cast<uint64_t>(n);
  }
  ::close(fd);
  return sent == slice.bytes;
}

bool send_response(InheritedSocket& socket, const Response& response, bool keep_alive) {
  const uint64_t length = response.file ? response.file->bytes : response.body.size();
  std::string head = print_head(response, length, keep_alive);
  const bool is_joined = !response.file && length <= kJoinedBytesMax;
  if (is_joined) head += response.body;
  if (!socket.write(head)) return false;
  if (response.file) return send_file(socket, *response.file);
  return is_joined || socket.write(response.body);
}

Response answer_request(Door& door, Result<Request> request) {
  if (!request) return answer_error(request.error());
  request->who = auth::local_admin();  // our parent could read the folder itself
  return door.handle(*request);
}

// Until a request is whole or cannot become so. False when the peer is gone.
bool read_request(InheritedSocket& socket, RequestReader& reader) {
  while (true) {
    switch (reader.state()) {
      case RequestReader::State::kDone:
      case RequestReader::State::kBroken:
        return true;
      case RequestReader::State::kHead:
        reader.read_body(kRequestBodyBytesMax);
        break;
      default:
        const size_t bytes = socket.read_some(reader.prepare());
        if (bytes == 0) return false;
        reader.commit(bytes);
    }
  }
}

}  // namespace

Result<void> serve_fd(Door& door, int fd, pid_t parent) {
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  InheritedSocket socket(fd, parent);
  RequestReader reader;
  while (read_request(socket, reader)) {
    if (reader.state() == RequestReader::State::kBroken) {
      send_response(socket, answer_error(reader.error()), false);
      return fail(Code::kInvalid, "cannot read a request: {}", reader.error().message());
    }
    const bool keep_alive = reader.keep_alive();
    if (!send_response(socket, answer_request(door, reader.take()), keep_alive) || !keep_alive)
      break;
  }
  return {};
}

}  // namespace cairn::server
