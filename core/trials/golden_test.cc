// The golden file of sweeps: kept for ever, read by every version that comes.
#include <gtest/gtest.h>

#include <filesystem>

#include "store/testing/temp_folder.h"
#include "trials/json.h"
#include "trials/sweeps.h"

namespace cairn::trials {
namespace {

// When the format must change, it gets a version and a golden of its own; this one is still read.
class GoldenTest : public testing::Test {
 protected:
  GoldenTest() {
    const auto golden = std::filesystem::path(CAIRN_SOURCE_DIR) / "tests/golden/sweeps_v1.db";
    std::filesystem::copy_file(golden, path());
  }
  std::string path() const { return x_folder.path() + "/sweeps.db"; }

  store::TempFolder x_folder;
  Sweeps x_sweeps{
      posix_disk(), path(), {[] { return int64_t{1}; }, [](std::string_view) { return false; }}};
};

TEST_F(GoldenTest, ASweepIsReadAsItWasWritten) {
  const auto page = x_sweeps.list({});
  ASSERT_TRUE(page) << page.error().message();
  ASSERT_EQ(page->rows.size(), 1u);
  const auto ledger = x_sweeps.get(page->rows[0].id);
  ASSERT_TRUE(ledger) << ledger.error().message();
  const Ledger& sweep = **ledger;
  EXPECT_EQ(print_sweep(sweep), page->rows[0].summary);
  EXPECT_EQ(sweep.name(), "golden");
  EXPECT_EQ(sweep.state(), SweepState::kPaused);
  EXPECT_EQ(sweep.version(), 2u);
  EXPECT_EQ(sweep.best(), 0);
  EXPECT_EQ(sweep.find(-1)->run, "digits/old");
  EXPECT_EQ(sweep.find(0)->params[0].second, model::Value(0.5));
  EXPECT_EQ(sweep.find(0)->limits, std::vector<double>{12});
  EXPECT_EQ(sweep.find(0)->curves[0].size(), 2u);
  EXPECT_EQ(sweep.find(0)->cost.kwh, 0.25);
  EXPECT_EQ(sweep.find(1)->state, TrialState::kStopped);
  EXPECT_EQ(sweep.find(1)->stop()->rule, "threshold");
  EXPECT_EQ(sweep.find(2)->state, TrialState::kLost);
  EXPECT_EQ(sweep.find(2)->attempt, 2u);
  EXPECT_EQ(sweep.find(3)->error, "out of memory");
  EXPECT_TRUE(sweep.find(4)->is_reused);
  const auto claims = x_sweeps.claims(sweep.id());
  EXPECT_EQ(claims->at(5).worker, "emil");
}

}  // namespace
}  // namespace cairn::trials
