// Sampler: one way to choose the next point. `auto` is the one that chooses among the others.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/value.h"
#include "sweep/evidence.h"
#include "sweep/space.h"

namespace cairn::sweep {

// What a sampler is asked; only borrowed.
struct Question {
  const Space& space;
  const Evidence& evidence;
  uint64_t seed = 0;    // of the sweep
  uint64_t number = 0;  // of the trial to come: Random(seed, number) is its own stream
  // What the sampler of this name left with the latest trial it suggested (Suggestion::memory);
  // null at first. Lets a model begin where it was without having seen the same process before.
  const model::Value& memory;
  // How many more trials the budget allows, this one included; infinite without one.
  double trials_left = std::numeric_limits<double>::infinity();
  // The share of the budget (of whatever unit) that is left, in [0, 1]; NaN without one.
  double budget_left = std::numeric_limits<double>::quiet_NaN();
  bool is_cost_aware = false;  // the budget is time, energy, carbon or money
};

// A point and why: what was believed of it when it was suggested.
struct Suggestion {
  Point point;
  std::string sampler;  // "gp", "tpe", "sobol", ...
  std::string reason;   // a sentence: "expected improvement is highest here"
  // Of the first objective, with its sign as in Evidence; NaN where no model was asked.
  double mean = std::numeric_limits<double>::quiet_NaN();
  double sd = std::numeric_limits<double>::quiet_NaN();
  double improvement = std::numeric_limits<double>::quiet_NaN();  // expected, in units of y
  // A row of the evidence that is suggested again on purpose, to learn its noise.
  std::optional<size_t> replicate_of;
  model::Value memory;  // small: it is kept with the trial
};

// Pure but for caches that change no answer: a fresh sampler suggests the same. One thread.
class Sampler {
 public:
  virtual ~Sampler() = default;

  // Nothing where the space is exhausted: every allowed configuration is told or pending.
  virtual Result<std::optional<Suggestion>> suggest(const Question& question) = 0;
};

enum class Method {
  kAuto,
  kGaussianProcess,
  kTpe,
  kRandom,
  kSobol,
  kGrid,
  kCmaEs,
  kNsga2,
  kNsga3,
  kTrustRegion,
};
std::string_view print_method(Method method);  // "auto", "gp", "tpe", "random", ..., "trust_region"
std::optional<Method> parse_method(std::string_view name);

std::unique_ptr<Sampler> make_sampler(Method method);

// One function each, in the file of its name (random_sampler.cc, ...).
std::unique_ptr<Sampler> make_random_sampler();
std::unique_ptr<Sampler> make_sobol_sampler();
std::unique_ptr<Sampler> make_grid_sampler();
std::unique_ptr<Sampler> make_tpe_sampler();
std::unique_ptr<Sampler> make_cma_es_sampler();
std::unique_ptr<Sampler> make_nsga_sampler(bool is_nsga3);
std::unique_ptr<Sampler> make_trust_region_sampler();
std::unique_ptr<Sampler> make_gp_sampler();    // the pair of models, without hedging
std::unique_ptr<Sampler> make_auto_sampler();  // the policy

// The keys (Space::key) of all configurations that this sweep tried or is trying. An earlier run of
// one is no trial of it: whether its result still holds is for recall to say when it is proposed,
// and where it does the trial costs nothing.
class Tried {
 public:
  explicit Tried(const Space& space, const Evidence& evidence);
  ~Tried();
  Tried(Tried&&) noexcept;
  bool holds(std::span<const double> point) const;
  size_t size() const;
  // Draws from the prior that was not tried; where draws find none and the space is finite, the
  // first one that was not. Nothing: the space is exhausted.
  std::optional<Point> draw_new(surrogate::Random& random) const;

 private:
  struct Keys;
  const Space& x_space;
  std::unique_ptr<Keys> x_keys;
};

}  // namespace cairn::sweep
