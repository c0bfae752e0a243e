// Tests of what is read from a server's own counters.
#include "cli/counter_follower.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/clock.h"
#include "http/testing/fake_server.h"

namespace cairn::cli {
namespace {

// A server of models that has answered so many requests of 100 tokens.
class CounterFollowerTest : public testing::Test {
 protected:
  CounterFollower follow(const std::string& path = "") {
    auto follower = CounterFollower::open(http::print_url(x_server.url()) + path);
    EXPECT_TRUE(follower);
    return std::move(*follower);
  }
  http::FakeServer::Reply answer(const http::FakeServer::Asked& asked) const {
    if (asked.path() == "/health") return http::FakeServer::reply(200, "healthy 1\n");
    if (asked.path() != "/metrics") return http::FakeServer::reply(404, "");
    return http::FakeServer::reply(
        200, fmt::format("# HELP x\nvllm:request_success_total{{reason=\"stop\"}} {}\n"
                         "vllm:generation_tokens_total {}\nvllm:num_requests_running {}\n",
                         x_requests.load(), 100 * x_requests, x_running.load()));
  }

  std::atomic<int> x_requests = 50, x_running = 0;
  http::FakeServer x_server{[this](const auto& asked) { return answer(asked); }};
};

TEST_F(CounterFollowerTest, WhatCameTogetherSinceTheLastLookCounts) {
  CounterFollower follower = follow();
  EXPECT_FALSE(follower.look(1000));
  EXPECT_EQ(follower.kind(), "vllm");
  x_requests = 53;
  const auto counted = follower.look(2000);
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->requests, 3);
  EXPECT_EQ(counted->stretch.tokens_out, 300);
  EXPECT_EQ(counted->stretch.began_ns, 1000);
  EXPECT_EQ(counted->stretch.ended_ns, 2000);
}

TEST_F(CounterFollowerTest, ARequestThatIsStillRunningIsWork) {
  CounterFollower follower = follow("/metrics");
  follower.look(1000);
  EXPECT_FALSE(follower.look(2000));
  x_running = 1;
  const auto counted = follower.look(3000);
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->requests, 0);
}

TEST_F(CounterFollowerTest, AServerThatBeganAnewCountsFromZero) {
  CounterFollower follower = follow();
  follower.look(1000);
  x_requests = 2;
  EXPECT_EQ(follower.look(2000)->requests, 2);
}

TEST_F(CounterFollowerTest, AServerThatIsAwayIsAskedAgain) {
  CounterFollower follower = follow();
  follower.look(1000);
  x_server.go_away();
  EXPECT_FALSE(follower.look(2000));
  EXPECT_FALSE(follower.problem().empty());
  x_server.come_back();
  x_requests = 60;
  EXPECT_EQ(follower.look(3000)->requests, 10);
  EXPECT_TRUE(follower.problem().empty());
}

TEST_F(CounterFollowerTest, WhatIsNoCounterIsSaid) {
  CounterFollower health = follow("/health"), nothing = follow("/nothing");
  EXPECT_FALSE(health.look(1000));
  EXPECT_NE(health.problem().find("no counters"), std::string::npos);
  EXPECT_FALSE(nothing.look(1000));
  EXPECT_NE(nothing.problem().find("404"), std::string::npos);
  EXPECT_FALSE(CounterFollower::open("localhost:8000"));
}

}  // namespace
}  // namespace cairn::cli
