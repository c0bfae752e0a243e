// The commands of sweeps as plain values; a part of commands.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cairn::cli {

// What is said of a sweep on the command line: it goes before what its file says.
struct SweepWords {
  std::string project, name, method, metric, goal, budget;
  std::optional<uint64_t> seed;
};
struct AgentWords {
  size_t jobs = 1;
  std::optional<size_t> count;
  bool verbose = false;
  double grace_s = 10, sample_period_s = 10;
};
struct MakeSweep {
  std::string file;  // empty: `argv` says all
  SweepWords words;
  AgentWords agent;
  bool dry_stop = false, runs = false, only_checks = false, as_json = false;
  std::vector<std::string> argv;
};
struct ListSweeps {
  std::string project;  // empty: all
  bool as_json = false;
};
struct ShowSweep {
  std::string sweep;
  size_t trials = 10;
  bool as_json = false;
};
struct SetSweepState {
  std::string sweep, state;
  bool as_json = false;
};
struct EditSweep {
  std::string sweep, file;  // file: may be empty
  SweepWords words;
  bool as_json = false;
};
struct ExportSweep {
  std::string sweep, format = "csv", output;
  bool transcript = false;
};
struct ReplaySweep {
  std::string sweep;
  bool as_json = false;
};
struct RemoveSweeps {
  std::vector<std::string> sweeps;
  bool yes = false;
};
struct RunAgent {
  std::string sweep;
  AgentWords agent;
  bool as_json = false;
};
struct PlanSweep {
  std::string file;  // or a sweep's id or name
  SweepWords words;
  size_t limit = 200;
  bool as_json = false;
  std::vector<std::string> argv;
};

}  // namespace cairn::cli
