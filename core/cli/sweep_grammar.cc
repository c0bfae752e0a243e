// Grammar of `cairn sweep`, `cairn agent` and `cairn plan`.
#include "cli/grammar.h"

namespace cairn::cli {
namespace {

constexpr size_t kJobsMax = 1024;

void add_sweep(CLI::App& sub, std::string& sweep) {
  sub.add_option("SWEEP", sweep, "Id, the beginning of one, or name")->required()->type_name("");
}

void add_words(CLI::App& sub, SweepWords& words) {
  Grammar::add_project(sub, words.project);
  sub.add_option("-n,--name", words.name, "The sweep's name")->type_name("NAME");
  sub.add_option("-m,--metric", words.metric, "What to make best, as the program logs it")
      ->type_name("KEY");
  sub.add_option("-g,--goal", words.goal, "minimize (default) or maximize")
      ->type_name("GOAL")
      ->check(CLI::IsMember({"minimize", "maximize"}));
  sub.add_option("-b,--budget", words.budget,
                 "Ends it: 60 (trials), 2h, 0.5kwh, 200gco2e, 10money; several with commas")
      ->type_name("BUDGET");
  sub.add_option("--method", words.method, "auto (default), gp, tpe, random, sobol, grid, ...")
      ->type_name("METHOD");
  sub.add_option("--seed", words.seed, "The same seed proposes the same trials")->type_name("N");
}

void add_trials(CLI::App& sub, AgentWords& agent) {
  sub.add_option("-j,--jobs", agent.jobs, "Trials that run at once (1)")
      ->type_name("N")
      ->check(CLI::Range(size_t{1}, kJobsMax));
  sub.add_option("-c,--count", agent.count, "Leave after this many trials")
      ->type_name("N")
      ->check(CLI::Range(size_t{1}, std::numeric_limits<size_t>::max()));
  sub.add_flag("-v,--verbose", agent.verbose, "Show what the trials print, also with several jobs");
  sub.add_option("--grace", agent.grace_s,
                 "Seconds that a trial has to end when it is stopped (10)")
      ->type_name("S")
      ->check(CLI::Range(0.0, 86400.0));
  sub.add_option("--sample-period", agent.sample_period_s,
                 "Seconds between machine metrics; 0: none")
      ->type_name("S")
      ->check(CLI::Range(0.0, 86400.0));
}

constexpr const char* kSweepExamples =
    "FILE is YAML or JSON with the schema of W&B's sweeps and more (docs/sweep.md). Without a "
    "file,\n"
    "words that begin with '~' say what varies: ~loguniform(1e-5,1e-1), ~uniform(0,1), ~int(1,8),\n"
    "~choice(a,b); Hydra's lr=1,2,3 and lr=range(1,9) are read, too.\n\n"
    "Examples:\n"
    "  cairn sweep sweep.yaml                          make it; 'cairn agent ID' runs its trials\n"
    "  cairn sweep sweep.yaml --run --jobs 2           and run them here at once\n"
    "  cairn sweep -m val_acc -g maximize -b 60 -- python train.py --lr '~log(1e-5,1e-1)' \\\n"
    "      --depth '~int(1,8)' --opt '~choice(sgd,adam)'\n"
    "  cairn sweep show k3x9q2ab                       best so far, what matters, what it cost";

}  // namespace

void Grammar::add_sweeps() {
  CLI::App& sweep = *add<MakeSweep>(
      kSweep, "sweep", "Search for the best settings; also: ls, show, pause, ...", kSweepExamples,
      [](CLI::App& sub, MakeSweep& c) {
        sub.add_option("FILE", c.file, "A sweep file; '-': standard input")->type_name("");
        add_words(sub, c.words);
        sub.add_flag("--dry-stop", c.dry_stop, "Only tell which trials would be stopped early");
        sub.add_flag("--check", c.only_checks, "Read the file and say what it means; make nothing");
        sub.add_flag("--run", c.runs, "Run the trials, too (default after '--' on a terminal)");
        add_trials(sub, c.agent);
        add_json(sub, c.as_json);
      });
  add_sweep_care(sweep);
  add<RunAgent>(
      kSweep, "agent", "Run a sweep's trials, as long as there are any",
      "On any machine that reaches the store, any number of times. Each trial is recorded\n"
      "as by 'cairn run'; what was run before is not run again. Ctrl-C ends the current\n"
      "trials, which others then get; twice kills them.\n\n"
      "Exit code 0: the sweep, or the count, has come to its end; 5: it was paused because\n"
      "its trials fail.\n\n"
      "Examples:\n  cairn agent k3x9q2ab\n  cairn agent k3x9q2ab --jobs 4 --count 20",
      [](CLI::App& sub, RunAgent& c) {
        add_sweep(sub, c.sweep);
        add_trials(sub, c.agent);
        add_json(sub, c.as_json);
      });
  add<PlanSweep>(
      kSweep, "plan", "What a sweep would run, what is known already, what it would cost",
      "Looks each configuration up among earlier runs. Runs nothing, changes nothing.\n\n"
      "Examples:\n  cairn plan sweep.yaml\n  cairn plan k3x9q2ab --json",
      [](CLI::App& sub, PlanSweep& c) {
        sub.add_option("FILE", c.file, "A sweep file, or a sweep's id or name")->type_name("");
        add_words(sub, c.words);
        sub.add_option("--limit", c.limit, "Look up at most N configurations (200)")
            ->type_name("N")
            ->check(CLI::Range(1, 10'000));
        add_json(sub, c.as_json);
      });
}

void Grammar::add_sweep_care(CLI::App& sweep) {
  add<ListSweeps>(sweep, "ls", "List sweeps",
                  "Examples:\n  cairn sweep ls\n  cairn sweep ls -p digits",
                  [](CLI::App& sub, ListSweeps& c) {
                    add_project(sub, c.project);
                    add_json(sub, c.as_json);
                  });
  add<ShowSweep>(sweep, "show", "Best so far, the best trials, what matters, what it cost",
                 "Examples:\n  cairn sweep show k3x9q2ab\n  cairn sweep show k3x9q2ab --trials 50",
                 [](CLI::App& sub, ShowSweep& c) {
                   add_sweep(sub, c.sweep);
                   sub.add_option("-t,--trials", c.trials, "Show the best N trials (10)")
                       ->type_name("N")
                       ->check(CLI::Range(0, 100'000));
                   add_json(sub, c.as_json);
                 });
  const auto add_state = [&](const char* name, const char* state, const char* about) {
    add<SetSweepState>(sweep, name, about, "", [&](CLI::App& sub, SetSweepState& c) {
      c.state = state;
      add_sweep(sub, c.sweep);
      add_json(sub, c.as_json);
    });
  };
  add_state("pause", "paused", "Hand out no more trials; those that run go on");
  add_state("resume", "running", "Go on after a pause or a stop");
  add_state("stop", "stopped", "End it; trials that run are asked to end");
  add<EditSweep>(
      sweep, "edit", "Change ranges, budget or method while it lives",
      "What FILE says is merged into the sweep's own definition. Earlier trials stay what\n"
      "they were, and inform the new space where they fit.\n\n"
      "Examples:\n  cairn sweep edit k3x9q2ab --budget 120\n"
      "  cairn sweep edit k3x9q2ab wider.yaml",
      [](CLI::App& sub, EditSweep& c) {
        add_sweep(sub, c.sweep);
        sub.add_option("FILE", c.file, "A sweep file that holds what changes")->type_name("");
        add_words(sub, c.words);
        add_json(sub, c.as_json);
      });
  add<ExportSweep>(sweep, "export", "Write its trials, or all that happened, for other programs",
                   "Examples:\n  cairn sweep export k3x9q2ab > trials.csv\n"
                   "  cairn sweep export k3x9q2ab --transcript -o events.jsonl",
                   [](CLI::App& sub, ExportSweep& c) {
                     add_sweep(sub, c.sweep);
                     sub.add_option("--format", c.format, "csv (default) or jsonl")
                         ->type_name("FORMAT")
                         ->check(CLI::IsMember({"csv", "jsonl"}));
                     sub.add_flag("--transcript", c.transcript,
                                  "Every question, answer and decision in order, as JSON lines");
                     sub.add_option("-o,--output", c.output, "A file instead of standard output")
                         ->type_name("FILE");
                   });
  add<ReplaySweep>(sweep, "replay", "Propose all its trials once more and compare",
                   "Exit code 0: the same trials; 1: others.\n\n"
                   "Examples:\n  cairn sweep replay k3x9q2ab",
                   [](CLI::App& sub, ReplaySweep& c) {
                     add_sweep(sub, c.sweep);
                     add_json(sub, c.as_json);
                   });
  add<RemoveSweeps>(
      sweep, "rm", "Remove sweeps and their trials; the runs stay",
      "Examples:\n  cairn sweep rm k3x9q2ab --yes", [](CLI::App& sub, RemoveSweeps& c) {
        sub.add_option("SWEEP", c.sweeps, "Sweeps to remove")->required()->type_name("");
        sub.add_flag("-y,--yes", c.yes, "Do not ask");
      });
}

}  // namespace cairn::cli
