// Rules of the connection, against a server of a few lines on this machine.
#include "http/connection.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "http/testing/fake_server.h"

namespace cairn::http {
namespace {

using Asked = FakeServer::Asked;

std::unique_ptr<Connection> connect(const FakeServer& server, Options options = {}) {
  auto connection = Connection::open(server.url(), std::move(options));
  EXPECT_TRUE(connection) << connection.error().message();
  return std::move(*connection);
}

TEST(Url, IsTakenApartAndPutTogetherAgain) {
  const auto url = parse_url("HTTPS://x");
  EXPECT_FALSE(url) << "a scheme in capitals is nobody's habit";
  for (const auto& [text, printed, folder] : std::initializer_list<std::array<const char*, 3>>{
           {"http://host:8420", "http://host:8420", "host_8420"},
           {"http://Host", "http://host:80", "host_80"},
           {"https://a.b/team/x/", "https://a.b:443/team/x", "a.b_443_team_x"},
           {"http://[::1]:8420/", "http://[::1]:8420", "___1__8420"},
           {"http://127.0.0.1:1", "http://127.0.0.1:1", "127.0.0.1_1"}}) {
    const auto parsed = parse_url(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(print_url(*parsed), printed);
    EXPECT_EQ(folder_of(*parsed), folder);
  }
}

TEST(Url, WhatIsNoneIsRefusedWithASentence) {
  for (const char* text : {"", "host", "host:8420", "ftp://host", "http://", "http://:80",
                           "http://host:0", "http://host:70000", "http://host:8x", "http://a b",
                           "http://host/?q=1", "http://host/a#b", "http://ho\nst", "http://[::1"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code(), Code::kInvalid);
    EXPECT_NE(url.error().message().find("http://HOST:PORT"), std::string::npos);
  }
}

TEST(Url, AKeyInItIsRefusedWithoutRepeatingIt) {
  const auto url = parse_url("https://user:hunter2@host");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().message().find("hunter2"), std::string::npos);
  EXPECT_NE(url.error().message().find("CAIRN_API_KEY"), std::string::npos);
}

TEST(Environment, AProxyIsUsedUnlessTheHostIsExempt) {
  setenv("http_proxy", "http://proxy:3128", 1);
  setenv("no_proxy", ".corp.example, other", 1);
  const auto proxy_for = [](const char* url) {
    return options_from_environment(*parse_url(url)).proxy;
  };
  EXPECT_EQ(proxy_for("http://far.example"), "http://proxy:3128");
  EXPECT_EQ(proxy_for("http://a.corp.example"), "");
  EXPECT_EQ(proxy_for("http://notcorp.example"), "http://proxy:3128");
  EXPECT_EQ(proxy_for("http://other"), "");
  EXPECT_EQ(proxy_for("http://127.0.0.1:8420"), "");
  EXPECT_EQ(proxy_for("https://far.example"), "") << "that one has a variable of its own";
  unsetenv("http_proxy");
  unsetenv("no_proxy");
}

TEST(Connection, SendsWhatItIsGivenAndAnswersWhatItGot) {
  Asked seen;
  FakeServer server([&](const Asked& asked) {
    seen = asked;
    return FakeServer::reply(409, "{\"offset\": 5}", {{"X-One", "  two"}});
  });
  Options options;
  options.api_key = "secret";
  const auto connection = connect(server, std::move(options));
  const std::string body("a\0b", 3);
  const auto response =
      connection->send({"PUT", "/api/v1/x?from=3", {{"Content-Type", "text/plain"}}, body});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->status, 409);
  EXPECT_EQ(response->body, "{\"offset\": 5}");
  ASSERT_TRUE(response->header("x-one"));
  EXPECT_EQ(*response->header("x-one"), "two");
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.path(), "/api/v1/x");
  EXPECT_EQ(seen.param("from"), "3");
  EXPECT_EQ(seen.body, body);
  ASSERT_TRUE(seen.header("authorization"));
  EXPECT_EQ(*seen.header("authorization"), "Bearer secret");
  ASSERT_TRUE(seen.header("content-type"));
  EXPECT_EQ(*seen.header("content-type"), "text/plain");
  EXPECT_FALSE(seen.header("expect"));
}

