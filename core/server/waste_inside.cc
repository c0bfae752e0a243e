// Looking inside runs for the accounting of waste: curves, and how busy their devices were.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "report/goal.h"
#include "server/report_runs.h"
#include "server/waste_reading.h"

namespace cairn::server {

using report::LoggedCurve;
using report::WasteRun;

namespace {

constexpr size_t kCurvePointsMax = 512, kMachinePointsMax = 16'384;
constexpr double kPercent = 100;
constexpr std::string_view kProcessors = "process.cpu.percent";
// What losses and norms of gradients are mostly called, the likeliest first.
constexpr std::array<std::string_view, 4> kLossNames = {"train/loss", "train_loss", "loss/train",
                                                        "loss"};
constexpr std::array<std::string_view, 3> kGradientNames = {"grad_norm", "gradient_norm",
                                                            "grad/norm"};

// Of the run's history the series that is called so, or has it in its name.
template <size_t kSize>
const model::SeriesInfo* find_series(const std::vector<model::SeriesInfo>& series,
                                     const std::array<std::string_view, kSize>& names) {
  for (const bool is_whole : {true, false})
    for (const std::string_view name : names)
      for (const model::SeriesInfo& one : series) {
        const bool is_it = is_whole ? one.key == name : one.key.find(name) != std::string::npos;
        if (is_it && one.stream == model::Stream::kHistory) return &one;
      }
  return nullptr;
}

double seconds_since(int64_t began_ns, int64_t time_ns) {
  return static_cast<double>(time_ns - began_ns) / kNsPerSecond;
}

// Of many points the last of each of equally many in a row.
LoggedCurve thin(const model::Points& points, int64_t began_ns) {
  LoggedCurve curve;
  const size_t stride = points.size() / kCurvePointsMax + 1;
  for (size_t i = (points.size() - 1) % stride; i < points.size(); i += stride) {
    curve.step.push_back(static_cast<double>(points.step[i]));
    curve.at_s.push_back(seconds_since(began_ns, points.time_ns[i]));
    curve.value.push_back(points.value[i]);
  }
  return curve;
}

// One project's runs, looked at one by one.
class Inside {
 public:
  Inside(const Call& call, std::optional<ReportMetric> metric)
      : x_call(call), x_metric(std::move(metric)) {}

  Result<void> look(const std::vector<double>& gpu_memory_bytes, WasteRun& run) const {
    TRY(const auto series, x_call.rooms.catalog.keys(run.project, run.id));
    TRY_VOID(read_curves(series, run));
    TRY(run.machine,
        run.gpu_s > 0 ? read_gpus(series, gpu_memory_bytes, run) : read_processors(series, run));
    return {};
  }

 private:
  Result<LoggedCurve> read_curve(const WasteRun& run, const std::string& key) const {
    TRY(const model::Points points, x_call.rooms.catalog.points(run.project, run.id, key));
    return points.size() == 0 ? LoggedCurve() : thin(points, run.began_ns);
  }

  // A trial that has not logged the metric has an empty curve of it: that says something. Other
  // runs without it may be of another kind.
  Result<void> read_curves(const std::vector<model::SeriesInfo>& series, WasteRun& run) const {
    const model::SeriesInfo* loss = find_series(series, kLossNames);
    const model::SeriesInfo* gradient = find_series(series, kGradientNames);
    const bool has_metric = x_metric && std::ranges::find(series, x_metric->name,
                                                          &model::SeriesInfo::key) != series.end();
    const bool expects_metric = has_metric || (x_metric && !run.sweep.empty());
    if (!expects_metric && !loss && !gradient) return {};
    report::RunCurves& curves = run.curves.emplace();
    curves.expects_metric = expects_metric;
    if (x_metric) curves.is_maximized = x_metric->is_maximized;
    if (has_metric) {
      TRY(curves.metric, read_curve(run, x_metric->name));
    }
    if (loss && x_metric && loss->key == x_metric->name) {
      curves.loss = curves.metric;
    } else if (loss) {
      TRY(curves.loss, read_curve(run, loss->key));
    }
    if (gradient) {
      TRY(curves.gradient, read_curve(run, gradient->key));
    }
    return {};
  }

  Result<std::optional<report::MachineUse>> read_processors(
      const std::vector<model::SeriesInfo>& series, const WasteRun& run) const {
    if (std::ranges::find(series, kProcessors, &model::SeriesInfo::key) == series.end())
      return std::nullopt;
    return read_use(run, {std::string(kProcessors)});
  }

  struct Gpu {  // of a machine, by NVML's index
    std::string util_key;
    std::optional<double> own_bytes, used_bytes;  // at their peak
  };

  static std::map<int, Gpu> find_gpus(const std::vector<model::SeriesInfo>& series) {
    std::map<int, Gpu> gpus;
    for (const model::SeriesInfo& one : series) {
      constexpr std::string_view kStem = "gpu.";
      if (!one.key.starts_with(kStem)) continue;
      int index = 0;
      const char* const end = one.key.data() + one.key.size();
      const auto [rest, error] = std::from_chars(one.key.data() + kStem.size(), end, index);
      if (error != std::errc()) continue;
      const std::string_view fact(rest, static_cast<size_t>(end - rest));
      if (fact == ".util_percent") gpus[index].util_key = one.key;
      if (fact == ".process.memory.used_bytes") gpus[index].own_bytes = one.stats.max;
      if (fact == ".memory.used_bytes") gpus[index].used_bytes = one.stats.max;
    }
    return gpus;
  }

