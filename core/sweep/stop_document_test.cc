// Tests of stop rules as users write them.
#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "sweep/stop_rules.h"

namespace cairn::sweep {
namespace {

using model::List;
using model::Object;
using model::Value;
using Kind = StopRule::Kind;

StopRule read(const Value& document) {
  auto rule = read_stop_rule(document);
  EXPECT_TRUE(rule) << (rule ? "" : rule.error().message());
  return rule.value_or(StopRule{});
}

std::string refused(const Value& document) {
  const auto rule = read_stop_rule(document);
  EXPECT_FALSE(rule);
  return rule ? "" : rule.error().message();
}

TEST(StopDocumentTest, ReadsBothFormsOfWeightsAndBiases) {
  const StopRule by_min = read(Object{{"type", "hyperband"}, {"min_iter", 3}});
  EXPECT_EQ(by_min.kind, Kind::kHyperband);
  EXPECT_EQ(by_min.min_resource, 3);
  EXPECT_EQ(by_min.eta, 3);
  EXPECT_TRUE(by_min.is_strict);
  EXPECT_TRUE(std::isnan(by_min.max_resource));
  const StopRule by_max = read(
      Object{{"type", "hyperband"}, {"max_iter", 27}, {"s", 2}, {"eta", 2.5}, {"strict", false}});
  EXPECT_EQ(by_max.max_resource, 27);
  EXPECT_EQ(by_max.brackets, 2U);
  EXPECT_EQ(by_max.eta, 2.5);
  EXPECT_FALSE(by_max.is_strict);
}

TEST(StopDocumentTest, ReadsANameAloneAndOptunasNames) {
  EXPECT_EQ(read("median").kind, Kind::kMedian);
  EXPECT_EQ(read(true).kind, Kind::kAuto);
  EXPECT_EQ(read(false).kind, Kind::kNone);
  EXPECT_EQ(read(Value()).kind, Kind::kNone);
  const StopRule rule =
      read(Object{{"type", "median"}, {"n_warmup_steps", 30}, {"n_startup_trials", 0}});
  EXPECT_EQ(rule.warmup, 30);
  EXPECT_EQ(rule.startup_trials, 0U);
  EXPECT_EQ(read(Object{{"type", "asha"}, {"reduction_factor", 4}, {"min_iter", 2}}).min_resource,
            2);
}

TEST(StopDocumentTest, WhatIsPrintedReadsTheSame) {
  const std::vector<Object> documents = {
      {{"type", "none"}},
      {{"type", "auto"}, {"max_resource", 100}, {"eta", 2.5}, {"dry", true}},
      {{"type", "median"}},
      {{"type", "percentile"},
       {"percentile", 25},
       {"startup_trials", 3},
       {"min_trials", 2},
       {"warmup", 2},
       {"interval", 5}},
      {{"type", "asha"},
       {"min_resource", 0.5},
       {"max_resource", 81},
       {"brackets", 2},
       {"promotion", true}},
      {{"type", "hyperband"}, {"min_iter", 1}},
      {{"type", "hyperband"}, {"max_iter", 27}, {"s", 1}, {"eta", 2}, {"strict", false}},
      {{"type", "patience"}, {"warmup", 3}, {"patience", 5}, {"min_gain", 0.01}},
      {{"type", "threshold"}, {"low", -1}, {"high", 2.5}},
      {{"type", "wilcoxon"}, {"warmup", 4}, {"p_value", 0.05}}};
  for (const Object& document : documents) {
    const Value printed = print_stop_rule(read(document));
    EXPECT_EQ(printed.as_object()->size(), document.size()) << *document[0].second.as_string();
    for (const auto& [key, value] : document) {
      ASSERT_TRUE(printed.find(key)) << key;
      EXPECT_EQ(*printed.find(key), value) << key;
    }
  }
}

TEST(StopDocumentTest, AMisspeltNameIsOfferedTheNearest) {
  EXPECT_EQ(refused(Object{{"type", "hyperbant"}, {"min_iter", 3}}),
            "unknown type 'hyperbant' of early_terminate; did you mean 'hyperband'?");
  EXPECT_EQ(refused(Object{{"type", "hyperband"}, {"min_itr", 3}}),
            "unknown key 'min_itr' of early_terminate of type hyperband; did you mean 'min_iter'?");
  EXPECT_EQ(refused(Object{{"type", "bandit"}}),
            "unknown type 'bandit' of early_terminate; expected one of none, auto, median, "
            "percentile, asha, hyperband, patience, threshold, wilcoxon");
  EXPECT_EQ(refused(Object{{"type", "wilcoxon"}, {"promotion", true}}),
            "unknown key 'promotion' of early_terminate of type wilcoxon; expected one of warmup, "
            "p_value, dry");
}

TEST(StopDocumentTest, AValueOutsideOfItsRangeIsRefused) {
  const std::vector<std::pair<Object, std::string>> cases = {
      {{{"type", "hyperband"}, {"min_iter", 3}, {"eta", 1}},
       "expected 'eta' to be a number above 1, found 1"},
      {{{"type", "hyperband"}, {"min_iter", 0}},
       "expected 'min_iter' to be a number of at least 1, found 0"},
      {{{"type", "patience"}, {"patience", 2.5}},
       "expected 'patience' to be a whole number of at least 1, found 2.5"},
      {{{"type", "percentile"}, {"percentile", 101}},
       "expected 'percentile' to be a number from 0 to 100, found 101"},
      {{{"type", "hyperband"}, {"min_iter", 3}, {"strict", 1}},
       "expected 'strict' to be true or false, found 1"},
      {{{"type", "threshold"}, {"low", "x"}}, "expected 'low' to be a number, found 'x'"},
      {{{"type", "auto"}, {"max_resource", true}},
       "expected 'max_resource' to be a number above 0, found true"}};
  for (const auto& [document, message] : cases) EXPECT_EQ(refused(document), message);
}

TEST(StopDocumentTest, WhatIsMissingIsNamed) {
  EXPECT_EQ(refused(Object{{"type", "hyperband"}}),
            "expected 'min_iter', or 'max_iter' and 's', for hyperband");
  EXPECT_EQ(refused(Object{{"type", "hyperband"}, {"max_iter", 27}}),
            "expected 's', the number of bands, besides 'max_iter'");
  EXPECT_EQ(refused(Object{{"type", "hyperband"}, {"max_iter", 2}, {"s", 1}}),
            "expected 'max_iter' to be at least eta (3), found 2");
  EXPECT_EQ(refused(Object{{"type", "threshold"}}), "expected 'low', 'high' or both for threshold");
  EXPECT_EQ(refused(Object{{"type", "threshold"}, {"low", 2}, {"high", 1}}),
            "expected 'low' to be at most 'high' (1), found 2");
  EXPECT_EQ(refused(Object{{"min_iter", 3}}),
            "expected early_terminate to be {type: …}, found {min_iter: 3}");
  EXPECT_EQ(refused(List{1}), "expected early_terminate to be {type: …}, found [1]");
}

}  // namespace
}  // namespace cairn::sweep
