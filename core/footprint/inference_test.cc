// Splitting a meter over requests: conservation, fairness, idle, tokens and the fit of power.
#include "footprint/inference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace cairn::footprint {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

int64_t at(double seconds) { return static_cast<int64_t>(seconds * 1e9); }

// A meter that reads every `period_s` what `power_w(second)` adds up to.
template <typename Power>
std::vector<MeterPoint> meter_of(double seconds, const Power& power_w, double period_s = 1) {
  std::vector<MeterPoint> meter{{0, 0}};
  for (double t = period_s; t <= seconds + 1e-9; t += period_s)
    meter.push_back({at(t), meter.back().joules + power_w(t - period_s / 2) * period_s});
  return meter;
}
std::vector<MeterPoint> steady(double seconds, double power_w) {
  return meter_of(seconds, [&](double) { return power_w; });
}
ServedRequest request(double began_s, double ended_s, double in = 0, double out = 0,
                      double first_token_s = 0) {
  return {at(began_s), at(first_token_s), at(ended_s), in, out, 200};
}
double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST(SplitEnergy, OneRequestHasWhatIsAboveRest) {
  const auto report = split_energy(steady(10, 300), {request(2, 6)}, RequestWeights::kTime, 100);
  EXPECT_DOUBLE_EQ(report.total_j, 3000);
  EXPECT_NEAR(report.request_j[0], 4 * 200, 1e-9);
  EXPECT_NEAR(report.idle_j, 6 * 300 + 4 * 100, 1e-9);
  EXPECT_NEAR(report.idle_share, 2200.0 / 3000, 1e-12);
}

TEST(SplitEnergy, RequestsInFlightTogetherShareEqually) {
  const auto report =
      split_energy(steady(10, 100), {request(0, 10), request(5, 10)}, RequestWeights::kTime, 0);
  EXPECT_NEAR(report.request_j[0], 750, 1e-9);
  EXPECT_NEAR(report.request_j[1], 250, 1e-9);
}

TEST(SplitEnergy, ByTokensTheOneThatWritesMorePaysMore) {
  const auto report =
      split_energy(steady(10, 100), {request(0, 10, 0, 300), request(0, 10, 0, 100)},
                   RequestWeights::kTokens, 0);
  EXPECT_NEAR(report.request_j[0], 750, 1e-9);
  EXPECT_NEAR(report.request_j[1], 250, 1e-9);
}

TEST(SplitEnergy, ARequestThatTellsNoTokensWeighsAsTheMean) {
  const auto report =
      split_energy(steady(10, 90), {request(0, 10, 0, 300), request(0, 10, 0, 100), request(0, 10)},
                   RequestWeights::kTokens, 0);
  EXPECT_NEAR(report.request_j[0], 450, 1e-9);
  EXPECT_NEAR(report.request_j[1], 150, 1e-9);
  EXPECT_NEAR(report.request_j[2], 300, 1e-9);
}

TEST(SplitEnergy, PrefillAndDecodeAreWeighedEachInItsTime) {
  // While the first one reads 90 tokens in a second, the other one writes 10 in it.
  const auto report =
      split_energy(steady(10, 100), {request(0, 10, 90, 90, 1), request(0, 10, 0, 100)},
                   RequestWeights::kTokens, 0);
  EXPECT_NEAR(report.request_j[0], 90 + 9 * 50, 1e-9);
  EXPECT_NEAR(report.request_j[1], 10 + 9 * 50, 1e-9);
}

TEST(SplitEnergy, RestIsReadWhereNoRequestWas) {
  const auto power = [](double t) { return t < 20 ? 400.0 : t < 30 ? 60.0 : 80.0; };
  const auto report = split_energy(meter_of(40, power), {request(0, 20)}, RequestWeights::kTime);
  EXPECT_NEAR(report.request_j[0], 20 * 340, 1e-6);
  EXPECT_NEAR(report.idle_j, 20 * 60 + 10 * 60 + 10 * 80, 1e-6);
}

