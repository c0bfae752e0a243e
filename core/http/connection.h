// Connection: one kept-alive HTTP connection to a Cairn server.
//
// A guest has no network library linked in: libcurl is looked up with dlopen by the first open()
// and never unloaded, so a program without CAIRN_URL pays nothing (docs/decisions/0011).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace cairn::http {

// "http://host:8420" or "https://host/prefix", taken apart.
struct Url {
  bool is_tls = false;
  std::string host;  // as it stands in the URL: an IPv6 address keeps its brackets
  uint16_t port = 0;
  std::string prefix;  // "" or "/path" without a slash at its end: a server behind a proxy
};
// Invalid with a sentence for whoever typed it. A user or password in it is refused: keys have a
// variable of their own and never lie in files beside a URL.
Result<Url> parse_url(std::string_view text);
std::string print_url(const Url& url);  // parse_url's inverse, always with the port
std::string folder_of(const Url& url);  // a safe file name for this server: "host_8420"
bool is_loopback(const Url& url);       // localhost, 127.x.x.x or ::1

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  std::string path;  // "/api/v1/...", encoded, with its query; follows the URL's prefix
  Headers headers;
  std::string body;
};

struct Response {
  int status = 0;
  Headers headers;  // names in lower case
  std::string body;

  const std::string* header(std::string_view name) const;  // `name` in lower case
};

struct Options {
  std::string api_key;  // sent as "Authorization: Bearer ..."; empty: none
  std::string ca_file;  // PEM; empty: the system's
  std::string proxy;    // "http://host:port"; empty: none
  int64_t connect_limit_ms = 5'000;
  int64_t total_limit_ms = 0;  // of one send(); 0: none
  int64_t stall_limit_s = 30;  // without a byte in either direction
  size_t answer_bytes_max = size_t{1} << 30;
  bool compressed = false;  // let the server compress its answers
};
// CAIRN_API_KEY, CAIRN_CA_FILE (else SSL_CERT_FILE), and http_proxy, https_proxy, all_proxy and
// no_proxy as everybody reads them. Only this function looks at the environment, so a guest calls
// it on the thread that may change it.
Options options_from_environment(const Url& url);

// Used by one thread at a time, except cancel(). Drop it unused in a forked child: forget().
class Connection {
 public:
  // Opens no socket yet. Unavailable when there is no libcurl on this machine.
  static Result<std::unique_ptr<Connection>> open(const Url& url, Options options);
  ~Connection();

  // Takes the body of a 2xx answer piece by piece instead of Response::body; false ends the
  // transfer with Unavailable.
  using Sink = std::function<bool(std::string_view)>;

  // Any status is a Response. Errors: Unavailable (no answer: may be tried again), Invalid (the
  // server's certificate or a name cannot be right), Limit (the answer is too large).
  Result<Response> send(const Request& request, const Sink& sink = {});

  // From any thread: ends the send() that is going on, and every later one, with Unavailable.
  void cancel();
  // In a forked child: neither closes nor speaks on the parent's socket.
  static void forget(std::unique_ptr<Connection> connection);

  const Url& url() const;

 private:
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> x_state;
};

}  // namespace cairn::http
