// Rules of blobs: whole or not at all, once, and named by their content.
#include "blobs/blobs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "base/hash.h"
#include "base/id.h"
#include "base/testing/fake_disk.h"

namespace cairn::blobs {
namespace {

constexpr char kAbcHash[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kAbcPath[] =
    "/s/blobs/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class BlobsTest : public testing::Test {
 protected:
  struct Listing {
    std::map<std::string, uint64_t> bytes_of;
    std::vector<std::string> strays;
  };
  static Listing list(const Blobs& of) {
    Listing listing;
    EXPECT_TRUE(of.for_each([&](std::string_view sha256, uint64_t bytes,
                                int64_t) { listing.bytes_of[std::string(sha256)] = bytes; },
                            [&](const std::string& path) { listing.strays.push_back(path); }));
    return listing;
  }

  FakeDisk disk;
  Blobs blobs{disk, "/s/blobs"};
};

TEST_F(BlobsTest, AContentIsFoundUnderItsHash) {
  const auto blob = blobs.put("abc");
  ASSERT_TRUE(blob);
  EXPECT_EQ(blob->sha256, kAbcHash);
  EXPECT_EQ(blob->bytes, 3u);
  EXPECT_TRUE(blobs.has(kAbcHash));
  EXPECT_EQ(*blobs.path_of(kAbcHash), kAbcPath);
  EXPECT_EQ(*blobs.get(kAbcHash, 3), "abc");
  EXPECT_EQ(blobs.get(kAbcHash, 2).error().code(), Code::kLimit);
  EXPECT_TRUE(blobs.verify(kAbcHash));
}

TEST_F(BlobsTest, TheEmptyContentIsABlobToo) {
  const auto blob = blobs.put("");
  ASSERT_TRUE(blob);
  EXPECT_EQ(*blobs.get(blob->sha256, 0), "");
}

TEST_F(BlobsTest, TheSameContentIsWrittenOnceAndMadeYoungAgain) {
  disk.set_now_ns(1);
  ASSERT_TRUE(blobs.put("abc"));
  disk.set_now_ns(2);
  const uint64_t operations = disk.operations();
  ASSERT_TRUE(blobs.put("abc"));
  EXPECT_EQ(disk.operations(), operations + 1);
  EXPECT_EQ(disk.info(kAbcPath)->modified_ns, 2);
  EXPECT_EQ(list(blobs).bytes_of.size(), 1u);
}

TEST_F(BlobsTest, ACutBlobIsHealedByThePutOfItsContent) {
  ASSERT_TRUE(blobs.put("abc"));
  disk.set_content(kAbcPath, "ab");
  EXPECT_EQ(blobs.verify(kAbcHash).error().code(), Code::kCorrupt);
  ASSERT_TRUE(blobs.put("abc"));
  EXPECT_TRUE(blobs.verify(kAbcHash));
}

TEST_F(BlobsTest, AFileBecomesTheBlobOfItsContent) {
  const std::string large(5'000'000, 'x');
  disk.set_content("/model.pt", large);
  const auto blob = blobs.put_file("/model.pt");
  ASSERT_TRUE(blob) << blob.error().message();
  EXPECT_EQ(blob->sha256, print_hex(sha256(large)));
  EXPECT_EQ(blob->bytes, large.size());
  EXPECT_TRUE(blobs.verify(blob->sha256));
  ASSERT_TRUE(blobs.put_file("/model.pt"));
  EXPECT_TRUE(list(blobs).strays.empty());
  EXPECT_EQ(blobs.put_file("/absent").error().code(), Code::kNotFound);
}

TEST_F(BlobsTest, NamesThatAreNoHashNeverReachTheDisk) {
  disk.set_content("/s/secret", "x");
  const std::string upper = "BA" + std::string(kAbcHash).substr(2);
  for (const std::string& name :
       std::vector<std::string>{"", "../secret", upper, std::string(kAbcHash) + "0",
                                std::string(64, '.'), std::string(64, '/')}) {
    EXPECT_FALSE(blobs.has(name)) << name;
    EXPECT_EQ(blobs.path_of(name).error().code(), Code::kInvalid) << name;
    EXPECT_EQ(blobs.get(name, 100).error().code(), Code::kInvalid) << name;
    EXPECT_EQ(blobs.verify(name).error().code(), Code::kInvalid) << name;
    EXPECT_EQ(blobs.remove(name).error().code(), Code::kInvalid) << name;
  }
  EXPECT_EQ(blobs.get(kAbcHash, 100).error().code(), Code::kNotFound);
}

TEST_F(BlobsTest, ForEachTellsBlobsFromStrays) {
  ASSERT_TRUE(blobs.put("abc"));
  for (const char* stray : {"/s/blobs/readme", "/s/blobs/tmp/left", "/s/blobs/ba/note"}) {
    disk.set_content(stray, "x");
  }
  const std::string misplaced = std::string("/s/blobs/tmp/") + kAbcHash;
  disk.set_content(misplaced, "abc");
  const Listing listing = list(blobs);
  EXPECT_EQ(listing.bytes_of, (std::map<std::string, uint64_t>{{kAbcHash, 3}}));
  EXPECT_EQ(listing.strays, (std::vector<std::string>{"/s/blobs/ba/note", "/s/blobs/readme",
                                                      misplaced, "/s/blobs/tmp/left"}));
  EXPECT_TRUE(list(Blobs(disk, "/absent")).bytes_of.empty());
}

TEST_F(BlobsTest, ARemovedBlobIsGoneAndMayBeRemovedAgain) {
  ASSERT_TRUE(blobs.put("abc"));
  EXPECT_TRUE(blobs.remove(kAbcHash));
  EXPECT_FALSE(blobs.has(kAbcHash));
  EXPECT_TRUE(blobs.remove(kAbcHash));
}

TEST_F(BlobsTest, AFailedPutLeavesNothingBehind) {
  ASSERT_TRUE(disk.make_dirs("/s/blobs/tmp"));
  disk.set_free_bytes(10);
  EXPECT_EQ(blobs.put(std::string(100, 'x')).error().code(), Code::kLimit);
  EXPECT_TRUE(list(blobs).strays.empty());
  EXPECT_TRUE(list(blobs).bytes_of.empty());
}

TEST_F(BlobsTest, AStopAfterAnyOperationLeavesWholeBlobsAndKeepsTheAcknowledged) {
  const std::string content(3000, 'y');
  const std::string name = print_hex(sha256(content));
  const auto live = [&](FakeDisk& on) {
    Blobs stopping(on, "/s/blobs");
    on.set_content("/file", "abc");
    return std::pair(stopping.put(content).has_value(), stopping.put_file("/file").has_value());
  };
  FakeDisk whole;
  ASSERT_EQ(live(whole), std::pair(true, true));
  for (uint64_t n = 0; n < whole.operations(); ++n) {
    FakeDisk stopping;
    stopping.stop_after(n);
    const auto [content_told, file_told] = live(stopping);
    for (uint64_t seed = 0; seed < 10; ++seed) {
      const Crash policy = seed == 0 ? Crash::kLost : seed == 1 ? Crash::kKept : Crash::kTorn;
      const auto after = stopping.crash(policy, seed);
      Blobs found(*after, "/s/blobs");
      EXPECT_TRUE(!content_told || found.has(name)) << n;
      EXPECT_TRUE(!file_told || found.has(kAbcHash)) << n;
      for (const auto& [sha256, bytes] : list(found).bytes_of)
        EXPECT_TRUE(found.verify(sha256)) << n;
    }
  }
}

TEST(BlobsOnDisk, ManyThreadsMayPutTheSameContent) {
  const std::string dir = testing::TempDir() + "cairn-blobs-" + make_id();
  Blobs blobs(posix_disk(), dir);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < 20; ++n) {
        EXPECT_TRUE(blobs.put("content " + std::to_string((n + i) % 20)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  size_t count = 0;
  EXPECT_TRUE(blobs.for_each(
      [&](std::string_view sha256, uint64_t, int64_t) {
        ++count;
        EXPECT_TRUE(blobs.verify(sha256));
      },
      [](const std::string& path) { ADD_FAILURE() << path; }));
  EXPECT_EQ(count, 20u);
  std::filesystem::remove_all(dir);
}

TEST(BlobsOnDisk, ARealFileIsCopiedOrCloned) {
  const std::string dir = testing::TempDir() + "cairn-blobs-" + make_id();
  std::filesystem::create_directory(dir);
  std::ofstream(dir + "/file") << "abc";
  Blobs blobs(posix_disk(), dir + "/blobs");
  ASSERT_TRUE(blobs.put_file(dir + "/file"));
  EXPECT_EQ(*blobs.get(kAbcHash, 100), "abc");
  EXPECT_EQ(blobs.put_file("/dev/zero").error().code(), Code::kInvalid);
  EXPECT_EQ(blobs.put_file(dir).error().code(), Code::kInvalid);
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace cairn::blobs
