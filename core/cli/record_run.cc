// Options of a command's run, from its words and the environment.
#include "cli/record_run.h"

#include <fmt/format.h>

#include <cstdlib>

namespace cairn::cli {
namespace {

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

std::unique_ptr<client::Run> open_run(const RecordCommand& command, const DoorClient& place,
                                      pid_t pid) {
  auto run = client::Run::open(options_of(command, place, pid));
  if (run) return std::move(*run);
  Terminal::warn(fmt::format("not recording: {}", run.error().message()));
  return client::Run::disabled();
}

}  // namespace cairn::cli
