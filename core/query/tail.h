// Tail: what becomes of a project after a moment: new points of chosen series, and which runs
// changed.
//
// For live charts. A Tail hears what is applied to the store as it comes, so that a look costs what
// is new and nothing else, and a point is told once whether it lies in memory or in a pack by then.
// Where telling only what is new would be wrong (a resume took points out of view, another process
// sealed a run first, nobody asked for too long), the series is told to be read again instead.
//
// Owned by whoever shows it; made, asked and destroyed on the store's thread, while the store is
// there. Holds nothing that outlives the process.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/series.h"
#include "store/store.h"

namespace cairn::query {

class Tail : private store::Listener {
 public:
  // Every pair of `runs` (ids) and `keys`, known by now or not. Empty ones: changes of runs only.
  // What is to be told begins with what is applied from now on: let ingest catch up before.
  static Result<std::unique_ptr<Tail>> begin(store::Store& store, std::string_view project,
                                             const std::vector<std::string>& runs,
                                             const std::vector<std::string>& keys);
  ~Tail() override;
  Tail(const Tail&) = delete;
  Tail& operator=(const Tail&) = delete;

  // What one series has got, in order of arrival: late points and those that overwrite an earlier
  // one of their step included.
  struct Delta {
    std::string run, key;
    model::Points points;
    bool again = false;  // what was told so far no longer holds: read the series again; no points
  };
  struct News {
    uint64_t revision = 0;
    std::vector<Delta> deltas;                  // one per series at most
    std::vector<std::string> changed, removed;  // run ids of the whole project
    bool everything = false;  // the project was made again: whoever knows runs must ask anew
    bool is_empty() const {
      return deltas.empty() && changed.empty() && removed.empty() && !everything;
    }
  };
  // Since the last call, or since the beginning. Let ingest catch up before, or there is no news.
  Result<News> next();

  uint64_t revision() const { return x_revision; }  // what next() counts from

 private:
  Tail(store::Store& store, std::string_view project);

  void on_rows(std::string_view project, std::string_view run,
               const store::TableRows& rows) override;
  void on_break(std::string_view project, std::string_view run) override;

  struct Series {
    model::Points points;
    bool again = false;
  };
  using SeriesByKey = std::map<std::string, Series, std::less<>>;

  store::Store& x_store;
  std::string x_project;
  uint64_t x_revision = 0;
  std::map<std::string, SeriesByKey, std::less<>> x_series;  // by run
  std::set<std::string, std::less<>> x_touched;              // runs that have something to tell
  size_t x_points = 0;                                       // held back, of all series
};

}  // namespace cairn::query
