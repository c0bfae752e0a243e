// Requests, and what their answers mean to an uploader.
#include "client/remote.h"

#include "wire/json.h"

namespace cairn::client {

using http::Request;
using http::Response;
using model::JournalName;
using model::Value;

namespace {

constexpr std::string_view kApi = "/api/v1";
constexpr size_t kAnswerBytesMax = 1 << 20;

// What a server said was wrong, in its own words if it is one of ours.
std::string message_of(const Response& response) {
  const auto body = wire::parse_json(response.body);
  const Value* error = body ? body->find("error") : nullptr;
  const Value* message = error ? error->find("message") : nullptr;
  if (message && message->as_string()) return *message->as_string();
  return fmt::format("status {}", response.status);
}

tl::unexpected<Error> refusal_of(const Response& response, const http::Url& url) {
  const std::string where = print_url(url), why = message_of(response);
  switch (response.status) {
    case 401:
    case 403:
      return fail(Code::kInvalid,
                  "the server does not let us in: {}; CAIRN_API_KEY holds the key "
                  "({})",
                  why, where);
    case 404:
    case 405:
      return fail(Code::kInvalid, "expected a Cairn server, found another: {} ({})", why, where);
    case 400:
    case 409:
    case 413:
      return fail(Code::kConflict, "the server does not take it: {} ({})", why, where);
    case 408:
    case 429:
      return fail(Code::kUnavailable, "the server cannot take it now: {} ({})", why, where);
    default:
      break;
  }
  if (response.status >= 500)
    return fail(Code::kUnavailable, "the server cannot take it now: {} ({})", why, where);
  return fail(Code::kInvalid, "expected a Cairn server, found another: {} ({})", why, where);
}

Result<Value> object_of(const Response& response, const http::Url& url) {
  auto body = wire::parse_json(response.body);
  if (body && body->as_object()) return std::move(*body);
  return fail(Code::kInvalid, "expected a Cairn server, found one that answers no JSON ({})",
              print_url(url));
}

uint64_t count_in(const Value& body, std::string_view name) {
  const Value* member = body.find(name);
  return member ? static_cast<uint64_t>(std::max<int64_t>(member->int_or(0), 0)) : 0;
}

bool flag_in(const Value& body, std::string_view name) {
  const Value* member = body.find(name);
  const bool* flag = member ? member->as_bool() : nullptr;
  return flag && *flag;
}

std::string journal_path(std::string_view project, const JournalName& journal) {
  // Names are safe in a URL as they are.
  return fmt::format("{}/projects/{}/journals/{}", kApi, project, print_journal_name(journal));
}

}  // namespace

Result<std::unique_ptr<Remote>> Remote::open(const http::Url& url, http::Options options) {
  options.answer_bytes_max = kAnswerBytesMax;
  TRY(auto connection, http::Connection::open(url, std::move(options)));
  return std::unique_ptr<Remote>(new Remote(std::move(connection)));
}

Result<Remote::Standing> Remote::find_journal(std::string_view project,
                                              const JournalName& journal) {
  return standing_of({"GET", journal_path(project, journal), {}, {}});
}

Result<Remote::Standing> Remote::send(std::string_view project, const JournalName& journal,
                                      Piece piece) {
  std::string path = journal_path(project, journal) + fmt::format("?from={}", piece.from);
  if (piece.skips) path += "&skip=1";
  if (piece.closes) path += "&closed=1";
  return standing_of({"PUT", std::move(path), {}, std::move(piece.bytes)});
}

Result<Remote::Standing> Remote::standing_of(const Request& request) {
  TRY(const Response response, x_connection->send(request));
  const bool is_standing = response.status == 200 || response.status == 409;
  auto body = is_standing ? object_of(response, url()) : Value();
  // 409 with an offset: bytes before `from` are missing there, and it says which.
  if (!is_standing || !body || !body->find("offset")) return refusal_of(response, url());
  return Standing{count_in(*body, "offset"), count_in(*body, "durable"), flag_in(*body, "closed")};
}

Result<bool> Remote::has_blob(std::string_view sha256) {
  TRY(const Response response,
      x_connection->send({"HEAD", fmt::format("{}/blobs/{}", kApi, sha256), {}, {}}));
  if (response.status == 200) return true;
  if (response.status == 404) return false;
  return refusal_of(response, url());
}

Result<Remote::Progress> Remote::send_blob(std::string_view sha256, uint64_t total, uint64_t from,
                                           std::string bytes) {
  TRY(const Response response,
      x_connection->send({"PUT",
                          fmt::format("{}/blobs/{}?from={}&bytes={}", kApi, sha256, from, total),
                          {},
                          std::move(bytes)}));
  if (response.status != 200) return refusal_of(response, url());
  TRY(const Value body, object_of(response, url()));
  return Progress{count_in(body, "bytes"), flag_in(body, "complete")};
}

Result<Remote::Session> Remote::find_session(std::string_view project, std::string_view run) {
  TRY(const Response response,
      x_connection->send(
          {"GET", fmt::format("{}/projects/{}/journals?run={}", kApi, project, run), {}, {}}));
  if (response.status != 200) return refusal_of(response, url());
  TRY(const Value body, object_of(response, url()));
  Session found;
  found.session = static_cast<int>(count_in(body, "session"));
  found.is_alive = flag_in(body, "alive");
  const Value* step = body.find("last_step");
  if (step && step->as_int()) found.last_step = *step->as_int();
  return found;
}

void Remote::forget(std::unique_ptr<Remote> remote) {
  if (remote) http::Connection::forget(std::move(remote->x_connection));
}

}  // namespace cairn::client
