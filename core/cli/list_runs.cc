// cairn ls: the table of runs, and of projects.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "wire/json.h"

namespace cairn::cli {

using model::Value;

namespace {

constexpr size_t kSampledRuns = 50;    // looked at to choose columns
constexpr size_t kCandidatesMax = 40;  // columns of one kind that are looked at
constexpr size_t kChosenPerKind = 4;   // columns of one kind that are shown unasked
constexpr std::string_view kConfig = "config.", kSummary = "summary.";
constexpr size_t kShortIdMin = 6, kGeneratedIdChars = 12;

// A column of the table: what the API calls it, and how it is shown.
struct Shown {
  std::string name;  // as the user writes it: "config.lr", "age"
  std::string title;
  std::string type;  // of the API: int, float, text, time, duration, ...

  std::string api_name() const { return name == "age" ? "created" : name; }
};

struct Rows {
  std::vector<std::string> warnings;
  std::vector<std::string> ids;
  std::vector<model::List> cells;
  size_t total = 0;
};

std::string join(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ","));
}

server::Pairs query_of(const ListRuns& command, size_t limit, const std::string& cursor) {
  server::Pairs params = {{"limit", std::to_string(limit)}};
  if (!command.filter.empty()) params.emplace_back("filter", command.filter);
  if (!command.sort.empty()) params.emplace_back("sort", command.sort);
  // Whoever asks for archived runs in his filter means them.
  const bool asks = command.archived || command.filter.find("archived") != std::string::npos;
  if (!asks) params.emplace_back("archived", "0");
  if (!cursor.empty()) params.emplace_back("cursor", cursor);
  return params;
}

size_t limit_of(const ListRuns& command) {
  return command.all ? std::numeric_limits<size_t>::max() : command.limit;
}

// Calls visit(page) for the pages that hold the first `limit` runs.
template <typename Visit>
Result<void> for_each_page(const ListRuns& command, size_t limit, const server::Pairs& extra,
                           const Desk& desk, const Visit& visit) {
  std::string cursor;
  size_t seen = 0;
  do {
    server::Pairs params = query_of(command, std::min(limit - seen, kPageRunsMax), cursor);
    params.insert(params.end(), extra.begin(), extra.end());
    TRY(const Value page,
        desk.client.get(project_path(command.project) + "/runs", std::move(params)));
    visit(page);
    seen += list_at(page, "runs").size();
    cursor = text_at(page, "next_cursor");
  } while (!cursor.empty() && seen < limit);
  return {};
}

std::vector<std::string> warnings_of(const Value& page) {
  std::vector<std::string> warnings;
  for (const Value& warning : list_at(page, "warnings"))
    warnings.emplace_back(warning.string_or(""));
  return warnings;
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) Terminal::warn("warning: " + warning);
}

Result<Rows> read_rows(const ListRuns& command, size_t limit, const std::vector<Shown>& columns,
                       const Desk& desk) {
  std::vector<std::string> names;
  for (const Shown& column : columns) names.push_back(column.api_name());
  Rows rows;
  TRY_VOID(for_each_page(command, limit, {{"columns", join(names)}}, desk, [&](const Value& page) {
    rows.total = static_cast<size_t>(int_at(page, "total"));
    if (rows.ids.empty()) rows.warnings = warnings_of(page);
    for (const Value& run : list_at(page, "runs")) {
      rows.ids.push_back(text_at(run, "id"));
      rows.cells.push_back(list_at(run, "cells"));
    }
  }));
  return rows;
}

// --- choosing columns

using Types = std::map<std::string, std::string>;  // column -> type

struct Chosen {
  std::vector<Shown> columns;
  size_t fixed = 0;  // the first ones, which stay however narrow the terminal is
};

bool starts_a_kind(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) && !name.substr(prefix.size()).starts_with('_');
}

// How much a column tells about a result, by the words that people name metrics with.
int interest_of(std::string_view name) {
  const auto has = [&](std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
      return name.find(word) != std::string_view::npos;
    });
  };
  if (has({"epoch", "step", "iter", "time", "norm"})) return -1;
  return (has({"val", "test", "eval"}) ? 2 : 0) +
         (has({"loss", "acc", "err", "score", "f1", "auc", "reward", "best"}) ? 1 : 0);
}

