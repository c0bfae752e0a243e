// Grammar of `cairn waste`.
#include "cli/grammar.h"

namespace cairn::cli {
namespace {

constexpr const char* kWasteExamples =
    "Every second of a GPU, or without one of the processors, is in exactly one of ten classes:\n"
    "lost by a failure, repeated, after a divergence, after the curve said that it would not be\n"
    "the best, idle, ... or useful. Each share has a range (95 %) and says how it is known.\n\n"
    "Examples:\n"
    "  cairn waste                                all projects, ever\n"
    "  cairn waste digits --since 90d             of the last 90 days\n"
    "  cairn waste --since 90d --by user,project  who, in what\n"
    "  cairn waste digits --json                  with all constants";

}  // namespace

void Grammar::add_waste() {
  add<ShowWaste>(
      kTeach, "waste", "Where compute went that nobody needed, and what to do about it",
      kWasteExamples, [](CLI::App& sub, ShowWaste& c) {
        sub.add_option("PROJECT", c.project, "A project (default: all projects)")->type_name("");
        add_param(sub, c.params, "--since", "since", "AGE", "Only runs of this time: 90d, 12h");
        add_param(sub, c.params, "-b,--by", "by", "NAMES", "In groups by user, project, sweep");
        add_param(sub, c.params, "-m,--metric", "metric", "KEY",
                  "The result by which curves are judged (default: what define_metric or the sweep "
                  "aims at)");
        add_param(sub, c.params, "-g,--goal", "direction", "GOAL",
                  "minimize or maximize, where nobody has said it")
            ->check(CLI::IsMember({"minimize", "maximize"}));
        add_json(sub, c.as_json);
      });
}

}  // namespace cairn::cli
