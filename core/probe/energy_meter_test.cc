// Rules of the meter: what a run is given of its machine, on made-up machines.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <ctime>
#include <fstream>
#include <memory>
#include <random>
#include <set>

#include "probe/testing/metered_machine.h"

namespace cairn::probe {
namespace {

class EnergyMeterTest : public testing::Test {
 protected:
  EnergyMeterTest() {
    x_machine.begin_process(50);
    x_machine.begin_process(60);
  }

  std::unique_ptr<EnergyMeter> watch(int pid) { return watch(x_machine.options(pid)); }
  std::unique_ptr<EnergyMeter> watch(const EnergyMeter::Options& options) {
    auto meter = std::make_unique<EnergyMeter>(options, x_machine.machine());
    meter->tick();
    return meter;
  }
  // Second by second, as meters are ticked.
  void pass_s(int seconds, double package_w, const std::map<int, double>& processors,
              const std::vector<EnergyMeter*>& meters) {
    for (int i = 0; i < seconds; ++i) {
      x_machine.pass_s(1, package_w, processors);
      for (EnergyMeter* meter : meters) meter->tick();
    }
  }
  static const model::SensorEnergy& package(const EnergyMeter& meter) {
    static const model::SensorEnergy none;
    EXPECT_EQ(meter.record().sensors.size(), 1u);
    return meter.record().sensors.empty() ? none : meter.record().sensors[0];
  }

