// The rules of assessment: what is measured counts as it is, the rest is modelled and says so.
#include "footprint/assess.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "footprint/testing/made_tables.h"

namespace cairn::footprint {
namespace {

using model::EnergyPart;
using model::EnergyRecord;
using model::EnergyShare;
using model::Object;
using model::SensorEnergy;
using model::Value;
using testing::made_tables;

constexpr int64_t kNsPerS = 1'000'000'000;
constexpr int64_t kSummer2025Ns = int64_t{1751328000} * kNsPerS;  // 2025-07-01T00:00:00Z
constexpr double kHourSeconds = 3600;

// A machine with one socket, 64 GB, nothing measured, watched for an hour with the run alone on it.
class AssessTest : public ::testing::Test {
 protected:
  AssessTest() { given_record(); }

  EnergyRecord& given_record(double seconds = kHourSeconds, double utilisation = 1) {
    EnergyRecord record;
    record.machine = {
        "boot", "ridge", "Intel(R) Xeon(R) Test 100 CPU @ 2GHz", 1, 8, int64_t{64} << 30, false};
    record.began_ns = kSummer2025Ns;
    record.ended_ns = kSummer2025Ns + static_cast<int64_t>(seconds) * kNsPerS;
    record.watched_s = record.share_s = record.even_s = seconds;
    record.load_s = seconds * std::pow(utilisation, 0.75);
    run.records.push_back(record);
    run.began_ns = kSummer2025Ns;
    return run.records.back();
  }
  EnergyRecord& record() { return run.records.front(); }
  static SensorEnergy sensor(std::string id, EnergyPart part, double joules) {
    SensorEnergy out;
    out.sensor = std::move(id);
    out.name = part == EnergyPart::kGpu ? "GPU Test 400" : "package-0";
    out.part = part;
    out.share = part == EnergyPart::kGpu ? EnergyShare::kExclusive : EnergyShare::kCpuTime;
    out.device_j = out.run_j = joules;
    out.covered_s = kHourSeconds;
    return out;
  }
  void measures(std::string id, EnergyPart part, double joules) {
    record().sensors.push_back(sensor(std::move(id), part, joules));
  }

  Footprint footprint() {
    auto assessed = assess(run, place, *tables, calibrations);
    EXPECT_TRUE(assessed.has_value()) << assessed.error().message();
    if (!assessed || !*assessed) {
      ADD_FAILURE() << "nothing is known";
      return {};
    }
    return **assessed;
  }
  const PartEnergy& part(const Footprint& of, std::string_view name) {
    for (const PartEnergy& each : of.parts)
      if (each.part == name) return each;
    ADD_FAILURE() << "no part " << name;
    static const PartEnergy kNone;
    return kNone;
  }
  bool notes(std::string_view words) {
    for (const std::string& note : footprint().notes)
      if (note.find(words) != std::string::npos) return true;
    return false;
  }

