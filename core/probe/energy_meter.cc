// EnergyMeter: reads what its processes have of the machine, and claims that part of every device.
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "probe/energy.h"
#include "probe/energy_ledger.h"
#include "probe/energy_sensor.h"
#include "probe/energy_share_cpu.h"
#include "probe/energy_share_gpu.h"
#include "probe/facts.h"
#include "probe/machine.h"

namespace cairn::probe {
namespace {

using model::EnergyPart;

constexpr int64_t kPeriodNs = kNsPerSecond;
constexpr int64_t kPeriodNsMax = 30 * kNsPerSecond;
constexpr int64_t kRetryNs = kNsPerSecond / 10;  // when the ledger could not be had
constexpr int64_t kPruneNs = 10 * kNsPerSecond;
constexpr int64_t kGapNs = 10 * kNsPerSecond;
// Sensors, and each meter, take at most a two-thousandth of a core.
constexpr int64_t kCostShare = 2000;
// A tick before its time is one end of what somebody measures, and finer than the others.
constexpr int64_t kSensorNs = 20 * kNsPerMillisecond, kSensorNsEarly = 5 * kNsPerMillisecond;
constexpr int64_t kNodeNs = 500 * kNsPerMillisecond, kNodeNsEarly = 10 * kNsPerMillisecond;
constexpr double kLostSecondsMin = 0.01;  // less is the width of a tick
constexpr size_t kBufferBytes = 64 << 10;

double seconds(int64_t ns) { return static_cast<double>(ns) / static_cast<double>(kNsPerSecond); }

// Where the meter stands in an account, and its part since it stood there: `mine` of `all`.
struct Stake {
  double position_j = 0;
  double mine = 0, all = 0;

  void add(double more, double of_all) {
    mine += more;
    all += of_all;
  }
  // Begins anew at the account's end: what was until now is not the meter's.
  void move_to(double end_j) { *this = {end_j}; }
  // `unused`: of what was used while nobody was seen to use anything.
  double share(double unused) const { return all > 0 ? std::clamp(mine / all, 0.0, 1.0) : unused; }
};

// A device as the meter watches it. One that no reading ever came from has no energy, and only the
// seconds of it are claimed.
struct WatchedDevice {
  std::unique_ptr<EnergySensor> sensor;
  Stake energy, seconds;
  model::SensorEnergy measured;
  model::UnmeasuredDevice unmeasured;
  // Of the ledger's count, when it was settled last.
  double covered_s = 0, other_j = 0;
  uint64_t resets = 0;
  bool is_measured = false;

