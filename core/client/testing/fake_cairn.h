// FakeCairn: the uploading half of a server's API over a map of strings, for tests of clients.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "http/testing/fake_server.h"

namespace cairn::client {

class FakeCairn {
 public:
  FakeCairn() : x_server([this](const Asked& asked) { return answer(asked); }) {}

  http::FakeServer& server() { return x_server; }
  std::string url() const { return print_url(x_server.url()); }

  // What came, as bytes of the writer's own file; "" when nothing did. By file name.
  std::string journal(const std::string& name);
  std::map<std::string, std::string> journals();
  bool is_closed(const std::string& name);
  std::string blob(const std::string& sha256);
  int requests() const { return x_requests; }
  uint64_t body_bytes() const { return x_body_bytes; }

  // How it behaves from now on.
  void refuse(int status) { x_refusal = status; }  // 0: no more
  void forget(const std::string& name);
  void close(const std::string& name);
  void is_durable(bool durable) { x_durable = durable; }
  void has_run(int session, bool alive, int64_t last_step);

 private:
  using Asked = http::FakeServer::Asked;
  using Reply = http::FakeServer::Reply;
  struct Journal {
    std::string bytes;
    bool closed = false;
  };
  struct Blob {
    std::string bytes;
    uint64_t total = 0;
  };
  Reply answer(const Asked& asked);
  Reply answer_journal(const Asked& asked, const std::string& name);
  Reply answer_blob(const Asked& asked, const std::string& sha256);

  std::mutex x_mutex;  // guards the maps
  std::map<std::string, Journal> x_journals;
  std::map<std::string, Blob> x_blobs;
  std::string x_session = "{\"session\": 0, \"alive\": false, \"last_step\": null}";
  std::atomic<int> x_refusal = 0, x_requests = 0;
  std::atomic<uint64_t> x_body_bytes = 0;
  std::atomic<bool> x_durable = true;
  http::FakeServer x_server;  // last: answers as long as it lives
};

}  // namespace cairn::client
