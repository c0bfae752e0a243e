// Grammar of the commands that care for the store, and of those for the shell.
#include "base/version.h"
#include "cli/grammar.h"

namespace cairn::cli {

void Grammar::add_care() {
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
                sub.add_flag("--rebuild", c.rebuild, "First drop and rebuild all that is derived");
                add_json(sub, c.as_json);
              });
  add<ServeDoor>(
      kHidden, "door", "Serve the HTTP API on an inherited socket", "",
      [](CLI::App& sub, ServeDoor& c) {
        sub.add_option("--fd", c.fd, "The socket")->required()->check(CLI::NonNegativeNumber);
        sub.add_option("--parent", c.parent, "End with this process (default: our parent)");
      });
}

void Grammar::add_shell() {
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

}  // namespace cairn::cli
