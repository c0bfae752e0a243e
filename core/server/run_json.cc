// RunInfo → the API's Run.
#include "server/run_json.h"

#include <string_view>

#include "base/clock.h"
#include "query/catalog.h"

namespace cairn::server {

using model::Value;

namespace {

std::string_view print_liveness(model::Liveness liveness) {
  switch (liveness) {
    case model::Liveness::kAlive:
      return "alive";
    case model::Liveness::kEnded:
      return "ended";
    case model::Liveness::kUnknown:
      return "unknown";
  }
  return "unknown";
}

template <typename T>
Value or_null(const std::optional<T>& value) {
  return value ? Value(*value) : Value();
}

Value or_empty(const Value& object) { return object.as_object() ? object : Value(model::Object{}); }

// A run that ended lasted to its end; one that lives, to now; of any other only its last sign is
// known.
double duration_s(const model::RunInfo& run, int64_t now_ns) {
  const int64_t alive_until = run.liveness == model::Liveness::kAlive ? now_ns : run.updated_ns;
  const int64_t span_ns = run.ended_ns.value_or(alive_until) - run.created_ns;
  return static_cast<double>(std::max<int64_t>(span_ns, 0)) / static_cast<double>(kNsPerSecond);
}

}  // namespace

Value print_run(const model::RunInfo& run, int64_t now_ns, bool detail) {
  Value out;
  out.set("id", run.id);
  out.set("project", run.project);
  out.set("name", run.name);
  out.set("state", model::print_state(run.state));
  out.set("liveness", print_liveness(run.liveness));
  out.set("created_ns", run.created_ns);
  out.set("ended_ns", or_null(run.ended_ns));
  out.set("updated_ns", run.updated_ns);
  out.set("duration_s", duration_s(run, now_ns));
  out.set("exit_code", or_null(run.exit_code));
  out.set("tags", model::List(run.tags.begin(), run.tags.end()));
  out.set("notes", run.notes);
  out.set("group", run.group);
  out.set("job_type", run.job_type);
  out.set("archived", run.archived);
  out.set("config", or_empty(run.config));
  out.set("summary", or_empty(run.summary));
  out.set("last_step", run.last_step < 0 ? Value() : Value(run.last_step));
  out.set("sessions", run.sessions);
  out.set("lost", query::count_lost(run));
  if (detail) {
    out.set("meta", or_empty(run.meta));
    out.set("metrics", or_empty(run.metrics));
    out.set("losses", or_empty(run.losses));
  }
  return out;
}

}  // namespace cairn::server
