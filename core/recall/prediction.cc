// The sentences, with no more decimals than the numbers are known to.
#include "recall/prediction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "surrogate/noise.h"

namespace cairn::recall {
namespace {

constexpr int kDecimalsMax = 6;
constexpr double kWorthMentioning = 0.05;

// "4 %"; a chance is never told as none or certain.
std::string print_chance(double chance) {
  const double percent = 100 * chance;
  if (percent < 1) return "< 1 %";
  if (percent > 99) return "> 99 %";
  return fmt::format("{:.0f} %", percent);
}

std::string print_ordinal(size_t n) {
  const size_t last = n % 10;
  if (n / 10 % 10 == 1 || last < 1 || last > 3) return fmt::format("{}th", n);
  return fmt::format("{}{}", n, last == 1 ? "st" : last == 2 ? "nd" : "rd");
}

std::string print_interval(const Prediction& p) {
  const double width = p.high - p.low;
  const std::string_view dash = p.low < 0 ? " to " : "–";
  return fmt::format("{}{}{}", print_at_scale(p.low, width), dash, print_at_scale(p.high, width));
}

std::string print_grounds(const Prediction& p) {
  std::string text = fmt::format("{} {}", p.n, p.is_near ? "history pairs" : "runs");
  text +=
      p.noise ? fmt::format("; seed noise ±{:.1g}", *p.noise) : std::string("; seed noise unknown");
  if (p.coverage.recorded > 0)
    text += fmt::format("; past intervals held {} of {} outcomes", p.coverage.covered,
                        p.coverage.recorded);
  return text;
}

}  // namespace

std::string print_at_scale(double number, double scale, int figures) {
  if (!std::isfinite(scale) || scale <= 0) return fmt::format("{:.6g}", number);
  const int decimals = figures - 1 - static_cast<int>(std::floor(std::log10(scale)));
  if (decimals > kDecimalsMax || std::abs(number) >= 1e9) {
    const double leading = std::floor(std::log10(std::max(std::abs(number), scale)));
    return fmt::format("{:.{}g}", number,
                       std::clamp(static_cast<int>(leading) + decimals + 1, figures, 15));
  }
  return fmt::format("{:.{}f}", number, std::max(decimals, 0));
}

std::string print_prediction(const Prediction& p, std::string_view metric) {
  std::string text = fmt::format("Expected {} {}, 90 % interval {} ({}). P(new best) {}.", metric,
                                 print_at_scale(p.value, p.high - p.low), print_interval(p),
                                 print_grounds(p), print_chance(p.p_new_best));
  if (p.p_diverge >= kWorthMentioning)
    text += fmt::format(" P(diverges) {}.", print_chance(p.p_diverge));
  return text;
}

std::string print_replicates(std::span<const double> results) {
  double mean = 0, squares = 0;
  size_t n = 0;
  for (const double result : results) {
    if (!std::isfinite(result)) continue;
    ++n;
    const double difference = result - mean;
    mean += difference / static_cast<double>(n);
    squares += difference * (result - mean);
  }
  const size_t diverged = results.size() - n;
  const std::string also = diverged == 0 ? "" : fmt::format(" and {} diverged", diverged);
  if (results.empty()) return {};
  if (n == 0) return fmt::format("{} of {} seeds diverged", diverged, results.size());
  if (n == 1)
    return fmt::format("1 seed exists: {:.4g}{}; a 2nd would be the first to tell the noise", mean,
                       also);
  const double degrees = static_cast<double>(n - 1), sd = std::sqrt(squares / degrees);
  if (!(sd > 0)) return fmt::format("{} seeds exist: all {:.6g}{}", n, mean, also);
  // One more result leaves the deviation as it is, on the average, but known a little better.
  const double now = surrogate::mean_half_width({sd, degrees}, n);
  const double then = surrogate::mean_half_width({sd, degrees + 1}, n + 1);
  return fmt::format(
      "{} seeds exist: {} ± {} (sd){}; a {} shrinks the 95 % CI half-width from {} to {}", n,
      print_at_scale(mean, sd, 1), print_at_scale(sd, sd, 1), also, print_ordinal(n + 1),
      print_at_scale(now, then), print_at_scale(then, then));
}

}  // namespace cairn::recall
