// Turns calls into requests and responses into values.
#include "cli/door_client.h"

#include <algorithm>
#include <limits>

#include "base/disk.h"
#include "base/hash.h"
#include "base/version.h"
#include "model/layout.h"
#include "server/call.h"
#include "server/router.h"
#include "server/target.h"
#include "wire/json.h"

namespace cairn::cli {

using model::Value;

namespace {

constexpr size_t kPieceBytes = 1 << 20;
constexpr size_t kUploadPieceBytes = 8 << 20;
// A question about much may be thought about for long; a connection that is dead is none that long.
constexpr int64_t kThinkingLimitS = 600;
constexpr int64_t kHurriedConnectMs = 300, kHurriedTotalMs = 2'000;

Result<std::unique_ptr<http::Connection>> connect(const std::string& text, bool is_hurried) {
  TRY(const http::Url url, http::parse_url(text));
  http::Options options = http::options_from_environment(url);
  options.compressed = true;
  options.stall_limit_s = kThinkingLimitS;
  if (is_hurried) {
    options.connect_limit_ms = kHurriedConnectMs;
    options.total_limit_ms = kHurriedTotalMs;
  }
  return http::Connection::open(url, std::move(options));
}

Result<blobs::BlobRef> hash_file(const std::string& path) {
  TRY(const auto file, posix_disk().open(path, OpenMode::kRead));
  std::string piece(kPieceBytes, '\0');
  blobs::BlobRef blob;
  Sha256 hash;
  while (true) {
    TRY(const size_t n, file->read_at(blob.bytes, piece.data(), piece.size()));
    if (n == 0) break;
    hash.update(std::string_view(piece).substr(0, n));
    blob.bytes += n;
  }
  blob.sha256 = print_hex(hash.finish());
  return blob;
}

Result<void> read_slice(const server::FileSlice& slice, const DoorClient::Sink& sink) {
  TRY(const auto file, posix_disk().open(slice.path, OpenMode::kRead));
  std::string piece(kPieceBytes, '\0');
  for (uint64_t at = 0; at < slice.bytes;) {
    const size_t want = static_cast<size_t>(std::min<uint64_t>(kPieceBytes, slice.bytes - at));
    TRY(const size_t n, file->read_at(slice.offset + at, piece.data(), want));
    if (n == 0) return fail(Code::kCorrupt, "expected more bytes ({})", slice.path);
    if (!sink(std::string_view(piece).substr(0, n)))
      return fail(Code::kUnavailable, "stopped amid a file ({})", slice.path);
    at += n;
  }
  return {};
}

}  // namespace

std::string FoundRun::path() const {
  return project_path(project) + "/runs/" + server::percent_encode(id);
}

Result<server::Response> DoorClient::call(server::Request request, const Sink& sink) {
  request.path = std::string(server::kApiPrefix) + request.path;
  TRY(server::Response response,
      x_url.empty() ? ask_door(std::move(request), sink) : ask_server(std::move(request), sink));
  if (response.status >= 300) return tl::unexpected(read_error(response));
  return response;
}

Result<server::Response> DoorClient::ask_door(server::Request request, const Sink& sink) {
  request.who = auth::local_admin();
  server::Response response = x_door.handle(request);
  if (response.file && sink) TRY_VOID(read_slice(*response.file, sink));
  return response;
}

Result<server::Response> DoorClient::ask_server(server::Request request, const Sink& sink) {
  if (x_away) return tl::unexpected(*x_away);
  if (!x_server) {
    TRY(x_server, connect(x_url, x_is_hurried));
  }
  http::Request sent;
  sent.method = request.method;
  sent.path = server::print_target(request);
  sent.headers = std::move(request.headers);
  if (!request.body.empty()) sent.headers.emplace_back("Content-Type", "application/json");
  sent.body = std::move(request.body);
  auto asked = x_server->send(sent, sink);
  if (!asked && x_is_hurried) x_away = asked.error();
  TRY(http::Response answer, std::move(asked));
  server::Response response;
  response.status = answer.status;
  response.body = std::move(answer.body);
  response.headers = std::move(answer.headers);
  return response;
}

Error DoorClient::read_error(const server::Response& response) {
  const auto body = wire::parse_json(response.body);
  const Value& about = body ? value_at(*body, "error") : value_at({}, "");
  if (about.as_object()) {
    Error error(server::code_of(text_at(about, "code")), text_at(about, "message"));
    const bool lacks_route =
        response.status == 405 || error.message().starts_with(server::kNoSuchPath);
    return lacks_route && !x_url.empty() ? explain_version(error.message()) : error;
  }
  const bool is_redirect = response.status < 400;
  return Error(Code::kUnavailable,
               fmt::format("expected a Cairn server, found something that answers with {} {} ({})",
                           is_redirect ? "the redirection" : "status", response.status, place()));
}

// A server that does not know what we ask for is older than we are.
Error DoorClient::explain_version(std::string_view message) {
  server::Request request;
  request.path = std::string(server::kApiPrefix) + "/health";
  const auto answer = ask_server(std::move(request), {});
  const auto health = answer ? wire::parse_json(answer->body) : Value();
  const std::string theirs = health ? text_at(*health, "version") : "";
  return Error(
      Code::kUnavailable,
      fmt::format("the server runs {}, which does not know what cairn {} asks for: {} ({})",
                  theirs.empty() ? "another program" : "cairn " + theirs, version(), message,
                  x_url));
}

Result<void> DoorClient::read_blob(const std::string& sha256, uint64_t offset, const Sink& sink) {
  server::Request request;
  request.path = "/blobs/" + sha256;
  if (offset > 0) request.headers.emplace_back("range", fmt::format("bytes={}-", offset));
  TRY_VOID(call(std::move(request), sink));
  return {};
}

Result<Value> DoorClient::get(const std::string& path, server::Pairs params) {
  return send("GET", path, std::move(params));
}

Result<Value> DoorClient::send(const std::string& method, const std::string& path,
                               server::Pairs params, const Value& body) {
  server::Request request;
  request.method = method;
  request.path = path;
  request.params = std::move(params);
  if (!body.is_null()) request.body = wire::print_json(body);
  TRY(const server::Response response, call(std::move(request)));
  return wire::parse_json(response.body);
}

Result<std::string> DoorClient::get_bytes(const std::string& path, server::Pairs params) {
  server::Request request;
  request.path = path;
  request.params = std::move(params);
  TRY(server::Response response, call(std::move(request)));
  return std::move(response.body);
}

std::string DoorClient::find_blob_file(const std::string& sha256) const {
  if (!x_url.empty()) return {};
  return blobs::Blobs(posix_disk(), model::Layout(dir()).blobs()).path_of(sha256).value_or("");
}

Result<Value> DoorClient::put_blob(const std::string& path) {
  blobs::BlobRef blob;
  if (x_url.empty()) {
    TRY(blob, blobs::Blobs(posix_disk(), model::Layout(dir()).blobs()).put_file(path));
  } else {
    TRY(blob, hash_file(path));
    TRY_VOID(upload(path, blob));
  }
  return Value(model::Object{{"sha256", blob.sha256}, {"bytes", static_cast<int64_t>(blob.bytes)}});
}

Result<void> DoorClient::upload(const std::string& path, const blobs::BlobRef& blob) {
  server::Request request;
  request.method = "HEAD";
  request.path = "/blobs/" + blob.sha256;
  if (call(request)) return {};
  request.method = "PUT";
  TRY(const auto file, posix_disk().open(path, OpenMode::kRead));
  std::string piece(kUploadPieceBytes, '\0');
  uint64_t at = 0;
  while (true) {
    TRY(const size_t n, file->read_at(at, piece.data(), piece.size()));
    request.body = piece.substr(0, n);
    request.params = {{"from", std::to_string(at)}, {"bytes", std::to_string(blob.bytes)}};
    TRY(const server::Response response, call(request));
    TRY(const Value have, wire::parse_json(response.body));
    if (flag_at(have, "complete")) return {};
    const auto next = static_cast<uint64_t>(int_at(have, "bytes"));
    if (next <= at || next >= blob.bytes)
      return fail(Code::kConflict, "the file changed while it was sent ({})", path);
    at = next;
  }
}

Result<FoundRun> DoorClient::find_run(const std::string& reference) {
  if (reference.empty()) return fail(Code::kInvalid, "expected a run, found ''");
  const size_t slash = reference.find('/');
  Result<Value> run = tl::unexpected(Error(Code::kNotFound, ""));
  if (slash != std::string::npos)  // a name may hold a slash too, so this is only the first try
    run = get(project_path(reference.substr(0, slash)) + "/runs/" +
              server::percent_encode(reference.substr(slash + 1)));
  if (!run && run.error().code() == Code::kNotFound) {
    auto anywhere = get("/runs/" + server::percent_encode(reference));
    const bool keeps_first = !anywhere && slash != std::string::npos;
    if (!keeps_first) run = std::move(anywhere);
  }
  if (!run) return tl::unexpected(std::move(run).error());
  FoundRun found{text_at(*run, "project"), text_at(*run, "id"), text_at(*run, "name"), {}};
  found.run = std::move(*run);
  return found;
}

Result<server::Columns> DoorClient::series(const FoundRun& run, const SeriesRequest& request) {
  Value body;
  body.set("runs", model::List{run.id});
  body.set("keys", model::List(request.keys.begin(), request.keys.end()));
  body.set("axis", request.by_time ? "time" : "step");
  if (request.buckets > 0) body.set("buckets", static_cast<int64_t>(request.buckets));
  if (request.first_step) body.set("min", *request.first_step);
  server::Request post;
  post.method = "POST";
  post.path = project_path(run.project) + "/series";
  post.body = wire::print_json(body);
  TRY(const server::Response response, call(std::move(post)));
  return server::decode_columns(response.body);
}

std::string project_path(std::string_view project) {
  return "/projects/" + server::percent_encode(project);
}

const Value& value_at(const Value& object, std::string_view member) {
  static const Value null;
  const Value* value = object.find(member);
  return value ? *value : null;
}

std::string text_at(const Value& object, std::string_view member) {
  return std::string(value_at(object, member).string_or(""));
}

int64_t int_at(const Value& object, std::string_view member) {
  return value_at(object, member).int_or(0);
}

double number_at(const Value& object, std::string_view member) {
  return value_at(object, member).number_or(std::numeric_limits<double>::quiet_NaN());
}

bool flag_at(const Value& object, std::string_view member) {
  return value_at(object, member).int_or(0) != 0;
}

const model::List& list_at(const Value& object, std::string_view member) {
  static const model::List empty;
  const model::List* list = value_at(object, member).as_list();
  return list ? *list : empty;
}

const model::Object& object_at(const Value& object, std::string_view member) {
  static const model::Object empty;
  const model::Object* members = value_at(object, member).as_object();
  return members ? *members : empty;
}

}  // namespace cairn::cli
