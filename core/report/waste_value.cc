// A report of waste as a Value for programs: unknown numbers are null.
#include <cmath>

#include "report/waste.h"

namespace cairn::report {

namespace {

using model::List;
using model::Object;
using model::Value;

constexpr std::array<std::string_view, kMeasures> kMeasureNames = {"gpu_s", "processor_s", "kwh",
                                                                   "money"};
constexpr const char* kRebound =
    "Time that is saved may be spent on other runs: what is saved here lowers the total only where "
    "the budget is fixed.";
constexpr const char* kPublic =
    "What public sharing would add cannot be told from one store: nobody outside was asked.";

Value number(double value) { return std::isfinite(value) ? Value(value) : Value(); }
Value number(const std::optional<double>& value) { return value ? number(*value) : Value(); }
Value count(size_t value) { return Value(static_cast<int64_t>(value)); }

Value print_estimate(const Estimate& estimate) {
  return Object{{"value", number(estimate.value)},
                {"low", number(estimate.low)},
                {"high", number(estimate.high)}};
}

// {"gpu_s": {"value", "low", "high"}, ...}; energy and money only where some run tells them.
Object print_amounts(const Estimates& amounts, const Estimates& total) {
  Object out;
  for (size_t m = 0; m < kMeasures; ++m) {
    const bool is_known = m <= static_cast<size_t>(Measure::kProcessorS) || total[m].value > 0;
    out.emplace_back(kMeasureNames[m], is_known ? print_estimate(amounts[m]) : Value());
  }
  return out;
}

Object print_account(const Account& account) {
  List classes;
  for (size_t c = 0; c < kWasteClasses; ++c) {
    const ClassAccount& of = account.classes[c];
    Object out = {{"class", print_class(static_cast<WasteClass>(c))},
                  {"about", tell_class(static_cast<WasteClass>(c))},
                  {"share", print_estimate(of.share)}};
    for (auto& member : print_amounts(of.amounts, account.total)) out.push_back(std::move(member));
    out.emplace_back("runs", count(of.runs));
    out.emplace_back("evidence", print_evidence(of.evidence));
    classes.push_back(std::move(out));
  }
  return Object{{"runs", count(account.runs)},
                {"total", print_amounts(account.total, account.total)},
                {"classes", std::move(classes)},
                {"resampled", Object{{"what", account.is_resampled_by_run ? "runs" : "sweeps"},
                                     {"clusters", count(account.clusters)},
                                     {"times", count(kResamples)}}}};
}

List print_groups(const Waste& waste, const WasteOptions& options) {
  List groups;
  for (const Account& group : waste.groups) {
    Value key{Object{}};
    for (size_t i = 0; i < options.by.size(); ++i)
      key.set(options.by[i], group.key[i].empty() ? Value() : Value(group.key[i]));
    Object out = {{"key", std::move(key)}};
    for (auto& member : print_account(group)) out.push_back(std::move(member));
    groups.push_back(std::move(out));
  }
  return groups;
}

Value print_top(const AvoidableRun& run) {
  return Object{{"project", run.project},
                {"run", run.id},
                {"name", run.name},
                {"user", run.user.empty() ? Value() : Value(run.user)},
                {"class", print_class(run.most)},
                {"avoidable_s", run.seconds},
                {"total_s", run.ran_s},
                {"kwh", number(run.kwh)},
                {"money", number(run.money)},
                {"fix", run.fix}};
}

Value print_foresight(const Foreseen& foresight) {
  List detectors;
  for (size_t d = 0; d < kDetectors; ++d) {
    const auto detector = static_cast<Detector>(d);
    const DetectorUse& use = foresight.detectors[d];
    detectors.push_back(Object{{"detector", print_detector(detector)},
                               {"used_for_runs", count(use.runs)},
                               {"alarms", count(use.alarms)},
                               {"false_alarms", count(use.false_alarms)}});
  }
  return Object{{"good_runs", count(foresight.good_runs)}, {"detectors", std::move(detectors)}};
}

Value constant(const char* name, Value value, const char* about) {
  return Object{{"name", name}, {"value", std::move(value)}, {"about", about}};
}

List print_constants(const WasteOptions& options) {
  List constants = {
      constant("resamples", count(kResamples), "of sweeps, each with its user; 2.5 to 97.5 %"),
      constant("seed", static_cast<int64_t>(options.seed), "of the resampling"),
      constant("clusters_min", count(kClustersMin), "fewer sweeps: runs are resampled"),
      constant("failed_early_s", kFailedEarlyMaxS, "the longest set-up that failed"),
      constant("false_alarm_share", kFalseAlarmShareMax, "of good runs of other sweeps, at most"),
      constant("good_share", kGoodShare, "of a sweep's finished runs, by their last value"),
      constant("good_runs_min", count(kGoodRunsMin), "of other sweeps, for a calibration"),
      constant("cohort_runs_min", count(kCohortRunsMin), "finished runs of a sweep with good ones"),
      constant("history_runs_min", count(kHistoryRunsMin), "that had ended when a run began"),
      constant("history_runs_max", count(kHistoryRunsMax), "the last ones of these"),
      constant("explosion_share", kExplosionShare, "of the usual length, above the multiple"),
      constant("forecast_share", kForecastShare, "of histories, whose gain a forecast covers"),
      constant("idle_busy", kIdleBusyMax, "busy share below which a device is idle"),
      constant("idle_s", kIdleSecondsMin, "the shortest stretch that is idle"),
      constant("oversized", kOversizedMax, "of peak memory and of busy (90 % quantile), below"),
      constant("oversized_share", kPackedShare, "of such a run's time: two runs fit"),
      constant("oversized_share_low", kPackedShareLow, "its low end; the high end is 1 - use")};
  for (size_t d = 0; d < kDetectors; ++d) {
    const auto detector = static_cast<Detector>(d);
    List rungs;
    for (const double rung : rungs_of(detector))
      if (std::isfinite(rung)) rungs.emplace_back(rung);
    constants.push_back(Object{{"name", std::string("ladder.") += print_detector(detector)},
                               {"value", std::move(rungs)},
                               {"about", "settings, the least strict first"}});
  }
  return constants;
}

}  // namespace

std::string_view print_class(WasteClass of) {
  constexpr std::array<std::string_view, kWasteClasses> kNames = {"lost",
                                                                  "repeated_exact",
                                                                  "repeated_equivalent",
                                                                  "concurrent",
                                                                  "after_divergence",
                                                                  "after_knowable",
                                                                  "failed_early",
                                                                  "idle",
                                                                  "oversized",
                                                                  "useful"};
  return kNames[static_cast<size_t>(of)];
}

std::string_view tell_class(WasteClass of) {
  constexpr std::array<std::string_view, kWasteClasses> kTexts = {
      "lost by a failure, after the last thing that was kept",
      "the same in everything as a run that had finished",
      "the same, but for how it was run, as one that had finished",
      "the same as a run that was running",
      "after it had diverged",
      "after its curve said that it would not be the best",
      "failed before it logged a step",
      "its device was idle",
      "its device was larger than it needed",
      "useful, as far as can be told"};
  return kTexts[static_cast<size_t>(of)];
}

std::string_view print_evidence(Evidence evidence) {
  constexpr std::array<std::string_view, 3> kNames = {"measured", "replayed", "modelled"};
  return kNames[static_cast<size_t>(evidence)];
}

Value to_value(const Waste& waste, const WasteOptions& options) {
  Object out = {{"unit", waste.is_in_gpu_s ? "gpu_s" : "processor_s"},
                {"currency", waste.currency.empty() ? Value() : Value(waste.currency)}};
  for (auto& member : print_account(waste.whole)) out.push_back(std::move(member));
  List top;
  for (const AvoidableRun& run : waste.top) top.push_back(print_top(run));
  const auto amounts = [&](const Estimates& estimates) {
    return print_amounts(estimates, waste.whole.total);
  };
  Object would = amounts(waste.would_have_hit);
  would.emplace(would.begin(), "runs", count(waste.would_hits));
  for (auto& [name, value] :
       Object{{"groups", print_groups(waste, options)},
              {"groups_total", count(waste.groups_total)},
              {"unknown", Object{{"untraced_s", waste.untraced_s},
                                 {"untraced_runs", count(waste.untraced_runs)},
                                 {"not_looked_inside_s", waste.not_looked_inside_s},
                                 {"runs_without_energy", count(waste.unpriced_runs)},
                                 {"runs_without_time", count(waste.timeless_runs)}}},
              {"sharing", Object{{"own", amounts(waste.repeated_own)},
                                 {"team", amounts(waste.repeated_team)},
                                 {"public", Value()},
                                 {"public_reason", kPublic}}},
              {"reuse", Object{{"would_have_hit", std::move(would)},
                               {"reused_runs", count(waste.reused_runs)},
                               {"reused_saved_s", waste.reused_saved_s}}},
              {"idle", Object{{"start_up_s", waste.idle.start_up},
                              {"between_s", waste.idle.between},
                              {"tail_s", waste.idle.tail},
                              {"stalled_s", waste.idle.stalled}}},
              {"avoidable_s", waste.avoidable_s},
              {"top", std::move(top)},
              {"top_share", number(waste.top_share)},
              {"foresight", print_foresight(waste.foresight)},
              {"rebound", kRebound},
              {"constants", print_constants(options)}})
    out.emplace_back(name, std::move(value));
  return out;
}

}  // namespace cairn::report
