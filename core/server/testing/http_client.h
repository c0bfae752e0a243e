// HttpClient: a peer of a server in a test, that says exactly what it is told to say.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cairn::server {

// One connection to 127.0.0.1, used by the test's thread. Whatever takes longer than five seconds
// has failed.
class HttpClient {
 public:
  enum class Kind { kPlain, kTls };
  explicit HttpClient(uint16_t port, Kind kind = Kind::kPlain);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  struct Answer {
    int status = 0;  // 0: the connection ended instead
    std::string head, body;

    std::string header(std::string_view name) const;  // "" when absent
  };

  bool send(std::string_view bytes);
  // "GET /path", with the Host that every request must have.
  bool ask(std::string_view line, std::string_view headers = {}, std::string_view body = {});
  Answer receive(bool has_body = true);
  Answer call(std::string_view line, std::string_view headers = {}, std::string_view body = {});
  std::string receive_event();  // up to its empty line; "" at the end
  bool is_closed();             // by the other side, now or within those five seconds
  void hang_up();

 private:
  bool fill();  // false at the end

  int x_fd = -1;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> x_context{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, void (*)(SSL*)> x_tls{nullptr, SSL_free};
  std::string x_received;
};

}  // namespace cairn::server
