// Adding up what runs wasted.
#include "report/waste.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

#include "report/cluster_bootstrap.h"
#include "report/results.h"
#include "report/waste_advice.h"
#include "report/waste_repeats.h"
#include "report/waste_split.h"

namespace cairn::report {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kColumns = kWasteClasses * kMeasures;
constexpr size_t kClustersMax = 2048, kGroupClustersMax = 64;  // of which are resampled
constexpr double kTail = 0.025;                                // of resamples, on either side
constexpr size_t kUncalibratedFolds = 10;  // of runs of no sweep: they calibrate one another so

using Columns = std::array<double, kColumns>;
using Amounts = std::array<double, kMeasures>;

size_t column_of(size_t wasted, size_t measure) { return wasted * kMeasures + measure; }

Amounts amounts_of(const WasteRun& run) {
  return {run.gpu_s, run.gpu_s > 0 ? 0 : std::max(0.0, run.ran_s()), run.kwh.value_or(0),
          run.money.value_or(0)};
}

// Everything that is found out about each run before anything is added up.
class Findings {
 public:
  explicit Findings(std::span<const WasteRun> runs) : x_runs(runs), x_repeats(find_repeats(runs)) {
    foresee();
    x_splits.reserve(runs.size());
    for (size_t run = 0; run < runs.size(); ++run)
      x_splits.push_back(split_run(runs[run], x_repeats[run], known(run)));
  }

  const WasteRun& run(size_t run) const { return x_runs[run]; }
  const RunSplit& split(size_t run) const { return x_splits[run]; }
  const Repeat& repeat(size_t run) const { return x_repeats[run]; }
  const Knowable& known(size_t run) const { return x_foresight.runs[run]; }
  const Foreseen& foresight() const { return x_foresight; }

  // What the run adds to every class.
  Columns columns(size_t run) const {
    Columns columns{};
    const double ran_s = x_runs[run].ran_s();
    if (ran_s <= 0) return columns;
    const Amounts amounts = amounts_of(x_runs[run]);
    for (size_t c = 0; c < kWasteClasses; ++c)
      for (size_t m = 0; m < kMeasures; ++m)
        columns[column_of(c, m)] = amounts[m] * x_splits[run].seconds[c] / ran_s;
    return columns;
  }

 private:
  void foresee() {
    std::vector<size_t> looked_at;
    std::vector<std::string> cohorts, folds;  // which the runs borrow
    for (size_t run = 0; run < x_runs.size(); ++run) {
      const WasteRun& one = x_runs[run];
      if (!one.curves && !one.machine) continue;
      looked_at.push_back(run);
      cohorts.push_back(one.project + "/" + one.sweep);
      folds.push_back(one.sweep.empty() ? cohorts.back() + std::to_string(run % kUncalibratedFolds)
                                        : cohorts.back());
    }
    std::vector<WatchedRun> watched;
    for (size_t i = 0; i < looked_at.size(); ++i) {
      const WasteRun& one = x_runs[looked_at[i]];
      watched.push_back({cohorts[i], folds[i], one.began_ns, one.ended_ns,
                         one.end == RunEnd::kFinished, one.curves ? &*one.curves : nullptr,
                         one.machine ? &*one.machine : nullptr});
    }
    x_foresight = find_knowable(watched);
    std::vector<Knowable> known(x_runs.size());
    for (size_t i = 0; i < looked_at.size(); ++i) known[looked_at[i]] = x_foresight.runs[i];
    x_foresight.runs = std::move(known);
  }

  std::span<const WasteRun> x_runs;
  std::vector<Repeat> x_repeats;
  std::vector<RunSplit> x_splits;
  Foreseen x_foresight;
};

// --- sums and their intervals

Estimate estimate_of(std::vector<double> resamples, double value) {
  std::erase_if(resamples, [](double sum) { return !std::isfinite(sum); });
  if (resamples.empty()) return {value, kUnknown, kUnknown};
  std::ranges::sort(resamples);
  return {value, quantile(resamples, kTail), quantile(resamples, 1 - kTail)};
}

std::vector<double> add_resamples(const ClusterBootstrap& bootstrap, size_t measure) {
  std::vector<double> sums(bootstrap.resamples(measure).size());
  for (size_t c = 0; c < kWasteClasses; ++c) {
    const auto one = bootstrap.resamples(column_of(c, measure));
    std::ranges::transform(sums, one, sums.begin(), std::plus());
  }
  return sums;
}

// Runs that are added up together.
class Sum {
 public:
  explicit Sum(const Findings& findings) : x_findings(findings) {}