// Columns of one kind, those that most runs have first, of these the most telling ones.
std::vector<Shown> find_candidates(const Value& all, std::string_view prefix) {
  std::vector<std::pair<std::pair<int64_t, int>, Shown>> found;
  for (const Value& column : list_at(all, "columns")) {
    const std::string name = text_at(column, "name");
    const std::string type = text_at(column, "type");
    if (starts_a_kind(name, prefix) && type != "list")
      found.push_back({{int_at(column, "count"), prefix == kSummary ? interest_of(name) : 0},
                       {name, name.substr(prefix.size()), type}});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Shown> candidates;
  for (auto& [rank, shown] : found)
    if (candidates.size() < kCandidatesMax) candidates.push_back(std::move(shown));
  return candidates;
}

size_t count_distinct(const Rows& rows, size_t column) {
  std::set<std::string> values;
  for (const model::List& row : rows.cells) values.insert(wire::print_json(row[column]));
  return values.size();
}

// Name and state of each run, what was configured differently, and what came out.
Result<Chosen> choose_columns(const ListRuns& command, const Value& all, const Types& types,
                              const Desk& desk) {
  Chosen chosen;
  chosen.columns = {{"name", "name", "text"},
                    {"id", "id", "text"},
                    {"state", "state", "text"},
                    {"age", "age", "time"},
                    {"duration", "duration", "duration"}};
  if (types.contains("lost")) chosen.columns.push_back({"lost", "lost", "int"});
  chosen.fixed = chosen.columns.size();

  const std::vector<Shown> config = find_candidates(all, kConfig);
  const std::vector<Shown> summary = find_candidates(all, kSummary);
  std::vector<Shown> candidates = config;
  candidates.insert(candidates.end(), summary.begin(), summary.end());
  if (candidates.empty()) return chosen;
  TRY(const Rows sample, read_rows(command, kSampledRuns, candidates, desk));
  const auto take = [&](size_t from, size_t to, size_t distinct_min) {
    size_t taken = 0;
    for (size_t i = from; i < to && taken < kChosenPerKind; ++i) {
      if (count_distinct(sample, i) < distinct_min) continue;
      chosen.columns.push_back(candidates[i]);
      ++taken;
    }
  };
  const bool is_alone = sample.ids.size() < 2;
  take(0, config.size(), is_alone ? 1 : 2);
  take(config.size(), candidates.size(), 1);
  return chosen;
}

std::vector<Shown> name_columns(const std::vector<std::string>& names, const Types& types) {
  std::vector<Shown> columns;
  for (const std::string& name : names) {
    Shown column{name, name, "text"};
    if (const auto type = types.find(column.api_name()); type != types.end())
      column.type = type->second;
    columns.push_back(std::move(column));
  }
  return columns;
}

// --- printing

// Generated ids are shown as far as they tell the shown runs apart.
size_t short_id_chars(const std::vector<std::string>& ids) {
  for (size_t chars = kShortIdMin; chars < kGeneratedIdChars; ++chars) {
    std::set<std::string_view> beginnings;
    for (const std::string& id : ids) beginnings.insert(std::string_view(id).substr(0, chars));
    if (beginnings.size() == ids.size()) return chars;
  }
  return kGeneratedIdChars;
}

class RunsTable {
 public:
  RunsTable(const Rows& rows, int64_t now_ns)
      : x_rows(rows), x_now_ns(now_ns), x_id_chars(short_id_chars(rows.ids)) {}

  // The columns at `places` of `columns`, which are those of the rows' cells.
  Table lay_out(const std::vector<Shown>& columns, const std::vector<size_t>& places) const {
    std::vector<Table::Column> heads;
    for (const size_t place : places)
      heads.push_back({columns[place].title, align(columns[place])});
    Table table(std::move(heads));
    for (const model::List& row : x_rows.cells) {
      std::vector<Cell> cells;
      for (const size_t place : places) cells.push_back(print(columns[place], row[place]));
      table.add(std::move(cells));
    }
    return table;
  }

 private:
  static Align align(const Shown& column) {
    if (column.type == "int" || column.type == "float") return Align::kPoint;
    return column.type == "duration" || column.name == "age" ? Align::kRight : Align::kLeft;
  }

  Cell print(const Shown& column, const Value& value) const {
    if (value.is_null()) return {"-", Paint::kDim};
    if (column.name == "age")
      return {print_age(static_cast<double>(x_now_ns - value.int_or(0)) / 1e9)};
    if (column.type == "time") return {print_local_time(value.int_or(0))};
    if (column.type == "duration") return {print_span(value.number_or(0) / 1e9)};
    if (column.name == "state") return {print_value(value), state_paint(print_value(value))};
    if (column.name == "lost") return {print_value(value), Paint::kRed};
    if (column.name == "id" && print_value(value).size() == kGeneratedIdChars)
      return {print_value(value).substr(0, x_id_chars), Paint::kDim};
    return {make_printable(print_value(value)),
            column.name == "name" ? Paint::kBold : Paint::kPlain};
  }

  const Rows& x_rows;
  int64_t x_now_ns;
  size_t x_id_chars;
};

// Leaves columns that were chosen for the user out until the table fits: of config and summary the
// one that has more of them gives its last.
std::vector<size_t> choose_fitting(const RunsTable& table, const Chosen& chosen, size_t width) {
  std::vector<size_t> places(chosen.columns.size());
  for (size_t i = 0; i < places.size(); ++i) places[i] = i;
  const auto is_config = [&](size_t place) {
    return chosen.columns[place].name.starts_with(kConfig);
  };
  while (width > 0 && places.size() > chosen.fixed) {
    if (table.lay_out(chosen.columns, places).natural_width(places.size()) <= width) break;
    const auto first_summary = std::find_if_not(
        places.begin() + static_cast<std::ptrdiff_t>(chosen.fixed), places.end(), is_config);
    const auto configs = first_summary - places.begin() - static_cast<std::ptrdiff_t>(chosen.fixed);
    const auto summaries = places.end() - first_summary;
    places.erase(configs > summaries ? first_summary - 1 : places.end() - 1);
  }
  return places;
}

std::string quote_csv(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string print_csv_cell(const Shown& column, const Value& value) {
  if (value.is_null()) return "";
  if (column.type == "time") return print_utc_time(value.int_or(0));
  if (column.type == "duration") return fmt::format("{}", value.number_or(0) / 1e9);
  const std::string* text = value.as_string();
  return quote_csv(text ? *text : wire::print_json(value));
}

void print_csv(const std::vector<Shown>& columns, const Rows& rows, const Terminal& terminal) {
  std::vector<std::string> names;
  for (const Shown& column : columns) names.push_back(quote_csv(column.name));
  terminal.print(join(names) + "\n");
  for (const model::List& row : rows.cells) {
    std::vector<std::string> cells;
    for (size_t i = 0; i < columns.size(); ++i) cells.push_back(print_csv_cell(columns[i], row[i]));
    terminal.print(join(cells) + "\n");
  }
}

Result<int> print_runs_json(const ListRuns& command, const Desk& desk) {
  model::List runs;
  int64_t total = 0;
  TRY_VOID(for_each_page(command, limit_of(command), {}, desk, [&](const Value& page) {
    if (runs.empty()) print_warnings(warnings_of(page));
    total = int_at(page, "total");
    const model::List& more = list_at(page, "runs");
    runs.insert(runs.end(), more.begin(), more.end());
  }));
  Value out;
  out.set("runs", std::move(runs));
  out.set("total", total);
  print_json(out, desk.terminal);
  return kExitOk;
}

Result<int> print_runs(const ListRuns& command, const Desk& desk) {
  TRY(const Value all, desk.client.get(project_path(command.project) + "/columns"));
  Types types;
  for (const Value& column : list_at(all, "columns"))
    types[text_at(column, "name")] = text_at(column, "type");
  Chosen chosen;
  if (command.columns.empty()) {
    TRY(chosen, choose_columns(command, all, types, desk));
  } else {
    chosen.columns = name_columns(command.columns, types);
    chosen.fixed = chosen.columns.size();
  }
  TRY(const Rows rows, read_rows(command, limit_of(command), chosen.columns, desk));
  print_warnings(rows.warnings);
  const Terminal& terminal = desk.terminal;
  if (command.as_csv) {
    print_csv(chosen.columns, rows, terminal);
    return kExitOk;
  }
  if (rows.ids.empty()) {
    if (terminal.is_tty()) terminal.print(terminal.paint("no run matches\n", Paint::kDim));
    return kExitOk;
  }
  const RunsTable table(rows, wall_now_ns());
  const std::vector<size_t> places = choose_fitting(table, chosen, terminal.width());
  terminal.print(table.lay_out(chosen.columns, places).print(terminal));
  if (terminal.is_tty() && rows.ids.size() < rows.total)
    terminal.print(terminal.paint(fmt::format("{} of {} runs; --all shows every one\n",
                                              rows.ids.size(), print_count(rows.total)),
                                  Paint::kDim));
  return kExitOk;
}

void print_projects(const Value& answer, const Terminal& terminal) {
  const int64_t now_ns = wall_now_ns();
  Table table({{"project"},
               {"runs", Align::kRight},
               {"running", Align::kRight},
               {"updated", Align::kRight}});
  for (const Value& project : list_at(answer, "projects")) {
    const int64_t running = int_at(project, "running");
    const double age_s = static_cast<double>(now_ns - int_at(project, "updated_ns")) / 1e9;
    table.add(
        {{text_at(project, "name"), Paint::kBold},
         {print_count(static_cast<uint64_t>(int_at(project, "runs")))},
         {running > 0 ? std::to_string(running) : "-", running > 0 ? Paint::kCyan : Paint::kDim},
         {print_age(age_s) + " ago"}});
  }
  terminal.print(table.print(terminal));
}

}  // namespace

Result<int> execute(const ListRuns& command, const Desk& desk) {
  if (!command.project.empty())
    return command.as_json ? print_runs_json(command, desk) : print_runs(command, desk);

  const auto answer = desk.client.get("/projects");
  const bool has_store = answer || answer.error().code() != Code::kNotFound;
  if (has_store && !answer) return tl::unexpected(answer.error());
  const Value projects = has_store ? *answer : Value();
  const model::List& names = list_at(projects, "projects");
  if (names.size() == 1) {
    ListRuns only = command;
    only.project = text_at(names.front(), "name");
    return execute(only, desk);
  }
  if (!command.filter.empty() || !command.columns.empty())
    return fail(Code::kInvalid,
                "expected a project before a filter or columns: cairn ls PROJECT ...");
  if (names.empty())
    Terminal::warn(
        fmt::format("no runs yet in {}; 'cairn run -- CMD' records one", desk.client.place()));
  if (command.as_json)
    print_json(has_store ? projects : Value(model::Object{{"projects", model::List{}}}),
               desk.terminal);
  else if (!names.empty())
    print_projects(projects, desk.terminal);
  return has_store ? kExitOk : kExitNotFound;
}

}  // namespace cairn::cli
