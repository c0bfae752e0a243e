// Fills commands by room sweep, and asks recall what they start.
#include "cli/trial_command.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/disk.h"
#include "base/hash.h"
#include "cli/planned_command.h"
#include "sweep/command.h"
#include "trace/preload.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::Value;

std::optional<std::string> find_variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

bool is_on_path(std::string_view program) {
  const std::string path = find_variable("PATH").value_or("/usr/bin:/bin");
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find(':', at), path.size());
    const std::string file = path.substr(at, end - at) + "/" + std::string(program);
    if (::access(file.c_str(), X_OK) == 0) return true;
    at = end + 1;
  }
  return false;
}

// Named by its content: the same parameters are the same command, which recall finds again.
Result<std::string> write_config_file(const std::string& json) {
  TRY(const std::string cache, trace::find_cache_folder(trace::current_environment()));
  const std::string folder = cache + "/args";
  TRY_VOID(posix_disk().make_dirs(folder));
  constexpr size_t kNameDigits = 32;
  const std::string path = folder + "/" + print_hex(sha256(json)).substr(0, kNameDigits) + ".json";
  TRY_VOID(write_file_atomically(posix_disk(), path, json));
  return path;
}

// Whether parameters stand among the words, rather than in the environment alone.
bool says_params(const std::vector<std::string>& words) {
  static constexpr std::array<std::string_view, 4> kMacros = {"${args",
                                                              "${param:", "${plain:", "${hydra:"};
  return words.empty() || std::any_of(words.begin(), words.end(), [](const std::string& word) {
           return std::any_of(kMacros.begin(), kMacros.end(), [&](std::string_view macro) {
             return word.find(macro) != std::string::npos;
           });
         });
}

bool tells_all(const Value& config, const model::Object& params) {
  for (const auto& [name, value] : params) {
    const Value* found = model::find_path(config, name);
    if (!found || !(*found == value)) return false;
  }
  return true;
}

}  // namespace

Result<TrialCommand> fill_trial_command(const sweep::Definition& definition, const Value& params) {
  static const model::Object none;
  const model::Object& config = params.as_object() ? *params.as_object() : none;
  sweep::CommandValues values{.config = config,
                              .program = definition.program,
                              .find_variable = find_variable,
                              .config_json = wire::print_json(sweep::nested(config)),
                              .config_path = {}};
  values.interpreter = is_on_path("python") ? "python" : "python3";
  if (sweep::has_config_file(definition.command)) {
    TRY(values.config_path, write_config_file(values.config_json));
  }
  TrialCommand command;
  TRY(command.argv, sweep::fill_command(definition.command, values));
  // What `env` alone does, done without it: so the program is what recall sees.
  if (command.argv.size() > 1 && command.argv[0] == "/usr/bin/env" && command.argv[1][0] != '-' &&
      command.argv[1].find('=') == std::string::npos)
    command.argv.erase(command.argv.begin());
  command.says_params = says_params(definition.command);
  return command;
}

std::optional<Value> find_program(const sweep::Definition& definition) {
  const Value start(definition.space.decode(definition.space.start()));
  const auto command = fill_trial_command(definition, start);
  if (!command) return std::nullopt;
  const auto planned = plan_command(command->argv, {"", ""});
  if (!planned || planned->plan.program.entry.empty()) return std::nullopt;
  return Value(model::Object{{"entry", planned->plan.program.entry},
                             {"code", planned->plan.program.digest}});
}

bool is_result_of(const Relative& relative, const TrialCommand& command, const Value& params) {
  if (relative.match.level > recall::Level::kEquivalent || !relative.match.held_back.empty())
    return false;
  return command.says_params ||
         (params.as_object() && tells_all(value_at(relative.run, "config"), *params.as_object()));
}

}  // namespace cairn::cli
