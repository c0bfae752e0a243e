// Tests of what a metered server is told to people and programs.
#include "cli/meter_text.h"

#include <gtest/gtest.h>

#include "cli/server_meter.h"

namespace cairn::cli {
namespace {

using footprint::Method;
using model::Value;

const Terminal kPlain(false, false, 0);

MeterResult served() {
  MeterResult result;
  result.run = "7k2m";
  result.model = "tiny";
  result.counts_requests = true;
  result.account.knows_energy = true;
  footprint::InferenceReport& report = result.account.report;
  report.requests = 1200;
  report.failed = 3;
  report.tokens_in = 5000;
  report.tokens_out = 2500;
  report.seconds = 90;
  report.total_j = 3600;
  report.idle_share = 0.25;
  report.p50_j = 2;
  report.p95_j = 6;
  report.mean_j = 2.25;
  report.j_per_token = 0.48;
  report.wh_per_1000_requests = 0.833;
  result.footprint.emplace();
  result.footprint->energy_kwh = {0.001, 0.0009, 0.0011, Method::kMeasured};
  return result;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(MeterText, AllThatIsKnownIsTold) {
  const std::string text = print_result(served(), kPlain);
  EXPECT_TRUE(contains(text, "1,200 requests in 1m 30s, 3 of them failed")) << text;
  EXPECT_TRUE(contains(text, "5,000 tokens in, 2,500 out")) << text;
  EXPECT_TRUE(contains(text, "p50 2 J, p95 6 J, mean 2.25 J")) << text;
  EXPECT_TRUE(contains(text, "25 % of 3.6 kJ")) << text;
  EXPECT_FALSE(contains(text, "note")) << text;
}

TEST(MeterText, WhatIsModelledIsSaid) {
  MeterResult result = served();
  result.footprint->energy_kwh.method = Method::kModelled;
  EXPECT_TRUE(contains(print_result(result, kPlain), "no sensor tells all of it"));
}

TEST(MeterText, UnknownEnergyIsSaidAndNull) {
  MeterResult result = served();
  result.footprint.reset();
  result.account.knows_energy = false;
  const std::string text = print_result(result, kPlain);
  EXPECT_TRUE(contains(text, "1,200 requests")) << text;
  EXPECT_TRUE(contains(text, "energy     unknown")) << text;
  EXPECT_FALSE(contains(text, " J")) << text;
  const Value value = to_value(result);
  EXPECT_TRUE(value.find("footprint")->find("energy_kwh")->is_null());
  EXPECT_TRUE(value.find("inference")->find("total_j")->is_null());
}

TEST(MeterText, AMinuteIsOneLine) {
  const InferenceSums minute{60, 0, 1000, 234, 812};
  EXPECT_EQ(print_minute(minute, served().account, true),
            "60 requests, 1,234 tokens, 812 J; so far 2.25 J each, 25 % idle");
  EXPECT_EQ(print_minute(minute, served().account, false), "812 J in this minute");
}

TEST(MeterText, LooksAtTheHealthAreNoWork) {
  relay::Exchange exchange;
  exchange.method = "GET";
  exchange.path = "/health";
  EXPECT_TRUE(is_health_look(exchange));
  exchange.method = "POST";
  EXPECT_FALSE(is_health_look(exchange));
  exchange.method = "GET";
  exchange.path = "/v1/images/7";
  EXPECT_FALSE(is_health_look(exchange));
}

}  // namespace
}  // namespace cairn::cli
