// cairn data: the tables that footprints are made with, and taking in others.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/text.h"

namespace cairn::cli {
namespace {

using model::Value;

constexpr size_t kTableBytesMax = 15 << 20;  // a request's body takes that much

}  // namespace

Result<int> execute(const ListTables& command, const Desk& desk) {
  TRY(const Value answer, desk.client.get("/tables"));
  if (command.as_json) {
    print_json(answer, desk.terminal);
    return kExitOk;
  }
  Table table({{"table"},
               {"rows", Align::kRight},
               {"years"},
               {"release"},
               {"licence"},
               {"title"},
               {"source"}});
  for (const Value& one : list_at(answer, "tables"))
    table.add({{text_at(one, "name")},
               {print_count(static_cast<uint64_t>(int_at(one, "rows")))},
               {text_at(one, "years")},
               {text_at(one, "release")},
               {text_at(one, "licence")},
               {make_printable(text_at(one, "title"))},
               {make_printable(text_at(one, "source")), Paint::kDim}});
  desk.terminal.print(table.print(desk.terminal));
  if (const std::string problem = text_at(answer, "problem"); !problem.empty())
    Terminal::warn(problem);
  return kExitOk;
}

Result<int> execute(const UpdateTables& command, const Desk& desk) {
  TRY(std::string text, read_file(posix_disk(), command.file, kTableBytesMax));
  TRY(const Value table, desk.client.send("POST", "/tables", {},
                                          model::Object{{"file", command.file},
                                                        {"text", std::move(text)},
                                                        {"zone", command.zone}}));
  if (command.as_json) {
    print_json(table, desk.terminal);
    return kExitOk;
  }
  desk.terminal.print(fmt::format("took {}: {} rows, {}, released {}\n", text_at(table, "name"),
                                  print_count(static_cast<uint64_t>(int_at(table, "rows"))),
                                  text_at(table, "years"), text_at(table, "release")));
  return kExitOk;
}

}  // namespace cairn::cli
