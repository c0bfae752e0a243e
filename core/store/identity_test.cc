// Runs are found by what identifies them: in the index, in living tails, in other processes.
#include "store/identity.h"

#include <gtest/gtest.h>

#include "store/sqlite.h"
#include "store/testing/filled_store.h"

namespace cairn::store {
namespace {

using model::Object;
using model::Value;

constexpr char kF[] = "0123456789abcdef0123456789abcdef";
constexpr char kOther[] = "ffffffffffffffffffffffffffffffff";
using Names = std::vector<std::string>;

Names found_in(Store& store, const std::string& key, size_t limit = 10) {
  const auto parsed = parse_identity_key(key);
  EXPECT_TRUE(parsed) << key;
  const auto found = store.find_by_identity(FilledStore::kProject, *parsed, limit);
  EXPECT_TRUE(found) << found.error().message();
  Names runs;
  if (found)
    for (const Store::FoundRun& run : *found) runs.push_back(run.run);
  return runs;
}

class IdentityTest : public testing::Test {
 protected:
  void given_living(const std::string& run, Object facts, Object config = {}) {
    x_store.begin(
        run, 1,
        Object{{"meta", Object{{"recall", std::move(facts)}}}, {"config", std::move(config)}});
  }
  void given(const std::string& run, Object facts, Object config = {}) {
    given_living(run, std::move(facts), std::move(config));
    x_store.seal(run);
  }
  void captured(const std::string& run, Object facts) {
    x_store.tell(run, model::CaptureAdded{Object{{"recall", std::move(facts)}}});
  }
  Names found(const std::string& key, size_t limit = 10) { return found_in(*x_store, key, limit); }
  std::unique_ptr<Store> another_process() {
    auto store = open_embedded(posix_disk(), x_store.root(), false);
    EXPECT_TRUE(store);
    return std::move(*store);
  }
  std::string path() const { return model::Layout(x_store.root()).index(FilledStore::kProject); }
  int64_t rows() {
    auto database = Database::open(path());
    return database->query_integer("SELECT count(*) FROM identity").value_or(-1);
  }

  const std::string x_f = std::string("F:") + kF;
  FilledStore x_store;
};

TEST_F(IdentityTest, RunsAreFoundNewestFirst) {
  given("a", {{"F", kF}});
  given("b", {{"F", kOther}});
  given("c", {{"F", kF}});
  given_living("d", {{"F", kF}});
  EXPECT_EQ(found(x_f), (Names{"d", "c", "a"}));
  EXPECT_EQ(found(x_f, 2), (Names{"d", "c"}));
  EXPECT_EQ(found(std::string("F0:") + kF), Names{}) << "of another kind";
}

TEST_F(IdentityTest, AKeyIsFoundWhereverItStands) {
  given("a", {{"P", kF}, {"entry", "train.py"}, {"program", Object{{"P", kOther}, {"C", kF}}}});
  for (const std::string key : {"P:", "C:"}) EXPECT_EQ(found(key + kF), Names{"a"}) << key;
  EXPECT_EQ(found(std::string("P:") + kOther), Names{"a"});
  EXPECT_EQ(found("entry:train.py"), Names{"a"});
  EXPECT_EQ(found("entry:train"), Names{});
}

TEST_F(IdentityTest, ARunThatWasReusedIsFoundByItsSourceOnly) {
  given("a", {{"F", kF}});
  given("b", {{"F", kF}, {"source", "digits/a"}});
  EXPECT_EQ(found(x_f), Names{"a"});
  EXPECT_EQ(found("source:digits/a"), Names{"b"});
}

TEST_F(IdentityTest, ARunIsFoundByWhatItGoesOnFrom) {
  given("a", {{"resumed_from", "letters/z"}});
  given("b", {}, {{"forked_from", Object{{"run", "a"}, {"step", 7}}}});
  EXPECT_EQ(found("resumed_from:letters/z"), Names{"a"});
  EXPECT_EQ(found("resumed_from:digits/a"), Names{"b"});
}

TEST_F(IdentityTest, WhatIsNoKeyIsStoredNowhere) {
  given("a",
        {{"F", 7}, {"P", "short"}, {"R", std::string(32, 'g')}, {"entry", ""}, {"C", Value()}});
  given("b", {});
  EXPECT_EQ(rows(), 0);
}

TEST_F(IdentityTest, AKeyThatChangedIsFoundByItsLastValue) {
  given_living("a", {{"F", kF}});
  x_store.write_out();
  EXPECT_EQ(found(x_f), Names{"a"});
  captured("a", {{"F", kOther}});
  EXPECT_EQ(found(x_f), Names{}) << "the tail knows better than the index";
  x_store.seal("a");
  EXPECT_EQ(found(x_f), Names{});
  EXPECT_EQ(found(std::string("F:") + kOther), Names{"a"});
  EXPECT_EQ(rows(), 1);
}

TEST_F(IdentityTest, ARunThatIsRemovedIsNotFound) {
  given("a", {{"F", kF}, {"entry", "train.py"}});
  given("b", {{"F", kF}});
  ASSERT_TRUE(x_store->remove_run(FilledStore::kProject, "a"));
  EXPECT_EQ(found(x_f), Names{"b"});
  EXPECT_EQ(rows(), 1);
}

TEST_F(IdentityTest, ARebuildFindsTheSame) {
  given("a", {{"F", kF}, {"entry", "train.py"}});
  given("b", {{"F", kF}});
  const Names before = found(x_f);
  ASSERT_TRUE(x_store->rebuild(FilledStore::kProject));
  EXPECT_EQ(found(x_f), before);
  EXPECT_EQ(rows(), 3);
}

TEST_F(IdentityTest, WhatAnotherProcessDoesIsSeen) {
  const auto other = another_process();
  EXPECT_EQ(found_in(*other, x_f), Names{});
  given("a", {{"F", kF}});
  given("b", {{"F", kF}});
  EXPECT_EQ(found_in(*other, x_f), (Names{"b", "a"}));
  ASSERT_TRUE(other->remove_run(FilledStore::kProject, "b"));
  EXPECT_EQ(found(x_f), Names{"a"});
}

TEST_F(IdentityTest, AnIndexOfVersionTwoIsFilled) {
  given("a", {{"F", kF}});
  given("b", {{"F", kF}, {"entry", "train.py"}});
  {
    auto old = Database::open(path());
    ASSERT_TRUE(old->execute("DROP TABLE identity; PRAGMA user_version=2"));
  }
  const auto store = another_process();
  EXPECT_EQ(found_in(*store, x_f), (Names{"b", "a"}));
  EXPECT_EQ(found_in(*store, "entry:train.py"), Names{"b"});
}

TEST(IdentityKeyTest, OfARequestIsAKindAColonAndAKey) {
  const auto key = parse_identity_key(std::string("F0:") + kF);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->kind, IdentityKind::kNoBudget);
  EXPECT_EQ(key->key.size(), 16u);
  EXPECT_EQ(parse_identity_key("entry:a:b.py")->key, "a:b.py");
}

TEST(IdentityKeyTest, OfAnotherKindOrLengthIsRefused) {
  for (const char* text :
       {"", "F", "F:", "F:0123", "Q:0123456789abcdef0123456789abcdef",
        "entry:", "F:0123456789abcdef0123456789abcdef00", "F:0123456789abcdef0123456789abcdeg",
        "F:0123456789abcdef0123456789abcd 1", "f:", ":x"}) {
    const auto key = parse_identity_key(text);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().code(), Code::kInvalid);
  }
}

}  // namespace
}  // namespace cairn::store