  void add(size_t run) { x_members.push_back(run); }
  const std::vector<size_t>& members() const { return x_members; }

  Account account(bool is_in_gpu_s, size_t clusters_max, uint64_t seed) const {
    Account account;
    account.runs = x_members.size();
    const Clusters clusters = find_clusters();
    account.clusters = clusters.count;
    account.is_resampled_by_run = clusters.count < kClustersMin;
    const std::vector<double> sums =
        sum_clusters<kColumns>(clusters, [&](size_t run) { return x_findings.columns(run); });
    const bool has_interval = x_members.size() > 1;
    const ClusterBootstrap bootstrap(sums, kColumns, clusters_max, has_interval ? kResamples : 0,
                                     seed);
    const size_t unit = static_cast<size_t>(is_in_gpu_s ? Measure::kGpuS : Measure::kProcessorS);
    Columns values{};
    for (size_t i = 0; i < sums.size(); ++i) values[i % kColumns] += sums[i];
    std::array<std::vector<double>, kMeasures> totals;
    for (size_t m = 0; m < kMeasures; ++m) {
      totals[m] = add_resamples(bootstrap, m);
      double value = 0;
      for (size_t c = 0; c < kWasteClasses; ++c) value += values[column_of(c, m)];
      account.total[m] = estimate_of(totals[m], value);
    }
    for (size_t c = 0; c < kWasteClasses; ++c) {
      ClassAccount& of = account.classes[c];
      for (size_t m = 0; m < kMeasures; ++m) {
        const auto sample = bootstrap.resamples(column_of(c, m));
        of.amounts[m] = estimate_of({sample.begin(), sample.end()}, values[column_of(c, m)]);
      }
      const auto sample = bootstrap.resamples(column_of(c, unit));
      std::vector<double> shares(sample.begin(), sample.end());
      std::ranges::transform(shares, totals[unit], shares.begin(), std::divides());
      of.share =
          estimate_of(std::move(shares), values[column_of(c, unit)] / account.total[unit].value);
    }
    note_classes(account);
    return account;
  }

  // Of a part of the runs' seconds, such as what a team would have shared.
  template <typename Part>
  Estimates estimate(const Part& part, uint64_t seed) const {
    const auto amounts_of_part = [&](size_t run) {
      Amounts amounts = amounts_of(x_findings.run(run));
      const double ran_s = x_findings.run(run).ran_s();
      const double share = ran_s > 0 ? part(run) / ran_s : 0;
      for (double& amount : amounts) amount *= share;
      return amounts;
    };
    const std::vector<double> sums = sum_clusters<kMeasures>(find_clusters(), amounts_of_part);
    const ClusterBootstrap bootstrap(sums, kMeasures, kClustersMax,
                                     x_members.size() > 1 ? kResamples : 0, seed);
    Estimates estimates;
    for (size_t m = 0; m < kMeasures; ++m) {
      double value = 0;
      for (size_t i = m; i < sums.size(); i += kMeasures) value += sums[i];
      const auto sample = bootstrap.resamples(m);
      estimates[m] = estimate_of({sample.begin(), sample.end()}, value);
    }
    return estimates;
  }

 private:
  // What is drawn: sweeps, each with its user, and runs of no sweep; where these are too few, runs.
  struct Clusters {
    std::vector<size_t> of;  // by member
    size_t count = 0;
  };
  Clusters find_clusters() const {
    std::map<std::pair<std::string_view, std::string_view>, size_t> sweeps;
    Clusters clusters;
    for (const size_t member : x_members) {
      const WasteRun& run = x_findings.run(member);
      size_t cluster = clusters.count;
      if (!run.sweep.empty())
        cluster = sweeps.try_emplace({run.user, run.sweep}, cluster).first->second;
      if (cluster == clusters.count) ++clusters.count;
      clusters.of.push_back(cluster);
    }
    return clusters;
  }
  // What each adds to each column, as ClusterBootstrap takes it.
  template <size_t kSize, typename Added>
  std::vector<double> sum_clusters(Clusters clusters, const Added& added) const {
    if (clusters.count < kClustersMin) {
      clusters.count = x_members.size();
      std::iota(clusters.of.begin(), clusters.of.end(), size_t{0});
    }
    std::vector<double> sums(clusters.count * kSize);
    for (size_t i = 0; i < x_members.size(); ++i) {
      const std::array<double, kSize> columns = added(x_members[i]);
      for (size_t c = 0; c < kSize; ++c) sums[clusters.of[i] * kSize + c] += columns[c];
    }
    return sums;
  }

