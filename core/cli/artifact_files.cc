// Walking folders to be put; writing folders that are got, by descriptors that no link can bend.
#include "cli/artifact_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <utility>

#include "base/hash.h"
#include "model/artifact.h"

namespace cairn::cli {

namespace fs = std::filesystem;
using model::Value;

namespace {

constexpr int kTries = 4;  // in a row that bring nothing
constexpr long kPauseNs = 500'000'000;

bool is_inside(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

// Of a link that stands in `root`: whether what it leads to may be kept.
Result<void> check_link(const fs::path& link, const fs::path& root) {
  std::error_code error;
  const fs::path target = fs::canonical(link, error);
  if (error)
    return fail(Code::kInvalid, "expected a link to a file, found one that leads nowhere ({})",
                link.string());
  if (!is_inside(target, root) || fs::is_directory(target, error))
    return fail(Code::kInvalid,
                "expected links to files of the same folder, found one to {}; --follow-links keeps "
                "what it leads to ({})",
                target.string(), link.string());
  return {};
}

class Finder {
 public:
  explicit Finder(bool follow_links) : x_follow_links(follow_links) {}

  Result<void> add(const std::string& path, bool is_only) {
    if (path.find("://") != std::string::npos) {
      const size_t end = path.find_last_not_of('/');
      return put({path.substr(path.find_last_of('/', end) + 1, end), "", path});
    }
    std::error_code error;
    const fs::path root = fs::canonical(path, error);
    if (error) return fail_errno(error.value(), "find", path);
    if (!fs::is_directory(root)) return add_file(fs::path(path).filename().string(), path);
    return walk(root, is_only ? "" : root.filename().string() + "/");
  }
  std::vector<FoundFile> take() { return std::move(x_found); }

 private:
  Result<void> walk(const fs::path& root, const std::string& prefix) {
    const auto options = x_follow_links ? fs::directory_options::follow_directory_symlink
                                        : fs::directory_options::none;
    std::error_code error;
    fs::recursive_directory_iterator entry(root, options, error), end;
    for (; !error && entry != end; entry.increment(error)) {
      if (entry->is_symlink() && !x_follow_links) TRY_VOID(check_link(entry->path(), root));
      if (entry->is_directory()) continue;
      TRY_VOID(add_file(prefix + entry->path().lexically_relative(root).generic_string(),
                        entry->path().string()));
    }
    if (error) return fail_errno(error.value(), "read the folder", root.string());
    return {};
  }

  Result<void> add_file(std::string path, const std::string& source) {
    std::error_code error;
    if (!fs::is_regular_file(source, error))
      return fail(Code::kInvalid, "expected files and folders, found something else ({})", source);
    return put({std::move(path), source, ""});
  }

  Result<void> put(FoundFile file) {
    if (!model::is_artifact_path(file.path))
      return fail(Code::kInvalid,
                  "expected a file name of UTF-8 without control characters and backslash, found "
                  "'{}'",
                  file.path);
    x_found.push_back(std::move(file));
    return {};
  }

  bool x_follow_links;
  std::vector<FoundFile> x_found;
};

class Fd {
 public:
  explicit Fd(int fd = -1) : x_fd(fd) {}
  Fd(Fd&& other) noexcept : x_fd(std::exchange(other.x_fd, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(x_fd, other.x_fd);
    return *this;
  }
  ~Fd() {
    if (x_fd >= 0) ::close(x_fd);
  }
  int get() const { return x_fd; }
  explicit operator bool() const { return x_fd >= 0; }

 private:
  int x_fd;
};

// The folder of `path` below `root`, made where it is missing; a link on the way is refused.
Result<Fd> open_parent(const Fd& root, std::string_view path, const std::string& shown) {
  Fd folder(::dup(root.get()));
  for (size_t slash; (slash = path.find('/')) != std::string_view::npos;
       path.remove_prefix(slash + 1)) {
    const std::string part(path.substr(0, slash));
    if (::mkdirat(folder.get(), part.c_str(), 0777) != 0 && errno != EEXIST)
      return fail_errno(errno, "make a folder for", shown);
    Fd next(::openat(folder.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return fail_errno(errno, "write below a link or no folder", shown);
    folder = std::move(next);
  }
  return folder;
}

// One file on its way: NAME.part until it is whole.
class Part {
 public:
  Part(Fd folder, std::string name, std::string sha256, uint64_t bytes, std::string shown)
      : x_folder(std::move(folder)),
        x_name(std::move(name)),
        x_part("." + sha256.substr(0, 32) + ".part"),
        x_sha256(std::move(sha256)),
        x_bytes(bytes),
        x_shown(std::move(shown)) {}

  // Whether the file is there already, as it should be.
  Result<bool> is_done() const {
    Fd file(::openat(x_folder.get(), x_name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    struct stat about {};
    if (!file || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode) ||
        static_cast<uint64_t>(about.st_size) != x_bytes)
      return false;
    Sha256 hash;
    TRY_VOID(read_all(file, hash));
    return print_hex(hash.finish()) == x_sha256;
  }

  Result<uint64_t> fetch(DoorClient& client) {
    uint64_t fetched = 0;
    int tries = 0;
    while (true) {
      const uint64_t before = fetched;
      const auto done = go_on(client, fetched);
      if (done) break;
      if (fetched > before) tries = 0;
      if (done.error().code() != Code::kUnavailable || ++tries == kTries)
        return tl::unexpected(done.error());
      const timespec pause{0, kPauseNs};
      ::nanosleep(&pause, nullptr);
    }
    return fetched;
  }

 private:
  Result<void> go_on(DoorClient& client, uint64_t& fetched) {
    TRY(bool is_whole, append(client, fetched));
    if (!is_whole) {  // what was there before was something else: from the beginning, once
      ::unlinkat(x_folder.get(), x_part.c_str(), 0);
      TRY(is_whole, append(client, fetched));
    }
    if (!is_whole) {
      ::unlinkat(x_folder.get(), x_part.c_str(), 0);
      return fail(Code::kCorrupt, "expected content with the hash {}, found another ({})", x_sha256,
                  x_shown);
    }
    return {};
  }

  // Fetches what is missing; whether all of it is then right, and stands under its name.
  Result<bool> append(DoorClient& client, uint64_t& fetched) {
    Fd file(
        ::openat(x_folder.get(), x_part.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (!file) return fail_errno(errno, "write", x_shown);
    Sha256 hash;
    TRY(uint64_t at, read_all(file, hash));
    if (at > x_bytes) return false;
    Result<void> written;
    const auto read = at == x_bytes ? Result<void>()
                                    : client.read_blob(x_sha256, at, [&](std::string_view piece) {
                                        hash.update(piece);
                                        written = write(file, piece, at);
                                        at += piece.size();
                                        fetched += piece.size();
                                        return written.has_value();
                                      });
    if (!written) return tl::unexpected(written.error());
    if (!read) return tl::unexpected(read.error());
    if (at != x_bytes || print_hex(hash.finish()) != x_sha256) return false;
    if (::fsync(file.get()) != 0) return fail_errno(errno, "sync", x_shown);
    if (::renameat(x_folder.get(), x_part.c_str(), x_folder.get(), x_name.c_str()) == 0)
      return true;
    if (errno != ENOENT) return fail_errno(errno, "rename to", x_shown);
    return is_done();  // another process fetched the same into the same place
  }

  Result<uint64_t> read_all(const Fd& file, Sha256& hash) const {
    std::array<char, 1 << 16> buffer;
    uint64_t at = 0;
    while (true) {
      const ssize_t n = ::pread(file.get(), buffer.data(), buffer.size(), static_cast<off_t>(at));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail_errno(errno, "read", x_shown);
      if (n == 0) return at;
      hash.update({buffer.data(), static_cast<size_t>(n)});
      at += static_cast<uint64_t>(n);
    }
  }

  Result<void> write(const Fd& file, std::string_view piece, uint64_t at) const {
    while (!piece.empty()) {
      const ssize_t n = ::pwrite(file.get(), piece.data(), piece.size(), static_cast<off_t>(at));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail_errno(errno, "write", x_shown);
      piece.remove_prefix(static_cast<size_t>(n));
      at += static_cast<uint64_t>(n);
    }
    return {};
  }

  Fd x_folder;
  std::string x_name, x_part, x_sha256;
  uint64_t x_bytes;
  std::string x_shown;
};

Result<void> write_all(DoorClient& client, const Value& manifest, const std::string& base,
                       Written& written) {
  std::error_code error;
  fs::create_directories(base, error);
  if (error) return fail_errno(error.value(), "make the folder", base);
  const Fd root(::open(base.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return fail_errno(errno, "open the folder", base);
  for (const Value& file : list_at(manifest, "files")) {
    const std::string path = text_at(file, "path"), sha256 = text_at(file, "sha256");
    if (sha256.empty()) {
      written.references.push_back(text_at(file, "ref"));
      continue;
    }
    const std::string shown = base + "/" + path;
    TRY(Fd folder, open_parent(root, path, shown));
    Part part(std::move(folder), path.substr(path.find_last_of('/') + 1), sha256,
              static_cast<uint64_t>(int_at(file, "bytes")), shown);
    TRY(const bool is_done, part.is_done());
    if (!is_done) {
      TRY(const uint64_t fetched, part.fetch(client));
      written.fetched_bytes += fetched;
    }
    ++written.files;
    written.bytes += static_cast<uint64_t>(int_at(file, "bytes"));
  }
  return {};
}

}  // namespace

Result<std::vector<FoundFile>> find_files(const std::vector<std::string>& paths,
                                          bool follow_links) {
  Finder finder(follow_links);
  for (const std::string& path : paths) TRY_VOID(finder.add(path, paths.size() == 1));
  std::vector<FoundFile> found = finder.take();
  std::sort(found.begin(), found.end(),
            [](const FoundFile& a, const FoundFile& b) { return a.path < b.path; });
  const auto twice =
      std::adjacent_find(found.begin(), found.end(),
                         [](const FoundFile& a, const FoundFile& b) { return a.path == b.path; });
  if (twice != found.end())
    return fail(Code::kInvalid, "expected every path inside the artifact once, found '{}' twice",
                twice->path);
  if (found.empty()) return fail(Code::kInvalid, "expected files, found none");
  return found;
}

Result<Written> write_files(DoorClient& client, const Value& manifest, const std::string& folder) {
  Written written;
  written.folder = folder;
  const fs::path target = fs::path(folder).lexically_normal();
  std::error_code error;
  if (fs::is_directory(target, error)) {
    TRY_VOID(write_all(client, manifest, folder, written));
    return written;
  }
  // Seen under its name only when it is whole.
  const fs::path named = target.has_filename() ? target : target.parent_path();
  const fs::path staged = named.parent_path() / ("." + named.filename().string() + ".part");
  TRY_VOID(write_all(client, manifest, staged.string(), written));
  fs::rename(staged, named, error);
  if (error && !fs::is_directory(named))
    return fail_errno(error.value(), "rename the finished folder to", folder);
  return written;
}

}  // namespace cairn::cli
