// The handler of export: a run's points as one row per step, CSV or JSON lines.
#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <limits>

#include "base/limits.h"
#include "server/handlers.h"
#include "wire/json.h"

namespace cairn::server {
namespace {

struct Column {
  std::string key;
  model::Points points;  // ascending in step, one point per step
  size_t next = 0;
};

// How one format writes a table. `cells` hold a value where the column has a point at the step.
class RowPrinter {
 public:
  using Cells = std::vector<std::optional<double>>;
  virtual ~RowPrinter() = default;
  virtual void header(const std::vector<Column>& columns, std::string& out) = 0;
  virtual void row(int64_t step, int64_t time_ns, const Cells& cells, std::string& out) = 0;
};

class CsvPrinter : public RowPrinter {
 public:
  void header(const std::vector<Column>& columns, std::string& out) override {
    out += "step,time_ns";
    for (const Column& column : columns) out += ',' + quote(column.key);
    out += '\n';
  }
  void row(int64_t step, int64_t time_ns, const Cells& cells, std::string& out) override {
    fmt::format_to(std::back_inserter(out), "{},{}", step, time_ns);
    for (const auto& cell : cells) {
      out += ',';
      if (!cell) continue;
      if (std::isnan(*cell))
        out += "NaN";  // fmt would also print its sign
      else
        fmt::format_to(std::back_inserter(out), "{}", *cell);
    }
    out += '\n';
  }

 private:
  static std::string quote(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
      quoted += c;
      if (c == '"') quoted += c;
    }
    return quoted + '"';
  }
};

class JsonLinesPrinter : public RowPrinter {
 public:
  void header(const std::vector<Column>& columns, std::string&) override {
    for (const Column& column : columns) x_names.push_back(wire::print_json(column.key));
  }
  void row(int64_t step, int64_t time_ns, const Cells& cells, std::string& out) override {
    fmt::format_to(std::back_inserter(out), "{{\"step\":{},\"time_ns\":{}", step, time_ns);
    for (size_t i = 0; i < cells.size(); ++i)
      if (cells[i])
        fmt::format_to(std::back_inserter(out), ",{}:{}", x_names[i], wire::print_json(*cells[i]));
    out += "}\n";
  }

 private:
  std::vector<std::string> x_names;
};

Result<std::vector<Column>> read_columns(const Call& call, const model::RunInfo& run) {
  const std::string_view stream = call.text("stream", "history");
  if (stream != "history" && stream != "system")
    return fail(Code::kInvalid, "expected stream 'history' or 'system', found '{}'", stream);
  const model::Stream wanted =
      stream == "history" ? model::Stream::kHistory : model::Stream::kSystem;
  query::Catalog& catalog = call.rooms.catalog;
  TRY(const std::vector<model::SeriesInfo> infos, catalog.keys(run.project, run.id));
  const std::vector<std::string> asked = call.list("keys");

  std::vector<Column> columns;
  for (const model::SeriesInfo& info : infos) {
    const bool is_asked = std::find(asked.begin(), asked.end(), info.key) != asked.end();
    if (asked.empty() ? info.stream != wanted : !is_asked) continue;
    TRY(model::Points points, catalog.points(run.project, run.id, info.key));
    columns.push_back({info.key, std::move(points)});
  }
  for (const std::string& key : asked)
    if (std::none_of(columns.begin(), columns.end(),
                     [&](const Column& column) { return column.key == key; }))
      return fail(Code::kNotFound, "run {} has no series '{}'", run.id, key);
  return columns;
}

// Merges the columns by step; a row's time is that of its first column.
std::string print_rows(std::vector<Column>& columns, RowPrinter& printer) {
  std::string out;
  printer.header(columns, out);
  RowPrinter::Cells cells(columns.size());
  while (true) {
    std::optional<int64_t> step;
    for (const Column& column : columns)
      if (column.next < column.points.size())
        step = std::min(step.value_or(std::numeric_limits<int64_t>::max()),
                        column.points.step[column.next]);
    if (!step) return out;
    std::optional<int64_t> time_ns;
    for (size_t i = 0; i < columns.size(); ++i) {
      Column& column = columns[i];
      cells[i].reset();
      if (column.next == column.points.size() || column.points.step[column.next] != *step) continue;
      cells[i] = column.points.value[column.next];
      if (!time_ns) time_ns = column.points.time_ns[column.next];
      ++column.next;
    }
    printer.row(*step, *time_ns, cells, out);
  }
}

}  // namespace

Result<Response> export_run(const Call& call) {
  const std::string_view format = call.text("format", "csv");
  if (format != "csv" && format != "jsonl")
    return fail(Code::kInvalid, "expected format 'csv' or 'jsonl', found '{}'", format);
  TRY(const model::RunInfo run, call.run());
  TRY(std::vector<Column> columns, read_columns(call, run));
  Response response;
  if (format == "csv") {
    CsvPrinter printer;
    response.content_type = "text/csv; charset=utf-8";
    response.body = print_rows(columns, printer);
  } else {
    JsonLinesPrinter printer;
    response.content_type = "application/jsonl";
    response.body = print_rows(columns, printer);
  }
  return response;
}

}  // namespace cairn::server
