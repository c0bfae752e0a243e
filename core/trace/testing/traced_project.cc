// Starts programs with posix_spawn in a folder below the system's temporary one.
#include "trace/testing/traced_project.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "base/clock.h"
#include "base/id.h"

namespace cairn::trace::testing {
namespace {

namespace fs = std::filesystem;

void replace(Environment& environment, const std::string& name, const std::string& value) {
  std::erase_if(environment, [&](const auto& variable) { return variable.first == name; });
  environment.emplace_back(name, value);
}

}  // namespace

TracedProject::TracedProject()
    : x_base(fs::canonical(fs::temp_directory_path()).string() + "/cairn-trace-" + make_id()),
      x_root(x_base + "/project"),
      x_cache(x_base + "/cache"),
      x_environment({{"PATH", std::getenv("PATH")}, {"HOME", x_base + "/home"}}),
      x_index(StatIndex::in_memory()) {
  fs::create_directories(x_root);
  fs::create_directories(x_base + "/home");
}

TracedProject::~TracedProject() {
  std::error_code ignored;
  fs::remove_all(x_base, ignored);
}

std::string TracedProject::path(std::string_view name) const {
  return name.starts_with('/') ? std::string(name) : fmt::format("{}/{}", x_root, name);
}

void TracedProject::write(std::string_view name, std::string_view content) {
  const std::string file = path(name);
  fs::create_directories(parent_of(file));
  std::ofstream(file, std::ios::binary) << content;
}

std::string TracedProject::read(std::string_view name) const {
  std::ifstream file(path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void TracedProject::set(const std::string& name, const std::string& value) {
  replace(x_environment, name, value);
}

void TracedProject::unset(std::string_view name) {
  std::erase_if(x_environment, [&](const auto& variable) { return variable.first == name; });
}

// What was written just now must not look as if it changed while the program ran.
void TracedProject::wait_for_next_tick() const {
  const int64_t now_ns = file_clock_now_ns();
  while (file_clock_now_ns() < now_ns + 20 * kNsPerMillisecond) usleep(1000);
}

int TracedProject::run_untraced(std::vector<std::string> argv) {
  return start(std::move(argv), x_environment);
}

int TracedProject::run(std::vector<std::string> argv) {
  const auto recorders = install_recorders(posix_disk(), x_cache);
  CHECK(recorders.has_value());
  const auto folder = make_trace_folder(posix_disk(), x_cache);
  CHECK(folder.has_value());
  Environment environment = x_environment;
  for (const auto& [name, value] : traced_variables(x_environment, *recorders, *folder))
    replace(environment, name, value);
  wait_for_next_tick();
  x_began_ns = file_clock_now_ns();
  const int code = start(std::move(argv), environment);
  auto trace = read_trace(posix_disk(), *folder);
  CHECK(trace.has_value());
  x_trace = std::move(*trace);
  return code;
}

int TracedProject::start(std::vector<std::string> argv, const Environment& environment) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : environment) lines.push_back(name + "=" + value);
  std::vector<char*> raw_argv, raw_environment;
  for (std::string& arg : argv) raw_argv.push_back(arg.data());
  for (std::string& line : lines) raw_environment.push_back(line.data());
  raw_argv.push_back(nullptr);
  raw_environment.push_back(nullptr);

  const std::string output = x_base + "/printed";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_addchdir_np(&actions, x_root.c_str());
  pid_t pid = 0;
  const int failed =
      posix_spawnp(&pid, raw_argv[0], &actions, nullptr, raw_argv.data(), raw_environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return 127;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  x_printed = read(output);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

size_t TracedProject::count(TraceKind kind, std::string_view name) const {
  const std::string wanted = name.starts_with('/') ? std::string(name) : path(name);
  return static_cast<size_t>(
      std::count_if(x_trace.accesses.begin(), x_trace.accesses.end(), [&](const Access& access) {
        return access.kind == kind && (access.text == name || tidy_path(access.text) == wanted);
      }));
}

bool TracedProject::saw(TraceKind kind, std::string_view name) const {
  return count(kind, name) > 0;
}

DependencyRecord TracedProject::record(std::vector<std::string> checkpoints) {
  FinishOptions options;
  options.began_ns = x_began_ns;
  options.own_folders = {x_cache};
  options.checkpoints = std::move(checkpoints);
  return finish(x_trace, workspace(), x_index, options);
}

Verification TracedProject::verified(const DependencyRecord& record) {
  return verify(record, workspace(), x_index, Thoroughness::kAllChanges);
}

std::string TracedProject::verdict(const DependencyRecord& record) {
  const Verification found = verified(record);
  if (found.holds()) return "holds";
  std::vector<std::string> changes;
  for (const Change& change : found.changes)
    changes.push_back(change.component + " " + change.name);
  return fmt::format("{}", fmt::join(changes, ", "));
}

void TracedProject::move_to(const std::string& name) {
  const std::string moved = x_base + "/" + name;
  fs::rename(x_root, moved);
  x_root = moved;
}

const Input* find_input(const DependencyRecord& record, std::string_view name) {
  const auto found = std::find_if(record.inputs.begin(), record.inputs.end(),
                                  [&](const Input& input) { return input.path == name; });
  return found == record.inputs.end() ? nullptr : &*found;
}

bool holds(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace cairn::trace::testing
