// Turns calls into requests and responses into values.
#include "cli/door_client.h"

#include <limits>

#include "server/call.h"
#include "server/router.h"
#include "server/target.h"
#include "wire/json.h"

namespace cairn::cli {

using model::Value;

namespace {

Error read_error(const server::Response& response) {
  const auto body = wire::parse_json(response.body);
  const Value& about = body ? value_at(*body, "error") : value_at({}, "");
  if (!about.as_object())
    return Error(Code::kIo, fmt::format("the store answered with status {}", response.status));
  return Error(server::code_of(text_at(about, "code")), text_at(about, "message"));
}

}  // namespace

std::string FoundRun::path() const {
  return project_path(project) + "/runs/" + server::percent_encode(id);
}

Result<server::Response> DoorClient::call(server::Request request) {
  request.path = std::string(server::kApiPrefix) + request.path;
  server::Response response = x_door.handle(request);
  if (response.status >= 400) return tl::unexpected(read_error(response));
  return response;
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
