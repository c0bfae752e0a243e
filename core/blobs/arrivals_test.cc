// Rules of arriving blobs: any pieces in any order of cuts make the blob, or nothing.
#include "blobs/arrivals.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/hash.h"
#include "base/testing/fake_disk.h"

namespace cairn::blobs {
namespace {

class ArrivalsTest : public testing::Test {
 protected:
  static BlobRef ref_of(std::string_view content) {
    return {print_hex(sha256(content)), content.size()};
  }
  static std::string a_content(size_t bytes) {
    std::string content;
    while (content.size() < bytes) content += std::to_string(content.size()) + ",";
    return content.substr(0, bytes);
  }

  std::unique_ptr<FakeDisk> disk = std::make_unique<FakeDisk>();
  const std::string content = a_content(3000);
  const BlobRef blob = ref_of(content);
};

TEST_F(ArrivalsTest, AnyTwoPiecesMakeTheBlob) {
  for (size_t cut = 0; cut <= content.size(); cut += 97) {
    disk = std::make_unique<FakeDisk>();
    Arrivals arrivals(*disk, "/s/blobs");
    const auto first = arrivals.take(blob, 0, std::string_view(content).substr(0, cut));
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_EQ(first->bytes, cut);
    EXPECT_FALSE(first->complete);
    const auto rest = arrivals.take(blob, cut, std::string_view(content).substr(cut));
    ASSERT_TRUE(rest);
    EXPECT_TRUE(rest->complete);
    EXPECT_EQ(*Blobs(*disk, "/s/blobs").get(blob.sha256, 1 << 20), content);
    EXPECT_TRUE(disk->list("/s/blobs/tmp")->empty());
  }
}

TEST_F(ArrivalsTest, WhatIsHereIsSteppedOverAndAGapTakesNothing) {
  Arrivals arrivals(*disk, "/s/blobs");
  const std::string_view all = content;
  EXPECT_EQ(arrivals.take(blob, 0, all.substr(0, 1000))->bytes, 1000u);
  EXPECT_EQ(arrivals.take(blob, 0, all.substr(0, 500))->bytes, 1000u);
  EXPECT_EQ(arrivals.take(blob, 1001, all.substr(1001))->bytes, 1000u);
  EXPECT_EQ(arrivals.take(blob, 0, "")->bytes, 1000u) << "a question";
  EXPECT_EQ(arrivals.take(blob, 500, all.substr(500, 1500))->bytes, 2000u);
  EXPECT_TRUE(arrivals.take(blob, 0, all)->complete);
  EXPECT_TRUE(arrivals.take(blob, 0, "")->complete);
}

TEST_F(ArrivalsTest, ANewServerGoesOnWhereTheLastOneWasKilled) {
  std::make_unique<Arrivals>(*disk, "/s/blobs")
      ->take(blob, 0, std::string_view(content).substr(0, 1234))
      .value();
  disk = disk->kill();
  Arrivals arrivals(*disk, "/s/blobs");
  EXPECT_EQ(arrivals.take(blob, 0, "")->bytes, 1234u);
  EXPECT_TRUE(arrivals.take(blob, 1234, std::string_view(content).substr(1234))->complete);
  EXPECT_TRUE(Blobs(*disk, "/s/blobs").verify(blob.sha256));
}

TEST_F(ArrivalsTest, AnotherContentIsRefusedAndBeginsAnew) {
  Arrivals arrivals(*disk, "/s/blobs");
  std::string other = content;
  other[5] = '!';
  const auto refused = arrivals.take(blob, 0, other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kInvalid);
  EXPECT_FALSE(Blobs(*disk, "/s/blobs").has(blob.sha256));
  EXPECT_EQ(arrivals.take(blob, 0, "")->bytes, 0u);
  EXPECT_TRUE(arrivals.take(blob, 0, content)->complete);
}

TEST_F(ArrivalsTest, TheEmptyBlobIsWholeAtOnce) {
  Arrivals arrivals(*disk, "/s/blobs");
  EXPECT_TRUE(arrivals.take(ref_of(""), 0, "")->complete);
  EXPECT_TRUE(Blobs(*disk, "/s/blobs").has(ref_of("").sha256));
}

TEST_F(ArrivalsTest, AFullDiskKeepsWhatWasHere) {
  Arrivals arrivals(*disk, "/s/blobs");
  disk->set_free_bytes(1500);
  EXPECT_EQ(arrivals.take(blob, 0, std::string_view(content).substr(0, 1000))->bytes, 1000u);
  const auto refused = arrivals.take(blob, 1000, std::string_view(content).substr(1000));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kLimit);
  EXPECT_EQ(arrivals.take(blob, 0, "")->bytes, 1000u);
  disk->set_free_bytes(UINT64_MAX);
  EXPECT_TRUE(arrivals.take(blob, 1000, std::string_view(content).substr(1000))->complete);
}

TEST_F(ArrivalsTest, NamesAndPlacesThatCannotBeAreInvalid) {
  Arrivals arrivals(*disk, "/s/blobs");
  EXPECT_EQ(arrivals.take({"../x", 3}, 0, "abc").error().code(), Code::kInvalid);
  EXPECT_EQ(arrivals.take(blob, 3001, "").error().code(), Code::kInvalid);
  EXPECT_EQ(arrivals.take(blob, 2999, "ab").error().code(), Code::kInvalid);
  EXPECT_EQ(arrivals.take(blob, UINT64_MAX, "ab").error().code(), Code::kInvalid);
}

TEST_F(ArrivalsTest, MoreBlobsThanMayBeOpenArriveAllTheSame) {
  Arrivals arrivals(*disk, "/s/blobs", 2);
  std::vector<std::string> contents;
  for (size_t i = 0; i < 10; ++i) contents.push_back(a_content(100 + i));
  for (const std::string& each : contents)
    EXPECT_EQ(arrivals.take(ref_of(each), 0, std::string_view(each).substr(0, 50))->bytes, 50u);
  for (const std::string& each : contents)
    EXPECT_TRUE(arrivals.take(ref_of(each), 50, std::string_view(each).substr(50))->complete);
}

TEST_F(ArrivalsTest, ManyMaySendTheSameBlobAtOnce) {
  Arrivals arrivals(*disk, "/s/blobs");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      uint64_t at = 0;
      while (true) {
        const auto progress = arrivals.take(blob, at, std::string_view(content).substr(at, 100));
        ASSERT_TRUE(progress) << progress.error().message();
        if (progress->complete) return;
        at = progress->bytes;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Blobs(*disk, "/s/blobs").verify(blob.sha256));
}

}  // namespace
}  // namespace cairn::blobs
