// The table of routes.
#include "server/router.h"

#include <fmt/ranges.h>

#include <exception>

#include "base/limits.h"
#include "server/handlers.h"
#include "server/target.h"

namespace cairn::server {
namespace {

enum class Sees { kNothing, kProject, kEverything };  // whose journals are read before the handler

struct Route {
  std::string_view method, path;  // {} stands for one name
  Sees sees;
  Handler handler;
};

constexpr Route kRoutes[] = {
    {"GET", "/health", Sees::kNothing, get_health},
    {"GET", "/projects", Sees::kEverything, list_projects},
    {"GET", "/projects/{}/runs", Sees::kProject, list_runs},
    {"GET", "/projects/{}/columns", Sees::kProject, list_columns},
    {"GET", "/projects/{}/runs/{}", Sees::kProject, get_run},
    {"PATCH", "/projects/{}/runs/{}", Sees::kProject, edit_run},
    {"DELETE", "/projects/{}/runs/{}", Sees::kProject, remove_run},
    {"GET", "/projects/{}/runs/{}/keys", Sees::kProject, list_keys},
    {"GET", "/projects/{}/runs/{}/console", Sees::kProject, read_console},
    {"GET", "/projects/{}/runs/{}/records", Sees::kProject, list_records},
    {"GET", "/projects/{}/runs/{}/artifacts", Sees::kProject, list_artifacts},
    {"GET", "/projects/{}/runs/{}/export", Sees::kProject, export_run},
    {"POST", "/projects/{}/series", Sees::kProject, read_series},
    {"GET", "/runs/{}", Sees::kEverything, find_run},
    {"GET", "/blobs/{}", Sees::kNothing, get_blob},
    {"POST", "/doctor", Sees::kEverything, run_doctor},
    {"POST", "/gc", Sees::kEverything, collect_garbage},
};

// The names that stand where `pattern` has {}; nullopt when the path has another shape.
std::optional<std::vector<std::string>> match(std::string_view pattern,
                                              const std::vector<std::string>& parts) {
  std::vector<std::string> names;
  size_t i = 0;
  for (std::string_view rest = pattern.substr(1); !rest.empty(); ++i) {
    const size_t end = std::min(rest.find('/'), rest.size());
    if (i == parts.size()) return std::nullopt;
    if (rest.substr(0, end) == "{}")
      names.push_back(parts[i]);
    else if (rest.substr(0, end) != parts[i])
      return std::nullopt;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (i != parts.size()) return std::nullopt;
  return names;
}

Result<void> check_project(store::Store& store, std::string_view project) {
  TRY(const std::vector<std::string> projects, store.projects());
  for (const std::string& name : projects)
    if (name == project) return {};
  if (projects.empty())
    return fail(Code::kNotFound, "no project '{}': no run was recorded yet", project);
  const size_t shown = std::min<size_t>(projects.size(), 10);
  return fail(
      Code::kNotFound, "no project '{}'; there are: {}{}", project,
      fmt::join(projects.begin(), projects.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
      shown < projects.size() ? ", ..." : "");
}

Response deny_method(const Request& request, const std::string& allowed) {
  Response response =
      answer_error(Error(Code::kInvalid, fmt::format("expected {}, found {} ({})", allowed,
                                                     request.method, request.path)));
  response.status = 405;
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace

Response Router::handle(const Request& request) noexcept {
  try {
    auto response = route(request);
    return response ? std::move(*response) : answer_error(response.error());
  } catch (const std::exception& e) {  // out of memory, above all
    return answer_error(Error(Code::kUnavailable, fmt::format("cannot answer: {}", e.what())));
  }
}

Result<Response> Router::route(const Request& request) {
  if (request.body.size() > kRequestBodyBytesMax)
    return fail(Code::kLimit, "expected a body of at most {} bytes, found {}", kRequestBodyBytesMax,
                request.body.size());
  const std::string_view path = request.path;
  if (!path.starts_with(std::string(kApiPrefix) + "/"))
    return fail(Code::kNotFound, "expected a path below {}, found '{}'", kApiPrefix, path);
  TRY(const std::vector<std::string> parts, split_path(path.substr(kApiPrefix.size())));

  std::string allowed;
  for (const Route& route : kRoutes) {
    auto names = match(route.path, parts);
    if (!names) continue;
    if (route.method != request.method) {
      allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
      continue;
    }
    const Call call{x_rooms, request, std::move(*names)};
    if (route.sees == Sees::kEverything) {
      TRY_VOID(x_rooms.ingest.catch_up_all());
    } else if (route.sees == Sees::kProject) {
      TRY_VOID(check_project(x_rooms.store, call.names[0]));
      TRY_VOID(x_rooms.ingest.catch_up(call.names[0]));
    }
    return route.handler(call);
  }
  if (!allowed.empty()) return deny_method(request, allowed);
  return fail(Code::kNotFound, "no such path in the API ({})", path);
}

}  // namespace cairn::server
