// See accounts.h.
#include "report/accounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "report/results.h"

namespace cairn::report {

namespace {

using footprint::Quantity;
using model::Value;

constexpr double kNsPerSecond = 1e9;
constexpr std::array<double, 2> kNearShares = {0.01, 0.05};
// Names under which trainers tell their operations, the plainest first.
constexpr std::array<std::string_view, 7> kFlopNames = {
    "total_flos", "train/total_flos", "total_flops", "train/total_flops", "total_flop", "flops",
    "flop"};

std::string text_at(const Value& object, std::string_view path) {
  const Value* found = model::find_path(object, path);
  return found ? std::string(found->string_or("")) : std::string();
}

int64_t integer_at(const Value& object, std::string_view path) {
  const Value* found = model::find_path(object, path);
  return found ? found->int_or(0) : 0;
}

// Of the machine's accelerators those that the run was shown.
size_t count_shown(const Value& meta, size_t of_machine) {
  const Value* shown = model::find_path(meta, "environment.CUDA_VISIBLE_DEVICES");
  const std::string* text = shown ? shown->as_string() : nullptr;
  if (!text || text->empty()) return of_machine;
  const auto commas = std::ranges::count(*text, ',');
  return std::min(of_machine, static_cast<size_t>(commas) + 1);
}

void add_to(std::optional<Quantity>& sum, const Quantity& part) {
  if (!sum) {
    sum = part;
    return;
  }
  const std::array<Quantity, 2> parts = {*sum, part};
  sum = footprint::add_related(parts);  // runs are priced by the same tables and models
}

bool is_better(double a, double b, bool is_maximized) { return is_maximized ? a > b : a < b; }

bool has_result(const CardRun& run) { return run.result && std::isfinite(*run.result); }

// How much of a run lies before a moment.
double share_before(const CardRun& run, int64_t moment_ns) {
  if (run.end_ns() <= moment_ns) return 1;
  if (run.created_ns >= moment_ns) return 0;
  return static_cast<double>(moment_ns - run.created_ns) /
         static_cast<double>(run.end_ns() - run.created_ns);
}

// Works through the runs once; what a run is made of is looked up once.
class Bookkeeper {
 public:
  Bookkeeper(std::span<const CardRun> runs, const AccountOptions& options,
             const footprint::Tables& tables)
      : x_runs(runs), x_options(options) {
    for (const CardRun& run : runs) {
      x_machines.push_back(machine_of(run.meta));
      x_flops.push_back(flop_of(run, tables));
    }
  }

  Accounts make() {
    choose_final();
    for (size_t i = 0; i < x_runs.size(); ++i) count(i);
    sum_times();
    sum_results();
    sort_by_time(x_hardware, x_out.by_hardware);
    sort_by_time(x_searches, x_out.by_search);
    find_reached();
    note_unknown();
    return std::move(x_out);
  }

 private:
  void choose_final() {
    for (size_t i = 0; i < x_runs.size(); ++i) {
      if (x_runs[i].is_tagged_final) x_out.final_runs.push_back(i);
      if (!has_result(x_runs[i])) continue;
      if (!x_out.best ||
          is_better(*x_runs[i].result, *x_runs[*x_out.best].result, x_options.is_maximized))
        x_out.best = i;
    }
    if (!x_out.final_runs.empty()) {
      x_out.final_by = "tagged 'final'";
    } else if (x_out.best) {
      x_out.final_runs = {*x_out.best};
      x_out.final_by =
          fmt::format("{} {}", x_options.is_maximized ? "highest" : "lowest", x_options.metric);
    }
  }

  void add(Cost& cost, size_t i, double share = 1) {
    cost.add(x_runs[i], x_machines[i], x_flops[i], share);
  }

  void add(NamedCost& named, size_t i) {
    const CardRun& run = x_runs[i];
    add(named.cost, i);
    if (run.is_finished()) ++named.finished;
    if (run.state == "failed" || run.state == "crashed") ++named.unsuccessful;
    if (has_result(run) &&
        (!named.best || is_better(*run.result, *named.best, x_options.is_maximized)))
      named.best = run.result;
  }

