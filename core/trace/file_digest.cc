// Reads files in chunks on all cores; each is one piece of work, so that one big file keeps all
// busy.
#include "trace/file_digest.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <functional>
#include <map>
#include <optional>
#include <thread>

#include "base/bytes.h"

namespace cairn::trace {
namespace {

constexpr size_t kReadBytes = 256 << 10;
constexpr size_t kFilesPerThread = 64;  // fewer are done sooner than a thread is started

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : x_fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~OpenFile() {
    if (x_fd >= 0) ::close(x_fd);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int fd() const { return x_fd; }
  FileState state() const {
    struct stat found {};
    return fstat(x_fd, &found) == 0 ? state_of(found) : FileState{};
  }

 private:
  int x_fd;
};

// SHA-256 of [offset, offset + size), or of what is there.
Result<Sha256Digest> digest_range(int fd, uint64_t offset, uint64_t size, const std::string& path) {
  Sha256 hasher;
  thread_local std::vector<char> buffer(kReadBytes);
  while (size > 0) {
    const ssize_t got = pread(fd, buffer.data(), std::min<uint64_t>(size, buffer.size()),
                              static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "read", path);
    if (got == 0) break;
    hasher.update({buffer.data(), static_cast<size_t>(got)});
    offset += static_cast<uint64_t>(got);
    size -= static_cast<uint64_t>(got);
  }
  return hasher.finish();
}

// work(i) for every i below `count`, on as many threads as are worth it; this one is among them.
void for_all(size_t count, size_t per_thread, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  const auto run = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::jthread> others;
  for (size_t i = 1; i < std::min(cores, count / per_thread + 1); ++i) others.emplace_back(run);
  run();
}

Result<Sha256Digest> digest_content(const OpenFile& file, uint64_t bytes, const std::string& path) {
  if (bytes <= kDigestChunkBytes) return digest_range(file.fd(), 0, bytes, path);
  const size_t chunks = (bytes + kDigestChunkBytes - 1) / kDigestChunkBytes;
  std::vector<Result<Sha256Digest>> digests(chunks, Sha256Digest{});
  for_all(chunks, 1, [&](size_t i) {
    digests[i] = digest_range(file.fd(), i * kDigestChunkBytes, kDigestChunkBytes, path);
  });
  ByteWriter tree;
  tree.raw(std::string_view("chunks16\0", 9));
  tree.u64(bytes);
  for (const auto& digest : digests) {
    if (!digest) return tl::unexpected(digest.error());
    tree.fixed(*digest);
  }
  return sha256(tree.view());
}

Result<FileDigest> read_and_digest(const std::string& path, StatIndex& index) {
  const OpenFile file(path);
  if (file.fd() < 0) return fail_errno(errno, "open", path);
  const int64_t began_ns = wall_now_ns();
  const FileState before = file.state();
  if (!before.is_file()) return fail(Code::kInvalid, "expected a regular file ({})", path);
  TRY(const Sha256Digest digest, digest_content(file, before.bytes, path));
  if (file.state() != before)
    return fail(Code::kConflict, "the file changed while it was read ({})", path);
  index.put(path, before, digest, began_ns);
  return FileDigest{print_hex(digest), before};
}

}  // namespace

Result<FileDigest> digest_file(const std::string& path, StatIndex& index) {
  TRY(const FileState state, look_at(path));
  if (const auto known = index.find(path, state))
    return FileDigest{print_hex(*known), state, /*was_read=*/false};
  return read_and_digest(path, index);
}

std::vector<Result<FileDigest>> digest_files(std::span<const std::string> paths, StatIndex& index) {
  std::vector<Result<FileDigest>> digests(paths.size(), FileDigest{});
  for_all(paths.size(), kFilesPerThread,
          [&](size_t i) { digests[i] = digest_file(paths[i], index); });
  return digests;
}

namespace {

// A folder's files, as places in one list of all files, and its folders, by name.
struct Branch {
  std::map<std::string, Branch> folders;
  std::vector<std::pair<std::string, size_t>> files;
  std::vector<std::pair<std::string, std::string>> links;  // to folders: name, target
};

std::optional<std::string> folder_link(const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0 || !S_ISLNK(found.st_mode)) return {};
  char target[4096];
  const ssize_t bytes = readlink(path.c_str(), target, sizeof target);
  if (bytes < 0) return {};
  const auto behind = look_at(path);
  if (behind && !behind->is_folder()) return {};  // a file by another name
  return std::string(target, static_cast<size_t>(bytes));
}

Result<void> collect(const std::string& folder, Branch& branch, std::vector<std::string>& paths) {
  DIR* stream = opendir(folder.c_str());
  if (stream == nullptr) return fail_errno(errno, "list", folder);
  const std::unique_ptr<DIR, int (*)(DIR*)> owner(stream, closedir);
  while (const dirent* entry = readdir(stream)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    const std::string path = folder + "/" + name;
    unsigned char type = entry->d_type;
    if (type == DT_UNKNOWN || type == DT_LNK) {
      if (auto target = folder_link(path)) {
        branch.links.emplace_back(name, std::move(*target));
        continue;
      }
      const auto state = look_at(path);
      type = state && state->is_folder() ? DT_DIR : DT_REG;
    }
    if (type == DT_DIR) {
      branch.folders[name];
    } else {
      branch.files.emplace_back(name, paths.size());
      paths.push_back(path);
    }
  }
  for (auto& [name, below] : branch.folders) TRY_VOID(collect(folder + "/" + name, below, paths));
  return {};
}

std::string fold(const Branch& branch, const std::vector<Result<FileDigest>>& digests) {
  std::map<std::string, std::string> lines;  // by name
  for (const auto& [name, at] : branch.files) {
    const bool is_executable = (digests[at]->state.mode & 0111) != 0;
    lines[name] = (is_executable ? "x" : "f") + digests[at]->hex;
  }
  for (const auto& [name, below] : branch.folders) lines[name] = "d" + fold(below, digests);
  for (const auto& [name, target] : branch.links) lines[name] = "l" + print_hex(sha256(target));
  Sha256 hasher;
  hasher.update({"dir\0", 4});
  for (const auto& [name, line] : lines) {
    hasher.update(name);
    hasher.update({"\0", 1});
    hasher.update(line);
  }
  return print_hex(hasher.finish());
}

}  // namespace

