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
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/run.h"
#include "model/series.h"
#include "store/pack.h"
#include "store/run_record.h"
#include "store/sqlite.h"

namespace cairn::store {

// A journal's place: everything before `offset` is in packs.
struct StoredJournal {
  uint64_t offset = 0;
  bool sealed = false;  // contained whole; its file may go
  WriterState writer;
  std::vector<model::ShapeDefined> shapes;  // by number: rows after `offset` refer to them
};

// What a living run's memory tail stands on.
struct StoredRun {
  int64_t id = 0;
  model::RunInfo info;  // summary is the explicit part; losses those of forgotten writers
  std::map<int, int64_t> first_steps;
  bool rewound = false;
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

  Result<std::optional<StoredRun>> load_run(std::string_view run);
  // Runs without meta; summary is the whole one.
  Result<void> for_each_run(const std::function<void(const model::RunInfo&)>& visit);
  Result<std::optional<model::RunInfo>> find_run(std::string_view run, bool with_meta);
  Result<StatsByKey> load_stats(int64_t run_id);
  Result<std::vector<StoredColumn>> find_series(std::string_view run, std::string_view key);
  Result<std::map<int, int64_t>> first_steps(std::string_view run);
  Result<std::vector<StoredText>> texts(std::string_view run);
  Result<std::vector<std::pair<std::string, FrameRef>>> records(std::string_view run);
  Result<std::vector<model::Value>> artifacts(std::string_view run);
  Result<std::vector<std::string>> packs(std::string_view run);
  Result<std::map<std::string, StoredJournal>> sealed_journals();
  Result<int64_t> count_runs();

  // ---- inside a transaction ----
  Result<int64_t> next_revision();
  // Everything a pack holds. The run's row then shows the explicit summary only: see save_view().
  Result<void> add_pack(const std::string& pack_name, const PackDirectory& directory, bool rewound,
                        int64_t revision);
  // The run as readers see it, with its whole summary.
  Result<void> save_view(const model::RunInfo& view);
  Result<void> save_journal(const std::string& name, std::string_view run,
                            const StoredJournal& journal);
  Result<void> forget_journal(const std::string& name);
  Result<void> remove_run(std::string_view run, int64_t revision);

 private:
  Result<Statement*> statement(const char* sql);  // prepared once
  Result<int64_t> key_id(std::string_view key, bool create);
  Result<int64_t> run_id(std::string_view run);  // 0 when absent
  Result<void> add_table(int64_t run, int64_t pack, const PackTable& table);

  Database x_database;
  int64_t x_data_version = -1;
  std::unordered_map<const char*, Statement> x_statements;
  std::unordered_map<std::string, int64_t> x_keys;
};

}  // namespace cairn::store
