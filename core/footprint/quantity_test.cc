// The rules of ranges: they contain their value, grow with what goes in, and keep their method.
#include "footprint/quantity.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

namespace cairn::footprint {
namespace {

class QuantityTest : public ::testing::Test {
 protected:
  Quantity any() {
    std::uniform_real_distribution<double> value(0, 100), width(0, 1.5);
    const double v = value(x_random) < 5 ? 0 : value(x_random);
    const double low = v * std::max(0.0, 1 - width(x_random)), high = v * (1 + width(x_random));
    return {v, low, high, static_cast<Method>(x_random() % 3)};
  }
  static void is_ordered(const Quantity& q) {
    EXPECT_LE(0, q.low);
    EXPECT_LE(q.low, q.value * (1 + 1e-12));
    EXPECT_LE(q.value, q.high * (1 + 1e-12));
  }

  std::mt19937 x_random{7};
};

TEST_F(QuantityTest, ARangeContainsItsValueWhateverIsDoneWithIt) {
  for (int i = 0; i < 2000; ++i) {
    const std::array<Quantity, 3> q = {any(), any(), any()};
    for (const Quantity& each : {q[0] * q[1], q[0] * 2.5, add_independent(q), add_related(q)})
      is_ordered(each);
  }
}

TEST_F(QuantityTest, ASumIsTheSumOfValuesAndRelatedErrorsAreTheWiderOnes) {
  for (int i = 0; i < 2000; ++i) {
    const std::array<Quantity, 3> q = {any(), any(), any()};
    const Quantity independent = add_independent(q), related = add_related(q);
    EXPECT_DOUBLE_EQ(independent.value, related.value);
    EXPECT_LE(related.low, independent.low + 1e-9);
    EXPECT_GE(related.high, independent.high - 1e-9);
    EXPECT_EQ(independent.method, related.method);
  }
}

TEST_F(QuantityTest, AWiderPartMakesAWiderSumAndProduct) {
  for (int i = 0; i < 2000; ++i) {
    const Quantity a = any(), b = any();
    Quantity wide = a;
    wide.low /= 2;
    wide.high *= 2;
    EXPECT_LE((wide * b).low, (a * b).low + 1e-9);
    EXPECT_GE((wide * b).high, (a * b).high - 1e-9);
    const std::array<Quantity, 2> narrow_pair = {a, b}, wide_pair = {wide, b};
    EXPECT_LE(add_independent(wide_pair).low, add_independent(narrow_pair).low + 1e-9);
    EXPECT_GE(add_independent(wide_pair).high, add_independent(narrow_pair).high - 1e-9);
  }
}

TEST_F(QuantityTest, AFactorScalesAllAndAProductWithAnExactNumberDoesTheSame) {
  const Quantity a = quantity(10, 0.35, Method::kModelled);
  const Quantity twice = a * 2, product = a * Quantity{2, 2, 2, Method::kMeasured};
  EXPECT_DOUBLE_EQ(twice.low, 13);
  EXPECT_DOUBLE_EQ(twice.high, 27);
  EXPECT_DOUBLE_EQ(product.low, twice.low);
  EXPECT_DOUBLE_EQ(product.high, twice.high);
  EXPECT_EQ(product.method, Method::kModelled);
}

TEST_F(QuantityTest, IndependentErrorsAddInSquares) {
  const std::array<Quantity, 2> parts = {Quantity{10, 7, 13, Method::kMeasured},
                                         Quantity{10, 6, 14, Method::kMeasured}};
  EXPECT_DOUBLE_EQ(add_independent(parts).low, 15);
  EXPECT_DOUBLE_EQ(add_independent(parts).high, 25);
  EXPECT_DOUBLE_EQ(add_related(parts).low, 13);
  EXPECT_DOUBLE_EQ(add_related(parts).high, 27);
}

TEST_F(QuantityTest, ASmallPartDoesNotWeakenTheMethodOfASum) {
  const std::array<Quantity, 2> mostly = {quantity(95, 0.05, Method::kMeasured),
                                          quantity(5, 0.5, Method::kAssumed)};
  const std::array<Quantity, 2> half = {quantity(50, 0.05, Method::kMeasured),
                                        quantity(50, 0.5, Method::kAssumed)};
  EXPECT_EQ(add_independent(mostly).method, Method::kMeasured);
  EXPECT_EQ(add_independent(half).method, Method::kAssumed);
}

TEST_F(QuantityTest, AnEmptySumIsNothingAndMeasured) {
  const Quantity sum = add_independent({});
  EXPECT_EQ(sum.value, 0);
  EXPECT_EQ(sum.high, 0);
  EXPECT_EQ(sum.method, Method::kMeasured);
}

TEST_F(QuantityTest, AShareAboveOneDoesNotMakeANegativeAmount) {
  EXPECT_EQ(quantity(3, 2, Method::kAssumed).low, 0);
}

}  // namespace
}  // namespace cairn::footprint
