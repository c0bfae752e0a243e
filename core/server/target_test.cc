// Tests of request targets.
#include "server/target.h"

#include <gtest/gtest.h>

namespace cairn::server {
namespace {

using Words = std::vector<std::string>;

TEST(PercentTest, EveryByteComesBack) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_decode(percent_encode(all)).value(), all);
}

TEST(PercentTest, AHalfEscapeIsInvalid) {
  for (const char* text : {"%", "%4", "%zz", "a%4g"}) EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(TargetTest, TheQueryIsDecodedAndThePathIsNot) {
  Request request;
  ASSERT_TRUE(parse_target("/a%20b?filter=x+%3E+1&sort=&flag", request));
  EXPECT_EQ(request.path, "/a%20b");
  EXPECT_EQ(request.params, (Pairs{{"filter", "x > 1"}, {"sort", ""}, {"flag", ""}}));
}

TEST(TargetTest, WhatAProxyIsAskedIsInvalid) {
  Request request;
  for (const char* target : {"", "*", "http://localhost/", "localhost:80", "../x", "?a=1"})
    EXPECT_FALSE(parse_target(target, request)) << target;
}

TEST(TargetTest, WhatIsPrintedIsParsedBack) {
  Request request, again;
  request.path = "/runs";
  request.params = {{"filter", "a = 'b&c' and d ~ \"+\""}, {"limit", "3"}};
  ASSERT_TRUE(parse_target(print_target(request), again));
  EXPECT_EQ(again.params, request.params);
}

TEST(PathTest, AnEncodedSlashStaysInItsName) {
  EXPECT_EQ(split_path("/runs/a%2Fb/keys").value(), (Words{"runs", "a/b", "keys"}));
  EXPECT_EQ(split_path("/runs/").value(), (Words{"runs"}));
  EXPECT_FALSE(split_path("runs"));
}

}  // namespace
}  // namespace cairn::server
