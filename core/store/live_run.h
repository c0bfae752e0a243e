// LiveRun: what one process holds in memory of a run whose journals are still the truth.
//
// The memtable of the log-structured store: it stands on what the index knows (base) and adds what
// was read from the journals since. Owned by a ProjectStore; dropped whenever another process has
// moved the base, and read again from the journals.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/layout.h"
#include "store/index.h"
#include "store/run_record.h"
#include "store/store.h"
#include "store/stored_journal.h"

namespace cairn::store {

class LiveRun {
 public:
  // Rows of one shape of one writer.
  struct Table {
    std::string journal;
    int session = 1;
    TableRows rows;
    Piece axis;  // its facts
  };

  LiveRun(std::string project, std::string run, StoredRun base, StatsByKey stats);

  // The journal's entry, made when it is new.
  StoredJournal& journal(const model::JournalName& name);
  // Conflict when the batch does not start where this run stands.
  Result<void> apply(const model::JournalName& name, Batch batch);
  void set_liveness(const model::JournalName& name, model::Liveness liveness);

  bool is_known() const;      // something was ever read of it
  bool has_ended() const;     // every writer has
  bool is_large() const;      // the tail should be written out
  bool is_too_large() const;  // the tail must not grow any more
  size_t tail_bytes() const { return x_bytes; }
  bool has_news() const { return x_news; }  // something here is in no pack
  bool has_tail() const;                    // sealing it would keep something
  // How often a later session has replaced points of an earlier one since this was made.
  uint64_t rewinds() const { return x_rewinds; }

  // Statistics of the points in view; null when they have to be worked out from the points, because
  // a session has replaced some. Whoever does that leaves them here, and they are kept up to date.
  const StatsByKey* seen() const;
  void set_seen(StatsByKey stats) { x_seen = std::move(stats); }
  model::RunInfo view(const StatsByKey& seen) const;  // as readers see it

  const model::RunInfo& info() const { return x_info; }  // summary: the explicit part
  const StatsByKey& stats() const { return x_stats; }    // of all points
  const std::vector<std::string>& new_keys() const { return x_new_keys; }  // not in the index
  int segments() const { return x_base.segments; }
  const StepsBySession& steps() const { return x_steps; }
  const std::map<std::string, StoredJournal>& journals() const { return x_journals; }
  const std::vector<Table>& tables() const { return x_tables; }
  // Where a key is: (index of the table, index of its column).
  using Places = std::vector<std::pair<size_t, size_t>>;
  const Places& find(std::string_view key) const;
  const std::vector<Record>& records() const { return x_records; }
  const std::vector<model::Value>& artifacts() const { return x_artifacts; }

  // Lines in no pack from number `first` on; the last ones may be partial.
  std::vector<ConsoleLine> lines(uint64_t first) const;
  // Complete lines only: what a checkpoint writes.
  const std::vector<ConsoleLine>& complete_lines() const { return x_lines; }
  uint64_t first_line() const { return x_base.lines; }
  uint64_t line_count() const;

  // After a checkpoint wrote everything out: the tail is empty and stands on the new base.
  void rebase(int segments);

 private:
  void append(const std::string& journal, int session, TableRows rows);
  Table& table_for(const std::string& journal, int session, const TableRows& rows);
  void note_first_step(int session, int64_t step);
  void add_line(StoredJournal& journal, ConsoleLine line);
  void take_stats(int session, const TableRows& rows);

  StoredRun x_base;  // journals, steps and stats moved out of it
  StatsByKey x_stats;
  std::vector<std::string> x_new_keys;
  std::optional<StatsByKey> x_seen;
  std::map<std::string, StoredJournal> x_journals;
  model::RunInfo x_info;
  StepsBySession x_steps;
  std::vector<Table> x_tables;
  std::unordered_map<uint64_t, std::vector<size_t>> x_tables_by_keys;  // hash -> indices
  std::unordered_map<std::string, Places> x_places;
  std::vector<Record> x_records;
  std::vector<model::Value> x_artifacts;
  std::vector<ConsoleLine> x_lines;
  size_t x_rows = 0, x_bytes = 0;
  bool x_news = false;
  uint64_t x_rewinds = 0;
};

}  // namespace cairn::store