  // Those on which its processes had memory; where that cannot be told, all of them if the run held
  // so many. Else nobody knows which were its own.
  Result<std::optional<report::MachineUse>> read_gpus(const std::vector<model::SeriesInfo>& series,
                                                      const std::vector<double>& memory_bytes,
                                                      const WasteRun& run) const {
    std::map<int, Gpu> gpus = find_gpus(series);
    const bool tells_own =
        std::ranges::any_of(gpus, [](const auto& gpu) { return gpu.second.own_bytes.has_value(); });
    std::erase_if(gpus, [&](const auto& gpu) {
      return gpu.second.util_key.empty() || (tells_own && !(gpu.second.own_bytes > 0.0));
    });
    const double held = run.ran_s() > 0 ? run.gpu_s / run.ran_s() : 0;
    if (gpus.empty() || (!tells_own && static_cast<double>(gpus.size()) > std::ceil(held)))
      return std::nullopt;
    std::vector<std::string> keys;
    std::optional<double> peak = 0;
    for (const auto& [index, gpu] : gpus) {
      keys.push_back(gpu.util_key);
      const auto used = gpu.own_bytes ? gpu.own_bytes : gpu.used_bytes;
      const auto at = static_cast<size_t>(index);
      const double all = at < memory_bytes.size() ? memory_bytes[at] : 0;
      if (!used || !(all > 0))
        peak.reset();
      else if (peak)
        peak = std::max(*peak, *used / all);
    }
    TRY(auto use, read_use(run, keys));
    if (!use) return std::nullopt;
    use->is_gpu = true;
    use->memory_peak_share = peak;
    return use;
  }

  // The mean of several series of one sampler: their samples are of the same moments.
  Result<std::optional<report::MachineUse>> read_use(const WasteRun& run,
                                                     const std::vector<std::string>& keys) const {
    report::MachineUse use;
    for (const std::string& key : keys) {
      TRY(const model::Points points, x_call.rooms.catalog.points(run.project, run.id, key));
      const bool is_first = use.at_s.empty();
      const size_t count = is_first ? points.size() : std::min(points.size(), use.at_s.size());
      use.at_s.resize(count);
      use.busy.resize(count);
      for (size_t i = 0; i < count; ++i) {
        if (is_first) use.at_s[i] = seconds_since(run.began_ns, points.time_ns[i]);
        use.busy[i] += points.value[i] / kPercent / static_cast<double>(keys.size());
      }
    }
    if (use.at_s.empty()) return std::nullopt;
    return coarsen(std::move(use));
  }

  // Of very many samples the means of equally many in a row.
  static report::MachineUse coarsen(report::MachineUse use) {
    const size_t stride = use.at_s.size() / kMachinePointsMax + 1;
    if (stride == 1) return use;
    report::MachineUse coarse;
    for (size_t i = 0; i + stride <= use.at_s.size(); i += stride) {
      coarse.at_s.push_back(use.at_s[i + stride - 1]);
      const auto from = use.busy.begin() + static_cast<ptrdiff_t>(i);
      coarse.busy.push_back(std::accumulate(from, from + static_cast<ptrdiff_t>(stride), 0.0) /
                            static_cast<double>(stride));
    }
    return coarse;
  }

  const Call& x_call;
  std::optional<ReportMetric> x_metric;
};

// Nothing, unless the request insists on one: curves say less then.
Result<std::optional<ReportMetric>> find_metric(const Call& call, const std::string& project) {
  auto metric = choose_report_metric(call, project);
  if (metric) return std::move(*metric);
  if (metric.error().code() == Code::kInvalid && call.text("metric").empty()) return std::nullopt;
  return tl::unexpected(std::move(metric).error());
}

}  // namespace

Result<LookedInside> look_inside(const Call& call, double budget_s, WasteReading& reading) {
  const int64_t began_ns = monotonic_now_ns();
  const auto took_s = [&] { return seconds_since(began_ns, monotonic_now_ns()); };
  std::vector<size_t> order(reading.runs.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater(), [&](size_t i) {
    const WasteRun& run = reading.runs[i];
    return std::pair(run.gpu_s, run.ran_s());
  });
  std::map<std::string, Inside> projects;
  LookedInside looked;
  for (const size_t i : order) {
    WasteRun& run = reading.runs[i];
    if (run.was_reused || run.ran_s() <= 0) continue;
    if (took_s() >= budget_s) break;
    auto inside = projects.find(run.project);
    if (inside == projects.end()) {
      TRY(auto metric, find_metric(call, run.project));
      inside = projects.try_emplace(run.project, call, std::move(metric)).first;
    }
    TRY_VOID(inside->second.look(reading.gpu_memory_bytes[i], run));
    ++looked.runs;
  }
  looked.took_s = took_s();
  return looked;
}

}  // namespace cairn::server
