// The hash table of StatIndex: buckets of sixteen slots, growth by copying into a file twice as
// large.
#include "trace/stat_index.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "base/id.h"

namespace cairn::trace {

Result<FileState> look_at(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) == 0) return state_of(found);
  return fail_errno(errno == ENOTDIR ? ENOENT : errno, "look at", path);
}

namespace {

constexpr char kMagic[8] = {'c', 'a', 'i', 'r', 'n', 's', 't', '1'};
constexpr size_t kSlotsPerBucket = 16;
constexpr uint64_t kSlotsMin = 4096, kSlotsMax = uint64_t{1} << 26;  // 4 GiB: 40 million files
constexpr int64_t kRacyNs = 10 * kNsPerMillisecond, kCoarseRacyNs = 2 * kNsPerSecond;

struct Header {
  char magic[8];
  uint64_t slots;
  uint64_t used;  // about: a race may miscount
  char rest[40];
};
struct Slot {
  uint64_t path;
  uint64_t identity;
  Sha256Digest digest;
  int64_t hashed_at_ns;
  uint64_t check;
};
static_assert(sizeof(Header) == 64 && sizeof(Slot) == 64);

template <typename T>
std::string_view bytes_of(const T& value, size_t size = sizeof(T)) {
  return {reinterpret_cast<const char*>(&value), size};
}

uint64_t check_of(const Slot& slot) {
  return xxh3_64(bytes_of(slot, offsetof(Slot, check)), 0x63616972);
}

// Slots are read while others write them, word by word; the check tells a mixture.
Slot load_slot(const Slot* slot) {
  Slot copy;
  const auto* from = reinterpret_cast<const uint64_t*>(slot);
  auto* to = reinterpret_cast<uint64_t*>(&copy);
  for (size_t i = 0; i < sizeof(Slot) / 8; ++i) to[i] = __atomic_load_n(from + i, __ATOMIC_RELAXED);
  return copy;
}

void store_slot(Slot* slot, const Slot& value) {
  const auto* from = reinterpret_cast<const uint64_t*>(&value);
  auto* to = reinterpret_cast<uint64_t*>(slot);
  for (size_t i = 0; i < sizeof(Slot) / 8; ++i) __atomic_store_n(to + i, from[i], __ATOMIC_RELAXED);
}

uint64_t identity_of(std::string_view path, const FileState& state) {
  const uint64_t words[] = {state.bytes,
                            static_cast<uint64_t>(state.modified_ns),
                            static_cast<uint64_t>(state.changed_ns),
                            state.inode,
                            state.device,
                            xxh3_64(path, 2)};
  return xxh3_64(bytes_of(words));
}

// The mapped file, or plain memory when there is none.
class Mapping {
 public:
  static std::unique_ptr<Mapping> map(int fd, uint64_t bytes) {
    const int flags = fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (data == MAP_FAILED) return nullptr;
    return std::unique_ptr<Mapping>(new Mapping(data, bytes));
  }
  ~Mapping() { munmap(x_data, x_bytes); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  Header& header() const { return *static_cast<Header*>(x_data); }
  Slot* slots() const { return reinterpret_cast<Slot*>(&header() + 1); }
  uint64_t count() const { return (x_bytes - sizeof(Header)) / sizeof(Slot); }
  Slot* bucket(uint64_t path) const {
    return slots() + (path & (count() - 1) & ~uint64_t{kSlotsPerBucket - 1});
  }

 private:
  Mapping(void* data, uint64_t bytes) : x_data(data), x_bytes(bytes) {}
  void* x_data;
  uint64_t x_bytes;
};

uint64_t bytes_for(uint64_t slots) { return sizeof(Header) + slots * sizeof(Slot); }

std::unique_ptr<Mapping> open_existing(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return nullptr;
  struct stat about {};
  Header header{};
  std::unique_ptr<Mapping> mapping;
  if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) &&
      pread(fd, &header, sizeof header, 0) == ssize_t{sizeof header} &&
      std::memcmp(header.magic, kMagic, sizeof kMagic) == 0 && std::has_single_bit(header.slots) &&
      header.slots >= kSlotsMin && header.slots <= kSlotsMax &&
      static_cast<uint64_t>(about.st_size) == bytes_for(header.slots)) {
    mapping = Mapping::map(fd, bytes_for(header.slots));
  }
  ::close(fd);
  return mapping;
}

// An empty table; with a path, in a new file of that name. Its blocks are reserved: a store into a
// page that the disk has no room for would end the process.
std::unique_ptr<Mapping> make_table(const std::string& path, uint64_t slots) {
  int fd = -1;
  if (!path.empty()) {
    fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || fallocate(fd, 0, 0, static_cast<off_t>(bytes_for(slots))) != 0) {
      if (fd >= 0) ::close(fd);
      unlink(path.c_str());
      return nullptr;
    }
  }
  auto mapping = Mapping::map(fd, bytes_for(slots));
  if (fd >= 0) ::close(fd);
  if (!mapping) return nullptr;
  std::memcpy(mapping->header().magic, kMagic, sizeof kMagic);
  mapping->header().slots = slots;
  return mapping;
}

}  // namespace

struct StatIndex::Table {
  std::string path;  // empty: in memory only
  std::unique_ptr<Mapping> mapping;
  std::shared_mutex growing;  // shared by find and put, exclusive while the mapping is replaced
  mutable std::mutex devices_lock;
  mutable std::atomic<uint64_t> usual_device{
      0};  // one whose times are good, asked for without a lock
  mutable std::map<uint64_t, std::optional<int64_t>> racy_ns_of_device;

