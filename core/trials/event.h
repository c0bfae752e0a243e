// Event: one thing that happened to a sweep; all else that is known of it follows from its events.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/value.h"

namespace cairn::trials {

// docs/formats/sweeps.md says what the body of each holds.
enum class EventKind : uint8_t {
  kCreate,   // the sweep
  kPrior,    // an earlier run to learn from
  kAsk,      // a new trial, proposed and handed out
  kAdd,      // a new trial that waits, or whose result is known
  kBegin,    // a trial that was there is handed out
  kReport,   // a value on its way
  kDecide,   // what the stopping rule said to it
  kTell,     // how a trial ended
  kRelease,  // handed back by its worker: it waits again
  kAbandon,  // its worker vanished: it waits again
  kLose,     // its worker vanished for the second time
  kRun,      // which run a trial is
  kChange,   // of the sweep's definition or state
};
std::string_view print_kind(EventKind kind);  // "create", "prior", ...
std::optional<EventKind> parse_kind(std::string_view text);

struct Event {
  uint64_t seq = 0;  // of its sweep, from 1
  int64_t at_ns = 0;
  EventKind kind = EventKind::kCreate;
  std::optional<int64_t> trial;
  model::Value body = model::Object();
};

}  // namespace cairn::trials