  bool is_gpu() const { return sensor->part == EnergyPart::kGpu; }
  // In the ledger: the device, and the seconds of one that tells no energy.
  const std::string& ledger_name() const { return sensor->sensor; }
  std::string seconds_name() const { return "held:" + sensor->sensor; }
};

std::vector<std::string> split_environment(std::string_view text) {
  std::vector<std::string> variables;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\0'), text.size());
    variables.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return variables;
}

// Of this process as it is now, of another one as it was when its program began.
std::vector<std::string> read_environment(const Machine& machine, int pid) {
  if (pid != ::getpid()) {
    const std::string path = machine.path("/proc/" + std::to_string(pid) + "/environ");
    return split_environment(read_text(path, 1 << 20).value_or(""));
  }
  std::vector<std::string> variables;
  for (char** variable = environ; variable && *variable; ++variable)
    variables.emplace_back(*variable);
  return variables;
}

std::string_view find_text(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string& variable : environment)
    if (variable.starts_with(name) && variable.substr(name.size(), 1) == "=")
      return std::string_view(variable).substr(name.size() + 1);
  return {};
}

// Whose tree: unless it is said this process, or the agent that started it as the first of its
// local ranks: a program of the same interpreter that is no rank itself. A shell that set the
// variables is none.
int find_root(const EnergyMeter::Options& options, const Machine& machine,
              const std::vector<std::string>& environment) {
  if (options.pid > 0) return options.pid;
  if (options.is_observer) return ::getpid();
  const auto ranks = parse_int(find_text(environment, "LOCAL_WORLD_SIZE"));
  if (find_text(environment, "LOCAL_RANK") != "0" || !ranks || *ranks < 2) return ::getpid();
  const auto program_of = [&](const std::string& pid) {
    char path[4096];
    const ssize_t n = ::readlink(machine.path("/proc/" + pid + "/exe").c_str(), path, sizeof path);
    return std::string(path, static_cast<size_t>(std::max<ssize_t>(n, 0)));
  };
  const std::string mine = program_of("self");
  const int parent = ::getppid();
  const bool is_agent = !mine.empty() && program_of(std::to_string(parent)) == mine &&
                        find_text(read_environment(machine, parent), "LOCAL_RANK").empty();
  return is_agent ? parent : ::getpid();
}

// Who will wait for the process and so learns what it used to its end: this process, or nobody.
int find_waiter(const Machine& machine, int pid) {
  const auto process = pid == ::getpid() ? std::nullopt : read_process_cpu(machine, pid);
  return process && process->parent == ::getpid() ? ::getpid() : 0;
}

// Processors are counted where /proc tells of them, sockets where /sys does.
model::EnergyMachine describe(const Machine& machine) {
  model::EnergyMachine about;
  const model::Value facts = read_host_facts(machine, nullptr);
  const auto text = [&](std::string_view path) {
    const model::Value* found = find_path(facts, path);
    return std::string(found ? found->string_or("") : "");
  };
  about.boot_id = text("boot_id");
  about.hostname = text("hostname");
  about.cpu_model = text("cpu.model");
  if (const model::Value* bytes = facts.find("memory_bytes")) about.memory_bytes = bytes->int_or(0);
  about.is_virtual = find_is_virtual(machine).value_or(false);
  const auto stat = read_text(machine.path("/proc/stat"));
  std::vector<int64_t> packages;
  for (std::string_view rest = stat ? std::string_view(*stat) : ""; !rest.empty();) {
    std::string_view line = take_line(rest);
    const std::string_view name = take_field(line);
    if (!name.starts_with("cpu") || name == "cpu") continue;
    ++about.threads;
    const std::string folder = "/sys/devices/system/cpu/" + std::string(name);
    if (const auto package = read_number(machine.path(folder + "/topology/physical_package_id")))
      packages.push_back(*package);
  }
  std::sort(packages.begin(), packages.end());
  about.sockets = std::unique(packages.begin(), packages.end()) - packages.begin();
  return about;
}

}  // namespace

struct EnergyMeter::State {
  State(const Options& options, const Machine& on);
  ~State();
  void begin();
  void tick();
  void read_shares();
  void work(Ledger& ledger);
  void prune(Ledger& ledger) const;
  void enter(Ledger& ledger);
  void find_stops(const Ledger& ledger);
  void read_device(Ledger& ledger, WatchedDevice& device) const;
  void move_on(Ledger& ledger);
  void settle(Ledger& ledger);
  void settle_energy(WatchedDevice& device, LedgerDevice& shared, double even_share) const;
  void settle_seconds(WatchedDevice& device, LedgerDevice& shared) const;
  Account::Claim claim(Account& account, Stake& stake, double even_share, double unused) const;
  void note_times(const Ledger& ledger);
  void write_record();

  const Machine machine;
  const bool is_observer;
  const std::vector<std::string> environment;
  const int root;
  TreeCpu tree;
  LedgerFile file;
  KeptFile stat;
  std::string buffer;
  std::vector<WatchedDevice> devices;
  std::unique_ptr<GpuHolds> gpus;  // null where there are none

  int64_t now_ns = 0;
  int64_t next_ns = 0;  // 0: the first tick is to come
  bool is_early = false;
  std::optional<CpuTicks> node;
  uint64_t ledger_id = 0, order = 0;  // 0: in no ledger yet
  int64_t settled_ns = 0;
  Stake time, load;
  int64_t began_ns = 0, began_suspended_ns = 0;  // monotonic; 0: not yet
  model::EnergyRecord record;
};

