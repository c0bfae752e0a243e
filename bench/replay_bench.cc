// What a search that was run to its end has to say of stopping early and of other searches.
//
// Processor time of whole answers: 600 curves of 27 steps in up to 200 orders, and 30 seeds of each
// sampler over a pool of 600.
#include <string>
#include <vector>

#include "measure.h"
#include "report/compare_search.h"
#include "report/replay.h"
#include "report/testing/made_search.h"

namespace {

using namespace cairn;
using bench::figure;
using bench::get;
using report::PolicyKind;

void measure_replay(size_t runs) {
  const auto search = report::testing::made_search({.runs = runs});
  const auto replay_ms = [&](std::vector<PolicyKind> policies) {
    const bench::Stopwatch watch;
    const auto told = report::replay_search(search, {}, {.policies = std::move(policies)});
    if (!told.reason.empty()) bench::give_up(told.reason);
    if (told.policies.size() == 1) {
      const report::PolicyReplay& policy = told.policies.front();
      const std::string name =
          fmt::format("replay.{}.{}", runs, report::print_policy(policy.chosen.policy.kind));
      figure(name + ".orders", static_cast<double>(policy.orders), "orders");
      figure(name + ".saved", 100 * policy.saved.value, "%");
      figure(name + ".best_kept", 100 * policy.best_kept.value, "%");
    }
    return watch.cpu_s() * 1000;
  };
  const std::string name = fmt::format("replay.{}", runs);
  for (const PolicyKind kind : {PolicyKind::kMedian, PolicyKind::kAsha, PolicyKind::kAuto})
    figure(fmt::format("{}.{}", name, report::print_policy(kind)), replay_ms({kind}), "ms");
  figure(name + ".usual", replay_ms(report::ReplayOptions().policies), "ms");
}

void measure_comparison(size_t runs, size_t columns, sweep::Method method) {
  report::RecordedSearch search;
  search.metric = "loss";
  std::vector<sweep::Parameter> parameters(columns);
  for (size_t c = 0; c < columns; ++c) parameters[c].name = fmt::format("x{}", c);
  const auto space = get(sweep::Space::make(parameters));
  surrogate::Random random(1);
  for (size_t i = 0; i < runs; ++i) {
    const auto point = *space.draw(random);
    report::RecordedRun run;
    run.config = space.decode(point);
    run.ran_s = 1;
    run.result = 0.01 * random.normal();
    for (size_t c = 0; c < columns; ++c)
      run.result += (point[c] - 0.4) * (point[c] - 0.4) / static_cast<double>(c + 1);
    search.runs.push_back(std::move(run));
  }
  const bench::Stopwatch watch;
  const auto compared = get(report::compare_searches(search, space, {.samplers = {method}}));
  if (!compared.reason.empty()) bench::give_up(compared.reason);
  figure(fmt::format("compare_search.{}x{}.{}", runs, columns, sweep::print_method(method)),
         watch.cpu_s() * 1000, "ms");
}

}  // namespace

int main() {
  for (const size_t runs : {60U, 600U, 2000U}) measure_replay(runs);
  for (const size_t columns : {3U, 10U})
    for (const sweep::Method method : {sweep::Method::kTpe, sweep::Method::kAuto})
      measure_comparison(600, columns, method);
}
