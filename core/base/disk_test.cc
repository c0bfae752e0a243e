// Rules of the real disk, and of the fake one that stands in for it.
#include "base/disk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/id.h"
#include "base/testing/fake_disk.h"

namespace cairn {
namespace {

std::string read_whole(Disk& disk, const std::string& path) {
  auto content = read_file(disk, path, 1 << 20);
  return content ? *content : "error: " + content.error().message();
}

// What both disks must do alike.
class AnyDisk : public testing::TestWithParam<bool> {
 protected:
  AnyDisk() : dir(testing::TempDir() + "cairn-disk-" + make_id()) {
    EXPECT_TRUE(disk.make_dirs(dir + "/a/b"));
  }
  ~AnyDisk() override { std::filesystem::remove_all(dir); }

  std::unique_ptr<File> open(const std::string& name, OpenMode mode = OpenMode::kReadWrite) {
    auto file = disk.open(dir + "/" + name, mode);
    EXPECT_TRUE(file) << file.error().message();
    return std::move(*file);
  }
  Code code_of_open(const std::string& name, OpenMode mode) {
    return disk.open(dir + "/" + name, mode).error().code();
  }

  FakeDisk fake;
  Disk& disk = GetParam() ? static_cast<Disk&>(fake) : posix_disk();
  std::string dir;
};

TEST_P(AnyDisk, ReadsWhatWasWritten) {
  const auto file = open("f");
  ASSERT_TRUE(file->write_at(0, "stones"));
  ASSERT_TRUE(file->write_at(8, "pile"));
  char bytes[32];
  EXPECT_EQ(*file->read_at(4, bytes, sizeof bytes), 8u);
  EXPECT_EQ(std::string_view(bytes, 8), std::string_view("es\0\0pile", 8));
  EXPECT_EQ(*file->read_at(12, bytes, sizeof bytes), 0u);
  EXPECT_EQ(*file->size(), 12u);
  ASSERT_TRUE(file->truncate(3));
  EXPECT_EQ(read_whole(disk, dir + "/f"), "sto");
}

TEST_P(AnyDisk, OpenModesSayWhatMustBeThere) {
  EXPECT_EQ(code_of_open("f", OpenMode::kRead), Code::kNotFound);
  open("f", OpenMode::kCreate);
  EXPECT_EQ(code_of_open("f", OpenMode::kCreate), Code::kConflict);
  open("f", OpenMode::kReadWrite);
  open("f", OpenMode::kRead);
  EXPECT_EQ(code_of_open("absent/f", OpenMode::kReadWrite), Code::kNotFound);
}

TEST_P(AnyDisk, AFolderListsItsEntriesSorted) {
  open("c");
  open("B");
  open("a/x");
  const auto entries = *disk.list(dir);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].name, "B");
  EXPECT_EQ(entries[1].name, "a");
  EXPECT_TRUE(entries[1].is_dir);
  EXPECT_EQ(entries[2].name, "c");
  EXPECT_FALSE(entries[2].is_dir);
  EXPECT_EQ(disk.list(dir + "/absent").error().code(), Code::kNotFound);
}

TEST_P(AnyDisk, RemoveTakesFilesAndEmptyFoldersAndWhatIsNotThere) {
  open("f");
  EXPECT_TRUE(disk.remove(dir + "/f"));
  EXPECT_FALSE(disk.exists(dir + "/f"));
  EXPECT_TRUE(disk.remove(dir + "/f"));
  EXPECT_FALSE(disk.remove(dir + "/a"));
  EXPECT_TRUE(disk.remove(dir + "/a/b"));
  EXPECT_TRUE(disk.remove(dir + "/a"));
  EXPECT_FALSE(disk.exists(dir + "/a"));
}

