// Grammar of `cairn sensitivity`.
#include "cli/grammar.h"

namespace cairn::cli {
namespace {

constexpr const char* kSensitivityExamples =
    "The variance of the results is taken apart by parameters (functional ANOVA of random "
    "forests),\n"
    "with intervals, and with the band that shuffled results reach. Where the runs do not tell\n"
    "enough there are no shares, but a sentence that says how many more would do.\n\n"
    "Examples:\n"
    "  cairn sensitivity digits --metric val_acc\n"
    "  cairn sensitivity digits -m val_loss -f 'group = ablation' --target top:10%\n"
    "  cairn sensitivity digits -m val_acc --json\n"
    "  cairn sensitivity digits -m val_acc --design 64 > design.json && cairn sweep design.json";

}  // namespace

void Grammar::add_report() {
  add<ShowSensitivity>(
      kTeach, "sensitivity", "Which parameters results depend on, and how sure that is",
      kSensitivityExamples, [](CLI::App& sub, ShowSensitivity& c) {
        sub.add_option("PROJECT", c.project, "Its runs that have ended")->type_name("")->required();
        add_param(sub, c.params, "-m,--metric", "metric", "KEY",
                  "The result (default: what define_metric or the sweep aims at)");
        add_param(sub, c.params, "-g,--goal", "direction", "GOAL",
                  "minimize or maximize, where nobody has said it")
            ->check(CLI::IsMember({"minimize", "maximize"}));
        add_param(sub, c.params, "-f,--filter", "filter", "EXPR",
                  "Only runs for which this is true");
        add_param(sub, c.params, "--sweep", "sweep", "ID", "Only runs of this sweep");
        add_param(sub, c.params, "--target", "target", "VIEW",
                  "all (default), or top:10%: only differences within the best");
        add_param(sub, c.params, "--scale", "scale", "SCALE",
                  "Of the results: as_is (default), log or rank")
            ->check(CLI::IsMember({"as_is", "log", "rank"}));
        sub.add_option("--design", c.design,
                       "Print a sweep of so many runs that tells it without bias")
            ->type_name("N")
            ->check(CLI::Range(2, 65536));
        add_json(sub, c.as_json);
      });
}

}  // namespace cairn::cli
