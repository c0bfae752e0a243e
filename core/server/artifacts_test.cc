// Rules of the API of artifacts, over a real store filled by real journals.
#include <gtest/gtest.h>

#include <string>

#include "base/hash.h"
#include "blobs/blobs.h"
#include "ingest/testing/store_fixture.h"
#include "model/artifact.h"
#include "server/door.h"
#include "server/target.h"
#include "wire/json.h"
#include "wire/settings.h"

namespace cairn::server {
namespace {

using ingest::GivenRun;
using ingest::object;
using model::List;
using model::Object;
using model::Value;

class ArtifactsTest : public ingest::StoreFixture {
 protected:
  ArtifactsTest() { EXPECT_TRUE(wire::open_settings(posix_disk(), layout(), /*create=*/true)); }

  // What a run says of an artifact of one file with this content.
  static Value manifest(const std::string& name, const std::string& content, List aliases = {}) {
    const std::string sha256 = print_hex(cairn::sha256(content));
    List files = {Value(Object{{"path", "model.pt"},
                               {"sha256", sha256},
                               {"bytes", static_cast<int64_t>(content.size())}})};
    aliases.emplace_back("latest");
    Value out = object({{"name", name}, {"type", "model"}, {"metadata", object({{"acc", 0.5}})}});
    out.set("sha256", model::digest_of_files(files));
    out.set("bytes", static_cast<int64_t>(content.size()));
    out.set("aliases", std::move(aliases));
    out.set("files", std::move(files));
    out.set("time_ns", x_now_ns += 1000);
    return out;
  }
  static Value use(Value made) {
    made.erase("aliases");
    made.erase("files");
    made.set("use", true);
    made.set("time_ns", x_now_ns += 1000);
    return made;
  }

  Response call(const std::string& method, const std::string& target, const Value& body = {}) {
    Request request;
    request.method = method;
    EXPECT_TRUE(parse_target("/api/v1/projects/digits" + target, request)) << target;
    if (!body.is_null()) request.body = wire::print_json(body);
    request.who = auth::local_admin();
    return x_door.handle(request);
  }
  Value get(const std::string& target) { return parse(call("GET", target)); }
  static Value parse(const Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    auto value = wire::parse_json(response.body);
    return value ? *value : Value();
  }
  static std::string text(const Value& value, const std::string& path) {
    const Value* found = model::find_path(value, path);
    return found ? wire::print_json(*found) : "absent";
  }
  static Value item(const Value& value, const std::string& member, size_t at) {
    const Value* found = value.find(member);
    const List* list = found ? found->as_list() : nullptr;
    EXPECT_TRUE(list && at < list->size()) << wire::print_json(value);
    return list && at < list->size() ? (*list)[at] : Value();
  }
  // The aliases of NAME:VERSION, as JSON.
  std::string aliases(const std::string& reference) {
    return text(item(get("/artifacts/" + reference), "versions", 0), "aliases");
  }

  Door x_door{posix_disk(), root()};

