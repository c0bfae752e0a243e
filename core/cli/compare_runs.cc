// cairn compare: where runs differ, side by side.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/text.h"

namespace cairn::cli {

using model::Value;

namespace {

// The leaves of one tree of every run: a line per path, a value per run.
struct Lines {
  struct Line {
    std::string path;
    std::vector<Value> values;  // null where the run has none
  };
  std::vector<Line> lines;

  Line& at(const std::string& path, size_t runs) {
    for (Line& line : lines)
      if (line.path == path) return line;
    return lines.emplace_back(Line{path, std::vector<Value>(runs)});
  }
};

Lines collect(const std::vector<FoundRun>& runs, std::string_view tree) {
  Lines all;
  for (size_t i = 0; i < runs.size(); ++i)
    for_each_leaf(value_at(runs[i].run, tree), [&](const std::string& path, const Value& leaf) {
      if (!path.empty()) all.at(path, runs.size()).values[i] = leaf;
    });
  return all;
}

// A few facts of the code and machine that explain a difference more often than any parameter.
Lines collect_facts(const std::vector<FoundRun>& runs) {
  Lines all;
  for (size_t i = 0; i < runs.size(); ++i) {
    for (const std::string path :
         {"git.commit", "git.branch", "git.dirty", "host.hostname", "host.cpu.model"})
      if (const Value* value = find_path(value_at(runs[i].run, "meta"), path))
        all.at(path, runs.size()).values[i] = *value;
    all.at("duration", runs.size()).values[i] = print_span(number_at(runs[i].run, "duration_s"));
  }
  return all;
}

bool differs(const Lines::Line& line) {
  return std::any_of(line.values.begin() + 1, line.values.end(),
                     [&](const Value& value) { return !(value == line.values.front()); });
}

std::string print_delta(const Value& value, const Value& base, bool is_short) {
  if (!value.is_number() || !base.is_number()) return "";
  const double delta = value.number_or(0) - base.number_or(0);
  if (delta == 0 || !std::isfinite(delta)) return "";
  const std::string absolute = (delta > 0 ? "+" : "") + print_number(delta);
  const double percent = 100 * delta / std::fabs(base.number_or(0));
  if (!(std::fabs(percent) < 10'000)) return absolute;
  return is_short ? fmt::format("{:+.1f}%", percent)
                  : fmt::format("{} ({:+.1f}%)", absolute, percent);
}

std::vector<Table::Column> make_columns(std::string_view title, const std::vector<FoundRun>& runs,
                                        bool with_deltas) {
  std::vector<Table::Column> columns = {{std::string(title)}};
  for (size_t i = 0; i < runs.size(); ++i) {
    columns.push_back({make_printable(runs[i].name), with_deltas ? Align::kPoint : Align::kLeft});
    if (with_deltas && i > 0) columns.push_back({""});
  }
  return columns;
}

// `with_deltas`: numbers are measurements, and each is compared with the first run's.
std::string print_lines(std::string_view title, const Lines& all, const std::vector<FoundRun>& runs,
                        bool with_equal, bool with_deltas, const Terminal& terminal) {
  Table table(make_columns(title, runs, with_deltas));
  size_t equal = 0;
  for (const Lines::Line& line : all.lines) {
    const bool is_different = differs(line);
    if (!is_different && !with_equal) {
      ++equal;
      continue;
    }
    std::vector<Cell> cells = {{make_printable(line.path), Paint::kDim}};
    for (size_t i = 0; i < runs.size(); ++i) {
      const std::string text = make_printable(print_value(line.values[i]));
      cells.push_back({text, is_different && i > 0 ? Paint::kYellow : Paint::kPlain});
      if (with_deltas && i > 0)
        cells.push_back(
            {print_delta(line.values[i], line.values.front(), runs.size() > 2), Paint::kDim});
    }
    table.add(std::move(cells));
  }
  std::string out;
  if (table.row_count() > 0) out = table.print(terminal) + "\n";
  if (equal > 0) out += terminal.paint(fmt::format("{}: {} equal\n\n", title, equal), Paint::kDim);
  return out;
}

Value print_tree_json(const Lines& all, bool with_equal) {
  Value out{model::Object{}};
  for (const Lines::Line& line : all.lines)
    if (with_equal || differs(line)) out.set(line.path, model::List(line.values));
  return out;
}

}  // namespace

Result<int> execute(const CompareRuns& command, const Desk& desk) {
  std::vector<FoundRun> runs;
  for (const std::string& reference : command.runs) {
    TRY(FoundRun run, desk.client.find_run(reference));
    runs.push_back(std::move(run));
  }
  const Lines config = collect(runs, "config");
  const Lines summary = collect(runs, "summary");
  const Lines facts = collect_facts(runs);
  if (command.as_json) {
    Value out;
    model::List ids;
    for (const FoundRun& run : runs) ids.push_back(run.id);
    out.set("runs", std::move(ids));
    out.set("config", print_tree_json(config, command.all));
    out.set("summary", print_tree_json(summary, /*with_equal=*/true));
    out.set("facts", print_tree_json(facts, command.all));
    print_json(out, desk.terminal);
    return kExitOk;
  }
  std::string out =
      print_lines("config", config, runs, command.all, false, desk.terminal) +
      print_lines("summary", summary, runs, /*with_equal=*/true, true, desk.terminal) +
      print_lines("facts", facts, runs, command.all, false, desk.terminal);
  if (out.ends_with("\n\n")) out.pop_back();
  desk.terminal.print(out);
  return kExitOk;
}

}  // namespace cairn::cli
