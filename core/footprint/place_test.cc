// The rules of places: what settings may say, and what goes before what.
#include <gtest/gtest.h>

#include "footprint/assess.h"

namespace cairn::footprint {
namespace {

using model::Object;
using model::Value;

std::string fault(const Value& value) {
  const auto parsed = parse_place(value);
  return parsed ? "" : parsed.error().message();
}

TEST(Place, IsReadFromItsMembers) {
  const auto place = parse_place(Object{{"zone", "FR"},
                                        {"provider", "gcp"},
                                        {"pue", 1.1},
                                        {"kg_per_kwh", 0.3},
                                        {"price_per_kwh", 0.25},
                                        {"currency", "EUR"},
                                        {"kind", "marginal"},
                                        {"scope", "direct"},
                                        {"idle", "all"}});
  ASSERT_TRUE(place.has_value()) << place.error().message();
  EXPECT_EQ(place->zone, "FR");
  EXPECT_EQ(place->pue, 1.1);
  EXPECT_EQ(place->currency, "EUR");
  EXPECT_EQ(place->kind, IntensityKind::kMarginal);
  EXPECT_EQ(place->scope, IntensityScope::kDirect);
  EXPECT_EQ(place->idle, IdlePolicy::kAll);
  EXPECT_TRUE(parse_place(Value()).has_value());
  EXPECT_TRUE(parse_place(Object{{"pue", Value()}}).has_value()) << "null is open";
}

TEST(Place, WhatMakesNoSenseIsRefusedInWords) {
  EXPECT_EQ(fault("FR"), "expected a place as an object");
  EXPECT_EQ(fault(Object{{"zoen", "FR"}}), "unknown setting 'zoen'; did you mean 'zone'?");
  EXPECT_EQ(fault(Object{{"pue", 0.9}}), "expected pue as a number from 1 to 5");
  EXPECT_EQ(fault(Object{{"pue", "1.2"}}), "expected pue as a number from 1 to 5");
  EXPECT_EQ(fault(Object{{"kg_per_kwh", -1}}),
            "expected kg_per_kwh as a number from 0 to 1000000000");
  EXPECT_EQ(fault(Object{{"currency", "euro"}}),
            "expected currency as three capital letters, found 'euro'");
  EXPECT_EQ(fault(Object{{"idle", "some"}}),
            "expected idle as 'none', 'proportional' or 'all', found 'some'");
}

TEST(Place, WhatIsAboveGoesBeforeWhatIsBelow) {
  Place below, above;
  below.zone = "gcp:us-west1";
  below.pue = 1.1;
  below.price_per_kwh = 0.1;
  below.currency = "EUR";
  EXPECT_EQ(lay_over(below, above).zone, "gcp:us-west1");
  above.zone = "FR";
  above.price_per_kwh = 0.2;
  const Place both = lay_over(below, above);
  EXPECT_EQ(both.zone, "FR");
  EXPECT_EQ(both.pue, 1.1);
  EXPECT_EQ(both.price_per_kwh, 0.2);
  EXPECT_EQ(both.currency, "") << "a price brings its own currency";
}

TEST(IdlePolicies, HaveNames) {
  EXPECT_EQ(parse_idle_policy("proportional"), IdlePolicy::kProportional);
  EXPECT_EQ(parse_idle_policy("half"), std::nullopt);
}

}  // namespace
}  // namespace cairn::footprint
