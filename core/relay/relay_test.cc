// Tests of the relay with real sockets: what passes, what ends, and what is told of it.
#include "relay/relay.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <vector>

#include "relay/testing/peer.h"

namespace cairn::relay {
namespace {

using std::chrono::milliseconds;

class RelayTest : public testing::Test {
 protected:
  struct Pair {
    Peer client, server;
  };

  void start() {
    x_options.upstream_host = "127.0.0.1";
    x_options.upstream_port = x_upstream.port();
    auto relay = Relay::start(x_options, [this](const Exchange& exchange) {
      const std::lock_guard lock(x_mutex);
      x_exchanges.push_back(exchange);
      x_changed.notify_all();
    });
    ASSERT_TRUE(relay) << relay.error().message();
    x_relay = std::move(*relay);
  }
  Peer connect() {
    if (!x_relay) start();
    return Peer::connect(x_relay->port());
  }
  // A client that has sent this, and the server that has received it.
  Pair send(std::string_view bytes) {
    Peer client = connect();
    EXPECT_TRUE(client.send(bytes));
    Peer server = x_upstream.accept();
    EXPECT_EQ(server.receive(bytes.size()), bytes);
    return {std::move(client), std::move(server)};
  }
  static void pass(Peer& from, Peer& to, std::string_view bytes) {
    EXPECT_TRUE(from.send(bytes));
    EXPECT_EQ(to.receive(bytes.size()), bytes);
  }
  std::vector<Exchange> wait_for(size_t count) {
    std::unique_lock lock(x_mutex);
    x_changed.wait_for(lock, std::chrono::seconds(5), [&] { return x_exchanges.size() >= count; });
    EXPECT_EQ(x_exchanges.size(), count);
    x_exchanges.resize(count);
    return x_exchanges;
  }

