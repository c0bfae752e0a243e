// cairn meter: what a server uses for each request and token.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>

#include "base/id.h"
#include "cli/child_process.h"
#include "cli/commands.h"
#include "cli/end_signals.h"
#include "cli/listening_process.h"
#include "cli/meter_text.h"
#include "cli/run_style.h"
#include "cli/server_meter.h"
#include "model/secret.h"

namespace cairn::cli {
namespace {

using model::Object;

Result<uint16_t> parse_port(std::string_view text, std::string_view whole) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > UINT16_MAX)
    return fail(Code::kInvalid,
                "expected --proxy LISTEN:UPSTREAM, such as 8000:8001 or "
                "8000:gpu1:8001, found '{}'",
                whole);
  return static_cast<uint16_t>(number);
}

// "8000:8001", "8000:HOST:8001", "8000:[::1]:8001".
Result<relay::RelayOptions> parse_proxy(const MeterServer& command) {
  const std::string_view text = command.proxy;
  const size_t first = std::min(text.find(':'), text.size());
  const size_t last = std::min(text.rfind(':'), text.size());
  relay::RelayOptions options;
  options.host = command.host;
  TRY(options.port, parse_port(text.substr(0, first), text));
  TRY(options.upstream_port, parse_port(text.substr(std::min(last + 1, text.size())), text));
  if (options.upstream_port == 0)
    return fail(Code::kInvalid, "expected the server's port behind '{}:'", options.port);
  if (last > first) {
    std::string_view host = text.substr(first + 1, last - first - 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    options.upstream_host = host;
  }
  if (options.upstream_port == options.port && options.upstream_host == "localhost")
    return fail(Code::kInvalid,
                "expected two ports, found {} for both: the server would be asked by itself",
                options.port);
  return options;
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host.starts_with("127.") || host == "::1" || host == "[::1]";
}

// Whose energy is metered where no command is started.
Result<pid_t> find_server(const MeterServer& command, const ServerMeter::Options& options) {
  if (command.pid != 0) return command.pid;
  std::optional<uint16_t> port;
  if (options.proxy && is_this_machine(options.proxy->upstream_host))
    port = options.proxy->upstream_port;
  if (!port && !command.metrics.empty()) {
    TRY(const http::Url url, http::parse_url(command.metrics));
    if (http::is_loopback(url)) port = url.port;
  }
  if (!port)
    return fail(
        Code::kInvalid,
        "expected a command after '--', or a server on this machine (--proxy, --metrics, --pid)");
  if (const auto found = find_listening_process(*port)) return *found;
  return fail(Code::kNotFound,
              "nobody whose processes can be seen listens on port {}: start the server first, "
              "name it with --pid, or let 'cairn meter -- CMD' start it",
              *port);
}

Result<void> take_zone(const MeterServer& command, const std::string& dir) {
  if (command.zone.empty()) return {};
  server::FootprintDesk desk(posix_disk(), dir);
  desk.refresh();
  TRY(const std::string zone, desk.tables().zone_of(command.zone));
  static_cast<void>(zone);  // a cloud's region stays one: its PUE is known, too
  ::setenv("CAIRN_ZONE", command.zone.c_str(), 1);
  return {};
}

std::unique_ptr<client::Run> open_run(const MeterServer& command, const DoorClient& place,
                                      pid_t pid) {
  client::RunOptions options;
  options.dir = place.dir();
  options.url = place.url();
  const char* project = std::getenv("CAIRN_PROJECT");
  options.project = !command.project.empty() ? command.project
                    : project && *project    ? project
                                             : "default";
  options.name = command.name;
  options.job_type = "inference";
  options.sample_pid = pid;
  options.argv = command.argv;
  Object config;
  if (!command.model.empty()) config.emplace_back("model", command.model);
  if (!command.argv.empty()) {
    options.entry = command.argv.front();
    config.emplace_back("command",
                        fmt::format("{}", fmt::join(model::redact_argv(command.argv), " ")));
  }
  options.config = std::move(config);
  auto run = client::Run::open(std::move(options));
  if (run) return std::move(*run);
  Terminal::warn(fmt::format("not recording, and not metering: {}", run.error().message()));
  return client::Run::disabled();
}

// Until a signal comes, or the server has ended.
void wait_for_end(EndSignals& signals, pid_t server) {
  const auto process = static_cast<int>(::syscall(SYS_pidfd_open, server, 0));
  pollfd end{process, POLLIN, 0};
  while (process >= 0 && !signals.wait_for(1) && ::poll(&end, 1, 0) == 0) continue;
  if (process >= 0) ::close(process);
}

Result<ServerMeter::Options> options_of(const MeterServer& command) {
  ServerMeter::Options options;
  if (!command.proxy.empty()) {
    TRY(options.proxy, parse_proxy(command));
  }
  if (!command.metrics.empty()) {
    TRY(options.counters, CounterFollower::open(command.metrics));
  }
  options.path_prefix = command.path;
  options.shows_minutes = ::isatty(STDERR_FILENO) == 1;
  return options;
}

void tell_start(const ServerMeter& meter, const MeterServer& command) {
  if (meter.port() == 0) return;
  Terminal::warn(fmt::format("metering what comes in at {}:{}", command.host, meter.port()));
}

Result<int> conclude(const MeterServer& command, const ChildProcess::End& end, ServerMeter& meter,
                     client::Run& run, const Terminal& terminal) {
  MeterResult result = meter.stop();
  if (!command.model.empty()) result.model = command.model;
  if (command.model.empty() && !result.model.empty())
    run.update_config(Object{{"model", result.model}});
  if (result.counts_requests) run.update_summary(Object{{"inference", result.account.to_value()}});
  // A server ends because it is told to: that is no failure.
  const bool is_told = end.reason == "SIGINT" || end.reason == "SIGTERM" || end.reason == "SIGHUP";
  run.finish(is_told ? 0 : end.exit_code, end.reason);
  if (command.as_json) {
    print_json(to_value(result), terminal);
    return end.exit_code;
  }
  terminal.print(print_result(result, terminal));
  if (!result.run.empty()) Terminal::warn(fmt::format("see 'cairn show {}'", result.run));
  return end.exit_code;
}

Result<int> meter_command(const MeterServer& command, ServerMeter::Options options,
                          const Desk& desk) {
  TRY(ChildProcess child, ChildProcess::prepare(command.argv));
  TRY(const auto meter, ServerMeter::open(std::move(options), desk.client.dir()));
  const auto run = open_run(command, desk.client, child.pid());
  meter->start(*run);
  tell_start(*meter, command);
  if (const auto started = child.start({}); !started) {
    meter->stop();
    run->finish(kExitBroken, started.error().message());
    return tl::unexpected(started.error());
  }
  const ChildProcess::End end =
      child.attend([&](int stream, std::string_view text) { run->console(stream - 1, text); });
  return conclude(command, end, *meter, *run, desk.terminal);
}

Result<int> meter_server(const MeterServer& command, ServerMeter::Options options,
                         const Desk& desk) {
  TRY(const pid_t server, find_server(command, options));
  EndSignals signals;
  TRY(const auto meter, ServerMeter::open(std::move(options), desk.client.dir()));
  const auto run = open_run(command, desk.client, server);
  meter->start(*run);
  tell_start(*meter, command);
  wait_for_end(signals, server);
  return conclude(command, {}, *meter, *run, desk.terminal);
}

}  // namespace

Result<int> execute(const MeterServer& command, const Desk& desk) {
  if (!command.project.empty() && !is_safe_name(command.project))
    return fail(Code::kInvalid,
                "expected a project of letters, digits, '.', '_' and '-', found '{}'",
                command.project);
  TRY(ServerMeter::Options options, options_of(command));
  TRY_VOID(take_zone(command, desk.client.dir()));
  return command.argv.empty() ? meter_server(command, std::move(options), desk)
                              : meter_command(command, std::move(options), desk);
}

}  // namespace cairn::cli
