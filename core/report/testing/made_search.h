// A made search: learning curves of which it is known what they come to, for tests and benchmarks.
#pragma once

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "report/recorded_search.h"
#include "surrogate/random.h"

namespace cairn::report::testing {

struct MadeSearchOptions {
  size_t runs = 600, steps = 27, workers = 8;
  double noise_sd = 0.006;  // of a result
  double step_s = 10;
  uint64_t seed = 1;
};

// Error rates that fall from 0.9 as exponentials to 0.1 + 0.6 * how bad the run's rate is; every
// 300th diverges halfway, every tenth never learns. Steps are 1, 2, ... and last equally long.
inline RecordedSearch made_search(const MadeSearchOptions& options = {}) {
  RecordedSearch search;
  search.name = "made";
  search.metric = "error";
  for (size_t i = 0; i < options.runs; ++i) {
    surrogate::Random random(options.seed, i);
    const double badness = random.unit(), pace = 0.1 + 0.3 * random.unit();
    const double goal = 0.1 + 0.6 * badness * badness;
    RecordedRun run;
    run.config = {{"rate", badness}};
    run.id = "r" + std::to_string(i);
    for (size_t step = 1; step <= options.steps; ++step) {
      const double t = static_cast<double>(step);
      double value = goal + (0.9 - goal) * std::exp(-pace * t) + options.noise_sd * random.normal();
      if (i % 10 == 9) value = 0.9 + options.noise_sd * random.normal();
      if (i % 300 == 299 && 2 * step > options.steps)
        value = std::numeric_limits<double>::quiet_NaN();
      run.reports.push_back({t, value});
      run.report_s.push_back(options.step_s * t);
    }
    run.ran_s = run.report_s.back();
    const size_t round = i / options.workers;
    run.began_s = run.ran_s * static_cast<double>(round);
    run.result = run.reports.back().value;
    search.runs.push_back(std::move(run));
  }
  return search;
}

}  // namespace cairn::report::testing
