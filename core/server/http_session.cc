// The session over an inherited socket, by Boost.Beast; the only file that includes it.
#include "server/http_session.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "base/limits.h"
#include "base/version.h"
#include "server/call.h"
#include "server/target.h"

namespace cairn::server {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr int kParentCheckMs = 1000;
constexpr size_t kFilePieceBytes = 1 << 20;
constexpr size_t kJoinedBytesMax = 64
                                   << 10;  // a body up to this size is sent together with its head

error_code last_error() { return {errno, boost::system::system_category()}; }

// A socket as Beast's parser wants to read it; a wait for the peer ends with the parent.
class InheritedSocket {
 public:
  InheritedSocket(int fd, pid_t parent) : x_fd(fd), x_parent(parent) {}
  ~InheritedSocket() { ::close(x_fd); }
  InheritedSocket(const InheritedSocket&) = delete;
  InheritedSocket& operator=(const InheritedSocket&) = delete;

  template <typename Buffers>
  size_t read_some(const Buffers& buffers, error_code& error) {
    const asio::mutable_buffer buffer = *asio::buffer_sequence_begin(buffers);
    while (wait_for(POLLIN, error)) {
      const ssize_t n = ::recv(x_fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n > 0) return static_cast<size_t>(n);
      if (n == 0) {
        error = asio::error::eof;
        return 0;
      }
      if (errno != EINTR && errno != EAGAIN) {
        error = last_error();
        return 0;
      }
    }
    return 0;
  }

  // Beast asks for this overload and, given an error_code, never calls it.
  template <typename Buffers>
  size_t read_some(const Buffers& buffers);

  error_code write(std::string_view bytes) {
    error_code error;
    while (!bytes.empty() && wait_for(POLLOUT, error)) {
      const ssize_t n = ::send(x_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n >= 0)
        bytes.remove_prefix(static_cast<size_t>(n));
      else if (errno != EINTR && errno != EAGAIN)
        return last_error();
    }
    return error;
  }

 private:
  // False, with the reason in `error`, when the other side will never be ready.
  bool wait_for(short events, error_code& error) {
    error = {};
    while (true) {
      pollfd wanted{x_fd, events, 0};
      const int ready = ::poll(&wanted, 1, kParentCheckMs);
      if (ready > 0) return true;
      if (ready < 0 && errno != EINTR) {
        error = last_error();
        return false;
      }
      if (::getppid() != x_parent) {
        error = asio::error::eof;
        return false;
      }
    }
  }

  int x_fd;
  pid_t x_parent;
};

Result<Request> take_request(http::request<http::string_body>& message) {
  Request request;
  request.method = std::string(message.method_string());
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  request.body = std::move(message.body());
  TRY_VOID(parse_target({message.target().data(), message.target().size()}, request));
  return request;
}

Response answer_message(Door& door, http::request<http::string_body>& message) {
  const auto request = take_request(message);
  return request ? door.handle(*request) : answer_error(request.error());
}

std::string_view reason_of(int status) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(status));
  return {reason.data(), reason.size()};
}

// Streams a slice; a file that ends early leaves the answer short, which the peer notices.
error_code send_file(InheritedSocket& socket, const FileSlice& slice) {
  const int fd = ::open(slice.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return last_error();
  std::string piece(static_cast<size_t>(std::min<uint64_t>(slice.bytes, kFilePieceBytes)), '\0');
  error_code error;
  for (uint64_t sent = 0; sent < slice.bytes && !error;) {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(piece.size(), slice.bytes - sent));
    const ssize_t n = ::pread(fd, piece.data(), wanted, static_cast<off_t>(slice.offset + sent));
    if (n <= 0) {
      error = n < 0 ? last_error() : error_code(asio::error::eof);
      break;
    }
    error = socket.write({piece.data(), static_cast<size_t>(n)});
    sent += static_cast<uint64_t>(n);
  }
  ::close(fd);
  return error;
}

error_code send_response(InheritedSocket& socket, Response response, bool keep_alive) {
  const auto length = response.file ? response.file->bytes : response.body.size();
  std::string bytes = fmt::format(
      "HTTP/1.1 {} {}\r\nServer: cairn/{}\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
      "Connection: {}\r\n",
      response.status, reason_of(response.status), version(), response.content_type, length,
      keep_alive ? "keep-alive" : "close");
  for (const auto& [name, value] : response.headers) bytes += name + ": " + value + "\r\n";
  bytes += "\r\n";
  if (!response.file && length <= kJoinedBytesMax) bytes += response.body;
  error_code error = socket.write(bytes);
  if (error) return error;
  if (response.file) return send_file(socket, *response.file);
  return length > kJoinedBytesMax ? socket.write(response.body) : error;
}

// A request that cannot be read gets an answer where HTTP allows one; then the session is over.
void refuse(InheritedSocket& socket, error_code error) {
  const bool is_large = error == http::error::body_limit || error == http::error::header_limit ||
                        error == http::error::buffer_overflow;
  if (!is_large && error.category() != make_error_code(http::error::bad_method).category()) return;
  const Error answer(is_large ? Code::kLimit : Code::kInvalid,
                     fmt::format("expected an HTTP/1.1 request, found: {}", error.message()));
  send_response(socket, answer_error(answer), false);
}

}  // namespace

Result<void> serve_fd(Door& door, int fd, pid_t parent) {
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  InheritedSocket socket(fd, parent);
  boost::beast::flat_buffer buffer;
  while (true) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kRequestHeadBytesMax);
    parser.body_limit(kRequestBodyBytesMax);
    error_code error;
    http::read(socket, buffer, parser, error);
    const bool is_over = error == http::error::end_of_stream || error == asio::error::eof ||
                         error == boost::system::errc::connection_reset;
    if (is_over) return {};
    if (error) {
      refuse(socket, error);
      return fail(Code::kInvalid, "cannot read a request: {}", error.message());
    }
    auto message = parser.release();
    const bool keep_alive = message.keep_alive();
    error = send_response(socket, answer_message(door, message), keep_alive);
    if (error || !keep_alive) return {};  // a peer that went away is no failure of ours
  }
}

}  // namespace cairn::server