  // What intervals do not say: how many runs, how it is known, and the range of what is modelled.
  void note_classes(Account& account) const {
    double value_s = 0, low_s = 0, high_s = 0;
    bool is_loss_modelled = false;
    for (const size_t member : x_members) {
      const RunSplit& split = x_findings.split(member);
      for (size_t c = 0; c < kWasteClasses; ++c)
        account.classes[c].runs += split.seconds[c] > 0 ? size_t{1} : size_t{0};
      value_s += split.at(WasteClass::kOversized);
      low_s += split.oversized_low_s;
      high_s += split.oversized_high_s;
      is_loss_modelled = is_loss_modelled || split.is_loss_modelled;
    }
    const auto at = [&](WasteClass of) -> ClassAccount& {
      return account.classes[static_cast<size_t>(of)];
    };
    if (is_loss_modelled) at(WasteClass::kLost).evidence = Evidence::kModelled;
    at(WasteClass::kAfterDivergence).evidence = Evidence::kReplayed;
    at(WasteClass::kAfterKnowable).evidence = Evidence::kReplayed;
    ClassAccount& oversized = at(WasteClass::kOversized);
    oversized.evidence = Evidence::kModelled;
    if (value_s <= 0) return;
    const auto widen = [&](Estimate& estimate) {
      estimate.low *= low_s / value_s;
      estimate.high *= high_s / value_s;
    };
    widen(oversized.share);
    for (Estimate& amount : oversized.amounts) widen(amount);
  }

  const Findings& x_findings;
  std::vector<size_t> x_members;
};

// --- the parts of the report

std::vector<std::string> key_of(const WasteRun& run, const std::vector<std::string>& by) {
  std::vector<std::string> key;
  for (const std::string& name : by)
    key.push_back(name == "user" ? run.user : name == "project" ? run.project : run.sweep);
  return key;
}

// Accounts the work of many and holds it until it is written.
class Reporter {
 public:
  Reporter(std::span<const WasteRun> runs, const WasteOptions& options)
      : x_runs(runs), x_options(options), x_findings(runs), x_counted(x_findings) {
    for (size_t run = 0; run < runs.size(); ++run) {
      if (!runs[run].is_counted) continue;
      x_counted.add(run);
      if (runs[run].gpu_s > 0) x_waste.is_in_gpu_s = true;
    }
  }

  Waste report() {
    x_waste.currency = x_options.currency;
    x_waste.whole = x_counted.account(x_waste.is_in_gpu_s, kClustersMax, x_options.seed);
    x_waste.foresight = {{}, x_findings.foresight().good_runs, x_findings.foresight().detectors};
    add_groups();
    for (const size_t run : x_counted.members()) add_unknown(run);
    add_sharing();
    choose_top();
    return std::move(x_waste);
  }

 private:
  // Of the run, in the report's unit.
  double unit_s(size_t run) const {
    const Amounts amounts = amounts_of(x_runs[run]);
    return amounts[static_cast<size_t>(x_waste.is_in_gpu_s ? Measure::kGpuS
                                                           : Measure::kProcessorS)];
  }
  double in_unit(size_t run, double seconds) const {
    const double ran_s = x_runs[run].ran_s();
    return ran_s > 0 ? unit_s(run) * seconds / ran_s : 0;
  }

