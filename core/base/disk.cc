// PosixDisk: files by open, pread, pwrite, fallocate and mmap, retried when a signal interrupts.
#include "base/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "base/clock.h"
#include "base/id.h"

namespace cairn {
namespace {

// File systems whose locks and shared mappings belong to one machine. What is not listed (NFS, SMB,
// Lustre, GPFS, FUSE, 9p, AFS, Ceph, BeeGFS and those to come) is treated as a network's.
struct LocalFileSystem {
  uint32_t magic;
  // Whether a reserved block stays reserved when it is written again. Where writing copies, a store
  // into a window could find the disk full, and the kernel's answer to that is SIGBUS.
  bool keeps_reservations;
};
constexpr LocalFileSystem kLocalFileSystems[] = {
    {0x0000EF53, true},   // ext2, ext3, ext4
    {0x58465342, true},   // xfs
    {0x01021994, true},   // tmpfs
    {0xF2F52010, false},  // f2fs
    {0x9123683E, false},  // btrfs
    {0x2FC12FC1, false},  // zfs
    {0xCA451A4E, false},  // bcachefs
    {0x794C7630, false},  // overlayfs: what lies beneath cannot be seen
    {0x858458F6, false},  // ramfs
    {0x3153464A, false},  // jfs
    {0x52654973, false},  // reiserfs
    {0x00004D44, false},  // vfat
    {0x2011BAB0, false},  // exfat
    {0x7366746E, false},  // ntfs3
};

const LocalFileSystem* find_local(const struct statfs& about) {
  const auto magic = static_cast<uint32_t>(about.f_type);
  const auto* found = std::find_if(std::begin(kLocalFileSystems), std::end(kLocalFileSystems),
                                   [&](const auto& known) { return known.magic == magic; });
  return found == std::end(kLocalFileSystems) ? nullptr : found;
}

// Repeats a system call for as long as signals interrupt it.
template <typename Call>
auto retried(Call call) {
  auto answer = call();
  while (answer == -1 && errno == EINTR) answer = call();
  return answer;
}

// What the caller can do without: it has another way.
tl::unexpected<Error> fail_unavailable(int error_number, std::string_view doing,
                                       std::string_view path) {
  return fail(Code::kUnavailable, "{}", fail_errno(error_number, doing, path).value().message());
}

class PosixWindow final : public Window {
 public:
  PosixWindow(char* data, size_t size) : x_owner(getpid()) {
    x_data = data;
    x_size = size;
  }
  ~PosixWindow() override {
    // A forked child did not inherit the mapping; something of its own may lie there now.
    if (getpid() == x_owner) munmap(x_data, x_size);
  }

