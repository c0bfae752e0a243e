// Expectation: what the runs of a program tell about a planned one of it, for people to decide.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/past_runs.h"
#include "recall/prediction.h"
#include "recall/result_model.h"

namespace cairn::cli {

struct Expectation {
  std::string metric;
  std::optional<recall::Prediction> prediction;
  std::string refusal;             // why there is no prediction
  std::vector<double> replicates;  // what runs of the same but other seeds brought

  // "expected val_acc 0.931, ...", or what the seeds brought; "" where there is nothing to say.
  std::string print() const;
};

// What the newest runs of a program, of any project, tell of a metric: read and fitted once, asked
// about any number of configurations.
class History {
 public:
  // Nothing where there is no metric, or the store does not answer.
  static std::optional<History> read(DoorClient& client, const PlannedCommand& planned,
                                     const std::string& metric);

  // Marks the nearest relative as dominated where the model says so.
  Expectation expect(const PlannedCommand& planned, LookUp& found) const;
  // What its runs took, in the middle; nothing where none is known.
  std::optional<double> typical_cost_s() const;

 private:
  History(std::string metric, const std::vector<recall::PastResult>& results,
          recall::ResultModel model);

  std::string x_metric;
  std::optional<double> x_typical_cost_s;
  recall::ResultModel x_model;
};

// Of the metric that the settings name, or that most people would judge by. Nothing where none is
// known.
std::optional<Expectation> expect_result(DoorClient& client, const PlannedCommand& planned,
                                         LookUp& found);

}  // namespace cairn::cli
