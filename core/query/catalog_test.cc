// Catalog: runs are found by what people remember of them, and the table follows the store.
#include "query/catalog.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

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

// Costs as told by a run's meta {"joules": n}.
class MadeUpCosts : public RunCosts {
 public:
  Value summarise(const Run& run) const override {
    ++x_asked;
    const Value* joules = run.meta.find("joules");
    if (!joules) return {};
    return model::Object{{"kwh", joules->number_or(0) * x_kwh_per_joule},
                         {"zone", "FR"},
                         {"ran_s", run.ran_s.value_or(-1)}};
  }
  Terms energy_terms(const Value&) const override { return {}; }

  mutable int x_asked = 0;
  double x_kwh_per_joule = 1;
};

class CostsTest : public CatalogTest {
 protected:
  void given_used(const std::string& id, double joules, Value summary = {}) {
    x_store.begin(id, 1, model::Object{{"meta", model::Object{{"joules", joules}}}});
    if (!summary.is_null()) x_store.tell(id, model::SummaryChanged{std::move(summary)});
  }
  Ids ids_of(Catalog& catalog, const std::string& filter, const std::string& sort = "") {
    RunTable::Select select;
    select.filter = filter;
    select.sort = parse_sort(sort).value_or(std::vector<SortKey>());
    const auto cells = catalog.cells(kProject, select, {});
    EXPECT_TRUE(cells) << cells.error().message();
    return cells ? cells->ids : Ids{};
  }

  MadeUpCosts x_costs;
  Catalog x_priced{*x_store, &x_costs};
};

TEST_F(CostsTest, AreColumnsThatFilterAndSort) {
  given_used("a", 3);
  given_used("b", 5);
  x_store.seal("b");
  given("unknown", "", 0.1);
  EXPECT_EQ(ids_of(x_priced, "summary.footprint.kwh > 4"), Ids{"b"});
  EXPECT_EQ(ids_of(x_priced, "", "summary.footprint.kwh"), (Ids{"a", "b", "unknown"}));
  EXPECT_EQ(ids_of(x_priced, "summary.footprint.kwh is null"), Ids{"unknown"});
  given_used("c", 9);
  x_store.tell("a", model::CaptureAdded{model::Object{{"joules", 7.0}}});
  EXPECT_EQ(ids_of(x_priced, "summary.footprint.kwh > 4", "summary.footprint.kwh"),
            (Ids{"b", "a", "c"}))
      << "they follow the store";
}

TEST_F(CostsTest, StandInTheSummaryOfARun) {
  given_used("a", 3);
  EXPECT_EQ(*find_path(x_priced.run(kProject, "a")->summary, "footprint.kwh"), Value(3.0));
  EXPECT_EQ(*find_path(x_priced.find_run("a")->summary, "footprint.zone"), Value("FR"));
  const auto page = x_priced.runs(kProject, {});
  ASSERT_TRUE(page && page->runs.size() == 1);
  EXPECT_EQ(*find_path(page->runs[0].summary, "footprint.kwh"), Value(3.0));
}

TEST_F(CostsTest, WhatARunSaysItselfIsKept) {
  given_used("nested", 3, model::Object{{"footprint", model::Object{{"kwh", 1.5}}}});
  given_used("dotted", 3, model::Object{{"footprint.kwh", 2.5}});
  EXPECT_EQ(ids_of(x_priced, "summary.footprint.kwh = 1.5"), Ids{"nested"});
  EXPECT_EQ(ids_of(x_priced, "summary.footprint.kwh = 2.5"), Ids{"dotted"});
  EXPECT_EQ(ids_of(x_priced, "summary.footprint.zone is not null"), Ids{}) << "and is not mixed";
  EXPECT_EQ(find_path(x_priced.run(kProject, "dotted")->summary, "footprint.zone"), nullptr);
}

TEST_F(CostsTest, AreNotComputedUnlessAskedFor) {
  given_used("a", 3);
  x_store.add_rows("a", {{"energy.share_s"}, model::Stream::kSystem, {5}, {5}, {{1}}});
  EXPECT_EQ(ids_of(x_priced, "state = running"), Ids{"a"});
  const auto columns = x_priced.columns(kProject);
  ASSERT_TRUE(columns);
  EXPECT_TRUE(std::any_of(columns->begin(), columns->end(), [](const auto& column) {
    return column.name == "summary.footprint.kwh" && column.runs() == 1;
  })) << "but they are offered";
  EXPECT_EQ(x_costs.x_asked, 0);
}

TEST_F(CostsTest, AreForgottenWhenTheTablesChange) {
  given_used("a", 3);
  EXPECT_EQ(ids_of(x_priced, "summary.footprint.kwh = 3"), Ids{"a"});
  x_costs.x_kwh_per_joule = 2;
  x_priced.forget_costs();
  EXPECT_EQ(ids_of(x_priced, "summary.footprint.kwh = 6"), Ids{"a"});
}

TEST_F(CostsTest, RunsThatMatchAreVisitedWithTheirFacts) {
  for (int i = 0; i < 20; ++i) given_used("r" + std::to_string(i), i);
  for (const std::string& filter : {std::string("id ~ '^r1'"), std::string("id = r7")}) {
    std::map<std::string, Value> seen;
    RunTable::Select select;
    select.filter = filter;
    const auto visited = x_priced.for_each_match(
        kProject, select, {"summary.footprint.kwh"},
        [&](std::string_view run, const std::vector<Value>& cells, const Value& meta) {
          EXPECT_EQ(cells[0], *meta.find("joules"));
          seen.emplace(run, cells[0]);
        });
    EXPECT_TRUE(visited) << visited.error().message();
    EXPECT_EQ(seen.size(), ids_of(x_priced, filter).size());
  }
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
