// Console folding: from the bytes a program writes to the lines a person would have seen.
//
// A progress bar redraws its line with carriage returns; only what it looked like in the end is a
// line, and only what it looks like now is worth keeping while it runs.
#pragma once

#include <string>
#include <string_view>

#include "base/limits.h"

namespace cairn::client {

// One per stream. Not thread-safe.
class ConsoleFold {
 public:
  // Calls line(text) for every line that `text` completes.
  template <typename Line>
  void write(std::string_view text, const Line& line) {
    for (const char c : text) {
      if (c == '\n') {
        line(std::string_view(x_line));
        x_line.clear();
        x_return = false;
      } else if (c == '\r') {
        x_return = true;  // the next character starts the line anew; "\r\n" is a plain line end
      } else {
        if (x_return) x_line.clear();
        x_return = false;
        x_line.push_back(c);
        if (x_line.size() >= kConsoleLineBytesMax) {
          line(std::string_view(x_line));
          x_line.clear();
        }
      }
      x_changed = true;
    }
  }

  // The unfinished line, if it changed since the last call.
  bool take_partial(std::string& out) {
    if (!x_changed || x_line.empty()) return false;
    x_changed = false;
    out = x_line;
    return true;
  }
  // The unfinished line, for good.
  std::string take_rest() { return std::move(x_line); }

 private:
  std::string x_line;
  bool x_return = false;
  bool x_changed = false;
};

}  // namespace cairn::client
