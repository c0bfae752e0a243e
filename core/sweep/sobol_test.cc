// Rules of Sobol points: one in every interval, more even than chance, another set for each seed.
#include "sweep/sobol.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "surrogate/random.h"

namespace cairn::sweep {
namespace {

using Points = std::vector<std::vector<double>>;

Points points_of(const Sobol& sobol, uint64_t begin, size_t count) {
  Points points(count, std::vector<double>(sobol.dimensions()));
  for (size_t i = 0; i < count; ++i) sobol.point(begin + i, points[i]);
  return points;
}

size_t cell(double place, size_t cells) {
  return static_cast<size_t>(place * static_cast<double>(cells));
}

// The squared L2 star discrepancy (Warnock 1972).
double discrepancy(const Points& points) {
  const auto n = static_cast<double>(points.size());
  double sum = 1, single = 0, pairs = 0;
  for (size_t k = 0; k < points[0].size(); ++k) sum /= 3;
  for (const auto& a : points) {
    double product = 1;
    for (const double place : a) product *= (1 - place * place) / 2;
    single += product;
    for (const auto& b : points) {
      double both = 1;
      for (size_t k = 0; k < a.size(); ++k) both *= 1 - std::max(a[k], b[k]);
      pairs += both;
    }
  }
  return sum - 2 * single / n + pairs / (n * n);
}

TEST(Sobol, EveryIntervalOfEveryAxisHasOnePointOfABlock) {
  const Sobol sobol(200, 7);
  for (const size_t block : {1UL, 8UL, 64UL}) {
    const Points points = points_of(sobol, 3 * block, block);
    for (size_t k = 0; k < sobol.dimensions(); ++k) {
      std::vector<int> hits(block);
      for (const auto& point : points) ++hits[cell(point[k], block)];
      EXPECT_EQ(std::count(hits.begin(), hits.end(), 1), static_cast<long>(block)) << k;
    }
  }
}

TEST(Sobol, TheFirstTwoAxesFillEveryRectangle) {
  const Points points = points_of(Sobol(2, 1), 0, 256);
  for (size_t columns = 1; columns <= 256; columns *= 2) {
    const size_t rows = 256 / columns;
    std::vector<int> hits(256);
    for (const auto& point : points) ++hits[cell(point[0], columns) * rows + cell(point[1], rows)];
    EXPECT_EQ(std::count(hits.begin(), hits.end(), 1), 256) << columns;
  }
}

TEST(Sobol, IsFarMoreEvenThanChance) {
  surrogate::Random random(1);
  Points chance(256, std::vector<double>(6));
  for (auto& point : chance)
    for (double& place : point) place = random.unit();
  EXPECT_LT(discrepancy(points_of(Sobol(6, 1), 0, 256)), 0.25 * discrepancy(chance));
}

TEST(Sobol, SeedsGiveOtherPointsAndOneSeedTheSame) {
  EXPECT_EQ(points_of(Sobol(5, 3), 0, 32), points_of(Sobol(5, 3), 0, 32));
  const Points a = points_of(Sobol(5, 3), 0, 32), b = points_of(Sobol(5, 4), 0, 32);
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t k = 0; k < 5; ++k) EXPECT_NE(a[i][k], b[i][k]);
}

TEST(Sobol, AxesBeyondTheTableAreEvenTooAndUnlikeThoseWithin) {
  const Sobol sobol(4096, 2);
  const Points points = points_of(sobol, 0, 64);
  std::vector<int> hits(64), pairs(64);
  for (const auto& point : points) {
    ++hits[cell(point[4000], 64)];
    ++pairs[cell(point[4000 - 3667], 8) * 8 + cell(point[4000], 8)];
  }
  EXPECT_EQ(std::count(hits.begin(), hits.end(), 1), 64);
  EXPECT_GT(std::count_if(pairs.begin(), pairs.end(), [](int n) { return n > 0; }), 24);
}

}  // namespace
}  // namespace cairn::sweep