TEST(Connection, EveryMethodGoesOut) {
  Asked seen;
  FakeServer server([&](const Asked& asked) {
    seen = asked;
    return asked.method == "HEAD"
               ? FakeServer::Reply{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"}
               : FakeServer::reply(200, "fine");
  });
  const auto connection = connect(server);
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "GET"}) {
    const auto response = connection->send({method, "/x", {}, ""});
    ASSERT_TRUE(response) << method << response.error().message();
    EXPECT_EQ(seen.method, method);
    EXPECT_EQ(response->body, std::string_view(method) == "HEAD" ? "" : "fine");
    EXPECT_EQ(seen.body, "");
  }
  EXPECT_EQ(server.connections(), 1) << "one connection is kept";
}

TEST(Connection, AnAnswerThatEndsTooSoonIsNone) {
  FakeServer server([](const Asked&) {
    return FakeServer::Reply{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst", true};
  });
  const auto response = connect(server)->send({"GET", "/", {}, ""});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), Code::kUnavailable);
}

TEST(Connection, GoesOnWhenTheServerIsBack) {
  FakeServer server([](const Asked&) { return FakeServer::reply(200, "here"); });
  const auto connection = connect(server);
  EXPECT_TRUE(connection->send({"GET", "/", {}, ""}));
  server.go_away();
  const auto away = connection->send({"GET", "/", {}, ""});
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code(), Code::kUnavailable);
  EXPECT_NE(away.error().message().find(print_url(server.url())), std::string::npos);
  server.come_back();
  EXPECT_TRUE(connection->send({"GET", "/", {}, ""}));
}

TEST(Connection, TooLargeAnAnswerIsALimit) {
  FakeServer server([](const Asked&) { return FakeServer::reply(200, std::string(100'000, 'x')); });
  Options options;
  options.answer_bytes_max = 1000;
  const auto response = connect(server, std::move(options))->send({"GET", "/", {}, ""});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), Code::kLimit);
}

TEST(Connection, ASinkTakesTheBodyOfASuccessOnly) {
  int status = 200;
  FakeServer server([&](const Asked&) { return FakeServer::reply(status, "body"); });
  const auto connection = connect(server);
  std::string taken;
  const auto take = [&](std::string_view piece) {
    taken += piece;
    return true;
  };
  auto response = connection->send({"GET", "/", {}, ""}, take);
  ASSERT_TRUE(response);
  EXPECT_EQ(taken, "body");
  EXPECT_EQ(response->body, "");
  status = 404;
  response = connection->send({"GET", "/", {}, ""}, take);
  ASSERT_TRUE(response);
  EXPECT_EQ(taken, "body");
  EXPECT_EQ(response->body, "body");
}

TEST(Connection, CanBeCancelledWhileItWaits) {
  FakeServer server([](const Asked&) { return FakeServer::Reply{}; });  // and says nothing
  const auto connection = connect(server);
  std::thread other([&] { connection->cancel(); });
  const auto response = connection->send({"GET", "/", {}, ""});
  other.join();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), Code::kUnavailable);
}

TEST(Connection, AServerThatHangsIsGivenUp) {
  FakeServer server([](const Asked&) { return FakeServer::Reply{}; });
  Options options;
  options.total_limit_ms = 50;
  const auto response = connect(server, std::move(options))->send({"GET", "/", {}, ""});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), Code::kUnavailable);
}

TEST(Connection, AKeyOfTwoLinesIsRefused) {
  Options options;
  options.api_key = "a\r\nHost: b";
  EXPECT_EQ(Connection::open(*parse_url("http://x"), std::move(options)).error().code(),
            Code::kInvalid);
}

}  // namespace
}  // namespace cairn::http
