// The braille canvas and the axes around it.
#include "cli/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "cli/text.h"

namespace cairn::cli {
namespace {

constexpr size_t kCanvasColumnsMin = 10, kCanvasRowsMin = 3;
constexpr size_t kLabelColumnsMax = 20;
constexpr size_t kRowsPerTick = 4, kColumnsPerTick = 16;

struct Range {
  double low = INFINITY, high = -INFINITY;

  void include(double v) {
    if (!std::isfinite(v)) return;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  bool is_empty() const { return low > high; }
  // An axis that nearly starts at zero starts at zero.
  void include_near_zero() {
    constexpr double kNear = 0.08;
    if (low > 0 && low < high * kNear) low = 0;
    if (high < 0 && high > low * kNear) high = 0;
  }
  void widen_if_flat() {
    if (high > low) return;
    const double room = low == 0 ? 1 : std::fabs(low) * 0.05;
    low -= room;
    high += room;
  }
  double share(double v) const { return (v - low) / (high - low); }
};

// Data on the canvas: scaling, clipping of what cannot be drawn, curves.
class Frame {
 public:
  Frame(const std::vector<Curve>& curves, const PlotOptions& options) : x_log_y(options.log_y) {
    for (const Curve& curve : curves) {
      for (const double v : curve.x) x_x.include(v);
      for (const auto* column : {&curve.low, &curve.high, &curve.middle})
        for (const double v : *column) x_y.include(scale_y(v));
    }
    if (is_empty()) return;
    x_x.include_near_zero();
    if (!x_log_y) x_y.include_near_zero();
    x_x.widen_if_flat();
    x_y.widen_if_flat();
  }

  bool is_empty() const { return x_x.is_empty() || x_y.is_empty(); }
  const Range& x() const { return x_x; }
  const Range& y() const { return x_y; }
  double scale_y(double v) const {
    if (!x_log_y) return v;
    return v > 0 ? std::log10(v) : std::numeric_limits<double>::quiet_NaN();
  }
  double unscale_y(double v) const { return x_log_y ? std::pow(10.0, v) : v; }

  int64_t dot_x(double v, int64_t dots) const {
    return std::llround(x_x.share(v) * static_cast<double>(dots - 1));
  }
  std::optional<int64_t> dot_y(double v, int64_t dots) const {
    const double scaled = scale_y(v);
    if (!std::isfinite(scaled)) return std::nullopt;
    return std::llround((1 - x_y.share(scaled)) * static_cast<double>(dots - 1));
  }

  void draw(const Curve& curve, Paint paint, BrailleCanvas& canvas) const {
    bool has_before = false;
    int64_t before_x = 0, before_y = 0;
    for (size_t i = 0; i < curve.x.size(); ++i) {
      const int64_t x = dot_x(curve.x[i], canvas.dot_width());
      const auto low = dot_y(curve.low[i], canvas.dot_height());
      const auto high = dot_y(curve.high[i], canvas.dot_height());
      const auto middle = dot_y(curve.middle[i], canvas.dot_height());
      if (low && high) canvas.line(x, *low, x, *high, paint);
      if (middle) {
        canvas.line(has_before ? before_x : x, has_before ? before_y : *middle, x, *middle, paint);
        before_x = x;
        before_y = *middle;
      }
      has_before = middle.has_value();
    }
  }

