// Options of a command's run, from its words and the environment.
#include "cli/record_run.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "sweep/command.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::Object;

std::string environment_or(const char* name, std::string_view missing) {
  const char* value = std::getenv(name);
  return value && *value ? value : std::string(missing);
}

client::RunOptions options_of(const RecordCommand& command, const DoorClient& place, pid_t pid) {
  client::RunOptions options;
  options.dir = place.dir();
  options.url = place.url();
  options.project =
      command.project.empty() ? environment_or("CAIRN_PROJECT", "default") : command.project;
  options.id = command.id;
  options.name = command.name;
  options.tags = command.tags;
  options.notes = command.notes;
  options.group = command.group;
  options.sample_period_s = command.sample_period_s;
  options.sample_pid = pid;
  options.argv = command.argv;
  options.entry = command.argv.front();
  return options;
}

}  // namespace

void take_trial(client::Run& run) {
  const std::string sweep = environment_or("CAIRN_SWEEP", "");
  const std::string trial = environment_or("CAIRN_TRIAL", "");
  int64_t number = 0;
  const auto read = std::from_chars(trial.data(), trial.data() + trial.size(), number);
  if (sweep.empty() || read.ec != std::errc()) return;
  run.add_capture(Object{{"sweep", Object{{"id", sweep}, {"trial", number}}}});
  const auto params = wire::parse_json(environment_or("CAIRN_TRIAL_CONFIG", "{}"));
  if (params && params->as_object()) run.update_config(sweep::nested(*params->as_object()));
}

std::unique_ptr<client::Run> open_run(const RecordCommand& command, const DoorClient& place,
                                      pid_t pid) {
  auto run = client::Run::open(options_of(command, place, pid));
  if (run) return std::move(*run);
  Terminal::warn(fmt::format("not recording: {}", run.error().message()));
  return client::Run::disabled();
}

}  // namespace cairn::cli
