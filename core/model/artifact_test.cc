// Rules of artifacts' names, aliases, paths and digests.
#include "model/artifact.h"

#include <gtest/gtest.h>

#include <string>

namespace cairn::model {
namespace {

const std::string kDigest(64, 'a');

TEST(Artifact, NoPathLeadsOutOfItsFolder) {
  for (const char* good : {"model.pt", "a/b/c.txt", "..hidden", "a b/ünï", "-"})
    EXPECT_TRUE(is_artifact_path(good)) << good;
  for (const std::string_view bad : {"", "/etc/passwd", "..", "a/../b", "../up", "a//b", "a/", ".",
                                     "a/./b", "a\\..\\b", "C:\\x", "a\nb", "\xff"})
    EXPECT_FALSE(is_artifact_path(bad)) << bad;
  EXPECT_FALSE(is_artifact_path(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_artifact_path(std::string(5000, 'x')));
}

TEST(Artifact, AVersionsNameIsNoAlias) {
  EXPECT_TRUE(is_artifact_alias("best"));
  EXPECT_TRUE(is_artifact_alias("vision"));
  EXPECT_TRUE(is_artifact_alias("v01"));
  for (const char* bad : {"", "v0", "v17", "a:b", "a/b", "a,b", "a\tb"})
    EXPECT_FALSE(is_artifact_alias(bad)) << bad;
}

TEST(Artifact, VersionsArePrintedAndParsed) {
  EXPECT_EQ(print_version(12), "v12");
  EXPECT_EQ(parse_version("v12"), 12u);
  for (const char* bad : {"", "v", "12", "v-1", "v1x", "v00", "v99999999999"})
    EXPECT_FALSE(parse_version(bad)) << bad;
}

TEST(Artifact, AReferenceIsANameWithAVersionOrAnAlias) {
  const auto plain = parse_artifact_reference("net");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->version, "");
  const auto chosen = parse_artifact_reference("net:v3");
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->name, "net");
  EXPECT_EQ(chosen->version, "v3");
  EXPECT_TRUE(parse_artifact_reference("net:best one"));
  for (const char* bad : {"", "net:", ":v3", "../net", "a/b:v1", "net:a:b", "net:a/b"})
    EXPECT_FALSE(parse_artifact_reference(bad)) << bad;
}

TEST(Artifact, AnEventSaysWhatHappenedToIt) {
  const Value made(
      Object{{"name", "net"}, {"sha256", kDigest}, {"aliases", List{Value("latest")}}});
  EXPECT_EQ(act_of(made), ArtifactAct::kMade);
  const auto with = [&](std::string_view member, Value value) {
    Value changed = made;
    changed.set(member, std::move(value));
    return act_of(changed);
  };
  EXPECT_EQ(with("use", true), ArtifactAct::kUsed);
  EXPECT_EQ(with("edit", true), ArtifactAct::kEdited);
  EXPECT_EQ(with("aliases", List{}), ArtifactAct::kKeptFile);
  EXPECT_EQ(with("name", "../net"), ArtifactAct::kUnreadable);
  EXPECT_EQ(with("sha256", "0"), ArtifactAct::kUnreadable);
  EXPECT_EQ(act_of(Value(1)), ArtifactAct::kKeptFile);
}

TEST(Artifact, AManifestIsCheckedBeforeAnythingIsDoneWithIt) {
  const auto check = [](List files, std::string name = "net", std::string digest = "") {
    Value manifest(Object{{"name", std::move(name)}, {"aliases", List{"latest"}}});
    manifest.set("sha256", digest.empty() ? digest_of_files(files) : digest);
    manifest.set("files", std::move(files));
    const auto checked = check_manifest(manifest);
    return checked ? std::string() : checked.error().message();
  };
  const auto file = [](const char* path) {
    return Value(Object{{"path", path}, {"sha256", kDigest}, {"bytes", 1}});
  };
  EXPECT_EQ(check({file("a/b"), Value(Object{{"path", "far"}, {"ref", "s3://x"}})}), "");
  EXPECT_NE(check({file("../a")}), "");
  EXPECT_NE(check({file("a"), file("a")}), "");
  EXPECT_NE(check({file("a")}, "a/b"), "");
  EXPECT_NE(check({file("a")}, "net", kDigest), "");
  EXPECT_NE(check({}), "");
  EXPECT_NE(check({Value(Object{{"path", "a"}})}), "");
  EXPECT_NE(check({Value(Object{{"path", "a"}, {"sha256", "../../etc/passwd"}})}), "");
  EXPECT_NE(check({Value(Object{{"path", "a"}, {"ref", "s3://x\ny"}})}), "");
}

// The Python package computes the same: python/tests/test_artifacts.py has this digest too.
TEST(Artifact, ADigestNamesTheContentWhateverTheOrder) {
  const Value a(Object{{"path", "a.txt"}, {"sha256", std::string(64, '0')}, {"bytes", 1}});
  const Value b(Object{{"path", "a/b.txt"}, {"sha256", std::string(64, '1')}, {"bytes", 2}});
  const Value far(Object{{"path", "far"}, {"ref", "s3://bucket/key"}, {"checksum", "etag"}});
  EXPECT_EQ(digest_of_files({a, b, far}), digest_of_files({far, b, a}));
  EXPECT_EQ(digest_of_files({a, b, far}),
            "8a9fa52819f1d1a0c674f533accce7da328d7f51c9ae5e348f8a27dbe5e46cf6");
  EXPECT_NE(digest_of_files({a, b}), digest_of_files({a, b, far}));
}

}  // namespace
}  // namespace cairn::model
