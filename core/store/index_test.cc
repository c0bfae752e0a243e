// The index: what is counted stays true, and one that an older Cairn wrote is taken over.
#include "store/index.h"

#include <gtest/gtest.h>

#include "store/testing/filled_store.h"

namespace cairn::store {
namespace {

class IndexTest : public testing::Test {
 protected:
  void given(const std::string& run, const std::string& key, model::Stream stream) {
    x_store.begin(run);
    x_store.add_rows(run, {{key}, stream, {1}, {1}, {{1}}});
    x_store.seal(run);
  }
  // "key/stream/runs" of every key, as a store sees it that opens the folder now.
  std::vector<std::string> keys() {
    const auto store = open_embedded(posix_disk(), x_store.root(), false);
    EXPECT_TRUE(store);
    const auto keys = (*store)->list_keys(FilledStore::kProject);
    EXPECT_TRUE(keys) << keys.error().message();
    std::vector<std::string> printed;
    if (keys)
      for (const auto& key : *keys)
        printed.push_back(fmt::format("{}/{}/{}", key.key, static_cast<int>(key.stream), key.runs));
    return printed;
  }
  std::string path() const { return model::Layout(x_store.root()).index(FilledStore::kProject); }
  using Names = std::vector<std::string>;

  FilledStore x_store;
};

TEST_F(IndexTest, AnIndexOfVersionOneIsConverted) {
  given("a", "loss", model::Stream::kHistory);
  given("b", "loss", model::Stream::kHistory);
  given("c", "cpu", model::Stream::kSystem);
  {
    auto old = Database::open(path());
    ASSERT_TRUE(old);
    ASSERT_TRUE(
        old->execute("ALTER TABLE key DROP COLUMN history; ALTER TABLE key DROP COLUMN "
                     "system; PRAGMA user_version=1"));
  }
  EXPECT_EQ(keys(), (Names{"cpu/1/1", "loss/0/2"}));
  EXPECT_EQ(keys(), (Names{"cpu/1/1", "loss/0/2"})) << "once";
}

TEST_F(IndexTest, AnIndexOfANewerCairnIsLeftAlone) {
  given("a", "loss", model::Stream::kHistory);
  {
    auto newer = Database::open(path());
    ASSERT_TRUE(newer);
    ASSERT_TRUE(newer->execute("PRAGMA user_version=4"));
  }
  const auto store = open_embedded(posix_disk(), x_store.root(), false);
  const auto refused = (*store)->list_keys(FilledStore::kProject);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("a newer Cairn"), std::string::npos);
}

TEST_F(IndexTest, ARunThatWritesAKeyTwiceCountsOnce) {
  x_store.begin("a");
  for (int64_t step = 0; step < 3; ++step) {
    x_store.add_rows("a", {{"loss"}, model::Stream::kHistory, {step}, {step}, {{1}}});
    x_store.write_out();
  }
  EXPECT_EQ(keys(), Names{"loss/0/1"});
  ASSERT_TRUE(x_store->remove_run(FilledStore::kProject, "a"));
  EXPECT_EQ(keys(), Names{});
}

}  // namespace
}  // namespace cairn::store
