// Rules of the ledger: what is claimed is never more than was used, whatever happens to the meters
// and to the file.
#include "probe/energy_ledger.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <random>

#include "probe/testing/metered_machine.h"

namespace cairn::probe {
namespace {

constexpr int64_t kSecond = kNsPerSecond;

TEST(Account, GivesWhatIsAskedForWhileThereIsEnough) {
  Account account;
  account.add(100, 40, kSecond);
  const Account::Claim claim = account.claim(0, 0.25, 0.5);
  EXPECT_DOUBLE_EQ(claim.used_j, 25);
  EXPECT_DOUBLE_EQ(claim.rest_j, 10);
  EXPECT_DOUBLE_EQ(claim.even_rest_j, 20);
}

TEST(Account, GivesNothingTwice) {
  Account account;
  account.add(100, 40, kSecond);
  EXPECT_DOUBLE_EQ(account.claim(0, 0.8, 1).used_j, 80);
  const Account::Claim rest = account.claim(0, 0.8, 1);
  EXPECT_DOUBLE_EQ(rest.used_j, 20);
  EXPECT_DOUBLE_EQ(rest.rest_j, 8);
  EXPECT_DOUBLE_EQ(rest.even_rest_j, 0);
  EXPECT_DOUBLE_EQ(account.claim(0, 1, 1).used_j, 0);
  EXPECT_DOUBLE_EQ(account.unclaimed().claim(0, 1, 1).used_j, 100);  // for who only looks on
}

TEST(Account, WhatNobodyClaimedInItsTimeCannotBeClaimedForAnother) {
  Account account;
  account.add(1000, 0, kSecond);
  const double here_j = account.total_j();
  account.add(100, 0, 2 * kSecond);
  EXPECT_DOUBLE_EQ(account.claim(here_j, 1, 1).used_j, 100);
  EXPECT_DOUBLE_EQ(account.claim(here_j, 1, 1).used_j, 0);
}

TEST(Account, AClaimMayBeginWithinAReading) {
  Account account;
  account.add(100, 50, kSecond);
  const Account::Claim claim = account.claim(60, 0.5, 1);
  EXPECT_DOUBLE_EQ(claim.used_j, 20);
  EXPECT_DOUBLE_EQ(claim.rest_j, 10);
  EXPECT_DOUBLE_EQ(claim.even_rest_j, 20);
}

TEST(Account, OldUseIsNobodys) {
  Account account;
  account.add(100, 0, kSecond);
  account.add(10, 0, 2 * kSecond + kAccountMemoryNs);
  EXPECT_DOUBLE_EQ(account.total_j(), 110);
  EXPECT_DOUBLE_EQ(account.claim(0, 1, 1).used_j, 10);
}

TEST(Account, ManyReadingsAreKeptByMerging) {
  Account account;
  for (int i = 1; i <= 1000; ++i) account.add(1, 0.5, i * kSecond / 100);
  EXPECT_DOUBLE_EQ(account.total_j(), 1000);
  EXPECT_NEAR(account.claim(400, 0.5, 0.5).used_j, 300, 1e-9);
  EXPECT_NEAR(account.claim(0, 1, 1).used_j, 700, 1e-9);
}

TEST(Account, ImpossibleReadingsAddNothing) {
  Account account;
  for (const double bad : {0.0, -1.0, std::nan("")}) account.add(bad, 1, kSecond);
  EXPECT_EQ(account.count, 0u);
  account.add(1, 5, kSecond);  // not more at rest than at all
  EXPECT_DOUBLE_EQ(account.claim(0, 1, 1).rest_j, 1);
}

// Meters with shares of any size, which come late, early, twice and again from where they were.
TEST(Account, ClaimsAreNeverMoreThanWasUsedInAnyOrderOfMeters) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto any = [&](double max) { return std::uniform_real_distribution(0.0, max)(random); };
    Account account;
    std::vector<double> positions(1 + random() % 5);
    double used_j = 0, claimed_j = 0, rest_j = 0, even_j = 0, caused_j = 0, all_rest_j = 0;
    int64_t now_ns = 1;
    for (int i = 0; i < 500; ++i) {
      now_ns += static_cast<int64_t>(any(any(1) < 0.01 ? 300 : 2) * 1e9);
      if (any(1) < 0.5) {
        const double more_j = any(100), more_rest_j = any(50);
        account.add(more_j, more_rest_j, now_ns);
        used_j += more_j;
        all_rest_j += std::min(more_j, more_rest_j);
        continue;
      }
      double& position_j = positions[random() % positions.size()];
      const Account::Claim claim = account.claim(position_j, any(1), any(1));
      if (any(1) < 0.9) position_j = account.total_j();
      ASSERT_GE(claim.used_j, 0);
      ASSERT_GE(claim.used_j * (1 + 1e-9), claim.rest_j);
      claimed_j += claim.used_j;
      rest_j += claim.rest_j;
      even_j += claim.even_rest_j;
      caused_j += claim.used_j - claim.rest_j;
      ASSERT_NEAR(account.total_j(), used_j, 1e-6);
      ASSERT_LE(claimed_j, used_j * (1 + 1e-12));
      ASSERT_LE(even_j, all_rest_j * (1 + 1e-12));
      ASSERT_LE(caused_j + even_j, used_j * (1 + 1e-12));
    }
  }
}

