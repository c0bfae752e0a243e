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
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/layout.h"
#include "store/index.h"
#include "store/run_record.h"
#include "store/store.h"

namespace cairn::store {

class LiveRun {
 public:
  struct Journal {
    uint64_t stored = 0;  // everything before is in packs
    uint64_t offset = 0;  // everything before is in packs or here
    WriterState writer;
    std::vector<model::ShapeDefined> shapes;  // by number
  };
  // Rows of one shape of one writer.
  struct Table {
    std::string journal;
    int session = 1;
    TableRows rows;
  };

  LiveRun(std::string project, std::string run, StoredRun base, StatsByKey stats);

  // The journal's entry, made when it is new.
  Journal& journal(const model::JournalName& name);
  // Conflict when the batch does not start where this run stands.
  Result<void> apply(const model::JournalName& name, Batch batch);
  void set_liveness(const model::JournalName& name, model::Liveness liveness);

  bool has_ended() const;  // every writer has
  bool is_large() const;   // the tail should be written out
  bool has_news() const;   // something here is in no pack

  // As readers see it, when the summary follows from `stats` (the run's own unless rewound).
  model::RunInfo view(const StatsByKey& stats) const;
  const model::RunInfo& info() const { return x_info; }  // summary: the explicit part
  const StatsByKey& stats() const { return x_stats; }
  bool rewound() const { return x_rewound; }
  int segments() const { return x_base.segments; }
  const std::map<int, int64_t>& first_steps() const { return x_first_steps; }
  const std::map<std::string, Journal>& journals() const { return x_journals; }
  const std::vector<Table>& tables() const { return x_tables; }
  const std::vector<Record>& records() const { return x_records; }
  const std::vector<model::Value>& artifacts() const { return x_artifacts; }
  // Lines in no pack; the last ones may be partial.
  std::vector<ConsoleLine> lines() const;
  uint64_t first_line() const { return x_base.lines; }
  uint64_t line_count() const { return x_base.lines + x_lines.size() + partial_count(); }

  // After a checkpoint wrote everything out: the tail is empty and stands on the new base.
  void rebase(int segments);
  // Complete lines only: what a checkpoint writes.
  const std::vector<ConsoleLine>& complete_lines() const { return x_lines; }

 private:
  void append(const std::string& journal, int session, TableRows rows);
  void note_first_step(int session, int64_t step);
  void add_lines(std::vector<ConsoleLine> lines);
  uint64_t partial_count() const;

  StoredRun x_base;  // journals and stats moved out of it
  StatsByKey x_stats;
  std::map<std::string, Journal> x_journals;
  model::RunInfo x_info;
  std::map<int, int64_t> x_first_steps;
  bool x_rewound = false;
  std::vector<Table> x_tables;
  std::unordered_map<uint64_t, std::vector<size_t>> x_tables_by_keys;  // hash -> indices
  std::vector<Record> x_records;
  std::vector<model::Value> x_artifacts;
  std::vector<ConsoleLine> x_lines;
  std::optional<ConsoleLine> x_partial[2];
  size_t x_rows = 0, x_values = 0;
  bool x_news = false;
};

}  // namespace cairn::store