TEST(SplitEnergy, AMeterThatIsReadRarelySaysNothingOfAShortRest) {
  // Readings a minute apart, and no request in ten seconds of the first: that minute is no rest.
  const auto power = [](double) { return 300.0; };
  const auto report =
      split_energy(meter_of(120, power, 60), {request(10, 120)}, RequestWeights::kTime);
  EXPECT_NEAR(report.active_j, 110 * 300, 1e-6);
}

TEST(SplitEnergy, ARequestBeyondTheMeterCountsWithItsPart) {
  const auto report = split_energy(
      steady(10, 100), {request(-5, 5, 0, 1000), request(5, 10, 0, 500), request(20, 30)},
      RequestWeights::kTime, 0);
  EXPECT_EQ(report.requests, 2U) << "the third one lies outside";
  EXPECT_NEAR(report.tokens_out, 1000, 1e-9);
  EXPECT_NEAR(report.request_j[0], 500, 1e-9);
  EXPECT_DOUBLE_EQ(report.request_j[2], 0);
  EXPECT_NEAR(report.wh_per_1000_requests, 1000.0 / 1.5 / 3.6, 1e-9);
  EXPECT_NEAR(*report.j_per_token_out, 1, 1e-9);
}

TEST(SplitEnergy, WhereNothingIsKnownNothingIsSaid) {
  const auto none = split_energy({}, {request(0, 1)}, RequestWeights::kTokens);
  EXPECT_EQ(none.request_j, std::vector<double>{0});
  EXPECT_EQ(none.requests, 0U);
  EXPECT_FALSE(none.j_per_token);
  const auto idle = split_energy(steady(10, 50), {}, RequestWeights::kTime);
  EXPECT_NEAR(idle.idle_j, 500, 1e-9);
  EXPECT_DOUBLE_EQ(idle.idle_share, 1);
  EXPECT_FALSE(idle.j_per_token_out);
}

TEST(SplitEnergy, AMeterThatFallsOrStandsStillAddsNothing) {
  const std::vector<MeterPoint> meter{
      {0, 100}, {kSecond, 200}, {kSecond, 900}, {2 * kSecond, 50}, {3 * kSecond, 150}};
  const auto report = split_energy(meter, {request(0, 3)}, RequestWeights::kTime, 0);
  EXPECT_DOUBLE_EQ(report.total_j, 200);
  EXPECT_DOUBLE_EQ(report.seconds, 3);
}

TEST(SplitEnergy, FailuresAreCountedAndPay) {
  auto failed = request(0, 5);
  failed.status = 503;
  const auto report =
      split_energy(steady(10, 100), {failed, request(5, 10)}, RequestWeights::kTime, 0);
  EXPECT_EQ(report.failed, 1U);
  EXPECT_NEAR(report.request_j[0], 500, 1e-9);
}

TEST(SplitEnergy, PercentilesAreOfRequests) {
  std::vector<ServedRequest> requests;
  for (int i = 0; i < 101; ++i) requests.push_back(request(i * 10, i * 10 + 0.01 * (i + 1)));
  const auto report = split_energy(steady(1100, 100), requests, RequestWeights::kTime, 0);
  EXPECT_NEAR(report.p50_j, 51, 1e-6);
  EXPECT_NEAR(report.p95_j, 96, 1e-6);
  EXPECT_NEAR(report.mean_j, 51, 1e-6);
}

// What the header says, word by word, in small steps of time.
std::vector<double> split_by_steps(const std::vector<MeterPoint>& meter,
                                   const std::vector<ServedRequest>& requests, bool by_tokens,
                                   double idle_w) {
  std::vector<double> joules(requests.size());
  for (size_t k = 1; k < meter.size(); ++k) {
    const double power_w = meter[k].joules - meter[k - 1].joules;
    for (int64_t t = meter[k - 1].time_ns; t < meter[k].time_ns; t += kSecond / 10) {
      std::vector<size_t> in_flight, told;
      std::vector<double> rate(requests.size());
      for (size_t i = 0; i < requests.size(); ++i) {
        const auto& r = requests[i];
        if (r.began_ns > t || r.ended_ns <= t) continue;
        in_flight.push_back(i);
        if (!by_tokens || r.tokens_in + r.tokens_out == 0) continue;
        told.push_back(i);
        const bool reads = t < r.first_token_ns;
        rate[i] = reads ? r.tokens_in * 1e9 / static_cast<double>(r.first_token_ns - r.began_ns)
                        : r.tokens_out * 1e9 / static_cast<double>(r.ended_ns - r.first_token_ns);
      }
      if (in_flight.empty()) continue;
      const double mean = told.empty() ? 1 : sum(rate) / static_cast<double>(told.size());
      double total = 0;
      for (const size_t i : in_flight) {
        if (std::ranges::find(told, i) == told.end() || mean == 0) rate[i] = mean == 0 ? 1 : mean;
        total += rate[i];
      }
      for (const size_t i : in_flight)
        joules[i] += std::max(0.0, power_w - idle_w) * 0.1 * rate[i] / total;
    }
  }
  return joules;
}

