// From argv to an exit code; the one place where an Error becomes a line on stderr.
#include "cli/cli.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "cli/arguments.h"
#include "cli/footprint_settings.h"
#include "client/run.h"

namespace cairn::cli {
namespace {

int exit_code_of(Code code) {
  switch (code) {
    case Code::kInvalid:
    case Code::kLimit:
      return kExitInvalid;
    case Code::kNotFound:
      return kExitNotFound;
    case Code::kConflict:
      return kExitConflict;
    case Code::kCorrupt:
    case Code::kIo:
    case Code::kUnavailable:
      return kExitBroken;
  }
  return kExitBroken;
}

// Absolute, because `cairn run` hands it to a command that may change its folder.
std::string find_dir(const std::string& given) {
  std::error_code ignored;
  const auto here = std::filesystem::current_path(ignored);
  return (here / client::find_store_dir(given, here.string())).lexically_normal().string();
}

// A folder that was named wins over an address from the environment.
std::string find_url(const Arguments& arguments) {
  if (!arguments.url.empty() || !arguments.dir.empty()) return arguments.url;
  const char* url = std::getenv("CAIRN_URL");
  return url ? url : "";
}

}  // namespace

int run(int argc, char** argv) {
  const Arguments arguments = parse_arguments(argc, argv);
  const Terminal terminal = Terminal::of_stdout(arguments.color);
  if (!arguments.command) {
    if (arguments.exit_code == kExitOk)
      terminal.print(arguments.text);
    else
      Terminal::warn(arguments.text);
    return arguments.exit_code;
  }
  if (const auto taken = take_footprint_settings(); !taken) Terminal::warn(taken.error().message());
  server::Door door(posix_disk(), find_dir(arguments.dir));
  const std::string url = find_url(arguments);
  if (url.empty()) ::unsetenv("CAIRN_URL");  // what is recorded or started here keeps to the folder
  DoorClient client(door, url);
  const Desk desk{client, door, terminal};
  const Result<int> code =
      std::visit([&](const auto& command) { return execute(command, desk); }, *arguments.command);
  if (!code) {
    Terminal::warn(code.error().message());
    return exit_code_of(code.error().code());
  }
  if (std::fflush(stdout) != 0) return kExitBroken;  // a full disk below our output
  return *code;
}

}  // namespace cairn::cli
