// Grammar of the commands that look at runs, and of those that open the page.
#include "cli/grammar.h"

namespace cairn::cli {

void Grammar::add_serving() {
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
  add<ServeStore>(kLook, "serve", "Serve the page and the API, and take what programs log",
                  "Others than this machine are let in with keys only: see 'cairn key create'.\n\n"
                  "Examples:\n  cairn serve\n  cairn serve --dir /data/cairn --port 9000\n"
                  "  cairn serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem",
                  bind);
}

void Grammar::add_looking() {
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

void Grammar::add_showing() {
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
                   sub.add_flag("--system", c.system, "The machine's series instead of the user's");
                 });
}

}  // namespace cairn::cli