class SplitProperty : public ::testing::TestWithParam<unsigned> {};

TEST_P(SplitProperty, RequestsAndIdleAreTheMeterAndEachHasItsShare) {
  std::mt19937 random(GetParam());
  const auto tenth = [&](int from, int to) {
    return std::uniform_int_distribution<int64_t>(from, to)(random) * (kSecond / 10);
  };
  constexpr int64_t kStart = 1'000 * kSecond;
  std::vector<MeterPoint> meter{{kStart, 0}};
  for (int64_t s = 1; s <= 100; ++s)
    meter.push_back(
        {kStart + s * kSecond, meter.back().joules + static_cast<double>(tenth(0, 5000)) / 1e9});
  std::vector<ServedRequest> requests;
  for (int i = 0; i < 60; ++i) {
    const int64_t began = kStart + tenth(-50, 990), first = began + tenth(1, 50),
                  ended = first + tenth(1, 300);
    const bool tells = random() % 4 != 0;
    requests.push_back({began, first, ended, tells ? static_cast<double>(random() % 500) : 0,
                        tells ? static_cast<double>(random() % 900) : 0, 200});
  }
  const double idle_w = static_cast<double>(random() % 100);
  for (const auto weights : {RequestWeights::kTime, RequestWeights::kTokens}) {
    const auto report = split_energy(meter, requests, weights, idle_w);
    EXPECT_NEAR(sum(report.request_j) + report.idle_j, report.total_j, 1e-9 * report.total_j);
    const auto expected =
        split_by_steps(meter, requests, weights == RequestWeights::kTokens, idle_w);
    for (size_t i = 0; i < requests.size(); ++i) {
      EXPECT_GE(report.request_j[i], 0);
      EXPECT_NEAR(report.request_j[i], expected[i], 1e-6 * report.total_j) << i;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, SplitProperty, ::testing::Range(0U, 20U));

TEST(SplitEnergy, TheOrderOfRequestsDoesNotMatter) {
  std::vector<ServedRequest> requests{request(0, 7, 10, 50, 1), request(3, 9, 5, 100, 4),
                                      request(2, 4), request(6, 8, 30, 2, 7)};
  const auto forward = split_energy(steady(10, 123), requests, RequestWeights::kTokens, 20);
  std::ranges::reverse(requests);
  auto backward = split_energy(steady(10, 123), requests, RequestWeights::kTokens, 20).request_j;
  std::ranges::reverse(backward);
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(forward.request_j[i], backward[i], 1e-9);
}

// One request a minute that reads and writes so many tokens within it.
std::vector<ServedRequest> a_request_a_minute(
    const std::vector<std::pair<double, double>>& tokens) {
  std::vector<ServedRequest> requests;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const double t = static_cast<double>(i) * 60;
    requests.push_back(request(t, t + 60, tokens[i].first, tokens[i].second, t + 30));
  }
  return requests;
}
std::vector<MeterPoint> meter_that_fits(const std::vector<std::pair<double, double>>& tokens,
                                        double idle_w, double in_j, double out_j) {
  std::vector<MeterPoint> meter{{0, 0}};
  for (size_t i = 0; i < tokens.size(); ++i)
    meter.push_back(
        {static_cast<int64_t>(i + 1) * 60 * kSecond,
         meter.back().joules + 60 * idle_w + tokens[i].first * in_j + tokens[i].second * out_j});
  return meter;
}

TEST(FitPower, FindsWhatThePowerIsMadeOf) {
  const std::vector<std::pair<double, double>> tokens{{6000, 100}, {0, 4000},   {3000, 3000},
                                                      {1000, 0},   {9000, 500}, {0, 0}};
  const auto fit = fit_power(meter_that_fits(tokens, 120, 0.05, 0.8), a_request_a_minute(tokens));
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->idle_w, 120, 1e-6);
  EXPECT_NEAR(fit->j_per_token_in, 0.05, 1e-9);
  EXPECT_NEAR(fit->j_per_token_out, 0.8, 1e-9);
  EXPECT_NEAR(fit->r2, 1, 1e-9);
}

