// Expectation: what the runs of a program tell about a planned one of it, for people to decide.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/past_runs.h"
#include "recall/prediction.h"

namespace cairn::cli {

struct Expectation {
  std::string metric;
  std::optional<recall::Prediction> prediction;
  std::string refusal;             // why there is no prediction
  std::vector<double> replicates;  // what runs of the same but other seeds brought

  // "expected val_acc 0.931, ...", or what the seeds brought; "" where there is nothing to say.
  std::string print() const;
};

// Fitted to the newest runs of the program, of any project. Nothing where no metric is known. Marks
// the nearest relative as dominated where the model says so.
std::optional<Expectation> expect_result(DoorClient& client, const PlannedCommand& planned,
                                         LookUp& found);

}  // namespace cairn::cli
