// What all commands of the command line share: parsing, help, and errors that say what was meant.
#include "cli/grammar.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "base/version.h"
#include "query/time_text.h"

namespace cairn::cli {
namespace {

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

std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands(nullptr))
    if (!sub->get_group().empty()) names.push_back(sub->get_name());
  return names;
}

// Those of the command and of all above it.
std::vector<std::string> options_for(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* each = &app; each; each = each->get_parent())
    for (const CLI::Option* option : each->get_options())
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

}  // namespace

Grammar::Grammar(Arguments& out)
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
  add_recall();
  add_care_of_runs();
  add_artifacts();
  add_sweeps();
  add_report();
  add_replay();
  add_waste();
  add_report_card();
  add_footprint();
  add_meter();
  add_care();
  add_access();
  add_shell();
}

void Grammar::parse(const std::vector<std::string>& words, std::vector<std::string> command) {
  try {
    x_app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    check_place(chosen());
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

std::vector<std::string> Grammar::options_of(std::string_view command) const {
  const CLI::App* app = find(command);
  return options_for(app ? *app : x_app);
}

std::vector<std::string> Grammar::names(std::string_view command) const {
  const CLI::App* app = find(command);
  return app ? names_of(*app) : std::vector<std::string>();
}

const CLI::App* Grammar::find(std::string_view command) const {
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

CLI::App& Grammar::add_family(const char* group, const char* name, const char* about,
                              const char* examples) {
  CLI::App* family = x_app.add_subcommand(name, about);
  family->group(group);
  family->fallthrough();
  family->footer(examples);
  family->require_subcommand(1);
  return *family;
}

void Grammar::add_run(CLI::App& sub, std::string& run) {
  sub.add_option("RUN", run, "Id, the beginning of one, name, or PROJECT/RUN")
      ->required()
      ->type_name("");
}

CLI::Option* Grammar::add_param(CLI::App& sub, server::Pairs& params, const char* option,
                                const char* param, const char* type, const char* about) {
  return sub
      .add_option_function<std::string>(
          option, [&params, param](const std::string& text) { params.emplace_back(param, text); },
          about)
      ->type_name(type);
}

void Grammar::add_json(CLI::App& sub, bool& as_json) {
  sub.add_flag("--json", as_json, "Print JSON for programs");
}

CLI::Option* Grammar::add_project(CLI::App& sub, std::string& project) {
  return sub.add_option("-p,--project", project, "The project (default: CAIRN_PROJECT)")
      ->type_name("PROJECT");
}

double Grammar::parse_seconds(const std::string& option, const std::string& text) {
  const auto duration = query::parse_duration(text);
  if (!duration)
    throw CLI::ValidationError(option + ": expected a duration such as 30m, 24h or 90d, found '" +
                               text + "'");
  return static_cast<double>(duration->ns) / 1e9;
}

// A command such as `sweep`, which does something by itself, has options that those below it have
// not: falling through, they would be taken and mean nothing.
void Grammar::check_place(const CLI::App& app) const {
  const CLI::App* above = app.get_parent();
  if (!above || !above->get_parent()) return;
  for (const CLI::Option* option : above->get_options())
    if (option->count() > 0) throw CLI::ExtrasError({option->results().front()});
}

// Without "--" the command begins with the first word that is no option of ours.
void Grammar::take_argv(std::string_view name, std::vector<std::string>& argv,
                        std::vector<std::string> command, bool is_required) {
  argv = x_app.get_subcommand(std::string(name))->remaining();
  if (!argv.empty() && !command.empty()) argv.emplace_back("--");
  argv.insert(argv.end(), command.begin(), command.end());
  if (argv.empty() && !is_required) return;
  if (argv.empty()) throw CLI::RequiredError("CMD");
  if (argv.front().starts_with('-')) throw CLI::ExtrasError({argv.front()});
}

// A sweep is told by a file or by a command.
void Grammar::take_sweep(const std::string& file, std::vector<std::string>& argv,
                         std::vector<std::string> command) {
  if (file.empty() && command.empty()) throw CLI::RequiredError("FILE, or a command after '--',");
  if (!file.empty() && !command.empty())
    throw CLI::ValidationError("expected a file or a command after '--', found both");
  argv = std::move(command);
}

void Grammar::take_argv_of(Command& of, std::vector<std::string> command) {
  if (auto* record = std::get_if<RecordCommand>(&of)) {
    take_argv("run", record->argv, std::move(command));
  } else if (auto* check = std::get_if<CheckCommand>(&of)) {
    take_argv(check->explains ? "why" : "check", check->argv, std::move(command));
  } else if (auto* meter = std::get_if<MeterServer>(&of)) {
    take_argv("meter", meter->argv, std::move(command), /*is_required=*/false);
  } else if (auto* sweep = std::get_if<MakeSweep>(&of)) {
    take_sweep(sweep->file, sweep->argv, std::move(command));
  } else if (auto* plan = std::get_if<PlanSweep>(&of)) {
    take_sweep(plan->file, plan->argv, std::move(command));
  } else if (!command.empty()) {
    throw CLI::ExtrasError({"--"});
  }
}

// The innermost command that was named.
const CLI::App& Grammar::chosen() const {
  const CLI::App* app = &x_app;
  for (auto subs = app->get_subcommands(); !subs.empty(); subs = app->get_subcommands())
    app = subs.front();
  return *app;
}

// What was wrong, what was perhaps meant, and where to read more.
std::string Grammar::explain(const CLI::ParseError& error, const std::vector<std::string>& words) {
  const CLI::App& app = chosen();
  const bool expects_command = app.get_require_subcommand_min() > 0;
  const std::vector<std::string> known = expects_command ? names_of(app) : options_for(app);
  const std::string help = app.get_parent() ? "cairn " + path_of(app) + " --help" : "cairn --help";
  if (words.empty()) return "expected a command; 'cairn --help' lists them";
  if (dynamic_cast<const CLI::ExtrasError*>(&error) ||
      dynamic_cast<const CLI::RequiredError*>(&error)) {
    for (const std::string& word : x_app.remaining(true)) {
      const std::string option = word.substr(0, word.find('='));
      const auto near = nearest_name(option, {known.begin(), known.end()});
      const std::string what = expects_command && !word.starts_with('-') ? "command" : "argument";
      return fmt::format("unknown {} '{}'{}; see '{}'", what, word,
                         near ? fmt::format(", did you mean '{}'?", *near) : "", help);
    }
  }
  return fmt::format("{}; see '{}'", error.what(), help);
}

}  // namespace cairn::cli