  RelayOptions x_options;
  Upstream x_upstream;
  std::mutex x_mutex;
  std::condition_variable x_changed;
  std::vector<Exchange> x_exchanges;
  std::unique_ptr<Relay> x_relay;
};

constexpr std::string_view kGet = "GET /v1/models?x=1 HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_F(RelayTest, ARequestAndItsAnswerPassUntouchedAndAreTold) {
  auto [client, server] = send(kGet);
  pass(server, client, kOk);
  const Exchange exchange = wait_for(1)[0];
  EXPECT_EQ(exchange.method, "GET");
  EXPECT_EQ(exchange.path, "/v1/models");
  EXPECT_EQ(exchange.status, 200);
  EXPECT_EQ(exchange.request_bytes, kGet.size());
  EXPECT_EQ(exchange.answer_bytes, kOk.size());
  EXPECT_TRUE(exchange.is_whole);
  EXPECT_LE(exchange.began_ns, exchange.first_byte_ns);
  EXPECT_LE(exchange.first_byte_ns, exchange.ended_ns);
}

TEST_F(RelayTest, AConnectionServesOneRequestAfterAnother) {
  auto [client, server] = send(kGet);
  pass(server, client, kOk);
  for (int i = 0; i < 3; ++i) {
    pass(client, server, kGet);
    pass(server, client, kOk);
  }
  wait_for(4);
}

TEST_F(RelayTest, PipelinedRequestsAreToldOneByOne) {
  auto [client, server] = send(std::string(kGet) + "HEAD /b HTTP/1.1\r\nHost: a\r\n\r\n" +
                               "POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  pass(server, client,
       std::string(kOk) + "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" +
           "HTTP/1.1 204 No Content\r\n\r\n");
  const auto exchanges = wait_for(3);
  EXPECT_EQ(exchanges[1].path, "/b");
  EXPECT_EQ(exchanges[1].status, 200);
  EXPECT_EQ(exchanges[2].path, "/c");
  EXPECT_EQ(exchanges[2].status, 204);
}

TEST_F(RelayTest, AStreamComesPieceByPiece) {
  auto [client, server] = send(kGet);
  pass(server, client,
       "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 3; ++i) pass(server, client, "8\r\ndata: x\n\r\n");
  pass(server, client, "0\r\n\r\n");
  EXPECT_TRUE(wait_for(1)[0].is_whole);
}

TEST_F(RelayTest, AClientIsToldToGoOnByTheServerAlone) {
  auto [client, server] =
      send("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  pass(server, client, "HTTP/1.1 100 Continue\r\n\r\n");
  pass(client, server, "hi");
  pass(server, client, kOk);
  EXPECT_EQ(wait_for(1)[0].status, 200);
}

TEST_F(RelayTest, AWebSocketPassesOnceItIsAgreed) {
  auto [client, server] =
      send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  pass(server, client,
       "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  pass(client, server, std::string_view("\x81\x85\0\1\2\3hello", 11));
  pass(server, client, "\x81\x05hello");
  EXPECT_EQ(wait_for(1)[0].status, 101);
}

TEST_F(RelayTest, WhatIsNoHttpPassesAndIsCounted) {
  auto [client, server] = send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  pass(server, client, std::string_view("\0\0\0\4\0\0\0\0\0", 9));
  client.close();
  EXPECT_TRUE(server.is_ended());
  server.close();
  EXPECT_TRUE(x_relay->stop(milliseconds(5000)));
  EXPECT_EQ(x_relay->counts().unwatched, 1u);
}

TEST_F(RelayTest, AnAnswerMayLastUntilTheServerCloses) {
  auto [client, server] = send("GET /a HTTP/1.0\r\n\r\n");
  server.send("HTTP/1.0 200 OK\r\n\r\nas long as it takes");
  server.close();
  EXPECT_TRUE(client.receive_rest().ends_with("as long as it takes"));
  EXPECT_TRUE(wait_for(1)[0].is_whole);
}

TEST_F(RelayTest, AClientThatGoesIsGoneForTheServer) {
  auto [client, server] = send(kGet);
  client.close();
  EXPECT_TRUE(server.is_ended());
  server.close();
  const Exchange exchange = wait_for(1)[0];
  EXPECT_EQ(exchange.status, 0);
  EXPECT_FALSE(exchange.is_whole);
}

TEST_F(RelayTest, AClientThatAbortsAbortsItsRequest) {
  auto [client, server] = send(kGet);
  client.abort();
  EXPECT_TRUE(server.is_aborted());
}

TEST_F(RelayTest, AServerThatAbortsInAnAnswerAbortsIt) {
  auto [client, server] = send("GET /a HTTP/1.0\r\n\r\n");
  pass(server, client, "HTTP/1.0 200 OK\r\n\r\nhalf of i");
  server.abort();
  EXPECT_TRUE(client.is_aborted());
  EXPECT_FALSE(wait_for(1)[0].is_whole);
}

TEST_F(RelayTest, AnAnswerBeforeTheEndOfTheRequestIsNotLost) {
  auto [client, server] = send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\nabc");
  constexpr std::string_view kTooLarge =
      "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  pass(server, client, kTooLarge);
  server.abort();
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(wait_for(1)[0].status, 413);
}

TEST_F(RelayTest, AClientThatHasSaidAllIsStillAnswered) {
  auto [client, server] = send(kGet);
  client.end();
  EXPECT_TRUE(server.is_ended());
  pass(server, client, kOk);
}

TEST_F(RelayTest, AServerThatIsNotThereIsTold) {
  x_upstream.close();
  Peer client = connect();
  client.send(kGet);
  const std::string answer = client.receive_rest();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 502 ")) << answer;
  EXPECT_NE(answer.find("takes no connection: Connection refused"), std::string::npos) << answer;
  const Exchange exchange = wait_for(1)[0];
  EXPECT_EQ(exchange.status, 502);
  EXPECT_TRUE(exchange.is_refused);
}

TEST_F(RelayTest, ASlowReaderHoldsItsServerBack) {
  auto [client, server] = send(kGet);
  server.send("HTTP/1.1 200 OK\r\n\r\n");
  const std::string piece(1 << 20, 'x');
  size_t sent = 0;
  // Until the buffers of four sockets are full; without back-pressure it would never end.
  for (int idle = 0; idle < 100;) {
    const size_t bytes = server.send_what_fits(piece);
    sent += bytes;
    idle = bytes == 0 ? idle + 1 : 0;
    ASSERT_LT(sent, size_t{256} << 20);
    if (bytes == 0) std::this_thread::yield();
  }
  client.receive_until("\r\n\r\n");
  EXPECT_EQ(client.receive(sent).size(), sent);
}

TEST_F(RelayTest, MuchPassesWhole) {
  auto [client, server] = send(kGet);
  std::string body(20 << 20, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 7);
  std::thread sending([&server = server, &body] {
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 20971520\r\n\r\n");
    server.send(body);
  });
  client.receive_until("\r\n\r\n");
  EXPECT_EQ(client.receive(body.size()), body);
  sending.join();
  EXPECT_GT(wait_for(1)[0].answer_bytes, body.size());
}

TEST_F(RelayTest, ManyConnectionsGoOnSideBySide) {
  std::vector<Pair> pairs;
  for (int i = 0; i < 200; ++i) pairs.push_back(send(kGet));
  for (auto& [client, server] : pairs) pass(server, client, kOk);
  EXPECT_EQ(x_relay->counts().connections, 200u);
  wait_for(200);
}

TEST_F(RelayTest, BeyondItsLimitItTurnsClientsAway) {
  x_options.connections_max = 1;
  const Pair first = send(kGet);
  Peer second = connect();
  EXPECT_TRUE(second.receive_rest().starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(x_relay->counts().turned_away, 1u);
}

TEST_F(RelayTest, StoppingLetsWhatIsInFlightComeToItsEnd) {
  auto [client, server] = send(kGet);
  Pair idle = send(kGet);
  pass(idle.server, idle.client, kOk);
  std::thread stopping([&] { EXPECT_TRUE(x_relay->stop(milliseconds(5000))); });
  EXPECT_TRUE(idle.client.is_ended());
  pass(server, client, kOk);
  EXPECT_TRUE(client.is_ended());
  stopping.join();
  for (const Exchange& exchange : wait_for(2)) EXPECT_TRUE(exchange.is_whole);
}

TEST_F(RelayTest, StoppingDoesNotWaitForever) {
  auto [client, server] = send(kGet);
  EXPECT_FALSE(x_relay->stop(milliseconds(1)));
  EXPECT_EQ(wait_for(1)[0].status, 0);
}

TEST_F(RelayTest, APortThatIsTakenIsAConflict) {
  x_options.port = x_upstream.port();
  const auto relay = Relay::start(x_options, {});
  ASSERT_FALSE(relay);
  EXPECT_EQ(relay.error().code(), Code::kConflict);
}

TEST_F(RelayTest, AHostThatIsUnknownIsInvalid) {
  x_options.host = "256.0.0.1";
  const auto relay = Relay::start(x_options, {});
  ASSERT_FALSE(relay);
  EXPECT_EQ(relay.error().code(), Code::kInvalid);
}

}  // namespace
}  // namespace cairn::relay
