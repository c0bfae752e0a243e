// Grammar of `cairn replay` and `cairn compare-search`.
#include "cli/grammar.h"

namespace cairn::cli {
namespace {

constexpr const char* kReplayExamples =
    "Every run of a search was paid for in full, so the curves are there to ask a rule of "
    "stopping\n"
    "what it would have saved, and lost. One order of arrival is one throw of the dice: the runs "
    "are\n"
    "replayed in up to 200 shuffled orders. Policies: nan, median, asha, asha_promotion, "
    "hyperband,\n"
    "patience, auto; their parameters are chosen on other sweeps of the project, where there "
    "are.\n\n"
    "Examples:\n"
    "  cairn replay digits --metric val_acc\n"
    "  cairn replay digits -m val_loss --policy median,auto --workers 8\n"
    "  cairn replay digits -m val_loss --sweep 7k2m --json";

constexpr const char* kCompareExamples =
    "Samplers pick among the configurations that were run, so nothing is foreseen that nobody\n"
    "measured. They are held against a random order, and where the difference may be luck or is\n"
    "less than the noise of a result, it is called no difference.\n\n"
    "Examples:\n"
    "  cairn compare-search digits --metric val_acc\n"
    "  cairn compare-search digits -m val_loss --samplers gp,tpe,sobol --seeds 100";

void add_search(CLI::App& sub, std::string& project, server::Pairs& params) {
  sub.add_option("PROJECT", project, "Its runs that have ended")->type_name("")->required();
  Grammar::add_param(sub, params, "-m,--metric", "metric", "KEY",
                     "The result (default: what define_metric or the sweep aims at)");
  Grammar::add_param(sub, params, "-g,--goal", "direction", "GOAL",
                     "minimize or maximize, where nobody has said it")
      ->check(CLI::IsMember({"minimize", "maximize"}));
  Grammar::add_param(sub, params, "-f,--filter", "filter", "EXPR",
                     "Only runs for which this is true");
  Grammar::add_param(sub, params, "--sweep", "sweep", "ID",
                     "The runs of this sweep (default: of the one that cost most)");
}

}  // namespace

void Grammar::add_replay() {
  add<ShowReplay>(
      kTeach, "replay", "What stopping early would have saved, and lost", kReplayExamples,
      [](CLI::App& sub, ShowReplay& c) {
        add_search(sub, c.project, c.params);
        add_param(sub, c.params, "--policy", "policy", "NAMES", "asha,median,auto (default)");
        add_param(sub, c.params, "-w,--workers", "workers", "N",
                  "Runs at a time (default: as many as ran at once)");
        add_param(sub, c.params, "--orders", "orders", "N", "Shuffled orders, at most (200)");
        add_json(sub, c.as_json);
      });
  add<CompareSearches>(
      kTeach, "compare-search", "Whether a smarter search would have needed fewer runs",
      kCompareExamples, [](CLI::App& sub, CompareSearches& c) {
        add_search(sub, c.project, c.params);
        add_param(sub, c.params, "--samplers", "samplers", "NAMES", "auto,tpe (default)");
        add_param(sub, c.params, "--seeds", "seeds", "N", "Of each sampler (30, and not fewer)");
        add_json(sub, c.as_json);
      });
}

}  // namespace cairn::cli
