// Fifteen metric curves as training programs really log them, the same on every machine and run.
//
// Header only, so that any benchmark or test can share the data. Each curve is the output of the
// arithmetic that a real program would do (casts, rounding, divisions, clock differences), because
// it is that arithmetic, not the shape of the curve, that decides how small it can be stored.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

namespace cairn::bench {

struct Curve {
  std::string name;
  std::vector<double> values;
};

// Deterministic normal and uniform numbers (splitmix64 and Box-Muller): standard distributions
// differ between libraries.
class Noise {
 public:
  explicit Noise(uint64_t seed) : x_state(seed) {}

  uint64_t bits() {
    uint64_t z = x_state += 0x9E37'79B9'7F4A'7C15;
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EB;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  uint64_t x_state;
};

inline double as_float32(double x) { return static_cast<double>(static_cast<float>(x)); }
inline double as_bfloat16(double x) {  // round to nearest
  const uint32_t bits = std::bit_cast<uint32_t>(static_cast<float>(x)) + 0x8000;
  return static_cast<double>(std::bit_cast<float>(bits & 0xFFFF'0000));
}
inline double round_to(double x, double scale) { return std::round(x * scale) / scale; }

// Loss falls from 2.5 towards 0.3; a batch scatters by 4 % around it.
inline double smooth_loss(double t) { return 0.3 + 2.2 * std::exp(-4 * t); }

inline std::vector<Curve> make_curves(size_t n, uint64_t seed = 1) {
  std::vector<Curve> curves;
  const auto add = [&](std::string name, auto&& value_at) {
    Noise noise(seed + 1000 * curves.size());
    Curve curve{std::move(name), std::vector<double>(n)};
    for (size_t i = 0; i < n; ++i) {
      curve.values[i] = value_at(i, static_cast<double>(i) / static_cast<double>(n), noise);
    }
    curves.push_back(std::move(curve));
  };
  const auto loss = [](double t, Noise& noise) {
    return smooth_loss(t) * (1 + 0.04 * noise.normal());
  };
  const auto accuracy = [](double t) { return 0.95 - 0.85 * std::exp(-5 * t); };

  add("loss f32", [&](size_t, double t, Noise& z) { return as_float32(loss(t, z)); });
  add("loss bf16", [&](size_t, double t, Noise& z) { return as_bfloat16(loss(t, z)); });
  std::vector<double> window;
  double window_sum = 0;
  add("loss mean 50", [&](size_t i, double t, Noise& z) {
    const double next = as_float32(loss(t, z));
    window.push_back(next);
    window_sum += next - (i >= 50 ? window[i - 50] : 0);
    return window_sum / static_cast<double>(i < 50 ? i + 1 : 50);
  });
  add("loss round 4", [&](size_t, double t, Noise& z) { return round_to(loss(t, z), 1e4); });
  add("acc k/256", [&](size_t, double t, Noise& z) {
    const double p = accuracy(t);
    const double k = std::round(256 * p + std::sqrt(256 * p * (1 - p)) * z.normal());
    return std::fmin(std::fmax(k, 0), 256) / 256;
  });
  add("acc 4 decimals",
      [&](size_t, double t, Noise& z) { return round_to(accuracy(t) + 0.004 * z.normal(), 1e4); });
  add("lr cosine",
      [&](size_t, double t, Noise&) { return 0.5 * 3e-4 * (1 + std::cos(std::numbers::pi * t)); });
  add("lr steps", [&](size_t, double t, Noise&) { return 0.1 * std::pow(0.1, std::floor(4 * t)); });
  add("grad norm f32",
      [&](size_t, double, Noise& z) { return as_float32(0.8 * std::exp(0.6 * z.normal())); });
  double load = 95;
  add("gpu util %", [&](size_t, double, Noise& z) {
    load = z.uniform() < 0.01 ? 40 : load + 0.3 * (95 - load);
    return std::fmin(100, std::fmax(0, std::round(load + 2 * z.normal())));
  });
  double held = 30e9;
  add("gpu memory B", [&](size_t i, double, Noise& z) {
    if (i % 200 == 0) held = 30e9 + std::round(z.uniform() * 500) * 2097152;
    return held;
  });
  add("gpu power W",
      [&](size_t, double, Noise& z) { return std::round(310e3 + 4.5e3 * z.normal()) / 1000; });
  double warmth = 65;
  add("gpu temp C", [&](size_t, double, Noise& z) {
    warmth += 0.05 * (65 - warmth) + 0.3 * z.normal();
    return std::round(warmth);
  });
  double clock_s = 200'000;  // a monotonic clock after two days
  add("step time s", [&](size_t, double, Noise& z) {
    const double before = clock_s;
    clock_s += round_to(0.05 * std::exp(0.05 * z.normal()), 1e9);
    return clock_s - before;
  });
  add("epoch i/1563", [&](size_t i, double, Noise&) { return static_cast<double>(i) / 1563; });
  return curves;
}

}  // namespace cairn::bench
