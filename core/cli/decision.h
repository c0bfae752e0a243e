// Decision: what becomes of a command before it is run, and what is learned from it after.
//
// Either a run of the past, or one that somebody makes just now, takes its place; or it is run,
// perhaps to audit a run that could have taken it. Whatever goes wrong here, it is run.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/flight.h"
#include "cli/past_runs.h"
#include "cli/planned_command.h"
#include "client/run.h"

namespace cairn::cli {

// Owned by the command, used by the main thread.
class Decision {
 public:
  Decision(const RecordCommand& command, const PlannedCommand& planned, const Desk& desk);

  // The exit code where the command need not be run: it was reused, or must not be run twice.
  std::optional<int> settle();

  // Others who are asked for the same see this run from now on.
  void begin(const client::Run& run);
  // `manifest` null: it was not traced. Before the run is finished: what was decided is kept in it.
  void conclude(client::Run& run, const recall::Manifest* manifest, bool is_success);
  // After the run is finished: tells what an audit found, and lets others go on.
  void close(const client::Run& run, const recall::Manifest* manifest);

 private:
  trace::Reuse find_mode() const;
  bool waits_for(const Leader& leader);
  void follow(const Leader& leader);
  // Whether a past run has taken the command's place.
  bool recall();
  bool reuse(const Relative& relative);
  bool is_audit_due(const Relative& relative) const;
  void note(std::string_view level, std::string_view reason, const Relative* best);

  const RecordCommand& x_command;
  const PlannedCommand& x_planned;
  const Desk& x_desk;
  DoorClient x_quick;  // for what the command waits for
  const trace::Reuse x_mode;
  Flight x_flight;
  bool x_has_waited = false;
  size_t x_lines_shown = 0;         // of a leader's console
  std::string x_attached;           // the run whose lines these are
  model::Object x_decision;         // meta.recall.decision
  std::optional<Relative> x_audit;  // what this run is compared with
};

}  // namespace cairn::cli
