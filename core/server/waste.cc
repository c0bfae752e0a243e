// Handler of waste: where the compute of projects went that nobody needed.
#include <algorithm>
#include <array>

#include "base/clock.h"
#include "server/footprint_request.h"
#include "server/handlers.h"
#include "server/waste_reading.h"

namespace cairn::server {

using model::Value;

namespace {

// What a request may spend on curves and machine series: some 5,000 runs of an hour.
constexpr double kInsideBudgetS = 0.5;

Result<std::vector<std::string>> read_projects(const Call& call) {
  TRY(std::vector<std::string> projects, call.rooms.store.projects());
  std::erase_if(projects,
                [&](const std::string& name) { return !call.request.who.sees_project(name); });
  const std::string wanted(call.text("project"));
  if (wanted.empty()) return projects;
  if (std::ranges::find(projects, wanted) == projects.end())
    return fail(Code::kNotFound, "expected a project, found '{}'", wanted);
  return std::vector{wanted};
}

Result<report::WasteOptions> read_options(const Call& call) {
  static constexpr std::array<std::string_view, 3> kWords = {"user", "project", "sweep"};
  report::WasteOptions options;
  options.by = call.list("by");
  if (options.by.size() > kWords.size())
    return fail(Code::kInvalid, "expected at most {} names in by, found {}", kWords.size(),
                options.by.size());
  for (const std::string& name : options.by) TRY_VOID(check_word("by", name, kWords));
  return options;
}

}  // namespace

Result<Response> get_waste(const Call& call) {
  TRY(report::WasteOptions options, read_options(call));
  TRY(const int64_t since_ns, read_since(call, wall_now_ns()));
  TRY(const std::vector<std::string> projects, read_projects(call));
  WasteReading reading;
  for (const std::string& project : projects)
    TRY_VOID(read_waste_facts(call, project, since_ns, reading));
  TRY(const LookedInside looked, look_inside(call, kInsideBudgetS, reading));
  options.currency = reading.currency;
  Value out = report::to_value(report::account_waste(reading.runs, options), options);
  out.set("since_ns", since_ns > 0 ? Value(since_ns) : Value());
  out.set("projects", model::List(projects.begin(), projects.end()));
  out.set("looked_inside", model::Object{{"runs", static_cast<int64_t>(looked.runs)},
                                         {"budget_s", kInsideBudgetS},
                                         {"took_s", looked.took_s}});
  return answer(out);
}

}  // namespace cairn::server
