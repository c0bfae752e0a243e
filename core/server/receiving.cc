// Handlers of journals and blobs that are uploaded, and of what their writers ask before they
// begin.
#include "server/receiving.h"

#include <exception>

#include "base/clock.h"
#include "base/id.h"
#include "server/call.h"
#include "server/handlers.h"
#include "server/router.h"

namespace cairn::server {

using ingest::Receiver;
using model::JournalName;
using model::Value;

namespace {

constexpr int kStatusNoRoom = 507;

// A server that was just restarted has not heard of anybody yet. A run that grew lately is taken
// for a living one, so that its ranks join it: to resume it by mistake would hide what the others
// log.
constexpr int64_t kSilentNs = 600 * kNsPerSecond;

bool may_live(const model::RunInfo& info) {
  if (info.liveness == model::Liveness::kAlive) return true;
  return info.liveness == model::Liveness::kUnknown && wall_now_ns() - info.updated_ns < kSilentNs;
}

Value print_standing(const Receiver::Standing& standing) {
  Value value;
  value.set("offset", static_cast<int64_t>(standing.offset));
  value.set("durable", static_cast<int64_t>(standing.durable));
  value.set("closed", standing.closed);
  return value;
}

// The same as any other error, and where to go on.
Response answer_gap(const Receiver::Standing& standing, uint64_t from) {
  Value error;
  error.set("code", print_code(Code::kConflict));
  error.set("message", fmt::format("expected bytes from offset {} on, found them from {}",
                                   standing.offset, from));
  Value body = print_standing(standing);
  body.set("error", std::move(error));
  Response response = answer(body);
  response.status = 409;
  return response;
}

// Too much for the server, not for the format.
Response answer_no_room(const Error& error) {
  Response response = answer_error(
      Error(error.code(), "no room on the server's disk, try again later: " + error.message()));
  response.status = kStatusNoRoom;
  response.headers.emplace_back("Retry-After", "10");
  return response;
}

Result<uint64_t> number(const Ask& ask, std::string_view param,
                        std::optional<int64_t> missing = std::nullopt) {
  TRY(auto value, ask.integer(param, 0));
  if (!value) value = missing;
  if (!value) return fail(Code::kInvalid, "expected the parameter {}", param);
  return static_cast<uint64_t>(*value);
}

}  // namespace

Response Receiving::handle(const Request& request) noexcept {
  try {
    auto response = route(request);
    return response ? std::move(*response) : answer_error(response.error());
  } catch (const std::exception& e) {  // out of memory, above all
    return answer_error(Error(Code::kUnavailable, fmt::format("cannot answer: {}", e.what())));
  }
}

Result<Response> Receiving::route(const Request& request) {
  const auto found = find_route(request);
  if (!found) return found.error();
  const std::vector<std::string>& names = found->names;
  if (!found->is_project)
    return request.method == "HEAD" ? find_blob(names[0]) : take_blob(request, names[0]);
  const auto journal = model::parse_journal_name(names[1]);
  if (!journal)
    return fail(Code::kInvalid, "expected a journal as RUN~SESSION~WRITER.clog, found '{}'",
                names[1].substr(0, 200));
  return request.method == "GET" ? find_journal(names[0], *journal)
                                 : take_journal(request, names[0], *journal);
}

Result<Response> Receiving::find_journal(const std::string& project, const JournalName& journal) {
  TRY(const auto standing, x_receiver.find(project, journal));
  return answer(print_standing(standing));
}

Result<Response> Receiving::take_journal(const Request& request, const std::string& project,
                                         const JournalName& journal) {
  const Ask ask{request, {}};
  Receiver::Piece piece;
  TRY(piece.from, number(ask, "from", 0));
  TRY(piece.skips, ask.flag("skip"));
  TRY(piece.closes, ask.flag("closed"));
  piece.bytes = request.body;
  auto standing = x_receiver.take(project, journal, piece);
  if (!standing && standing.error().code() == Code::kLimit) return answer_no_room(standing.error());
  if (!standing) return tl::unexpected(std::move(standing).error());
  if (!standing->closed && standing->offset < piece.from) return answer_gap(*standing, piece.from);
  return answer(print_standing(*standing));
}

Result<Response> Receiving::find_blob(const std::string& sha256) {
  TRY(const std::string path, x_blobs.path_of(sha256));
  TRY(const FileInfo about, x_disk.info(path));
  Response response;
  response.content_type = "application/octet-stream";
  response.file = FileSlice{path, 0, about.bytes};
  return response;
}

Result<Response> Receiving::take_blob(const Request& request, const std::string& sha256) {
  const Ask ask{request, {}};
  TRY(const uint64_t from, number(ask, "from", 0));
  TRY(const uint64_t bytes, number(ask, "bytes"));
  auto progress = x_arrivals.take({sha256, bytes}, from, request.body);
  if (!progress && progress.error().code() == Code::kLimit) return answer_no_room(progress.error());
  if (!progress) return tl::unexpected(std::move(progress).error());
  Value value;
  value.set("bytes", static_cast<int64_t>(progress->bytes));
  value.set("complete", progress->complete);
  return answer(value);
}

Result<Response> find_session(const Call& call) {
  const std::string_view run = call.text("run");
  if (!is_safe_name(call.names[0]) || !is_safe_name(run))
    return fail(Code::kInvalid, "expected the parameter run as a run's id, found '{}'",
                run.substr(0, 200));
  Value found(model::Object{{"session", 0}, {"alive", false}, {"last_step", nullptr}});
  store::Store& store = call.rooms.store;
  const auto caught_up = call.rooms.ingest.catch_up(call.names[0]);
  const auto info =
      caught_up ? store.get_run(call.names[0], run) : tl::unexpected(caught_up.error());
  if (!info && info.error().code() == Code::kNotFound) return answer(found);
  if (!info) return tl::unexpected(info.error());
  found.set("session", info->sessions);
  found.set("alive", may_live(*info));
  if (info->last_step >= 0) found.set("last_step", info->last_step);
  return answer(found);
}

}  // namespace cairn::server