EnergyMeter::State::State(const Options& options, const Machine& on)
    : machine(on),
      is_observer(options.is_observer),
      environment(read_environment(on, options.pid > 0 ? options.pid : ::getpid())),
      root(find_root(options, on, environment)),
      tree(on, root, find_waiter(on, root)),
      file(on, options.ledger_folder.empty() ? find_ledger_folder(on) : options.ledger_folder),
      stat(on.path("/proc/stat")),
      buffer(kBufferBytes, '\0') {}

EnergyMeter::State::~State() {
  if (order == 0) return;
  file.change([this](Ledger& ledger) {
    if (ledger.id == ledger_id)
      std::erase_if(ledger.meters, [this](const LedgerMeter& m) { return m.order == order; });
  });
}

// What takes its time: a driver may have to wake.
void EnergyMeter::State::begin() {
  record.machine = describe(machine);
  bool has_gpu = false, has_other_gpu = false;
  for (auto& sensor : find_energy_sensors(machine)) {
    const bool is_gpu = sensor->part == EnergyPart::kGpu;
    if (!sensor->is_used && sensor->part != EnergyPart::kPlatform) continue;
    if (sensor->error != 0 && !is_gpu) continue;  // a model will have to do, by load
    has_gpu |= is_gpu;
    has_other_gpu |= is_gpu && sensor->gpu_index < 0;
    WatchedDevice& device = devices.emplace_back();
    device.measured.sensor = device.unmeasured.device = sensor->sensor;
    device.measured.name = device.unmeasured.name = sensor->name;
    device.measured.part = device.unmeasured.part = sensor->part;
    device.sensor = std::move(sensor);
  }
  if (has_gpu) gpus = std::make_unique<GpuHolds>(machine, environment, has_other_gpu);
}

void EnergyMeter::State::tick() {
  const bool is_first = next_ns == 0;
  if (is_first) begin();
  const int64_t began_cpu_ns = machine.thread_cpu_ns();
  read_shares();
  const bool is_done = file.change([this](Ledger& ledger) { work(ledger); });
  if (is_done) write_record();
  const int64_t cost_ns = machine.thread_cpu_ns() - began_cpu_ns;
  const int64_t wait_ns =
      is_first ? kPeriodNs : std::clamp(cost_ns * kCostShare, kPeriodNs, kPeriodNsMax);
  next_ns = machine.now_ns() + (is_done ? wait_ns : kRetryNs);
}

void EnergyMeter::State::read_shares() {
  static const double ticks_per_s = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto mine = static_cast<double>(tree.read());
  const auto before = std::exchange(node, parse_cpu_ticks(stat.read(buffer)));
  const int64_t last_ns = std::exchange(now_ns, machine.now_ns());
  is_early = now_ns < next_ns;
  record.cpu_s += mine / ticks_per_s;
  const double all =
      !node || !before
          ? 0
          : static_cast<double>((node->busy - node->stolen) - (before->busy - before->stolen));
  time.add(mine, all);
  load.add(mine, all);
  if (gpus) gpus->read(tree.pids());
  const double elapsed_s = last_ns == 0 ? 0 : seconds(now_ns - last_ns);
  for (WatchedDevice& device : devices) {
    if (!device.is_gpu()) {
      device.energy.add(mine, all);
      continue;
    }
    const GpuHold hold = gpus->find(device.sensor->gpu_index, device.sensor->sensor);
    if (hold.share > 0) device.measured.share = hold.by;
    device.energy.add(hold.share * elapsed_s, elapsed_s);
    device.seconds.add(hold.share * elapsed_s, elapsed_s);
  }
}

