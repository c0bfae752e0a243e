// Tests of HTTP over TCP with real sockets: what peers may do, and what they must not get away
// with.
#include "server/tcp_server.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>

#include "base/id.h"
#include "server/call.h"
#include "server/compress.h"
#include "server/testing/certificate.h"
#include "server/testing/http_client.h"
#include "server/worker.h"

namespace cairn::server {
namespace {

using std::chrono::milliseconds;
using namespace std::string_literals;
using Answer = HttpClient::Answer;

// Answers by path: /echo what came, /text a long text, /file a file, /hold when it is released.
class FakeAnswerer : public Answerer {
 public:
  tl::expected<uint64_t, Response> admit(Request& head) override {
    if (!head.path.starts_with("/secret")) return body_bytes_max;
    return tl::unexpected(answer_error(Error(Code::kInvalid, "not for you")));
  }

  asio::awaitable<Response> answer(const Request& request, std::function<bool()> is_gone) override {
    Response response;
    response.content_type = "text/plain";
    if (request.path == "/echo") response.body = request.method + " " + request.body;
    if (request.path == "/text") response.body = std::string(100'000, 'x');
    if (request.path == "/noise") response.body = "noise";
    if (request.path == "/file") response.file = FileSlice{file, 3, 4};
    if (request.path == "/short") response.file = FileSlice{file, 0, 1 << 20};
    if (request.path == "/hold") co_return *co_await run_on(x_worker, held(std::move(is_gone)));
    co_return response;
  }

  void note(const Exchange& exchange) override {
    const std::lock_guard lock(x_mutex);
    x_statuses.push_back(exchange.status);
    x_changed.notify_all();
  }

  // Until a /hold is being answered.
  void wait_until_held() {
    std::unique_lock lock(x_mutex);
    ASSERT_TRUE(x_changed.wait_for(lock, std::chrono::seconds(5), [&] { return x_is_held; }));
  }
  void release() {
    const std::lock_guard lock(x_mutex);
    x_is_released = true;
    x_changed.notify_all();
  }
  // Whether the one who asked was gone when /hold was answered.
  bool was_gone() {
    std::unique_lock lock(x_mutex);
    x_changed.wait_for(lock, std::chrono::seconds(5), [&] { return x_was_gone.has_value(); });
    return x_was_gone.value_or(false);
  }

  uint64_t body_bytes_max = 1 << 20;
  std::string file;

 private:
  std::function<Response()> held(std::function<bool()> is_gone) {
    return [this, is_gone = std::move(is_gone)] {
      std::unique_lock lock(x_mutex);
      x_is_held = true;
      x_changed.notify_all();
      x_changed.wait_for(lock, std::chrono::seconds(5), [&] { return x_is_released; });
      x_was_gone = is_gone();
      x_changed.notify_all();
      Response response;
      response.body = "held";
      return response;
    };
  }

  std::mutex x_mutex;
  std::condition_variable x_changed;
  bool x_is_held = false, x_is_released = false;
  std::optional<bool> x_was_gone;
  std::vector<int> x_statuses;
  Worker x_worker{"holding", 1, 4};
};

class TcpServerTest : public testing::Test {
 protected:
  void TearDown() override { stop(); }

  void start() {
    auto listening = TcpServer::listen(x_io, x_answerer, x_options);
    ASSERT_TRUE(listening) << listening.error().message();
    x_server = std::move(*listening);
    x_server->start();
    for (int i = 0; i < 2; ++i) x_threads.emplace_back([this] { x_io.run(); });
  }
  void stop() {
    if (!x_server) return;
    x_answerer.release();
    EXPECT_TRUE(x_server->stop(milliseconds(5000)));
    x_io.stop();
    for (std::thread& thread : x_threads) thread.join();
    x_threads.clear();
    x_server.reset();
  }
  std::unique_ptr<HttpClient> connect(HttpClient::Kind kind = HttpClient::Kind::kPlain) {
    if (!x_server) start();
    return std::make_unique<HttpClient>(x_server->port(), kind);
  }
  Answer call(std::string_view line, std::string_view headers = {}, std::string_view body = {}) {
    return connect()->call(line, headers, body);
  }

