// Digests and the stat index: what is known is not read, and what changed is never taken for known.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/hash.h"
#include "base/id.h"
#include "trace/file_digest.h"

namespace cairn::trace {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kHourNs = 3600 * kNsPerSecond;

class Digests : public ::testing::Test {
 protected:
  Digests() : x_folder(fs::temp_directory_path().string() + "/cairn-digest-" + make_id()) {
    fs::create_directories(x_folder);
  }
  ~Digests() override { fs::remove_all(x_folder); }

  std::string path(const std::string& name) const { return x_folder + "/" + name; }
  std::string write(const std::string& name, std::string_view content) const {
    fs::create_directories(fs::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  // Until a file written before is old enough to be remembered.
  static void let_it_settle() { std::this_thread::sleep_for(std::chrono::milliseconds(25)); }
  static FileState state(const std::string& file) { return look_at(file).value(); }
  std::string folder_digest(StatIndex& index) const {
    return digest_folder(path("data"), index).value().hex;
  }

  std::string x_folder;
};

TEST_F(Digests, AFileHasTheDigestOfItsBytes) {
  auto index = StatIndex::in_memory();
  const auto digest = digest_file(write("a", "abc"), index);
  ASSERT_TRUE(digest.has_value());
  EXPECT_EQ(digest->hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(*content_sha256(path("a")), digest->hex);
  EXPECT_EQ(digest_file(path("missing"), index).error().code(), Code::kNotFound);
  EXPECT_EQ(digest_file(x_folder, index).error().code(), Code::kInvalid);
}

TEST_F(Digests, ALargeFileIsAListOfChunks) {
  auto index = StatIndex::in_memory();
  std::string content(kDigestChunkBytes + 1, 'x');
  const auto digest = digest_file(write("big", content), index);
  std::string tree("chunks16\0", 9);
  const uint64_t bytes = content.size();
  tree.append(reinterpret_cast<const char*>(&bytes), 8);
  for (const auto& chunk : {content.substr(0, kDigestChunkBytes), std::string("x")}) {
    const auto leaf = sha256(chunk);
    tree.append(reinterpret_cast<const char*>(leaf.data()), leaf.size());
  }
  EXPECT_EQ(digest->hex, print_hex(sha256(tree)));
  content.back() = 'y';
  write("big", content);
  EXPECT_NE(digest_file(path("big"), index)->hex, digest->hex);
  EXPECT_EQ(*content_sha256(path("big")), print_hex(sha256(content)));
}

TEST_F(Digests, AKnownFileIsNotReadAgain) {
  auto index = StatIndex::in_memory();
  const std::string file = write("a", "abc");
  let_it_settle();
  EXPECT_TRUE(digest_file(file, index)->was_read);
  EXPECT_FALSE(digest_file(file, index)->was_read);
}

TEST_F(Digests, AFileThatChangedJustNowIsNotRemembered) {
  auto index = StatIndex::in_memory();
  const std::string file = write("a", "abc");
  const FileState now = state(file);
  index.put(file, now, sha256("abc"), now.changed_ns + 9 * kNsPerMillisecond);
  EXPECT_FALSE(index.find(file, now));
  index.put(file, now, sha256("abc"), now.changed_ns + 10 * kNsPerMillisecond);
  EXPECT_TRUE(index.find(file, now));
}

TEST_F(Digests, EveryPartOfTheStateCounts) {
  auto index = StatIndex::in_memory();
  const std::string file = write("a", "abc");
  const FileState now = state(file);
  index.put(file, now, sha256("abc"), now.changed_ns + kHourNs);
  ASSERT_TRUE(index.find(file, now));
  EXPECT_FALSE(index.find(file + "b", now));
  for (const auto change :
       {+[](FileState& s) { ++s.bytes; }, +[](FileState& s) { ++s.inode; },
        +[](FileState& s) { ++s.modified_ns; }, +[](FileState& s) { ++s.changed_ns; }}) {
    FileState other = now;
    change(other);
    EXPECT_FALSE(index.find(file, other));
  }
}

TEST_F(Digests, TheIndexOutlivesItsProcessAndGrows) {
  const std::string file = write("a", "abc");
  FileState now = state(file);
  {
    auto index = StatIndex::open(path("index"));
    for (uint64_t i = 0; i < 20'000; ++i) {
      now.inode = i;
      index.put(file + std::to_string(i), now, sha256(std::to_string(i)),
                now.changed_ns + kHourNs + static_cast<int64_t>(i));
    }
  }
  const auto index = StatIndex::open(path("index"));
  uint64_t known = 0;
  for (uint64_t i = 0; i < 20'000; ++i) {
    now.inode = i;
    const auto digest = index.find(file + std::to_string(i), now);
    if (!digest) continue;
    ++known;
    EXPECT_EQ(*digest, sha256(std::to_string(i)));
  }
  EXPECT_GT(known, 19'000u);  // a bucket may have been full
}

TEST_F(Digests, ADamagedOrForeignIndexIsMadeAnew) {
  const std::string file = write("a", "abc");
  const FileState now = state(file);
  write("index", "something else");
  {
    auto index = StatIndex::open(path("index"));
    index.put(file, now, sha256("abc"), now.changed_ns + kHourNs);
    ASSERT_TRUE(index.find(file, now));
  }
  std::fstream damaged(path("index"), std::ios::in | std::ios::out | std::ios::binary);
  for (std::streamoff at = 64; at < 64 * 4097; at += 64) {
    damaged.seekp(at + 20);  // inside every digest
    damaged.put('!');
  }
  damaged.close();
  EXPECT_FALSE(StatIndex::open(path("index")).find(file, now));
  auto nowhere = StatIndex::open("/no/such/folder/index");
  nowhere.put(file, now, sha256("abc"), now.changed_ns + kHourNs);
  EXPECT_TRUE(nowhere.find(file, now));
}

TEST_F(Digests, SeveralProcessesShareAnIndex) {
  const std::string file = write("a", "abc");
  FileState now = state(file);
  for (int child = 0; child < 4; ++child) {
    if (fork() != 0) continue;
    auto index = StatIndex::open(path("index"));
    for (uint64_t i = 0; i < 3000; ++i) {
      now.inode = i;
      index.put(file + std::to_string(i), now, sha256(std::to_string(i)), now.changed_ns + kHourNs);
    }
    _exit(0);
  }
  while (wait(nullptr) > 0) continue;
  const auto index = StatIndex::open(path("index"));
  uint64_t known = 0;
  for (uint64_t i = 0; i < 3000; ++i) {
    now.inode = i;
    if (const auto digest = index.find(file + std::to_string(i), now)) {
      ++known;
      EXPECT_EQ(*digest, sha256(std::to_string(i)));
    }
  }
  EXPECT_GT(known, 0u);
}

TEST_F(Digests, WhereTimesCannotBeTrustedEveryFileIsRead) {
  const std::string file = write("a", "abc");
  let_it_settle();
  setenv("CAIRN_ASSUME_NETWORK_FS", "1", 1);
  auto index = StatIndex::in_memory();
  EXPECT_TRUE(digest_file(file, index)->was_read);
  EXPECT_TRUE(digest_file(file, index)->was_read);
  EXPECT_FALSE(index.is_reliable(file, state(file)));
  unsetenv("CAIRN_ASSUME_NETWORK_FS");
}

TEST_F(Digests, AFolderIsItsNamesAndContents) {
  auto index = StatIndex::in_memory();
  write("data/a", "1");
  write("data/below/b", "2");
  const std::string first = folder_digest(index);
  write("data/a", "1");
  EXPECT_EQ(folder_digest(index), first);
  fs::rename(path("data/below/b"), path("data/below/c"));
  EXPECT_NE(folder_digest(index), first);
  fs::rename(path("data/below/c"), path("data/below/b"));
  chmod(path("data/a").c_str(), 0755);
  EXPECT_NE(folder_digest(index), first);
  chmod(path("data/a").c_str(), 0644);
  EXPECT_EQ(folder_digest(index), first);
  write("data/below/b", "3");
  EXPECT_NE(folder_digest(index), first);
}

TEST_F(Digests, ALinkThatGoesInACircleEnds) {
  auto index = StatIndex::in_memory();
  write("data/a", "1");
  fs::create_directory_symlink("..", path("data/up"));
  fs::create_symlink("a", path("data/same"));
  EXPECT_EQ(digest_folder(path("data"), index)->files, 2u);
}

TEST_F(Digests, AListingIsItsNames) {
  write("data/a", "1");
  const std::string one = *digest_listing(path("data"), {});
  write("data/a", "2");
  EXPECT_EQ(*digest_listing(path("data"), {}), one);
  write("data/b", "");
  EXPECT_NE(*digest_listing(path("data"), {}), one);
  EXPECT_EQ(*digest_listing(path("data"), {"b"}), one);
}

}  // namespace
}  // namespace cairn::trace
