// Handler of comparisons of searches: whether another one would have found as much with fewer runs.
#include "report/compare_search.h"

#include <algorithm>

#include "report/design.h"
#include "server/handlers.h"
#include "server/recorded_runs.h"

namespace cairn::server {

using model::Value;

namespace {

constexpr int64_t kSeedsMax = 1000;

Result<report::CompareOptions> read_options(const Call& call) {
  report::CompareOptions options;
  if (const auto names = call.list("samplers"); !names.empty()) {
    options.samplers.clear();
    for (const std::string& name : names) {
      const auto method = sweep::parse_method(name);
      if (!method)
        return fail(Code::kInvalid,
                    "expected samplers such as auto, gp, tpe, random, sobol or cma_es, found '{}'",
                    name);
      if (std::ranges::find(options.samplers, *method) == options.samplers.end())
        options.samplers.push_back(*method);
    }
  }
  TRY(const auto seeds, call.integer("seeds", static_cast<int64_t>(report::kSeedsMin), kSeedsMax));
  if (seeds) options.seeds = static_cast<size_t>(*seeds);
  TRY(const auto seed, call.integer("seed", 0));
  if (seed) options.seed = static_cast<uint64_t>(*seed);
  return options;
}

// The sweep's own, else what was tried: a program that defines its space as it runs leaves none.
// Invalid where nothing varies.
Result<sweep::Space> space_of(const std::optional<trials::Ledger>& sweep,
                              const report::RecordedSearch& search) {
  if (sweep && !sweep->definition().space.parameters().empty()) return sweep->definition().space;
  std::vector<surrogate::Row> configs;
  std::vector<std::optional<double>> results;
  for (const report::RecordedRun& run : search.runs) {
    configs.push_back(run.config);
    results.emplace_back(run.result);
  }
  return report::tried_space({.configs = configs, .results = results});
}

}  // namespace

Result<Response> compare_search(const Call& call) {
  TRY(const report::CompareOptions options, read_options(call));
  TRY(const ProjectSearches searches, read_searches(call, call.names[0]));
  TRY(const size_t chosen, choose_search(call, searches));
  const SearchOfRuns& runs = searches.searches[chosen];
  TRY(const report::RecordedSearch search, read_results(call, searches, runs));
  TRY(const auto sweep, sweep_of(call, searches, runs));
  report::CompareSearch compared;
  // Where nothing varies there is no space to search in, and no configuration to choose.
  if (auto space = space_of(sweep, search)) {
    TRY(compared, report::compare_searches(search, *space, options));
  } else {
    compared.search = search.name;
    compared.metric = search.metric;
    compared.is_maximized = search.is_maximized;
    compared.reason = space.error().message();
  }
  Value out = report::to_value(compared);
  out.set("project", searches.project);
  out.set("searches", print_searches(searches));
  return answer(out);
}

}  // namespace cairn::server
