// Rules of artifacts: versions, aliases and lineage follow from what runs logged.
#include "query/artifacts.h"

#include <gtest/gtest.h>

#include <string>

#include "model/artifact.h"
#include "store/testing/filled_store.h"

namespace cairn::query {
namespace {

using model::List;
using model::Object;
using model::Value;
using store::FilledStore;
constexpr const char* kProject = FilledStore::kProject;

class ArtifactsTest : public testing::Test {
 protected:
  using Texts = std::vector<std::string>;

  // The content is one letter, the digest that letter 64 times.
  static Value about(const std::string& name, char content, int64_t time_ns) {
    return Value(Object{{"name", name},
                        {"sha256", std::string(64, content)},
                        {"type", "model"},
                        {"time_ns", time_ns}});
  }
  void makes(const std::string& run, const std::string& name, char content, int64_t time_ns,
             Texts aliases = {}) {
    aliases.emplace_back("latest");
    Value made = about(name, content, time_ns);
    made.set("aliases", List(aliases.begin(), aliases.end()));
    made.set("bytes", 7);
    made.set("files", List{Value(Object{{"path", "f"}})});
    made.set("metadata", Object{{"content", std::string(1, content)}});
    keep(run, std::move(made));
  }
  void uses(const std::string& run, const std::string& name, char content, int64_t time_ns) {
    Value used = about(name, content, time_ns);
    used.set("use", true);
    keep(run, std::move(used));
  }
  void edits(const std::string& run, const std::string& name, char content, int64_t time_ns,
             const Texts& aliases) {
    Value edited = about(name, content, time_ns);
    edited.set("edit", true);
    edited.set("aliases", List(aliases.begin(), aliases.end()));
    keep(run, std::move(edited));
  }
  void keep(const std::string& run, Value value) {
    if (!x_store->get_run(kProject, run)) x_store.begin(run);
    x_store.keep(run, std::move(value));
  }

  const Artifact& get(const std::string& name) {
    const auto found = x_artifacts.get(kProject, name);
    EXPECT_TRUE(found) << found.error().message();
    return **found;
  }
  // "v0=a v1=b": versions with their contents.
  std::string versions(const std::string& name) {
    std::string text;
    for (const ArtifactVersion& v : get(name).versions)
      text += (text.empty() ? "" : " ") + model::print_version(v.number) + "=" + v.sha256[0];
    return text;
  }
  // What NAME:`version` means; "" when nothing.
  std::string means(const std::string& name, const std::string& version) {
    const auto found = Artifacts::choose(get(name), version);
    return found ? (*found)->sha256.substr(0, 1) : "";
  }

  FilledStore x_store;
  Artifacts x_artifacts{*x_store};
};

TEST_F(ArtifactsTest, VersionsAreNumberedInTheOrderOfLogging) {
  makes("r2", "net", 'b', 20);
  makes("r1", "net", 'a', 10);
  makes("r1", "data", 'd', 11);
  EXPECT_EQ(versions("net"), "v0=a v1=b");
  EXPECT_EQ(versions("data"), "v0=d");
  EXPECT_EQ(get("net").type, "model");
  EXPECT_EQ(get("net").updated_ns, 20);
  EXPECT_EQ(get("net").versions[0].bytes, 7u);
  EXPECT_EQ(get("net").versions[0].files, 1u);
}

TEST_F(ArtifactsTest, TheSameContentIsTheSameVersionWhoeverLogsIt) {
  makes("r1", "net", 'a', 10);
  makes("r2", "net", 'b', 20);
  makes("r3", "net", 'a', 30, {"again"});
  EXPECT_EQ(versions("net"), "v0=a v1=b");
  EXPECT_EQ(get("net").versions[0].run, "r1");
  EXPECT_EQ(means("net", "latest"), "a") << "the latest is what was logged last";
  EXPECT_EQ(means("net", "again"), "a");
}

TEST_F(ArtifactsTest, AnAliasIsHeldByTheVersionThatGotItLast) {
  makes("r1", "net", 'a', 10, {"best"});
  makes("r2", "net", 'b', 20, {"best", "small"});
  EXPECT_EQ(means("net", "best"), "b");
  edits("r1", "net", 'a', 30, {"best"});
  EXPECT_EQ(means("net", "best"), "a");
  EXPECT_EQ(means("net", "small"), "b");
  edits("r2", "net", 'b', 40, {});
  EXPECT_EQ(means("net", "small"), "");
  EXPECT_EQ(means("net", ""), "b");
  EXPECT_EQ(get("net").latest().aliases, Texts{"latest"});
}

TEST_F(ArtifactsTest, NobodyGivesAVersionsNameOrTheLatestAway) {
  makes("r1", "net", 'a', 10);
  makes("r2", "net", 'b', 20, {"v0", "a/b"});
  edits("r1", "net", 'a', 30, {"latest", "v1"});
  EXPECT_EQ(means("net", "v0"), "a");
  EXPECT_EQ(means("net", "v1"), "b");
  EXPECT_EQ(means("net", "latest"), "b");
  EXPECT_EQ(means("net", "a/b"), "");
}

TEST_F(ArtifactsTest, AVersionIsMeantByItsNumberAnAliasOrTheBeginningOfItsDigest) {
  makes("r1", "net", 'a', 10, {"best"});
  makes("r2", "net", 'b', 20);
  EXPECT_EQ(means("net", "v0"), "a");
  EXPECT_EQ(means("net", "best"), "a");
  EXPECT_EQ(means("net", "bbbbbbbb"), "b");
  EXPECT_EQ(means("net", "bbbbbbb"), "") << "too short to be meant as a digest";
  const auto missing = Artifacts::choose(get("net"), "v7");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), Code::kNotFound);
  EXPECT_NE(missing.error().message().find("up to v1"), std::string::npos);
}

