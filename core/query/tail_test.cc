// Tail: what is new is told once, however the store moves it; what cannot be told is named.
#include "query/tail.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/limits.h"
#include "store/testing/filled_store.h"

namespace cairn::query {
namespace {

using model::Points;
using store::FilledStore;
using Steps = std::vector<int64_t>;
using Ids = std::vector<std::string>;

class TailTest : public testing::Test {
 protected:
  TailTest() { x_store.begin("r"); }

  void follow(const Ids& runs = {"r"}, const Ids& keys = {"loss"}) {
    auto tail = Tail::begin(*x_store, FilledStore::kProject, runs, keys);
    ASSERT_TRUE(tail) << tail.error().message();
    x_tail = std::move(*tail);
  }
  void add(const Steps& steps, const std::string& run = "r", int session = 1) {
    Points points;
    for (const int64_t step : steps) points.push(step, ++x_time_ns, static_cast<double>(step) / 2);
    x_store.add(run, "loss", points, session);
  }
  Tail::News next() {
    auto news = x_tail->next();
    EXPECT_TRUE(news) << news.error().message();
    return news.value_or(Tail::News{});
  }
  // The steps that the only series has got since the last look.
  Steps told() {
    const Tail::News news = next();
    if (news.deltas.empty()) return {};
    EXPECT_EQ(news.deltas.size(), 1u);
    EXPECT_FALSE(news.deltas[0].again);
    return news.deltas[0].points.step;
  }
  bool told_to_read_again() {
    const Tail::News news = next();
    return news.deltas.size() == 1 && news.deltas[0].again && news.deltas[0].points.size() == 0;
  }