 private:
  pid_t x_owner;
};

class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : x_fd(fd), x_path(std::move(path)) {}
  ~PosixFile() override { ::close(x_fd); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
    size_t done = 0;
    while (done < size) {
      const ssize_t n = retried(
          [&] { return pread(x_fd, out + done, size - done, static_cast<off_t>(offset + done)); });
      if (n < 0) return fail_errno(errno, "read", x_path);
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    return done;
  }

  Result<void> write_at(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = retried(
          [&] { return pwrite(x_fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
      if (n < 0) return fail_errno(errno, "write", x_path);
      bytes.remove_prefix(static_cast<size_t>(n));
      offset += static_cast<size_t>(n);
    }
    return {};
  }

  Result<void> sync() override {
    if (retried([&] { return fdatasync(x_fd); }) != 0) return fail_errno(errno, "sync", x_path);
    struct stat about {};
    if (fstat(x_fd, &about) == 0 && about.st_nlink == 0) {
      return fail(Code::kNotFound, "the file was deleted while it was written ({})", x_path);
    }
    return {};
  }

  Result<uint64_t> size() override {
    struct stat about {};
    if (fstat(x_fd, &about) != 0) return fail_errno(errno, "look at", x_path);
    return static_cast<uint64_t>(about.st_size);
  }

  Result<void> truncate(uint64_t size) override {
    if (retried([&] { return ftruncate(x_fd, static_cast<off_t>(size)); }) != 0) {
      return fail_errno(errno, "truncate", x_path);
    }
    return {};
  }

  Result<void> reserve(uint64_t offset, size_t size) override {
    struct statfs about {};
    if (fstatfs(x_fd, &about) != 0) return fail_errno(errno, "look at", x_path);
    const LocalFileSystem* local = find_local(about);
    if (local == nullptr || !local->keeps_reservations) {
      return fail(Code::kUnavailable, "this file system cannot reserve space ({})", x_path);
    }
    // Not posix_fallocate(3): it falls back to writing every block, beside our own stores.
    if (retried([&] {
          return fallocate(x_fd, 0, static_cast<off_t>(offset), static_cast<off_t>(size));
        }) == 0) {
      return {};
    }
    if (errno == EOPNOTSUPP || errno == ENOSYS) {
      return fail_unavailable(errno, "reserve space", x_path);
    }
    return fail_errno(errno, "reserve space", x_path);
  }

  Result<std::unique_ptr<Window>> map(uint64_t offset, size_t size) override {
    void* data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, x_fd,
                      static_cast<off_t>(offset));
    if (data == MAP_FAILED) {
      return fail_unavailable(errno, "map", x_path);
    }
    auto window = std::make_unique<PosixWindow>(static_cast<char*>(data), size);
    madvise(data, size, MADV_DONTFORK);
    return window;
  }

  Result<bool> try_lock() override {
    struct flock lock = whole_file();
    if (retried([&] { return fcntl(x_fd, F_OFD_SETLK, &lock); }) == 0) return true;
    if (errno == EAGAIN || errno == EACCES) return false;
    return fail_errno(errno, "lock", x_path);
  }

  Result<bool> is_locked_by_another() override {
    struct flock lock = whole_file();
    if (retried([&] { return fcntl(x_fd, F_OFD_GETLK, &lock); }) != 0) {
      return fail_errno(errno, "ask for the lock", x_path);
    }
    return lock.l_type != F_UNLCK;
  }

 private:
  static struct flock whole_file() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
  }

  int x_fd;
  std::string x_path;
};

int open_flags(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead:
      return O_RDONLY;
    case OpenMode::kCreate:
      return O_RDWR | O_CREAT | O_EXCL;
    case OpenMode::kReadWrite:
      return O_RDWR | O_CREAT;
  }
  return O_RDONLY;
}

// Opens a regular file. O_NONBLOCK keeps a pipe from holding us up before we can refuse it.
Result<int> open_fd(const std::string& path, OpenMode mode) {
  int fd = retried([&] {
    return ::open(path.c_str(), open_flags(mode) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
  });
  if (fd < 0) return fail_errno(errno, "open", path);
  if (fd <= STDERR_FILENO) {
    // The program closed a standard stream; whatever it prints must not land in our file.
    const int higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    const int reason = errno;
    ::close(fd);
    if (higher < 0) return fail_errno(reason, "open", path);
    fd = higher;
  }
  struct stat about {};
  if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) return fd;
  ::close(fd);
  return fail(Code::kInvalid, "expected a regular file ({})", path);
}

class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    TRY(const int fd, open_fd(path, mode));
    return std::make_unique<PosixFile>(fd, path);
  }

  bool exists(const std::string& path) override {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0;
  }

  Result<FileInfo> info(const std::string& path) override {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) return fail_errno(errno, "look at", path);
    return FileInfo{static_cast<uint64_t>(about.st_size),
                    about.st_mtim.tv_sec * kNsPerSecond + about.st_mtim.tv_nsec,
                    S_ISDIR(about.st_mode)};
  }

  Result<std::vector<DirEntry>> list(const std::string& dir) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(dir.c_str()), closedir);
    if (!stream) return fail_errno(errno, "list", dir);
    std::vector<DirEntry> entries;
    errno = 0;
    while (const dirent* entry = readdir(stream.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") {
        entries.push_back({std::string(name), is_dir(dirfd(stream.get()), *entry)});
      }
      errno = 0;
    }
    if (errno != 0) return fail_errno(errno, "list", dir);
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return entries;
  }

  Result<void> make_dirs(const std::string& dir) override {
    if (mkdir(dir.c_str(), 0777) == 0) return {};
    if (errno == ENOENT && parent_of(dir) != dir) {
      TRY_VOID(make_dirs(parent_of(dir)));
      if (mkdir(dir.c_str(), 0777) == 0) return {};
    }
    const int reason = errno;
    struct stat about {};  // also when another process was quicker, or an ancestor is read-only
    if (::stat(dir.c_str(), &about) == 0 && S_ISDIR(about.st_mode)) return {};
    return fail_errno(reason, "make folder", dir);
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return fail_errno(errno, "rename to", to);
    return {};
  }

  Result<void> remove(const std::string& path) override {
    if (unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    if (errno == EISDIR && (rmdir(path.c_str()) == 0 || errno == ENOENT)) return {};
    return fail_errno(errno, "remove", path);
  }

  Result<void> sync_dir(const std::string& dir) override {
    const int fd = retried([&] { return ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (fd < 0) return fail_errno(errno, "open", dir);
    const int answer = retried([&] { return fsync(fd); });
    const int reason = errno;
    ::close(fd);
    // EINVAL: a file system that has nothing to sync in a folder.
    if (answer != 0 && reason != EINVAL) return fail_errno(reason, "sync", dir);
    return {};
  }

  Result<void> touch(const std::string& path) override {
    if (utimensat(AT_FDCWD, path.c_str(), nullptr, 0) != 0) {
      return fail_errno(errno, "touch", path);
    }
    return {};
  }

  Result<void> clone(const std::string& from, const std::string& to) override {
    TRY(const int source, open_fd(from, OpenMode::kRead));
    const PosixFile source_owner(source, from);
    TRY(const int target, open_fd(to, OpenMode::kCreate));
    const PosixFile target_owner(target, to);
    if (retried([&] { return ioctl(target, FICLONE, source); }) == 0) return {};
    const int reason = errno;
    unlink(to.c_str());
    return fail_unavailable(reason, "share the blocks of a file", to);
  }

  bool is_local(const std::string& path) override {
    const char* assumed = std::getenv("CAIRN_ASSUME_NETWORK_FS");
    if (assumed != nullptr && std::string_view(assumed) == "1") return false;
    struct statfs about {};
    const auto ask = [&](const std::string& at) {
      return retried([&] { return statfs(at.c_str(), &about); }) == 0;
    };
    if (!ask(path) && !ask(parent_of(path))) return false;
    return find_local(about) != nullptr;
  }

 private:
  static bool is_dir(int dir_fd, const dirent& entry) {
    if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
    struct stat about {};
    return fstatat(dir_fd, entry.d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(about.st_mode);
  }
};

Result<void> write_and_sync(Disk& disk, const std::string& path, std::string_view bytes) {
  TRY(const auto file, disk.open(path, OpenMode::kCreate));
  TRY_VOID(file->write_at(0, bytes));
  return file->sync();
}

}  // namespace

Disk& posix_disk() {
  static Disk& disk = *new PosixDisk;  // never destroyed: background threads may outlive main()
  return disk;
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::string> read_file(Disk& disk, const std::string& path, uint64_t bytes_max) {
  TRY(const auto file, disk.open(path, OpenMode::kRead));
  TRY(const uint64_t bytes, file->size());
  if (bytes > bytes_max) {
    return fail(Code::kLimit, "expected at most {} bytes, found {} ({})", bytes_max, bytes, path);
  }
  // One byte more than expected tells the end. Files of /proc say 0 and hold more; others may grow.
  std::string content(static_cast<size_t>(bytes) + 1, '\0');
  size_t done = 0;
  while (done <= bytes_max) {
    TRY(const size_t n, file->read_at(done, content.data() + done, content.size() - done));
    done += n;
    if (done < content.size()) break;
    content.resize(content.size() + std::max(content.size(), kPageBytes));
  }
  if (done > bytes_max) {
    return fail(Code::kLimit, "expected at most {} bytes, found more ({})", bytes_max, path);
  }
  content.resize(done);
  return content;
}

Result<void> write_file_atomically(Disk& disk, const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp-" + make_id();
  auto done = write_and_sync(disk, temporary, bytes);
  if (done) done = disk.rename(temporary, path);
  if (!done) {
    static_cast<void>(disk.remove(temporary));
    return done;
  }
  return disk.sync_dir(parent_of(path));
}

}  // namespace cairn
