// Grammar: the commands and their options, by CLI11; what argv is read by and help is written from.
//
// Only grammar*.cc and the *_grammar.cc, one for each family of commands, include this.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/arguments.h"

namespace cairn::cli {

// Groups of commands in `cairn --help`.
constexpr const char* kLook = "Look at runs";
constexpr const char* kRecord = "Record";
constexpr const char* kSweep = "Search";
constexpr const char* kTeach = "What runs teach";
constexpr const char* kCost = "Energy, money, carbon";
constexpr const char* kCare = "Care for the store";
constexpr const char* kAccess = "Let others in";
constexpr const char* kShell = "Shell";
constexpr const char* kHidden = "";

// Made for one command line, whose values it writes into `out`.
class Grammar {
 public:
  explicit Grammar(Arguments& out);

  // `command` is what followed "--".
  void parse(const std::vector<std::string>& words, std::vector<std::string> command);

  // "user", "user add": the options of that command and those of all.
  std::vector<std::string> options_of(std::string_view command) const;
  // The commands below "", "user", ...
  std::vector<std::string> names(std::string_view command) const;

  // Options that several families share.
  static void add_run(CLI::App& sub, std::string& run);
  static void add_json(CLI::App& sub, bool& as_json);
  // One that is passed on to the API as it is.
  static CLI::Option* add_param(CLI::App& sub, server::Pairs& params, const char* option,
                                const char* param, const char* type, const char* about);
  static CLI::Option* add_project(CLI::App& sub, std::string& project);
  static double parse_seconds(const std::string& option, const std::string& text);

 private:
  // The families, each in the file of its name.
  void add_serving();
  void add_looking();
  void add_showing();
  void add_recording();
  void add_care_of_runs();
  void add_recall();
  void add_artifacts();
  void add_sweeps();
  void add_sweep_care(CLI::App& sweep);
  void add_report();
  void add_replay();
  void add_waste();
  void add_report_card();
  void add_footprint();
  void add_energy();
  void add_data();
  void add_meter();
  void add_care();
  void add_access();
  void add_shell();

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
    sub->callback([this, sub, command] {
      if (sub->get_subcommands().empty()) x_out.command = std::move(*command);
    });
    return sub;
  }
  CLI::App& add_family(const char* group, const char* name, const char* about,
                       const char* examples);

  // For commands behind which another one stands: options of all are not looked for there.
  void add_place(CLI::App& sub);

  void take_argv(std::string_view name, std::vector<std::string>& argv,
                 std::vector<std::string> command, bool is_required = true);
  static void take_sweep(const std::string& file, std::vector<std::string>& argv,
                         std::vector<std::string> command);
  void take_argv_of(Command& of, std::vector<std::string> command);
  void check_place(const CLI::App& app) const;
  const CLI::App* find(std::string_view command) const;
  const CLI::App& chosen() const;
  std::string explain(const CLI::ParseError& error, const std::vector<std::string>& words);

  Arguments& x_out;
  CLI::App x_app;
  std::string x_color;
};

}  // namespace cairn::cli
