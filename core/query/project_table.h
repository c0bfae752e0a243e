// ProjectTable: the run table of one project, kept as the store has it.
//
// Some columns are made when somebody first asks for them, because making them for everybody would
// cost every start: statistics of a series ("min:val/loss"), which the store keeps per series, what
// was captured ("meta.python.version"), and what a run cost ("summary.footprint.kwh"). From then on
// they follow the store like all others.
// Owned by a Catalog, used on its thread, lives in memory only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/run.h"
#include "query/run_costs.h"
#include "query/run_table.h"
#include "store/store.h"

namespace cairn::query {

class ProjectTable {
 public:
  // `costs`: null where nobody knows them.
  ProjectTable(store::Store& store, std::string project, const RunCosts* costs);

  // Takes over what has changed in the store. False when the store's view began anew: this table
  // is then of no more use.
  Result<bool> refresh();
  // Makes the columns behind these names, if they are of those that wait to be asked for. Warnings
  // for the user are added.
  Result<void> prepare(const std::vector<std::string>& names, std::vector<std::string>& warnings);

  RunTable& table() { return x_table; }
  // Columns that every run brings along, and what runs cost: others that are made on demand are not
  // among them.
  Result<std::vector<RunTable::ColumnInfo>> columns();
  // Every key of the project, in order of name.
  Result<const std::vector<store::Store::KeyCount>*> keys();

 private:
  // Columns of a prefix ("config."), found by the member's name without building the whole name.
  class Columns {
   public:
    explicit Columns(std::string prefix) : x_prefix(std::move(prefix)) {}
    RunTable::Column get(RunTable& table, const std::string& member);

   private:
    std::string x_prefix;
    std::unordered_map<std::string, RunTable::Column> x_known;
  };
  struct Statistics {  // the columns of one series
    RunTable::Column min, max, last, best;
  };

  void put(const model::RunInfo& run);
  void put_tree(RunTable::Row row, Columns& columns, const model::Value& tree);
  void put_meta(RunTable::Row row, const model::Value& meta);
  void put_stats(RunTable::Row row, const std::string& key, const Statistics& columns,
                 const model::SeriesStats& stats);
  Result<void> refresh_stats(const std::vector<std::string>& runs);
  Result<void> load_stats(const std::string& key);
  Result<void> load_meta(const std::vector<std::string>& names);
  Result<void> load_costs();
  void put_costs(RunTable::Row row, const model::Value& meta);
  enum class Goal : uint8_t { kUnknown, kLow, kHigh };
  Goal goal(RunTable::Row row, const std::string& key);

  store::Store& x_store;
  std::string x_project;
  const RunCosts* x_costs;
  uint64_t x_revision = 0;
  RunTable x_table;
  Columns x_config{"config."}, x_summary{"summary."}, x_cost_columns{"summary.footprint."};
  ColumnCells x_metrics;  // what runs say of their metrics, mostly all the same
  std::map<std::pair<uint64_t, std::string>, Goal> x_goals;  // by cell of x_metrics and key
  std::map<std::string, Statistics> x_stats;                 // by key: those asked for so far
  struct MetaColumn {
    std::string path;  // in RunInfo::meta
    RunTable::Column column;
  };
  std::map<std::string, MetaColumn> x_meta;  // by name: those asked for so far
  bool x_has_costs = false;                  // since somebody asked for them
  std::vector<store::Store::KeyCount> x_keys;
  uint64_t x_keys_revision = 0;
};

}  // namespace cairn::query
