// What a Tail hears, and how it tells it.
#include "query/tail.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace cairn::query {

Tail::Tail(store::Store& store, std::string_view project) : x_store(store), x_project(project) {}

Result<std::unique_ptr<Tail>> Tail::begin(store::Store& store, std::string_view project,
                                          const std::vector<std::string>& runs,
                                          const std::vector<std::string>& keys) {
  if (runs.size() * keys.size() > kSeriesPerRequestMax)
    return fail(Code::kLimit, "expected at most {} series to follow, found {} runs x {} keys",
                kSeriesPerRequestMax, runs.size(), keys.size());
  std::unique_ptr<Tail> tail(new Tail(store, project));
  for (const std::string& run : runs) {
    SeriesByKey& series = tail->x_series[run];
    for (const std::string& key : keys) series.try_emplace(key);
  }
  TRY(tail->x_revision, store.revision(project));
  store.add_listener(*tail);
  return tail;
}

Tail::~Tail() { x_store.remove_listener(*this); }

void Tail::on_rows(std::string_view project, std::string_view run, const store::TableRows& rows) {
  if (project != x_project) return;
  const auto of_run = x_series.find(run);
  if (of_run == x_series.end()) return;
  for (size_t k = 0; k < rows.keys.size(); ++k) {
    const auto found = of_run->second.find(rows.keys[k]);
    if (found == of_run->second.end() || found->second.again) continue;
    model::Points& points = found->second.points;
    points.step.insert(points.step.end(), rows.step.begin(), rows.step.end());
    points.time_ns.insert(points.time_ns.end(), rows.time_ns.begin(), rows.time_ns.end());
    points.value.insert(points.value.end(), rows.columns[k].begin(), rows.columns[k].end());
    x_points += rows.step.size();
    x_touched.emplace(run);
  }
  // Whoever does not ask for so long is told to read again rather than to hold so much.
  if (x_points > kTailPointsMax) on_break(x_project, {});
}

void Tail::on_break(std::string_view project, std::string_view run) {
  if (project != x_project) return;
  for (auto& [id, series] : x_series) {
    if (!run.empty() && id != run) continue;
    for (auto& [key, one] : series) {
      x_points -= one.points.size();
      one = {{}, true};
    }
    x_touched.insert(id);
  }
}

Result<Tail::News> Tail::next() {
  TRY(store::Store::ChangedRuns changes, x_store.list_changed(x_project, x_revision));
  News news;
  news.revision = x_revision = changes.revision;
  news.everything = changes.complete;
  news.changed = std::move(changes.changed);
  news.removed = std::move(changes.removed);
  for (const std::string& run : x_touched)
    for (auto& [key, series] : x_series.find(run)->second) {
      if (!series.again && series.points.size() == 0) continue;
      Series told = std::exchange(series, {});
      x_points -= told.points.size();
      // Of a run that is gone there is nothing to read.
      if (std::find(news.removed.begin(), news.removed.end(), run) == news.removed.end())
        news.deltas.push_back({run, key, std::move(told.points), told.again});
    }
  x_touched.clear();
  return news;
}

}  // namespace cairn::query
