// Tests of the sums that a metered server comes to, in one stretch or folded from many.
#include "cli/inference_book.h"

#include <gtest/gtest.h>

#include "base/clock.h"

namespace cairn::cli {
namespace {

using footprint::MeterPoint;
using footprint::ServedRequest;

ServedRequest request(double began_s, double ended_s, double tokens = 0, int status = 200) {
  ServedRequest request;
  request.began_ns = static_cast<int64_t>(began_s * kNsPerSecond);
  request.ended_ns = static_cast<int64_t>(ended_s * kNsPerSecond);
  request.tokens_out = tokens;
  request.status = status;
  return request;
}

MeterPoint reading(int64_t second, double joules) { return {second * kNsPerSecond, joules}; }

// A machine of 10 W at rest and 110 W while it serves one request of half a second each second.
void serve(InferenceBook& book, int64_t seconds) {
  double joules = 0;
  book.add(reading(0, joules));
  for (int64_t second = 1; second <= seconds; ++second) {
    const auto at = static_cast<double>(second);
    if (second % 3 != 0) book.add(request(at - 1, at, 50, second % 5 == 0 ? 500 : 200));
    joules += second % 3 == 0 ? 10 : 110;
    book.add(reading(second, joules));
  }
}

TEST(InferenceBook, SumsAreThoseOfAllRequests) {
  InferenceBook book;
  serve(book, 30);
  const InferenceSums sums = book.sums();
  EXPECT_EQ(sums.requests, 20u);
  EXPECT_EQ(sums.failed, 4u);
  EXPECT_EQ(sums.tokens_out, 1000);
  EXPECT_DOUBLE_EQ(sums.joules, 20 * 110 + 10 * 10);
}

TEST(InferenceBook, FoldingChangesNothingThatIsTold) {
  InferenceBook whole, folded({.requests = 7, .readings = 10});
  serve(whole, 300);
  serve(folded, 300);
  const footprint::InferenceReport expected = whole.account().report;
  const footprint::InferenceReport found = folded.account().report;
  EXPECT_EQ(found.requests, 200u);
  EXPECT_EQ(found.requests, expected.requests);
  EXPECT_EQ(found.failed, expected.failed);
  EXPECT_EQ(found.tokens_out, expected.tokens_out);
  EXPECT_NEAR(found.seconds, 300, 1e-9);
  EXPECT_NEAR(found.total_j, expected.total_j, 1e-6);
  EXPECT_NEAR(found.active_j, expected.active_j, 1e-6);
  EXPECT_NEAR(found.active_j + found.idle_j, found.total_j, 1e-6);
  EXPECT_NEAR(found.mean_j, expected.mean_j, 1e-6);
  EXPECT_NEAR(found.wh_per_1000_requests, expected.wh_per_1000_requests, 1e-6);
  EXPECT_NEAR(*found.j_per_token, *expected.j_per_token, 1e-9);
  EXPECT_NEAR(found.p50_j, expected.p50_j, 0.01 * expected.p50_j);
  EXPECT_NEAR(found.p95_j, expected.p95_j, 0.01 * expected.p95_j);
}

TEST(InferenceBook, WhatAServerCountsByItselfHasNoQuantiles) {
  InferenceBook book;
  book.add(reading(0, 0));
  book.add(reading(5, 500));
  book.add_counted(40, request(0, 5, 2000));
  book.add(reading(10, 550));
  const InferenceAccount account = book.account();
  EXPECT_EQ(account.report.requests, 40u);
  EXPECT_NEAR(account.report.active_j, 450, 1e-6);
  EXPECT_NEAR(account.report.mean_j, 450.0 / 40, 1e-6);
  EXPECT_TRUE(account.to_value().find("p50_j")->is_null());
  EXPECT_FALSE(account.to_value().find("mean_j")->is_null());
}

TEST(InferenceBook, WhatIsUnknownIsNotZero) {
  InferenceBook book;
  book.add(request(0, 1));
  const model::Value account = book.account().to_value();
  EXPECT_EQ(account.find("requests")->int_or(0), 1);
  for (const char* member : {"total_j", "mean_j", "wh_per_1000_requests", "j_per_token",
                             "idle_share", "tokens_in", "tokens_out"})
    EXPECT_TRUE(account.find(member)->is_null()) << member;
}

}  // namespace
}  // namespace cairn::cli