// Holds the lock: nothing here waits but for a sensor's answer.
void EnergyMeter::State::work(Ledger& ledger) {
  const bool is_new = ledger.id != ledger_id;
  prune(ledger);
  if (!is_observer) enter(ledger);
  const int64_t node_age_ns = now_ns - ledger.node_ns;
  if (ledger.node_ns == 0 || node_age_ns >= (is_new || is_early ? kNodeNsEarly : kNodeNs))
    ledger.advance(node, now_ns);
  for (WatchedDevice& device : devices) read_device(ledger, device);
  // Held up for so long the meter has not watched: what was used meanwhile is not its to claim.
  if (is_new || now_ns - settled_ns > kAccountMemoryNs)
    move_on(ledger);
  else
    settle(ledger);
  ledger_id = ledger.id;
  settled_ns = now_ns;
  note_times(ledger);
  find_stops(ledger);
}

void EnergyMeter::State::prune(Ledger& ledger) const {
  if (now_ns - ledger.pruned_ns < kPruneNs) return;
  ledger.pruned_ns = now_ns;
  std::erase_if(ledger.meters, [this](const LedgerMeter& meter) {
    return find_start_ticks(machine, meter.owner).value_or(0) != meter.owner_start_ticks;
  });
}

void EnergyMeter::State::enter(Ledger& ledger) {
  const auto is_mine = [this](const LedgerMeter& meter) { return meter.order == order; };
  if (ledger.id == ledger_id && std::any_of(ledger.meters.begin(), ledger.meters.end(), is_mine))
    return;
  if (ledger.meters.size() == Ledger::kMetersMax) return;  // then it only claims
  order = ledger.next_order++;
  const int owner = ::getpid();
  ledger.meters.push_back({order, root, owner, find_start_ticks(machine, owner).value_or(0)});
}

// Trees of other meters end ours, and one with our own root leaves us nothing if it came later.
void EnergyMeter::State::find_stops(const Ledger& ledger) {
  std::vector<int> stops;
  for (const LedgerMeter& meter : ledger.meters)
    if (meter.root != root || (meter.order > order && !is_observer)) stops.push_back(meter.root);
  std::sort(stops.begin(), stops.end());
  tree.set_stops(std::move(stops));
}

void EnergyMeter::State::read_device(Ledger& ledger, WatchedDevice& device) const {
  LedgerDevice* shared = ledger.device(device.ledger_name());
  if (!shared) return;
  const int64_t period_ns =
      std::max(is_early ? kSensorNsEarly : kSensorNs,
               is_early ? 0 : shared->cost_ns * kCostShare * static_cast<int64_t>(devices.size()));
  if (shared->read_ns == 0 || now_ns - shared->read_ns >= period_ns)
    shared->read(*device.sensor, machine, std::max(kGapNs, 10 * period_ns));
  device.is_measured = shared->has_count();
  if (device.is_measured || !device.is_gpu()) return;
  if (LedgerDevice* held = ledger.device(device.seconds_name())) held->pass_until(now_ns);
}

// Begins anew from what the accounts are now.
void EnergyMeter::State::move_on(Ledger& ledger) {
  time.move_to(ledger.time.total_j());
  load.move_to(ledger.load.total_j());
  for (WatchedDevice& device : devices) {
    if (const LedgerDevice* shared = ledger.device(device.ledger_name())) {
      device.energy.move_to(shared->account.total_j());
      device.covered_s = shared->main_s();
      device.other_j = shared->other_j().value_or(0);
      device.resets = shared->count.resets;
    }
    if (device.is_measured || !device.is_gpu()) continue;
    if (const LedgerDevice* held = ledger.device(device.seconds_name()))
      device.seconds.move_to(held->account.total_j());
  }
}

void EnergyMeter::State::settle(Ledger& ledger) {
  const double even_share = 1 / static_cast<double>(std::max<size_t>(ledger.meters.size(), 1));
  record.watched_s += ledger.time.total_j() - time.position_j;
  // While every process waits, those who keep the machine up share it evenly.
  const Account::Claim of_time = claim(ledger.time, time, even_share, even_share);
  record.share_s += of_time.used_j;
  record.even_s += of_time.even_rest_j;
  record.load_s += claim(ledger.load, load, 0, 0).used_j;
  for (WatchedDevice& device : devices) {
    if (LedgerDevice* shared = ledger.device(device.ledger_name()))
      settle_energy(device, *shared, even_share);
    if (device.is_measured || !device.is_gpu()) continue;
    if (LedgerDevice* held = ledger.device(device.seconds_name())) settle_seconds(device, *held);
  }
}

