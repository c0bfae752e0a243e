// Store: keeps runs, series and console text of one folder; the interface every engine implements.
//
// How writing works (log-structured): the journals are the write-ahead log and the truth while a
// run lives. `ingest` reads them and calls apply(); the engine keeps what is new in memory (the
// tail of a run) and, when a tail grows large or the run ends, writes it out and moves the run's
// position in its journals forward, in one transaction (checkpoint). A run whose writers have all
// ended is sealed: its points move into an immutable pack and its journals are removed. Every
// process that opens the folder builds the same view; whatever one process had only in memory
// another reads again from the journals. docs/life_of_a_point.md walks through it;
// docs/formats/pack.md and index.md draw bytes.
//
// Threads: one Store is used by one thread at a time. Processes: any number may open a folder.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "model/event.h"
#include "model/layout.h"
#include "model/run.h"
#include "model/series.h"
#include "store/column_codec.h"
#include "store/identity.h"

namespace cairn::store {

// Rows of one shape in arrival order: one axis, one column of values per key.
struct TableRows {
  std::vector<std::string> keys;
  model::Stream stream = model::Stream::kHistory;
  std::vector<int64_t> step, time_ns;
  std::vector<std::vector<double>> columns;  // [key][row]
};

struct ConsoleLine {
  uint64_t number = 0;  // from 0, in arrival order per run
  uint8_t stream = 0;
  int64_t time_ns = 0;
  std::string text;
  bool partial = false;  // an unfinished line; the next line with its number replaces it
};

struct Record {
  std::string key;
  int64_t step = 0;
  int64_t time_ns = 0;
  model::Value record;
};

// A content of an artifact: what has a number in its project.
struct ArtifactContent {
  std::string_view name, sha256;
};

// What one reading of one journal adds to its run.
struct Batch {
  uint64_t from = 0, to = 0;                // journal offsets: must start where position() stands
  std::vector<model::ShapeDefined> shapes;  // defined in it; rows are in `tables` already
  std::optional<int64_t> first_step;        // of the first history row in it
  std::vector<TableRows> tables;
  std::vector<ConsoleLine> lines;  // number unset
  std::vector<Record> records;
  std::vector<model::Value> artifacts;
  std::vector<model::Event> facts;  // everything that changes RunInfo, in order; owns its memory
  uint64_t damaged_bytes = 0;

  bool is_empty() const { return from == to && damaged_bytes == 0; }
};

// One piece of a series: points that were stored together, with what can be told without reading.
struct Piece {
  size_t count = 0;
  int session = 1;
  bool sorted = true;       // steps never decrease
  bool arithmetic = false;  // step = first_step + i * step_stride
  int64_t first_step = 0, step_stride = 0;
  int64_t min_step = 0, max_step = 0;
  int64_t min_time_ns = 0, max_time_ns = 0;
  bool has_groups = false;  // summaries of every kLevelGroupPoints points can be read
  uint64_t axis = 0;        // equal for pieces of one run that share their steps and times
  uint64_t handle = 0;      // the engine's own
};

// Hears what a store is given, as it comes: what a live chart is made of. Called on the store's
// thread, from within the store: it must not call the store back.
class Listener {
 public:
  virtual ~Listener() = default;
  // Rows that this process had not seen before, in the order of their writer.
  virtual void on_rows(std::string_view project, std::string_view run, const TableRows& rows) = 0;
  // What was heard of this run no longer says all: another process wrote rows out before they were
  // heard here, or a resume took some out of view. An empty `run` means every run.
  virtual void on_break(std::string_view project, std::string_view run) = 0;
};

struct Check {  // what verification found
  uint64_t files = 0, frames = 0, bytes = 0, blobs = 0;
  std::vector<std::string> damage;  // one sentence each, path last
  std::vector<std::string> notes;   // repaired or harmless
};

class Store {
 public:
  virtual ~Store() = default;

  virtual const model::Layout& layout() const = 0;
  virtual Result<std::vector<std::string>> projects() = 0;

  // ---- writes: called by `ingest` only ----
  // To be called before events are applied: a view that was made where nothing could be written, as
  // on a full disk, is made again where that has changed.
  virtual Result<void> recover(std::string_view project) = 0;
  // Where reading of this journal must go on; nothing when all of it is in a pack already. Picks up
  // what other processes have checkpointed.
  virtual Result<std::optional<uint64_t>> position(std::string_view project,
                                                   const model::JournalName& journal) = 0;
  // The shapes that the journal defined before its position, by number.
  virtual Result<std::vector<model::ShapeDefined>> shapes(std::string_view project,
                                                          const model::JournalName& journal) = 0;
  virtual Result<void> apply(std::string_view project, const model::JournalName& journal,
                             Batch batch) = 0;
  // What is known of the writer of this journal now.
  virtual Result<void> set_writer(std::string_view project, const model::JournalName& journal,
                                  model::Liveness liveness) = 0;
  // Writes tails out: those that are large, or with `all` every one. Seals runs whose writers
  // ended. What cannot be written now (a full disk, a busy index) is no error: it stays in the
  // journals, and verify() says so.
  virtual Result<void> checkpoint(std::string_view project, bool all) = 0;
  virtual Result<void> remove_run(std::string_view project, std::string_view run) = 0;

  // Until it is removed; not from within a listener.
  virtual void add_listener(Listener& listener) = 0;
  virtual void remove_listener(Listener& listener) = 0;