  // How old a change must be on this file system, or nothing where its times cannot be trusted.
  std::optional<int64_t> racy_ns(const std::string& file, uint64_t device) const {
    if (device == usual_device.load(std::memory_order_relaxed)) return kRacyNs;
    const std::lock_guard lock(devices_lock);
    const auto known = racy_ns_of_device.find(device);
    if (known != racy_ns_of_device.end()) return known->second;
    constexpr uint64_t kVfat = 0x4D44, kExfat = 0x2011BAB0;
    struct statfs about {};
    std::optional<int64_t> racy;
    const auto ask = [&](const std::string& at) { return statfs(at.c_str(), &about) == 0; };
    if (posix_disk().is_local(file) && (ask(file) || ask(parent_of(file)))) {
      const auto magic = static_cast<uint64_t>(static_cast<uint32_t>(about.f_type));
      racy = magic == kVfat || magic == kExfat ? kCoarseRacyNs : kRacyNs;
    }
    racy_ns_of_device.emplace(device, racy);
    if (racy == kRacyNs) usual_device = device;
    return racy;
  }

  void insert(const Slot& slot) {
    Slot* bucket = mapping->bucket(slot.path);
    Slot* chosen = bucket;
    int64_t oldest = INT64_MAX;
    for (size_t i = 0; i < kSlotsPerBucket; ++i) {
      const Slot held = load_slot(bucket + i);
      const bool is_empty = held.check != check_of(held);
      if (is_empty || held.path == slot.path) {
        if (is_empty) __atomic_fetch_add(&mapping->header().used, 1, __ATOMIC_RELAXED);
        return store_slot(bucket + i, slot);
      }
      if (held.hashed_at_ns < oldest) {
        oldest = held.hashed_at_ns;
        chosen = bucket + i;
      }
    }
    store_slot(chosen, slot);  // the longest unread one makes room
  }

  // Copies everything into a table with room for `wanted` entries. Without one, the old one stays.
  void grow(uint64_t wanted) {
    uint64_t slots = mapping->count();
    while (slots < wanted * 2 && slots < kSlotsMax) slots *= 2;
    if (slots == mapping->count()) return;
    const std::string temporary = path.empty() ? "" : path + ".tmp-" + make_id();
    auto larger = make_table(temporary, slots);
    if (!larger) return;
    const auto smaller = std::exchange(mapping, std::move(larger));
    for (uint64_t i = 0; i < smaller->count(); ++i) {
      const Slot slot = load_slot(smaller->slots() + i);
      if (slot.check == check_of(slot)) insert(slot);
    }
    if (!path.empty() && ::rename(temporary.c_str(), path.c_str()) != 0) unlink(temporary.c_str());
  }
};

StatIndex::StatIndex(std::unique_ptr<Table> table) : x_table(std::move(table)) {}
StatIndex::~StatIndex() = default;
StatIndex::StatIndex(StatIndex&&) noexcept = default;

StatIndex StatIndex::open(const std::string& path) {
  auto table = std::make_unique<Table>();
  table->path = path;
  table->mapping = open_existing(path);
  if (!table->mapping) {
    const std::string temporary = path + ".tmp-" + make_id();
    table->mapping = make_table(temporary, kSlotsMin);
    if (table->mapping && ::rename(temporary.c_str(), path.c_str()) != 0) unlink(temporary.c_str());
  }
  if (!table->mapping) return in_memory();
  return StatIndex(std::move(table));
}

StatIndex StatIndex::in_memory() {
  auto table = std::make_unique<Table>();
  table->mapping = make_table("", kSlotsMin);
  return StatIndex(std::move(table));
}

std::optional<Sha256Digest> StatIndex::find(const std::string& path, const FileState& state) const {
  if (!is_reliable(path, state)) return {};
  const uint64_t name = xxh3_64(path, 1), identity = identity_of(path, state);
  const std::shared_lock lock(x_table->growing);
  const Slot* bucket = x_table->mapping->bucket(name);
  for (size_t i = 0; i < kSlotsPerBucket; ++i) {
    if (__atomic_load_n(&bucket[i].path, __ATOMIC_RELAXED) != name) continue;
    const Slot slot = load_slot(bucket + i);
    if (slot.path == name && slot.identity == identity && slot.check == check_of(slot))
      return slot.digest;
  }
  return {};
}

void StatIndex::put(const std::string& path, const FileState& state, const Sha256Digest& digest,
                    int64_t hashed_at_ns) {
  const auto racy_ns = x_table->racy_ns(path, state.device);
  if (!racy_ns || std::max(state.modified_ns, state.changed_ns) > hashed_at_ns - *racy_ns) return;
  Slot slot{xxh3_64(path, 1), identity_of(path, state), digest, hashed_at_ns, 0};
  slot.check = check_of(slot);
  {
    const std::shared_lock lock(x_table->growing);
    x_table->insert(slot);
    if (__atomic_load_n(&x_table->mapping->header().used, __ATOMIC_RELAXED) * 8 <
        x_table->mapping->count() * 5)
      return;
  }
  reserve(1);
}

void StatIndex::reserve(uint64_t files) {
  const std::unique_lock lock(x_table->growing);
  const uint64_t wanted = x_table->mapping->header().used + files;
  if (wanted * 8 >= x_table->mapping->count() * 5) x_table->grow(wanted);
}

bool StatIndex::is_reliable(const std::string& path, const FileState& state) const {
  return x_table->racy_ns(path, state.device).has_value();
}

}  // namespace cairn::trace