TEST(FitPower, NothingIsNegative) {
  // Reading saves energy here, which cannot be: it is taken for free.
  const std::vector<std::pair<double, double>> tokens{{6000, 100}, {0, 4000},   {3000, 3000},
                                                      {1000, 0},   {9000, 500}, {0, 0}};
  const auto fit = fit_power(meter_that_fits(tokens, 500, -0.02, 0.8), a_request_a_minute(tokens));
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->j_per_token_in, 0);
  EXPECT_GT(fit->j_per_token_out, 0.7);
  EXPECT_LT(fit->r2, 1);
}

TEST(FitPower, TokensThatAlwaysComeInOneProportionCostTheSame) {
  const std::vector<std::pair<double, double>> tokens{{100, 200}, {500, 1000}, {1000, 2000},
                                                      {50, 100},  {0, 0},      {700, 1400}};
  const auto fit = fit_power(meter_that_fits(tokens, 100, 0.3, 0.3), a_request_a_minute(tokens));
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->j_per_token_in, 0.3, 1e-9);
  EXPECT_NEAR(fit->j_per_token_out, 0.3, 1e-9);
}

TEST(FitPower, TooLittleToTellIsNothing) {
  const std::vector<std::pair<double, double>> few{{1, 2}, {3, 4}, {5, 6}, {900, 8}};
  EXPECT_FALSE(fit_power(meter_that_fits(few, 100, 1, 1), a_request_a_minute(few)));
  const std::vector<std::pair<double, double>> alike(20, {100, 200});
  EXPECT_FALSE(fit_power(meter_that_fits(alike, 100, 1, 1), a_request_a_minute(alike)));
  EXPECT_FALSE(fit_power({}, {}));
}

TEST(FitPower, WeighsTokensWhereItFoundThem) {
  const std::vector<std::pair<double, double>> tokens{{6000, 100}, {0, 4000},   {3000, 3000},
                                                      {1000, 0},   {9000, 500}, {0, 0}};
  auto requests = a_request_a_minute(tokens);
  const auto meter = meter_that_fits(tokens, 120, 0.05, 0.8);
  const auto report = split_energy(meter, requests, RequestWeights::kTokens, 120);
  EXPECT_NEAR(report.request_j[2], 3000 * 0.05 + 3000 * 0.8, 1e-6);
  const auto value = to_value(report);
  EXPECT_NEAR(value.find("fit")->find("idle_w")->number_or(0), 120, 1e-6);
  EXPECT_EQ(value.find("request_j"), nullptr);
}

TEST(BreakEven, BloomzParity) {  // Luccioni 2024: 7B, per request 1.0e-4 kWh
  const auto even = break_even(51'686, 7'571, 1.0e-4, 0, 1e6);
  ASSERT_TRUE(even);
  EXPECT_NEAR(even->requests, 592'570'000, 1);
  EXPECT_NEAR(*even->days, 592.57, 1e-6);
}

TEST(BreakEven, TheRateIsNotNeededAndTheEnergyIs) {
  EXPECT_FALSE(break_even(1, 1, 1e-3, 10, std::nullopt)->days);
  EXPECT_FALSE(break_even(1, 1, 1e-3, 10, 0)->days);
  EXPECT_DOUBLE_EQ(break_even(1, 1, 1e-3, 10, {})->inference_kwh, 0.01);
  EXPECT_FALSE(break_even(1, 1, 0, 10, {}));
  EXPECT_FALSE(break_even(-1, 1, 1, 10, {}));
  EXPECT_FALSE(break_even(1, std::nan(""), 1, 10, {}));
}

}  // namespace
}  // namespace cairn::footprint