  void count(size_t i) {
    const CardRun& run = x_runs[i];
    const bool is_broken = run.state == "failed" || run.state == "crashed";
    if (run.is_finished()) ++x_out.finished;
    if (run.state == "failed") ++x_out.failed;
    if (run.state == "crashed") ++x_out.crashed;
    if (run.state == "running") ++x_out.running;
    if (i == 0 || run.created_ns < x_out.first_ns) x_out.first_ns = run.created_ns;
    x_out.last_ns = std::max(x_out.last_ns, run.end_ns());
    add(x_out.total, i);
    add(std::ranges::find(x_out.final_runs, i) != x_out.final_runs.end() ? x_out.final_model
                                                                         : x_out.search,
        i);
    if (is_broken) add(x_out.unsuccessful, i);
    add(x_hardware[x_machines[i].name], i);
    add(x_searches[run.sweep], i);
  }

  void sum_times() {
    std::vector<double> seconds;
    for (const CardRun& run : x_runs)
      if (run.is_finished()) seconds.push_back(run.ran_s);
    if (seconds.empty()) return;
    std::ranges::sort(seconds);
    x_out.times = {
        seconds.size(),
        std::accumulate(seconds.begin(), seconds.end(), 0.0) / static_cast<double>(seconds.size()),
        quantile(seconds, 0.5), seconds.front(), seconds.back()};
  }

  void sum_results() {
    std::vector<double> values;
    ResultSummary& summary = x_out.results;
    for (const CardRun& run : x_runs) {
      if (!run.result)
        ++summary.without;
      else if (!std::isfinite(*run.result))
        ++summary.diverged;
      else
        values.push_back(*run.result);
    }
    summary.runs = values.size();
    if (values.empty()) return;
    std::ranges::sort(values);
    const auto count = static_cast<double>(values.size());
    summary.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (const double value : values) squares += (value - summary.mean) * (value - summary.mean);
    summary.sd = values.size() > 1 ? std::sqrt(squares / (count - 1)) : 0;
    summary.median = quantile(values, 0.5);
    summary.low = values.front();
    summary.high = values.back();
  }

  static void sort_by_time(std::map<std::string, NamedCost>& from, std::vector<NamedCost>& to) {
    for (auto& [name, named] : from) {
      named.name = name;
      to.push_back(std::move(named));
    }
    std::ranges::stable_sort(
        to, [](const NamedCost& a, const NamedCost& b) { return a.cost.wall_s > b.cost.wall_s; });
  }

  void find_reached() {
    if (!x_out.best) return;
    const double best = *x_runs[*x_out.best].result;
    for (const double share : kNearShares)
      reach(fmt::format("within {:.0f} % of the best", 100 * share), share * std::fabs(best));
    if (x_options.noise && *x_options.noise > 0)
      reach("within one unit of noise of the best", *x_options.noise);
  }

  void reach(const std::string& goal, double distance) {
    const double best = *x_runs[*x_out.best].result;
    Reached reached{goal, x_options.is_maximized ? best - distance : best + distance, "", 0, {}};
    const CardRun* first = nullptr;
    for (const CardRun& run : x_runs)
      if (has_result(run) && !is_better(reached.threshold, *run.result, x_options.is_maximized) &&
          (!first || run.end_ns() < first->end_ns()))
        first = &run;
    if (!first) return;
    reached.run = first->id;
    reached.elapsed_s = static_cast<double>(first->end_ns() - x_out.first_ns) / kNsPerSecond;
    for (size_t i = 0; i < x_runs.size(); ++i)
      if (const double share = share_before(x_runs[i], first->end_ns()); share > 0)
        add(reached.cost, i, share);
    x_out.reached.push_back(std::move(reached));
  }

  void note_unknown() {
    const Cost& total = x_out.total;
    const auto note = [&](size_t unknown, const char* what) {
      if (unknown > 0)
        x_out.notes.push_back(fmt::format(
            "{} of {} runs: their {} is not known and not in the sums", unknown, total.runs, what));
    };
    note(total.energy_unknown, "energy");
    note(total.flop_unknown, "number of operations");
    if (x_out.running > 0)
      x_out.notes.push_back(fmt::format(
          "{} of {} runs have not ended: their time so far is counted", x_out.running, total.runs));
  }

