// Catalog: every read of one store, with what is worth keeping between reads.
//
// Owned by the process's door (see server/router.h); used by one thread at a time. It never writes:
// call ingest::Ingest::catch_up first to see what is new.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/run.h"
#include "model/series.h"
#include "query/artifacts.h"
#include "query/project_table.h"
#include "query/run_table.h"
#include "query/sample.h"
#include "query/screen.h"
#include "store/store.h"

namespace cairn::query {

// What could not be kept of a run, all kinds together.
int64_t count_lost(const model::RunInfo& run);

struct RunPage {
  std::vector<model::RunInfo> runs;
  size_t total = 0;   // runs that match the filter
  size_t offset = 0;  // of the first run in `runs`
  std::vector<std::string> warnings;
};

class Catalog {
 public:
  // `costs`: null where nobody knows them.
  explicit Catalog(store::Store& store, const RunCosts* costs = nullptr);
  ~Catalog();

  struct Project {
    std::string name;
    size_t runs = 0, running = 0;
    int64_t updated_ns = 0;
  };
  Result<std::vector<Project>> projects();

  // Without a sort: newest first.
  Result<RunPage> runs(std::string_view project, const RunTable::Select& select);
  // The values of some columns only, for tables: [run][column].
  struct Cells {
    std::vector<std::string> ids;
    std::vector<std::vector<model::Value>> rows;
    size_t total = 0, offset = 0;
    std::vector<std::string> warnings;
  };
  Result<Cells> cells(std::string_view project, const RunTable::Select& select,
                      const std::vector<std::string>& columns);
  Result<std::vector<RunTable::ColumnInfo>> columns(std::string_view project);
  // Columns, filter and sort may name what the table does not have yet: see ProjectTable.
  Result<RunTable::Groups> groups(std::string_view project, const RunTable::GroupBy& by);
  // Series names over all runs of the project, in order. Valid until the next call.
  Result<const std::vector<store::Store::KeyCount>*> project_keys(std::string_view project);

  // By id, else by a unique prefix of an id, else by a unique name. NotFound, or Conflict that
  // lists the candidates.
  Result<model::RunInfo> run(std::string_view project, std::string_view reference);
  // The same when only its id is wanted; loads the project's table, which then makes it cheap.
  Result<RunRef> refer(std::string_view project, std::string_view reference);
  // The same over all projects; the answer's `project` says where it is.
  // `projects`: those that are looked through; nullopt: all.
  Result<model::RunInfo> find_run(
      std::string_view reference,
      const std::optional<std::vector<std::string>>& projects = std::nullopt);

  Result<std::vector<model::SeriesInfo>> keys(std::string_view project, std::string_view run);
  // In view, sorted by step, one point per step (the last that arrived).
  Result<model::Points> points(std::string_view project, std::string_view run, std::string_view key,
                               const StepRange& range = {});
  Result<Buckets> sample(std::string_view project, std::string_view run, std::string_view key,
                         const SampleRequest& request);

  // kWh that a run had used by a time; empty where nobody knows.
  Result<Curve> energy_curve(std::string_view project, const RunRef& run);

  // Many series at once: see Screen. Lives for one request.
  Result<Screen> screen(std::string_view project, ScreenRequest request);

  // All runs that match, in no order, with the values of some columns and all that was captured.
  // May cost a look at every run of the project.
  using VisitMatch = std::function<void(
      std::string_view run, const std::vector<model::Value>& cells, const model::Value& meta)>;
  Result<void> for_each_match(std::string_view project, RunTable::Select select,
                              const std::vector<std::string>& columns, const VisitMatch& visit);
  // What runs cost is computed otherwise from now on.
  void forget_costs() { x_loaded.clear(); }

  Artifacts& artifacts() { return x_artifacts; }
  store::Store& store() { return x_store; }

 private:
  Result<ProjectTable*> load(std::string_view project);

  model::RunInfo complete(model::RunInfo run) const;

  store::Store& x_store;
  const RunCosts* x_costs;
  Artifacts x_artifacts;
  std::map<std::string, std::unique_ptr<ProjectTable>, std::less<>> x_loaded;
};

}  // namespace cairn::query
