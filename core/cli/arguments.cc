// The grammar of the command line, by CLI11; the only file that includes it.
#include "cli/arguments.h"

#include <memory>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/version.h"
#include "query/nearest.h"
#include "query/time_text.h"
#include "trace/recall_settings.h"

namespace cairn::cli {
namespace {

constexpr const char* kLook = "Look at runs";
constexpr const char* kRecord = "Record";
constexpr const char* kCare = "Care for the store";
constexpr const char* kAccess = "Let others in";
constexpr const char* kShell = "Shell";
constexpr const char* kHidden = "";
constexpr size_t kHelpColumn = 28;

constexpr const char* kFooter =
    "RUN is a run's id, the beginning of one, its name, or PROJECT/ and any of these.\n\n"
    "Examples:\n"
    "  cairn run --project digits -- python train.py --lr 0.1   record any command\n"
    "  cairn ls                                                 what is there\n"
    "  cairn ls digits --filter 'summary.val_acc > 0.9' --sort -summary.val_acc\n"
    "  cairn show quiet-ridge-417                               everything about a run\n"
    "  cairn plot quiet-ridge-417 loss 'val/*'                  curves in the terminal\n\n"
    "'cairn COMMAND --help' has more examples.";

// "user add": the names from the outermost command to this one.
std::string path_of(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent->get_parent() ? path_of(*parent) + " " + app.get_name() : app.get_name();
}

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() {
    column_width(kHelpColumn);
    label("REQUIRED", "");
    label("SUBCOMMAND", "COMMAND");
    label("OPTIONS", "OPTIONS");
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0) return "";
    const std::string full = option->get_type_name();  // "N:INT in [1 - 10]" with its checks
    const std::string type = full.substr(0, full.find(':'));
    return (type.empty() ? "" : " " + type) +
           (option->get_positional() && option->get_expected_max() > 1 ? " ..." : "");
  }
  std::string make_usage(const CLI::App* app, std::string name) const override {
    if (app->get_parent() == nullptr) return "Usage: cairn COMMAND [OPTIONS]\n";
    std::string usage = "Usage: cairn " + path_of(*app);
    if (app->get_require_subcommand_min() > 0) return usage + " COMMAND [OPTIONS]\n";
    for (const CLI::Option* option : app->get_options()) {
      if (!option->get_positional()) continue;
      std::string argument = option->get_name(true);
      if (option->get_expected_max() > 1) argument += "...";
      usage += option->get_required() ? " " + argument : " [" + argument + "]";
    }
    static_cast<void>(name);
    const bool has_command = app->get_prefix_command();
    return usage + (has_command ? " [OPTIONS] -- CMD..." : " [OPTIONS]") + "\n";
  }
};

class Grammar {
 public:
  explicit Grammar(Arguments& out)
      : x_out(out), x_app("Cairn records training runs and shows them.") {
    x_app.name("cairn");
    x_app.formatter(std::make_shared<HelpFormatter>());
    x_app.footer(kFooter);
    x_app.require_subcommand(1);
    x_app.set_help_flag("-h,--help", "Show help and leave");
    x_app.set_version_flag("--version", "cairn " + std::string(version()),
                           "Show the version and leave");
    x_app.add_option("--dir", x_out.dir, "The store's folder (default: CAIRN_DIR, else .cairn)")
        ->type_name("FOLDER");
    x_app.add_option("--url", x_out.url, "Read from this server (default: CAIRN_URL)")
        ->type_name("URL");
    x_app.add_option("--color", x_color, "auto, always or never")
        ->type_name("WHEN")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    add_serving();
    add_looking();
    add_showing();
    add_recording();
    add_artifacts();
    add_care();
    add_access();
    add_shell();
  }

  CLI::App& app() { return x_app; }

  // `command` is what followed "--" of `cairn run`.
  void parse(const std::vector<std::string>& words, std::vector<std::string> command) {
    try {
      x_app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
      if (x_color == "always") x_out.color = ColorMode::kAlways;
      if (x_color == "never") x_out.color = ColorMode::kNever;
      if (x_out.command) take_argv_of(*x_out.command, std::move(command));
    } catch (const CLI::CallForVersion& version) {
      x_out.text = std::string(version.what()) + "\n";
    } catch (const CLI::CallForHelp&) {
      x_out.text = chosen().help();
    } catch (const CLI::ParseError& error) {
      x_out.command.reset();
      x_out.exit_code = kExitInvalid;
      x_out.text = explain(error, words);
    }
  }