 private:
  bool x_log_y;
  Range x_x, x_y;
};

// The text at the left of each row: a tick's number or nothing.
std::vector<std::string> label_rows(const Frame& frame, size_t rows) {
  std::vector<std::string> labels(rows);
  const auto place = [&](double scaled, const std::string& text) {
    const double at = (1 - frame.y().share(scaled)) * static_cast<double>(rows * 4 - 1) / 4;
    std::string& label = labels[std::min(rows - 1, static_cast<size_t>(std::max(at, 0.0)))];
    if (label.empty()) label = text;
  };
  for (const double tick : choose_ticks(frame.y().low, frame.y().high, rows / kRowsPerTick + 1))
    place(tick, print_number(frame.unscale_y(tick)));
  return labels;
}

// The two lines below the canvas: marks, and their numbers with the axis' name at the right.
std::string print_x_axis(const Frame& frame, const std::string& name, size_t margin,
                         size_t columns) {
  std::string marks;
  std::string numbers(margin + columns + 1, ' ');
  std::vector<bool> is_tick(columns, false);
  size_t free_from = 0;
  for (const double tick :
       choose_ticks(frame.x().low, frame.x().high, columns / kColumnsPerTick + 1)) {
    const auto column = static_cast<size_t>(frame.dot_x(tick, static_cast<int64_t>(columns)));
    is_tick[std::min(column, columns - 1)] = true;
    const std::string text = print_number(tick);
    size_t at = margin + 1 + column;
    at -= std::min(at, text.size() / 2);
    at = std::max(at, free_from);
    if (numbers.size() < at + text.size()) numbers.resize(at + text.size(), ' ');
    numbers.replace(at, text.size(), text);
    free_from = at + text.size() + 1;
  }
  for (size_t c = 0; c < columns; ++c) marks += is_tick[c] ? "┬" : "─";
  return std::string(margin, ' ') + "└" + marks + "\n" + numbers + "  " + name + "\n";
}

// Labels at the right end of the curves: each on the row of its last value, or the nearest free
// one.
std::vector<Cell> label_ends(const std::vector<Curve>& curves, const Frame& frame, size_t rows,
                             size_t label_columns) {
  std::vector<Cell> ends(rows);
  for (size_t i = 0; i < curves.size(); ++i) {
    const std::vector<double>& middle = curves[i].middle;
    const auto last = std::find_if(middle.rbegin(), middle.rend(),
                                   [&](double v) { return std::isfinite(frame.scale_y(v)); });
    if (last == middle.rend()) continue;
    const auto wanted = *frame.dot_y(*last, static_cast<int64_t>(rows * 4)) / 4;
    for (int64_t distance = 0; distance < static_cast<int64_t>(rows) * 2; ++distance) {
      const int64_t row = wanted + (distance % 2 ? -(distance + 1) / 2 : distance / 2);
      if (row < 0 || row >= static_cast<int64_t>(rows)) continue;
      Cell& end = ends[static_cast<size_t>(row)];
      if (!end.text.empty()) continue;
      end = {shorten(curves[i].label, label_columns), curve_paint(i)};
      break;
    }
  }
  return ends;
}

}  // namespace

BrailleCanvas::BrailleCanvas(size_t columns, size_t rows)
    : x_columns(columns), x_rows(rows), x_places(columns * rows) {}

void BrailleCanvas::set(int64_t x, int64_t y, Paint paint) {
  // Unicode numbers the dots of a braille character column by column, the lowest row last.
  static constexpr uint8_t kDots[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  if (x < 0 || y < 0 || x >= dot_width() || y >= dot_height()) return;
  Place& place = x_places[static_cast<size_t>(y / 4) * x_columns + static_cast<size_t>(x / 2)];
  place.dots |= kDots[y % 4][x % 2];
  place.paint = paint;
}

void BrailleCanvas::line(int64_t x0, int64_t y0, int64_t x1, int64_t y1, Paint paint) {
  const int64_t steps = std::max(std::abs(x1 - x0), std::abs(y1 - y0));
  for (int64_t i = 0; i <= steps; ++i) {
    const double share = steps == 0 ? 0 : static_cast<double>(i) / static_cast<double>(steps);
    set(x0 + std::llround(share * static_cast<double>(x1 - x0)),
        y0 + std::llround(share * static_cast<double>(y1 - y0)), paint);
  }
}

std::string BrailleCanvas::print_row(size_t row, const Terminal& terminal) const {
  std::string out, piece;
  Paint paint = Paint::kPlain;
  size_t spaces = 0;
  for (size_t c = 0; c < x_columns; ++c) {
    const Place& place = x_places[row * x_columns + c];
    if (place.dots == 0) {
      ++spaces;
      continue;
    }
    if (place.paint != paint) {
      out += terminal.paint(piece, paint);
      piece.clear();
      paint = place.paint;
    }
    piece.append(spaces, ' ');
    spaces = 0;
    const auto dots = static_cast<unsigned>(place.dots);  // U+2800 + dots, in UTF-8
    piece += {'\xE2', static_cast<char>(0xA0U | (dots >> 6U)),
              static_cast<char>(0x80U | (dots & 0x3FU))};
  }
  return out + terminal.paint(piece, paint);
}

Paint curve_paint(size_t index) {
  constexpr std::array kPaints = {Paint::kCyan,  Paint::kYellow, Paint::kMagenta,
                                  Paint::kGreen, Paint::kRed,    Paint::kBlue};
  return kPaints[index % kPaints.size()];
}

std::vector<double> choose_ticks(double low, double high, size_t count) {
  constexpr double kFewerTicks = 0.75;  // up to a third more ticks than asked for
  const double rough = (high - low) / static_cast<double>(std::max<size_t>(count, 1));
  if (!(rough > 0) || !std::isfinite(rough)) return {low};
  const double magnitude = std::pow(10.0, std::floor(std::log10(rough)));
  double stride = magnitude * 10;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (magnitude * factor >= rough * kFewerTicks) {
      stride = magnitude * factor;
      break;
    }
  }
  std::vector<double> ticks;
  for (double i = std::ceil(low / stride - 1e-9); i * stride <= high + stride * 1e-9; ++i)
    ticks.push_back(i == 0 ? 0.0 : i * stride);
  constexpr size_t kCountMax = 100;
  // One number tells no scale.
  return ticks.size() < 2 && count < kCountMax ? choose_ticks(low, high, count * 2) : ticks;
}

std::string draw_plot(const std::vector<Curve>& curves, const PlotOptions& options,
                      const Terminal& terminal) {
  const Frame frame(curves, options);
  if (frame.is_empty())
    return options.log_y ? "no positive values to draw\n" : "no values to draw\n";

  const size_t rows = std::max(kCanvasRowsMin, options.height > 2 ? options.height - 2 : 0);
  const std::vector<std::string> labels = label_rows(frame, rows);
  size_t margin = 0;
  for (const std::string& label : labels) margin = std::max(margin, display_width(label) + 1);
  size_t label_columns = 0;
  for (const Curve& curve : curves)
    label_columns = std::max(label_columns, std::min(kLabelColumnsMax, display_width(curve.label)));
  const size_t taken = margin + 1 + 1 + label_columns;
  const size_t columns =
      std::max(kCanvasColumnsMin, options.width > taken ? options.width - taken : 0);

  BrailleCanvas canvas(columns, rows);
  for (size_t i = curves.size(); i-- > 0;) frame.draw(curves[i], curve_paint(i), canvas);
  const std::vector<Cell> ends = label_ends(curves, frame, rows, label_columns);
  std::string out;
  for (size_t row = 0; row < rows; ++row) {
    const std::string& label = labels[row];
    out += std::string(margin - 1 - display_width(label), ' ') + label;
    out += label.empty() ? " │" : " ┤";
    const std::string drawn = canvas.print_row(row, terminal);
    out += drawn;
    if (!ends[row].text.empty()) {
      const size_t width = display_width(strip_escapes(drawn));
      out += std::string(columns - std::min(columns, width) + 1, ' ');
      out += terminal.paint(ends[row].text, ends[row].paint);
    }
    out += '\n';
  }
  return out + print_x_axis(frame, options.x_label, margin, columns);
}

}  // namespace cairn::cli
