// The published cases: every line of every scenario, those that hold and those that do not.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "footprint/estimate.h"
#include "footprint/scenario_line.h"
#include "footprint/testing/small_tables.h"

namespace cairn::footprint {
namespace {

using ::testing::Test;

class ScenarioTest : public Test {
 protected:
  std::shared_ptr<const Tables> tables = testing::small_tables();

  std::vector<ScenarioLine> lines(std::string_view name) { return lines(name, *tables); }
  std::vector<ScenarioLine> lines(std::string_view name, const Tables& from) {
    const auto result = scenario(name, from);
    EXPECT_TRUE(result) << name;
    return result ? result->lines : std::vector<ScenarioLine>{};
  }
  // The line whose claim contains `text`.
  ScenarioLine line(std::string_view name, std::string_view text) {
    for (const ScenarioLine& line : lines(name))
      if (line.claim.find(text) != std::string::npos) return line;
    ADD_FAILURE() << "no line has " << text;
    return {};
  }
  // Claims that are flagged.
  std::vector<std::string> flagged(std::string_view name) { return flagged(name, *tables); }
  std::vector<std::string> flagged(std::string_view name, const Tables& from) {
    std::vector<std::string> claims;
    for (const ScenarioLine& line : lines(name, from))
      if (!line.is_consistent) claims.push_back(line.claim);
    return claims;
  }
  void expect_says(const ScenarioLine& line, std::initializer_list<std::string_view> words) {
    EXPECT_FALSE(line.is_consistent) << line.claim;
    for (const std::string_view word : words)
      EXPECT_NE(line.remark.find(word), std::string::npos) << line.remark;
  }
};

TEST_F(ScenarioTest, EveryLineHasItsArithmeticAndSourceAndOnlyFlaggedOnesARemark) {
  for (const std::string& name : scenario_names())
    for (const ScenarioLine& line : lines(name)) {
      EXPECT_FALSE(line.claim.empty() || line.unit.empty()) << name;
      EXPECT_FALSE(line.arithmetic.empty() || line.source.empty()) << line.claim;
      EXPECT_EQ(line.is_consistent, line.remark.empty()) << line.claim;
      EXPECT_TRUE(line.computed.low <= line.computed.value &&
                  line.computed.value <= line.computed.high)
          << line.claim;
    }
}

TEST_F(ScenarioTest, AnUnknownOneIsToldTheNearest) {
  const auto near = scenario("esay-2019", *tables);
  ASSERT_FALSE(near);
  EXPECT_EQ(near.error().code(), Code::kInvalid);
  EXPECT_NE(near.error().message().find("'essay-2019'"), std::string::npos);
  EXPECT_NE(scenario("zzz", *tables).error().message().find("strubell-2019"), std::string::npos);
}

// --- Strubell 2019 ---------------------------------------------------------------------------

TEST_F(ScenarioTest, StrubellsTableThreeHoldsButForTwoRoundedHours) {
  EXPECT_EQ(
      flagged("strubell-2019"),
      (std::vector<std::string>{"BERT_base on 64 V100: energy", "BERT_base on 64 V100: carbon",
                                "BERT_base on 64 V100: cost", "NAS on 1 TPUv2: cost"}));
  expect_says(line("strubell-2019", "BERT_base on 64 V100: energy"), {"79.2 h", "1,506.8 kWh"});
  expect_says(line("strubell-2019", "BERT_base on 64 V100: carbon"), {"1,437.5 lb"});
  expect_says(line("strubell-2019", "BERT_base on 64 V100: cost"), {"$3,750.9-12,570.6"});
  expect_says(line("strubell-2019", "NAS on 1 TPUv2: cost"), {"32,633 h", "$44,054.6-146,848.5"});
}

TEST_F(ScenarioTest, StrubellsNumbersComeOut) {
  struct Case {
    std::string_view claim;
    double value, low;
  };
  for (const Case& each : {Case{"Transformer_base on 8 P100: energy", 26.84, 26.84},
                           {"Transformer_base on 8 P100: carbon", 25.61, 25.61},
                           {"Transformer_base on 8 P100: cost", 140.2, 41.3},
                           {"Transformer_big on 8 P100: energy", 201.13, 201.13},
                           {"Transformer_big on 8 P100: carbon", 191.88, 191.88},
                           {"Transformer_big on 8 P100: cost", 981.1, 289.0},
                           {"ELMo on 3 P100: energy", 274.82, 274.82},
                           {"ELMo on 3 P100: carbon", 262.17, 262.17},
                           {"ELMo on 3 P100: cost", 1471.7, 433.4},
                           {"BERT_base on 64 V100: energy", 1503.0, 1503.0},
                           {"BERT_base on 64 V100: carbon", 1433.9, 1433.9},
                           {"BERT_base on 16 TPUv2: cost", 6912.0, 2073.6},
                           {"NAS on 8 P100: energy", 656'347.3, 656'347.3},
                           {"NAS on 8 P100: carbon", 626'155.3, 626'155.3},
                           {"NAS on 8 P100: cost", 3'201'721.6, 942'972.8},
                           {"NAS on 1 TPUv2: cost", 146'803.5, 44'041.05},
                           {"GPT-2 on 32 TPUv3: cost", 43'008.0, 12'902.4},
                           {"1 model: cost", 175.2, 51.6},
                           {"24 models: cost", 4'204.8, 1'238.4},
                           {"4,789 models: cost", 350'315, 103'175},
                           {"1 model: carbon", 39.24, 39.24},
                           {"24 models: electricity", 118.5, 118.5},
                           {"4,789 models: carbon", 78'468, 78'468}}) {
    const auto found = line("strubell-2019", each.claim);
    EXPECT_NEAR(found.computed.value, each.value, 0.001 * each.value) << each.claim;
    EXPECT_NEAR(found.computed.low, each.low, 0.001 * each.low) << each.claim;
  }
}

// --- models ----------------------------------------------------------------------------------

TEST_F(ScenarioTest, PattersonsRowsHoldWithinTheRoundingOfDaysAndWatts) {
  EXPECT_TRUE(flagged("patterson-2021").empty());
  for (const auto& [claim, mwh] : {std::pair{"GPT-3 on 10,000 V100: energy", 1'287.0},
                                   {"T5 on 512", 85.7},
                                   {"Meena on", 232.0},
                                   {"Switch Transformer on", 179.0},
                                   {"GShard-600B on", 24.1},
                                   {"NAS on 200", 7.5}})
    EXPECT_NEAR(line("patterson-2021", claim).computed.value, mwh, 0.01 * mwh) << claim;
}

TEST_F(ScenarioTest, DodgesMeanWattsAreBelowWhatTheGpusCanDraw) {
  EXPECT_TRUE(flagged("dodge-2022").empty());
  const auto all = lines("dodge-2022");
  const double watts[] = {129, 130, 281, 67, 100, 100, 90, 116, 224, 259, 275};
  ASSERT_EQ(all.size(), std::size(watts));
  for (size_t i = 0; i < all.size(); ++i)
    EXPECT_NEAR(all[i].computed.value, watts[i], 0.7) << all[i].claim;
}

TEST_F(ScenarioTest, OfLlamasCardsOnlyTheOneWithoutAGridIsFlagged) {
  EXPECT_EQ(flagged("llama"), std::vector<std::string>{"Llama 3.3 70B"});
  expect_says(line("llama", "Llama 3.3 70B"), {"0.0026 kg/kWh", "2,040 t"});
  EXPECT_NEAR(line("llama", "Llama 2 7B").computed.value, 31.22, 0.005);
  EXPECT_NEAR(line("llama", "Llama 2 13B").computed.value, 62.45, 0.005);
  EXPECT_NEAR(line("llama", "Llama 2 70B").computed.value, 291.42, 0.005);
  EXPECT_NEAR(line("llama", "Llama 2 34B").computed.value, 153.91, 0.01);
  EXPECT_NEAR(line("llama", "Llama 3.1 405B").computed.value, 8'930, 8'930 * 0.007);
  EXPECT_NEAR(line("llama", "Llama 4 Scout").computed.value, 1'354, 2);
}

// --- inference -------------------------------------------------------------------------------

TEST_F(ScenarioTest, InferenceHoldsButForOneParityAndTwoTotals) {
  EXPECT_EQ(flagged("inference-2024"),
            (std::vector<std::string>{"BLOOM: energy of the whole project",
                                      "BLOOMz-3B: requests until inference has used as much"}));
  expect_says(line("inference-2024", "BLOOMz-3B"), {"3,245 kWh"});
  expect_says(line("inference-2024", "whole project"), {"1,163,088", "1,163,032"});
  EXPECT_NEAR(line("inference-2024", "BLOOMz-7B").computed.value, 592'570'000, 1);
  EXPECT_NEAR(line("inference-2024", "for a kWh").computed.value, 4'166.7, 0.1);
  EXPECT_NEAR(line("inference-2024", "their grid").computed.value, 125, 1e-9);
}

TEST_F(ScenarioTest, SlipsInDocumentationAreFlagged) {
  EXPECT_EQ(flagged("codecarbon-docs").size(), 2U);
  expect_says(line("codecarbon-docs", "Transformer_base"), {"$41-140"});
  expect_says(line("codecarbon-docs", "intensity"), {"731.59 g/kWh"});
}

// --- the essay -------------------------------------------------------------------------------

TEST_F(ScenarioTest, TheEssayIsRightButForCaliforniaTerawattsAndTheSupercomputer) {
  EXPECT_EQ(flagged("essay-2019"),
            (std::vector<std::string>{"an hour of a GPU in California in 2019 emits 0.25 lb",
                                      "over 200 TW",
                                      "27,648 GPUs of a supercomputer draw around a megawatt"}));
  expect_says(line("essay-2019", "California"), {"average of the US", "0.113 lb", "0.179 lb"});
  expect_says(line("essay-2019", "200 TW"), {"200 MW", "200 TWh"});
  expect_says(line("essay-2019", "27,648"), {"6.9 to 8.3 MW", "36 W"});
}

TEST_F(ScenarioTest, TheEssaysNumbersComeOut) {
  struct Case {
    std::string_view claim;
    double value, tolerance;
  };
  for (const Case& each : {Case{"40 GPU-hours", 10, 1e-9},
                           {"and emit about 10 lb", 9.54, 1e-9},
                           {"eight GPUs draw", 2, 1e-9},
                           {"offset", 0.1134, 1e-4},
                           {"draw 200 MW", 200, 1e-9},
                           {"in a year, day and night", 1.753, 0.001},
                           {"27,648", 8.29, 0.01},
                           {"compute grows", 11.5, 0.1},
                           {"so that energy grows", 7.94, 0.01},
                           {"central air conditioning", 2 / 3.5, 1e-9},
                           {"747", 1.53, 0.01}})
    EXPECT_NEAR(line("essay-2019", each.claim).computed.value, each.value, each.tolerance)
        << each.claim;
  const auto inference = line("essay-2019", "inference");
  EXPECT_EQ(inference.computed.low, 60);
  EXPECT_EQ(inference.computed.high, 90);
}

TEST_F(ScenarioTest, TheTablesInTheBinaryFlagTheSameLines) {
  for (const std::string& name : scenario_names())
    EXPECT_EQ(flagged(name, Tables::embedded()), flagged(name)) << name;
}

// --- printing --------------------------------------------------------------------------------

TEST(PrintNumbers, AreReadable) {
  EXPECT_EQ(print_grouped(1234567.89, 1), "1,234,567.9");
  EXPECT_EQ(print_grouped(-1234), "-1,234");
  EXPECT_EQ(print_grouped(999), "999");
  EXPECT_EQ(print_grouped(999.96, 1), "1,000.0");
  EXPECT_EQ(print_short(0), "0");
  EXPECT_EQ(print_short(0.0011339), "0.00113");
  EXPECT_EQ(print_short(7.94328), "7.94");
  EXPECT_EQ(print_short(10), "10");
  EXPECT_EQ(print_short(99.99), "100");
  EXPECT_EQ(print_short(1503.3), "1,503");
  EXPECT_EQ(print_short(1e-9), "1e-09");
}

}  // namespace
}  // namespace cairn::footprint
