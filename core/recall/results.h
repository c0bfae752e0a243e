// What two runs of one program brought, compared: for audits of reuse and of execution keys.
//
// Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/value.h"
#include "recall/manifest.h"

namespace cairn::recall {

// A number of the summary, by its dotted name.
struct Metric {
  std::string name;
  double value = 0;
};
// All numbers of a summary but those that say how long it took and what it cost: `_runtime`,
// `*seconds`, `*_s`, `*time*`, `*per_second*`, `footprint.*`.
std::vector<Metric> metrics_of(const model::Value& summary);

struct ResultDifference {
  std::string name;
  double before = 0, after = 0;
  std::optional<double> noise;  // the deviation between seeds; nothing: unknown
  bool is_within_noise() const;
};

struct Comparison {
  size_t metrics = 0;  // that both have
  size_t outputs = 0, other_outputs = 0;
  std::vector<ResultDifference> differences;

  // The metrics decide; where there are none, the bytes of the outputs do.
  bool is_same() const;
  bool is_within_noise() const;
  bool is_empty() const { return metrics == 0 && outputs == 0; }  // nothing to compare
};

// `replicates`: summaries of the same experiment with other seeds, from which the noise is taken.
Comparison compare_results(const model::Value& before, const std::vector<trace::Output>& outputs,
                           const model::Value& after,
                           const std::vector<trace::Output>& outputs_after,
                           const std::vector<model::Value>& replicates);

// A run with what it brought.
struct KnownResult {
  std::string run;
  const Manifest* manifest = nullptr;
  model::Value summary;
};

// An execution key that turned out to matter: two runs differ in nothing else, and in their results
// by more than the noise between seeds. It is a setting from then on.
struct Demotion {
  std::string key;
  std::string first, second;  // the runs that show it
  std::string metric;
};
std::vector<Demotion> find_demoted(const std::vector<KnownResult>& results,
                                   const trace::KeyClasses& classes);

}  // namespace cairn::recall
