// Garbage: what no run refers to goes, after a grace period; all else stays.
#include "base/clock.h"
#include "blobs/blobs.h"
#include "ingest/testing/store_fixture.h"

namespace cairn::ingest {
namespace {

class GarbageTest : public StoreFixture {
 protected:
  std::string given_blob(const std::string& content) {
    blobs::Blobs blobs(posix_disk(), layout().blobs());
    const auto put = blobs.put(content);
    EXPECT_TRUE(put) << put.error().message();
    return put->sha256;
  }
  bool has_blob(const std::string& sha256) {
    return blobs::Blobs(posix_disk(), layout().blobs()).has(sha256);
  }
  static Ingest::GarbageReport collect(Looker& looker, int64_t grace_ns = 0, bool dry_run = false) {
    const auto report = looker.ingest().collect_garbage(grace_ns, dry_run);
    EXPECT_TRUE(report) << report.error().message();
    return report.value_or(Ingest::GarbageReport{});
  }
};

TEST_F(GarbageTest, WhatARunRefersToStaysHoweverItDoes) {
  const std::string in_record = given_blob("image"), in_artifact = given_blob("model"),
                    in_meta = given_blob("diff"), in_summary = given_blob("table"),
                    in_config = given_blob("data"), unused = given_blob("unused");
  GivenRun run = given_run("r");
  run.records("image", 0, object({{"type", "image"}, {"sha256", in_record}}));
  run.keeps(object({{"files", model::List{object({{"sha256", in_artifact}})}}}));
  run.captures(object({{"git", object({{"diff", in_meta}})}}));
  run.summarises(object({{"best", object({{"sha256", in_summary}})}}));
  run.configures(object({{"dataset", in_config}}));
  Looker reader = a_process();
  for (const bool sealed : {false, true}) {
    if (sealed) run.finishes();
    const Ingest::GarbageReport report = collect(reader);
    EXPECT_EQ(report.blobs_kept, 5u);
    EXPECT_EQ(report.blobs_removed, sealed ? 0u : 1u);
  }
  for (const std::string& kept : {in_record, in_artifact, in_meta, in_summary, in_config})
    EXPECT_TRUE(has_blob(kept));
  EXPECT_FALSE(has_blob(unused));
}

TEST_F(GarbageTest, TheYoungAreSpared) {
  given_run("r").finishes();
  const std::string young = given_blob("young");
  Looker reader = a_reader();
  EXPECT_EQ(collect(reader, 3600 * kNsPerSecond).blobs_removed, 0u);
  EXPECT_TRUE(has_blob(young));
  EXPECT_EQ(collect(reader, 0, true).blobs_removed, 1u) << "only counted";
  EXPECT_TRUE(has_blob(young));
  EXPECT_EQ(collect(reader).bytes_removed, 5u);
  EXPECT_FALSE(has_blob(young));
}

TEST_F(GarbageTest, ARemovedRunsBlobsGo) {
  const std::string own = given_blob("own"), shared = given_blob("shared");
  given_run("a").keeps(object({{"own", own}, {"shared", shared}})).finishes();
  given_run("b").keeps(object({{"shared", shared}})).finishes();
  Looker reader = a_reader();
  ASSERT_TRUE(reader.ingest().remove(kProject, "a", false));
  collect(reader);
  EXPECT_FALSE(has_blob(own));
  EXPECT_TRUE(has_blob(shared));
}

TEST_F(GarbageTest, NothingGoesWhileAPackCannotBeRead) {
  const std::string blob = given_blob("model");
  given_run("r").keeps(object({{"sha256", blob}})).finishes();
  Looker reader = a_reader();
  const std::string pack = layout().packs(kProject) + "/r~1~1.cpack";
  damage(pack, std::filesystem::file_size(pack) - 60, "damage!");
  ASSERT_TRUE(reader.store().rebuild(kProject));
  const auto collected = reader.ingest().collect_garbage(0, false);
  ASSERT_FALSE(collected);
  EXPECT_EQ(collected.error().code(), Code::kCorrupt);
  EXPECT_TRUE(has_blob(blob));
}

TEST_F(GarbageTest, LeftoversOfUnfinishedPacksGo) {
  given_run("r").finishes();
  Looker reader = a_reader();
  const std::string leftover = layout().packs(kProject) + "/r~1~2.cpack.tmp-abc";
  ASSERT_TRUE(write_file_atomically(posix_disk(), leftover, "half"));
  EXPECT_EQ(reader.verify().notes.size(), 1u);
  EXPECT_EQ(collect(reader).strays_removed, 1u);
  EXPECT_FALSE(std::filesystem::exists(leftover));
  EXPECT_EQ(packs().size(), 1u);
}

}  // namespace
}  // namespace cairn::ingest