TEST_P(AnyDisk, RenameReplaces) {
  ASSERT_TRUE(open("new")->write_at(0, "new"));
  ASSERT_TRUE(open("old")->write_at(0, "old"));
  ASSERT_TRUE(disk.rename(dir + "/new", dir + "/old"));
  EXPECT_FALSE(disk.exists(dir + "/new"));
  EXPECT_EQ(read_whole(disk, dir + "/old"), "new");
  EXPECT_EQ(disk.rename(dir + "/new", dir + "/old").error().code(), Code::kNotFound);
}

TEST_P(AnyDisk, InfoTellsSizeAndKind) {
  ASSERT_TRUE(open("f")->write_at(0, "12345"));
  EXPECT_EQ(disk.info(dir + "/f")->bytes, 5u);
  EXPECT_FALSE(disk.info(dir + "/f")->is_dir);
  EXPECT_TRUE(disk.info(dir + "/a")->is_dir);
  EXPECT_TRUE(disk.touch(dir + "/f"));
  EXPECT_EQ(disk.info(dir + "/absent").error().code(), Code::kNotFound);
  EXPECT_EQ(disk.touch(dir + "/absent").error().code(), Code::kNotFound);
}

TEST_P(AnyDisk, AWindowShowsTheFileAndTheFileTheWindow) {
  const auto file = open("f");
  const auto reserved = file->reserve(kPageBytes, 2 * kPageBytes);
  if (!reserved && reserved.error().code() == Code::kUnavailable) {
    GTEST_SKIP() << reserved.error().message();
  }
  ASSERT_TRUE(reserved);
  EXPECT_EQ(*file->size(), 3 * kPageBytes);
  const auto window = *file->map(kPageBytes, 2 * kPageBytes);
  EXPECT_EQ(window->size(), 2 * kPageBytes);
  std::memcpy(window->data(), "stone", 5);
  char bytes[5];
  ASSERT_EQ(*file->read_at(kPageBytes, bytes, 5), 5u);
  EXPECT_EQ(std::string_view(bytes, 5), "stone");
  ASSERT_TRUE(file->write_at(2 * kPageBytes, "pile"));
  EXPECT_EQ(std::string_view(window->data() + kPageBytes, 4), "pile");
  EXPECT_TRUE(file->sync());
}

TEST_P(AnyDisk, ALockIsSeenByOthersUntilItsFileCloses) {
  auto holder = open("f");
  const auto other = open("f");
  EXPECT_TRUE(*holder->try_lock());
  EXPECT_TRUE(*holder->try_lock()) << "asking again is harmless";
  EXPECT_FALSE(*other->try_lock());
  EXPECT_FALSE(*holder->is_locked_by_another());
  EXPECT_TRUE(*open("f", OpenMode::kRead)->is_locked_by_another());
  holder.reset();
  EXPECT_TRUE(*other->try_lock());
}

TEST_P(AnyDisk, AFileDeletedMeanwhileIsToldBySync) {
  const auto file = open("f");
  EXPECT_TRUE(file->sync());
  ASSERT_TRUE(disk.remove(dir + "/f"));
  EXPECT_TRUE(file->write_at(0, "stone"));
  EXPECT_EQ(file->sync().error().code(), Code::kNotFound);
}

TEST_P(AnyDisk, AnAtomicWriteReplacesAndLeavesNothingElse) {
  ASSERT_TRUE(write_file_atomically(disk, dir + "/a/b/f", "one"));
  ASSERT_TRUE(write_file_atomically(disk, dir + "/a/b/f", "two"));
  EXPECT_EQ(read_whole(disk, dir + "/a/b/f"), "two");
  EXPECT_EQ(disk.list(dir + "/a/b")->size(), 1u);
  EXPECT_EQ(write_file_atomically(disk, dir + "/absent/f", "").error().code(), Code::kNotFound);
}

