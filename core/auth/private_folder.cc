// open, fstat, write, rename and an open-file-description lock, nothing of it readable by others.
#include "auth/private_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/id.h"

namespace cairn::auth {
namespace {

constexpr mode_t kFileMode = 0600, kFolderMode = 0700;
constexpr mode_t kOthers = 0077;
// Coarser than the clock of any file system we know of stamps its files.
constexpr int64_t kSettledNs = 50 * kNsPerMillisecond;

class Fd {
 public:
  explicit Fd(int fd) : x_fd(fd) {}
  Fd(Fd&& other) noexcept : x_fd(other.release()) {}
  Fd& operator=(Fd&&) = delete;
  ~Fd() {
    if (x_fd >= 0) ::close(x_fd);
  }
  int get() const { return x_fd; }
  int release() {
    const int fd = x_fd;
    x_fd = -1;
    return fd;
  }

 private:
  int x_fd;
};

// A link is refused, whoever laid it there; O_NONBLOCK keeps a pipe from holding us up.
Result<Fd> open_file(const std::string& path, int flags) {
  const int fd =
      ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, kFileMode);
  if (fd < 0) return fail_errno(errno, "open", path);
  return Fd(fd);
}

int64_t print_ns(const timespec& time) { return time.tv_sec * kNsPerSecond + time.tv_nsec; }

Stamp stamp_of(const struct stat& about) {
  return {about.st_ino, static_cast<uint64_t>(about.st_size), print_ns(about.st_mtim),
          print_ns(about.st_ctim), true};
}

Result<Stamp> stamp_fd(int fd, const std::string& path) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) return fail_errno(errno, "look at", path);
  if (!S_ISREG(about.st_mode)) return fail(Code::kInvalid, "expected a regular file ({})", path);
  return stamp_of(about);
}

Result<std::string> read_at(int fd, uint64_t offset, size_t size, const std::string& path) {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t n =
        ::pread(fd, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, "read", path);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, "write", path);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  if (::fdatasync(fd) != 0) return fail_errno(errno, "sync", path);
  return {};
}

Result<void> create(const std::string& path, std::string_view bytes) {
  TRY(const Fd fd, open_file(path, O_WRONLY | O_CREAT | O_EXCL));
  return write_all(fd.get(), bytes, path);
}

}  // namespace

bool Stamp::is_settled(int64_t wall_now_ns) const {
  return !exists || wall_now_ns - std::max(modified_ns, changed_ns) > kSettledNs;
}

std::string PrivateFolder::path_of(std::string_view name) const {
  return x_path + "/" + std::string(name);
}

Result<void> PrivateFolder::make() const {
  if (::mkdir(x_path.c_str(), kFolderMode) != 0 && errno != EEXIST)
    return fail_errno(errno, "make folder", x_path);
  struct stat about {};
  if (::lstat(x_path.c_str(), &about) != 0) return fail_errno(errno, "look at", x_path);
  if (!S_ISDIR(about.st_mode)) return fail(Code::kInvalid, "expected a folder ({})", x_path);
  if ((about.st_mode & kOthers) != 0 && ::chmod(x_path.c_str(), kFolderMode) != 0)
    return fail_errno(errno, "close to others", x_path);
  return {};
}

Result<Stamp> PrivateFolder::stamp(std::string_view name) const {
  struct stat about {};
  const std::string path = path_of(name);
  if (::lstat(path.c_str(), &about) == 0) return stamp_of(about);
  if (errno == ENOENT) return Stamp{};
  return fail_errno(errno, "look at", path);
}

Result<std::string> PrivateFolder::read(std::string_view name, uint64_t bytes_max,
                                        Stamp& stamp) const {
  const std::string path = path_of(name);
  TRY(const Fd fd, open_file(path, O_RDONLY));
  TRY(stamp, stamp_fd(fd.get(), path));
  if (stamp.bytes > bytes_max)
    return fail(Code::kLimit, "expected at most {} bytes, found {} ({})", bytes_max, stamp.bytes,
                path);
  return read_at(fd.get(), 0, static_cast<size_t>(stamp.bytes), path);
}

Result<std::string> PrivateFolder::read_part(std::string_view name, uint64_t offset,
                                             size_t bytes) const {
  const std::string path = path_of(name);
  TRY(const Fd fd, open_file(path, O_RDONLY));
  return read_at(fd.get(), offset, bytes, path);
}

Result<void> PrivateFolder::replace(std::string_view name, std::string_view bytes) const {
  const std::string path = path_of(name);
  const std::string temporary = path + ".tmp-" + make_id();
  auto done = create(temporary, bytes);
  if (done && ::rename(temporary.c_str(), path.c_str()) != 0)
    done = fail_errno(errno, "rename to", path);
  if (!done) {
    ::unlink(temporary.c_str());
    return done;
  }
  const Fd folder(::open(x_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) return fail_errno(errno, "open", x_path);
  // EINVAL: a file system that has nothing to sync in a folder.
  if (::fsync(folder.get()) != 0 && errno != EINVAL) return fail_errno(errno, "sync", x_path);
  return {};
}

Result<void> PrivateFolder::append_line(std::string_view name, std::string_view line) const {
  const std::string path = path_of(name);
  TRY(const Fd fd, open_file(path, O_RDWR | O_CREAT | O_APPEND));
  TRY(const Stamp before, stamp_fd(fd.get(), path));
  bool is_torn = false;
  if (before.bytes > 0) {
    TRY(const std::string last, read_at(fd.get(), before.bytes - 1, 1, path));
    is_torn = !last.ends_with('\n');
  }
  std::string bytes = is_torn ? "\n" : "";
  bytes.append(line).append("\n");
  return write_all(fd.get(), bytes, path);
}

PrivateFolder::Lock::~Lock() {
  if (x_fd >= 0) ::close(x_fd);
}

Result<PrivateFolder::Lock> PrivateFolder::lock() const {
  const std::string path = path_of("lock");
  TRY(Fd fd, open_file(path, O_RDWR | O_CREAT));
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  while (::fcntl(fd.get(), F_OFD_SETLKW, &whole) != 0)
    if (errno != EINTR) return fail_errno(errno, "lock", path);
  return Lock(fd.release());
}

}  // namespace cairn::auth