void EnergyMeter::State::settle_energy(WatchedDevice& device, LedgerDevice& shared,
                                       double even_share) const {
  model::SensorEnergy& sum = device.measured;
  sum.device_j += shared.account.total_j() - device.energy.position_j;
  const double unused = device.is_gpu() ? 0 : even_share;
  const Account::Claim mine = claim(shared.account, device.energy, even_share, unused);
  sum.run_j += mine.used_j;
  sum.idle_j += mine.rest_j;
  sum.even_idle_j += mine.even_rest_j;
  // Where the device has begun to tell more, its other count goes on from there.
  sum.covered_s +=
      std::max(shared.main_s() - std::exchange(device.covered_s, shared.main_s()), 0.0);
  sum.resets +=
      static_cast<int64_t>(shared.count.resets - std::exchange(device.resets, shared.count.resets));
  if (const auto other_j = shared.other_j())
    sum.other_j = sum.other_j.value_or(0) + *other_j - std::exchange(device.other_j, *other_j);
}

void EnergyMeter::State::settle_seconds(WatchedDevice& device, LedgerDevice& held) const {
  const double held_s = claim(held.account, device.seconds, 0, 0).used_j;
  model::UnmeasuredDevice& sum = device.unmeasured;
  sum.held_s += held_s;
  if (held_s <= 0) return;
  if (const auto busy = gpus->find_busy(device.sensor->gpu_index))
    sum.busy_s = sum.busy_s.value_or(0) + *busy * held_s;
}

Account::Claim EnergyMeter::State::claim(Account& account, Stake& stake, double even_share,
                                         double unused) const {
  if (!(account.total_j() > stake.position_j)) return {};
  Account others = is_observer ? account.unclaimed() : Account();
  const auto claimed =
      (is_observer ? others : account).claim(stake.position_j, stake.share(unused), even_share);
  stake.move_to(account.total_j());
  return claimed;
}

// Whatever of the time was not watched was lost, for whatever reason.
void EnergyMeter::State::note_times(const Ledger& ledger) {
  const int64_t wall_ns = machine.wall_ns() - (now_ns - ledger.node_ns);
  const int64_t suspended_ns = machine.boot_ns() - machine.now_ns();
  if (began_ns == 0) {
    began_ns = ledger.node_ns;
    began_suspended_ns = suspended_ns;
    record.began_ns = wall_ns;
  }
  record.ended_ns = std::max(wall_ns, record.began_ns);
  const double lost_s =
      seconds(ledger.node_ns - began_ns + suspended_ns - began_suspended_ns) - record.watched_s;
  record.lost_s = lost_s > kLostSecondsMin ? lost_s : 0;
}

void EnergyMeter::State::write_record() {
  record.sensors.clear();
  record.unmeasured.clear();
  for (const WatchedDevice& device : devices) {
    if (device.measured.covered_s > 0) record.sensors.push_back(device.measured);
    if (device.unmeasured.held_s > 0) record.unmeasured.push_back(device.unmeasured);
  }
}

EnergyMeter::EnergyMeter(const Options& options) : EnergyMeter(options, this_machine()) {}
EnergyMeter::EnergyMeter(const Options& options, const Machine& machine)
    : x_state(std::make_unique<State>(options, machine)) {}
EnergyMeter::~EnergyMeter() = default;

void EnergyMeter::tick() { x_state->tick(); }
int64_t EnergyMeter::next_tick_ns() const { return x_state->next_ns; }
const model::EnergyRecord& EnergyMeter::record() const { return x_state->record; }

}  // namespace cairn::probe