  // "user", "user add": the options of that command and those of all.
  std::vector<std::string> options_of(std::string_view command) {
    const CLI::App* app = find(command);
    return app ? options_of(*app) : options_of(x_app);
  }
  // The commands below "", "user", ...
  std::vector<std::string> names(std::string_view command) {
    const CLI::App* app = find(command);
    return app ? names_of(*app) : std::vector<std::string>();
  }

 private:
  const CLI::App* find(std::string_view command) const {
    const CLI::App* app = &x_app;
    while (app && !command.empty()) {
      const size_t end = std::min(command.find(' '), command.size());
      const auto subs = app->get_subcommands(
          [&](const CLI::App* sub) { return sub->get_name() == command.substr(0, end); });
      app = subs.empty() ? nullptr : subs.front();
      command.remove_prefix(std::min(end + 1, command.size()));
    }
    return app;
  }
  std::vector<std::string> options_of(const CLI::App& app) const {
    std::vector<std::string> names;
    for (const CLI::App* each = &app; each; each = each->get_parent())
      for (const CLI::Option* option : each->get_options())
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    return names;
  }
  static std::vector<std::string> names_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* sub : app.get_subcommands(nullptr))
      if (!sub->get_group().empty()) names.push_back(sub->get_name());
    return names;
  }

  // A command: `bind` ties its options to the members of a T, which becomes the answer.
  template <typename T, typename Bind>
  CLI::App* add(const char* group, const char* name, const char* about, const char* examples,
                const Bind& bind) {
    CLI::App* sub = add<T>(x_app, name, about, examples, bind);
    sub->group(group);
    return sub;
  }
  // A command below another: "cairn user add".
  template <typename T, typename Bind>
  CLI::App* add(CLI::App& parent, const char* name, const char* about, const char* examples,
                const Bind& bind) {
    CLI::App* sub = parent.add_subcommand(name, about);
    sub->group("Commands");
    sub->fallthrough();
    sub->footer(examples);
    auto command = std::make_shared<T>();
    bind(*sub, *command);
    sub->callback([this, command] { x_out.command = std::move(*command); });
    return sub;
  }

  CLI::App& add_family(const char* group, const char* name, const char* about,
                       const char* examples) {
    CLI::App* family = x_app.add_subcommand(name, about);
    family->group(group);
    family->fallthrough();
    family->footer(examples);
    family->require_subcommand(1);
    return *family;
  }

  static void add_run(CLI::App& sub, std::string& run) {
    sub.add_option("RUN", run, "Id, the beginning of one, name, or PROJECT/RUN")
        ->required()
        ->type_name("");
  }
  static void add_json(CLI::App& sub, bool& as_json) {
    sub.add_flag("--json", as_json, "Print JSON for programs");
  }

  void add_serving() {
    const auto bind = [](CLI::App& sub, ServeStore& c) {
      sub.add_option("--host", c.host, "The address to listen on (127.0.0.1)")->type_name("HOST");
      sub.add_option("--port", c.port, "The port (8420); 0: any that is free")->type_name("PORT");
      sub.add_option("--tls-cert", c.tls_cert, "The certificate chain, PEM")->type_name("FILE");
      sub.add_option("--tls-key", c.tls_key, "Its key, PEM")->type_name("FILE");
      sub.add_option("--access-log", c.access_log,
                     "A line of JSON for each request; '-': standard error")
          ->type_name("FILE");
    };
    add<ServeStore>(kLook, "ui", "Open the page in a browser",
                    "Serves the store like 'cairn serve', unless that runs already.\n\n"
                    "Examples:\n  cairn ui\n  cairn ui --port 0",
                    [&](CLI::App& sub, ServeStore& c) {
                      c.opens_browser = true;
                      bind(sub, c);
                    });
    add<ServeStore>(
        kLook, "serve", "Serve the page and the API, and take what programs log",
        "Others than this machine are let in with keys only: see 'cairn key create'.\n\n"
        "Examples:\n  cairn serve\n  cairn serve --dir /data/cairn --port 9000\n"
        "  cairn serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem",
        bind);
  }

  void add_looking() {
    add<ListRuns>(
        kLook, "ls", "List runs, or projects when there are several",
        "Examples:\n"
        "  cairn ls\n"
        "  cairn ls digits --filter 'config.lr >= 0.01 and summary.val_acc > 0.9'\n"
        "  cairn ls digits --sort -summary.val_acc --columns name,config.lr,summary.val_acc\n"
        "  cairn ls digits --filter 'state = crashed and created > -7d'\n"
        "  cairn ls digits --all --csv > runs.csv",
        [](CLI::App& sub, ListRuns& c) {
          sub.add_option("PROJECT", c.project, "The project")->type_name("");
          sub.add_option("-f,--filter", c.filter, "Only runs for which this is true")
              ->type_name("EXPR");
          sub.add_option("-s,--sort", c.sort, "A column; '-' in front: largest first")
              ->type_name("COLUMN");
          sub.add_option("-c,--columns", c.columns, "Columns to show, separated by commas")
              ->type_name("COLUMNS")
              ->delimiter(',')
              ->allow_extra_args(false);
          sub.add_option("-n,--limit", c.limit, "Show at most N runs (20)")
              ->type_name("N")
              ->check(CLI::Range(1, 10'000));
          sub.add_flag("-a,--all", c.all, "Show every run, however many there are");
          sub.add_flag("--archived", c.archived, "Show archived runs, too");
          add_json(sub, c.as_json);
          sub.add_flag("--csv", c.as_csv, "Print comma-separated values");
        });
    add<ShowRun>(kLook, "show", "Show all that is known about a run",
                 "Examples:\n  cairn show quiet-ridge-417\n  cairn show 7k2m --json | jq .config",
                 [](CLI::App& sub, ShowRun& c) {
                   add_run(sub, c.run);
                   add_json(sub, c.as_json);
                 });
    add<ListKeys>(kLook, "keys", "List the series of a run",
                  "Examples:\n  cairn keys quiet-ridge-417", [](CLI::App& sub, ListKeys& c) {
                    add_run(sub, c.run);
                    add_json(sub, c.as_json);
                  });
    add<ShowLogs>(kLook, "logs", "Print what a run wrote to its console",
                  "Examples:\n  cairn logs quiet-ridge-417 --tail 20\n"
                  "  cairn logs quiet-ridge-417 --follow --timestamps",
                  [](CLI::App& sub, ShowLogs& c) {
                    add_run(sub, c.run);
                    sub.add_flag("-f,--follow", c.follow, "Go on until the run ends");
                    sub.add_option("-n,--tail", c.tail, "Only the last N lines")
                        ->type_name("N")
                        ->check(CLI::Range(0, 100'000));
                    sub.add_flag("-t,--timestamps", c.timestamps, "Put the time before each line");
                    add_json(sub, c.as_json);
                  });
  }

  void add_showing() {
    add<PlotSeries>(
        kLook, "plot", "Draw curves in the terminal",
        "KEY may be a pattern: 'val/*'. Curves show the lowest and highest value of each column,\n"
        "so no spike is lost.\n\n"
        "Examples:\n"
        "  cairn plot quiet-ridge-417 loss val/loss --log-y\n"
        "  cairn plot quiet-ridge-417 loss --with brave-fox-12 --with old-oak-3\n"
        "  cairn plot quiet-ridge-417 'gpu.*.util_percent' --x time",
        [](CLI::App& sub, PlotSeries& c) {
          add_run(sub, c.run);
          sub.add_option("KEY", c.keys, "Series to draw")->required()->type_name("");
          sub.add_option("-w,--with", c.with, "Draw another run too (may be repeated)")
              ->type_name("RUN")
              ->allow_extra_args(false)
              ->take_all();
          sub.add_option("--width", c.width, "Width in characters")
              ->type_name("N")
              ->check(CLI::Range(20, 1000));
          sub.add_option("--height", c.height, "Height in lines")
              ->type_name("N")
              ->check(CLI::Range(5, 500));
          sub.add_flag("--log-y", c.log_y, "Logarithmic values");
          sub.add_option_function<std::string>(
                 "--x", [&c](const std::string& axis) { c.by_time = axis == "time"; },
                 "step (default) or time")
              ->type_name("AXIS")
              ->check(CLI::IsMember({"step", "time"}));
        });
    add<CompareRuns>(kLook, "compare", "Show where runs differ, side by side",
                     "Examples:\n  cairn compare quiet-ridge-417 brave-fox-12\n"
                     "  cairn compare 7k2m 9x1q b0ss --all",
                     [](CLI::App& sub, CompareRuns& c) {
                       sub.add_option("RUN", c.runs, "Two runs or more; the first is the base")
                           ->required()
                           ->expected(2, 100)
                           ->type_name("");
                       sub.add_flag("-a,--all", c.all, "Show what is equal too");
                       add_json(sub, c.as_json);
                     });
    add<ExportRun>(kLook, "export", "Write a run's points as a table",
                   "One row per step, one column per series. Parquet: see the Python package.\n\n"
                   "Examples:\n  cairn export quiet-ridge-417 --format csv -o run.csv\n"
                   "  cairn export quiet-ridge-417 --format jsonl --key loss | head",
                   [](CLI::App& sub, ExportRun& c) {
                     add_run(sub, c.run);
                     sub.add_option("--format", c.format, "csv (default) or jsonl")
                         ->type_name("FORMAT")
                         ->check(CLI::IsMember({"csv", "jsonl"}));
                     sub.add_option("-o,--output", c.output, "A file instead of standard output")
                         ->type_name("FILE");
                     sub.add_option("-k,--key", c.keys, "Only this series (may be repeated)")
                         ->type_name("KEY")
                         ->allow_extra_args(false)
                         ->take_all();
                     sub.add_flag("--system", c.system,
                                  "The machine's series instead of the user's");
                   });
  }

  static void add_accept(CLI::App& sub, std::string& accept) {
    sub.add_option("--accept", accept, "What is reused: exact (default), equivalent or near-env")
        ->type_name("LEVEL");
  }

  // For commands behind which another one stands: options of all are not looked for there.
  void add_place(CLI::App& sub) {
    sub.add_option("--dir", x_out.dir, "The store's folder")->type_name("FOLDER");
    sub.add_option("--url", x_out.url, "The server it belongs to (default: CAIRN_URL)")
        ->type_name("URL");
  }

  void add_recall() {
    const auto add_check = [&](const char* name, bool explains, const char* what,
                               const char* more) {
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
    add_check(
        "check", false, "Was this command run before? Runs nothing",
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
                     throw CLI::ValidationError(
                         "--since", "expected an age such as 90d or 12h, found " + text);
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

  static void add_labels(CLI::App& sub, std::vector<std::string>& tags) {
    sub.add_option("-t,--tag", tags, "A tag (may be repeated)")
        ->type_name("TAG")
        ->allow_extra_args(false)
        ->take_all();
  }

  void add_recording() {
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
          sub.add_flag("--no-trace", c.no_trace, "Do not record what it reads");
          add_place(sub);
        });
    run->fallthrough(false);  // what follows belongs to the command, whatever it looks like
    run->prefix_command();
    add_recall();
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

  static void add_artifact(CLI::App& sub, std::string& artifact, std::string& project) {
    sub.add_option("ARTIFACT", artifact, "[PROJECT/]NAME, NAME:VERSION or NAME:ALIAS")
        ->required()
        ->type_name("");
    add_project(sub, project);
  }
  static CLI::Option* add_project(CLI::App& sub, std::string& project) {
    return sub.add_option("-p,--project", project, "The project (default: CAIRN_PROJECT)")
        ->type_name("PROJECT");
  }

  void add_artifacts() {
    CLI::App& artifact =
        add_family(kRecord, "artifact", "Keep, list and fetch named and versioned files",
                   "Examples:\n  cairn artifact put net model.pt --alias best\n"
                   "  cairn artifact ls net\n  cairn artifact get net:best -o model");
    add<ListArtifacts>(
        artifact, "ls", "List artifacts, the versions of one, or the files of one",
        "Examples:\n  cairn artifact ls\n  cairn artifact ls net\n"
        "  cairn artifact ls digits/net:v3",
        [](CLI::App& sub, ListArtifacts& c) {
          add_artifact(sub, c.artifact, c.project);
          sub.get_option("ARTIFACT")->required(false);
          sub.add_option("-t,--type", c.type, "Only artifacts of this type")->type_name("TYPE");
          add_json(sub, c.as_json);
        });
    add<GetArtifact>(artifact, "get", "Fetch the files of an artifact and verify them",
                     "A download that was cut off goes on where it was.\n\n"
                     "Examples:\n  cairn artifact get net\n  cairn artifact get net:v3 -o model",
                     [](CLI::App& sub, GetArtifact& c) {
                       add_artifact(sub, c.artifact, c.project);
                       sub.add_option("-o,--output", c.output,
                                      "The folder (default: artifacts/NAME-VERSION)")
                           ->type_name("FOLDER");
                       add_json(sub, c.as_json);
                     });
    add<PutArtifact>(
        artifact, "put", "Keep files, folders and references under a name",
        "PATH may be a file, a folder or a URI, which is noted and not copied. The same content\n"
        "is the same version.\n\n"
        "Examples:\n  cairn artifact put net model.pt --type model --alias best\n"
        "  cairn artifact put faces data/ --metadata '{\"rows\": 1000}'\n"
        "  cairn artifact put net model.pt --run quiet-ridge-417",
        [](CLI::App& sub, PutArtifact& c) {
          sub.add_option("NAME", c.name, "The artifact's name")->required()->type_name("");
          sub.add_option("PATH", c.paths, "Files, folders, URIs")->required()->type_name("");
          add_project(sub, c.project);
          CLI::Option* run = sub.add_option("-r,--run", c.run, "Add it to this run");
          run->type_name("RUN")->excludes("--project");
          sub.add_option("-t,--type", c.type, "What it is: model, dataset, ... (file)")
              ->type_name("TYPE");
          sub.add_option("-a,--alias", c.aliases, "Another name of this version (may be repeated)")
              ->type_name("ALIAS")
              ->allow_extra_args(false)
              ->take_all();
          sub.add_option("--description", c.description, "Free text")->type_name("TEXT");
          sub.add_option("--metadata", c.metadata, "A JSON object")->type_name("JSON");
          sub.add_flag("--follow-links", c.follow_links, "Keep what links lead to, wherever it is");
          add_json(sub, c.as_json);
        });
    add<AliasArtifact>(artifact, "alias", "Give a version other names, or take them away",
                       "An alias is held by one version; giving it moves it.\n\n"
                       "Examples:\n  cairn artifact alias net:v3 best\n"
                       "  cairn artifact alias net:v3 --remove draft",
                       [](CLI::App& sub, AliasArtifact& c) {
                         add_artifact(sub, c.artifact, c.project);
                         sub.add_option("ALIAS", c.add, "Aliases to give")->type_name("");
                         sub.add_option("--remove", c.remove, "An alias to take away")
                             ->type_name("ALIAS")
                             ->allow_extra_args(false)
                             ->take_all();
                         add_json(sub, c.as_json);
                       });
  }

  void add_care() {
    add<RemoveRuns>(kCare, "rm", "Remove runs for good",
                    "Files that other runs do not use go with the next 'cairn gc'.\n\n"
                    "Examples:\n  cairn rm 7k2m 9x1q\n  cairn rm digits/quiet-ridge-417 --yes",
                    [](CLI::App& sub, RemoveRuns& c) {
                      sub.add_option("RUN", c.runs, "Runs to remove")->required()->type_name("");
                      sub.add_flag("--force", c.force, "Also a run that is still alive");
                      sub.add_flag("-y,--yes", c.yes, "Do not ask");
                    });
    add<CollectGarbage>(
        kCare, "gc", "Remove files that no run refers to",
        "Examples:\n  cairn gc --dry-run\n  cairn gc --grace 1h",
        [](CLI::App& sub, CollectGarbage& c) {
          sub.add_flag("-n,--dry-run", c.dry_run, "Only say what would go");
          sub.add_option_function<std::string>(
                 "--grace",
                 [&c](const std::string& text) { c.grace_s = parse_seconds("--grace", text); },
                 "Keep files younger than this (24h)")
              ->type_name("DURATION");
          add_json(sub, c.as_json);
        });
    add<Doctor>(kCare, "doctor", "Verify every checksum of the store",
                "Exit code 1 when something is damaged.\n\n"
                "Examples:\n  cairn doctor\n  cairn doctor --rebuild   rebuild all that is derived",
                [](CLI::App& sub, Doctor& c) {
                  sub.add_flag("--rebuild", c.rebuild,
                               "First drop and rebuild all that is derived");
                  add_json(sub, c.as_json);
                });
    add<ServeDoor>(
        kHidden, "door", "Serve the HTTP API on an inherited socket", "",
        [](CLI::App& sub, ServeDoor& c) {
          sub.add_option("--fd", c.fd, "The socket")->required()->check(CLI::NonNegativeNumber);
          sub.add_option("--parent", c.parent, "End with this process (default: our parent)");
        });
  }

  static void add_grant(CLI::App& sub, GrantWords& grant) {
    sub.add_option("-s,--scope", grant.scopes,
                   "read, upload, write (both) or admin; several with commas (write)")
        ->type_name("SCOPES")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->take_all()
        ->check(CLI::IsMember({"read", "upload", "write", "admin"}));
    sub.add_option("-p,--project", grant.projects, "Only this project (may be repeated)")
        ->type_name("PROJECT")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->take_all();
  }
  static void add_name(CLI::App& sub, std::string& name) {
    sub.add_option("NAME", name, "The user")->required()->type_name("");
  }
  static void add_password_stdin(CLI::App& sub, bool& password_stdin) {
    sub.add_flag("--password-stdin", password_stdin, "Read the password from standard input");
  }

  void add_access() {
    CLI::App& user = add_family(kAccess, "user", "Add, list and remove people who log in",
                                "Examples:\n  cairn user add ada --admin\n  cairn user ls");
    add<AddUser>(user, "add", "Add a user, who logs in with a password",
                 "The password is asked for on the terminal.\n\n"
                 "Examples:\n  cairn user add ada --admin\n"
                 "  cairn user add guest --scope read --project digits\n"
                 "  pass show cairn | cairn user add ada --password-stdin",
                 [](CLI::App& sub, AddUser& c) {
                   add_name(sub, c.name);
                   sub.add_flag_callback(
                       "--admin", [&c] { c.grant.scopes = {"admin"}; },
                       "May do everything: --scope admin");
                   add_grant(sub, c.grant);
                   add_password_stdin(sub, c.password_stdin);
                 });
    add<ListUsers>(user, "ls", "List users", "Examples:\n  cairn user ls",
                   [](CLI::App& sub, ListUsers& c) { add_json(sub, c.as_json); });
    add<RemoveUser>(user, "rm", "Remove a user, with his keys and log-ins",
                    "Examples:\n  cairn user rm guest",
                    [](CLI::App& sub, RemoveUser& c) { add_name(sub, c.name); });
    add<SetPassword>(user, "passwd", "Change a password; the user has to log in again",
                     "Examples:\n  cairn user passwd ada", [](CLI::App& sub, SetPassword& c) {
                       add_name(sub, c.name);
                       add_password_stdin(sub, c.password_stdin);
                     });

    CLI::App& key = add_family(kAccess, "key", "Make, list and revoke API keys for programs",
                               "Examples:\n  cairn key create --name cluster --scope upload\n"
                               "  cairn key ls");
    add<CreateApiKey>(
        key, "create", "Make an API key, which is shown once",
        "Programs show it as CAIRN_API_KEY.\n\n"
        "Examples:\n  cairn key create --name laptop\n"
        "  cairn key create --name cluster --scope upload --project digits --expires 90d\n"
        "  cairn key create --user ada --scope read --json | jq -r .text",
        [](CLI::App& sub, CreateApiKey& c) {
          sub.add_option("-n,--name", c.name, "What it is for, in your words")->type_name("NAME");
          sub.add_option("-u,--user", c.user,
                         "Whose it is: it does no more than he may, and goes with him")
              ->type_name("USER");
          add_grant(sub, c.grant);
          sub.add_option_function<std::string>(
                 "-e,--expires",
                 [&c](const std::string& text) { c.expires_s = parse_seconds("--expires", text); },
                 "Good for so long (default: until revoked)")
              ->type_name("DURATION");
          add_json(sub, c.as_json);
        });
    add<ListApiKeys>(key, "ls", "List API keys, never their secrets", "Examples:\n  cairn key ls",
                     [](CLI::App& sub, ListApiKeys& c) { add_json(sub, c.as_json); });
    add<RevokeApiKeys>(key, "revoke", "End API keys at once, on living servers too",
                       "Examples:\n  cairn key revoke 7k2m9x1qb0ss",
                       [](CLI::App& sub, RevokeApiKeys& c) {
                         sub.add_option("ID", c.ids, "Keys to revoke, as 'cairn key ls' shows them")
                             ->required()
                             ->type_name("");
                       });
  }

  void add_shell() {
    add<PrintCompletion>(
        kShell, "completion", "Print a script that completes commands and runs",
        "Examples:\n  cairn completion bash > ~/.local/share/bash-completion/completions/cairn\n"
        "  cairn completion zsh > \"${fpath[1]}/_cairn\"\n"
        "  cairn completion fish > ~/.config/fish/completions/cairn.fish",
        [](CLI::App& sub, PrintCompletion& c) {
          sub.add_option("SHELL", c.shell, "bash, zsh or fish")
              ->required()
              ->type_name("")
              ->check(CLI::IsMember({"bash", "zsh", "fish"}));
        });
    x_app.add_subcommand("version", "Show the version")->group(kShell)->callback([this] {
      x_out.text = "cairn " + std::string(version()) + "\n";
    });
  }

  static double parse_seconds(const std::string& option, const std::string& text) {
    const auto duration = query::parse_duration(text);
    if (!duration)
      throw CLI::ValidationError(option + ": expected a duration such as 30m, 24h or 90d, found '" +
                                 text + "'");
    return static_cast<double>(duration->ns) / 1e9;
  }

  // Without "--" the command begins with the first word that is no option of ours.
  void take_argv(std::string_view name, std::vector<std::string>& argv,
                 std::vector<std::string> command) {
    argv = x_app.get_subcommand(std::string(name))->remaining();
    if (!argv.empty() && !command.empty()) argv.emplace_back("--");
    argv.insert(argv.end(), command.begin(), command.end());
    if (argv.empty()) throw CLI::RequiredError("CMD");
    if (argv.front().starts_with('-')) throw CLI::ExtrasError({argv.front()});
  }

  void take_argv_of(Command& of, std::vector<std::string> command) {
    if (auto* record = std::get_if<RecordCommand>(&of)) {
      take_argv("run", record->argv, std::move(command));
    } else if (auto* check = std::get_if<CheckCommand>(&of)) {
      take_argv(check->explains ? "why" : "check", check->argv, std::move(command));
    }
  }

  // The innermost command that was named.
  const CLI::App& chosen() const {
    const CLI::App* app = &x_app;
    for (auto subs = app->get_subcommands(); !subs.empty(); subs = app->get_subcommands())
      app = subs.front();
    return *app;
  }

  // What was wrong, what was perhaps meant, and where to read more.
  std::string explain(const CLI::ParseError& error, const std::vector<std::string>& words) {
    const CLI::App& app = chosen();
    const bool expects_command = app.get_require_subcommand_min() > 0;
    const std::vector<std::string> known = expects_command ? names_of(app) : options_of(app);
    const std::string help =
        app.get_parent() ? "cairn " + path_of(app) + " --help" : "cairn --help";
    if (words.empty()) return "expected a command; 'cairn --help' lists them";
    if (dynamic_cast<const CLI::ExtrasError*>(&error) ||
        dynamic_cast<const CLI::RequiredError*>(&error)) {
      for (const std::string& word : x_app.remaining(true)) {
        const std::string option = word.substr(0, word.find('='));
        const auto near = query::nearest_name(option, {known.begin(), known.end()});
        const std::string what = expects_command && !word.starts_with('-') ? "command" : "argument";
        return fmt::format("unknown {} '{}'{}; see '{}'", what, word,
                           near ? fmt::format(", did you mean '{}'?", *near) : "", help);
      }
    }
    return fmt::format("{}; see '{}'", error.what(), help);
  }

  Arguments& x_out;
  CLI::App x_app;
  std::string x_color;
};

// "cairn run ... -- CMD ...": everything after the first "--" is the command's own.
std::vector<std::string> split_command(std::vector<std::string>& words) {
  const auto mark = std::find(words.begin(), words.end(), "--");
  const bool is_run = std::any_of(words.begin(), mark, [](const std::string& word) {
    return word == "run" || word == "check" || word == "why";
  });
  if (!is_run || mark == words.end()) return {};
  std::vector<std::string> command(mark + 1, words.end());
  words.erase(mark, words.end());
  return command;
}

}  // namespace

Arguments parse_arguments(int argc, char** argv) {
  Arguments out;
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (!words.empty() && words[0] == "__complete") {  // its words are anything, also half an option
    out.command = Complete{{words.begin() + 1, words.end()}};
    return out;
  }
  std::vector<std::string> command = split_command(words);
  Grammar(out).parse(words, std::move(command));
  return out;
}

std::vector<std::string> command_names(std::string_view above) {
  Arguments ignored;
  return Grammar(ignored).names(above);
}

std::vector<std::string> option_names(std::string_view command) {
  Arguments ignored;
  return Grammar(ignored).options_of(command);
}

}  // namespace cairn::cli