TEST_F(ArtifactsTest, AMisspeltNameIsAnsweredWithTheNearest) {
  makes("r1", "network", 'a', 10);
  const auto missing = x_artifacts.get(kProject, "netwrok");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message().find("did you mean 'network'?"), std::string::npos);
}

TEST_F(ArtifactsTest, AVersionThatWasSeenKeepsItsNumber) {
  makes("r1", "net", 'b', 20);
  makes("r2", "net", 'c', 30);
  EXPECT_EQ(versions("net"), "v0=b v1=c");
  makes("late", "net", 'a', 10);  // delivered after a day without a network
  EXPECT_EQ(versions("net"), "v0=b v1=c v2=a");
  EXPECT_EQ(means("net", "latest"), "c");
  ASSERT_TRUE(x_store->remove_run(kProject, "r1"));
  EXPECT_EQ(versions("net"), "v1=c v2=a");
  makes("r3", "net", 'd', 40);
  EXPECT_EQ(versions("net"), "v1=c v2=a v3=d");
  Artifacts afresh(*x_store);
  EXPECT_EQ((*afresh.get(kProject, "net"))->versions.front().number, 1u);
}

TEST_F(ArtifactsTest, WhatNoRunMadeIsNoArtifact) {
  uses("r1", "net", 'a', 10);
  edits("r1", "data", 'a', 10, {"best"});
  EXPECT_FALSE(x_artifacts.get(kProject, "net"));
  EXPECT_TRUE(x_artifacts.list(kProject)->empty());
  makes("r2", "net", 'a', 20);
  ASSERT_TRUE(x_store->remove_run(kProject, "r2"));
  EXPECT_TRUE(x_artifacts.list(kProject)->empty());
}

TEST_F(ArtifactsTest, AFileThatWasSavedAndAStrangeNameAreNoArtifacts) {
  Value kept = about("model.pt", 'a', 10);
  keep("r1", kept);
  Value strange = about("../../etc", 'a', 10);
  strange.set("aliases", List{"latest"});
  keep("r1", strange);
  EXPECT_TRUE(x_artifacts.list(kProject)->empty());
}

TEST_F(ArtifactsTest, LineageSaysWhoMadeAndWhoUsed) {
  makes("train", "net", 'a', 10);
  uses("test", "net", 'a', 20);
  uses("test", "net", 'a', 21);
  uses("early", "net", 'a', 5);  // a clock that was late
  EXPECT_EQ(get("net").versions[0].used_by, (Texts{"early", "test"}));
  const auto train = x_artifacts.lineage(kProject, "train");
  ASSERT_TRUE(train);
  ASSERT_EQ(train->made.size(), 1u);
  EXPECT_EQ(train->made[0].version, "v0");
  EXPECT_TRUE(train->used.empty());
  const auto test = x_artifacts.lineage(kProject, "test");
  ASSERT_EQ(test->used.size(), 1u);
  EXPECT_EQ(test->used[0].known->run, "train");
  ASSERT_TRUE(x_store->remove_run(kProject, "train"));
  const auto orphan = x_artifacts.lineage(kProject, "test");
  ASSERT_EQ(orphan->used.size(), 1u);
  EXPECT_EQ(orphan->used[0].name, "net");
  EXPECT_EQ(orphan->used[0].known, nullptr);
}

TEST_F(ArtifactsTest, AUseOfAnotherProjectsArtifactSaysWhich) {
  makes("train", "net", 'a', 10);
  Value used = about("net", 'a', 20);
  used.set("use", true);
  used.set("project", "elsewhere");
  used.set("version", "v9");
  keep("test", used);
  EXPECT_TRUE(get("net").versions[0].used_by.empty());
  const auto test = x_artifacts.lineage(kProject, "test");
  ASSERT_EQ(test->used.size(), 1u);
  EXPECT_EQ(test->used[0].project, "elsewhere");
  EXPECT_EQ(test->used[0].version, "v9");
  EXPECT_EQ(test->used[0].known, nullptr);
}

TEST_F(ArtifactsTest, ManifestsAreReadWhenAskedFor) {
  makes("r1", "net", 'a', 10);
  makes("r1", "net", 'b', 20);
  x_store.seal("r1");
  const Artifact& net = get("net");
  const auto manifests = x_artifacts.manifests(kProject, net, {&net.versions[1], &net.versions[0]});
  ASSERT_TRUE(manifests);
  EXPECT_EQ(*model::find_path((*manifests)[0], "metadata.content"), Value("b"));
  EXPECT_EQ(*model::find_path((*manifests)[1], "metadata.content"), Value("a"));
}

TEST_F(ArtifactsTest, TheTableFollowsWhatIsLoggedSealedAndRebuilt) {
  makes("r1", "net", 'a', 10);
  EXPECT_EQ(versions("net"), "v0=a");
  makes("r1", "net", 'b', 20);
  EXPECT_EQ(versions("net"), "v0=a v1=b");
  x_store.seal("r1");
  EXPECT_EQ(versions("net"), "v0=a v1=b");
  ASSERT_TRUE(x_store->rebuild(kProject));
  EXPECT_EQ(versions("net"), "v0=a v1=b");
}

}  // namespace
}  // namespace cairn::query