  void add_groups() {
    if (x_options.by.empty()) return;
    std::map<std::vector<std::string>, Sum> groups;
    for (const size_t run : x_counted.members())
      groups.try_emplace(key_of(x_runs[run], x_options.by), x_findings).first->second.add(run);
    x_waste.groups_total = groups.size();
    std::vector<std::pair<double, const std::pair<const std::vector<std::string>, Sum>*>> sorted;
    for (const auto& group : groups) {
      double seconds = 0;
      for (const size_t run : group.second.members()) seconds += unit_s(run);
      sorted.emplace_back(seconds, &group);
    }
    std::ranges::stable_sort(sorted, std::greater(), [](const auto& one) { return one.first; });
    sorted.resize(std::min(sorted.size(), x_options.groups_max));
    for (const auto& [seconds, group] : sorted) {
      x_waste.groups.push_back(
          group->second.account(x_waste.is_in_gpu_s, kGroupClustersMax, x_options.seed));
      x_waste.groups.back().key = group->first;
    }
  }

  void add_unknown(size_t run) {
    const WasteRun& one = x_runs[run];
    const RunSplit& split = x_findings.split(run);
    if (one.ran_s() <= 0) ++x_waste.timeless_runs;
    if (!one.kwh) ++x_waste.unpriced_runs;
    if (one.was_reused) {
      ++x_waste.reused_runs;
      x_waste.reused_saved_s += one.saved_s;
    } else if (one.result_key.empty()) {
      ++x_waste.untraced_runs;
      x_waste.untraced_s += unit_s(run);
    }
    if (!one.curves && !one.machine) x_waste.not_looked_inside_s += unit_s(run);
    if (one.would_have_hit) ++x_waste.would_hits;
    x_waste.idle.start_up += in_unit(run, split.idle.start_up);
    x_waste.idle.between += in_unit(run, split.idle.between);
    x_waste.idle.tail += in_unit(run, split.idle.tail);
    x_waste.idle.stalled += in_unit(run, split.idle.stalled);
    x_waste.avoidable_s += in_unit(run, split.avoidable_s());
  }

  void add_sharing() {
    const auto repeated = [&](bool is_own) {
      return x_counted.estimate(
          [&](size_t run) {
            const RunSplit& split = x_findings.split(run);
            return x_findings.repeat(run).is_own == is_own
                       ? split.at(WasteClass::kRepeatedExact) +
                             split.at(WasteClass::kRepeatedEquivalent)
                       : 0;
          },
          x_options.seed);
    };
    x_waste.repeated_own = repeated(true);
    x_waste.repeated_team = repeated(false);
    x_waste.would_have_hit = x_counted.estimate(
        [&](size_t run) { return x_runs[run].would_have_hit ? x_runs[run].ran_s() : 0; },
        x_options.seed);
  }

  void choose_top() {
    std::vector<std::pair<double, size_t>> sorted;
    for (const size_t run : x_counted.members())
      sorted.emplace_back(in_unit(run, x_findings.split(run).avoidable_s()), run);
    const size_t count = std::min(sorted.size(), kTopRuns);
    std::ranges::partial_sort(sorted, sorted.begin() + static_cast<ptrdiff_t>(count),
                              [](const auto& a, const auto& b) {
                                return a.first != b.first ? a.first > b.first : a.second < b.second;
                              });
    sorted.resize(count);
    double top_s = 0;
    for (const auto& [seconds, run] : sorted) {
      if (seconds <= 0) continue;
      top_s += seconds;
      x_waste.top.push_back(describe(run, seconds));
    }
    x_waste.top_share = x_waste.avoidable_s > 0 ? top_s / x_waste.avoidable_s : 0;
  }

  AvoidableRun describe(size_t run, double seconds) const {
    const WasteRun& one = x_runs[run];
    const RunSplit& split = x_findings.split(run);
    const Repeat& repeat = x_findings.repeat(run);
    const double share = split.avoidable_s() / one.ran_s();
    AvoidableRun out{one.project, one.id,      one.name,     one.user,     split.most(),
                     seconds,     unit_s(run), std::nullopt, std::nullopt, ""};
    if (one.kwh) out.kwh = *one.kwh * share;
    if (one.money) out.money = *one.money * share;
    out.fix = advise(one, split, x_findings.known(run),
                     repeat.kind == Repeat::Kind::kNone ? nullptr : &x_runs[repeat.source]);
    return out;
  }

  std::span<const WasteRun> x_runs;
  const WasteOptions& x_options;
  const Findings x_findings;
  Sum x_counted;
  Waste x_waste;
};

}  // namespace

Waste account_waste(std::span<const WasteRun> runs, const WasteOptions& options) {
  return Reporter(runs, options).report();
}

}  // namespace cairn::report