TEST_P(AnyDisk, ReadFileKeepsToItsLimit) {
  ASSERT_TRUE(open("f")->write_at(0, "12345"));
  EXPECT_EQ(*read_file(disk, dir + "/f", 5), "12345");
  EXPECT_EQ(read_file(disk, dir + "/f", 4).error().code(), Code::kLimit);
  EXPECT_EQ(*read_file(disk, dir + "/f", UINT64_MAX), "12345");
  open("empty");
  EXPECT_EQ(*read_file(disk, dir + "/empty", 0), "");
}

INSTANTIATE_TEST_SUITE_P(Disks, AnyDisk, testing::Bool(),
                         [](const auto& fake) { return fake.param ? "Fake" : "Posix"; });

class PosixDisk : public testing::Test {
 protected:
  PosixDisk() { EXPECT_TRUE(disk.make_dirs(dir)); }
  ~PosixDisk() override { std::filesystem::remove_all(dir); }

  Disk& disk = posix_disk();
  std::string dir = testing::TempDir() + "cairn-disk-" + make_id();
};

TEST_F(PosixDisk, PipesAndFoldersAreRefusedAtOnce) {
  ASSERT_EQ(mkfifo((dir + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(disk.open(dir + "/pipe", OpenMode::kRead).error().code(), Code::kInvalid);
  EXPECT_EQ(disk.open(dir, OpenMode::kRead).error().code(), Code::kInvalid);
}

TEST_F(PosixDisk, AFileNeverTakesThePlaceOfAClosedStandardStream) {
  const pid_t child = fork();
  if (child == 0) {
    close(STDOUT_FILENO);
    const auto file = disk.open(dir + "/f", OpenMode::kCreate);
    _exit(file && fcntl(STDOUT_FILENO, F_GETFD) == -1 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(PosixDisk, FilesAreNotInheritedByProgramsThatAreStarted) {
  const auto file = disk.open(dir + "/f", OpenMode::kCreate);
  ASSERT_TRUE(file);
  const std::string command = "ls -l /proc/self/fd | grep -q " + dir + "/f";
  EXPECT_NE(std::system(command.c_str()), 0);
}

TEST_F(PosixDisk, FilesOfProcHaveNoSizeAndAreReadWhole) {
  EXPECT_FALSE(read_file(disk, "/proc/self/stat", 4096)->empty());
}

TEST_F(PosixDisk, ANetworkFileSystemCanBeAssumed) {
  setenv("CAIRN_ASSUME_NETWORK_FS", "1", 1);
  EXPECT_FALSE(disk.is_local(dir));
  unsetenv("CAIRN_ASSUME_NETWORK_FS");
  EXPECT_FALSE(disk.is_local("/proc/self/stat")) << "what is not known to be local is not";
  EXPECT_EQ(disk.is_local(dir), disk.is_local(dir + "/not yet there"));
}

TEST_F(PosixDisk, ACloneIsTheSameOrUnavailable) {
  ASSERT_TRUE(write_file_atomically(disk, dir + "/f", "stone"));
  const auto cloned = disk.clone(dir + "/f", dir + "/g");
  if (cloned) {
    EXPECT_EQ(read_whole(disk, dir + "/g"), "stone");
  } else {
    EXPECT_EQ(cloned.error().code(), Code::kUnavailable);
    EXPECT_FALSE(disk.exists(dir + "/g"));
  }
  EXPECT_EQ(disk.clone(dir + "/absent", dir + "/h").error().code(), Code::kNotFound);
}

class FakeDiskTest : public testing::Test {
 protected:
  std::unique_ptr<File> open(const std::string& path) {
    return std::move(*disk.open(path, OpenMode::kReadWrite));
  }
  void write_and_sync(const std::string& path, std::string_view bytes) {
    const auto file = open(path);
    ASSERT_TRUE(file->write_at(0, bytes) && file->sync() && disk.sync_dir("/"));
  }

  FakeDisk disk;
};

TEST_F(FakeDiskTest, APowerCutLosesWhatWasNotSynced) {
  write_and_sync("/f", "durable");
  ASSERT_TRUE(open("/f")->write_at(0, "VISIBLE"));
  ASSERT_TRUE(open("/new")->sync());
  const auto lost = disk.crash(Crash::kLost);
  EXPECT_EQ(lost->content("/f"), "durable");
  EXPECT_FALSE(lost->exists("/new")) << "its name was not synced";
  EXPECT_EQ(disk.crash(Crash::kKept)->content("/f"), "VISIBLE");
  EXPECT_TRUE(disk.crash(Crash::kKept)->exists("/new"));
}

TEST_F(FakeDiskTest, APowerCutMayTearAtSectors) {
  write_and_sync("/f", std::string(8 * kPageBytes, 'd'));
  ASSERT_TRUE(open("/f")->write_at(0, std::string(8 * kPageBytes, 'v')));
  const std::string torn = disk.crash(Crash::kTorn, 1)->content("/f");
  EXPECT_EQ(torn.find_first_not_of("dv"), std::string::npos);
  EXPECT_NE(torn.find("dv"), std::string::npos);
  EXPECT_EQ(torn, disk.crash(Crash::kTorn, 1)->content("/f")) << "the seed decides";
  EXPECT_NE(torn, disk.crash(Crash::kTorn, 2)->content("/f"));
}

TEST_F(FakeDiskTest, ARemovalThatWasNotSyncedMayComeBack) {
  write_and_sync("/f", "durable");
  ASSERT_TRUE(disk.remove("/f"));
  EXPECT_FALSE(disk.crash(Crash::kKept)->exists("/f"));
  EXPECT_EQ(disk.crash(Crash::kLost)->content("/f"), "durable");
}

TEST_F(FakeDiskTest, AKilledProcessLeavesAllThatWasVisibleAndNoLock) {
  const auto file = open("/f");
  ASSERT_TRUE(*file->try_lock());
  ASSERT_TRUE(file->reserve(0, kPageBytes));
  const auto window = *file->map(0, kPageBytes);
  std::memcpy(window->data(), "stone", 5);
  const auto after = disk.kill();
  EXPECT_EQ(after->content("/f").substr(0, 5), "stone");
  EXPECT_TRUE(*(*after->open("/f", OpenMode::kReadWrite))->try_lock());
}

TEST_F(FakeDiskTest, TheMachineStopsAfterSoManyOperations) {
  const auto file = open("/f");
  disk.stop_after(1);
  EXPECT_TRUE(file->write_at(0, "one"));
  EXPECT_FALSE(disk.stopped());
  EXPECT_FALSE(file->write_at(3, "four"));
  EXPECT_TRUE(disk.stopped());
  EXPECT_FALSE(file->write_at(3, "five"));
  EXPECT_EQ(disk.kill()->content("/f"), "onefo") << "it died in the middle of that write";
}

TEST_F(FakeDiskTest, AFullDiskTakesWhatStillFits) {
  disk.set_free_bytes(3);
  const auto file = open("/f");
  EXPECT_EQ(file->write_at(0, "stone").error().code(), Code::kLimit);
  EXPECT_EQ(disk.content("/f"), "sto");
  EXPECT_EQ(file->reserve(0, 4).error().code(), Code::kLimit);
  ASSERT_TRUE(file->truncate(0));
  EXPECT_TRUE(file->write_at(0, "pil"));
}

TEST_F(FakeDiskTest, AVanishedFolderTakesItsFilesAlong) {
  ASSERT_TRUE(disk.make_dirs("/a/b"));
  const auto file = open("/a/b/f");
  disk.vanish("/a");
  EXPECT_FALSE(disk.exists("/a/b/f"));
  EXPECT_TRUE(file->write_at(0, "stone"));
  EXPECT_EQ(file->sync().error().code(), Code::kNotFound);
  EXPECT_FALSE(disk.crash(Crash::kLost)->exists("/a"));
}

}  // namespace
}  // namespace cairn
