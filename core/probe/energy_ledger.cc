// The ledger's file: its place, its lock, its bytes.
#include "probe/energy_ledger.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <type_traits>

#include "base/hash.h"
#include "base/id.h"

namespace cairn::probe {
namespace {

constexpr size_t kBytesMax = 1 << 20;
constexpr int64_t kStaleSeconds = 24 * 3600;
constexpr int kLockTries = 20;
constexpr double kRestSeconds = 2;
constexpr double kLoadExponent = 0.75;

// The form of the bytes: what differs between builds differs in the mark, and so in the file's
// name.
constexpr uint32_t kForm = 1;

double seconds(int64_t ns) { return static_cast<double>(ns) / static_cast<double>(kNsPerSecond); }

struct Head {
  uint32_t form = kForm;
  uint32_t device_bytes = sizeof(LedgerDevice);
  uint64_t checksum = 0;  // of all that follows it
  uint64_t id = 0, next_order = 1;
  int64_t pruned_ns = 0, node_busy = 0, node_total = 0, node_ns = 0;
  Account time, load;
  uint64_t device_count = 0, meter_count = 0;
};
static_assert(std::is_trivially_copyable_v<Head> && std::is_trivially_copyable_v<LedgerDevice> &&
              std::is_trivially_copyable_v<LedgerMeter>);
constexpr size_t kUncheckedBytes = offsetof(Head, checksum) + sizeof(Head::checksum);

template <typename Item>
void append(std::string& out, const Item* items, size_t count) {
  out.append(reinterpret_cast<const char*>(items), count * sizeof(Item));
}

template <typename Item>
void take(std::string_view& bytes, Item* items, size_t count) {
  if (count > 0) std::memcpy(static_cast<void*>(items), bytes.data(), count * sizeof(Item));
  bytes.remove_prefix(count * sizeof(Item));
}

bool is_account(const Account& account) { return account.count <= Account::kSegmentsMax; }

// A folder of ours that nobody else can enter, made when it is missing.
bool make_private(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return false;
  struct stat about;
  return ::lstat(folder.c_str(), &about) == 0 && S_ISDIR(about.st_mode) &&
         about.st_uid == ::geteuid() && (about.st_mode & 077) == 0;
}

void make_folders(const std::string& folder) {
  for (size_t slash = folder.find('/', 1); slash != std::string::npos;
       slash = folder.find('/', slash + 1))
    ::mkdir(folder.substr(0, slash).c_str(), 0700);
  ::mkdir(folder.c_str(), 0700);
}

// Ledgers of earlier starts of the machine. The folder may be shared by machines, whose ledgers are
// written to every second while they are in use.
void remove_stale(const std::string& folder) {
  const int64_t now_s = std::time(nullptr);
  for (const std::string& name : list_names(folder, 10'000)) {
    struct stat about;
    const std::string path = folder + "/" + name;
    if (name.starts_with("ledger-") && ::lstat(path.c_str(), &about) == 0 &&
        now_s - about.st_mtime > kStaleSeconds)
      ::unlink(path.c_str());
  }
}

// Process numbers mean something within one namespace of them only.
std::string process_namespace(const Machine& machine) {
  char link[64];
  const std::string path = machine.path("/proc/self/ns/pid");  // "pid:[4026531836]"
  const ssize_t n = ::readlink(path.c_str(), link, sizeof link);
  std::string digits;
  for (ssize_t i = 0; i < n; ++i)
    if (link[i] >= '0' && link[i] <= '9') digits += link[i];
  return digits;
}

// True with the lock; false when another has it for longer; nothing when there are no locks here.
std::optional<bool> lock(int fd) {
  for (int i = 0; i < kLockTries; ++i) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return std::nullopt;
    const timespec wait = {0, 1'000'000};
    ::nanosleep(&wait, nullptr);
  }
  return false;
}

Ledger new_ledger() {
  Ledger ledger;
  ledger.id = random_u64();
  return ledger;
}

}  // namespace

std::optional<double> LedgerDevice::other_j() const {
  if (count.last_counter_ns == 0 || count.last_power_ns == 0) return std::nullopt;
  return count.power_j;
}

void LedgerDevice::read(EnergySensor& with, const Machine& machine, int64_t gap_ns_max) {
  EnergyReading reading;
  const int64_t begin_ns = machine.thread_cpu_ns();
  with.read(reading);
  cost_ns = machine.thread_cpu_ns() - begin_ns;
  read_ns = machine.now_ns();
  const double before_j = main_j(), before_s = main_s();
  add_reading(count, with, reading, gap_ns_max);
  const double used_j = main_j() - before_j, elapsed_s = main_s() - before_s;
  if (!(used_j >= 0 && elapsed_s > 0)) return;  // nothing was read, or it is another count now
  account.add(used_j, rest_w < 0 ? 0 : rest_w * elapsed_s, read_ns);
  if (const double seen_s = main_s() - mark_s; seen_s >= kRestSeconds || seen_s < 0) {
    const double seen_w = (main_j() - mark_j) / seen_s;
    if (seen_w > 0 && (rest_w < 0 || seen_w < rest_w)) rest_w = seen_w;
    mark_j = main_j();
    mark_s = main_s();
  }
}

void LedgerDevice::pass_until(int64_t now_ns) {
  const int64_t before_ns = std::exchange(read_ns, now_ns);
  if (before_ns == 0 || now_ns <= before_ns) return;
  const double elapsed_s = seconds(now_ns - before_ns);
  account.add(elapsed_s, 0, now_ns);
}

// The power of a processor is no straight line: half the load needs more than half the power (see
// docs/decisions/0019-footprint.md).
void Ledger::advance(const std::optional<CpuTicks>& node, int64_t now_ns) {
  const double elapsed_s = seconds(now_ns - node_ns);
  const bool is_first = node_ns == 0;
  if (!is_first && elapsed_s <= 0) return;
  node_ns = now_ns;
  if (!is_first) time.add(elapsed_s, elapsed_s, now_ns);
  if (!node) return;
  const int64_t busy = node->busy - node->stolen;  // stolen: used by others, elsewhere
  const int64_t busy_ticks = busy - node_busy, all_ticks = node->total - node_total;
  if (!is_first && node_total > 0 && all_ticks > 0 && busy_ticks > 0) {
    const double load_now = static_cast<double>(busy_ticks) / static_cast<double>(all_ticks);
    load.add(std::pow(std::min(load_now, 1.0), kLoadExponent) * elapsed_s, 0, now_ns);
  }
  node_busy = busy;
  node_total = node->total;
}

LedgerDevice* Ledger::device(std::string_view sensor) {
  for (LedgerDevice& device : devices)
    if (sensor == device.sensor) return &device;
  if (devices.size() == kDevicesMax || sensor.size() > LedgerDevice::kNameBytesMax) return nullptr;
  LedgerDevice& device = devices.emplace_back();
  sensor.copy(device.sensor, LedgerDevice::kNameBytesMax);
  return &device;
}

std::string print_ledger(const Ledger& ledger) {
  Head head;
  head.id = ledger.id;
  head.next_order = ledger.next_order;
  head.pruned_ns = ledger.pruned_ns;
  head.node_busy = ledger.node_busy;
  head.node_total = ledger.node_total;
  head.node_ns = ledger.node_ns;
  head.time = ledger.time;
  head.load = ledger.load;
  head.device_count = ledger.devices.size();
  head.meter_count = ledger.meters.size();
  std::string bytes;
  append(bytes, &head, 1);
  append(bytes, ledger.devices.data(), ledger.devices.size());
  append(bytes, ledger.meters.data(), ledger.meters.size());
  const uint64_t checksum = xxh3_64(std::string_view(bytes).substr(kUncheckedBytes));
  std::memcpy(bytes.data() + offsetof(Head, checksum), &checksum, sizeof checksum);
  return bytes;
}

std::optional<Ledger> parse_ledger(std::string_view bytes) {
  Head head;
  if (bytes.size() < sizeof head) return std::nullopt;
  const std::string_view all = bytes;
  take(bytes, &head, 1);
  if (head.form != kForm || head.device_bytes != sizeof(LedgerDevice) ||
      head.device_count > Ledger::kDevicesMax || head.meter_count > Ledger::kMetersMax)
    return std::nullopt;
  const size_t items_bytes =
      head.device_count * sizeof(LedgerDevice) + head.meter_count * sizeof(LedgerMeter);
  if (bytes.size() < items_bytes) return std::nullopt;  // more: it was larger once
  const size_t checked_bytes = sizeof head + items_bytes - kUncheckedBytes;
  if (xxh3_64(all.substr(kUncheckedBytes, checked_bytes)) != head.checksum) return std::nullopt;
  Ledger ledger;
  ledger.id = head.id;
  ledger.next_order = head.next_order;
  ledger.pruned_ns = head.pruned_ns;
  ledger.node_busy = head.node_busy;
  ledger.node_total = head.node_total;
  ledger.node_ns = head.node_ns;
  ledger.time = head.time;
  ledger.load = head.load;
  ledger.devices.resize(head.device_count);
  take(bytes, ledger.devices.data(), ledger.devices.size());
  ledger.meters.resize(head.meter_count);
  take(bytes, ledger.meters.data(), ledger.meters.size());
  bool is_whole = is_account(ledger.time) && is_account(ledger.load);
  for (const LedgerDevice& device : ledger.devices)
    is_whole &= is_account(device.account) && device.sensor[LedgerDevice::kNameBytesMax] == '\0';
  return is_whole ? std::optional(std::move(ledger)) : std::nullopt;
}

LedgerFile::LedgerFile(const Machine& machine, const std::string& folder) : x_own(new_ledger()) {
  const auto boot = read_text(machine.path("/proc/sys/kernel/random/boot_id"), 64);
  if (folder.empty() || !boot) return;
  make_folders(folder);
  remove_stale(folder);
  x_path = folder + "/ledger-" + std::string(trim(*boot)) + "-" + process_namespace(machine) + "-" +
           std::to_string(kForm) + "." + std::to_string(sizeof(LedgerDevice));
}

bool LedgerFile::change(const std::function<void(Ledger&)>& work) {
  if (!x_path.empty())
    if (const auto is_done = change_file(work)) return *is_done;
  work(x_own);
  return true;
}

// Nothing, and nothing done, when the file cannot be used. It is opened each time: a file that was
// deleted is begun anew by whoever comes next.
std::optional<bool> LedgerFile::change_file(const std::function<void(Ledger&)>& work) {
  const int fd =
      ::open(x_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (fd < 0) return std::nullopt;
  struct stat about;
  const bool is_ours =
      ::fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == ::geteuid();
  std::optional<bool> is_done = is_ours ? lock(fd) : std::nullopt;
  if (is_done && *is_done && !change_locked(fd, work)) is_done = std::nullopt;
  // Said, not left to close(): a child that was forked meanwhile has the lock too.
  ::flock(fd, LOCK_UN);
  ::close(fd);
  return is_done;
}

bool LedgerFile::change_locked(int fd, const std::function<void(Ledger&)>& work) {
  struct stat about;
  if (::fstat(fd, &about) != 0) return false;
  x_buffer.resize(std::min(static_cast<size_t>(about.st_size), kBytesMax));
  const ssize_t n = ::pread(fd, x_buffer.data(), x_buffer.size(), 0);
  if (n < 0) return false;
  auto ledger = parse_ledger(std::string_view(x_buffer).substr(0, static_cast<size_t>(n)));
  if (!ledger) ledger = new_ledger();
  work(*ledger);
  const std::string bytes = print_ledger(*ledger);
  if (::pwrite(fd, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    x_path.clear();  // the disk is full: from now on the meter is alone
    x_own = std::move(*ledger);
  }
  return true;
}

std::string find_ledger_folder(const Machine& machine) {
  const std::string memory = machine.path("/dev/shm/cairn-" + std::to_string(::geteuid()));
  if (make_private(memory)) return memory;
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  const char* const home = std::getenv("HOME");
  if (cache && *cache == '/') return cache + std::string("/cairn/energy");
  if (home && *home == '/') return home + std::string("/.cache/cairn/energy");
  return {};
}

}  // namespace cairn::probe
