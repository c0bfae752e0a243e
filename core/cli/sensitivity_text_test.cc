// Tests of sensitivity as people read it.
#include "cli/sensitivity_text.h"

#include <gtest/gtest.h>

#include <cmath>

#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::Value;

Value parse(const char* json) { return wire::parse_json(json).value_or(Value()); }

const Value kKnown = parse(R"({
  "project": "digits", "metric": "val_acc", "goal": "maximize", "view": "global",
  "parameters": [
    {"name": "lr", "first_order": 0.75, "first_order_low": 0.5, "first_order_high": 0.9,
     "total": 0.8, "total_low": 0.6, "total_high": 0.95, "null_high": 0.1, "total_null_high": 0.1,
     "direction": "peak", "best": 0.003, "within_noise": [0.001, 0.01], "kind": "number",
     "distinct": 17, "coverage": {"occupied": 0.85, "gap": 0.1}},
    {"name": "opt", "first_order": 0.02, "first_order_low": 0, "first_order_high": 0.1,
     "total": null, "null_high": 0.1, "direction": "none", "best": "adam",
     "within_noise": ["adam", "sgd"], "kind": "choices", "distinct": 2,
     "coverage": {"occupied": 1, "gap": 0}}],
  "pairs": [{"a": "lr", "b": "opt", "share": 0.05, "low": 0.01, "high": 0.1, "null_high": 0.02},
            {"a": "lr", "b": "x", "share": 0.001, "low": 0, "high": 0.02, "null_high": 0.02}],
  "higher_order": 0.03, "seed_share": null, "noise": {"unit": 0.01, "source": "replicates"},
  "quality": {"r2_oob": 0.81, "spearman_oob": 0.9, "runs": 60, "configurations": 40, "needed": null},
  "ablation": [{"name": "lr", "from": 0.1, "to": 0.003, "gain": 0.12}],
  "ablation_from": "the oldest run, one", "reason": "", "notes": ["a doubt"]})");

TEST(SensitivityTextTest, ABarShowsTheIntervalAndTheBand) {
  EXPECT_EQ(print_share_bar({0.5, 0.3, 0.7, 0}, 10), "███▓▓░░");
  EXPECT_EQ(print_share_bar({0.5, 0.3, 0.7, 0.15}, 10), "█╎█▓▓░░");
  EXPECT_EQ(print_share_bar({0.1, 0, 0.2, 0.35}, 10), "▓░ ╎");
  EXPECT_EQ(print_share_bar({1.02, 0.9, 1.1, NAN}, 4), "████");
  EXPECT_EQ(print_share_bar({NAN, NAN, NAN, NAN}, 10), "");
}

TEST(SensitivityTextTest, AllThatIsKnownIsThere) {
  const std::string text = print_sensitivity(kKnown, Terminal(false, false, 0));
  for (const char* part :
       {"digits  val_acc, more is better, 60 runs of 40 configurations", "81 %", "0.75 (0.50–0.90)",
        "0.80 (0.60–0.95)", "0.001 to 0.01", "adam, sgd", "17 values, 85 %",
        "more than two parameters together: 0.03", "lr × opt", "lr 0.1 → 0.003",
        "from the oldest run, one", "note: a doubt", "the deviation between runs"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_EQ(text.find("lr × x"), std::string::npos) << "it would be printed as 0.00";
}

TEST(SensitivityTextTest, OnANarrowTerminalSharesAreNotCut) {
  const std::string text = print_sensitivity(kKnown, Terminal(true, false, 80));
  EXPECT_NE(text.find("0.80 (0.60–0.95)"), std::string::npos) << text;
  EXPECT_EQ(text.find("17 values"), std::string::npos) << text;
}

TEST(SensitivityTextTest, AReasonStandsInPlaceOfBars) {
  Value few = kKnown;
  few.set("reason", "expected at least 20 runs, found 6: 14 more would do");
  const std::string text = print_sensitivity(few, Terminal(false, false, 0));
  EXPECT_NE(text.find("14 more would do"), std::string::npos);
  EXPECT_NE(text.find("a doubt"), std::string::npos);
  EXPECT_EQ(text.find("█"), std::string::npos) << text;
}

TEST(SensitivityTextTest, NamesCannotSteerTheTerminal) {
  Value odd = kKnown;
  odd.set("metric", "a\x1b[2Jb");
  EXPECT_EQ(print_sensitivity(odd, Terminal(false, false, 0)).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace cairn::cli
