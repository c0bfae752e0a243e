// See play.h.
#include "sweep/testing/play.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace cairn::sweep::testing {

namespace {
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
}  // namespace

Parameter real(std::string name, double low, double high, Law law, double step) {
  Parameter p;
  p.name = std::move(name);
  p.spread = {.law = law, .low = low, .high = high, .step = step, .anchor = low};
  return p;
}

Parameter integer(std::string name, double low, double high, Law law) {
  Parameter p = real(std::move(name), low, high, law);
  p.kind = Parameter::Kind::kInteger;
  return p;
}

Parameter choice(std::string name, model::List choices, Parameter::Kind kind) {
  Parameter p;
  p.name = std::move(name);
  p.kind = kind;
  p.choices = std::move(choices);
  return p;
}

Parameter when(Parameter parameter, std::string parent, model::List values) {
  parameter.conditions.push_back({.parent = std::move(parent), .values = std::move(values)});
  return parameter;
}

Space made(std::vector<Parameter> parameters, std::vector<Constraint> constraints) {
  auto space = Space::make(std::move(parameters), std::move(constraints));
  CHECK(space.has_value());
  return *std::move(space);
}

Space cube(size_t count) {
  std::vector<Parameter> parameters;
  for (size_t i = 0; i < count; ++i) parameters.push_back(real("x" + std::to_string(i)));
  return made(std::move(parameters));
}

Function single(std::function<double(std::span<const double>)> function) {
  return [function = std::move(function)](std::span<const double> point) {
    return std::vector<double>{function(point)};
  };
}

Play::Play(Space space, std::unique_ptr<Sampler> sampler, uint64_t seed, size_t objectives,
           size_t limits)
    : x_space(std::move(space)),
      x_sampler(std::move(sampler)),
      x_seed(seed),
      x_objectives(objectives),
      x_limits(limits) {}

Result<std::optional<Suggestion>> Play::suggest() {
  return x_sampler->suggest({.space = x_space,
                             .evidence = x_evidence,
                             .seed = x_seed,
                             .number = x_number,
                             .memory = x_memory});
}

size_t Play::append(const Point& point, int64_t number) {
  x_evidence.x.append(point);
  x_evidence.y.append(std::vector<double>(x_objectives, kNaN));
  x_evidence.constraints.append(std::vector<double>(x_limits, kNaN));
  x_evidence.outcome.push_back(Outcome::kPending);
  x_evidence.extra_noise.push_back(0);
  x_evidence.cost.push_back(kNaN);
  x_evidence.number.push_back(number);
  return x_evidence.rows() - 1;
}

std::optional<size_t> Play::ask() {
  auto suggestion = suggest();
  CHECK(suggestion.has_value());
  if (!*suggestion) return std::nullopt;
  x_last = std::move(**suggestion);
  if (!x_last.memory.is_null()) x_memory = x_last.memory;
  return append(x_last.point, static_cast<int64_t>(x_number++));
}

void Play::tell(size_t row, std::span<const double> results) {
  const bool is_finite =
      std::all_of(results.begin(), results.end(), [](double r) { return std::isfinite(r); });
  x_evidence.outcome[row] = is_finite ? Outcome::kComplete : Outcome::kFailed;
  if (!is_finite) return;
  std::copy_n(results.begin(), x_objectives, x_evidence.y.row(row).begin());
  std::copy_n(results.begin() + static_cast<std::ptrdiff_t>(x_objectives), x_limits,
              x_evidence.constraints.row(row).begin());
}

void Play::run(size_t trials, const Function& function) {
  for (size_t i = 0; i < trials; ++i) {
    const auto row = ask();
    if (!row) return;
    tell(*row, function(x_evidence.x.row(*row)));
  }
}

void Play::learn(const Point& point, std::span<const double> results) {
  tell(append(point, -1 - static_cast<int64_t>(x_evidence.rows())), results);
}

double Play::best() const {
  double best = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < x_evidence.rows(); ++i)
    if (x_evidence.outcome[i] == Outcome::kComplete) best = std::min(best, x_evidence.y.at(i, 0));
  return best;
}

size_t Play::configurations() const { return Tried(x_space, x_evidence).size(); }

}  // namespace cairn::sweep::testing
