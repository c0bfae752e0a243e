// Rules of turning readings into joules: whatever the moments of reading, the energy is the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "probe/energy_sensor.h"

namespace cairn::probe {
namespace {

constexpr int64_t kGapNsMax = 60 * kNsPerSecond;

class MadeUpSensor final : public EnergySensor {
 public:
  void read(EnergyReading& out) override { out = {}; }
};

int64_t ns(double seconds) { return static_cast<int64_t>(seconds * 1e9); }

class EnergyCountTest : public testing::Test {
 protected:
  void counts(double time_s, uint64_t counter) {
    add_reading(x_count, x_sensor, {ns(1000 + time_s), counter, std::nullopt}, kGapNsMax);
  }
  void draws(double time_s, double power_w) {
    add_reading(x_count, x_sensor, {ns(1000 + time_s), std::nullopt, power_w}, kGapNsMax);
  }

  // The joules that a counter of the range tells when read at random moments of `seconds`.
  double count_at_random(const std::function<double(double)>& energy_j, double seconds,
                         double pause_s_max, uint64_t range, uint32_t seed) {
    x_sensor.counter_range = range;
    x_count = {};
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> pause(1e-4, pause_s_max);
    const auto read_at = [&](double time_s) {
      const auto total = static_cast<uint64_t>(std::llround(energy_j(time_s) * 1e6));
      counts(time_s, range == 0 ? total : total % range);
    };
    for (double time_s = 0; time_s < seconds; time_s += pause(random)) read_at(time_s);
    read_at(seconds);
    return x_count.counter_j;
  }

