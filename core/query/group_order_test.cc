// Groups are sorted by what is shown of them, and say which runs they are.
#include "query/group_order.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace cairn::query {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

class GroupOrderTest : public testing::Test {
 protected:
  GroupOrderTest() {
    x_by.by = {"config.opt", "config.lr"};
    x_by.measures = {"summary.loss", "min:loss"};
    add("a", "adam", 0.1, 3);
    add("b", "adam", 0.1, 5);
    add("c", "sgd", 0.01, 1);
    add("d", "sgd", {}, 2);
    add("e", {}, kNan, kNan);
  }
  void add(const std::string& id, const model::Value& opt, const model::Value& lr, double loss) {
    const RunTable::Row row = x_table.row(id);
    x_table.set(row, x_table.column("id"), id);
    x_table.set(row, x_table.column("config.opt"), opt);
    x_table.set(row, x_table.column("config.lr"), lr);
    x_table.set(row, x_table.column("summary.loss"), loss);
  }
  // The first run of each group, in order.
  std::string order(const std::string& sort) {
    auto groups = x_table.group(x_by);
    EXPECT_TRUE(groups) << groups.error().message();
    const auto keys = parse_group_sort(sort, x_by);
    EXPECT_TRUE(keys) << keys.error().message();
    sort_groups(groups->groups, *keys);
    std::string firsts;
    for (const RunTable::Group& group : groups->groups)
      firsts += x_table.value(group.first, x_table.column("id")).string_or("");
    return firsts;
  }

  RunTable x_table;
  RunTable::GroupBy x_by;
};

TEST_F(GroupOrderTest, ByRunsByValuesAndByStatistics) {
  EXPECT_EQ(order(""), "acde");
  EXPECT_EQ(order("-runs"), "acde");
  EXPECT_EQ(order("runs,-config.opt"), "cdea");
  EXPECT_EQ(order("mean:summary.loss"), "cdae");
  EXPECT_EQ(order("-mean:summary.loss"), "adce");
  EXPECT_EQ(order("config.lr"), "caed");
}

TEST_F(GroupOrderTest, WhatHasNoValueComesLastBothWays) {
  EXPECT_EQ(order("-max:summary.loss").back(), 'e');
  EXPECT_EQ(order("max:summary.loss").back(), 'e');
  EXPECT_EQ(order("-config.opt").back(), 'e');
  EXPECT_EQ(order("std:summary.loss").front(), 'a') << "of one run there is no deviation";
}

TEST_F(GroupOrderTest, AStatisticOfAStatisticIsMeantByBothNames) {
  ASSERT_TRUE(parse_group_sort("-mean:min:loss", x_by));
}

TEST_F(GroupOrderTest, WhatIsNotShownIsNoOrder) {
  for (const char* sort : {"config.depth", "mean:config.depth", "median:summary.loss", "-"}) {
    const auto keys = parse_group_sort(sort, x_by);
    ASSERT_FALSE(keys) << sort;
    EXPECT_EQ(keys.error().code(), Code::kInvalid);
  }
}

TEST_F(GroupOrderTest, AGroupsFilterFindsItsRunsAndNoOthers) {
  const auto groups = x_table.group(x_by);
  ASSERT_TRUE(groups);
  for (const RunTable::Group& group : groups->groups) {
    RunTable::Select select;
    select.filter = print_group_filter(x_by, group);
    const auto found = x_table.select(select);
    ASSERT_TRUE(found) << select.filter << found.error().message();
    EXPECT_EQ(found->total, group.runs) << select.filter;
    EXPECT_EQ(found->rows.front(), group.first) << select.filter;
  }
}

TEST_F(GroupOrderTest, TimesAndDurationsHaveFiltersToo) {
  x_table.set_time(0, x_table.column("created"), 1'700'000'000'123'456'789);
  x_table.set_duration(0, x_table.column("duration"), 90'000'000'001);
  x_by.by = {"created", "duration"};
  const auto groups = x_table.group(x_by);
  ASSERT_TRUE(groups);
  for (const RunTable::Group& group : groups->groups) {
    RunTable::Select select;
    select.filter = print_group_filter(x_by, group);
    EXPECT_EQ(x_table.select(select)->total, group.runs) << select.filter;
  }
}

TEST_F(GroupOrderTest, AListHasNoFilter) {
  x_table.set_list(0, x_table.column("tags"), {"x"});
  x_by.by = {"tags"};
  EXPECT_EQ(print_group_filter(x_by, x_table.group(x_by)->groups[0]), "");
}

}  // namespace
}  // namespace cairn::query
