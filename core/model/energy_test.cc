// Rules of the record of energy as it stands in a run's meta.
#include "model/energy.h"

#include <gtest/gtest.h>

#include <limits>

namespace cairn::model {
namespace {

EnergyRecord full_record() {
  EnergyRecord record;
  record.machine = {"0f3c", "node-7", "AMD EPYC 9654", 2, 384, int64_t{1} << 40, true};
  record.began_ns = 1'700'000'000'000'000'000;
  record.ended_ns = 1'700'000'060'000'000'000;
  record.watched_s = 59.5;
  record.lost_s = 0.5;
  record.cpu_s = 31.25;
  record.share_s = 12.5;
  record.even_s = 30;
  record.load_s = 4.75;
  record.sensors.push_back({"nvml:GPU-1", "NVIDIA H200", EnergyPart::kGpu, EnergyShare::kBusyTime,
                            20'000, 9000.5, 3000, 2500, 8990.25, 59, 2});
  record.sensors.push_back({"rapl:intel-rapl:0", "package-0", EnergyPart::kCpu});
  record.unmeasured.push_back({"nvml:MIG-2", "A30", EnergyPart::kGpu, 14.5, 7.25});
  record.unmeasured.push_back({"nvml:GPU-3", "T4", EnergyPart::kGpu, 3, std::nullopt});
  return record;
}

// `change` is made to the printed form of a good record.
template <typename Change>
bool is_read_after(const Change& change) {
  Value value = to_value(full_record());
  change(value);
  return parse_energy_record(value).has_value();
}

TEST(EnergyRecord, ReadsBackAsItWasPrinted) {
  const auto record = parse_energy_record(to_value(full_record()));
  ASSERT_TRUE(record) << record.error().message();
  EXPECT_EQ(to_value(*record), to_value(full_record()));
  EXPECT_EQ(record->machine.memory_bytes, int64_t{1} << 40);
  EXPECT_TRUE(record->machine.is_virtual);
  EXPECT_EQ(record->ended_ns, 1'700'000'060'000'000'000);
  EXPECT_EQ(record->load_s, 4.75);
  ASSERT_EQ(record->sensors.size(), 2u);
  EXPECT_EQ(record->sensors[0].share, EnergyShare::kBusyTime);
  EXPECT_EQ(record->sensors[0].other_j, 8990.25);
  EXPECT_EQ(record->sensors[0].resets, 2);
  EXPECT_EQ(record->sensors[1].other_j, std::nullopt);
  ASSERT_EQ(record->unmeasured.size(), 2u);
  EXPECT_EQ(record->unmeasured[0].busy_s, 7.25);
  EXPECT_EQ(record->unmeasured[1].busy_s, std::nullopt);
}

TEST(EnergyRecord, WhatIsUnknownOfTheMachineIsLeftOut) {
  const Value value = to_value(EnergyRecord{});
  EXPECT_EQ(*value.find("machine"), Value(Object{}));
  const auto record = parse_energy_record(value);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->machine.sockets, 0);
  EXPECT_EQ(record->machine.cpu_model, "");
}

TEST(EnergyRecord, ANumberMayHaveLostItsFraction) {
  EXPECT_TRUE(is_read_after([](Value& v) { v.set("watched_s", int64_t{60}); }));
  EXPECT_FALSE(is_read_after([](Value& v) { v.set("began_ns", 60.0); }));
}

TEST(EnergyRecord, AMissingMemberIsRefused) {
  const Value good = to_value(full_record());
  for (const auto& [name, member] : *good.as_object())
    EXPECT_FALSE(is_read_after([&](Value& v) { v.erase(name); })) << name;
  for (const char* name : {"sensor", "name", "part", "share", "device_j", "run_j", "covered_s"})
    EXPECT_FALSE(is_read_after([&](Value& v) {
      const_cast<Value*>(v.find("sensors"))->as_list()->front().erase(name);
    })) << name;
  for (const char* name : {"device", "name", "part", "held_s"})
    EXPECT_FALSE(is_read_after([&](Value& v) {
      const_cast<Value*>(v.find("unmeasured"))->as_list()->front().erase(name);
    })) << name;
}

TEST(EnergyRecord, WhatIsNoAmountIsRefused) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Value& bad :
       List{-1.0, infinity, -infinity, infinity - infinity, "1", Value(), true, List{}, Object{}}) {
    EXPECT_FALSE(is_read_after([&](Value& v) { v.set("watched_s", bad); }));
    EXPECT_FALSE(is_read_after([&](Value& v) { v.set("ended_ns", bad); }));
    EXPECT_FALSE(is_read_after([&](Value& v) {
      const_cast<Value*>(v.find("sensors"))->as_list()->front().set("other_j", bad);
    }));
    EXPECT_FALSE(is_read_after([&](Value& v) {
      const_cast<Value*>(v.find("unmeasured"))->as_list()->front().set("busy_s", bad);
    }));
  }
  EXPECT_FALSE(is_read_after([](Value& v) { v.set("ended_ns", int64_t{-1}); }));
}

TEST(EnergyRecord, AnotherKindOfValueIsRefused) {
  for (const Value& bad : List{Value(), 1, "x", List{}, Object{}}) {
    EXPECT_FALSE(parse_energy_record(bad));
    if (!bad.as_object()) {
      EXPECT_FALSE(is_read_after([&](Value& v) { v.set("machine", bad); }));
    }
    if (!bad.as_list()) {
      EXPECT_FALSE(is_read_after([&](Value& v) { v.set("sensors", bad); }));
    }
    EXPECT_FALSE(is_read_after([&](Value& v) { v.set("unmeasured", List{bad}); }));
  }
  for (const char* name : {"part", "share"})
    EXPECT_FALSE(is_read_after([&](Value& v) {
      const_cast<Value*>(v.find("sensors"))->as_list()->front().set(name, "steam");
    }));
}

TEST(EnergyRecord, EveryNameReadsBack) {
  for (uint8_t i = 0; i <= static_cast<uint8_t>(EnergyPart::kPlatform); ++i)
    EXPECT_EQ(parse_part(print_part(static_cast<EnergyPart>(i))), static_cast<EnergyPart>(i));
  for (uint8_t i = 0; i <= static_cast<uint8_t>(EnergyShare::kVisible); ++i)
    EXPECT_EQ(parse_share(print_share(static_cast<EnergyShare>(i))), static_cast<EnergyShare>(i));
  EXPECT_EQ(parse_part(""), std::nullopt);
  EXPECT_EQ(parse_share("CPU_TIME"), std::nullopt);
}

TEST(EnergyRecord, ThoseOfAllWritersAreFoundAndTheUnreadableCounted) {
  Value meta;
  int64_t unreadable = -1;
  EXPECT_TRUE(energy_records(meta, &unreadable).empty());
  EXPECT_EQ(unreadable, 0);
  Value energy;
  energy.set("node-7-1", to_value(full_record()));
  energy.set("node-8-1", 7);
  energy.set("node-9-1", to_value(full_record()));
  meta.set("energy", energy);
  EXPECT_EQ(energy_records(meta).size(), 2u);
  EXPECT_EQ(energy_records(meta, &unreadable).size(), 2u);
  EXPECT_EQ(unreadable, 1);
  meta.set("energy", "plenty");
  EXPECT_TRUE(energy_records(meta, &unreadable).empty());
  EXPECT_EQ(unreadable, 1);
}

}  // namespace
}  // namespace cairn::model
