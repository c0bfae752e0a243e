// The table of routes.
#include "server/router.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <exception>

#include "base/limits.h"
#include "server/access.h"
#include "server/handlers.h"
#include "server/target.h"

namespace cairn::server {
namespace {

enum class Sees { kNothing, kProject, kEverything };  // whose journals are read before the handler

struct Route {
  std::string_view method, path;  // {} stands for one name; below /projects/ the first is a project
  Need need;
  Station station;
  Sees sees = Sees::kNothing;
  Handler handler = nullptr;
  AccountHandler account = nullptr;
  SweepHandler sweep = nullptr;
  FootprintHandler footprint = nullptr;

  constexpr Route(std::string_view its_method, std::string_view its_path, Need its_need,
                  Sees its_sees, Handler its_handler)
      : method(its_method),
        path(its_path),
        need(its_need),
        station(Station::kReader),
        sees(its_sees),
        handler(its_handler) {}
  // Answered beside the reading thread.
  constexpr Route(std::string_view its_method, std::string_view its_path, Need its_need,
                  Station its_station)
      : method(its_method), path(its_path), need(its_need), station(its_station) {}
  constexpr Route(std::string_view its_method, std::string_view its_path, Need its_need,
                  AccountHandler its_account)
      : method(its_method),
        path(its_path),
        need(its_need),
        station(Station::kAccounts),
        account(its_account) {}
  constexpr Route(std::string_view its_method, std::string_view its_path, Need its_need,
                  SweepHandler its_sweep)
      : method(its_method),
        path(its_path),
        need(its_need),
        station(Station::kSweeps),
        sweep(its_sweep) {}
  constexpr Route(std::string_view its_method, std::string_view its_path, Need its_need,
                  FootprintHandler its_footprint)
      : method(its_method),
        path(its_path),
        need(its_need),
        station(Station::kFootprint),
        footprint(its_footprint) {}
};

constexpr Route kRoutes[] = {
    {"GET", "/health", Need::kAnyScope, Sees::kNothing, get_health},
    {"GET", "/projects", Need::kRead, Sees::kEverything, list_projects},
    {"GET", "/projects/{}/runs", Need::kRead, Sees::kProject, list_runs},
    {"GET", "/projects/{}/columns", Need::kRead, Sees::kProject, list_columns},
    {"GET", "/projects/{}/runs/{}", Need::kRead, Sees::kProject, get_run},
    {"PATCH", "/projects/{}/runs/{}", Need::kWrite, Sees::kProject, edit_run},
    {"DELETE", "/projects/{}/runs/{}", Need::kWrite, Sees::kProject, remove_run},
    {"GET", "/projects/{}/runs/{}/keys", Need::kRead, Sees::kProject, list_keys},
    {"GET", "/projects/{}/runs/{}/console", Need::kRead, Sees::kProject, read_console},
    {"GET", "/projects/{}/runs/{}/records", Need::kRead, Sees::kProject, list_records},
    {"GET", "/projects/{}/runs/{}/artifacts", Need::kRead, Sees::kProject, list_run_artifacts},
    {"POST", "/projects/{}/runs/{}/artifacts", Need::kWrite, Sees::kProject, add_artifact},
    {"GET", "/projects/{}/runs/{}/lineage", Need::kRead, Sees::kProject, get_lineage},
    {"GET", "/projects/{}/runs/{}/relatives", Need::kRead, Sees::kEverything, list_relatives},
    {"GET", "/projects/{}/artifacts", Need::kRead, Sees::kProject, list_artifacts},
    {"GET", "/projects/{}/artifacts/{}", Need::kRead, Sees::kProject, get_artifact},
    {"PATCH", "/projects/{}/artifacts/{}", Need::kWrite, Sees::kProject, edit_artifact},
    {"GET", "/projects/{}/runs/{}/export", Need::kRead, Sees::kProject, export_run},
    {"POST", "/projects/{}/series", Need::kRead, Sees::kProject, read_series},
    {"POST", "/projects/{}/bands", Need::kRead, Sees::kProject, read_bands},
    {"GET", "/projects/{}/groups", Need::kRead, Sees::kProject, list_groups},
    {"GET", "/projects/{}/keys", Need::kRead, Sees::kProject, list_project_keys},
    {"GET", "/projects/{}/views", Need::kRead, Sees::kProject, list_views},
    {"PUT", "/projects/{}/views/{}", Need::kWrite, Sees::kProject, put_view},
    {"DELETE", "/projects/{}/views/{}", Need::kWrite, Sees::kProject, remove_view},
    {"GET", "/runs/{}", Need::kRead, Sees::kEverything, find_run},
    {"GET", "/footprint", Need::kRead, Sees::kEverything, get_footprint},
    {"GET", "/footprint/export", Need::kRead, Sees::kEverything, export_footprint},
    {"GET", "/footprint/break_even", Need::kRead, Sees::kEverything, find_break_even},
    {"GET", "/projects/{}/footprint", Need::kRead, Sees::kProject, get_project_footprint},
    {"GET", "/projects/{}/footprint/export", Need::kRead, Sees::kProject, export_project_footprint},
    {"GET", "/projects/{}/runs/{}/footprint", Need::kRead, Sees::kProject, get_run_footprint},
    {"GET", "/projects/{}/runs/{}/footprint/alternatives", Need::kRead, Sees::kProject,
     find_footprint_alternatives},
    {"POST", "/projects/{}/runs/{}/footprint/calibration", Need::kWrite, Sees::kProject, calibrate},
    {"GET", "/projects/{}/report", Need::kRead, Sees::kProject, get_report},
    {"GET", "/projects/{}/report/sensitivity", Need::kRead, Sees::kProject, get_sensitivity},
    {"GET", "/projects/{}/report/expected", Need::kRead, Sees::kProject, get_expected},
    {"GET", "/projects/{}/report/design", Need::kRead, Sees::kProject, get_design},
    {"GET", "/projects/{}/report/replay", Need::kRead, Sees::kProject, get_replay},
    {"GET", "/projects/{}/report/compare_search", Need::kRead, Sees::kProject, compare_search},
    {"GET", "/waste", Need::kRead, Sees::kEverything, get_waste},
    {"POST", "/footprint/assess", Need::kRead, assess_footprint},
    {"GET", "/footprint/estimate", Need::kRead, estimate_footprint},
    {"POST", "/footprint/inference", Need::kRead, split_inference},
    {"GET", "/tables", Need::kRead, list_tables},
    {"POST", "/tables", Need::kAdmin, put_table},
    {"GET", "/recall/runs", Need::kRead, Sees::kEverything, find_runs_by_identity},
    {"GET", kLeasePath, Need::kRead, Sees::kNothing, get_lease},
    {"POST", kLeasePath, Need::kWrite, Sees::kNothing, take_lease},
    {"DELETE", kLeasePath, Need::kWrite, Sees::kNothing, give_back_lease},
    {"GET", "/blobs/{}", Need::kRead, Sees::kNothing, get_blob},
    {"POST", "/doctor", Need::kAdmin, Sees::kEverything, run_doctor},
    {"POST", "/gc", Need::kAdmin, Sees::kEverything, collect_garbage},

    {"GET", "/projects/{}/journals", Need::kUpload, Sees::kNothing, find_session},
    {"GET", "/projects/{}/journals/{}", Need::kUpload, Station::kReceiver},
    {"PUT", "/projects/{}/journals/{}", Need::kUpload, Station::kReceiver},
    {"HEAD", "/blobs/{}", Need::kReadOrUpload, Station::kReceiver},
    {"PUT", "/blobs/{}", Need::kUpload, Station::kReceiver},

    {"POST", "/projects/{}/live", Need::kRead, Station::kLive},

    {"GET", "/sweeps", Need::kRead, list_sweeps},
    {"POST", "/sweeps", Need::kWrite, create_sweep},
    {"GET", "/sweeps/{}", Need::kRead, get_sweep},
    {"PATCH", "/sweeps/{}", Need::kWrite, edit_sweep},
    {"DELETE", "/sweeps/{}", Need::kWrite, remove_sweep},
    {"POST", "/sweeps/{}/ask", Need::kWrite, ask_trials},
    {"GET", "/sweeps/{}/trials", Need::kRead, list_trials},
    {"POST", "/sweeps/{}/trials", Need::kWrite, add_trials},
    {"GET", "/sweeps/{}/trials/{}", Need::kRead, get_trial},
    {"POST", "/sweeps/{}/trials/{}/heartbeat", Need::kWrite, beat_trial},
    {"POST", "/sweeps/{}/trials/{}/report", Need::kWrite, report_trial},
    {"POST", "/sweeps/{}/trials/{}/tell", Need::kWrite, tell_trial},
    {"GET", "/sweeps/{}/belief", Need::kRead, get_belief},
    {"GET", "/sweeps/{}/importance", Need::kRead, get_importance},
    {"GET", "/sweeps/{}/transcript", Need::kRead, read_transcript},

    {"POST", "/login", Need::kPublic, log_in},
    {"POST", "/logout", Need::kAnyScope, log_out},
    {"GET", "/me", Need::kAnyScope, get_me},
    {"GET", "/users", Need::kAdmin, list_users},
    {"POST", "/users", Need::kAdmin, add_user},
    {"PUT", "/users/{}/password", Need::kAnyScope, set_password},
    {"DELETE", "/users/{}", Need::kAdmin, remove_user},
    {"GET", "/keys", Need::kAdmin, list_api_keys},
    {"POST", "/keys", Need::kAdmin, create_api_key},
    {"DELETE", "/keys/{}", Need::kAdmin, revoke_api_key},
    {"GET", "/audit", Need::kAdmin, read_audit},
};

// A route whose line forgets to name a need is nobody's; this finds it before anybody else does.
constexpr bool names_every_need() {
  for (const Route& route : kRoutes)
    if (route.need == Need::kDenied) return false;
  return true;
}
static_assert(names_every_need());

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

Response deny_method(const Request& request, const std::string& allowed) {
  Response response =
      answer_error(Error(Code::kInvalid, fmt::format("expected {}, found {} ({})", allowed,
                                                     request.method, request.path)));
  response.status = 405;
  response.headers.emplace_back("Allow", allowed);
  return response;
}

// A row of the table and the names in the request's path.
struct Match {
  const Route& route;
  std::vector<std::string> names;
};

tl::expected<Match, Response> match_route(const Request& request) {
  const std::string_view path = request.path;
  if (!path.starts_with(std::string(kApiPrefix) + "/"))
    return tl::unexpected(answer_error(Error(
        Code::kNotFound, fmt::format("expected a path below {}, found '{}'", kApiPrefix, path))));
  const auto parts = split_path(path.substr(kApiPrefix.size()));
  if (!parts) return tl::unexpected(answer_error(parts.error()));

  std::string allowed;
  for (const Route& route : kRoutes) {
    auto names = match(route.path, *parts);
    if (!names) continue;
    if (route.method == request.method) return Match{route, std::move(*names)};
    allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
  }
  if (!allowed.empty()) return tl::unexpected(deny_method(request, allowed));
  return tl::unexpected(
      answer_error(Error(Code::kNotFound, fmt::format("{} ({})", kNoSuchPath, path))));
}

FoundRoute describe(Match match) {
  const bool is_project = match.route.path.starts_with("/projects/{}");
  return {match.route.path,  match.route.need,      match.route.station,    match.route.account,
          match.route.sweep, match.route.footprint, std::move(match.names), is_project};
}

}  // namespace

std::vector<RouteLine> list_routes() {
  std::vector<RouteLine> lines;
  for (const Route& route : kRoutes) lines.push_back({route.method, route.path, route.need});
  return lines;
}

Result<void> check_project(const Call& call) {
  const std::string& project = call.names[0];
  TRY(std::vector<std::string> projects, call.rooms.store.projects());
  if (std::find(projects.begin(), projects.end(), project) != projects.end()) return {};
  std::erase_if(projects,
                [&](const std::string& name) { return !call.request.who.sees_project(name); });
  if (projects.empty())
    return fail(Code::kNotFound, "no project '{}': no run was recorded yet", project);
  const size_t shown = std::min<size_t>(projects.size(), 10);
  return fail(
      Code::kNotFound, "no project '{}'; there are: {}{}", project,
      fmt::join(projects.begin(), projects.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
      shown < projects.size() ? ", ..." : "");
}

Response Router::handle(const Request& request) noexcept {
  try {
    auto response = route(request);
    return response ? std::move(*response) : answer_error(response.error());
  } catch (const std::exception& e) {  // out of memory, above all
    return answer_error(Error(Code::kUnavailable, fmt::format("cannot answer: {}", e.what())));
  }
}

tl::expected<FoundRoute, Response> find_route(const Request& request) {
  auto match = match_route(request);
  if (!match) return tl::unexpected(std::move(match.error()));
  return describe(std::move(*match));
}

Result<Response> Router::route(const Request& request) {
  if (request.body.size() > kRequestBodyBytesMax)
    return fail(Code::kLimit, "expected a body of at most {} bytes, found {}", kRequestBodyBytesMax,
                request.body.size());
  auto found = match_route(request);
  if (!found) return std::move(found.error());
  const Route& route = found->route;
  const FoundRoute about = describe(std::move(*found));
  if (auto refusal = refuse_access(request.who, about)) return std::move(*refusal);
  if (!route.handler)
    return fail(Code::kUnavailable, "expected a server: only 'cairn serve' answers {} {}",
                route.method, request.path);

  const Call call{{request, about.names}, x_rooms};
  if (route.sees == Sees::kEverything) {
    TRY_VOID(x_rooms.ingest.catch_up_all());
  } else if (route.sees == Sees::kProject) {
    TRY_VOID(check_project(call));
    TRY_VOID(x_rooms.ingest.catch_up(call.names[0]));
  }
  return route.handler(call);
}

}  // namespace cairn::server
