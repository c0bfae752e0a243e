// What a command line starts, in which project, under which rules.
#include "cli/planned_command.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>

#include "base/clock.h"
#include "base/disk.h"
#include "base/hash.h"
#include "cli/door_client.h"
#include "trace/code_form.h"

namespace cairn::cli {
namespace {

using model::Value;

constexpr std::string_view kSettingsName = "/cairn.toml";
constexpr std::array<std::string_view, 7> kInterpreters = {"bash", "dash", "node", "perl",
                                                           "ruby", "sh",   "zsh"};
constexpr std::array<std::string_view, 3> kPythonOptionsWithValue = {"-W", "-X", "--check-hash"};

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool exists(const std::string& path) {
  struct stat state {};
  return ::stat(path.c_str(), &state) == 0;
}

std::string absolute(const std::string& path, const std::string& folder) {
  return trace::tidy_path(path.starts_with('/') ? path : folder + "/" + path);
}

std::string code_digest_of(const std::string& path) {
  const auto bytes = read_file(posix_disk(), path, trace::kCodeBytesMax);
  return bytes ? trace::code_digest(trace::kind_of(path), *bytes) : std::string();
}

// How many words of `argv`, from its first, say what is started rather than with which settings.
struct Start {
  recall::Program program;
  size_t words = 1;
};

void enter_file(Start& start, const std::string& word, const trace::Workspace& workspace,
                const std::string& folder) {
  const std::string path = absolute(word, folder);
  start.program.entry = workspace.name_of(path);
  start.program.digest = code_digest_of(path);
}

Start find_python_start(const std::vector<std::string>& argv, const trace::Workspace& workspace,
                        const std::string& folder) {
  Start start{{"python", "", ""}, 1};
  for (size_t i = 1; i < argv.size(); ++i) {
    const std::string& word = argv[i];
    const bool is_last = i + 1 >= argv.size();
    if ((word == "-m" || word == "-c") && !is_last) {
      start.words = i + 2;
      if (word == "-m") {
        start.program.entry = "-m " + argv[i + 1];
      } else {
        start.program.entry = "-c";
        start.program.digest = trace::code_digest(trace::CodeKind::kPython, argv[i + 1]);
      }
      return start;
    }
    const bool has_value = std::find(kPythonOptionsWithValue.begin(), kPythonOptionsWithValue.end(),
                                     word) != kPythonOptionsWithValue.end();
    if (has_value) {
      ++i;
    } else if (!word.starts_with('-')) {
      enter_file(start, word, workspace, folder);
      start.words = i + 1;
      return start;
    }
  }
  start.words = argv.size();
  return start;
}

Start find_start(const std::vector<std::string>& argv, const trace::Workspace& workspace,
                 const std::string& folder) {
  const std::string name = base_name(argv.front());
  if (name.starts_with("python") || name.starts_with("pypy"))
    return find_python_start(argv, workspace, folder);
  const bool is_interpreter =
      std::find(kInterpreters.begin(), kInterpreters.end(), name) != kInterpreters.end();
  Start start{{is_interpreter ? name : "", name, ""}, 1};
  if (is_interpreter && argv.size() > 1 && !argv[1].starts_with('-') &&
      exists(absolute(argv[1], folder))) {
    enter_file(start, argv[1], workspace, folder);
    start.words = 2;
  } else if (argv.front().find('/') != std::string::npos) {
    enter_file(start, argv.front(), workspace, folder);
  }
  return start;
}

Result<trace::RecallSettings> read_settings(const std::string& path) {
  if (!exists(path)) return trace::RecallSettings();
  TRY(const std::string text, read_file(posix_disk(), path, kSettingsBytesMax));
  auto settings = trace::parse_recall_settings(text);
  if (!settings) return tl::unexpected(std::move(settings.error()).in(path));
  return settings;
}

Result<trace::RecallSettings> settings_of(const ReuseWords& words, std::string_view where) {
  trace::RecallSettings settings;
  if (!words.reuse.empty()) {
    settings.reuse = trace::parse_reuse(words.reuse);
    if (!settings.reuse)
      return fail(Code::kInvalid, "expected {} auto, ask, check or never, found '{}'", where,
                  words.reuse);
  }
  if (!words.accept.empty()) {
    settings.accept = trace::parse_accept(words.accept);
    if (!settings.accept)
      return fail(Code::kInvalid, "expected --accept exact, equivalent or near-env, found '{}'",
                  words.accept);
  }
  return settings;
}

std::string user_settings_path(const trace::Environment& environment) {
  const auto config = trace::find_variable(environment, "XDG_CONFIG_HOME");
  const auto home = trace::find_variable(environment, "HOME");
  return (config.empty() ? std::string(home) + "/.config" : std::string(config)) +
         "/cairn/cairn.toml";
}

std::vector<std::string> settings_paths_in(const std::string& root,
                                           const trace::Environment& environment) {
  return {root + std::string(kSettingsName), user_settings_path(environment)};
}

std::vector<std::string> texts_at(const Value& request, std::string_view member) {
  std::vector<std::string> texts;
  for (const Value& text : list_at(request, member)) texts.emplace_back(text.string_or(""));
  return texts;
}

Result<trace::RecallSettings> settings_in(const Value& request) {
  TRY(auto settings, settings_of({text_at(request, "reuse"), text_at(request, "accept")}, "reuse"));
  constexpr std::pair<const char*, trace::KeyClass> kClasses[] = {
      {"ignore", trace::KeyClass::kExecution},
      {"replicate", trace::KeyClass::kReplicate},
      {"semantic", trace::KeyClass::kSemantic},
      {"budget", trace::KeyClass::kBudget}};
  for (const auto& [member, key_class] : kClasses)
    for (std::string& pattern : texts_at(request, member))
      settings.rules.push_back({std::move(pattern), key_class});
  settings.prefix_safe = texts_at(request, "prefix_safe");
  return settings;
}

// What a program set for itself is no part of what it was started with.
trace::Environment environment_of_parent() {
  constexpr size_t kEnvironmentBytesMax = 4 << 20;
  const auto bytes =
      read_file(posix_disk(), fmt::format("/proc/{}/environ", ::getppid()), kEnvironmentBytesMax);
  trace::Environment environment;
  std::string_view rest = bytes ? std::string_view(*bytes) : std::string_view();
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    const std::string_view entry = rest.substr(0, end);
    if (const size_t equals = entry.find('='); equals != std::string_view::npos)
      environment.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return environment.empty() ? trace::current_environment() : environment;
}

// The workspace around `folder`, and the settings in force there below those that were said.
Result<PlannedCommand> plan_in(const std::string& folder, trace::Environment environment,
                               const trace::RecallSettings& said) {
  const std::string root = find_project_root(folder);
  TRY(const auto by_variable,
      settings_of({std::string(trace::find_variable(environment, "CAIRN_REUSE")), ""},
                  "CAIRN_REUSE"));
  const auto paths = settings_paths_in(root, environment);
  TRY(const auto of_project, read_settings(paths[0]));
  TRY(const auto of_user, read_settings(paths[1]));
  PlannedCommand planned{{}, 1, "", trace::Workspace(root, std::move(environment)), {}};
  planned.folder = planned.workspace.name_of(folder);
  planned.plan.now_ns = wall_now_ns();
  planned.plan.settings =
      trace::layer(said, trace::layer(by_variable, trace::layer(of_project, of_user)));
  return planned;
}

}  // namespace

std::string working_folder() {
  char path[PATH_MAX];
  return ::getcwd(path, sizeof path) ? path : "/";
}

std::string find_project_root(const std::string& folder) {
  for (std::string at = folder; at.size() > 1; at.resize(std::max<size_t>(at.rfind('/'), 1)))
    if (exists(at + "/.git") || exists(at + std::string(kSettingsName))) return at;
  return folder;
}

std::vector<std::string> settings_paths(const std::string& folder) {
  return settings_paths_in(find_project_root(folder), trace::current_environment());
}

Value PlannedCommand::said() const {
  const size_t first = std::min(program_words, argv.size());
  return recall::config_of_arguments(
      {argv.begin() + static_cast<std::ptrdiff_t>(first), argv.end()});
}

trace::ConfigParts PlannedCommand::split(const Value& of) const {
  trace::KeyClasses classes;
  plan.settings.add_rules_to(classes);
  return trace::split_config(of, classes);
}

std::string PlannedCommand::pre_key() const { return recall::pre_key(plan.program, config()); }

Result<void> PlannedCommand::take_program(const Value& request) {
  const Value& said_config = value_at(request, "config");
  if (!said_config.as_object())
    return fail(Code::kInvalid, "expected an object in the program's \"config\"");
  TRY(const auto rules, settings_in(request));
  plan.settings = trace::layer(rules, plan.settings);
  plan.config = said_config;
  plan.is_resolved = true;
  return {};
}

Result<PlannedCommand> plan_command(std::vector<std::string> argv, const ReuseWords& words) {
  const std::string folder = working_folder();
  TRY(const auto said, settings_of(words, "--reuse"));
  TRY(PlannedCommand planned, plan_in(folder, trace::current_environment(), said));
  planned.argv = std::move(argv);
  const Start start = find_start(planned.argv, planned.workspace, folder);
  planned.plan.program = start.program;
  planned.program_words = start.words;
  planned.plan.config = planned.said();
  return planned;
}

Result<PlannedCommand> plan_program(const Value& request) {
  const std::string folder = text_at(request, "folder");
  if (!folder.starts_with('/'))
    return fail(Code::kInvalid, "expected an absolute \"folder\", found '{}'", folder);
  const Value& program = value_at(request, "program");
  const std::string entry = text_at(program, "entry");
  if (entry.empty()) return fail(Code::kInvalid, "expected the program's \"entry\", found none");
  TRY(const auto said, settings_in(request));
  TRY(PlannedCommand planned, plan_in(folder, environment_of_parent(), said));
  for (const Value& word : list_at(request, "argv")) planned.argv.emplace_back(word.string_or(""));
  recall::Program& planned_program = planned.plan.program;
  planned_program.launcher = text_at(program, "launcher");
  if (const std::string code = text_at(program, "code"); !code.empty()) {
    planned_program.entry = entry;
    planned_program.digest = trace::code_digest(trace::CodeKind::kPython, code);
  } else if (entry.starts_with('/')) {
    Start start{planned_program, 0};
    enter_file(start, entry, planned.workspace, folder);
    planned_program = start.program;
  } else {
    planned_program.entry = entry;
  }
  if (const std::string part = text_at(program, "part"); !part.empty())
    planned_program.entry += "::" + part;
  const Value& config = value_at(request, "config");
  planned.plan.is_resolved = config.as_object() != nullptr;
  planned.plan.config = planned.plan.is_resolved ? config : planned.said();
  return planned;
}

}  // namespace cairn::cli
