// Grammar of `cairn report`.
#include "cli/grammar.h"

namespace cairn::cli {
namespace {

constexpr const char* kReportExamples =
    "Training time, search, energy and money by runs and hardware; what had been enough; which\n"
    "parameters the result depends on; what to expect of so many runs; the reproducibility\n"
    "checklist, from what was recorded. What was not is said to be so.\n\n"
    "Examples:\n"
    "  cairn report digits                           a summary here\n"
    "  cairn report digits -m val_acc -o report.html a page that opens offline\n"
    "  cairn report digits -o card.md --figures figs for a model card, with figures as SVG\n"
    "  cairn report digits -o paper.tex              compiles as it is (booktabs, tikz)\n"
    "  cairn report digits -o importance.svg --figure importance";

}  // namespace

void Grammar::add_report_card() {
  add<ShowReport>(
      kTeach, "report", "The page for a paper: training time, sensitivity, checklist",
      kReportExamples, [](CLI::App& sub, ShowReport& c) {
        sub.add_option("PROJECT", c.project, "All its runs, failed ones too")
            ->type_name("")
            ->required();
        add_param(sub, c.params, "-m,--metric", "metric", "KEY",
                  "The result (default: what define_metric or the sweep aims at)");
        add_param(sub, c.params, "-g,--goal", "direction", "GOAL",
                  "minimize or maximize, where nobody has said it")
            ->check(CLI::IsMember({"minimize", "maximize"}));
        add_param(sub, c.params, "-f,--filter", "filter", "EXPR",
                  "Only runs for which this is true");
        add_param(sub, c.params, "--sweep", "sweep", "ID", "Only runs of this sweep");
        add_param(sub, c.params, "-z,--zone", "zone", "ZONE",
                  "Where: for carbon (default: as the runs say)");
        sub.add_option("-o,--output", c.output, "Write it to this file, in the form of its suffix")
            ->type_name("FILE");
        auto* format = sub.add_option("--format", c.format, "html, md, tex, pdf, json or svg")
                           ->type_name("FORMAT")
                           ->check(CLI::IsMember({"html", "md", "tex", "pdf", "json", "svg"}));
        add_param(sub, c.params, "--figure", "figure", "NAME",
                  "For SVG: importance, contour, tuning, best_so_far or trend")
            ->check(CLI::IsMember({"importance", "contour", "tuning", "best_so_far", "trend"}));
        sub.add_option("--figures", c.figures, "Write every figure into this folder, as SVG")
            ->type_name("FOLDER");
        sub.add_flag("--json", c.as_json, "Print JSON for programs")->excludes(format);
      });
}

}  // namespace cairn::cli
