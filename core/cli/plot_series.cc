// cairn plot: curves of one run or several, drawn in the terminal.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "cli/commands.h"
#include "cli/plot.h"
#include "cli/run_style.h"
#include "cli/text.h"

namespace cairn::cli {

using model::Value;

namespace {

constexpr size_t kWidthDefault = 100, kWidthMax = 160;
constexpr size_t kHeightDefault = 20;
constexpr size_t kCurvesMax = 24;
constexpr size_t kKeysSuggested = 12;

struct TimeUnit {
  const char* name;
  double seconds;
};

TimeUnit choose_unit(double span_s) {
  if (span_s < 180) return {"time (s)", 1};
  if (span_s < 3 * 3600) return {"time (min)", 60};
  if (span_s < 3 * 86400) return {"time (h)", 3600};
  return {"time (d)", 86400};
}

// The keys of a run that match the patterns, in the order of the patterns.
Result<std::vector<std::string>> find_keys(const FoundRun& run,
                                           const std::vector<std::string>& patterns,
                                           const Desk& desk) {
  TRY(const Value answer, desk.client.get(run.path() + "/keys"));
  const model::List& infos = list_at(answer, "keys");
  std::vector<std::string> keys;
  for (const std::string& pattern : patterns) {
    bool is_known = false;
    for (const Value& info : infos) {
      const std::string key = text_at(info, "key");
      if (key != pattern && !matches_glob(pattern, key)) continue;
      is_known = true;
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
    if (is_known) continue;
    std::vector<std::string> there;
    for (const Value& info : infos)
      if (there.size() < kKeysSuggested) there.push_back(text_at(info, "key"));
    return fail(Code::kNotFound, "run {} has no series '{}'{}{}{}", run.name, pattern,
                there.empty() ? "" : "; there are: ", fmt::join(there, ", "),
                there.size() < infos.size() ? ", ..." : "");
  }
  return keys;
}

// What is drawn, and what the legend says of it.
struct Drawing {
  std::vector<Curve> curves;
  std::vector<double> lasts;  // the last value of each
};

Result<void> add_curves(const FoundRun& run, const std::vector<std::string>& keys,
                        bool is_one_of_many, const PlotSeries& command, size_t buckets,
                        const Desk& desk, Drawing& drawing) {
  TRY(const server::Columns columns, desk.client.series(run, {keys, buckets, command.by_time}));
  const auto created_ns = static_cast<double>(int_at(run.run, "created_ns"));
  for (const server::SeriesColumns& series : columns.series) {
    const auto* data = std::get_if<query::Buckets>(&series.data);
    if (!data) return fail(Code::kCorrupt, "expected buckets of '{}', found points", series.key);
    std::string label = make_printable(is_one_of_many && keys.size() == 1 ? run.name
                                       : is_one_of_many ? series.key + " " + run.name
                                                        : series.key);
    Curve curve{std::move(label), data->x, data->min, data->max, data->mean};
    if (command.by_time)
      for (double& x : curve.x) x = (x - created_ns) / 1e9;  // since the run began
    drawing.curves.push_back(std::move(curve));
    drawing.lasts.push_back(data->last.empty() ? NAN : data->last.back());
  }
  return {};
}

// Turns seconds into the unit that suits the longest curve; answers its name.
std::string scale_time(std::vector<Curve>& curves) {
  double span_s = 0;
  for (const Curve& curve : curves)
    for (const double x : curve.x) span_s = std::max(span_s, x);
  const TimeUnit unit = choose_unit(span_s);
  for (Curve& curve : curves)
    for (double& x : curve.x) x /= unit.seconds;
  return unit.name;
}

std::string print_legend(const Drawing& drawing, const Terminal& terminal) {
  const std::vector<Curve>& curves = drawing.curves;
  Table table({{""}, {"last", Align::kPoint}, {"min", Align::kPoint}, {"max", Align::kPoint}});
  for (size_t i = 0; i < curves.size(); ++i) {
    double low = INFINITY, high = -INFINITY;
    for (const double v : curves[i].low) low = std::fmin(low, v);
    for (const double v : curves[i].high) high = std::fmax(high, v);
    const bool is_empty = low > high;
    table.add({{curves[i].label, curve_paint(i)},
               {print_number(drawing.lasts[i])},
               {print_number(is_empty ? NAN : low)},
               {print_number(is_empty ? NAN : high)}});
  }
  return table.print(terminal, true, 2);
}

}  // namespace

Result<int> execute(const PlotSeries& command, const Desk& desk) {
  const Terminal& terminal = desk.terminal;
  PlotOptions options;
  options.width = command.width      ? command.width
                  : terminal.width() ? std::min(terminal.width(), kWidthMax)
                                     : kWidthDefault;
  options.height = command.height ? command.height : kHeightDefault;
  options.log_y = command.log_y;
  options.x_label = "step";

  Drawing drawing;
  std::vector<std::string> references = {command.run};
  references.insert(references.end(), command.with.begin(), command.with.end());
  std::string titles;
  for (const std::string& reference : references) {
    TRY(const FoundRun run, desk.client.find_run(reference));
    TRY(const std::vector<std::string> keys, find_keys(run, command.keys, desk));
    TRY_VOID(
        add_curves(run, keys, references.size() > 1, command, options.width * 2, desk, drawing));
    titles += print_title(run, terminal) + "\n";
  }
  if (drawing.curves.size() > kCurvesMax)
    return fail(Code::kLimit, "expected at most {} curves in a plot, found {}; choose fewer series",
                kCurvesMax, drawing.curves.size());
  if (command.by_time) options.x_label = scale_time(drawing.curves);
  terminal.print(titles + "\n" + draw_plot(drawing.curves, options, terminal) + "\n" +
                 print_legend(drawing, terminal));
  return kExitOk;
}

}  // namespace cairn::cli
