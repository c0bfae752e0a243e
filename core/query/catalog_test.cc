// Catalog: runs are found by what people remember of them, and the table follows the store.
#include "query/catalog.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "store/testing/filled_store.h"

namespace cairn::query {
namespace {

using model::Value;
using store::FilledStore;
constexpr const char* kProject = FilledStore::kProject;

class CatalogTest : public testing::Test {
 protected:
  void given(const std::string& id, const std::string& name, double lr) {
    Value about{model::Object{}};
    about.set("name", name);
    Value config{model::Object{}};
    config.set("lr", lr);
    about.set("config", std::move(config));
    x_store.begin(id, 1, std::move(about));
  }
  std::vector<std::string> ids(const std::string& filter) {
    RunTable::Select select;
    select.filter = filter;
    const auto page = x_catalog.runs(kProject, select);
    EXPECT_TRUE(page) << page.error().message();
    std::vector<std::string> found;
    if (page)
      for (const model::RunInfo& run : page->runs) found.push_back(run.id);
    return found;
  }
  using Ids = std::vector<std::string>;
  void log(const std::string& run, const std::string& key, const std::vector<double>& values,
           int session = 1) {
    model::Points points;
    for (const double value : values)
      points.push(static_cast<int64_t>(points.size()), ++x_time_ns, value);
    x_store.add(run, key, points, session);
  }
  Catalog::Cells cells(const std::string& filter, const std::string& sort,
                       const std::vector<std::string>& columns) {
    RunTable::Select select;
    select.filter = filter;
    select.sort = parse_sort(sort).value_or(std::vector<SortKey>());
    auto cells = x_catalog.cells(kProject, select, columns);
    EXPECT_TRUE(cells) << cells.error().message();
    return cells.value_or(Catalog::Cells{});
  }
  // "key/stream/runs" of every key.
  std::vector<std::string> keys() {
    std::vector<std::string> printed;
    const auto keys = x_catalog.project_keys(kProject);
    EXPECT_TRUE(keys) << keys.error().message();
    if (keys)
      for (const auto& key : **keys)
        printed.push_back(fmt::format("{}/{}/{}", key.key, static_cast<int>(key.stream), key.runs));
    return printed;
  }
  int64_t x_time_ns = 0;

