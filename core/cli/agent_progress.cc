// Writes lines for people and programs.
#include "cli/agent_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "cli/door_client.h"
#include "cli/found_sweep.h"
#include "cli/text.h"
#include "wire/json.h"

namespace cairn::cli {

using model::Object;
using model::Value;

namespace {

constexpr const char* kClearLine = "\r\x1b[K";
constexpr size_t kLineMin = 40;

bool is_best(const Value& trial, const Value& sweep) {
  const Value& best = value_at(sweep, "best");
  return best.as_object() && int_at(best, "trial") == int_at(trial, "number");
}

std::string describe(const Value& trial, const Value& sweep, const Terminal& terminal) {
  const std::string state = text_at(trial, "state");
  std::string text =
      fmt::format("trial {}: {}", int_at(trial, "number"), print_result(trial, goals_of(sweep)));
  if (is_best(trial, sweep)) text += terminal.paint(", the best so far", Paint::kGreen);
  if (const std::string params = print_params(value_at(trial, "params")); !params.empty())
    text += terminal.paint("  " + params, Paint::kDim);
  if (flag_at(trial, "is_reused"))
    text += fmt::format("  (known: {})", make_printable(text_at(trial, "run")));
  const std::string error = text_at(trial, "error");
  if (state == "failed" && !error.empty())
    text += terminal.paint("  " + make_printable(error), Paint::kRed);
  const model::List& decisions = list_at(trial, "decisions");
  if (state == "stopped" && !decisions.empty())
    text += "  " + make_printable(text_at(decisions.back(), "reason"));
  return text;
}

}  // namespace

double estimate_left_s(const Value& sweep, size_t running) {
  const Value& used = value_at(sweep, "used");
  const Value& budget = value_at(sweep, "budget");
  const double used_s = number_at(used, "seconds");
  const auto workers = static_cast<double>(std::max<size_t>(running, 1));
  double left = std::numeric_limits<double>::quiet_NaN();
  const auto ran =
      static_cast<double>(count_ended(sweep)) - static_cast<double>(count_at(sweep, "reused"));
  if (const auto wanted = count_wanted(sweep); wanted && ran > 0)
    left = (static_cast<double>(*wanted) - static_cast<double>(count_ended(sweep))) * used_s / ran /
           workers;
  if (const Value& hours = value_at(budget, "hours"); hours.is_number()) {
    const double by_hours = (hours.number_or(0) * 3600 - used_s) / workers;
    left = std::isnan(left) ? by_hours : std::min(left, by_hours);
  }
  return std::max(left, 0.0);
}

AgentProgress::AgentProgress(const Terminal& terminal, Style style)
    : x_terminal(terminal),
      x_style(style),
      x_is_live(style.has_quiet_trials && !style.as_json && ::isatty(STDERR_FILENO) == 1) {}

AgentProgress::~AgentProgress() { clear(); }

void AgentProgress::clear() {
  if (!x_line.empty()) std::fputs(kClearLine, stderr);
  x_line.clear();
}

void AgentProgress::print_json(std::string_view event, const Value& trial, const Value& sweep) {
  Value line = Object{{"event", event}};
  if (!trial.is_null()) line.set("trial", trial);
  line.set("sweep", sweep);
  x_terminal.print(wire::print_json(line) + "\n");
  std::fflush(stdout);
}

void AgentProgress::tell(const Value& trial, const Value& sweep) {
  x_last_note.clear();
  if (x_style.as_json) return print_json("trial", trial, sweep);
  clear();
  x_terminal.print(describe(trial, sweep, x_terminal) + "\n");
  std::fflush(stdout);
}

void AgentProgress::note(const std::string& text) {
  if (text == x_last_note) return;
  x_last_note = text;
  clear();
  Terminal::warn(make_printable(text));
}

void AgentProgress::draw(const Value& sweep, size_t running) {
  if (!x_is_live) return;
  std::string line = fmt::format("{}, {} running here", print_progress(sweep), running);
  if (const std::string best = print_best(sweep); !best.empty()) line += ", best " + best;
  if (const double left_s = estimate_left_s(sweep, std::max(running, count_at(sweep, "running")));
      !std::isnan(left_s))
    line += ", about " + print_span(left_s) + " left";
  if (const std::string used = print_used(sweep); !used.empty()) line += ", used " + used;
  if (line == x_line) return;
  const size_t width = std::max(x_terminal.width(), kLineMin) - 1;
  fmt::print(stderr, "{}{}", kClearLine, shorten(line, width));
  std::fflush(stderr);
  x_line = std::move(line);
}

void AgentProgress::end(const Value& sweep, std::string_view why) {
  if (x_style.as_json) return print_json("end", {}, sweep);
  clear();
  std::string text = fmt::format("{}: {}", why, print_progress(sweep));
  if (const std::string best = print_best(sweep); !best.empty()) text += ", best " + best;
  if (const std::string used = print_used(sweep); !used.empty()) text += ", used " + used;
  x_terminal.print(text + "\n");
  if (const Value& params = value_at(value_at(sweep, "best"), "params"); params.as_object())
    x_terminal.print("  " + print_params(params) + "\n");
}

}  // namespace cairn::cli