  MeteredMachine x_machine;
};

TEST_F(EnergyMeterTest, ARunHasTheShareOfEnergyThatItHasOfCpuTime) {
  const auto meter = watch(50);
  pass_s(10, 100, {{50, 3}, {60, 1}}, {meter.get()});
  const model::EnergyRecord& record = meter->record();
  EXPECT_NEAR(package(*meter).device_j, 1000, 1e-6);
  EXPECT_NEAR(package(*meter).run_j, 750, 1e-6);
  EXPECT_EQ(package(*meter).sensor, "rapl:intel-rapl:0");
  EXPECT_EQ(package(*meter).share, model::EnergyShare::kCpuTime);
  EXPECT_NEAR(package(*meter).covered_s, 10, 1e-6);
  EXPECT_NEAR(record.watched_s, 10, 1e-6);
  EXPECT_NEAR(record.cpu_s, 30, 1e-6);
  EXPECT_NEAR(record.share_s, 7.5, 1e-6);
  EXPECT_NEAR(record.even_s, 10, 1e-6);
  EXPECT_NEAR(record.load_s, 7.5, 1e-6);  // all processors are busy
  EXPECT_EQ(record.lost_s, 0);
  EXPECT_EQ(record.ended_ns - record.began_ns, 10 * kNsPerSecond);
}

TEST_F(EnergyMeterTest, WhatWasUsedBeforeTheFirstTickIsNotTheRuns) {
  x_machine.pass_s(100, 100, {{50, 4}});
  const auto meter = watch(50);
  EXPECT_TRUE(meter->record().sensors.empty());
  EXPECT_EQ(meter->record().cpu_s, 0);
  pass_s(1, 100, {{50, 4}}, {meter.get()});
  EXPECT_NEAR(package(*meter).run_j, 100, 1e-6);
  EXPECT_NEAR(meter->record().cpu_s, 4, 1e-6);
}

TEST_F(EnergyMeterTest, LoadCountsByItsPowerNotItsTime) {
  const auto meter = watch(50);
  pass_s(10, 100, {{50, 2}}, {meter.get()});
  EXPECT_NEAR(meter->record().share_s, 10, 1e-6);
  EXPECT_NEAR(meter->record().load_s, 10 * std::pow(0.5, 0.75), 1e-6);
}

TEST_F(EnergyMeterTest, WithoutASensorThereIsLoadAndNoEnergy) {
  x_machine.remove_package();
  const auto meter = watch(50);
  pass_s(10, 0, {{50, 1}}, {meter.get()});
  EXPECT_TRUE(meter->record().sensors.empty());
  EXPECT_NEAR(meter->record().share_s, 10, 1e-6);
  EXPECT_NEAR(meter->record().load_s, 10 * std::pow(0.25, 0.75), 1e-6);
}

TEST_F(EnergyMeterTest, RestIsTheLeastThatWasSeen) {
  const auto meter = watch(50);
  pass_s(10, 40, {}, {meter.get()});  // nobody computes
  pass_s(10, 100, {{50, 2}, {60, 2}}, {meter.get()});
  const model::SensorEnergy& energy = package(*meter);
  EXPECT_NEAR(energy.device_j, 1400, 1e-6);
  EXPECT_NEAR(energy.run_j, 400 + 500, 1e-6);
  EXPECT_NEAR(energy.idle_j, 320 + 200, 1e-6);  // half of 40 W for the last 10 s
  EXPECT_NEAR(energy.even_idle_j, 720, 1e-6);   // all of it, but for the time of finding it out
}

TEST_F(EnergyMeterTest, WhileEveryProcessWaitsTheRunsShareTheMachineEvenly) {
  const auto one = watch(50), other = watch(60);
  pass_s(10, 30, {}, {one.get(), other.get()});
  EXPECT_NEAR(package(*one).run_j, 150, 1e-6);
  EXPECT_NEAR(package(*other).run_j, 150, 1e-6);
  EXPECT_NEAR(one->record().share_s, 5, 1e-6);
  EXPECT_EQ(one->record().cpu_s, 0);
}

TEST_F(EnergyMeterTest, TwoRunsTakeTheirSharesOfOneLedger) {
  const auto one = watch(50), other = watch(60);
  pass_s(10, 100, {{50, 3}, {60, 1}}, {one.get(), other.get()});
  EXPECT_NEAR(package(*one).run_j, 750, 1e-6);
  EXPECT_NEAR(package(*other).run_j, 250, 1e-6);
  EXPECT_NEAR(one->record().even_s, 5, 1e-6);
  EXPECT_NEAR(other->record().even_s, 5, 1e-6);
  EXPECT_NEAR(one->record().share_s + other->record().share_s, 10, 1e-6);
}

TEST_F(EnergyMeterTest, AProcessBelongsToTheNearestMeterAboveIt) {
  x_machine.begin_process(70, 50);
  x_machine.begin_process(71, 70);
  const auto outer = watch(50), inner = watch(70);
  x_machine.pass_s(1, 0, {});
  outer->tick();  // from here on it knows of the inner one
  pass_s(10, 100, {{50, 1}, {71, 2}}, {outer.get(), inner.get()});
  EXPECT_NEAR(outer->record().cpu_s, 10, 1e-6);
  EXPECT_NEAR(inner->record().cpu_s, 20, 1e-6);
}

TEST_F(EnergyMeterTest, WhatAnInnerMeterCountedDoesNotComeAgainWithItsEnd) {
  x_machine.begin_process(70, 50);
  const auto outer = watch(50);
  auto inner = watch(70);
  pass_s(10, 100, {{70, 2}}, {outer.get(), inner.get()});
  const double before_s = outer->record().cpu_s;  // until it knew of the inner one
  inner = nullptr;
  x_machine.pass_s(1, 100, {{70, 1}});
  x_machine.reap(70);
  outer->tick();
  EXPECT_NEAR(outer->record().cpu_s - before_s, 1, 1e-6);
}

TEST_F(EnergyMeterTest, OfTwoMetersOfOneProcessTheLaterOneHasIt) {
  const auto outer = watch(50);
  auto inner = watch(50);
  pass_s(1, 100, {{50, 1}}, {outer.get(), inner.get()});
  const double before_s = outer->record().cpu_s;
  pass_s(10, 100, {{50, 1}}, {outer.get(), inner.get()});
  EXPECT_NEAR(outer->record().cpu_s, before_s, 1e-6);
  EXPECT_NEAR(inner->record().cpu_s, 11, 1e-6);
  inner = nullptr;
  pass_s(2, 100, {{50, 1}}, {outer.get()});
  EXPECT_NEAR(outer->record().cpu_s, before_s + 1, 1.01);  // known from the next tick on
}

TEST_F(EnergyMeterTest, AChildsTimeCountsOnceHoweverItEnds) {
  const auto meter = watch(50);
  x_machine.begin_process(70, 50);
  pass_s(2, 100, {{50, 1}, {70, 1}}, {meter.get()});
  x_machine.reap(70);
  pass_s(1, 100, {{50, 1}}, {meter.get()});
  EXPECT_NEAR(meter->record().cpu_s, 5, 1e-6);
  x_machine.begin_process(71, 50);  // never seen by a tick
  x_machine.pass_s(0.5, 100, {{71, 2}});
  x_machine.reap(71);
  meter->tick();
  EXPECT_NEAR(meter->record().cpu_s, 6, 1e-6);
}

TEST_F(EnergyMeterTest, AWholeFamilyThatEndsBetweenTicksCountsOnce) {
  const auto meter = watch(50);
  x_machine.begin_process(70, 50);
  x_machine.begin_process(71, 70);
  pass_s(2, 100, {{70, 1}, {71, 1}}, {meter.get()});
  x_machine.reap(71);
  x_machine.reap(70);
  meter->tick();
  EXPECT_NEAR(meter->record().cpu_s, 4, 1e-6);
}

TEST_F(EnergyMeterTest, AnObserverTakesNothingFromTheOthers) {
  EnergyMeter::Options options = x_machine.options(50);
  options.is_observer = true;
  const auto run = watch(50), part = watch(options);
  pass_s(10, 100, {{50, 2}, {60, 2}}, {part.get(), run.get()});
  EXPECT_NEAR(package(*run).run_j, 500, 1e-6);
  EXPECT_NEAR(package(*part).run_j, 500, 1e-6);
  EXPECT_NEAR(run->record().even_s, 10, 1e-6);
  EXPECT_NEAR(part->record().even_s, 10, 1e-6);
}

TEST_F(EnergyMeterTest, AShortSpanIsMeasuredFromTickToTick) {
  EnergyMeter::Options options = x_machine.options(50);
  options.is_observer = true;
  const auto run = watch(50);
  pass_s(3, 100, {{50, 1}}, {run.get()});
  x_machine.pass_s(0.4, 100, {{50, 1}});
  const auto part = watch(options);
  x_machine.pass_s(0.25, 200, {{50, 4}});
  part->tick();
  EXPECT_NEAR(part->record().watched_s, 0.25, 1e-6);
  EXPECT_NEAR(package(*part).run_j, 50, 1e-6);
  EXPECT_NEAR(part->record().cpu_s, 1, 1e-6);
}

TEST_F(EnergyMeterTest, SuspendedTimeIsLost) {
  const auto meter = watch(50);
  pass_s(5, 100, {{50, 1}}, {meter.get()});
  x_machine.suspend_s(3600);
  pass_s(5, 100, {{50, 1}}, {meter.get()});
  EXPECT_NEAR(meter->record().watched_s, 10, 1e-6);
  EXPECT_NEAR(meter->record().lost_s, 3600, 1e-6);
  EXPECT_NEAR(package(*meter).run_j, 1000, 1e-6);
  EXPECT_EQ(meter->record().ended_ns - meter->record().began_ns, 3610 * kNsPerSecond);
}

TEST_F(EnergyMeterTest, ALateTickBridgesWhatCountersTell) {
  const auto meter = watch(50);
  x_machine.pass_s(60, 100, {{50, 2}, {60, 2}});
  meter->tick();
  EXPECT_NEAR(meter->record().watched_s, 60, 1e-6);
  EXPECT_NEAR(package(*meter).run_j, 3000, 1e-6);
}

TEST_F(EnergyMeterTest, TooLateATickHasNotWatched) {
  const auto meter = watch(50);
  pass_s(5, 100, {{50, 1}}, {meter.get()});
  x_machine.pass_s(600, 100, {{50, 1}});
  meter->tick();
  pass_s(5, 100, {{50, 1}}, {meter.get()});
  EXPECT_NEAR(meter->record().watched_s, 10, 1e-6);
  EXPECT_NEAR(meter->record().lost_s, 600, 1e-6);
  EXPECT_NEAR(package(*meter).device_j, 1000, 1e-6);
  EXPECT_NEAR(package(*meter).covered_s, 10, 1e-6);
}

TEST_F(EnergyMeterTest, ASensorThatAnswersGarbageForAWhileCoversLess) {
  const auto meter = watch(50);
  pass_s(2, 100, {{50, 1}}, {meter.get()});
  x_machine.pass_s(1, 100, {{50, 1}});
  x_machine.set_package_readable(false);
  meter->tick();
  x_machine.set_package_readable(true);
  pass_s(2, 100, {{50, 1}}, {meter.get()});
  EXPECT_NEAR(package(*meter).run_j, 500, 1e-6);  // the counter bridges it
  EXPECT_NEAR(package(*meter).covered_s, 5, 1e-6);
}

TEST_F(EnergyMeterTest, ADamagedLedgerIsBegunAnew) {
  const auto meter = watch(50);
  pass_s(3, 100, {{50, 1}}, {meter.get()});
  for (const std::string& damage :
       {std::string(), std::string("x"), std::string(100'000, '\xff')}) {
    std::ofstream(x_machine.ledger_file(), std::ios::trunc) << damage;
    x_machine.pass_s(1, 100, {{50, 1}});
    meter->tick();
  }
  pass_s(3, 100, {{50, 1}}, {meter.get()});
  EXPECT_NEAR(package(*meter).run_j, 600, 1e-6);
  EXPECT_NEAR(meter->record().watched_s, 6, 1e-6);
  EXPECT_NEAR(meter->record().lost_s, 3, 1e-6);
}

TEST_F(EnergyMeterTest, WithoutAPlaceForALedgerAMeterWorksAlone) {
  EnergyMeter::Options options = x_machine.options(50);
  options.ledger_folder = "/proc/no/such/place";
  const auto meter = watch(options);
  pass_s(10, 100, {{50, 2}, {60, 2}}, {meter.get()});
  EXPECT_NEAR(package(*meter).run_j, 500, 1e-6);
}

TEST_F(EnergyMeterTest, ANextRunGoesOnWithTheLedgerOfTheLast) {
  auto first = watch(50);
  pass_s(10, 40, {}, {first.get()});
  first = nullptr;
  const auto second = watch(60);
  pass_s(1, 100, {{60, 1}}, {second.get()});
  EXPECT_NEAR(package(*second).idle_j, 40, 1e-6);  // what rest is was known
  EXPECT_NEAR(second->record().even_s, 1, 1e-6);   // the first has given its place back
}

TEST_F(EnergyMeterTest, ACostlyTickIsDoneLessOften) {
  const auto meter = watch(50);
  EXPECT_EQ(meter->next_tick_ns(), x_machine.machine().now_ns() + kNsPerSecond);
  static const auto cpu_ns = x_machine.machine().thread_cpu_ns;
  static int64_t extra_ns = 0;
  x_machine.machine().thread_cpu_ns = [] { return cpu_ns() + (extra_ns += kNsPerMillisecond); };
  const auto slow = watch(60);
  x_machine.pass_s(1, 100, {});
  slow->tick();
  EXPECT_GE(slow->next_tick_ns(), x_machine.machine().now_ns() + 2 * kNsPerSecond);
}

TEST_F(EnergyMeterTest, TheMachineIsDescribed) {
  x_machine.write("/proc/cpuinfo", "model name : Fast CPU\nflags : fpu hypervisor sse\n");
  x_machine.write("/proc/meminfo", "MemTotal:        1000 kB\n");
  for (int i = 0; i < 4; ++i)
    x_machine.write(
        "/sys/devices/system/cpu/cpu" + std::to_string(i) + "/topology/physical_package_id",
        std::to_string(i / 2));
  const auto meter = watch(50);
  const model::EnergyMachine& machine = meter->record().machine;
  EXPECT_EQ(machine.boot_id, "0f3c-boot");
  EXPECT_EQ(machine.cpu_model, "Fast CPU");
  EXPECT_EQ(machine.threads, 4);
  EXPECT_EQ(machine.sockets, 2);
  EXPECT_EQ(machine.memory_bytes, 1'024'000);
  EXPECT_TRUE(machine.is_virtual);
  EXPECT_FALSE(machine.hostname.empty());
}

// Meters that come, go, are killed, are held up and overlap, on a machine that computes, rests and
// sleeps: whatever happens, together they have no more than the machine used.
class Conservation : public EnergyMeterTest {
 protected:
  explicit Conservation(uint32_t seed = 0) : x_random(seed) {}
  double any(double max) { return std::uniform_real_distribution(0.0, max)(x_random); }
  bool happens(double probability) { return any(1) < probability; }
  int any_pid() { return 50 + static_cast<int>(x_random() % 8); }

  void step() {
    const double seconds = happens(0.02) ? any(400) : happens(0.3) ? any(0.1) : any(2);
    std::map<int, double> processors;
    for (const int pid : x_alive)
      if (happens(0.5)) processors[pid] = any(MeteredMachine::kThreads / 8);
    const double power_w = 10 + any(200);
    x_machine.pass_s(seconds, power_w, processors);
    x_used_j += seconds * power_w;
    x_passed_s += seconds;
    if (happens(0.02)) x_machine.suspend_s(any(1000));
    if (const int pid = any_pid(); happens(0.1)) {
      if (x_alive.erase(pid) > 0) {
        x_machine.reap(pid);
      } else {
        x_machine.begin_process(pid, happens(0.5) ? any_pid() : 1);
        x_alive.insert(pid);
      }
    }
    if (happens(0.1)) x_meters.push_back(watch(any_pid()));
    if (happens(0.05) && !x_meters.empty()) end_meter();
    for (const auto& meter : x_meters)
      if (happens(0.6)) meter->tick();
  }
  void end_meter() {
    x_ended.push_back(x_meters.front()->record());
    // One that is killed cannot give its place back.
    if (happens(0.5)) x_killed.push_back(std::move(x_meters.front()));
    x_meters.erase(x_meters.begin());
  }
  void expect_conservation() {
    double run_j = 0, all_idle_j = 0, no_idle_j = 0, share_s = 0, even_s = 0;
    const auto add = [&](const model::EnergyRecord& record) {
      for (const model::SensorEnergy& sensor : record.sensors) {
        run_j += sensor.run_j;
        no_idle_j += sensor.run_j - sensor.idle_j;
        all_idle_j += sensor.run_j - sensor.idle_j + sensor.even_idle_j;
        ASSERT_LE(sensor.run_j, sensor.device_j * (1 + 1e-9) + 1e-9);
        ASSERT_LE(sensor.idle_j, sensor.run_j * (1 + 1e-9) + 1e-9);
        ASSERT_LE(sensor.covered_s, record.watched_s + 2);
      }
      share_s += record.share_s;
      even_s += record.even_s;
      ASSERT_LE(record.load_s, record.watched_s * (1 + 1e-9));
      ASSERT_GE(record.lost_s, 0);
    };
    for (const model::EnergyRecord& record : x_ended) add(record);
    for (const auto& meter : x_meters) add(meter->record());
    ASSERT_LE(run_j, x_used_j * (1 + 1e-9));
    ASSERT_LE(no_idle_j, x_used_j * (1 + 1e-9));
    ASSERT_LE(all_idle_j, x_used_j * (1 + 1e-9));
    ASSERT_LE(share_s, x_passed_s * (1 + 1e-9));
    ASSERT_LE(even_s, x_passed_s * (1 + 1e-9));
    x_claimed_j = run_j;
  }

  std::mt19937 x_random;
  std::set<int> x_alive = {50, 60};
  std::vector<std::unique_ptr<EnergyMeter>> x_meters, x_killed;
  std::vector<model::EnergyRecord> x_ended;
  double x_used_j = 0, x_passed_s = 0, x_claimed_j = 0;
};

class AnyHistory : public Conservation, public testing::WithParamInterface<uint32_t> {
 protected:
  AnyHistory() : Conservation(GetParam()) {}
};

TEST_P(AnyHistory, TogetherMetersHaveNoMoreThanTheMachineUsed) {
  for (int i = 0; i < 150 && !HasFatalFailure(); ++i) {
    step();
    expect_conservation();
  }
  EXPECT_GT(x_claimed_j, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyHistory, testing::Range(0u, 8u));

// On this machine, with processes that compute and one that is killed.
TEST(EnergyMeters, OfRealProcessesShareTheTimeOfThisMachine) {
  const TemporaryFolder folder;
  struct Told {
    double share_s = 0, watched_s = 0, cpu_s = 0;
  };
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const auto compute = [](double seconds) {
    for (const clock_t begin = std::clock();
         std::clock() - begin < static_cast<clock_t>(seconds * CLOCKS_PER_SEC);)
      continue;
  };
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      EnergyMeter meter({.pid = ::getpid(), .ledger_folder = folder.path()});
      meter.tick();
      Told told;
      for (int tick = 0; tick < 8; ++tick) {
        compute(0.02);
        meter.tick();
        const model::EnergyRecord& record = meter.record();
        const Told now = {record.share_s, record.watched_s, record.cpu_s};
        if (i == 0 && tick == 3) ::kill(::getpid(), SIGKILL);
        told = now;
      }
      const bool is_told = ::write(pipe_ends[1], &told, sizeof told) == sizeof told;
      ::_exit(is_told ? 0 : 1);
    }
    children.push_back(child);
  }
  const auto start_ns = monotonic_now_ns();
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  ::close(pipe_ends[1]);
  double share_s = 0, longest_s = 0;
  int count = 0;
  for (Told told; ::read(pipe_ends[0], &told, sizeof told) == sizeof told; ++count) {
    EXPECT_GT(told.watched_s, 0);
    EXPECT_GT(told.cpu_s, 0);
    EXPECT_LE(told.share_s, told.watched_s * (1 + 1e-9));
    share_s += told.share_s;
    longest_s = std::max(longest_s, told.watched_s);
  }
  ::close(pipe_ends[0]);
  EXPECT_EQ(count, 3);
  EXPECT_LE(share_s, static_cast<double>(monotonic_now_ns() - start_ns) / 1e9 + longest_s);
  // The dead one's place is taken back, and the next one is alone.
  EnergyMeter next({.pid = ::getpid(), .ledger_folder = folder.path()});
  next.tick();
  compute(0.1);
  next.tick();
  EXPECT_GT(next.record().watched_s, 0);
}

}  // namespace
}  // namespace cairn::probe
