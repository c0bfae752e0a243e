// Comparing results, and execution keys that turn out to matter.
#include "recall/results.h"

#include <gtest/gtest.h>

#include <cmath>

namespace cairn::recall {
namespace {

using model::Object;
using model::Value;

Value summary(double accuracy) {
  return Object{{"val", Object{{"acc", accuracy}}}, {"_runtime", 12.5}, {"steps", 10}};
}

class ResultsTest : public ::testing::Test {
 protected:
  std::vector<trace::Output> outputs{{"model.bin", std::string(64, 'a'), 10, false}};
  std::vector<trace::Output> other_outputs{{"model.bin", std::string(64, 'b'), 10, false}};

  Comparison compare(const Value& before, const Value& after,
                     const std::vector<Value>& replicates = {}) {
    return compare_results(before, outputs, after, other_outputs, replicates);
  }
};

TEST_F(ResultsTest, MetricsAreAllNumbersButThoseOfTime) {
  const auto metrics = metrics_of(summary(0.9));
  ASSERT_EQ(metrics.size(), 2U);
  EXPECT_EQ(metrics[0].name, "val.acc");
  EXPECT_EQ(metrics[1].name, "steps");
  EXPECT_TRUE(
      metrics_of(Object{{"train_time", 3.0}, {"step_s", 1.0}, {"samples_per_sec", 2.0}}).empty());
}

TEST_F(ResultsTest, WhereThereAreMetricsTheyDecide) {
  const auto comparison = compare(summary(0.9), summary(0.9));
  EXPECT_EQ(comparison.other_outputs, 1U);
  EXPECT_TRUE(comparison.is_same()) << "a log with a date in it is no other result";
}

TEST_F(ResultsTest, WhereThereAreNoneTheOutputsDo) {
  EXPECT_FALSE(compare({}, {}).is_same());
  EXPECT_TRUE(compare_results({}, outputs, {}, outputs, {}).is_same());
  EXPECT_TRUE(compare_results({}, {}, {}, {}, {}).is_empty());
}

TEST_F(ResultsTest, ADifferenceIsWithinTheNoiseOnlyWhereThatIsKnown) {
  const auto unknown = compare(summary(0.90), summary(0.91));
  EXPECT_FALSE(unknown.is_same());
  EXPECT_FALSE(unknown.is_within_noise());
  ASSERT_EQ(unknown.differences.size(), 1U);
  EXPECT_FALSE(unknown.differences[0].noise);

  const std::vector<Value> seeds = {summary(0.89), summary(0.90), summary(0.91)};
  EXPECT_TRUE(compare(summary(0.90), summary(0.91), seeds).is_within_noise());
  EXPECT_FALSE(compare(summary(0.90), summary(0.95), seeds).is_within_noise());
}

TEST_F(ResultsTest, NotANumberIsTheSameAsItself) {
  EXPECT_TRUE(compare(summary(NAN), summary(NAN)).is_same());
  EXPECT_FALSE(compare(summary(NAN), summary(0.5)).is_within_noise());
}

class DemotionTest : public ::testing::Test {
 protected:
  static Manifest manifest(int workers, const std::string& seed, const std::string& exact) {
    Manifest made;
    made.config = Object{{"lr", 0.1}, {"num_workers", workers}};
    made.identity.experiment = "f";
    made.identity.replicate = "r" + seed;
    made.identity.exact = exact;
    return made;
  }
  const Manifest none = manifest(0, "0", "x0"), eight = manifest(8, "0", "x8"),
                 other_seed = manifest(0, "1", "x1"), third_seed = manifest(0, "2", "x2");
  trace::KeyClasses classes;
};

TEST_F(DemotionTest, AnExecutionKeyThatChangesTheResultIsASetting) {
  const auto found =
      find_demoted({{"a", &none, summary(0.9)}, {"b", &eight, summary(0.8)}}, classes);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].key, "num_workers");
  EXPECT_EQ(found[0].first, "a");
  EXPECT_EQ(found[0].second, "b");
  EXPECT_EQ(found[0].metric, "val.acc");
}

TEST_F(DemotionTest, TheSameResultAndNoiseDemoteNothing) {
  EXPECT_TRUE(
      find_demoted({{"a", &none, summary(0.9)}, {"b", &eight, summary(0.9)}}, classes).empty());
  EXPECT_TRUE(find_demoted({{"a", &none, summary(0.90)},
                            {"b", &eight, summary(0.91)},
                            {"c", &other_seed, summary(0.89)},
                            {"d", &third_seed, summary(0.93)}},
                           classes)
                  .empty());
}

TEST_F(DemotionTest, RunsOfOtherSeedsSayNothingOfKeys) {
  EXPECT_TRUE(find_demoted({{"a", &none, summary(0.9)}, {"b", &other_seed, summary(0.5)}}, classes)
                  .empty());
}

}  // namespace
}  // namespace cairn::recall
