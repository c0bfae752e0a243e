// Handlers of leases.
#include <cmath>

#include "base/clock.h"
#include "server/handlers.h"
#include "server/leases.h"

namespace cairn::server {

using model::Value;

namespace {

Value print_lease(const Lease& lease) {
  return model::Object{{"holder", lease.holder},
                       {"detail", lease.detail},
                       {"since_ns", lease.since_ns},
                       {"heartbeat_ns", lease.heartbeat_ns},
                       {"expires_ns", lease.expires_ns}};
}

// Nothing that a clock could count: 0, which no lease may last.
int64_t read_seconds(const Value* seconds) {
  const double s = seconds && seconds->is_number() ? seconds->number_or(0) : 0;
  constexpr double kMost = 1e9;
  return s > 0 && s < kMost ? std::llround(s * static_cast<double>(kNsPerSecond)) : 0;
}

}  // namespace

Result<Response> take_lease(const Call& call) {
  TRY(const Value body, call.object());
  const Value* holder = body.find("holder");
  if (!holder || !holder->as_string()) return fail(Code::kInvalid, "expected holder as a string");
  const Value* detail = body.find("detail");
  TRY(const Leases::Answer taken,
      call.rooms.leases.take(call.names[0], *holder->as_string(), read_seconds(body.find("ttl_s")),
                             detail ? *detail : Value(model::Object{})));
  Value printed = print_lease(taken.lease);
  printed.set("granted", taken.is_granted);
  return answer(printed);
}

Result<Response> get_lease(const Call& call) {
  TRY(const auto lease, call.rooms.leases.find(call.names[0]));
  if (!lease) return fail(Code::kNotFound, "nobody holds a lease '{}'", call.names[0]);
  return answer(print_lease(*lease));
}

Result<Response> give_back_lease(const Call& call) {
  TRY_VOID(call.rooms.leases.give_back(call.names[0], call.text("holder")));
  return answer(model::Object{{"removed", call.names[0]}});
}

}  // namespace cairn::server
