// See replay_order.h.
#include "report/replay_order.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>

#include "surrogate/random.h"

namespace cairn::report {

namespace {

using sweep::Curve;
using sweep::Decision;

// The simulated clock: one order, of one search, under one rule.
class Play {
 public:
  Play(const RecordedSearch& search, const sweep::StopRule& rule, std::span<const size_t> order,
       size_t workers)
      : x_search(search), x_rule(rule), x_order(order), x_idle(workers) {
    x_played.runs.resize(search.runs.size());
    x_seen.reserve(order.size());
  }

  Played whole() {
    fill_workers(0);
    while (!x_events.empty()) {
      const Event event = x_events.top();
      x_events.pop();
      const RecordedRun& run = run_of(event.place);
      if (x_seen[event.place].reports.size() == run.reports.size())
        end(event);
      else
        report(event);
      fill_workers(event.at_s);
    }
    for (const Curve& seen : x_seen) close(seen);
    return std::move(x_played);
  }

 private:
  // The next report of a run, or its end where all have been seen.
  struct Event {
    double at_s;
    size_t place;  // in x_seen

    bool operator>(const Event& other) const {
      return at_s != other.at_s ? at_s > other.at_s : place > other.place;
    }
  };

  const RecordedRun& run_of(size_t place) const { return x_search.runs[x_seen[place].trial]; }
  double cost_at(const RecordedRun& run, size_t reports) const {
    return reports == 0 ? 0 : run.report_s[reports - 1];
  }

  void schedule(size_t place, double now_s) {
    const RecordedRun& run = run_of(place);
    const size_t seen = x_seen[place].reports.size();
    const double next_s = seen < run.reports.size() ? run.report_s[seen] : run.ran_s;
    x_events.push({now_s + std::max(0.0, next_s - cost_at(run, seen)), place});
    --x_idle;
  }

  void fill_workers(double now_s) {
    while (x_idle > 0) {
      if (const auto promotion = next_promotion()) {
        const auto paused = std::ranges::find(x_seen, promotion->trial, &Curve::trial);
        paused->is_paused = false;
        schedule(static_cast<size_t>(paused - x_seen.begin()), now_s);
      } else if (x_seen.size() < x_order.size()) {
        const size_t run = x_order[x_seen.size()];
        x_seen.push_back({.trial = run, .is_maximized = x_search.is_maximized});
        schedule(x_seen.size() - 1, now_s);
      } else {
        return;
      }
    }
  }

  std::optional<sweep::Promotion> next_promotion() const {
    return x_rule.with_promotion ? sweep::promote(x_rule, x_seen) : std::nullopt;
  }

  void report(const Event& event) {
    ++x_idle;
    Curve& seen = x_seen[event.place];
    const RecordedRun& run = run_of(event.place);
    seen.reports = std::span(run.reports).first(seen.reports.size() + 1);
    Decision decision = sweep::judge(x_rule, seen, x_seen, x_finished);
    x_played.span_s = std::max(x_played.span_s, event.at_s);
    seen.is_paused = decision.pause;
    PlayedRun& played = x_played.runs[seen.trial];
    played.is_stopped = decision.stop || decision.pause;
    if (!played.is_stopped) return schedule(event.place, event.at_s);
    played.is_diverged_before = !std::isfinite(seen.reports.back().value);
    played.decision = std::move(decision);
  }

  void end(const Event& event) {
    ++x_idle;
    Curve& seen = x_seen[event.place];
    const RecordedRun& run = run_of(event.place);
    x_played.span_s = std::max(x_played.span_s, event.at_s);
    x_played.runs[seen.trial].is_stopped = false;
    seen.has_finished = !run.is_censored;
    if (seen.has_finished) x_finished.add(seen);
    auto& incumbents = x_played.incumbents;
    if (std::isfinite(run.result) && (incumbents.empty() || run.result < incumbents.back().second))
      incumbents.emplace_back(event.at_s, run.result);
  }

  void close(const Curve& seen) {
    const RecordedRun& run = x_search.runs[seen.trial];
    PlayedRun& played = x_played.runs[seen.trial];
    played.cost_s = played.is_stopped ? cost_at(run, seen.reports.size()) : run.ran_s;
    x_played.cost_s += played.cost_s;
  }

  const RecordedSearch& x_search;
  const sweep::StopRule& x_rule;
  std::span<const size_t> x_order;
  size_t x_idle;              // workers
  std::vector<Curve> x_seen;  // in the order in which they began, up to now
  sweep::FinishedResults x_finished;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> x_events;
  Played x_played;
};

}  // namespace

Played play(const RecordedSearch& search, const sweep::StopRule& rule,
            std::span<const size_t> order, size_t workers) {
  return Play(search, rule, order, std::max<size_t>(workers, 1)).whole();
}

OrderOutcome outcome_of(const RecordedSearch& search, const Played& played) {
  OrderOutcome outcome;
  double whole_s = 0, saved_s = 0, best = kUnknown, worst = kUnknown;
  for (size_t i = 0; i < search.runs.size(); ++i) {
    const RecordedRun& run = search.runs[i];
    whole_s += run.ran_s;
    saved_s += run.ran_s - played.runs[i].cost_s;
    if (!std::isfinite(run.result)) continue;
    best = std::fmin(best, run.result);
    worst = std::fmax(worst, run.result);
    if (played.runs[i].is_stopped) continue;
    if (!outcome.survivor || run.result < search.runs[*outcome.survivor].result)
      outcome.survivor = i;
  }
  outcome.saved = whole_s > 0 ? saved_s / whole_s : 0;
  outcome.regret = (outcome.survivor ? search.runs[*outcome.survivor].result : worst) - best;
  return outcome;
}

std::vector<size_t> shuffled_order(size_t runs, uint64_t seed, size_t number) {
  std::vector<size_t> order(runs);
  std::iota(order.begin(), order.end(), size_t{0});
  surrogate::Random(seed, number).choose(std::span(order), order.size());
  return order;
}

}  // namespace cairn::report
