// PrintedResults: results that a program only prints, such as "val_acc: 0.93".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/value.h"

namespace cairn::cli {

// Sees a program's console as it comes and keeps the last number behind each key. Owned by the
// command that runs the program, used by its main thread.
class PrintedResults {
 public:
  explicit PrintedResults(std::vector<std::string> keys) : x_keys(std::move(keys)) {}

  void see(std::string_view text);
  // By key; without those that were never printed, or of which `summary` knows better.
  model::Value found(const model::Value& summary) const;

 private:
  void see_line(std::string_view line);

  const std::vector<std::string> x_keys;
  std::string x_line;  // that has not ended
  model::Value x_found = model::Object();
};

}  // namespace cairn::cli
