// The handler of console text.
#include "base/limits.h"
#include "server/handlers.h"

namespace cairn::server {

using model::Value;

namespace {

constexpr int64_t kLinesDefault = 1000;

Value print_line(const store::ConsoleLine& line) {
  Value out;
  out.set("number", static_cast<int64_t>(line.number));
  out.set("stream", line.stream == 0 ? "stdout" : "stderr");
  out.set("time_ns", line.time_ns);
  out.set("text", line.text);
  out.set("partial", line.partial);
  return out;
}

}  // namespace

Result<Response> read_console(const Call& call) {
  constexpr int64_t kMax = kConsoleLinesPerRequestMax;
  TRY(const auto first, call.integer("first", 0));
  TRY(const auto limit, call.integer("limit", 1, kMax));
  TRY(const auto tail, call.integer("tail", 0, kMax));
  if (tail && (first || limit))
    return fail(Code::kInvalid, "expected either tail, or first and limit, found both");
  TRY(const model::RunInfo run, call.run());
  TRY(const uint64_t total, call.rooms.store.count_console(run.project, run.id));

  uint64_t from = static_cast<uint64_t>(first.value_or(0));
  size_t lines_max = static_cast<size_t>(limit.value_or(kLinesDefault));
  if (tail) {
    lines_max = static_cast<size_t>(*tail);
    from = total > lines_max ? total - lines_max : 0;
  }
  TRY(const std::vector<store::ConsoleLine> lines,
      call.rooms.store.read_console(run.project, run.id, from, lines_max));
  model::List printed;
  for (const store::ConsoleLine& line : lines) printed.push_back(print_line(line));
  Value out;
  out.set("lines", std::move(printed));
  out.set("count", static_cast<int64_t>(total));
  out.set("state", model::print_state(run.state));
  return answer(out);
}

}  // namespace cairn::server
