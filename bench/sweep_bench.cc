// Asking for the next trial: how long every sampler thinks, by how many results there are.
//
// Ten parameters of which two are whole numbers and one is a choice; a smooth loss with noise. The
// results at hand are random points and, as in a real sweep, ever closer ones around the best.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "measure.h"
#include "sweep/sampler.h"

namespace {

using namespace cairn;
using namespace cairn::sweep;
using bench::figure;
using bench::get;

constexpr size_t kAsks = 24;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Space ten_parameters() {
  std::vector<Parameter> parameters(10);
  for (size_t i = 0; i < parameters.size(); ++i) parameters[i].name = fmt::format("x{}", i);
  for (const size_t i : {7U, 8U}) {
    parameters[i].kind = Parameter::Kind::kInteger;
    parameters[i].spread = {.low = 1, .high = 32, .step = 1, .anchor = 1};
  }
  parameters[9].kind = Parameter::Kind::kCategorical;
  parameters[9].choices = {"adam", "sgd", "lion"};
  return get(Space::make(std::move(parameters)));
}

double loss(const Point& point, surrogate::Random& random) {
  double sum = 0.1 * point[9] + 0.02 * random.normal();
  for (size_t i = 0; i < 9; ++i) {
    const double away = point[i] - 0.3 - 0.05 * static_cast<double>(i);
    sum += away * away * (i < 4 ? 4 : 0.5);
  }
  return sum;
}

void append(Evidence& evidence, const Point& point, double y) {
  const auto number = static_cast<int64_t>(evidence.rows());
  evidence.x.append(point);
  evidence.y.append({&y, 1});
  evidence.outcome.push_back(Outcome::kComplete);
  evidence.extra_noise.push_back(0);
  evidence.cost.push_back(kNaN);
  evidence.number.push_back(number);
  evidence.constraints = surrogate::Matrix(evidence.rows(), 0);
}

Evidence results(const Space& space, size_t count) {
  surrogate::Random random(1, count);
  Evidence evidence;
  Point best = *space.draw(random);
  double lowest = loss(best, random);
  append(evidence, best, lowest);
  while (evidence.rows() < count) {
    Point point = *space.draw(random);
    if (evidence.rows() % 2 == 0)
      for (size_t i = 0; i < 9; ++i) point[i] = best[i] + 0.1 * (point[i] - 0.5);
    point = space.snapped(std::move(point));
    const double y = loss(point, random);
    if (y < lowest) lowest = y, best = point;
    append(evidence, point, y);
  }
  return evidence;
}

void measure(Method method, size_t count) {
  const Space space = ten_parameters();
  Evidence evidence = results(space, count);
  const auto sampler = make_sampler(method);
  surrogate::Random random(2, count);
  std::vector<double> asks_ms;
  model::Value memory;
  for (size_t i = 0; i <= kAsks; ++i) {
    const bench::Stopwatch watch;
    const auto suggestion = get(sampler->suggest({.space = space,
                                                  .evidence = evidence,
                                                  .seed = 7,
                                                  .number = evidence.rows(),
                                                  .memory = memory}));
    // The first one learns what a sweep that grew to this size has known for long.
    if (i > 0) asks_ms.push_back(watch.cpu_s() * 1000);
    if (!suggestion) return;
    memory = suggestion->memory;
    append(evidence, suggestion->point, loss(suggestion->point, random));
  }
  const std::string name = fmt::format("sweep.{}.{}", print_method(method), count);
  figure(name + ".ask_p50", bench::percentile(asks_ms, 0.5), "ms");
  figure(name + ".ask_max", *std::ranges::max_element(asks_ms), "ms");
}

}  // namespace

// sweep_bench [sampler [results]]
int main(int argc, char** argv) {
  const std::vector<Method> methods = {Method::kAuto,   Method::kGaussianProcess, Method::kTpe,
                                       Method::kRandom, Method::kSobol,           Method::kCmaEs,
                                       Method::kNsga2,  Method::kTrustRegion};
  for (const Method method : methods) {
    if (argc > 1 && print_method(method) != argv[1]) continue;
    for (const size_t count : {100U, 500U, 1000U, 10'000U})
      if (argc <= 2 || std::to_string(count) == argv[2]) measure(method, count);
  }
}