 private:
  static inline int64_t x_now_ns = 1'700'000'000'000'000'000;
};

TEST_F(ArtifactsTest, AreListedByNameWithTheirLatestVersion) {
  given_run("r1").keeps(manifest("net", "one")).keeps(manifest("data", "rows")).finishes();
  given_run("r2").keeps(manifest("net", "three")).finishes();
  const Value all = get("/artifacts");
  EXPECT_EQ(text(all, "total"), "2");
  EXPECT_EQ(text(item(all, "artifacts", 0), "name"), R"("data")");
  EXPECT_EQ(text(item(all, "artifacts", 1), "latest"), R"("v1")");
  EXPECT_EQ(text(item(all, "artifacts", 1), "versions"), "2");
  EXPECT_EQ(text(item(all, "artifacts", 1), "bytes"), "5");
  EXPECT_EQ(text(get("/artifacts?type=none"), "total"), "0");
  const Value first = get("/artifacts?limit=1");
  EXPECT_EQ(text(first, "next_cursor"), R"("1")");
  EXPECT_EQ(text(get("/artifacts?limit=1&cursor=1"), "next_cursor"), "null");
}

TEST_F(ArtifactsTest, AVersionHasFilesMetadataAndWhoMadeIt) {
  given_run("r1").keeps(manifest("net", "one", {"best"})).finishes();
  const Value version = item(get("/artifacts/net:best"), "versions", 0);
  EXPECT_EQ(text(version, "version"), R"("v0")");
  EXPECT_EQ(text(version, "run"), R"("r1")");
  EXPECT_EQ(text(version, "aliases"), R"(["latest","best"])");
  EXPECT_EQ(text(version, "metadata.acc"), "0.5");
  EXPECT_EQ(text(item(version, "files", 0), "path"), R"("model.pt")");
  EXPECT_EQ(text(version, "file_count"), "1");
}

TEST_F(ArtifactsTest, VersionsArePagedNewestFirst) {
  GivenRun run = given_run("r1");
  for (int i = 0; i < 5; ++i) run.keeps(manifest("net", std::to_string(i)));
  const Value page = get("/artifacts/net?limit=2");
  EXPECT_EQ(text(item(page, "versions", 0), "version"), R"("v4")");
  EXPECT_EQ(text(page, "total"), "5");
  const Value last = get("/artifacts/net?limit=2&cursor=4");
  EXPECT_EQ(text(item(last, "versions", 0), "version"), R"("v0")");
  EXPECT_EQ(text(last, "next_cursor"), "null");
}

TEST_F(ArtifactsTest, AliasesAreMovedByPatchAlsoOfARunThatHasEnded) {
  given_run("r1").keeps(manifest("net", "one", {"best"})).finishes();
  given_run("r2").keeps(manifest("net", "two")).finishes();
  const Value edited = parse(
      call("PATCH", "/artifacts/net:v1", object({{"aliases", List{"best", "big", "latest"}}})));
  EXPECT_EQ(text(item(edited, "versions", 0), "aliases"), R"(["latest","best","big"])");
  EXPECT_EQ(aliases("net:v0"), "[]");
  call("PATCH", "/artifacts/net:best", object({{"aliases", List{}}}));
  EXPECT_EQ(aliases("net:v1"), R"(["latest"])");
  EXPECT_EQ(text(get("/runs/r1"), "state"), R"("finished")");
}

TEST_F(ArtifactsTest, AnAliasThatCouldBeSomethingElseIsRefused) {
  given_run("r1").keeps(manifest("net", "one")).finishes();
  for (const char* alias : {"v0", "", "a:b", "a/b"})
    EXPECT_EQ(call("PATCH", "/artifacts/net:v0", object({{"aliases", List{alias}}})).status, 400)
        << alias;
  EXPECT_EQ(call("PATCH", "/artifacts/net:v0", object({{"aliases", 1}})).status, 400);
  EXPECT_EQ(call("PATCH", "/artifacts/net:v0", object({{"name", "x"}})).status, 400);
  EXPECT_EQ(call("PATCH", "/artifacts/net:v9", object({{"aliases", List{}}})).status, 404);
}

TEST_F(ArtifactsTest, ANameThatLeadsElsewhereIsRefused) {
  given_run("r1").keeps(manifest("net", "one")).finishes();
  EXPECT_EQ(call("GET", "/artifacts/..%2F..%2Fetc%2Fpasswd").status, 400);
  EXPECT_EQ(call("GET", "/artifacts/net:..%2Fx").status, 400);
  EXPECT_EQ(call("GET", "/artifacts/net%00").status, 400);
  EXPECT_EQ(call("GET", "/artifacts/none").status, 404);
}

TEST_F(ArtifactsTest, LineageTellsWhatARunMadeAndUsed) {
  const Value net = manifest("net", "one");
  given_run("train").keeps(net).finishes();
  given_run("test").keeps(use(net)).finishes();
  const Value made = item(get("/runs/train/lineage"), "made", 0);
  EXPECT_EQ(text(made, "version"), R"("v0")");
  EXPECT_EQ(text(made, "used_by"), R"(["test"])");
  const Value used = item(get("/runs/test/lineage"), "used", 0);
  EXPECT_EQ(text(used, "run"), R"("train")");
  EXPECT_EQ(text(item(get("/artifacts/net:v0"), "versions", 0), "uses"), "1");
}

TEST_F(ArtifactsTest, ARunShowsWhatItMadeAndKeptAndNotWhatItUsed) {
  const Value net = manifest("net", "one");
  Value kept = manifest("notes.txt", "x");
  kept.set("aliases", List{});
  given_run("r1").keeps(net).keeps(use(net)).keeps(kept).finishes();
  const Value artifacts = get("/runs/r1/artifacts");
  EXPECT_EQ(artifacts.find("artifacts")->as_list()->size(), 2u);
  EXPECT_EQ(text(item(artifacts, "artifacts", 0), "version"), R"("v0")");
  EXPECT_EQ(text(item(artifacts, "artifacts", 1), "version"), "absent");
}

TEST_F(ArtifactsTest, AnArtifactIsAddedToARunOnceItsContentIsThere) {
  given_run("r1").says("hello").finishes();
  Value net = manifest("net", "weights", {"best"});
  net.set("use", true);  // what it is, the path says
  EXPECT_EQ(call("POST", "/runs/r1/artifacts", net).status, 400) << "no blob yet";
  ASSERT_TRUE(blobs::Blobs(posix_disk(), layout().blobs()).put("weights"));
  const Value added = parse(call("POST", "/runs/r1/artifacts", net));
  EXPECT_EQ(text(item(added, "versions", 0), "version"), R"("v0")");
  EXPECT_EQ(aliases("net"), R"(["latest","best"])");
  EXPECT_EQ(text(get("/runs/r1"), "state"), R"("finished")");
  net.set("sha256", std::string(64, '0'));
  EXPECT_EQ(call("POST", "/runs/r1/artifacts", net).status, 400) << "not the digest of its files";
}

}  // namespace
}  // namespace cairn::server
