// Grammar of the commands that record runs, recall them and change what was recorded.
#include "cli/grammar.h"
#include "trace/recall_settings.h"

namespace cairn::cli {
namespace {

void add_accept(CLI::App& sub, std::string& accept) {
  sub.add_option("--accept", accept, "What is reused: exact (default), equivalent or near-env")
      ->type_name("LEVEL");
}

void add_labels(CLI::App& sub, std::vector<std::string>& tags) {
  sub.add_option("-t,--tag", tags, "A tag (may be repeated)")
      ->type_name("TAG")
      ->allow_extra_args(false)
      ->take_all();
}

}  // namespace

void Grammar::add_place(CLI::App& sub) {
  sub.add_option("--dir", x_out.dir, "The store's folder")->type_name("FOLDER");
  sub.add_option("--url", x_out.url, "The server it belongs to (default: CAIRN_URL)")
      ->type_name("URL");
}

void Grammar::add_recall() {
  const auto add_check = [&](const char* name, bool explains, const char* what, const char* more) {
    CLI::App* check =
        add<CheckCommand>(kRecord, name, what, more, [&](CLI::App& sub, CheckCommand& c) {
          c.explains = explains;
          add_accept(sub, c.accept);
          add_json(sub, c.as_json);
          add_place(sub);
        });
    check->fallthrough(false);
    check->prefix_command();
  };
  add_check("check", false, "Was this command run before? Runs nothing",
            "Compares what earlier runs of the program read with what is there now.\n\n"
            "Exit code 0: an exact or equivalent run is there; 10: one covers it or can be\n"
            "resumed; 11: a near one; 12: the same runs now; 13: it must be run; 14: there is one\n"
            "that cannot be trusted; 3: it could not be asked.\n\n"
            "Examples:\n  cairn check -- python train.py --lr 0.1 || sbatch job.sh\n"
            "  cairn check --json -- ./train.sh");
  add_check("why", true, "What keeps a command from being recalled",
            "Shows the nearest runs and everything in which they differ.\n\n"
            "Examples:\n  cairn why -- python train.py --lr 0.1");
  add<DisownRuns>(kRecord, "disown", "Never reuse these runs", "Examples:\n  cairn disown 7k2m",
                  [](CLI::App& sub, DisownRuns& c) {
                    sub.add_option("RUN", c.runs, "Runs")->required()->type_name("RUN");
                  });
  add<VerifyRun>(kRecord, "verify", "Run it again and compare what it brings",
                 "Exit code 0: the same, or within the noise between seeds; 1: other results; 5: "
                 "it failed.\n\n"
                 "Examples:\n  cairn verify 7k2m",
                 [](CLI::App& sub, VerifyRun& c) {
                   add_run(sub, c.run);
                   sub.add_option("--sample-period", c.sample_period_s,
                                  "Seconds between machine metrics; 0: none")
                       ->type_name("S")
                       ->check(CLI::Range(0.0, 86400.0));
                   add_json(sub, c.as_json);
                 });
  add<ShowStats>(
      kLook, "stats", "What reuse has saved, and why other runs were made",
      "Examples:\n  cairn stats\n  cairn stats digits --since 90d --json",
      [](CLI::App& sub, ShowStats& c) {
        sub.add_option("PROJECT", c.project, "The project (default: all)")->type_name("");
        sub.add_option_function<std::string>(
               "--since",
               [&c](const std::string& text) {
                 const auto age_ns = trace::parse_age(text);
                 if (!age_ns)
                   throw CLI::ValidationError("--since",
                                              "expected an age such as 90d or 12h, found " + text);
                 c.since_s = static_cast<double>(*age_ns) / 1e9;
               },
               "Only runs of this time: 90d, 12h")
            ->type_name("AGE");
        add_json(sub, c.as_json);
      });
  add<AskRecall>(kHidden, "recall", "Answers a program (docs/formats/recall_door.md)", "",
                 [](CLI::App& sub, AskRecall& c) {
                   sub.add_option("ACTION", c.action, "look, restore, keep or trace")
                       ->required()
                       ->type_name("");
                 });
}

void Grammar::add_recording() {
  CLI::App* run = add<RecordCommand>(
      kRecord, "run", "Run a command in any language and record it",
      "Records console, exit code, machine metrics, git state and environment without touching\n"
      "the command. Its exit code becomes ours. cairn.init() inside it joins the same run.\n\n"
      "Examples:\n"
      "  cairn run -- python train.py --lr 0.1\n"
      "  cairn run --project digits --name baseline --tag cpu -- ./train.sh --epochs 3",
      [&](CLI::App& sub, RecordCommand& c) {
        sub.add_option("-p,--project", c.project,
                       "The project (default: CAIRN_PROJECT, else default)")
            ->type_name("PROJECT");
        sub.add_option("-n,--name", c.name, "The run's name")->type_name("NAME");
        add_labels(sub, c.tags);
        sub.add_option("--notes", c.notes, "Free text")->type_name("TEXT");
        sub.add_option("-g,--group", c.group, "Runs that belong together")->type_name("GROUP");
        sub.add_option("--sample-period", c.sample_period_s,
                       "Seconds between machine metrics; 0: none")
            ->type_name("S")
            ->check(CLI::Range(0.0, 86400.0));
        sub.add_option("--reuse", c.reuse,
                       "A run of before instead of this one: auto, ask, check or never (default: "
                       "CAIRN_REUSE, cairn.toml, else ask on a terminal)")
            ->type_name("WHEN");
        add_accept(sub, c.accept);
        sub.add_option("--inflight", c.inflight,
                       "Where the same runs already: wait (default of --reuse auto), attach (and "
                       "show what it prints), run, or fail")
            ->type_name("HOW");
        sub.add_option("-m,--metric", c.metrics,
                       "A result that it prints, as 'KEY: NUMBER', and does not log (may be "
                       "repeated)")
            ->type_name("KEY")
            ->allow_extra_args(false)
            ->take_all();
        sub.add_flag("--no-trace", c.no_trace, "Do not record what it reads");
        sub.add_option("--id", c.id)->group(kHidden);
        sub.add_option("--parent", c.parent)->group(kHidden);
        add_place(sub);
      });
  run->fallthrough(false);  // what follows belongs to the command, whatever it looks like
  run->prefix_command();
}

void Grammar::add_care_of_runs() {
  add<DeliverOutbox>(
      kRecord, "sync", "Deliver what runs here have not brought to their server yet",
      "With CAIRN_URL a run is recorded here and sent from here. What a program could not send\n"
      "before it ended waits until this command, or the next run, delivers it. CAIRN_API_KEY "
      "holds\n"
      "the key.\n\n"
      "Exit code 5 when a server does not answer, 2 when it lets nobody in, 4 when something is\n"
      "left.\n\n"
      "Examples:\n  cairn sync\n  cairn sync --url http://cairn.lan:8420 --json",
      [](CLI::App& sub, DeliverOutbox& c) {
        sub.add_option("--url", c.url, "Only to this server")->type_name("URL");
        add_json(sub, c.as_json);
      });
  add<EditRun>(
      kRecord, "edit", "Change a run's name, tags, notes or group, or put it away",
      "Examples:\n  cairn edit 7k2m --name baseline --tag best --untag draft\n"
      "  cairn edit 7k2m --notes 'with the new data'\n"
      "  cairn edit 7k2m --archive",
      [&](CLI::App& sub, EditRun& c) {
        add_run(sub, c.run);
        sub.add_option("--name", c.name, "A new name")->type_name("NAME");
        add_labels(sub, c.tag);
        sub.add_option("--untag", c.untag, "Remove a tag (may be repeated)")
            ->type_name("TAG")
            ->allow_extra_args(false)
            ->take_all();
        sub.add_option("--notes", c.notes, "New notes")->type_name("TEXT");
        sub.add_option("--group", c.group, "A new group")->type_name("GROUP");
        sub.add_flag("--archive", c.archive, "Keep it, but leave it out of lists");
        sub.add_flag("--unarchive", c.unarchive, "Show it in lists again")->excludes("--archive");
        add_json(sub, c.as_json);
      });
}

}  // namespace cairn::cli
