// Plays a sampler against a function: what a sweep would ask and tell, in memory.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sweep/sampler.h"

namespace cairn::sweep::testing {

Parameter real(std::string name, double low = 0, double high = 1, Law law = Law::kUniform,
               double step = 0);
Parameter integer(std::string name, double low, double high, Law law = Law::kUniform);
Parameter choice(std::string name, model::List choices,
                 Parameter::Kind kind = Parameter::Kind::kCategorical);
// Exists only where the parent is one of the values.
Parameter when(Parameter parameter, std::string parent, model::List values);
// Fails the test where the space is refused.
Space made(std::vector<Parameter> parameters, std::vector<Constraint> constraints = {});
// Of `count` numbers in [0, 1].
Space cube(size_t count);

// Values by objective, and those of outcome constraints after them; NaN: the trial failed.
using Function = std::function<std::vector<double>(std::span<const double> point)>;
// The same for one objective.
Function single(std::function<double(std::span<const double>)> function);

// Of one thread. Workers are trials that were asked and not told.
class Play {
 public:
  Play(Space space, std::unique_ptr<Sampler> sampler, uint64_t seed = 0, size_t objectives = 1,
       size_t limits = 0);

  // The row of a trial that is now running; nothing where the space is exhausted. Refusals fail
  // the test.
  std::optional<size_t> ask();
  void tell(size_t row, std::span<const double> results);
  // One after the other, until there are so many or the space is exhausted.
  void run(size_t trials, const Function& function);
  // A result from before the sweep.
  void learn(const Point& point, std::span<const double> results);

  Result<std::optional<Suggestion>> suggest();  // what ask() would be told
  const Space& space() const { return x_space; }
  const Evidence& evidence() const { return x_evidence; }
  const Suggestion& last() const { return x_last; }
  double best() const;  // of the first objective
  // How many different configurations were asked for.
  size_t configurations() const;
  void replace(std::unique_ptr<Sampler> sampler) { x_sampler = std::move(sampler); }

 private:
  size_t append(const Point& point, int64_t number);

  Space x_space;
  std::unique_ptr<Sampler> x_sampler;
  uint64_t x_seed;
  size_t x_objectives, x_limits;
  Evidence x_evidence;
  uint64_t x_number = 0;
  model::Value x_memory;
  Suggestion x_last;
};

}  // namespace cairn::sweep::testing