  // ---- reads ----
  // Grows whenever anything of the project changes in this process's view.
  virtual Result<uint64_t> revision(std::string_view project) = 0;
  // Runs that changed after `revision`, and ids that vanished since.
  struct Changes {
    uint64_t revision = 0;
    bool complete = false;  // every run was visited: whoever knows others must forget them
    std::vector<std::string> removed;
  };
  virtual Result<Changes> for_each_changed(
      std::string_view project, uint64_t revision,
      const std::function<void(const model::RunInfo&)>& visit) = 0;
  // The same by their ids alone, which costs no look at the runs. With `complete` none is listed.
  struct ChangedRuns : Changes {
    std::vector<std::string> changed;
  };
  virtual Result<ChangedRuns> list_changed(std::string_view project, uint64_t revision) = 0;
  virtual Result<model::RunInfo> get_run(std::string_view project, std::string_view run) = 0;
  // At most `limit` runs that have the key, newest first. Costs no look at any other run.
  struct FoundRun {
    std::string run;
    int64_t created_ns = 0;
  };
  virtual Result<std::vector<FoundRun>> find_by_identity(std::string_view project,
                                                         const IdentityKey& key, size_t limit) = 0;
  virtual Result<std::vector<model::SeriesInfo>> list_series(std::string_view project,
                                                             std::string_view run) = 0;

  // Every series name of the project and how many runs have it, in order of name.
  struct KeyCount {
    std::string key;
    model::Stream stream = model::Stream::kHistory;
    uint64_t runs = 0;
  };
  virtual Result<std::vector<KeyCount>> list_keys(std::string_view project) = 0;
  // One series over all runs that have it, without a look at anything else of them.
  using VisitStats = std::function<void(std::string_view run, const model::SeriesStats& stats)>;
  virtual Result<void> for_each_stats(std::string_view project, std::string_view key,
                                      const VisitStats& visit) = 0;
  virtual Result<std::optional<model::SeriesStats>> find_stats(std::string_view project,
                                                               std::string_view run,
                                                               std::string_view key) = 0;
  // RunInfo::meta of every run, which for_each_changed() may leave out.
  using VisitMeta = std::function<void(std::string_view run, const model::Value& meta)>;
  virtual Result<void> for_each_meta(std::string_view project, const VisitMeta& visit) = 0;

  // Pieces of a series in arrival order; empty when the run has no such key. Handles stay valid
  // until the run's next change, write or look at what others wrote: reading then answers
  // Unavailable, and pieces() has to be asked again. Points hidden by a later session (see
  // RunInfo::sessions) are still in here: `visible_below` says which steps of which session are in
  // view.
  struct SeriesPieces {
    std::vector<Piece> pieces;
    std::vector<int64_t> visible_below;  // [session - 1]: history steps below this are in view
    model::Stream stream = model::Stream::kHistory;
  };
  virtual Result<SeriesPieces> pieces(std::string_view project, std::string_view run,
                                      std::string_view key) = 0;
  // The same of many keys in one look: [key].
  virtual Result<std::vector<SeriesPieces>> pieces_of(std::string_view project,
                                                      std::string_view run,
                                                      std::span<const std::string> keys) = 0;
  // Points [first, first + out.size()) of the piece.
  virtual Result<void> read_steps(const Piece& piece, size_t first, std::span<int64_t> out) = 0;
  virtual Result<void> read_times(const Piece& piece, size_t first, std::span<int64_t> out) = 0;
  virtual Result<void> read_values(const Piece& piece, size_t first, std::span<double> out) = 0;
  // What a chart needs of consecutive ranges of points, the first beginning at `first` and range i
  // ending before ends[i] (ascending). Cheaper than reading the values.
  virtual Result<void> scan_values(const Piece& piece, size_t first, std::span<const size_t> ends,
                                   std::span<Extent> out) = 0;
  virtual Result<Groups> read_groups(const Piece& piece) = 0;

  virtual Result<std::vector<ConsoleLine>> read_console(std::string_view project,
                                                        std::string_view run, uint64_t first,
                                                        size_t limit) = 0;
  virtual Result<uint64_t> count_console(std::string_view project, std::string_view run) = 0;
  virtual Result<std::vector<Record>> read_records(std::string_view project,
                                                   std::string_view run) = 0;
  virtual Result<std::vector<model::Value>> read_artifacts(std::string_view project,
                                                           std::string_view run) = 0;
  // The same of every run, without a look at anything else of it.
  using VisitArtifact = std::function<void(std::string_view run, const model::Value& artifact)>;
  virtual Result<void> for_each_artifact(std::string_view project, const VisitArtifact& visit) = 0;
  // The numbers of an artifact's versions: a content that has none yet gets the next one of its
  // name, for ever. In the order of `contents`.
  virtual Result<std::vector<uint32_t>> number_versions(
      std::string_view project, std::span<const ArtifactContent> contents) = 0;

  // Where a journal ended that is contained in packs whole, long after its file was removed and the
  // index forgot it; nothing when none contains it. Reads packs of that run: not for every day.
  virtual Result<std::optional<uint64_t>> find_packed_journal(
      std::string_view project, const model::JournalName& journal) = 0;

  // ---- care ----
  virtual Result<Check> verify() = 0;  // every checksum of every file
  // Drops everything derived and makes it again from packs; journals are read again by ingest.
  virtual Result<void> rebuild(std::string_view project) = 0;
  // Paths of packs that the index does not have: what only they hold is not in view.
  virtual Result<std::vector<std::string>> unindexed_packs(std::string_view project) = 0;
};

constexpr size_t kTailsBytesMax = size_t{1} << 30;

// Opens the embedded engine on a folder; creates the folder's settings when `create` is set.
// NotFound without `create`; Invalid when a newer Cairn wrote the folder.
// Points that are in no pack yet stay in memory up to `tails_bytes_max` bytes for each project.
Result<std::unique_ptr<Store>> open_embedded(Disk& disk, const std::string& root, bool create,
                                             size_t tails_bytes_max = kTailsBytesMax);

}  // namespace cairn::store