  std::span<const CardRun> x_runs;
  const AccountOptions& x_options;
  std::vector<Machine> x_machines;
  std::vector<std::optional<Flop>> x_flops;
  std::map<std::string, NamedCost> x_hardware, x_searches;
  Accounts x_out;
};

}  // namespace

int64_t CardRun::end_ns() const {
  return ended_ns > 0 ? ended_ns : created_ns + static_cast<int64_t>(ran_s * kNsPerSecond);
}

Machine machine_of(const Value& meta) {
  Machine machine;
  for (const char* path : {"gpus", "host.gpus"}) {
    const Value* found = model::find_path(meta, path);
    const model::List* gpus = found ? found->as_list() : nullptr;
    if (!gpus || gpus->empty() || machine.devices > 0) continue;
    machine.device = text_at(gpus->front(), "name");
    machine.devices = count_shown(meta, gpus->size());
  }
  if (machine.devices > 0) {
    machine.name =
        fmt::format("{} x {}", machine.devices, machine.device.empty() ? "GPU" : machine.device);
    return machine;
  }
  machine.name = text_at(meta, "host.cpu.model");
  if (machine.name.empty()) machine.name = text_at(meta, "host.cpu");
  if (const int64_t threads = integer_at(meta, "host.cpu.threads"); threads > 0)
    machine.name += fmt::format("{}{} thread{}", machine.name.empty() ? "" : ", ", threads,
                                threads == 1 ? "" : "s");
  return machine;
}

std::optional<Flop> flop_of(const CardRun& run, const footprint::Tables& tables) {
  for (const std::string_view name : kFlopNames)
    for (const Value* place : {&run.summary, &run.config}) {
      const Value* told = model::find_path(*place, name);
      const double amount = told && told->is_number() ? told->number_or(0) : 0;
      if (amount > 0 && std::isfinite(amount))
        return Flop{{amount, amount, amount, footprint::Method::kMeasured},
                    fmt::format("declared: {}", name),
                    true};
    }
  const Machine machine = machine_of(run.meta);
  if (machine.devices == 0) return std::nullopt;
  const footprint::Device* device = tables.find_device(machine.device);
  const footprint::Constant* utilisation = tables.find_constant("flop.utilisation");
  if (!device || !device->peak_tflops || !utilisation) return std::nullopt;
  const double at_peak =
      *device->peak_tflops * 1e12 * static_cast<double>(machine.devices) * run.ran_s;
  Flop flop{utilisation->value * at_peak,
            fmt::format("modelled: {} at {:.0f} TFLOP/s ({}) and {:.0f} % of it", device->name,
                        *device->peak_tflops, device->peak_form, 100 * utilisation->value.value),
            false};
  flop.amount.method = footprint::Method::kAssumed;
  return flop;
}

void Cost::add(const CardRun& run, const Machine& machine, const std::optional<Flop>& of_run,
               double share) {
  ++runs;
  wall_s += run.ran_s * share;
  if (machine.devices > 0)
    gpu_s = gpu_s.value_or(0) + run.ran_s * share * static_cast<double>(machine.devices);
  const auto& footprint = run.footprint;
  if (footprint)
    add_to(energy_kwh, footprint->energy_kwh * share);
  else
    ++energy_unknown;
  if (footprint && footprint->carbon_kg)
    add_to(carbon_kg, *footprint->carbon_kg * share);
  else
    ++carbon_unknown;
  if (footprint && footprint->money && (currency.empty() || currency == footprint->currency)) {
    add_to(money, *footprint->money * share);
    currency = footprint->currency;
  } else {
    ++money_unknown;
  }
  if (of_run) {
    add_to(flop, of_run->amount * share);
    ++(of_run->is_declared ? flop_declared : flop_modelled);
  } else {
    ++flop_unknown;
  }
}

Accounts make_accounts(std::span<const CardRun> runs, const AccountOptions& options,
                       const footprint::Tables& tables) {
  return Bookkeeper(runs, options, tables).make();
}

}  // namespace cairn::report
