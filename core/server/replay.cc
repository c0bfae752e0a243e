// Handler of replays: what stopping early would have saved in the searches of a project.
#include "report/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "server/handlers.h"
#include "server/recorded_runs.h"

namespace cairn::server {

using model::Value;

namespace {

constexpr size_t kSearchesTunedOn = 5;
constexpr int64_t kWorkersMax = 100'000, kOrdersMax = 2000;

Result<report::ReplayOptions> read_options(const Call& call) {
  report::ReplayOptions options;
  if (const auto names = call.list("policy"); !names.empty()) {
    options.policies.clear();
    for (const std::string& name : names) {
      TRY(const report::PolicyKind kind, report::parse_policy(name));
      if (std::ranges::find(options.policies, kind) == options.policies.end())
        options.policies.push_back(kind);
    }
  }
  TRY(const auto workers, call.integer("workers", 1, kWorkersMax));
  if (workers) options.workers = static_cast<size_t>(*workers);
  TRY(const auto orders, call.integer("orders", 1, kOrdersMax));
  if (orders) options.orders = static_cast<size_t>(*orders);
  TRY(const auto seed, call.integer("seed", 0));
  if (seed) options.seed = static_cast<uint64_t>(*seed);
  return options;
}

}  // namespace

Result<Response> get_replay(const Call& call) {
  TRY(const report::ReplayOptions options, read_options(call));
  TRY(ProjectSearches searches, read_searches(call, call.names[0]));
  TRY(const size_t chosen, choose_search(call, searches));
  TRY(const report::RecordedSearch search,
      read_recorded(call, searches, searches.searches[chosen]));
  std::vector<report::RecordedSearch> others;
  for (size_t i = 0; i < searches.searches.size() && others.size() < kSearchesTunedOn; ++i) {
    const SearchOfRuns& other = searches.searches[i];
    if (i == chosen || other.runs.size() < report::kReplayRunsMin) continue;
    TRY(others.emplace_back(), read_recorded(call, searches, other));
  }
  if (searches.searches[chosen].runs.size() > kReplayRunsMax)
    searches.notes.push_back(fmt::format("only the newest {} of {} runs are replayed",
                                         kReplayRunsMax, searches.searches[chosen].runs.size()));
  Value out = report::to_value(report::replay_search(search, others, options));
  out.set("project", searches.project);
  out.set("searches", print_searches(searches));
  out.set("notes", model::List(searches.notes.begin(), searches.notes.end()));
  return answer(out);
}

}  // namespace cairn::server
