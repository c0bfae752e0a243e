// Catalog: runs are found by what people remember of them, and the table follows the store.
#include "query/catalog.h"

#include <gtest/gtest.h>

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
