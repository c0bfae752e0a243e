// The two images of FakeDisk and what happens to them when the machine stops.
#include "base/testing/fake_disk.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>

#include "base/check.h"

namespace cairn {
namespace {
constexpr size_t kFileBytesMax = size_t{256} << 20;  // address space; memory is used when touched
constexpr size_t kSectorBytes = 512;                 // what a medium writes whole or not at all
}  // namespace

// A file. Its visible bytes lie at one address for life, so that windows can point into them.
struct FakeDisk::Inode {
  Inode()
      : data(static_cast<char*>(mmap(nullptr, kFileBytesMax, PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
    CHECK(data != MAP_FAILED);
  }
  ~Inode() { munmap(data, kFileBytesMax); }
  Inode(const Inode&) = delete;
  Inode& operator=(const Inode&) = delete;

  std::string_view visible() const { return {data, size}; }
  void assign(std::string_view bytes) {
    std::memcpy(data, bytes.data(), bytes.size());
    size = bytes.size();
    durable = bytes;
  }

  char* data;
  size_t size = 0;
  std::string durable;
  int64_t modified_ns = 0;
  const void* locked_by = nullptr;
};

namespace {

class FakeWindow final : public Window {
 public:
  FakeWindow(std::shared_ptr<void> memory, char* data, size_t size) : x_memory(std::move(memory)) {
    x_data = data;
    x_size = size;
  }

 private:
  std::shared_ptr<void> x_memory;
};

std::string torn(std::string_view visible, const std::string& durable, std::mt19937_64& chance) {
  std::string bytes(chance() % 2 == 0 ? visible.size() : durable.size(), '\0');
  for (size_t at = 0; at < bytes.size(); at += kSectorBytes) {
    const std::string_view from = chance() % 2 == 0 ? visible : std::string_view(durable);
    if (at >= from.size()) continue;
    const std::string_view sector = from.substr(at, kSectorBytes);
    bytes.replace(at, std::min(sector.size(), bytes.size() - at),
                  sector.substr(0, bytes.size() - at));
  }
  return bytes;
}

}  // namespace

class FakeDisk::FakeFile final : public File {
 public:
  FakeFile(FakeDisk& disk, std::shared_ptr<Inode> inode, std::string path, bool writable)
      : x_disk(disk), x_inode(std::move(inode)), x_path(std::move(path)), x_writable(writable) {}
  ~FakeFile() override {
    const std::lock_guard lock(x_disk.x_mutex);
    if (x_inode->locked_by == this) x_inode->locked_by = nullptr;
  }

  Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
    const std::lock_guard lock(x_disk.x_mutex);
    if (offset >= x_inode->size) return size_t{0};
    const size_t n = std::min<size_t>(size, x_inode->size - offset);
    std::memcpy(out, x_inode->data + offset, n);
    return n;
  }

  Result<void> write_at(uint64_t offset, std::string_view bytes) override {
    const std::lock_guard lock(x_disk.x_mutex);
    CHECK(x_writable);
    const bool was_running = !x_disk.x_stopped;
    const auto begun = x_disk.begin_change("write", x_path);
    if (was_running && x_disk.x_stopped) {
      static_cast<void>(x_disk.write(*x_inode, offset, bytes.substr(0, bytes.size() / 2), x_path));
    }
    if (!begun) return begun;
    return x_disk.write(*x_inode, offset, bytes, x_path);
  }

  Result<void> sync() override {
    const std::lock_guard lock(x_disk.x_mutex);
    TRY_VOID(x_disk.begin_change("sync", x_path));
    x_inode->durable = x_inode->visible();
    if (!x_disk.has_name(*x_inode)) {
      return fail(Code::kNotFound, "the file was deleted while it was written ({})", x_path);
    }
    return {};
  }

  Result<uint64_t> size() override {
    const std::lock_guard lock(x_disk.x_mutex);
    return x_inode->size;
  }

  Result<void> truncate(uint64_t size) override {
    const std::lock_guard lock(x_disk.x_mutex);
    CHECK(x_writable);
    TRY_VOID(x_disk.begin_change("truncate", x_path));
    return x_disk.resize(*x_inode, size, x_path);
  }

  Result<void> reserve(uint64_t offset, size_t size) override {
    const std::lock_guard lock(x_disk.x_mutex);
    CHECK(x_writable);
    if (!x_disk.x_can_reserve) {
      return fail(Code::kUnavailable, "this disk cannot reserve space ({})", x_path);
    }
    TRY_VOID(x_disk.begin_change("reserve space", x_path));
    return x_disk.resize(*x_inode, std::max<uint64_t>(x_inode->size, offset + size), x_path);
  }

  Result<std::unique_ptr<Window>> map(uint64_t offset, size_t size) override {
    const std::lock_guard lock(x_disk.x_mutex);
    CHECK(x_writable && offset % kPageBytes == 0 && offset + size <= x_inode->size);
    return std::make_unique<FakeWindow>(x_inode, x_inode->data + offset, size);
  }

  Result<bool> try_lock() override {
    const std::lock_guard lock(x_disk.x_mutex);
    if (x_inode->locked_by == nullptr) x_inode->locked_by = this;
    return x_inode->locked_by == this;
  }

  Result<bool> is_locked_by_another() override {
    const std::lock_guard lock(x_disk.x_mutex);
    return x_inode->locked_by != nullptr && x_inode->locked_by != this;
  }

 private:
  FakeDisk& x_disk;
  std::shared_ptr<Inode> x_inode;
  std::string x_path;
  bool x_writable;
};

FakeDisk::FakeDisk() = default;
FakeDisk::~FakeDisk() = default;

std::unique_ptr<FakeDisk> FakeDisk::crash(Crash policy, uint64_t seed) const {
  const std::lock_guard lock(x_mutex);
  std::mt19937_64 chance(seed);
  auto after = std::make_unique<FakeDisk>();
  after->x_dirs = x_dirs;
  std::set<std::string> paths;
  for (const Names* names : {&x_visible, &x_durable}) {
    for (const auto& [path, inode] : *names) paths.insert(path);
  }
  for (const std::string& path : paths) {
    const bool seen = policy == Crash::kKept || (policy == Crash::kTorn && chance() % 2 == 0);
    const Names& names = seen ? x_visible : x_durable;
    const auto found = names.find(path);
    if (found == names.end()) continue;
    const Inode& before = *found->second;
    auto inode = std::make_shared<Inode>();
    inode->assign(policy == Crash::kLost   ? std::string_view(before.durable)
                  : policy == Crash::kKept ? before.visible()
                                           : torn(before.visible(), before.durable, chance));
    inode->modified_ns = before.modified_ns;
    after->x_visible[path] = after->x_durable[path] = inode;
  }
  return after;
}

std::unique_ptr<FakeDisk> FakeDisk::kill() const { return crash(Crash::kKept); }

uint64_t FakeDisk::operations() const {
  const std::lock_guard lock(x_mutex);
  return x_operations;
}
void FakeDisk::stop_after(uint64_t operations) {
  const std::lock_guard lock(x_mutex);
  x_operations_max = x_operations + operations;
}
bool FakeDisk::stopped() const {
  const std::lock_guard lock(x_mutex);
  return x_stopped;
}
void FakeDisk::set_free_bytes(uint64_t bytes) {
  const std::lock_guard lock(x_mutex);
  x_free_bytes = bytes;
}
void FakeDisk::set_read_only(bool read_only) {
  const std::lock_guard lock(x_mutex);
  x_read_only = read_only;
}
void FakeDisk::set_can_reserve(bool can_reserve) {
  const std::lock_guard lock(x_mutex);
  x_can_reserve = can_reserve;
}
void FakeDisk::set_local(bool local) {
  const std::lock_guard lock(x_mutex);
  x_local = local;
}
void FakeDisk::set_now_ns(int64_t now_ns) {
  const std::lock_guard lock(x_mutex);
  x_now_ns = now_ns;
}

void FakeDisk::vanish(const std::string& dir) {
  const std::lock_guard lock(x_mutex);
  const std::string inside = dir + "/";
  for (Names* names : {&x_visible, &x_durable}) {
    std::erase_if(*names, [&](const auto& name) { return name.first.starts_with(inside); });
  }
  std::erase_if(x_dirs, [&](const auto& d) { return d == dir || d.starts_with(inside); });
}

std::string FakeDisk::content(const std::string& path) const {
  const std::lock_guard lock(x_mutex);
  const auto found = x_visible.find(path);
  return found == x_visible.end() ? "" : std::string(found->second->visible());
}

void FakeDisk::set_content(const std::string& path, std::string_view bytes) {
  const std::lock_guard lock(x_mutex);
  auto inode = std::make_shared<Inode>();
  inode->assign(bytes);
  inode->modified_ns = x_now_ns;
  x_visible[path] = x_durable[path] = inode;
}

Result<std::unique_ptr<File>> FakeDisk::open(const std::string& path, OpenMode mode) {
  const std::lock_guard lock(x_mutex);
  const auto found = x_visible.find(path);
  const bool there = found != x_visible.end();
  if (there && mode == OpenMode::kCreate) return fail_errno(EEXIST, "open", path);
  if (!there) {
    if (mode == OpenMode::kRead || !dir_exists(parent_of(path))) {
      return fail_errno(ENOENT, "open", path);
    }
    TRY_VOID(begin_change("open", path));
    x_visible[path] = std::make_shared<Inode>();
    x_visible[path]->modified_ns = x_now_ns;
  } else if (x_read_only && mode == OpenMode::kReadWrite) {
    return fail_errno(EROFS, "open", path);
  }
  return std::make_unique<FakeFile>(*this, x_visible[path], path, mode != OpenMode::kRead);
}

bool FakeDisk::exists(const std::string& path) {
  const std::lock_guard lock(x_mutex);
  return x_visible.contains(path) || dir_exists(path);
}

Result<FileInfo> FakeDisk::info(const std::string& path) {
  const std::lock_guard lock(x_mutex);
  if (const auto found = x_visible.find(path); found != x_visible.end()) {
    return FileInfo{found->second->size, found->second->modified_ns, false};
  }
  if (dir_exists(path)) return FileInfo{0, 0, true};
  return fail_errno(ENOENT, "look at", path);
}

Result<std::vector<DirEntry>> FakeDisk::list(const std::string& dir) {
  const std::lock_guard lock(x_mutex);
  if (!dir_exists(dir)) return fail_errno(ENOENT, "list", dir);
  std::vector<DirEntry> entries;
  const auto add = [&](const std::string& path, bool is_dir) {
    if (path != "/" && parent_of(path) == dir) {
      entries.push_back({path.substr(path.find_last_of('/') + 1), is_dir});
    }
  };
  for (const auto& [path, inode] : x_visible) add(path, false);
  for (const auto& path : x_dirs) add(path, true);
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

Result<void> FakeDisk::make_dirs(const std::string& dir) {
  const std::lock_guard lock(x_mutex);
  if (dir_exists(dir)) return {};
  TRY_VOID(begin_change("make folder", dir));
  for (std::string at = dir; !dir_exists(at); at = parent_of(at)) x_dirs.insert(at);
  return {};
}

Result<void> FakeDisk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(x_mutex);
  TRY_VOID(begin_change("rename to", to));
  const auto found = x_visible.find(from);
  if (found == x_visible.end() || !dir_exists(parent_of(to))) {
    return fail_errno(ENOENT, "rename to", to);
  }
  auto inode = std::move(found->second);
  x_visible.erase(found);
  x_visible[to] = std::move(inode);
  return {};
}

Result<void> FakeDisk::remove(const std::string& path) {
  const std::lock_guard lock(x_mutex);
  TRY_VOID(begin_change("remove", path));
  const std::string inside = path + "/";
  const bool used = std::any_of(x_visible.begin(), x_visible.end(),
                                [&](const auto& name) { return name.first.starts_with(inside); }) ||
                    std::any_of(x_dirs.begin(), x_dirs.end(),
                                [&](const auto& d) { return d.starts_with(inside); });
  if (used) return fail_errno(ENOTEMPTY, "remove", path);
  x_visible.erase(path);
  x_dirs.erase(path);
  return {};
}

Result<void> FakeDisk::sync_dir(const std::string& dir) {
  const std::lock_guard lock(x_mutex);
  TRY_VOID(begin_change("sync", dir));
  if (!dir_exists(dir)) return fail_errno(ENOENT, "sync", dir);
  const auto in_dir = [&](const auto& name) { return parent_of(name.first) == dir; };
  std::erase_if(x_durable, in_dir);
  for (const auto& name : x_visible) {
    if (in_dir(name)) x_durable.insert(name);
  }
  return {};
}

Result<void> FakeDisk::touch(const std::string& path) {
  const std::lock_guard lock(x_mutex);
  TRY_VOID(begin_change("touch", path));
  const auto found = x_visible.find(path);
  if (found == x_visible.end()) return fail_errno(ENOENT, "touch", path);
  found->second->modified_ns = x_now_ns;
  return {};
}

Result<void> FakeDisk::clone(const std::string&, const std::string& to) {
  return fail(Code::kUnavailable, "this disk shares no blocks ({})", to);
}

bool FakeDisk::is_local(const std::string&) {
  const std::lock_guard lock(x_mutex);
  return x_local;
}

Result<void> FakeDisk::begin_change(std::string_view doing, const std::string& path) {
  if (x_operations_max && x_operations >= *x_operations_max) x_stopped = true;
  if (x_stopped) return fail(Code::kIo, "cannot {}: the machine has stopped ({})", doing, path);
  ++x_operations;
  if (x_read_only) return fail_errno(EROFS, doing, path);
  return {};
}

Result<void> FakeDisk::resize(Inode& inode, uint64_t bytes, const std::string& path) {
  CHECK(bytes <= kFileBytesMax);
  if (bytes > inode.size) {
    const uint64_t more = bytes - inode.size;
    if (more > x_free_bytes) return fail_errno(ENOSPC, "write", path);
    if (x_free_bytes != UINT64_MAX) x_free_bytes -= more;
  } else {
    if (x_free_bytes != UINT64_MAX) x_free_bytes += inode.size - bytes;
    std::memset(inode.data + bytes, 0, inode.size - bytes);
  }
  inode.size = static_cast<size_t>(bytes);
  inode.modified_ns = x_now_ns;
  return {};
}

Result<void> FakeDisk::write(Inode& inode, uint64_t offset, std::string_view bytes,
                             const std::string& path) {
  // Like write(2), a full disk takes what still fits.
  const uint64_t room = inode.size + std::min(x_free_bytes, kFileBytesMax - inode.size);
  const std::string_view fitting =
      bytes.substr(0, static_cast<size_t>(room > offset ? room - offset : 0));
  if (offset + fitting.size() > inode.size) {
    TRY_VOID(resize(inode, offset + fitting.size(), path));
  }
  std::memcpy(inode.data + offset, fitting.data(), fitting.size());
  inode.modified_ns = x_now_ns;
  if (fitting.size() < bytes.size()) return fail_errno(ENOSPC, "write", path);
  return {};
}

bool FakeDisk::dir_exists(const std::string& dir) const {
  return dir == "/" || dir == "." || x_dirs.contains(dir);
}

bool FakeDisk::has_name(const Inode& inode) const {
  return std::any_of(x_visible.begin(), x_visible.end(),
                     [&](const auto& name) { return name.second.get() == &inode; });
}

}  // namespace cairn