  FilledStore x_store;
  std::unique_ptr<Tail> x_tail;
  int64_t x_time_ns = 100;
};

TEST_F(TailTest, BeginsBehindWhatIsThere) {
  add({0, 1});
  follow();
  EXPECT_TRUE(next().is_empty());
  add({2});
  EXPECT_EQ(told(), Steps{2});
}

TEST_F(TailTest, TellsEveryPointOnceInOrderOfArrival) {
  follow();
  add({5, 6});
  add({6, 2});  // overwrites one, and comes late
  EXPECT_EQ(told(), (Steps{5, 6, 6, 2}));
  EXPECT_TRUE(next().is_empty());
}

TEST_F(TailTest, TellsTimesAndValues) {
  follow();
  add({8});
  const Tail::News news = next();
  ASSERT_EQ(news.deltas.size(), 1u);
  EXPECT_EQ(news.deltas[0].run, "r");
  EXPECT_EQ(news.deltas[0].key, "loss");
  EXPECT_EQ(news.deltas[0].points.time_ns, Steps{101});
  EXPECT_EQ(news.deltas[0].points.value, std::vector<double>{4});
}

TEST_F(TailTest, ACheckpointTellsNothingTwiceAndLosesNothing) {
  follow();
  add({0});
  EXPECT_EQ(told(), Steps{0});
  add({1});
  x_store.write_out();
  add({2});
  EXPECT_EQ(told(), (Steps{1, 2}));
  x_store.write_out();
  EXPECT_EQ(told(), Steps{});
}

TEST_F(TailTest, SealingTellsThatTheRunChangedAndNoPoints) {
  follow();
  add({0});
  EXPECT_EQ(told(), Steps{0});
  x_store.seal("r");
  const Tail::News news = next();
  EXPECT_TRUE(news.deltas.empty());
  EXPECT_EQ(news.changed, Ids{"r"});
}

TEST_F(TailTest, AResumeGoesOn) {
  follow();
  add({0, 1});
  x_store.seal("r");
  x_store.begin("r", 2);
  add({2}, "r", 2);
  EXPECT_EQ(told(), (Steps{0, 1, 2}));
}

TEST_F(TailTest, AResumeThatHidesPointsIsToBeReadAgain) {
  add({0, 1, 2});
  x_store.seal("r");
  follow();
  x_store.begin("r", 2);
  add({1}, "r", 2);
  EXPECT_TRUE(told_to_read_again());
  add({2}, "r", 2);
  EXPECT_EQ(told(), Steps{2});
}

TEST_F(TailTest, ARemovedRunIsNamedAndNothingIsToldOfIt) {
  follow();
  add({0});
  ASSERT_TRUE(x_store->remove_run(FilledStore::kProject, "r"));
  const Tail::News news = next();
  EXPECT_TRUE(news.deltas.empty());
  EXPECT_EQ(news.removed, Ids{"r"});
  EXPECT_TRUE(next().is_empty());
}

TEST_F(TailTest, OtherSeriesAreNotToldButTheirRunsAre) {
  follow({"r"}, {"acc"});
  x_store.begin("s");
  add({0});
  add({0}, "s");
  const Tail::News news = next();
  EXPECT_TRUE(news.deltas.empty());
  EXPECT_EQ(news.changed, (Ids{"r", "s"}));
  EXPECT_FALSE(news.everything);
}

TEST_F(TailTest, ARunThatIsYetToComeMayBeFollowed) {
  follow({"later"});
  x_store.begin("later");
  add({3}, "later");
  EXPECT_EQ(told(), Steps{3});
}

TEST_F(TailTest, WhatAnotherProcessWroteOutIsToBeReadAgain) {
  x_store.write_out();
  follow();
  add({0});
  EXPECT_EQ(told(), Steps{0});
  // It reads on to where this process is not yet, and seals.
  const auto other = store::open_embedded(posix_disk(), x_store.root(), false);
  ASSERT_TRUE(other);
  const model::JournalName journal{"r", 1, "w"};
  const auto position = (*other)->position(FilledStore::kProject, journal);
  ASSERT_TRUE(position && *position);
  store::Batch batch;
  batch.from = **position;
  batch.to = batch.from + 5000;
  batch.tables.push_back({{"loss"}, model::Stream::kHistory, {0, 1}, {1, 2}, {{7, 8}}});
  ASSERT_TRUE((*other)->apply(FilledStore::kProject, journal, std::move(batch)));
  ASSERT_TRUE((*other)->set_writer(FilledStore::kProject, journal, model::Liveness::kEnded));
  ASSERT_TRUE((*other)->checkpoint(FilledStore::kProject, false));
  EXPECT_TRUE(told_to_read_again());
}

TEST_F(TailTest, RowsThatAreReadAnewAreToldNoMore) {
  follow();
  add({0});
  add({1});
  EXPECT_EQ(told(), (Steps{0, 1}));
  // Another process wrote out the first of the two batches; this one reads the second anew.
  const auto other = store::open_embedded(posix_disk(), x_store.root(), false);
  const model::JournalName journal{"r", 1, "w"};
  store::Batch first;
  first.to = 2000;
  first.tables.push_back({{"loss"}, model::Stream::kHistory, {0}, {1}, {{7}}});
  ASSERT_TRUE((*other)->apply(FilledStore::kProject, journal, std::move(first)));
  ASSERT_TRUE((*other)->checkpoint(FilledStore::kProject, true));
  EXPECT_TRUE(told_to_read_again());
  store::Batch second;
  second.from = 2000;
  second.to = 3000;
  second.tables.push_back({{"loss"}, model::Stream::kHistory, {1}, {2}, {{8}}});
  ASSERT_TRUE(x_store->apply(FilledStore::kProject, journal, std::move(second)));
  EXPECT_EQ(told(), Steps{});
}

TEST_F(TailTest, WhoeverDoesNotAskForLongIsToReadAgain) {
  follow();
  const Steps many(kTailPointsMax / 2 + 1, 7);
  add(many);
  add(many);
  EXPECT_TRUE(told_to_read_again());
  add({9});
  EXPECT_EQ(told(), Steps{9});
}

TEST_F(TailTest, AfterARebuildEverythingIsNew) {
  x_store.seal("r");
  follow();
  ASSERT_TRUE(x_store->rebuild(FilledStore::kProject));
  const Tail::News news = next();
  EXPECT_TRUE(news.everything);
  ASSERT_EQ(news.deltas.size(), 1u);
  EXPECT_TRUE(news.deltas[0].again);
}

TEST_F(TailTest, TooManySeriesAreRefused) {
  const Ids keys(kSeriesPerRequestMax + 1, "k");
  const auto refused = Tail::begin(*x_store, FilledStore::kProject, {"r"}, keys);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kLimit);
}

TEST_F(TailTest, OneThatIsGoneHearsNothing) {
  follow();
  x_tail.reset();
  add({0});
}

}  // namespace
}  // namespace cairn::query
