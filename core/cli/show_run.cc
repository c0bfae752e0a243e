// cairn show and cairn keys: all that is known about one run.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/footprint_text.h"
#include "cli/run_style.h"
#include "cli/text.h"

namespace cairn::cli {

using model::Value;

namespace {

constexpr size_t kSparkColumns = 24;
constexpr size_t kSeriesShown = 30;
constexpr size_t kSparkPerRequest = 64;
constexpr size_t kLastLinesShown = 10;
constexpr size_t kLabelColumns = 10;
constexpr const char* kFootprint = "footprint";

// Prints "label     text" lines and headed blocks to one string.
class Sheet {
 public:
  explicit Sheet(const Terminal& terminal) : x_terminal(terminal) {}

  void fact(std::string_view label, const std::string& text, Paint paint = Paint::kPlain) {
    if (text.empty()) return;
    std::string padded(label);
    padded.resize(kLabelColumns, ' ');
    x_out += x_terminal.paint(padded, Paint::kDim) + x_terminal.paint(make_printable(text), paint) +
             "\n";
  }
  void line(const std::string& text) { x_out += text + "\n"; }
  void block(std::string_view title) {
    x_out += "\n" + x_terminal.paint(title, Paint::kBold) + "\n";
  }
  void add(const std::string& text) { x_out += text; }
  const std::string& text() const { return x_out; }