  MadeUpSensor x_sensor;
  EnergyCount x_count;
};

TEST_F(EnergyCountTest, TheFirstReadingOnlyBegins) {
  counts(0, 123'000'000);
  draws(0, 50);
  EXPECT_EQ(x_count.counter_j + x_count.power_j + x_count.counter_s + x_count.power_s, 0);
}

TEST_F(EnergyCountTest, ACounterAddsWhatItWentOnBy) {
  counts(0, 5'000'000);
  counts(2, 105'000'000);
  EXPECT_DOUBLE_EQ(x_count.counter_j, 100);
  EXPECT_DOUBLE_EQ(x_count.counter_s, 2);
}

TEST_F(EnergyCountTest, AWrapIsBridged) {
  x_sensor.counter_range = 65'532'610'987;
  counts(0, 65'532'000'000);
  counts(1, 99'389'013);
  EXPECT_NEAR(x_count.counter_j, 100, 1e-9);
  EXPECT_EQ(x_count.resets, 0u);
}

TEST_F(EnergyCountTest, ACounterThatCannotWrapAndGoesBackWasReset) {
  counts(0, 5'000'000);
  counts(1, 1'000'000);
  EXPECT_EQ(x_count.counter_j, 0);
  EXPECT_EQ(x_count.resets, 1u);
  counts(2, 31'000'000);
  EXPECT_DOUBLE_EQ(x_count.counter_j, 30);
  EXPECT_DOUBLE_EQ(x_count.counter_s, 1) << "what passed at the reset is not covered";
}

TEST_F(EnergyCountTest, AWrapThatNoDeviceCanDrawWasAReset) {
  x_sensor.counter_range = 262'143'328'850;
  counts(0, 100'000'000'000);
  counts(1, 1'000'000);  // as a wrap 162 kJ within a second
  EXPECT_EQ(x_count.counter_j, 0);
  EXPECT_EQ(x_count.resets, 1u);
}

TEST_F(EnergyCountTest, AJumpThatNoDeviceCanMakeIsLeftOut) {
  counts(0, 1'000'000);
  counts(1, 9'000'000'000'000);
  counts(2, 9'000'050'000'000);
  EXPECT_DOUBLE_EQ(x_count.counter_j, 50);
  EXPECT_EQ(x_count.resets, 1u);
}

TEST_F(EnergyCountTest, ACounterBeyondItsRangeIsNotTakenForAWrap) {
  x_sensor.counter_range = 1'000;
  counts(0, 5'000'000);
  counts(1, 10);
  EXPECT_EQ(x_count.counter_j, 0);
  EXPECT_EQ(x_count.resets, 1u);
}

TEST_F(EnergyCountTest, TimeThatStandsStillOrGoesBackAddsNothingAndLosesNothing) {
  counts(0, 0);
  counts(0, 40'000'000);
  counts(-1, 50'000'000);
  counts(2, 100'000'000);
  draws(0, 10);
  draws(0, 500);
  draws(-1, 500);
  draws(2, 10);
  EXPECT_DOUBLE_EQ(x_count.counter_j, 100);
  EXPECT_DOUBLE_EQ(x_count.power_j, 20);
}

TEST_F(EnergyCountTest, SlowUpdatesLookLikeBurstsAndAreNot) {
  x_sensor.counter_unit_j = 1e-3;  // 700 W, told every 0.1 s: 70 J within a millisecond
  counts(0, 1'000'000);
  counts(0.001, 1'070'000);
  counts(0.101, 1'140'000);
  EXPECT_DOUBLE_EQ(x_count.counter_j, 140);
  EXPECT_EQ(x_count.resets, 0u);
}

TEST_F(EnergyCountTest, AReadingThatFailsIsBridgedByACounter) {
  counts(0, 0);
  add_reading(x_count, x_sensor, {ns(1001), std::nullopt, std::nullopt}, kGapNsMax);
  counts(2, 30'000'000);
  EXPECT_DOUBLE_EQ(x_count.counter_j, 30);
  EXPECT_DOUBLE_EQ(x_count.counter_s, 2);
}

TEST_F(EnergyCountTest, AcrossAGapACounterAddsOnlyWhenItCannotHaveWrappedTwice) {
  counts(0, 0);
  counts(3600, 360'000'000'000);  // no wrap at all: 100 W for an hour
  EXPECT_DOUBLE_EQ(x_count.counter_j, 360'000);

  x_count = {};
  x_sensor.counter_range = 262'143'328'850;
  counts(0, 0);
  counts(3600, 50'000'000'000);
  EXPECT_EQ(x_count.counter_j + x_count.counter_s, 0);
  EXPECT_EQ(x_count.resets, 0u) << "nothing is wrong with the counter";

  x_count = {};
  counts(0, 0);
  counts(100, 10'000'000'000);  // 2 kW for 100 s are less than the range
  EXPECT_DOUBLE_EQ(x_count.counter_j, 10'000);
}

TEST_F(EnergyCountTest, PowerIsAddedByTrapezoidsButNotAcrossAGap) {
  draws(0, 100);
  draws(2, 200);
  EXPECT_DOUBLE_EQ(x_count.power_j, 300);
  draws(102, 200);
  EXPECT_DOUBLE_EQ(x_count.power_j, 300);
  EXPECT_DOUBLE_EQ(x_count.power_s, 2);
  draws(103, 100);
  EXPECT_DOUBLE_EQ(x_count.power_j, 450);
}

TEST_F(EnergyCountTest, PowersThatNoDeviceHasAreNotSeen) {
  draws(0, 100);
  for (const double garbage : {-1.0, 1e9, std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::infinity()})
    draws(1, garbage);
  draws(2, 100);
  EXPECT_DOUBLE_EQ(x_count.power_j, 200);
}

// --- properties ----------------------------------------------------------------------------------

// Energies since second 0 of powers whose integrals are known.
double square(double s) {  // 400 W for 50 ms, 60 W for 50 ms
  const double periods = std::floor(s / 0.1), rest = s - periods * 0.1;
  return periods * 23 + 400 * std::min(rest, 0.05) + 60 * std::max(rest - 0.05, 0.0);
}
double sawtooth(double s) {  // from 0 to 300 W within a second
  const double periods = std::floor(s), rest = s - periods;
  return periods * 150 + 150 * rest * rest;
}

TEST_F(EnergyCountTest, ACounterIsExactForEveryWaveformHoweverItIsRead) {
  for (const auto& energy_j : {square, sawtooth})
    for (uint32_t seed = 0; seed < 20; ++seed)
      EXPECT_NEAR(count_at_random(energy_j, 100, 5, 0, seed), energy_j(100), 1e-5);
}

TEST_F(EnergyCountTest, HowOftenACounterWrapsMakesNoDifference) {
  constexpr double kSeconds = 500;  // 115 kJ by `square`
  for (const uint64_t range : {5'000'000'000ull, 20'000'000'000ull, 65'532'610'987ull})
    for (uint32_t seed = 0; seed < 20; ++seed)
      EXPECT_NEAR(count_at_random(square, kSeconds, 5, range, seed), square(kSeconds), 1e-5)
          << range << " " << seed;
  EXPECT_EQ(x_count.resets, 0u);
}

// By a power meter that is asked every `pause_s` from `phase_s` on.
double poll(const std::function<double(double)>& power_w, double phase_s, double pause_s,
            double seconds) {
  MadeUpSensor sensor;
  EnergyCount count;
  for (double s = phase_s; s <= phase_s + seconds; s += pause_s)
    add_reading(count, sensor, {ns(1000 + s), std::nullopt, power_w(s)}, kGapNsMax);
  return count.power_j;
}

TEST_F(EnergyCountTest, PolledPowerIsAsGoodAsThePollsAreClose) {
  const auto sawtooth_w = [](double s) { return 300 * (s - std::floor(s)); };
  // Each edge, a second apart, is drawn out over one poll.
  for (const double phase_s : {0.0, 0.003, 0.007})
    EXPECT_NEAR(poll(sawtooth_w, phase_s, 0.01, 100), 15'000, 100 * 300 * 0.01);

  // A wave faster than the polls comes out right on average over phases, not in each.
  const auto square_w = [](double s) { return std::fmod(s, 0.1) < 0.05 ? 400.0 : 60.0; };
  double sum_j = 0;
  for (int i = 0; i < 100; ++i) sum_j += poll(square_w, 0.001 * i + 0.0005, 1, 20);
  EXPECT_NEAR(sum_j / 100, 4600, 46);
}

TEST_F(EnergyCountTest, BurstsBetweenPollsAreSeenByTheCounterOnly) {
  std::mt19937 random(7);
  std::exponential_distribution<double> pause(2);  // two bursts a second, 20 ms of 500 W each
  std::vector<double> bursts;
  for (double s = pause(random); s < 300; s += pause(random)) bursts.push_back(s);
  const auto energy_j = [&](double s) {
    double sum_j = 50 * s;
    for (const double begin : bursts) sum_j += 500 * std::clamp(s - begin, 0.0, 0.02);
    return sum_j;
  };
  EXPECT_NEAR(count_at_random(energy_j, 300, 3, 0, 1), energy_j(300), 1e-5);
}

TEST_F(EnergyCountTest, NoReadingsHoweverWildMakeEnergyThatIsNegativeOrImpossible) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 200; ++round) {
    x_count = {};
    x_sensor.counter_range = round % 3 == 0 ? 0 : random() >> (random() % 64);
    double before_j = 0;
    int64_t first_ns = 0, last_ns = 0;
    for (int i = 0; i < 200; ++i) {
      EnergyReading reading;
      reading.time_ns = last_ns + static_cast<int64_t>(random() % 4'000'000'000) - 1'000'000'000;
      last_ns = std::max<int64_t>(1, std::max(last_ns, reading.time_ns));
      if (first_ns == 0) first_ns = last_ns;
      if (random() % 4) reading.counter = random() >> (random() % 64);
      if (random() % 4) reading.power_w = std::bit_cast<double>(random());
      add_reading(x_count, x_sensor, reading, kGapNsMax);
      EXPECT_GE(x_count.counter_j, before_j);
      before_j = x_count.counter_j;
    }
    const double passed_s = static_cast<double>(last_ns) / 1e9;
    EXPECT_LE(x_count.counter_j, x_sensor.power_w_max * (passed_s + 200));
    EXPECT_LE(x_count.counter_s, passed_s);
    EXPECT_TRUE(x_count.power_j >= 0 && x_count.power_j <= x_sensor.power_w_max * passed_s);
  }
}

}  // namespace
}  // namespace cairn::probe