Result<FolderDigest> digest_folder(const std::string& path, StatIndex& index) {
  Branch root;
  std::vector<std::string> paths;
  TRY_VOID(collect(path, root, paths));
  const auto digests = digest_files(paths, index);
  FolderDigest folder;
  for (const auto& digest : digests) {
    if (!digest) return tl::unexpected(digest.error());
    ++folder.files;
    folder.bytes += digest->state.bytes;
    if (digest->was_read) ++folder.files_read;
  }
  folder.hex = fold(root, digests);
  return folder;
}

Result<std::string> content_sha256(const std::string& path) {
  const OpenFile file(path);
  if (file.fd() < 0) return fail_errno(errno, "open", path);
  const FileState before = file.state();
  if (!before.is_file()) return fail(Code::kInvalid, "expected a regular file ({})", path);
  TRY(const Sha256Digest digest, digest_range(file.fd(), 0, before.bytes, path));
  if (file.state() != before)
    return fail(Code::kConflict, "the file changed while it was read ({})", path);
  return print_hex(digest);
}

Result<std::string> digest_listing(const std::string& folder,
                                   const std::vector<std::string>& hidden_sorted) {
  TRY(const auto entries, posix_disk().list(folder));
  Sha256 hasher;
  hasher.update({"names\0", 6});
  for (const DirEntry& entry : entries) {
    if (std::binary_search(hidden_sorted.begin(), hidden_sorted.end(), entry.name)) continue;
    hasher.update(entry.name);
    hasher.update({"\0", 1});
  }
  return print_hex(hasher.finish());
}

}  // namespace cairn::trace