  asio::io_context x_io{2};
  asio::executor_work_guard<asio::io_context::executor_type> x_guard{x_io.get_executor()};
  FakeAnswerer x_answerer;
  TcpServer::Options x_options;
  std::unique_ptr<TcpServer> x_server;
  std::vector<std::thread> x_threads;
};

TEST_F(TcpServerTest, AConnectionServesOneRequestAfterAnother) {
  const auto client = connect();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client->call("GET /echo").body, "GET ");
}

TEST_F(TcpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  const auto client = connect();
  client->send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
      "GET /hold HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\n"
      "Content-Length: 5\r\n\r\nthree");
  x_answerer.wait_until_held();
  x_answerer.release();
  EXPECT_EQ(client->receive().body, "POST one");
  EXPECT_EQ(client->receive().body, "held");
  EXPECT_EQ(client->receive().body, "POST three");
}

TEST_F(TcpServerTest, ARequestMayComeByteByByte) {
  const auto client = connect();
  for (const char c : std::string("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"))
    client->send({&c, 1});
  EXPECT_EQ(client->receive().body, "POST hi");
}

TEST_F(TcpServerTest, ABodyMayComeInChunks) {
  EXPECT_EQ(
      connect()
          ->call("PUT /echo", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n")
          .body,
      "PUT abcde");
}

TEST_F(TcpServerTest, TheConnectionClosesWhenThePeerWantsIt) {
  const auto client = connect();
  EXPECT_EQ(client->call("GET /echo", "Connection: close\r\n").header("Connection"), "close");
  EXPECT_TRUE(client->is_closed());
}

TEST_F(TcpServerTest, AnOldPeerNeedsNoHostAndGetsOneAnswer) {
  const auto client = connect();
  client->send("GET /echo HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client->receive().status, 200);
  EXPECT_TRUE(client->is_closed());
}

TEST_F(TcpServerTest, HeadIsAnsweredWithTheLengthAndWithoutTheBody) {
  const auto client = connect();
  EXPECT_EQ(client->call("HEAD /text").header("Content-Length"), "100000");
  EXPECT_EQ(client->call("GET /echo").body, "GET ");
}

TEST_F(TcpServerTest, APeerThatAsksIsToldToSendItsBody) {
  const auto client = connect();
  client->ask("POST /echo", "Expect: 100-continue\r\nContent-Length: 2\r\n");
  EXPECT_EQ(client->receive().status, 100);
  client->send("ok");
  EXPECT_EQ(client->receive().body, "POST ok");
}

TEST_F(TcpServerTest, WhoeverIsTurnedAwayNeedNotSendHisBody) {
  const auto client = connect();
  client->ask("POST /secret", "Expect: 100-continue\r\nContent-Length: 1000000\r\n");
  EXPECT_EQ(client->receive().status, 400);
  EXPECT_TRUE(client->is_closed());
}

TEST_F(TcpServerTest, ABodyBeyondTheLimitIsRefusedUnread) {
  const auto client = connect();
  client->ask("POST /echo", "Content-Length: 2147483648\r\n");
  const Answer answer = client->receive();
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(answer.body.find("at most 1048576 bytes"), std::string::npos);
  EXPECT_TRUE(client->is_closed());
}

TEST_F(TcpServerTest, WhoeverSendsTooMuchStillReadsWhatIsWrong) {
  const auto client = connect();
  client->ask("POST /echo", "Content-Length: 4000000\r\n");
  client->send(std::string(4'000'000, 'x'));
  EXPECT_EQ(client->receive().status, 413);
}

TEST_F(TcpServerTest, ChunksBeyondTheLimitAreRefused) {
  x_answerer.body_bytes_max = 10;
  const auto client = connect();
  client->ask("POST /echo", "Transfer-Encoding: chunked\r\n");
  client->send("8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n");
  EXPECT_EQ(client->receive().status, 413);
}

TEST_F(TcpServerTest, BodiesAreBoundedTogetherToo) {
  x_answerer.body_bytes_max = kBodyBytesInFlightMax;
  const auto greedy = connect();
  greedy->ask("POST /echo",
              fmt::format("Expect: 100-continue\r\nContent-Length: {}\r\n", kBodyBytesInFlightMax));
  EXPECT_EQ(greedy->receive().status, 100);
  EXPECT_EQ(call("POST /echo", {}, "x").status, 503);
  greedy->hang_up();
  while (x_server->connections() > 0) std::this_thread::yield();
  EXPECT_EQ(call("POST /echo", {}, "x").status, 200);
}

TEST_F(TcpServerTest, AHeadBeyondTheLimitIsRefused) {
  EXPECT_EQ(call("GET /" + std::string(kRequestHeadBytesMax, 'a')).status, 413);
  EXPECT_EQ(call("GET /echo", "X: " + std::string(kRequestHeadBytesMax, 'a') + "\r\n").status, 413);
}

TEST_F(TcpServerTest, WhatIsNoHttpIsRefusedAndEndsTheConnection) {
  for (const std::string& bytes : {"hello?\r\n\r\n"s, "GET / HTTP/2.0\r\nHost: x\r\n\r\n"s,
                                   "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n"s,
                                   "GET / HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n"s,
                                   "GET / HTTP/1.1\r\nHost: x\r\nNo\0: y\r\n\r\n"s,
                                   "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s}) {
    const auto client = connect();
    client->send(bytes);
    EXPECT_EQ(client->receive().status, 400) << bytes;
    EXPECT_TRUE(client->is_closed());
  }
}

// Two servers that see two different ends of a body can be made to see different requests.
TEST_F(TcpServerTest, ABodyWhoseEndIsInDoubtIsRefused) {
  for (const std::string_view headers :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n", "Content-Length: +3\r\n",
        "Content-Length: -3\r\n", "Content-Length: 0x3\r\n", "Content-Length: 3 3\r\n",
        "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 99999999999999999999\r\n"}) {
    const auto client = connect();
    client->ask("POST /echo", headers);
    const int status = client->receive().status;
    EXPECT_TRUE(status == 400 || status == 413) << headers << status;
    EXPECT_TRUE(client->is_closed()) << headers;
  }
}

TEST_F(TcpServerTest, ARequestNamesOneHost) {
  const auto client = connect();
  client->send("GET /echo HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client->receive().status, 400);
  EXPECT_EQ(call("GET /echo", "Host: other\r\n").status, 400);
}

TEST_F(TcpServerTest, AHeadThatTakesTooLongIsCutOff) {
  x_options.patience.head = milliseconds(30);
  const auto client = connect();
  client->send("GET /echo HT");
  EXPECT_TRUE(client->is_closed());
}

TEST_F(TcpServerTest, ABodyThatTakesTooLongIsCutOff) {
  x_options.patience.body = milliseconds(30);
  const auto client = connect();
  client->ask("POST /echo", "Content-Length: 10\r\n");
  client->send("half");
  EXPECT_TRUE(client->is_closed());
}

TEST_F(TcpServerTest, WhoAnnouncesMuchAndSendsLittleIsCutOffAsSoon) {
  x_options.patience.body = milliseconds(30);
  for (const char* length : {"Content-Length: 1000000\r\n", "Transfer-Encoding: chunked\r\n"}) {
    const auto client = connect();
    client->ask("POST /echo", length);
    client->send("f4240\r\nhalf");
    EXPECT_TRUE(client->is_closed()) << length;
  }
}

TEST_F(TcpServerTest, ABodyThatKeepsComingHasItsTime) {
  x_options.patience.body = milliseconds(200);
  const auto client = connect();
  const std::string piece(64 << 10, 'x');  // four seconds' worth
  client->send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 131072\r\n\r\n" + piece);
  std::this_thread::sleep_for(
      milliseconds(400));  // longer than the patience with who sends nothing
  client->send(piece);
  EXPECT_EQ(client->receive().body.size(), std::string_view("POST ").size() + 2 * piece.size());
}

TEST_F(TcpServerTest, AnIdleConnectionIsClosed) {
  x_options.patience.idle = milliseconds(30);
  const auto client = connect();
  EXPECT_EQ(client->call("GET /echo").status, 200);
  EXPECT_TRUE(client->is_closed());
}

TEST_F(TcpServerTest, APeerThatDoesNotReadIsCutOff) {
  x_options.patience.piece = milliseconds(50);
  const auto client = connect();
  for (int i = 0; i < 200; ++i) client->ask("GET /text");  // more than the sockets hold
  while (x_server->connections() > 0) std::this_thread::sleep_for(milliseconds(5));
}

TEST_F(TcpServerTest, WhoFindsNoRoomIsToldSo) {
  x_options.connections_max = 1;
  const auto first = connect();
  EXPECT_EQ(first->call("GET /echo").status, 200);
  const auto second = connect();
  EXPECT_EQ(second->receive().status, 503);
  EXPECT_TRUE(second->is_closed());
  EXPECT_EQ(x_server->refused(), 1U);
  EXPECT_EQ(first->call("GET /echo").status, 200);
}

TEST_F(TcpServerTest, AnAnswerFromAFileIsSentInPieces) {
  x_answerer.file = (std::filesystem::temp_directory_path() / ("cairn-tcp-" + make_id())).string();
  std::ofstream(x_answerer.file) << "0123456789";
  EXPECT_EQ(call("GET /file").body, "3456");
  const auto client = connect();
  EXPECT_LT(client->call("GET /short").body.size(), size_t{1 << 20});  // cut where the file ends
  EXPECT_TRUE(client->is_closed());
  std::filesystem::remove(x_answerer.file);
}

TEST_F(TcpServerTest, TextIsCompressedForWhoAsks) {
  const Answer plain = call("GET /text");
  EXPECT_EQ(plain.header("Content-Encoding"), "");
  EXPECT_EQ(plain.header("Vary"), "Accept-Encoding");
  const Answer gzip = call("GET /text", "Accept-Encoding: br, gzip;q=0.5\r\n");
  EXPECT_EQ(gzip.header("Content-Encoding"), "gzip");
  EXPECT_LT(gzip.body.size(), 2000U);
  EXPECT_EQ(gunzip(gzip.body, 1 << 20).value(), plain.body);
  EXPECT_EQ(call("GET /text", "Accept-Encoding: gzip;q=0\r\n").body, plain.body);
  EXPECT_EQ(call("GET /text", "Accept-Encoding: deflate\r\n").header("Content-Encoding"),
            "deflate");
  EXPECT_EQ(call("GET /noise", "Accept-Encoding: gzip\r\n").body, "noise");
}

TEST_F(TcpServerTest, EveryAnswerGuardsTheBrowser) {
  for (const Answer& answer :
       {call("GET /echo"), call("POST /secret"), call("GET /echo", "Host: again\r\n"),
        call("GET /" + std::string(kRequestHeadBytesMax, 'a'))}) {
    EXPECT_NE(answer.header("Content-Security-Policy").find("default-src 'self'"),
              std::string::npos);
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.header("Referrer-Policy"), "same-origin");
    EXPECT_EQ(answer.head.find("Access-Control"), std::string::npos);
  }
}

TEST_F(TcpServerTest, StoppingFinishesWhatIsInFlight) {
  const auto busy = connect(), idle = connect();
  EXPECT_EQ(idle->call("GET /echo").status, 200);
  busy->ask("GET /hold");
  x_answerer.wait_until_held();
  std::thread stopping([&] { EXPECT_TRUE(x_server->stop(milliseconds(5000))); });
  EXPECT_TRUE(idle->is_closed());
  x_answerer.release();
  const Answer answer = busy->receive();
  EXPECT_EQ(answer.body, "held");
  EXPECT_EQ(answer.header("Connection"), "close");
  stopping.join();
  EXPECT_EQ(HttpClient(x_server->port()).call("GET /echo").status, 0);
}

TEST_F(TcpServerTest, StoppingCutsOffWhatTakesTooLong) {
  const auto client = connect();
  client->ask("GET /hold");
  x_answerer.wait_until_held();
  EXPECT_FALSE(x_server->stop(milliseconds(20)));
  EXPECT_TRUE(client->is_closed());
}

TEST_F(TcpServerTest, WhoeverAnswersCanTellThatNobodyWaits) {
  auto client = connect();
  client->ask("GET /hold");
  x_answerer.wait_until_held();
  client->hang_up();
  x_answerer.release();
  EXPECT_TRUE(x_answerer.was_gone());
}

TEST_F(TcpServerTest, ATakenPortIsAConflict) {
  start();
  TcpServer::Options options;
  options.port = x_server->port();
  const auto second = TcpServer::listen(x_io, x_answerer, options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Code::kConflict);
  EXPECT_NE(second.error().message().find("--port"), std::string::npos);
}

TEST_F(TcpServerTest, AHostThatIsNotOursIsInvalid) {
  TcpServer::Options options;
  options.host = "192.0.2.1";  // for documentation only
  EXPECT_EQ(TcpServer::listen(x_io, x_answerer, options).error().code(), Code::kInvalid);
}

TEST_F(TcpServerTest, ANameMayStandForSeveralAddresses) {
  x_options.host = "localhost";
  EXPECT_EQ(call("GET /echo").status, 200);
}

class TlsServerTest : public TcpServerTest {
 protected:
  TlsServerTest() {
    x_options.tls_cert = x_certificate.cert_path();
    x_options.tls_key = x_certificate.key_path();
  }
  Certificate x_certificate;
};

TEST_F(TlsServerTest, AnswersInside) {
  const auto client = connect(HttpClient::Kind::kTls);
  EXPECT_EQ(client->call("GET /echo").body, "GET ");
  EXPECT_EQ(client->call("GET /text").body.size(), 100'000U);
  EXPECT_EQ(client->call("GET /echo", "Connection: close\r\n").status, 200);
  EXPECT_TRUE(client->is_closed());
}

TEST_F(TlsServerTest, APlainRequestGetsNothing) { EXPECT_EQ(call("GET /echo").status, 0); }

TEST_F(TlsServerTest, AHandshakeThatTakesTooLongIsCutOff) {
  x_options.patience.open = milliseconds(30);
  EXPECT_TRUE(connect()->is_closed());
}

TEST_F(TlsServerTest, ACertificateNeedsItsOwnKey) {
  const Certificate other;
  x_options.tls_key = other.key_path();
  const auto server = TcpServer::listen(x_io, x_answerer, x_options);
  ASSERT_FALSE(server);
  EXPECT_NE(server.error().message().find(other.key_path()), std::string::npos);
  x_options.tls_key = "/nonexistent/key.pem";
  EXPECT_FALSE(TcpServer::listen(x_io, x_answerer, x_options));
}

}  // namespace
}  // namespace cairn::server