  FilledStore x_store;
  Catalog x_catalog{*x_store};
};

TEST_F(CatalogTest, ListsTheNewestFirst) {
  given("a", "first", 0.1);
  given("b", "second", 0.2);
  EXPECT_EQ(ids(""), (Ids{"b", "a"}));
  EXPECT_EQ(ids("config.lr < 0.15"), Ids{"a"});
}

TEST_F(CatalogTest, FollowsTheStore) {
  given("a", "first", 0.1);
  EXPECT_EQ(ids("summary.loss > 1"), Ids{});
  model::Points points;
  points.push(0, 1, 2.5);
  x_store.add("a", "loss", points);
  EXPECT_EQ(ids("summary.loss > 1"), Ids{"a"});
  x_store.seal("a");
  EXPECT_EQ(ids("summary.loss > 1"), Ids{"a"});
  EXPECT_EQ(ids("state = running"), Ids{});
  given("b", "second", 0.2);
  ASSERT_TRUE(x_store->remove_run(kProject, "a"));
  EXPECT_EQ(ids(""), Ids{"b"});
}

TEST_F(CatalogTest, ForgetsWhatARebuildDidNotFind) {
  given("kept", "", 0.1);
  x_store.seal("kept");
  given("lost", "", 0.2);
  EXPECT_EQ(ids(""), (Ids{"lost", "kept"}));
  ASSERT_TRUE(x_store->rebuild(kProject));  // "lost" was in no pack, and no journal has it
  EXPECT_EQ(ids(""), Ids{"kept"});
}

TEST_F(CatalogTest, ARunIsMeantByItsIdANameOrABeginning) {
  given("abc1", "quiet-ridge", 0.1);
  given("abd2", "loud-hill", 0.1);
  given("loud", "other", 0.1);
  const auto means = [&](const std::string& reference) {
    const auto run = x_catalog.run(kProject, reference);
    return run ? run->id : std::string(print_code(run.error().code()));
  };
  EXPECT_EQ(means("abc1"), "abc1");
  EXPECT_EQ(means("abc"), "abc1");
  EXPECT_EQ(means("quiet-ridge"), "abc1");
  EXPECT_EQ(means("loud"), "loud") << "an id before a name's beginning";
  EXPECT_EQ(means("ab"), "conflict");
  EXPECT_EQ(means("nothing"), "not_found");
  EXPECT_EQ(x_catalog.find_run("abd")->project, kProject);
}

TEST_F(CatalogTest, StatisticsOfASeriesAreColumns) {
  for (const char* run : {"a", "b", "c"}) given(run, run, 0.1);
  log("a", "loss", {3, 1, 2});
  log("b", "loss", {9, 7, 8});
  x_store.seal("a");
  const auto shown = cells("min:loss < 5", "-max:loss", {"min:loss", "max:loss", "last:loss"});
  ASSERT_EQ(shown.ids, Ids{"a"});
  EXPECT_EQ(shown.rows[0], (std::vector<Value>{1.0, 3.0, 2.0}));
  EXPECT_EQ(cells("", "max:loss", {}).ids, (Ids{"a", "b", "c"}));
  EXPECT_EQ(cells("min:loss is null", "", {}).ids, Ids{"c"});
}

TEST_F(CatalogTest, StatisticsFollowTheStore) {
  given("a", "a", 0.1);
  log("a", "loss", {3});
  EXPECT_EQ(cells("", "", {"min:loss"}).rows[0][0], Value(3.0));
  log("a", "loss", {2});
  EXPECT_EQ(cells("", "", {"min:loss"}).rows[0][0], Value(2.0));
  x_store.seal("a");
  x_store.begin("a", 2);
  log("a", "loss", {5}, 2);  // takes step 0 again
  EXPECT_EQ(cells("", "", {"min:loss"}).rows[0][0], Value(5.0));
  x_store.seal("a", 2);
  EXPECT_EQ(cells("", "", {"min:loss"}).rows[0][0], Value(5.0));
  Catalog fresh(*x_store);
  EXPECT_EQ(fresh.cells(kProject, {}, {"min:loss"})->rows[0][0], Value(5.0)) << "from the index";
}

TEST_F(CatalogTest, WhatIsBestIsSaidByTheGoal) {
  given("low", "", 0.1);
  given("high", "", 0.1);
  given("unsaid", "", 0.1);
  for (const char* run : {"low", "high", "unsaid"}) log(run, "val/x", {2, 1, 3});
  x_store.tell("low", model::MetricDefined{"val/*", model::Object{{"goal", "minimize"}}});
  const auto before = cells("best:val/x is not null", "", {"best:val/x"});
  ASSERT_EQ(before.ids, Ids{"low"});
  EXPECT_EQ(before.rows[0][0], Value(1.0));
  x_store.tell("high", model::MetricDefined{"val/x", model::Object{{"goal", "maximize"}}});
  EXPECT_EQ(cells("", "-best:val/x", {}).ids, (Ids{"high", "low", "unsaid"}));
}

TEST_F(CatalogTest, WithoutAGoalNothingIsBestAndThatIsSaid) {
  given("a", "", 0.1);
  log("a", "loss", {2, 1});
  const auto shown = cells("", "", {"best:loss"});
  EXPECT_TRUE(shown.rows[0][0].is_null());
  ASSERT_FALSE(shown.warnings.empty());
  EXPECT_NE(shown.warnings[0].find("define_metric('loss'"), std::string::npos) << shown.warnings[0];
}

TEST_F(CatalogTest, ColumnsMadeWhenAskedForAreNoneOfEverybody) {
  given("a", "", 0.1);
  log("a", "loss", {2});
  const auto count = [&] { return x_catalog.columns(kProject)->size(); };
  const size_t before = count();
  cells("", "", {"min:loss", "meta.python.version"});
  EXPECT_EQ(count(), before);
}

TEST_F(CatalogTest, CapturedFactsAreThereWhenAskedFor) {
  const Value about{model::Object{
      {"meta", model::Object{{"python", model::Object{{"version", "3.11"}}},
                             {"git", model::Object{{"commit", "abc"}, {"root", "/src"}}}}}}};
  x_store.begin("sealed", 1, about);
  log("sealed", "loss", {1});
  x_store.seal("sealed");
  x_store.begin("alive", 1, about);
  x_store.begin("other");
  EXPECT_EQ(ids("meta.python.version = '3.11'"), (Ids{"alive", "sealed"}));
  EXPECT_EQ(ids("git.commit = abc and git.root ~ src and meta.git.commit = abc"),
            (Ids{"alive", "sealed"}));
  x_store.tell("other",
               model::CaptureAdded{model::Object{{"python", model::Object{{"version", "3.12"}}}}});
  EXPECT_EQ(ids("meta.python.version = '3.12'"), Ids{"other"});
}

TEST_F(CatalogTest, AnArchivedRunIsThereAndSaysSo) {
  given("a", "", 0.1);
  given("b", "", 0.1);
  log("a", "loss", {1});
  x_store.tell("a", model::AttributesChanged{model::Object{{"archived", true}}});
  EXPECT_EQ(ids("archived = true"), Ids{"a"});
  EXPECT_EQ(ids("archived = false"), Ids{"b"});
  x_store.seal("a");
  EXPECT_TRUE(x_catalog.run(kProject, "a")->archived);
  EXPECT_EQ(ids("archived = true"), Ids{"a"});
  x_store.begin("a", 2);
  x_store.tell("a", model::AttributesChanged{model::Object{{"archived", false}}}, 2);
  EXPECT_EQ(ids("archived = true"), Ids{});
}

TEST_F(CatalogTest, KeysAreCountedOverAllRuns) {
  for (const char* run : {"a", "b", "c"}) given(run, run, 0.1);
  log("a", "loss", {1});
  log("b", "loss", {1});
  log("b", "acc", {1});
  EXPECT_EQ(keys(), (Ids{"acc/0/1", "loss/0/2"}));
  x_store.seal("a");
  EXPECT_EQ(keys(), (Ids{"acc/0/1", "loss/0/2"}));
  x_store.write_out();
  log("b", "loss", {2});  // its key is in a pack, and in memory
  log("c", "loss", {1});
  x_store.add_rows("c", {{"loss"}, model::Stream::kSystem, {5}, {5}, {{1}}});
  log("c", "zeta", {1});
  EXPECT_EQ(keys(), (Ids{"acc/0/1", "loss/0/3", "zeta/0/1"}));
  ASSERT_TRUE(x_store->remove_run(kProject, "a"));
  EXPECT_EQ(keys(), (Ids{"acc/0/1", "loss/0/2", "zeta/0/1"}));
  ASSERT_TRUE(x_store->remove_run(kProject, "b"));
  EXPECT_EQ(keys(), (Ids{"loss/0/1", "zeta/0/1"}));
}

TEST_F(CatalogTest, KeysOfTheMachineAreASideOfTheirOwn) {
  given("a", "", 0.1);
  x_store.add_rows("a", {{"cpu.percent"}, model::Stream::kSystem, {5}, {5}, {{1}}});
  EXPECT_EQ(keys(), Ids{"cpu.percent/1/1"});
  x_store.seal("a");
  EXPECT_EQ(keys(), Ids{"cpu.percent/1/1"});
  ASSERT_TRUE(x_store->rebuild(kProject));
  EXPECT_EQ(keys(), Ids{"cpu.percent/1/1"});
}

TEST_F(CatalogTest, GroupsMayBeMadeByWhatIsMadeWhenAskedFor) {
  for (const char* run : {"a", "b", "c"}) given(run, run == std::string("c") ? "y" : "x", 0.1);
  log("a", "loss", {1});
  log("b", "loss", {3});
  RunTable::GroupBy by;
  by.by = {"name"};
  by.measures = {"min:loss"};
  const auto groups = x_catalog.groups(kProject, by);
  ASSERT_TRUE(groups) << groups.error().message();
  ASSERT_EQ(groups->groups.size(), 2u);
  EXPECT_EQ(groups->groups[0].measures[0].mean, 2);
  EXPECT_DOUBLE_EQ(groups->groups[0].measures[0].std(), std::sqrt(2.0));
  EXPECT_EQ(groups->groups[1].measures[0].count, 0u);
}

TEST_F(CatalogTest, CountsRunsOfProjects) {
  given("a", "", 0.1);
  given("b", "", 0.1);
  x_store.seal("a");
  const auto projects = x_catalog.projects();
  ASSERT_TRUE(projects && projects->size() == 1);
  EXPECT_EQ(projects->at(0).runs, 2u);
  EXPECT_EQ(projects->at(0).running, 1u);
}

}  // namespace
}  // namespace cairn::query
