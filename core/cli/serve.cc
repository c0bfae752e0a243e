// cairn serve and cairn ui: this folder's store for a browser and for programs elsewhere.
#include <unistd.h>

#include <cstdlib>

#include "cli/browser.h"
#include "cli/commands.h"
#include "cli/end_signals.h"
#include "model/layout.h"
#include "server/server.h"
#include "wire/settings.h"

namespace cairn::cli {
namespace {

server::ServerOptions options_of(const ServeStore& command, const std::string& dir) {
  server::ServerOptions options;
  options.dir = dir;
  options.host = command.host;
  options.port = command.port.value_or(kServePort);
  options.tls_cert = command.tls_cert;
  options.tls_key = command.tls_key;
  // Lines between our own words on a terminal help nobody.
  options.access_log = command.access_log.value_or(::isatty(STDERR_FILENO) == 1 ? "" : "-");
  return options;
}

// `cairn ui` takes the next free port where the usual one is another program's.
Result<std::unique_ptr<server::Server>> start(const ServeStore& command, const std::string& dir) {
  server::ServerOptions options = options_of(command, dir);
  auto server = server::Server::start(posix_disk(), options);
  if (server || !command.opens_browser || command.port || server.error().code() != Code::kConflict)
    return server;
  options.port = 0;
  return server::Server::start(posix_disk(), std::move(options));
}

bool is_for_this_machine(const std::string& url) {
  return url.find("//127.") != std::string::npos || url.find("//localhost:") != std::string::npos ||
         url.find("//[::1]") != std::string::npos;
}

void print_welcome(const ServeStore& command, const std::string& url, const std::string& dir,
                   const Terminal& terminal) {
  const bool is_wide = command.host == "0.0.0.0" || command.host == "::";
  char name[256] = "HOST";
  static_cast<void>(::gethostname(name, sizeof name - 1));
  const std::string address = is_wide ? fmt::format("{}{}{}", url.substr(0, url.find("//") + 2),
                                                    name, url.substr(url.rfind(':')))
                                      : url;
  terminal.print(fmt::format("{} at {}\n\n", terminal.paint("Cairn serves " + dir, Paint::kBold),
                             terminal.paint(url, Paint::kCyan)));
  terminal.print(fmt::format("  log to it     CAIRN_URL={} python train.py\n", address));
  terminal.print(fmt::format("  read from it  cairn --url {} ls\n", address));
  if (is_for_this_machine(url) && !is_wide)
    terminal.print(
        "  let others in cairn key create, then cairn serve --host 0.0.0.0 --tls-cert ...\n");
  terminal.print("  stop it       Ctrl-C\n");
  std::fflush(stdout);
}

int serve(server::Server& server, EndSignals& signals) {
  signals.wait();
  if (server.stop()) return kExitOk;
  Terminal::warn("ended before everything in flight was answered; what was acknowledged is kept");
  std::fflush(nullptr);
  std::_Exit(kExitOk);
}

}  // namespace

Result<int> execute(const ServeStore& command, const Desk& desk) {
  const std::string& dir = desk.door.dir();
  if (command.opens_browser) {
    const std::string url = server::find_running_server(posix_disk(), dir);
    if (!url.empty()) {
      desk.terminal.print(fmt::format("{}{}\n", open_browser(url) ? "Opened " : "", url));
      return kExitOk;
    }
  }
  TRY_VOID(wire::open_settings(posix_disk(), model::Layout(dir), /*create=*/true));
  EndSignals signals;
  TRY(const auto server, start(command, dir));
  print_welcome(command, server->url(), dir, desk.terminal);
  if (command.opens_browser) open_browser(server->url());
  return serve(*server, signals);
}

}  // namespace cairn::cli
