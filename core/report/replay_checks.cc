// What has to hold for a replay to mean something: looked at one by one, and said.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "report/replay.h"

namespace cairn::report {

namespace {

constexpr std::array<std::string_view, 8> kScheduleWords = {
    "sched", "anneal", "cosine", "warmup", "decay", "one_cycle", "onecycle", "cooldown"};
constexpr std::array<std::string_view, 12> kDataWords = {
    "data",           "dataset", "val_set", "val_split", "validation", "valid",
    "validation_set", "split",   "fold",    "eval_set",  "test_set",   "benchmark"};
constexpr size_t kNamesShown = 4;

std::string_view last_part(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

std::string quote(const std::set<std::string>& names) {
  std::vector<std::string> shown;
  for (const std::string& name : names)
    if (shown.size() < kNamesShown) shown.push_back("'" + name + "'");
  const size_t more = names.size() - shown.size();
  return fmt::format("{}{}", fmt::join(shown, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

bool is_off(const model::Value& value) {
  if (value.is_number()) return value.number_or(0) == 0;
  const std::string_view text = value.string_or("");
  return value.is_null() || text == "none" || text == "constant";
}

bool names_schedule(std::string_view name) {
  return std::ranges::any_of(kScheduleWords, [&](std::string_view word) {
    return name.find(word) != std::string_view::npos;
  });
}

// (a) A schedule that depends on the length makes a shorter run another run, not a prefix.
ReplayCheck check_budget(const RecordedSearch& search) {
  std::set<std::string> schedules;
  double shortest = kUnknown;
  for (const RecordedRun& run : search.runs) {
    if (!run.is_censored) shortest = std::fmin(shortest, run.reports.back().step);
    for (const auto& [name, value] : run.settings)
      if (!is_off(value) && names_schedule(name)) schedules.insert(name);
  }
  const double longest = whole_steps(search);
  const bool is_even = !(shortest < longest);
  std::string found = is_even
                          ? fmt::format("all whole runs go to step {:g}", longest)
                          : fmt::format(
                                "whole runs end between steps {:g} and {:g}: results of runs of "
                                "different length are compared",
                                shortest, longest);
  if (!schedules.empty())
    found += fmt::format(
        "; {} may follow the length of a run: a stopped curve is the same "
        "prefix, a run with a smaller budget from the start would not be",
        quote(schedules));
  return {"budget", is_even && schedules.empty(), std::move(found)};
}

// (b) Curves are compared at the newest step before, never at one that was not yet reached.
ReplayCheck check_steps(const RecordedSearch& search) {
  std::map<double, size_t> at_step;
  std::vector<double> ends;
  size_t reports = 0, common = 0;
  for (const RecordedRun& run : search.runs) {
    ends.push_back(run.reports.back().step);
    for (const sweep::Report& report : run.reports) ++at_step[report.step];
    reports += run.reports.size();
  }
  std::ranges::sort(ends);
  for (const auto& [step, count] : at_step) {
    const auto gone = static_cast<size_t>(std::ranges::lower_bound(ends, step) - ends.begin());
    if (2 * count >= ends.size() - gone) common += count;
  }
  const double share = static_cast<double>(common) / static_cast<double>(reports);
  if (share > 0.99)
    return {"steps", true, fmt::format("'{}' was logged at the same steps", search.metric)};
  return {"steps", false,
          fmt::format("{:.0f} % of the points are at steps that most runs have; others are "
                      "compared with the newest one before, never with a later one",
                      100 * share)};
}

// (c) Results on other data are no better or worse.
ReplayCheck check_data(const RecordedSearch& search) {
  std::map<std::string, std::set<std::string>> values;
  for (const RecordedRun& run : search.runs)
    for (const auto& [name, value] : run.settings)
      if (std::ranges::find(kDataWords, last_part(name)) != kDataWords.end())
        values[name].insert(value.as_string() ? *value.as_string()
                                              : fmt::format("{:g}", value.number_or(0)));
  std::set<std::string> differ, same;
  for (const auto& [name, found] : values) (found.size() > 1 ? differ : same).insert(name);
  if (!differ.empty())
    return {
        "data", false,
        fmt::format("{} differ between runs: their results may not be comparable", quote(differ))};
  if (!same.empty())
    return {"data", true,
            fmt::format("all runs have the same {} and log '{}'", quote(same), search.metric)};
  return {"data", true,
          fmt::format("all runs log '{}'; no setting names the data they were measured on",
                      search.metric)};
}

// (d) What a cut run would have cost and come to is not known.
ReplayCheck check_cut(const RecordedSearch& search) {
  const auto cut = std::ranges::count_if(search.runs, &RecordedRun::is_censored);
  if (cut == 0) return {"cut", true, "all runs ran to their own end"};
  return {"cut", false,
          fmt::format("{} of {} runs were cut themselves: they count with what they cost and came "
                      "to until then; *_without_cut leaves them out",
                      cut, search.runs.size())};
}

// (e) The best of many noisy results is partly luck.
ReplayCheck check_luck(const RecordedSearch& search, const NoiseUnit& noise,
                       std::span<const double> scores) {
  if (!noise.is_measured)
    return {"luck", false,
            fmt::format("no configuration was run twice, so the noise is not known: {:.2g}, 1 % of "
                        "the best result, stands for it; what is less counts as no loss",
                        noise.sd)};
  const size_t best = *best_run(search);
  const double sign = search.is_maximized ? -1 : 1;
  return {
      "luck", true,
      fmt::format("noise of {:.2g} is known from repeated configurations, and less counts as no "
                  "loss; the best result {:.4g} is worth {:.4g} once luck is taken off",
                  noise.sd, sign * search.runs[best].result, sign * scores[best])};
}

// (f) A sampler would have gone on elsewhere had it seen less.
ReplayCheck check_proposals(const RecordedSearch& search) {
  if (!search.is_adaptive)
    return {"proposals", false,
            "how the configurations were chosen was not recorded; if by earlier results, others "
            "would have followed: a policy on fixed proposals"};
  if (*search.is_adaptive)
    return {"proposals", false,
            "a sampler chose configurations by earlier results and would have chosen others after "
            "a stop: a policy on fixed proposals"};
  return {"proposals", true, "configurations were chosen without a look at results"};
}

}  // namespace

std::vector<ReplayCheck> check_replay(const RecordedSearch& search, const NoiseUnit& noise,
                                      std::span<const double> scores) {
  return {check_budget(search),
          check_steps(search),
          check_data(search),
          check_cut(search),
          check_luck(search, noise, scores),
          check_proposals(search)};
}

}  // namespace cairn::report
