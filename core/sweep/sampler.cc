// See sampler.h.
#include "sweep/sampler.h"

#include <array>
#include <unordered_set>

namespace cairn::sweep {

namespace {

struct Named {
  Method method;
  std::string_view name;
};
constexpr std::array<Named, 10> kNames = {{{Method::kAuto, "auto"},
                                           {Method::kGaussianProcess, "gp"},
                                           {Method::kTpe, "tpe"},
                                           {Method::kRandom, "random"},
                                           {Method::kSobol, "sobol"},
                                           {Method::kGrid, "grid"},
                                           {Method::kCmaEs, "cmaes"},
                                           {Method::kNsga2, "nsga2"},
                                           {Method::kNsga3, "nsga3"},
                                           {Method::kTrustRegion, "trust_region"}}};

}  // namespace

std::string_view print_method(Method method) {
  for (const Named& named : kNames)
    if (named.method == method) return named.name;
  return "";
}

std::optional<Method> parse_method(std::string_view name) {
  for (const Named& named : kNames)
    if (named.name == name) return named.method;
  return std::nullopt;
}

std::unique_ptr<Sampler> make_sampler(Method method) {
  switch (method) {
    case Method::kAuto:
      return make_auto_sampler();
    case Method::kGaussianProcess:
      return make_gp_sampler();
    case Method::kTpe:
      return make_tpe_sampler();
    case Method::kRandom:
      return make_random_sampler();
    case Method::kSobol:
      return make_sobol_sampler();
    case Method::kGrid:
      return make_grid_sampler();
    case Method::kCmaEs:
      return make_cma_es_sampler();
    case Method::kNsga2:
    case Method::kNsga3:
      return make_nsga_sampler(method == Method::kNsga3);
    case Method::kTrustRegion:
      return make_trust_region_sampler();
  }
  return nullptr;
}

struct Tried::Keys {
  std::unordered_set<std::string> keys;
};

Tried::Tried(const Space& space, const Evidence& evidence)
    : x_space(space), x_keys(std::make_unique<Keys>()) {
  for (size_t i = 0; i < evidence.rows(); ++i)
    if (evidence.number[i] >= 0) x_keys->keys.insert(space.key(evidence.x.row(i)));
}
Tried::~Tried() = default;
Tried::Tried(Tried&&) noexcept = default;

bool Tried::holds(std::span<const double> point) const {
  return x_keys->keys.contains(x_space.key(point));
}

size_t Tried::size() const { return x_keys->keys.size(); }

std::optional<Point> Tried::draw_new(surrogate::Random& random) const {
  constexpr int kDrawsMax = 200;
  for (int i = 0; i < kDrawsMax; ++i) {
    auto point = x_space.draw(random);
    if (point && !holds(*point)) return point;
  }
  const auto size = x_space.size();
  if (!size) return std::nullopt;
  // From a random one on, so that what is left is not always met at its first end.
  const auto begin = static_cast<uint64_t>(random.unit() * static_cast<double>(*size));
  for (uint64_t i = 0; i < *size; ++i) {
    auto point = x_space.nth((begin + i) % *size);
    if (point && !holds(*point)) return point;
  }
  return std::nullopt;
}

}  // namespace cairn::sweep