  RunEnergy run;
  Place place;
  std::shared_ptr<const Tables> tables = made_tables();
  std::vector<Calibration> calibrations;
};

TEST_F(AssessTest, ACpuWithoutASensorIsModelledByItsTdpAndItsLoad) {
  EXPECT_NEAR(part(footprint(), "cpu").kwh.value, 0.100, 1e-9);
  EXPECT_EQ(part(footprint(), "cpu").kwh.method, Method::kModelled);
  EXPECT_NEAR(part(footprint(), "cpu").kwh.low, 0.065, 1e-9);
  record().load_s = 0;
  EXPECT_NEAR(part(footprint(), "cpu").kwh.value, 0.012, 1e-9) << "at rest";
  record().machine.sockets = 2;
  EXPECT_NEAR(part(footprint(), "cpu").kwh.value, 0.024, 1e-9);
}

TEST_F(AssessTest, WhatASensorMeasuredReplacesTheModel) {
  measures("rapl:0", EnergyPart::kCpu, 180'000);
  const PartEnergy cpu = part(footprint(), "cpu");
  EXPECT_NEAR(cpu.kwh.value, 0.05, 1e-9);
  EXPECT_EQ(cpu.kwh.method, Method::kMeasured);
  EXPECT_NEAR(cpu.kwh.high / cpu.kwh.value, 1.05, 1e-3);
  EXPECT_EQ(cpu.source, "rapl");
  measures("rapl:0:0", EnergyPart::kMemory, 36'000);
  EXPECT_NEAR(part(footprint(), "memory").kwh.value, 0.01, 1e-9);
  EXPECT_EQ(part(footprint(), "memory").kwh.method, Method::kMeasured);
}

TEST_F(AssessTest, MemoryWithoutASensorIsModelledByItsSizeAndTheRunsShare) {
  EXPECT_NEAR(part(footprint(), "memory").kwh.value, 64 * 0.3725 / 1000, 1e-9);
  record().share_s /= 2;
  EXPECT_NEAR(part(footprint(), "memory").kwh.value, 32 * 0.3725 / 1000, 1e-9);
}

TEST_F(AssessTest, TheRestIsAShareOfTheOthersAndAConstant) {
  const Footprint all = footprint();
  const double others = part(all, "cpu").kwh.value + part(all, "memory").kwh.value;
  EXPECT_NEAR(part(all, "rest").kwh.value, 0.08 * others + 0.030, 1e-9);
  EXPECT_NEAR(all.it_kwh.value, others + part(all, "rest").kwh.value, 1e-9);
}

TEST_F(AssessTest, ACalibrationOfTheMachineReplacesTheModelOfTheRest) {
  calibrations = {{"elsewhere", 1, 1000, 0.05}, {"ridge", 0.1, 50, 0.05}};
  const Footprint all = footprint();
  const double others = part(all, "cpu").kwh.value + part(all, "memory").kwh.value;
  EXPECT_NEAR(part(all, "rest").kwh.value, 0.1 * others + 0.050, 1e-9);
  EXPECT_EQ(part(all, "rest").source, "calibrated");
}

TEST_F(AssessTest, APlatformSensorContainsTheOthersAndIsNeverAdded) {
  const double before = footprint().it_kwh.value;
  measures("rapl:psys", EnergyPart::kPlatform, 1e9);
  EXPECT_EQ(footprint().it_kwh.value, before);
}

TEST_F(AssessTest, TwoWaysOfASensorThatDifferAreFlaggedAndTheRangeCoversBoth) {
  measures("nvml:GPU-1", EnergyPart::kGpu, 360'000);
  EXPECT_FALSE(part(footprint(), "gpu").is_disputed);
  record().sensors[0].other_j = 360'000 * 1.04;
  EXPECT_FALSE(part(footprint(), "gpu").is_disputed);
  record().sensors[0].other_j = 360'000 * 1.74;
  EXPECT_TRUE(part(footprint(), "gpu").is_disputed);
  EXPECT_GE(part(footprint(), "gpu").kwh.high, 0.174);
  EXPECT_TRUE(notes("differ by 74 %"));
  record().sensors[0].other_j = 360'000 * 0.5;
  EXPECT_LE(part(footprint(), "gpu").kwh.low, 0.05);
}

TEST_F(AssessTest, ASensorThatNeverAnsweredIsMissingNotZero) {
  measures("rapl:0", EnergyPart::kCpu, 0);
  record().sensors[0].covered_s = 0;
  EXPECT_EQ(part(footprint(), "cpu").kwh.method, Method::kModelled);
  EXPECT_TRUE(notes("gave no reading"));
}

TEST_F(AssessTest, TimeThatASensorDidNotAnswerIsTakenForTheSame) {
  measures("rapl:0", EnergyPart::kCpu, 90'000);
  record().sensors[0].covered_s = kHourSeconds / 2;
  EXPECT_NEAR(part(footprint(), "cpu").kwh.value, 0.05, 1e-9);
  EXPECT_EQ(part(footprint(), "cpu").kwh.method, Method::kModelled);
  EXPECT_TRUE(notes("answered in 50 % of the time"));
}

TEST_F(AssessTest, ACounterThatBeganAnewIsTold) {
  measures("rapl:0", EnergyPart::kCpu, 90'000);
  record().sensors[0].resets = 2;
  EXPECT_TRUE(notes("began anew 2 times"));
}

TEST_F(AssessTest, ASharedDeviceIsLessCertainThanAnExclusiveOne) {
  measures("nvml:GPU-1", EnergyPart::kGpu, 360'000);
  const Quantity alone = part(footprint(), "gpu").kwh;
  record().sensors[0].device_j *= 4;
  record().sensors[0].share = EnergyShare::kBusyTime;
  const Quantity shared = part(footprint(), "gpu").kwh;
  EXPECT_EQ(shared.value, alone.value);
  EXPECT_LT(shared.low, alone.low);
  EXPECT_GT(shared.high, alone.high);
}

TEST_F(AssessTest, AGpuWithoutASensorIsModelledByItsUtilisation) {
  record().unmeasured = {
      {"nvml:GPU-1", "GPU Test 400", EnergyPart::kGpu, kHourSeconds, kHourSeconds / 2}};
  EXPECT_NEAR(part(footprint(), "gpu").kwh.value, 0.040 + 0.180, 1e-9);
  EXPECT_EQ(part(footprint(), "gpu").kwh.method, Method::kModelled);
  EXPECT_LE(part(footprint(), "gpu").kwh.high, 0.4);
  record().unmeasured[0].busy_s.reset();
  const Quantity unknown = part(footprint(), "gpu").kwh;
  EXPECT_EQ(unknown.method, Method::kAssumed);
  EXPECT_NEAR(unknown.low, 0.04, 1e-9);
  EXPECT_NEAR(unknown.high, 0.4, 1e-9);
}

TEST_F(AssessTest, AnUnknownCpuIsAssumedByItsThreads) {
  record().machine.cpu_model = "Fantasy 9000";
  EXPECT_NEAR(part(footprint(), "cpu").kwh.value, 8 * 4 / 1000.0, 1e-9);
  EXPECT_EQ(part(footprint(), "cpu").kwh.method, Method::kAssumed);
  EXPECT_TRUE(notes("'Fantasy 9000' is in no table"));
}

TEST_F(AssessTest, AVirtualMachineAnswersForItsThreadsAndNotForTheHostsProcessor) {
  record().machine.is_virtual = true;
  EXPECT_NEAR(part(footprint(), "cpu").kwh.value, 8 * 4 / 1000.0, 1e-9);
  EXPECT_LT(part(footprint(), "rest").kwh.value, 0.010);
  record().machine.threads = 1000;
  EXPECT_NEAR(part(footprint(), "cpu").kwh.value, 0.1, 1e-9) << "never more than the processor";
}

TEST_F(AssessTest, TheIdlePolicySaysWhoseRestIs) {
  measures("rapl:0", EnergyPart::kCpu, 180'000);
  SensorEnergy& cpu = record().sensors[0];
  cpu.idle_j = 36'000;
  cpu.even_idle_j = 18'000;
  record().even_s = kHourSeconds / 2;
  place.idle = IdlePolicy::kNone;
  const Footprint none = footprint();
  EXPECT_NEAR(part(none, "cpu").kwh.value, 0.04, 1e-9);
  EXPECT_EQ(none.idle_kwh, 0);
  place.idle = IdlePolicy::kAll;
  EXPECT_NEAR(part(footprint(), "cpu").kwh.value, 0.045, 1e-9);
  EXPECT_NEAR(part(footprint(), "memory").kwh.value, 32 * 0.3725 / 1000, 1e-9);
  place.idle = IdlePolicy::kProportional;
  EXPECT_NEAR(part(footprint(), "cpu").kwh.value, 0.05, 1e-9);
}

TEST_F(AssessTest, RecordsOfOneMachineAndOfSeveralAddUp) {
  record().share_s = kHourSeconds / 4;
  record().load_s /= 4;
  const double quarter = footprint().it_kwh.value;
  for (int i = 0; i < 3; ++i) run.records.push_back(run.records.front());
  EXPECT_NEAR(footprint().it_kwh.value, 4 * quarter, 1e-9);
  run.records[3].machine.hostname = "other";
  EXPECT_NEAR(footprint().it_kwh.value, 4 * quarter, 1e-9);
}

TEST_F(AssessTest, LostTimeIsInTheRangeAndHardlyInTheValue) {
  const Footprint before = footprint();
  record().lost_s = 8 * kHourSeconds;
  const Footprint after = footprint();
  EXPECT_NEAR(after.it_kwh.value, 1.1 * before.it_kwh.value, 1e-9);
  EXPECT_GT(after.it_kwh.high, 5 * before.it_kwh.value);
  EXPECT_EQ(part(after, "unwatched").kwh.method, Method::kAssumed);
  EXPECT_TRUE(notes("were not watched"));
}

TEST_F(AssessTest, TimeWithoutARecordIsTakenForTheMeanOfTheRest) {
  run.ran_s = 2 * kHourSeconds;
  EXPECT_TRUE(notes("3600 of 7200 s have no record"));
  const double kwh = footprint().it_kwh.value;
  run.ran_s = kHourSeconds + 10;
  EXPECT_NEAR(kwh, 2 * footprint().it_kwh.value, 1e-9);
  run.ran_s = 2 * kHourSeconds;
  run.records.push_back(run.records.front());
  EXPECT_TRUE(notes("3600 of 7200 s")) << "two writers at the same time watch it once";
}

TEST_F(AssessTest, ARunWithoutRecordsIsAssumedFromItsHardware) {
  run.records.clear();
  run.ran_s = kHourSeconds;
  run.meta = Object{{"host", Object{{"cpu", Object{{"model", "Xeon Test 100"}, {"threads", 8}}}}},
                    {"gpus", model::List{Object{{"name", "GPU Test 400"}}}}};
  const Footprint all = footprint();
  EXPECT_EQ(all.energy_kwh.method, Method::kAssumed);
  EXPECT_NEAR(part(all, "gpu").kwh.low, 0.04, 1e-9);
  EXPECT_NEAR(part(all, "gpu").kwh.high, 0.4, 1e-9);
  EXPECT_NEAR(part(all, "cpu").kwh.high, 0.1, 1e-9);
  EXPECT_TRUE(notes("nothing was recorded"));
}

TEST_F(AssessTest, WhereNothingIsKnownThereIsNoFootprint) {
  run.records.clear();
  auto nothing = assess(run, place, *tables);
  ASSERT_TRUE(nothing.has_value());
  EXPECT_FALSE(nothing->has_value());
  run.meta = Object{{"host", Object{{"cpu", Object{{"model", "Xeon Test 100"}}}}}};
  EXPECT_FALSE(assess(run, place, *tables)->has_value()) << "nor how long it ran";
}

// --- data centre, carbon, money
// -------------------------------------------------------------------

TEST_F(AssessTest, AMachineOfOnesOwnHasPueOneUpToTheWorldsMean) {
  const Footprint all = footprint();
  EXPECT_EQ(all.pue.value, 1);
  EXPECT_EQ(all.pue.high, 1.5);
  EXPECT_GE(all.energy_kwh.high, 1.5 * all.energy_kwh.value);
  EXPECT_TRUE(notes("in a data centre up to 1.50"));
}

TEST_F(AssessTest, ThePueIsTheOneGivenElseTheProviders) {
  place.zone = "gcp:us-west2";
  EXPECT_EQ(footprint().pue.value, 1.1);
  place.zone = "FR";
  place.provider = "gcp";
  EXPECT_EQ(footprint().pue.value, 1.1);
  place.provider.clear();
  run.meta = Object{{"host", Object{{"cloud", Object{{"provider", "gcp"}}}}}};
  EXPECT_EQ(footprint().pue.value, 1.1);
  place.pue = 1.2;
  const Footprint given = footprint();
  EXPECT_EQ(given.pue.high, 1.2);
  EXPECT_NEAR(given.energy_kwh.value, 1.2 * given.it_kwh.value, 1e-12);
}

TEST_F(AssessTest, CarbonIsEnergyTimesTheZonesIntensityInTheRunsYear) {
  place.zone = "FR";
  const Footprint all = footprint();
  EXPECT_NEAR(all.carbon_kg->value, all.energy_kwh.value * 0.050, 1e-12);
  EXPECT_EQ(all.intensity->level, IntensityLevel::kZoneYear);
  EXPECT_EQ(all.year, 2025);
  run.began_ns = kSummer2025Ns - int64_t{366} * 86400 * kNsPerS;
  EXPECT_NEAR(footprint().carbon_kg->value, all.energy_kwh.value * 0.060, 1e-12);
  EXPECT_EQ(footprint().year, 2024);
}

TEST_F(AssessTest, AnUnknownZoneGivesARangeAndNeverANumber) {
  const Footprint all = footprint();
  EXPECT_FALSE(all.carbon_kg.has_value());
  EXPECT_FALSE(all.money.has_value());
  EXPECT_NEAR(all.carbon_range_kg.low, all.energy_kwh.low * 0.050, 1e-12);
  EXPECT_NEAR(all.carbon_range_kg.high, all.energy_kwh.high * 0.400, 1e-12);
  place.zone = "Atlantis";
  const auto unknown = assess(run, place, *tables);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code(), Code::kInvalid);
}

TEST_F(AssessTest, AGivenIntensityGoesBeforeTheTables) {
  place.zone = "Atlantis";
  place.kg_per_kwh = 0.385;
  const Footprint all = footprint();
  EXPECT_NEAR(all.carbon_kg->value, all.energy_kwh.value * 0.385, 1e-12);
  EXPECT_EQ(all.intensity->level, IntensityLevel::kOverride);
}

TEST_F(AssessTest, MarketBasedIsApart) {
  place.zone = "gcp:us-west2";
  const Footprint all = footprint();
  EXPECT_NEAR(all.carbon_kg->value, all.energy_kwh.value * 0.190, 1e-12);
  ASSERT_TRUE(all.market_carbon_kg.has_value());
  EXPECT_LE(all.market_carbon_kg->value, all.carbon_kg->value);
}

TEST_F(AssessTest, MoneyIsThePriceGivenElseTheCountrys) {
  place.zone = "FR";
  Footprint all = footprint();
  EXPECT_NEAR(all.money->value, all.energy_kwh.value * 0.2, 1e-12);
  EXPECT_EQ(all.currency, "EUR");
  place.price_per_kwh = 0.5;
  all = footprint();
  EXPECT_NEAR(all.money->value, all.energy_kwh.value * 0.5, 1e-12);
  EXPECT_EQ(all.currency, "USD");
  place.price_per_kwh.reset();
  place.zone = "DE";
  EXPECT_FALSE(footprint().money.has_value());
}

TEST_F(AssessTest, StoredHoursGoBeforeTheYearsMean) {
  tables = made_tables(
      "datetime,zone,g_per_kwh\n2025-07-01T00:00:00Z,FR,20\n"
      "2025-07-01T01:00:00Z,FR,80\n");
  place.zone = "FR";
  EXPECT_NEAR(footprint().intensity->g_per_kwh.value, 20, 1e-9);
  EXPECT_EQ(footprint().intensity->level, IntensityLevel::kHourly);
  run.records.clear();
  given_record(2 * kHourSeconds);
  EXPECT_NEAR(footprint().intensity->g_per_kwh.value, 50, 1e-9);
  run.records.clear();
  given_record(24 * kHourSeconds);
  EXPECT_EQ(footprint().intensity->level, IntensityLevel::kZoneYear)
      << "two hours of a day are few";
}

TEST_F(AssessTest, TheEmbeddedTablesHaveAllThatIsNeeded) {
  record().machine.cpu_model = "Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz";
  record().unmeasured = {
      {"nvml:GPU-1", "NVIDIA A100-SXM4-80GB", EnergyPart::kGpu, kHourSeconds, kHourSeconds}};
  place.zone = "US-CAL";
  auto assessed = assess(run, place, Tables::embedded());
  ASSERT_TRUE(assessed.has_value()) << assessed.error().message();
  EXPECT_NEAR(part(**assessed, "cpu").kwh.value, 0.150, 1e-9);
  EXPECT_NEAR(part(**assessed, "gpu").kwh.value, 0.400, 1e-9);
  EXPECT_EQ((*assessed)->intensity->zone, "US-CAL-CISO");
  EXPECT_EQ((*assessed)->zone, "US-CAL-CISO");
  EXPECT_TRUE((*assessed)->money.has_value());
}

// --- properties ----------------------------------------------------------------------------------

class RandomRuns : public AssessTest {
 protected:
  double any(double most) { return std::uniform_real_distribution<double>(0, most)(x_random); }

  EnergyRecord any_record(double share) {
    EnergyRecord out = x_plain;
    out.watched_s = 10 + any(1e5);
    out.ended_ns = out.began_ns + static_cast<int64_t>(out.watched_s * 1e9);
    out.share_s = share * out.watched_s;
    out.even_s = out.watched_s / 2;
    out.load_s = any(out.share_s);
    out.lost_s = x_random() % 3 == 0 ? any(1000) : 0;
    out.machine.sockets = static_cast<int64_t>(x_random() % 3);
    out.machine.is_virtual = x_random() % 4 == 0;
    const auto add = [&](const char* id, EnergyPart part) {
      if (x_random() % 2 == 0) return;
      SensorEnergy made = sensor(id, part, 1 + any(1e7));
      made.run_j *= share;
      made.idle_j = any(made.run_j);
      made.even_idle_j = any(made.device_j - made.run_j);
      made.covered_s = out.watched_s * (x_random() % 3 == 0 ? 0.7 : 1);
      if (x_random() % 3 == 0) made.other_j = any(2 * made.device_j);
      out.sensors.push_back(made);
    };
    add("rapl:0", EnergyPart::kCpu);
    add("rapl:0:0", EnergyPart::kMemory);
    add("nvml:GPU-1", EnergyPart::kGpu);
    if (x_random() % 2) {
      out.unmeasured = {{"nvml:GPU-2", "GPU Test 400", EnergyPart::kGpu, any(out.watched_s), {}}};
      if (x_random() % 2) out.unmeasured[0].busy_s = any(out.unmeasured[0].held_s);
    }
    return out;
  }
  static double series_value(const std::vector<EnergyRecord>& records, std::string_view series) {
    double sum = 0;
    for (const EnergyRecord& each : records) {
      for (const SensorEnergy& made : each.sensors)
        if (series == fmt::format("energy.{}_j", model::print_part(made.part))) sum += made.run_j;
      for (const model::UnmeasuredDevice& device : each.unmeasured) {
        if (series == "energy.gpu_held_s") sum += device.held_s;
        if (series == "energy.gpu_busy_s") sum += device.busy_s.value_or(0);
      }
      if (series == "energy.share_s") sum += each.share_s;
      if (series == "energy.even_s") sum += each.even_s;
      if (series == "energy.load_s") sum += each.load_s;
    }
    return sum;
  }

  std::mt19937 x_random{11};
  const EnergyRecord x_plain = record();
};

TEST_F(RandomRuns, RangesContainTheirValueAndPartsAddUp) {
  for (int i = 0; i < 500; ++i) {
    run.records = {any_record(any(1)), any_record(any(1))};
    place.zone = i % 2 ? "FR" : "";
    place.idle = static_cast<IdlePolicy>(i % 3);
    const Footprint all = footprint();
    double sum = 0;
    for (const PartEnergy& each : all.parts) {
      sum += each.kwh.value;
      EXPECT_LE(each.kwh.low, each.kwh.value + 1e-12);
      EXPECT_LE(each.kwh.value, each.kwh.high + 1e-12);
    }
    EXPECT_NEAR(sum, all.it_kwh.value, 1e-9 * sum);
    EXPECT_LE(all.energy_kwh.low, all.energy_kwh.value);
    EXPECT_LE(all.energy_kwh.value, all.energy_kwh.high);
    EXPECT_GE(all.idle_kwh, 0);
    EXPECT_LE(all.idle_kwh, all.it_kwh.value * (1 + 1e-9));
  }
}

TEST_F(RandomRuns, TheTermsOfTheSeriesGiveTheSameTotal) {
  for (int i = 0; i < 500; ++i) {
    run.records = {any_record(any(1)), any_record(any(1))};
    place.idle = static_cast<IdlePolicy>(i % 3);
    place.zone = i % 2 ? "gcp:us-west2" : "";
    double joules = 0;
    for (const EnergyTerm& term : energy_terms(run.records, place, *tables))
      joules += term.j_per_unit * series_value(run.records, term.series);
    EXPECT_NEAR(joules / 3.6e6, footprint().energy_kwh.value, 1e-9 * joules);
  }
}

TEST_F(RandomRuns, SharesOfAMachineAddUpToNoMoreThanARunThatHasAllOfIt) {
  for (int i = 0; i < 200; ++i) {
    EnergyRecord whole = any_record(1);
    whole.load_s = any(whole.share_s);
    whole.even_s = whole.watched_s;
    whole.lost_s = 0;
    for (SensorEnergy& made : whole.sensors) made.idle_j = made.even_idle_j = made.run_j / 3;
    place.idle = static_cast<IdlePolicy>(i % 3);
    run.records = {whole};
    const double all = footprint().it_kwh.value;
    double sum = 0;
    for (const double share : {0.5, 0.3, 0.2}) {
      EnergyRecord part = whole;
      part.share_s *= share;
      part.load_s *= share;
      part.even_s /= 3;
      for (SensorEnergy& made : part.sensors) {
        made.run_j *= share;
        made.idle_j *= share;
        made.even_idle_j /= 3;
      }
      for (model::UnmeasuredDevice& device : part.unmeasured) {
        device.held_s *= share;
        if (device.busy_s) *device.busy_s *= share;
      }
      run.records = {part};
      sum += footprint().it_kwh.value;
    }
    EXPECT_NEAR(sum, all, 1e-9 * all);
  }
}

// --- sums ----------------------------------------------------------------------------------------

TEST_F(RandomRuns, ASumOfSumsIsTheSum) {
  std::vector<Footprint> runs;
  for (int i = 0; i < 12; ++i) {
    run.records = {any_record(any(1))};
    place.zone = i % 3 ? "FR" : "";
    runs.push_back(footprint());
  }
  const Footprint all = add(runs);
  const std::vector<Footprint> halves = {add(std::span(runs).first(5)),
                                         add(std::span(runs).subspan(5))};
  const Footprint again = add(halves);
  EXPECT_NEAR(all.energy_kwh.value, again.energy_kwh.value, 1e-9);
  EXPECT_NEAR(all.energy_kwh.high, again.energy_kwh.high, 1e-9);
  EXPECT_NEAR(all.carbon_kg->value, again.carbon_kg->value, 1e-9);
  EXPECT_NEAR(all.carbon_unknown_kwh, again.carbon_unknown_kwh, 1e-9);
  EXPECT_EQ(all.notes.back(), again.notes.back());
  EXPECT_TRUE(all.zone.empty());
  const double sum =
      std::accumulate(runs.begin(), runs.end(), 0.0,
                      [](double kwh, const Footprint& one) { return kwh + one.energy_kwh.value; });
  EXPECT_NEAR(all.energy_kwh.value, sum, 1e-9);
}

TEST_F(AssessTest, ASumOfOneIsTheOne) {
  place.zone = "FR";
  const std::vector<Footprint> one = {footprint()};
  const Footprint sum = add(one);
  EXPECT_NEAR(sum.energy_kwh.high, one[0].energy_kwh.high, 1e-12);
  EXPECT_EQ(sum.zone, "FR");
  EXPECT_EQ(sum.currency, "EUR");
  EXPECT_TRUE(sum.intensity.has_value());
  EXPECT_EQ(sum.carbon_unknown_kwh, 0);
}

TEST(FootprintSum, OfNothingIsNothing) { EXPECT_EQ(add({}).energy_kwh.value, 0); }

// --- in words
// -------------------------------------------------------------------------------------

TEST_F(AssessTest, TheLineSaysWhatIsMeasuredAndWhatIsNot) {
  measures("nvml:GPU-1", EnergyPart::kGpu, 3'600'000 * 0.31);
  place.zone = "US-CAL-CISO";
  place.price_per_kwh = 0.15;
  EXPECT_EQ(
      print_line(footprint()),
      "0.50 kWh (GPU 0.31 measured ±5 %, CPU 0.10 modelled ±35 %, memory 0.024 modelled ±14 %, "
      "rest 0.065), 0.10 kg CO2e (US-CAL-CISO 2025, 200 g/kWh), 0.075 USD");
  place = {};
  EXPECT_NE(print_line(footprint()).find("kg CO2e (zone not known)"), std::string::npos);
}

TEST_F(AssessTest, TheSummaryIsPlainNumbersAndLacksWhatIsNotKnown) {
  place.zone = "FR";
  const Value known = to_summary(footprint());
  EXPECT_NEAR(known.find("gco2e")->number_or(0), footprint().carbon_kg->value * 1000, 1e-9);
  EXPECT_EQ(known.find("currency")->string_or(""), "EUR");
  place.zone.clear();
  const Value unknown = to_summary(footprint());
  EXPECT_NE(unknown.find("kwh"), nullptr);
  EXPECT_EQ(unknown.find("gco2e"), nullptr);
  EXPECT_EQ(unknown.find("money"), nullptr);
}

TEST_F(AssessTest, TheValueHasEveryNumberWithItsRangeAndMethod) {
  place.zone = "FR";
  const Value all = to_value(footprint());
  for (const char* name :
       {"energy_kwh", "it_kwh", "pue", "carbon_kg", "money", "intensity_g_per_kwh"})
    for (const char* member : {"value", "low", "high", "method"})
      EXPECT_NE(model::find_path(all, fmt::format("{}.{}", name, member)), nullptr)
          << name << member;
  EXPECT_EQ(model::find_path(all, "intensity_g_per_kwh.level")->string_or(""), "zone, year");
  EXPECT_TRUE(all.find("market_carbon_kg")->is_null());
}

}  // namespace
}  // namespace cairn::footprint
