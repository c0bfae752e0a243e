// What an agent tells while it works: a line for each trial, and on a terminal one that stays
// below.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/terminal.h"
#include "model/value.h"

namespace cairn::cli {

// Lines of text, or of JSON for programs. Owned by the agent, used by its main thread.
class AgentProgress {
 public:
  struct Style {
    bool as_json = false;
    bool has_quiet_trials = false;  // nothing else writes to the terminal: it may have a live line
  };
  AgentProgress(const Terminal& terminal, Style style);
  ~AgentProgress();  // clears the live line

  // A trial has ended, as the API tells it and its sweep then.
  void tell(const model::Value& trial, const model::Value& sweep);
  // Something to know in passing, once for each text in a row.
  void note(const std::string& text);
  // Called often; draws the live line anew when it has changed.
  void draw(const model::Value& sweep, size_t running);
  // The sweep, or this agent's part in it, is over.
  void end(const model::Value& sweep, std::string_view why);

 private:
  void clear();
  void print_json(std::string_view event, const model::Value& trial, const model::Value& sweep);

  const Terminal& x_terminal;
  const Style x_style;
  const bool x_is_live;
  std::string x_line;  // that is drawn now
  std::string x_last_note;
};

// What is left of a sweep at the pace so far, in seconds; NaN where that cannot be told.
double estimate_left_s(const model::Value& sweep, size_t running);

}  // namespace cairn::cli
