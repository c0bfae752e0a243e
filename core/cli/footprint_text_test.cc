// Footprints as text and as --json has them.
#include "cli/footprint_text.h"

#include <gtest/gtest.h>

#include <cmath>

#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::Value;

Value parse(const char* json) { return wire::parse_json(json).value_or(Value()); }

const Value kKnown = parse(R"({
  "energy_kwh": {"value": 0.42, "low": 0.4, "high": 0.45, "method": "measured"},
  "carbon_kg": {"value": 0.0874, "low": 0.07, "high": 0.1, "method": "modelled"},
  "carbon_range_kg": {"value": 0.0874, "low": 0.07, "high": 0.1, "method": "modelled"},
  "money": null, "zone": "FR", "year": 2025,
  "intensity_g_per_kwh": {"value": 208, "low": 190, "high": 220, "method": "assumed",
                          "level": "zone, year", "kind": "average", "zone": "FR", "year": 2024},
  "pue": {"value": 1, "low": 1, "high": 1.56, "method": "assumed"},
  "parts": [{"part": "gpu", "device": "NVIDIA H200", "source": "nvml", "is_disputed": true,
             "kwh": {"value": 0.31, "low": 0.3, "high": 0.32, "method": "measured"}}],
  "sources": ["nvml"], "notes": ["a doubt"]})");

TEST(FootprintTextTest, ForProgramsIntensityAndPueArePlainNumbers) {
  const Value flat = flatten_footprint(kKnown);
  EXPECT_EQ(*flat.find("intensity_g_per_kwh"), Value(208));
  EXPECT_EQ(*flat.find("pue"), Value(1));
  EXPECT_EQ(*find_path(flat, "intensity.level"), Value("zone, year"));
  EXPECT_EQ(*find_path(flat, "pue_range.high"), Value(1.56));
  EXPECT_EQ(*find_path(flat, "energy_kwh.method"), Value("measured"));
}

TEST(FootprintTextTest, WhatIsUnknownIsNullWithEveryMember) {
  const Value flat = flatten_footprint(Value());
  for (const char* member :
       {"energy_kwh", "carbon_kg", "money", "zone", "year", "intensity_g_per_kwh", "pue"}) {
    const Value* found = flat.find(member);
    ASSERT_NE(found, nullptr) << member;
    EXPECT_TRUE(found->is_null()) << member;
  }
  EXPECT_TRUE(flat.find("sources")->as_list());
}

TEST(FootprintTextTest, AmountsHaveAsManyDigitsAsSaySomething) {
  EXPECT_EQ(print_amount(0), "0");
  EXPECT_EQ(print_amount(0.42), "0.42");
  EXPECT_EQ(print_amount(12345.6), "12346");
  EXPECT_EQ(print_amount(0.00001234), "1.2e-05");
  EXPECT_EQ(print_amount(NAN), "unknown");
  EXPECT_EQ(print_quantity(*kKnown.find("energy_kwh"), "kWh"), "0.42 kWh (0.4 to 0.45, measured)");
  EXPECT_EQ(print_quantity(Value(), "kWh"), "unknown");
  EXPECT_EQ(print_energy(*kKnown.find("energy_kwh")), "0.42 kWh (0.4 to 0.45, measured)");
  EXPECT_EQ(print_energy(parse(R"({"value": 0.005, "low": 0.004, "high": 0.02, "method": "x"})")),
            "5 Wh (4 to 20, x)");
}

TEST(FootprintTextTest, ForPeopleEveryPartAndDoubtIsThere) {
  const Terminal plain(false, false, 0);
  const std::string text = print_footprint(kKnown, plain);
  for (const char* part : {"0.42 kWh", "208 g/kWh, FR 2024 (zone, year)", "NVIDIA H200",
                           "measured, disputed", "a doubt", "nvml"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  Value nowhere = kKnown;
  nowhere.set("carbon_kg", {});
  EXPECT_NE(print_footprint(nowhere, plain).find("0.07 to 0.1 kg CO2e"), std::string::npos);
}

}  // namespace
}  // namespace cairn::cli