 private:
  const Terminal& x_terminal;
  std::string x_out;
};

// --- facts

std::string print_when(const Value& run) {
  const int64_t created_ns = int_at(run, "created_ns");
  const double age_s = static_cast<double>(wall_now_ns() - created_ns) / 1e9;
  const std::string verb = text_at(run, "state") == "running" ? "running for" : "ran";
  std::string text = fmt::format("{} ({} ago), {} {}", print_local_time(created_ns),
                                 print_age(age_s), verb, print_span(number_at(run, "duration_s")));
  if (const int64_t sessions = int_at(run, "sessions"); sessions > 1)
    text += fmt::format(", in {} sessions", sessions);
  return text;
}

std::string join_texts(const model::List& list, const char* separator) {
  std::vector<std::string> parts;
  for (const Value& item : list) parts.push_back(print_value(item));
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string print_git(const Value& meta) {
  const Value& git = value_at(meta, "git");
  const std::string commit = text_at(git, "commit");
  if (commit.empty()) return "";
  std::string text = commit.substr(0, 10);
  if (const std::string branch = text_at(git, "branch"); !branch.empty())
    text = branch + " @ " + text;
  if (flag_at(git, "dirty")) text += " (with uncommitted changes)";
  if (const std::string remote = text_at(git, "remote"); !remote.empty()) text += "  " + remote;
  return text;
}

std::string print_host(const Value& meta) {
  const Value& host = value_at(meta, "host");
  std::vector<std::string> parts;
  if (const std::string name = text_at(host, "hostname"); !name.empty()) parts.push_back(name);
  const Value& cpu = value_at(host, "cpu");
  if (const std::string model = text_at(cpu, "model"); !model.empty()) parts.push_back(model);
  if (const int64_t threads = int_at(cpu, "threads"); threads > 0)
    parts.push_back(fmt::format("{} threads", threads));
  if (const int64_t memory = int_at(host, "memory_bytes"); memory > 0)
    parts.push_back(print_bytes(static_cast<uint64_t>(memory)));
  if (const model::List& gpus = list_at(host, "gpus"); !gpus.empty())
    parts.push_back(fmt::format("{} x {}", gpus.size(), text_at(gpus.front(), "name")));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string print_exit(const Value& run) {
  const Value& code = value_at(run, "exit_code");
  if (code.is_null() || code.int_or(0) == 0) return "";
  const std::string reason = text_at(value_at(run, "meta"), "finish_reason");
  return fmt::format("{}{}", code.int_or(0), reason.empty() ? "" : ": " + reason);
}

std::string print_losses(const Value& run) {
  std::vector<std::string> parts;
  for_each_leaf(value_at(run, "losses"), [&](const std::string& what, const Value& count) {
    if (count.int_or(0) > 0)
      parts.push_back(
          fmt::format("{} {}", print_count(static_cast<uint64_t>(count.int_or(0))), what));
  });
  return fmt::format("{}", fmt::join(parts, ", "));
}

// "0.42 kWh (0.4 to 0.45, measured), 0.16 kg CO2e, 0.06 EUR"
std::string print_cost(const Value& run) {
  const Value& cost = value_at(value_at(run, "summary"), kFootprint);
  if (!value_at(cost, "kwh").is_number()) return "";
  std::string text = print_energy(model::Object{{"value", number_at(cost, "kwh")},
                                                {"low", number_at(cost, "kwh_low")},
                                                {"high", number_at(cost, "kwh_high")},
                                                {"method", text_at(cost, "method")}});
  if (const double grams = number_at(cost, "gco2e"); !std::isnan(grams))
    text += fmt::format(", {} g CO2e", print_amount(grams));
  if (const double money = number_at(cost, "money"); !std::isnan(money))
    text += fmt::format(", {} {}", print_amount(money), text_at(cost, "currency"));
  return text;
}

void add_facts(const Value& run, Sheet& sheet) {
  const Value& meta = value_at(run, "meta");
  sheet.fact("id", text_at(run, "id"));
  sheet.fact("created", print_when(run));
  sheet.fact("tags", join_texts(list_at(run, "tags"), ", "));
  sheet.fact("group", text_at(run, "group"));
  sheet.fact("job type", text_at(run, "job_type"));
  sheet.fact("notes", text_at(run, "notes"));
  sheet.fact("exit code", print_exit(run), Paint::kRed);
  sheet.fact("lost", print_losses(run), Paint::kRed);
  sheet.fact("command", join_texts(list_at(meta, "argv"), " "));
  sheet.fact("git", print_git(meta));
  sheet.fact("host", print_host(meta));
  sheet.fact("energy", print_cost(run));
}

// --- trees of config and summary

void add_tree(const model::Object& members, size_t depth, size_t name_columns,
              const Terminal& terminal, Sheet& sheet) {
  for (const auto& [name, value] : members) {
    const std::string indent((depth + 1) * 2, ' ');
    std::string padded = make_printable(name);
    const model::Object* inner = value.as_object();
    if (inner && !inner->empty()) {
      sheet.line(indent + terminal.paint(padded, Paint::kDim));
      add_tree(*inner, depth + 1, name_columns, terminal, sheet);
      continue;
    }
    const size_t taken = depth * 2 + display_width(padded);
    padded.append(name_columns > taken ? name_columns - taken : 0, ' ');
    std::string text = make_printable(print_value(value));
    const size_t room =
        terminal.width() > name_columns + 6 ? terminal.width() - name_columns - 4 : 0;
    if (room > 0) text = shorten(text, room);
    sheet.line(indent + terminal.paint(padded, Paint::kDim) + "  " + text);
  }
}

size_t widest_name(const model::Object& members, size_t depth) {
  size_t widest = 0;
  for (const auto& [name, value] : members) {
    widest = std::max(widest, depth * 2 + display_width(name));
    if (const model::Object* inner = value.as_object())
      widest = std::max(widest, widest_name(*inner, depth + 1));
  }
  return std::min<size_t>(widest, 40);
}

void add_tree_block(std::string_view title, const Value& run, const Terminal& terminal,
                    Sheet& sheet) {
  model::Object members = object_at(run, title);
  if (title == "summary")  // which is among the facts
    std::erase_if(members, [](const auto& member) { return member.first == kFootprint; });
  if (members.empty()) return;
  sheet.block(title);
  add_tree(members, 0, widest_name(members, 0), terminal, sheet);
}

// --- series

using Sparklines = std::vector<std::pair<std::string, std::string>>;  // key -> line

Result<Sparklines> draw_sparklines(const FoundRun& run, const std::vector<const Value*>& infos,
                                   DoorClient& client) {
  Sparklines lines;
  for (size_t from = 0; from < infos.size(); from += kSparkPerRequest) {
    DoorClient::SeriesRequest request;
    request.buckets = kSparkColumns;
    for (size_t i = from; i < std::min(from + kSparkPerRequest, infos.size()); ++i)
      request.keys.push_back(text_at(*infos[i], "key"));
    TRY(const server::Columns columns, client.series(run, request));
    for (const server::SeriesColumns& series : columns.series)
      if (const auto* buckets = std::get_if<query::Buckets>(&series.data))
        lines.emplace_back(series.key, print_sparkline(buckets->mean));
  }
  return lines;
}

// Machine series say in their keys what they count.
std::string print_measure(std::string_view key, double value) {
  const bool is_bytes = key.ends_with("_bytes") || key.ends_with("_bytes_per_s");
  if (!is_bytes || !(value >= 0 && value < 1e18)) return print_number(value);
  return print_bytes(static_cast<uint64_t>(value)) + (key.ends_with("_per_s") ? "/s" : "");
}

Cell number_cell(const Value& info, std::string_view member) {
  const double value = number_at(info, member);
  const bool is_system = text_at(info, "stream") == "system";
  return {is_system ? print_measure(text_at(info, "key"), value) : print_number(value),
          std::isfinite(value) ? Paint::kPlain : Paint::kRed};
}

// The machine's sampler counts milliseconds, which say nothing as steps.
Cell step_cell(const Value& info, std::string_view member) {
  if (text_at(info, "stream") == "system") return {"-", Paint::kDim};
  return {std::to_string(int_at(info, member))};
}

Result<std::string> print_series_table(std::string_view title, const FoundRun& run,
                                       const std::vector<const Value*>& infos, const Desk& desk) {
  TRY(const Sparklines lines, draw_sparklines(run, infos, desk.client));
  const bool is_system = text_at(*infos.front(), "stream") == "system";
  const Align numbers = is_system ? Align::kRight : Align::kPoint;
  Table table({{std::string(title)},
               {""},
               {"last", numbers},
               {"min", numbers},
               {"max", numbers},
               {"points", Align::kRight},
               {"last step", Align::kRight}});
  for (const Value* info : infos) {
    const std::string key = text_at(*info, "key");
    const auto line = std::find_if(lines.begin(), lines.end(),
                                   [&](const auto& entry) { return entry.first == key; });
    table.add({{make_printable(key)},
               {line == lines.end() ? "" : line->second, Paint::kCyan},
               number_cell(*info, "last"),
               number_cell(*info, "min"),
               number_cell(*info, "max"),
               {print_count(static_cast<uint64_t>(int_at(*info, "count")))},
               step_cell(*info, "last_step")});
  }
  if (is_system) table.keep_columns(6);
  return table.print(desk.terminal, true, 2);
}

// The series of one stream, at most `limit` of them.
Result<void> add_series(std::string_view stream, std::string_view title, const FoundRun& run,
                        const Value& keys, size_t limit, const Desk& desk, Sheet& sheet) {
  std::vector<const Value*> infos;
  for (const Value& info : list_at(keys, "keys"))
    if (text_at(info, "stream") == stream) infos.push_back(&info);
  if (infos.empty()) return {};
  const size_t total = infos.size();
  infos.resize(std::min(total, limit));
  TRY(const std::string table, print_series_table(title, run, infos, desk));
  sheet.line("");
  sheet.add(table);
  if (total > infos.size())
    sheet.line(
        fmt::format("  ... and {} more; 'cairn keys {}' lists them", total - infos.size(), run.id));
  return {};
}

// Why it ended: the last words of a run that did not end well.
Result<void> add_last_lines(const FoundRun& run, const Desk& desk, Sheet& sheet) {
  const std::string state = text_at(run.run, "state");
  if (state != "crashed" && state != "failed") return {};
  TRY(const Value console,
      desk.client.get(run.path() + "/console", {{"tail", std::to_string(kLastLinesShown)}}));
  const model::List& lines = list_at(console, "lines");
  if (lines.empty()) return {};
  sheet.block("last lines");
  for (const Value& line : lines) {
    const std::string text = make_printable(strip_escapes(text_at(line, "text")));
    const bool is_error = text_at(line, "stream") == "stderr";
    sheet.line("  " + desk.terminal.paint(text, is_error ? Paint::kRed : Paint::kPlain));
  }
  return {};
}

}  // namespace

Result<int> execute(const ShowRun& command, const Desk& desk) {
  TRY(const FoundRun run, desk.client.find_run(command.run));
  if (command.as_json) {
    print_json(run.run, desk.terminal);
    return kExitOk;
  }
  TRY(const Value keys, desk.client.get(run.path() + "/keys"));
  Sheet sheet(desk.terminal);
  sheet.line(print_title(run, desk.terminal));
  add_facts(run.run, sheet);
  add_tree_block("config", run.run, desk.terminal, sheet);
  add_tree_block("summary", run.run, desk.terminal, sheet);
  TRY_VOID(add_series("history", "metrics", run, keys, kSeriesShown, desk, sheet));
  TRY_VOID(add_series("system", "machine", run, keys, kSeriesShown, desk, sheet));
  TRY_VOID(add_last_lines(run, desk, sheet));
  desk.terminal.print(sheet.text());
  return kExitOk;
}

Result<int> execute(const ListKeys& command, const Desk& desk) {
  TRY(const FoundRun run, desk.client.find_run(command.run));
  TRY(const Value keys, desk.client.get(run.path() + "/keys"));
  if (command.as_json) {
    print_json(keys, desk.terminal);
    return kExitOk;
  }
  Table table({{"key"},
               {"stream"},
               {"points", Align::kRight},
               {"first step", Align::kRight},
               {"last step", Align::kRight},
               {"last", Align::kRight},
               {"min", Align::kRight},
               {"max", Align::kRight},
               {"mean", Align::kRight},
               {"NaN", Align::kRight}});
  for (const Value& info : list_at(keys, "keys")) {
    const int64_t nans = int_at(info, "nan_count");
    table.add({{make_printable(text_at(info, "key"))},
               {text_at(info, "stream"), Paint::kDim},
               {print_count(static_cast<uint64_t>(int_at(info, "count")))},
               step_cell(info, "first_step"),
               step_cell(info, "last_step"),
               number_cell(info, "last"),
               number_cell(info, "min"),
               number_cell(info, "max"),
               number_cell(info, "mean"),
               {nans > 0 ? std::to_string(nans) : "-", nans > 0 ? Paint::kRed : Paint::kDim}});
  }
  if (table.row_count() > 0) desk.terminal.print(table.print(desk.terminal));
  return kExitOk;
}

}  // namespace cairn::cli
