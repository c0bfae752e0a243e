// Handlers of the store's care: health, doctor, garbage.
#include <unistd.h>

#include "base/clock.h"
#include "base/version.h"
#include "server/handlers.h"

namespace cairn::server {

using model::Value;

namespace {

Value print_lines(const std::vector<std::string>& lines) {
  return model::List(lines.begin(), lines.end());
}
int64_t count(uint64_t n) { return static_cast<int64_t>(n); }

}  // namespace

Result<Response> get_health(const Call& call) {
  Value health;
  health.set("version", version());
  health.set("store", call.rooms.store.layout().root());
  health.set("pid", static_cast<int64_t>(getpid()));
  return answer(health);
}

Result<Response> run_doctor(const Call& call) {
  TRY(const Value request, call.object());
  const Value* rebuild = request.find("rebuild");
  if (rebuild && rebuild->int_or(0)) {
    TRY(const std::vector<std::string> projects, call.rooms.store.projects());
    for (const std::string& project : projects) TRY_VOID(call.rooms.store.rebuild(project));
    TRY_VOID(call.rooms.ingest.catch_up_all());
  }
  TRY(const store::Check check, call.rooms.store.verify());
  Value found;
  found.set("files", count(check.files));
  found.set("frames", count(check.frames));
  found.set("bytes", count(check.bytes));
  found.set("blobs", count(check.blobs));
  found.set("damage", print_lines(check.damage));
  found.set("notes", print_lines(check.notes));
  return answer(found);
}

Result<Response> collect_garbage(const Call& call) {
  TRY(const Value request, call.object());
  const Value* dry_run = request.find("dry_run");
  const Value* grace = request.find("grace_s");
  const double grace_s = grace ? grace->number_or(-1) : 24 * 3600;
  if (!(grace_s >= 0 && grace_s <= 1e9))
    return fail(Code::kInvalid, "expected grace_s as seconds from 0 to 1e9");
  TRY(const ingest::Ingest::GarbageReport report,
      call.rooms.ingest.collect_garbage(
          static_cast<int64_t>(grace_s * static_cast<double>(kNsPerSecond)),
          dry_run && dry_run->int_or(0)));
  Value found;
  found.set("blobs_removed", count(report.blobs_removed));
  found.set("bytes_removed", count(report.bytes_removed));
  found.set("blobs_kept", count(report.blobs_kept));
  found.set("bytes_kept", count(report.bytes_kept));
  found.set("strays_removed", count(report.strays_removed));
  return answer(found);
}

}  // namespace cairn::server
