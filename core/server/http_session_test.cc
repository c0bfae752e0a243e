// Tests of HTTP over an inherited socket.
#include "server/http_session.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "base/limits.h"

namespace cairn::server {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// A door on a folder that is not there, served on one end of a socket pair; we hold the other.
class HttpSessionTest : public testing::Test {
 protected:
  void serve(pid_t parent) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    x_ours = ends[0];
    x_server = std::thread([this, fd = ends[1], parent] { x_end = serve_fd(x_door, fd, parent); });
  }
  void SetUp() override { serve(::getppid()); }
  void TearDown() override { hang_up(); }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(x_ours, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0) return;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }
  // The next answer: its head and as many bytes as the head announces.
  std::string receive() {
    char piece[4096];
    while (true) {
      const size_t head = x_received.find("\r\n\r\n");
      const size_t length = x_received.find("Content-Length: ");
      if (head != std::string::npos && length < head) {
        const size_t size = head + 4 + std::stoul(x_received.substr(length + 16));
        if (x_received.size() >= size) {
          std::string answer = x_received.substr(0, size);
          x_received.erase(0, size);
          return answer;
        }
      }
      const ssize_t n = ::recv(x_ours, piece, sizeof piece, 0);
      if (n <= 0) return std::exchange(x_received, "");
      x_received.append(piece, static_cast<size_t>(n));
    }
  }
  Result<void> hang_up() {
    if (x_ours >= 0) ::close(x_ours);
    x_ours = -1;
    if (x_server.joinable()) x_server.join();
    return x_end;
  }

  Door x_door{posix_disk(), "/nonexistent/cairn-http-session-test"};
  int x_ours = -1;
  std::string x_received;
  std::thread x_server;
  Result<void> x_end;
};

constexpr std::string_view kHealth = "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(HttpSessionTest, AnswersOneRequestAfterAnother) {
  for (int i = 0; i < 3; ++i) {
    send(kHealth);
    EXPECT_TRUE(has(receive(), "HTTP/1.1 404"));
  }
}

TEST_F(HttpSessionTest, RequestsMayComeTogether) {
  send(std::string(kHealth) + std::string(kHealth));
  EXPECT_TRUE(has(receive() + receive(), "\"code\":\"not_found\""));
}

TEST_F(HttpSessionTest, EndsWellWhenThePeerHangsUp) { EXPECT_TRUE(hang_up()); }

TEST_F(HttpSessionTest, EndsWhenTheParentIsGoneThoughTheSocketIsOpen) {
  hang_up();
  serve(::getppid() + 1);
  x_server.join();
  EXPECT_TRUE(x_end);
}

TEST_F(HttpSessionTest, WhatIsNoHttpIsAnsweredAndEndsTheSession) {
  send("hello?\r\n\r\n");
  EXPECT_TRUE(has(receive(), "HTTP/1.1 400"));
  EXPECT_FALSE(hang_up());
}

TEST_F(HttpSessionTest, AHeadBeyondTheLimitIsRefused) {
  send("GET /" + std::string(kRequestHeadBytesMax, 'a') + " HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(has(receive(), "HTTP/1.1 413"));
}

TEST_F(HttpSessionTest, ABodyBeyondTheLimitIsRefusedUnread) {
  send("POST /api/v1/gc HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n");
  EXPECT_TRUE(has(receive(), "HTTP/1.1 413"));
}

TEST_F(HttpSessionTest, ABadTargetIsTheRequestsErrorAndNotTheSessions) {
  send("GET /api/v1/runs/%zz HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(has(receive(), "404"));
  send("GET /api/v1/health?x=%zz HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(has(receive(), "two hexadecimal digits"));
}

TEST_F(HttpSessionTest, ClosesWhenThePeerAsksForIt) {
  send("GET /api/v1/health HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(has(receive(), "Connection: close"));
  EXPECT_EQ(receive(), "");
}

}  // namespace
}  // namespace cairn::server
