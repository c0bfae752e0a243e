// GpMemory: hyperparameters of a sweep's Gaussian processes, kept from one ask to the next.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/value.h"
#include "surrogate/gaussian_process.h"

namespace cairn::sweep {

// Fitting costs far more than conditioning, and one result more hardly changes what was fitted:
// processes are fitted after a few per cent of new results, in between only conditioned. What was
// found travels with the trials (Suggestion::memory), so that no process needs to remember it.
// A value; of one ask.
class GpMemory {
 public:
  // `results`: how many there are in all, whichever of them a process is shown.
  GpMemory(const model::Value& memory, size_t results) : x_memory(memory), x_results(results) {}

  // Of the process with this name. At most one of an ask's processes with many rows is fitted
  // anew; what was never fitted is at once.
  Result<surrogate::GaussianProcess> process(std::string_view name,
                                             std::span<const surrogate::Column> columns,
                                             const surrogate::Observations& seen,
                                             surrogate::GaussianProcessOptions options);

  bool has_fitted() const { return x_has_fitted; }
  void set(std::string_view name, double number) { x_memory.set(name, number); }
  const model::Value& value() const { return x_memory; }

 private:
  model::Value x_memory;
  size_t x_results;
  bool x_has_fitted = false;
};

}  // namespace cairn::sweep
