// Rules of the sampler, on made-up machines and on this one.
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

#include "probe/testing/made_up_machine.h"

namespace cairn::probe {
namespace {

using Sample = std::map<std::string, double>;

class SamplerTest : public testing::Test {
 protected:
  SamplerTest() {
    x_machine.write("/proc/stat", "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 1 1 1\n");
    x_machine.write("/proc/loadavg", "1.25 0.40 0.31 1/123 4567\n");
    x_machine.write("/proc/meminfo",
                    "MemTotal:        1000 kB\nMemFree:  1 kB\nMemAvailable:     750 kB\n"
                    "SwapTotal:       100 kB\nSwapFree:         90 kB\n");
    x_machine.write_process({.pid = 50, .cpu_ticks = 10, .rss_pages = 3});
  }

  Sample sample() {
    std::vector<std::pair<std::string, double>> out;
    x_sampler.sample(out);
    return {out.begin(), out.end()};
  }
  Sample sample_after_s(double seconds) {
    x_machine.advance_s(seconds);
    return sample();
  }

  MadeUpMachine x_machine;
  Sampler x_sampler{50, x_machine.machine()};
};

TEST_F(SamplerTest, ValuesComeAtOnceAndRatesWithTheSecondSample) {
  const double page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  EXPECT_EQ(sample(), (Sample{{"cpu.load_1m", 1.25},
                              {"memory.used_bytes", 250 * 1024},
                              {"memory.percent", 25},
                              {"swap.used_bytes", 10 * 1024},
                              {"process.memory.rss_bytes", 3 * page},
                              {"process.threads", 1},
                              {"process.count", 1}}));
  x_machine.write("/proc/stat", "cpu  125 0 125 725 125 0 0 0 0 0\n");
  Sample later = sample_after_s(10);
  EXPECT_EQ(later["cpu.percent"], 50);
  EXPECT_EQ(later.count("process.cpu.percent"), 1u);
}

TEST_F(SamplerTest, AProcessOnTwoCoresUsesTwoHundredPercent) {
  sample();
  const int64_t ticks_per_s = ::sysconf(_SC_CLK_TCK);
  x_machine.write_process(
      {.pid = 50, .cpu_ticks = 10 + 20 * ticks_per_s, .read_bytes = 4000, .written_bytes = 50'000});
  Sample later = sample_after_s(10);
  EXPECT_EQ(later["process.cpu.percent"], 200);
  EXPECT_EQ(later["process.disk.read_bytes_per_s"], 400);
  EXPECT_EQ(later["process.disk.written_bytes_per_s"], 5000);
}

TEST_F(SamplerTest, DescendantsCountAndStrangersDoNot) {
  x_machine.write_process({.pid = 90, .parent = 50, .threads = 4});
  x_machine.write_process({.pid = 40, .parent = 90});  // process numbers wrapped
  x_machine.write_process({.pid = 60, .parent = 1});
  EXPECT_EQ(sample()["process.count"], 3);
  x_machine.write_process({.pid = 91, .parent = 40, .threads = 2});
  Sample later = sample_after_s(1);
  EXPECT_EQ(later["process.count"], 4);
  EXPECT_EQ(later["process.threads"], 1 + 4 + 1 + 2);
}

TEST_F(SamplerTest, AnOrphanedWorkerStaysOurs) {
  x_machine.write_process({.pid = 60, .parent = 50});
  x_machine.write_process({.pid = 70, .parent = 60});
  sample();
  x_machine.end_process(60);
  x_machine.write_process({.pid = 70, .parent = 1});
  EXPECT_EQ(sample_after_s(1)["process.count"], 2);
}

TEST_F(SamplerTest, AReusedProcessNumberIsJudgedAnew) {
  x_machine.write_process({.pid = 60, .parent = 50});
  sample();
  x_machine.end_process(60);
  EXPECT_EQ(sample_after_s(1)["process.count"], 1);
  x_machine.write_process({.pid = 60, .parent = 1});
  EXPECT_EQ(sample_after_s(1)["process.count"], 1);
}

TEST_F(SamplerTest, ACounterThatWentBackHasNoRate) {
  sample();
  x_machine.write_process({.pid = 50, .cpu_ticks = 5});
  EXPECT_EQ(sample_after_s(10).count("process.cpu.percent"), 0u);
  EXPECT_EQ(sample_after_s(10).count("process.cpu.percent"), 1u);
}

TEST_F(SamplerTest, AnEndedProcessLeavesItsValuesOut) {
  sample();
  x_machine.end_process(50);
  for (const auto& [name, value] : sample_after_s(1))
    EXPECT_FALSE(name.starts_with("process.")) << name;
}

TEST_F(SamplerTest, OnlyHardwareDisksCount) {
  const auto stats = [](int sectors) {
    const std::string n = std::to_string(sectors);
    return "   8 0 sda 1 2 " + n + " 3 4 5 " + n + " 6 7 8 9\n   8 1 sda1 1 2 " + n + " 3 4 5 " +
           n + " 6 7 8 9\n 253 0 dm-0 1 2 " + n + " 3 4 5 " + n + " 6 7 8 9\n";
  };
  x_machine.write("/sys/block/sda/device/model", "disk");
  x_machine.write("/proc/diskstats", stats(0));
  sample();
  x_machine.write("/proc/diskstats", stats(100));
  EXPECT_EQ(sample_after_s(1)["disk.read_bytes_per_s"], 51'200);
}

TEST_F(SamplerTest, AContainersInterfaceCountsWhereThereIsNoHardware) {
  const auto counts = [](const std::string& name, const std::string& n) {
    return "  " + name + ": " + n + " 1 0 0 0 0 0 0 " + n + " 1 0 0 0 0 0 0\n";
  };
  const auto all = [&](const std::string& n) {
    return "Inter-|   Receive\n face |bytes\n" + counts("lo", n) + counts("eth0", n);
  };
  x_machine.write("/proc/net/dev", all("1000"));
  sample();
  x_machine.write("/proc/net/dev", all("3000"));
  Sample later = sample_after_s(2);
  EXPECT_EQ(later["net.received_bytes_per_s"], 1000);
  EXPECT_EQ(later["net.sent_bytes_per_s"], 1000);
}

TEST_F(SamplerTest, UnreadableFilesAreLeftOut) {
  for (const char* file : {"stat", "loadavg", "meminfo", "50"})
    x_machine.files().remove(std::string("/proc/") + file);
  Sampler sampler(50, x_machine.machine());
  std::vector<std::pair<std::string, double>> out;
  sampler.sample(out);
  sampler.sample(out);
  EXPECT_TRUE(out.empty()) << out[0].first;
}

TEST_F(SamplerTest, GarbageIsLeftOut) {
  for (const char* file :
       {"stat", "loadavg", "meminfo", "diskstats", "net/dev", "50/stat", "50/io"})
    x_machine.write(std::string("/proc/") + file, "cpu ) (: \xff\n\n 8 0 sda\n-1 x MemTotal: :\n");
  sample();
  EXPECT_TRUE(sample_after_s(1).empty());
}

TEST_F(SamplerTest, AListingThatTakesLongIsNotRepeatedSoon) {
  // Every look at the clock takes a tenth of a second, so the next listing is due after minutes.
  sample();
  static int64_t slow_ns;
  slow_ns = 0;
  x_machine.machine().now_ns = [] { return slow_ns += kNsPerSecond / 10; };
  Sampler sampler(50, x_machine.machine());
  std::vector<std::pair<std::string, double>> out;
  sampler.sample(out);
  x_machine.write_process({.pid = 60, .parent = 50});
  const auto count = [&] {
    out.clear();
    sampler.sample(out);
    return Sample(out.begin(), out.end())["process.count"];
  };
  EXPECT_EQ(count(), 1);
  slow_ns += 600 * kNsPerSecond;
  EXPECT_EQ(count(), 2);
}

TEST(Sampler, ThisMachineTellsItsMemoryAndThisProcess) {
  Sampler sampler(::getpid());
  std::vector<std::pair<std::string, double>> out;
  sampler.sample(out);
  Sample sample(out.begin(), out.end());
  EXPECT_GT(sample["memory.used_bytes"], 0);
  EXPECT_GT(sample["process.memory.rss_bytes"], 100'000);
  EXPECT_GE(sample["process.threads"], 1);
}

}  // namespace
}  // namespace cairn::probe
