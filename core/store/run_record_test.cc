// The rules by which a run's record follows from its events.
#include "store/run_record.h"

#include <gtest/gtest.h>

namespace cairn::store {
namespace {

using model::Value;

TEST(RunRecord, AGlobMatchesTheWholeKey) {
  EXPECT_TRUE(glob_matches("val/*", "val/loss"));
  EXPECT_TRUE(glob_matches("*loss*", "val/loss"));
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("a?c", "abc"));
  EXPECT_TRUE(glob_matches("*a*b*", "xxaxxbxb"));
  EXPECT_FALSE(glob_matches("val/*", "xval/loss"));
  EXPECT_FALSE(glob_matches("a?c", "ac"));
  EXPECT_FALSE(glob_matches("loss", "loss2"));
  EXPECT_FALSE(glob_matches("", "a"));
}

TEST(RunRecord, TheLongestPatternDefinesAMetricAndAnExactNameWins) {
  Value metrics;
  for (const char* pattern : {"*", "val/*", "val/loss", "val/l*"}) metrics.set(pattern, pattern);
  EXPECT_EQ(*find_metric(metrics, "train"), Value("*"));
  EXPECT_EQ(*find_metric(metrics, "val/acc"), Value("val/*"));
  EXPECT_EQ(*find_metric(metrics, "val/lr"), Value("val/l*"));
  EXPECT_EQ(*find_metric(metrics, "val/loss"), Value("val/loss"));
  EXPECT_EQ(find_metric(Value(), "train"), nullptr);
}

TEST(RunRecord, ALaterSessionHidesFromItsFirstStepOn) {
  constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
  StepsBySession steps;
  steps[1] = {0, 100};
  EXPECT_FALSE(is_rewound(steps));
  steps[2] = {101, 150};
  EXPECT_FALSE(is_rewound(steps));
  EXPECT_EQ(visible_below(steps, 1), 101);
  EXPECT_EQ(visible_below(steps, 2), kAll);
  steps[3] = {120, 130};
  EXPECT_TRUE(is_rewound(steps));
  EXPECT_EQ(visible_below(steps, 1), 101);
  EXPECT_EQ(visible_below(steps, 2), 120);
  steps[4] = {{}, 10};  // logged by a fork only
  EXPECT_EQ(visible_below(steps, 3), kAll);
}

TEST(RunRecord, IsPrintedAndParsedWhole) {
  model::RunInfo info;
  info.id = "r";
  info.project = "p";
  info.name = "quiet-ridge";
  info.state = model::RunState::kFailed;
  info.liveness = model::Liveness::kUnknown;
  info.created_ns = 1;
  info.ended_ns = 2;
  info.updated_ns = 3;
  info.exit_code = -9;
  info.tags = {"a", "b"};
  info.notes = "notes";
  info.config.set("lr", 0.1);
  info.last_step = 77;
  info.sessions = 4;
  const auto parsed = parse_run(print_run(info));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(print_run(*parsed), print_run(info));
  EXPECT_EQ(parsed->exit_code, -9);
  EXPECT_EQ(parsed->ended_ns, 2);
  EXPECT_FALSE(parse_run(Value("no record")));
}

}  // namespace
}  // namespace cairn::store
