// Tests of what is told of a conversation, whichever way its bytes are cut.
#include "relay/exchange_watch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "relay/limits.h"

namespace cairn::relay {
namespace {

class ExchangeWatchTest : public testing::Test {
 protected:
  void ask(std::string_view bytes, size_t piece = 1) {
    for (size_t at = 0; at < bytes.size(); at += piece)
      x_watch.see_request(bytes.substr(at, piece), ++x_now_ns);
  }
  void answer(std::string_view bytes, size_t piece = 1) {
    for (size_t at = 0; at < bytes.size(); at += piece)
      x_watch.see_answer(bytes.substr(at, piece), ++x_now_ns);
  }

  int64_t x_now_ns = 100;
  std::vector<Exchange> x_told;
  const Listener x_listener = [this](const Exchange& exchange) { x_told.push_back(exchange); };
  ExchangeWatch x_watch{x_listener};
};

constexpr std::string_view kGet = "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_F(ExchangeWatchTest, TimesAreThoseOfTheFirstBytesAndTheLast) {
  ask(kGet);
  answer(kOk);
  ASSERT_EQ(x_told.size(), 1u);
  const auto asked = static_cast<int64_t>(kGet.size()), answered = static_cast<int64_t>(kOk.size());
  EXPECT_EQ(x_told[0].began_ns, 101);
  EXPECT_EQ(x_told[0].first_byte_ns, 100 + asked + answered - 1);
  EXPECT_EQ(x_told[0].ended_ns, 100 + asked + answered);
}

TEST_F(ExchangeWatchTest, CutsChangeNothing) {
  const std::string asked = std::string(kGet) +
                            "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "3\r\nabc\r\n0\r\n\r\n\r\n" +
                            std::string(kGet);
  const std::string answered = std::string(kOk) +
                               "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                               "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n"
                               "Content-Type: application/json\r\n\r\n"
                               "10\r\n{\"usage\":{\"promp\r\n11\r\nt_tokens\":7   }}\n\r\n"
                               "0\r\nTrailer: t\r\n\r\n" +
                               std::string(kOk);
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, size_t{1000}}) {
    x_told.clear();
    ask(asked, piece);
    answer(answered, piece);
    ASSERT_EQ(x_told.size(), 3u) << piece;
    EXPECT_EQ(x_told[1].path, "/c");
    EXPECT_EQ(x_told[1].status, 201);
    EXPECT_EQ(x_told[1].tokens_in, 7);
    uint64_t request_bytes = 2, answer_bytes = 0;  // an empty line belongs to no request
    for (const Exchange& exchange : x_told) {
      request_bytes += exchange.request_bytes;
      answer_bytes += exchange.answer_bytes;
    }
    EXPECT_EQ(request_bytes, asked.size());
    EXPECT_EQ(answer_bytes, answered.size());
    EXPECT_TRUE(x_watch.is_idle());
  }
}

TEST_F(ExchangeWatchTest, HeadAndNotModifiedHaveNoBody) {
  ask("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
  ask(kGet);
  answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n");
  ASSERT_EQ(x_told.size(), 2u);
  EXPECT_EQ(x_told[1].first_byte_ns, x_told[1].ended_ns);
}

TEST_F(ExchangeWatchTest, AnAnswerToNobodyEndsTheWatch) {
  answer(kOk);
  EXPECT_TRUE(x_watch.is_blind());
  EXPECT_TRUE(x_told.empty());
}

TEST_F(ExchangeWatchTest, WhatIsNoHttpEndsTheWatch) {
  ask("\x16\x03\x01 client hello");
  EXPECT_TRUE(x_watch.is_blind());
}

TEST_F(ExchangeWatchTest, WhatWasAskedBeforeItIsStillAnswered) {
  ask(std::string(kGet) + "\x16\x03\x01");
  answer(kOk);
  EXPECT_EQ(x_told.size(), 1u);
  answer("\x15\x03\x03");
  EXPECT_TRUE(x_watch.is_blind());
}

TEST_F(ExchangeWatchTest, AHeadBeyondTheLimitEndsTheWatch) {
  ask("GET / HTTP/1.1\r\nX: " + std::string(kHeadBytesMax, 'x'), 4096);
  EXPECT_TRUE(x_watch.is_blind());
}

TEST_F(ExchangeWatchTest, RequestsWithoutAnAnswerAreBounded) {
  for (size_t i = 0; i <= kPipelinedMax; ++i) ask(kGet, 1000);
  EXPECT_TRUE(x_watch.is_blind());
  x_watch.end(x_now_ns);
  EXPECT_EQ(x_told.size(), kPipelinedMax);
}

TEST_F(ExchangeWatchTest, AfterAnUpgradeItLooksAway) {
  ask(kGet);
  answer("HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x01x");
  ASSERT_EQ(x_told.size(), 1u);
  EXPECT_EQ(x_told[0].status, 101);
  EXPECT_TRUE(x_watch.is_blind());
}

TEST_F(ExchangeWatchTest, WhatIsUnfinishedAtTheEndIsToldSo) {
  ask(kGet);
  ask(kGet);
  answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour");
  x_watch.see_answer_end(++x_now_ns);
  x_watch.end(++x_now_ns);
  ASSERT_EQ(x_told.size(), 2u);
  EXPECT_EQ(x_told[0].status, 200);
  EXPECT_NE(x_told[0].first_byte_ns, 0);
  EXPECT_FALSE(x_told[0].is_whole);
  EXPECT_EQ(x_told[1].status, 0);
  EXPECT_EQ(x_told[1].first_byte_ns, 0);
}

TEST_F(ExchangeWatchTest, TokensOfOneAnswerAreNotThoseOfTheNext) {
  ask(kGet);
  answer(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n"
      "{\"usage\":{\"input_tokens\":5}}");
  ask(kGet);
  answer(kOk);
  ASSERT_EQ(x_told.size(), 2u);
  EXPECT_EQ(x_told[0].tokens_in, 5);
  EXPECT_EQ(x_told[1].tokens_in, std::nullopt);
}

}  // namespace
}  // namespace cairn::relay