Ledger full_ledger() {
  Ledger ledger;
  ledger.id = 7;
  ledger.next_order = 12;
  ledger.node_ns = 5;
  ledger.time.add(2, 2, kSecond);
  for (const char* name : {"rapl:intel-rapl:0", "nvml:GPU-1"}) {
    LedgerDevice* const device = ledger.device(name);
    device->count.counter_j = 44;
    device->rest_w = 30;
    device->account.add(44, 30, kSecond);
  }
  ledger.meters.push_back({11, 50, 51, 999});
  return ledger;
}

TEST(Ledger, ReadsBackAsItWasWritten) {
  const auto ledger = parse_ledger(print_ledger(full_ledger()) + "what a longer one left");
  ASSERT_TRUE(ledger);
  EXPECT_EQ(ledger->id, 7u);
  EXPECT_EQ(ledger->next_order, 12u);
  EXPECT_EQ(ledger->time.total_j(), 2);
  ASSERT_EQ(ledger->devices.size(), 2u);
  EXPECT_STREQ(ledger->devices[1].sensor, "nvml:GPU-1");
  EXPECT_EQ(ledger->devices[1].account.total_j(), 44);
  EXPECT_EQ(ledger->devices[1].rest_w, 30);
  ASSERT_EQ(ledger->meters.size(), 1u);
  EXPECT_EQ(ledger->meters[0].owner_start_ticks, 999);
}

TEST(Ledger, DamageIsNoticedWhereverItIs) {
  const std::string good = print_ledger(full_ledger());
  for (size_t size = 0; size < good.size(); size += 7)
    EXPECT_FALSE(parse_ledger(std::string_view(good).substr(0, size))) << size;
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    EXPECT_FALSE(parse_ledger(bad)) << at;
  }
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string noise(random() % 4096, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    std::memcpy(noise.data(), good.data(), std::min<size_t>(noise.size(), random() % 40));
    EXPECT_FALSE(parse_ledger(noise));
  }
}

TEST(Ledger, TooManyDevicesAreLeftOut) {
  Ledger ledger;
  for (size_t i = 0; i < Ledger::kDevicesMax; ++i)
    EXPECT_NE(ledger.device("sensor-" + std::to_string(i)), nullptr);
  EXPECT_EQ(ledger.device("one-more"), nullptr);
  EXPECT_NE(ledger.device("sensor-0"), nullptr);
  EXPECT_EQ(Ledger().device(std::string(500, 'x')), nullptr);
}

class LedgerFileTest : public testing::Test {
 protected:
  LedgerFile open() { return {x_machine.machine(), x_machine.ledger_folder()}; }
  static uint64_t count(LedgerFile& file) {
    uint64_t before = 0;
    EXPECT_TRUE(file.change([&](Ledger& ledger) { before = ledger.next_order++; }));
    return before;
  }
  MeteredMachine x_machine;
};

TEST_F(LedgerFileTest, WhatOneMeterWritesTheOthersRead) {
  LedgerFile one = open(), other = open();
  EXPECT_EQ(count(one), 1u);
  EXPECT_EQ(count(other), 2u);
  EXPECT_EQ(count(one), 3u);
}

TEST_F(LedgerFileTest, AnotherStartOfTheMachineHasAnotherLedger) {
  LedgerFile before = open();
  count(before);
  x_machine.write("/proc/sys/kernel/random/boot_id", "another-boot\n");
  LedgerFile after = open();
  EXPECT_EQ(count(after), 1u);
}

TEST_F(LedgerFileTest, ADeletedLedgerIsBegunAnew) {
  LedgerFile file = open();
  count(file);
  x_machine.files().remove("/ledger");
  EXPECT_EQ(count(file), 1u);  // alone: the folder is gone
  LedgerFile other = open();
  EXPECT_EQ(count(other), 1u);
  EXPECT_EQ(count(file), 2u);
}

TEST_F(LedgerFileTest, ALinkToAnotherFileIsNotFollowed) {
  const std::string victim = x_machine.files().write("/victim", "precious");
  LedgerFile file = open();
  count(file);
  const std::string path = x_machine.ledger_file();
  ASSERT_EQ(::unlink(path.c_str()), 0);
  ASSERT_EQ(::symlink(victim.c_str(), path.c_str()), 0);
  count(file);
  EXPECT_EQ(read_text(victim), "precious");
}

// Many processes count at once, and some of them die as they do.
TEST_F(LedgerFileTest, ProcessesThatDieAtAnyMomentLeaveItWhole) {
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      LedgerFile file = open();
      for (;;)
        if (file.change([](Ledger& ledger) { ++ledger.next_order; }))
          file.change([](Ledger& ledger) { ledger.time.add(1, 0, 1); });
    }
    children.push_back(child);
  }
  LedgerFile file = open();
  uint64_t before = 0;
  const auto has_grown = [&](uint64_t by) {
    uint64_t now = 0;
    file.change([&](Ledger& ledger) { now = ledger.next_order; });
    if (now < before + by) return false;
    before = now;
    return true;
  };
  for (const pid_t child : children) {
    while (!has_grown(20)) continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  EXPECT_GE(before, 120u);
  const auto bytes = read_text(x_machine.ledger_file(), 1 << 20);
  ASSERT_TRUE(bytes);
  EXPECT_TRUE(parse_ledger(*bytes));
}

}  // namespace
}  // namespace cairn::probe
