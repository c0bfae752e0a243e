// cairn doctor, gc and the hidden door: commands about the store as a whole.
#include <fmt/format.h>
#include <sys/types.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "server/http_session.h"

namespace cairn::cli {

using model::Value;

namespace {

uint64_t count_at(const Value& answer, std::string_view member) {
  return static_cast<uint64_t>(std::max<int64_t>(0, int_at(answer, member)));
}

std::string plural(uint64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", print_count(n), noun, n == 1 ? "" : "s");
}

}  // namespace

Result<int> execute(const Doctor& command, const Desk& desk) {
  Value request;
  request.set("rebuild", command.rebuild);
  TRY(const Value found, desk.client.send("POST", "/doctor", {}, request));
  const model::List& damage = list_at(found, "damage");
  const int exit_code = damage.empty() ? kExitOk : kExitDamage;
  if (command.as_json) {
    print_json(found, desk.terminal);
    return exit_code;
  }
  const Terminal& terminal = desk.terminal;
  std::string out;
  if (command.rebuild) out += "rebuilt all that is derived\n";
  out += fmt::format("verified {}, {}, {}, {} in {}\n", plural(count_at(found, "files"), "file"),
                     plural(count_at(found, "frames"), "frame"),
                     plural(count_at(found, "blobs"), "blob"),
                     print_bytes(count_at(found, "bytes")), desk.client.place());
  for (const Value& note : list_at(found, "notes"))
    out += terminal.paint("note     ", Paint::kYellow) + make_printable(print_value(note)) + "\n";
  for (const Value& line : damage)
    out += terminal.paint("damaged  ", Paint::kRed) + make_printable(print_value(line)) + "\n";
  out += damage.empty() ? terminal.paint("all is well\n", Paint::kGreen)
                        : terminal.paint(fmt::format("{} found; the rest is usable\n",
                                                     plural(damage.size(), "damaged place")),
                                         Paint::kRed);
  terminal.print(out);
  return exit_code;
}

Result<int> execute(const CollectGarbage& command, const Desk& desk) {
  Value request;
  request.set("dry_run", command.dry_run);
  request.set("grace_s", command.grace_s);
  TRY(const Value report, desk.client.send("POST", "/gc", {}, request));
  if (command.as_json) {
    print_json(report, desk.terminal);
    return kExitOk;
  }
  const uint64_t strays = count_at(report, "strays_removed");
  desk.terminal.print(fmt::format(
      "{} {} ({}){}, {} kept ({})\n", command.dry_run ? "would remove" : "removed",
      plural(count_at(report, "blobs_removed"), "file"),
      print_bytes(count_at(report, "bytes_removed")),
      strays > 0 ? " and " + plural(strays, "leftover") : "",
      print_count(count_at(report, "blobs_kept")), print_bytes(count_at(report, "bytes_kept"))));
  return kExitOk;
}

Result<int> execute(const ServeDoor& command, const Desk& desk) {
  TRY_VOID(
      server::serve_fd(desk.door, command.fd, command.parent > 0 ? command.parent : ::getppid()));
  return kExitOk;
}

}  // namespace cairn::cli
