// See axis.h.
#include "report/axis.h"

#include <cmath>

#include "report/card_words.h"

namespace cairn::report {

namespace {

constexpr size_t kTicksX = 6, kTicksY = 5;
constexpr double kTickSize = 11;
constexpr double kFewDecades = 2.2;

// 1, 2 or 5 times a power of ten, at least so large.
double round_step(double least) {
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

}  // namespace

Axis::Axis(double low, double high, double from, double to, bool is_log)
    : x_low(low), x_high(high), x_from(from), x_to(to), x_is_log(is_log && low > 0) {
  if (x_high > x_low) return;
  const double room = x_low == 0 ? 1 : std::fabs(x_low) * 0.1;
  x_low = x_is_log ? low / 2 : low - room;
  x_high = x_is_log ? low * 2 : low + room;
}

double Axis::at(double value) const {
  const double share =
      x_is_log ? (std::log(value) - std::log(x_low)) / (std::log(x_high) - std::log(x_low))
               : (value - x_low) / (x_high - x_low);
  return x_from + share * (x_to - x_from);
}

std::vector<double> Axis::ticks(size_t wanted) const {
  std::vector<double> ticks;
  const auto count = static_cast<double>(wanted);
  if (x_is_log && x_high / x_low >= 8) {
    const double decades = std::log10(x_high / x_low);
    const double every = std::max(1.0, std::ceil(decades / count));
    const bool has_between = decades <= kFewDecades;  // also twos and fives
    const auto is_within = [&](double tick) {
      return tick >= x_low * (1 - 1e-9) && tick <= x_high * (1 + 1e-9);
    };
    for (double power = std::floor(std::log10(x_low)); power <= std::log10(x_high) + 1e-9;
         power += every)
      for (const double factor : {1.0, 2.0, 5.0})
        if (const double tick = factor * std::pow(10, power);
            is_within(tick) && (factor == 1 || has_between))
          ticks.push_back(tick);
    return ticks;
  }
  const double step = round_step((x_high - x_low) / count);
  for (double k = std::ceil(x_low / step - 1e-9); k * step <= x_high + 1e-9 * step; ++k)
    ticks.push_back(k * step + 0.0);  // no -0
  return ticks;
}

void draw_axes(Figure& figure, const Axis& x, const Axis& y, const std::string& x_name,
               const std::string& y_name) {
  for (const double tick : y.ticks(kTicksY)) {
    const double at = y.at(tick);
    figure.line({{x.from(), at}, {x.to(), at}}, Role::kGrid);
    figure.text({x.from() - 6, at + 4}, print_number(tick), Role::kMuted, Anchor::kEnd, kTickSize);
  }
  figure.line({{x.from(), y.from()}, {x.to(), y.from()}}, Role::kMuted);
  for (const double tick : x.ticks(kTicksX)) {
    const double at = x.at(tick);
    figure.line({{at, y.from()}, {at, y.from() + 4}}, Role::kMuted);
    figure.text({at, y.from() + 16}, print_number(tick), Role::kMuted, Anchor::kMiddle, kTickSize);
  }
  figure.text({(x.from() + x.to()) / 2, y.from() + 34}, x_name, Role::kInk, Anchor::kMiddle);
  figure.text({14, (y.from() + y.to()) / 2}, y_name, Role::kInk, Anchor::kMiddle, 12, true);
}

}  // namespace cairn::report
