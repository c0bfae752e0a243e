// Index: what SQLite keeps of one project. Everything in it is derived from packs and journals.
//
// docs/formats/index.md describes the tables. Owned by a ProjectStore; one thread at a time; any
// number of processes, each with its own connection. Methods that change the index are called
// inside a Transaction on database().
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/run.h"
#include "model/series.h"
#include "store/identity.h"
#include "store/pack.h"
#include "store/run_record.h"
#include "store/sqlite.h"
#include "store/stored_journal.h"

namespace cairn::store {

// What a living run's memory tail stands on.
struct StoredRun {
  int64_t id = 0;
  model::RunInfo info;  // summary is the explicit part; losses those of forgotten writers
  StepsBySession steps;
  uint64_t lines = 0;
  int segments = 0;  // the highest pack segment
  std::map<std::string, StoredJournal> journals;
};

// One series' part in one pack.
struct StoredColumn {
  std::string pack;  // file name
  model::Stream stream = model::Stream::kHistory;
  Piece axis;  // with session; handle unused
  FrameRef axis_frame, values, groups;
};

struct StoredText {
  std::string pack;
  PackText text;
};

class Index {
 public:
  static Result<Index> open(const std::string& path);

  Database& database() { return x_database; }

  // What other processes did since `revision`: ids of runs that changed and of runs that are gone.
  struct News {
    int64_t revision = 0;
    std::vector<std::string> changed, gone;
  };
  Result<bool> is_changed_by_others();
  Result<News> news_since(int64_t revision);

  Result<bool> has_runs();
  Result<std::optional<StoredRun>> load_run(std::string_view run);
  // Runs without meta; summary is the whole one.
  Result<void> for_each_run(const std::function<void(const model::RunInfo&)>& visit);
  Result<std::optional<model::RunInfo>> find_run(std::string_view run, bool with_meta);
  Result<void> for_each_meta(const Store::VisitMeta& visit);
  // Newest first, until `visit` says false, which may not ask the index meanwhile.
  using VisitRun = std::function<bool(std::string_view run, int64_t created_ns)>;
  Result<void> find_by_identity(const IdentityKey& key, const VisitRun& visit);
  Result<StatsByKey> load_stats(int64_t run_id);
  // Of all points, also of those out of view.
  Result<std::optional<model::SeriesStats>> find_stats(std::string_view run, std::string_view key);
  Result<void> for_each_stats(std::string_view key, const Store::VisitStats& visit);
  Result<std::set<std::string>> resumed_runs();  // those with a second session
  Result<std::vector<Store::KeyCount>> count_keys();
  Result<int64_t> run_id(std::string_view run);  // 0 when absent
  Result<std::vector<StoredColumn>> find_series(int64_t run, std::string_view key);
  Result<StepsBySession> steps(std::string_view run);
  Result<std::vector<StoredText>> texts(std::string_view run);
  Result<std::vector<std::pair<std::string, FrameRef>>> records(std::string_view run);
  Result<std::vector<model::Value>> artifacts(std::string_view run);
  Result<void> for_each_artifact(
      const std::function<void(std::string_view run, const model::Value& artifact)>& visit);
  Result<std::vector<std::string>> packs(std::string_view run);
  Result<std::vector<std::string>> all_packs();
  Result<std::vector<std::string>> all_runs();
  Result<std::set<std::string>> sealed_journals();

  // ---- inside a transaction ----
  Result<int64_t> next_revision();
  // Everything a pack holds. The run's row then shows the explicit summary only: see save_view().
  Result<void> add_pack(const std::string& pack_name, const PackDirectory& directory,
                        int64_t revision);
  // The run as readers see it, with its whole summary.
  Result<void> save_view(const model::RunInfo& view);
  Result<void> save_journal(const std::string& name, std::string_view run,
                            const StoredJournal& journal);
  Result<void> forget_journal(const std::string& name);
  Result<void> remove_run(std::string_view run, int64_t revision);
  Result<void> clear(int64_t revision);  // as if every run had been removed

 private:
  void forget_ids();
  // A statement in use: reset when the use ends, however it ends, so that none stays open.
  class Query {
   public:
    explicit Query(Statement& statement) : x_statement(&statement) {}
    Query(Query&& other) noexcept : x_statement(std::exchange(other.x_statement, nullptr)) {}
    Query& operator=(Query&&) = delete;
    ~Query() {
      if (x_statement) x_statement->reset();
    }
    Statement* operator->() const { return x_statement; }

   private:
    Statement* x_statement;
  };

  Result<Query> query(const char* sql);    // prepared once
  Result<StoredColumn> table(int64_t id);  // its axis and pack; the rest is unset
  Result<std::vector<std::string>> names(const char* sql);
  Result<int64_t> find_key(std::string_view key);  // 0 when absent
  Result<int64_t> get_key(std::string_view key);   // made when it is new
  Result<void> count_run(int64_t key, model::Stream stream, int more);
  // What a pack adds to one series.
  struct Addition {
    model::Stream stream = model::Stream::kHistory;
    model::SeriesStats stats;
    std::string pieces;
  };
  Result<int64_t> put_run(const PackDirectory& directory, int segment, int64_t revision);
  Result<void> add_identity(int64_t run_id, const model::RunInfo& run);
  Result<void> remove_identity(const StoredRun& run);
  Result<void> fill_identity();
  Result<void> add_tables(int64_t run, int64_t pack, const std::vector<PackTable>& tables);
  Result<void> add_to_series(int64_t run, std::string_view key, const Addition& addition);
  Result<int64_t> add_pack_row(int64_t run, const std::string& name,
                               const PackDirectory& directory);

  Database x_database;
  int64_t x_data_version = -1;
  std::unordered_map<const char*, Statement> x_statements;
  // Rows of `tab` never change while they are there; forgotten whenever one may have been removed.
  std::unordered_map<int64_t, StoredColumn> x_tables;
  std::map<std::string, int64_t, std::less<>> x_keys;  // ids of names, forgotten with x_tables
};

}  // namespace cairn::store
