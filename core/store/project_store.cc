// Living runs, checkpoints and what readers see of a project.
#include "store/project_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "store/points.h"

namespace cairn::store {

using namespace model;

namespace {

constexpr size_t kOpenPacksMax = 512;
// A look at a folder with thousands of runs to seal shows them first and goes on sealing next time.
constexpr int64_t kSealBudgetNs = 2 * kNsPerSecond;

// Rows [first, first + n) of a table.
TableRows slice(const TableRows& rows, size_t first, size_t n) {
  const auto cut = [&](const auto& column) {
    const auto begin = column.begin() + static_cast<ptrdiff_t>(first);
    return std::remove_cvref_t<decltype(column)>(begin, begin + static_cast<ptrdiff_t>(n));
  };
  TableRows part{rows.keys, rows.stream, cut(rows.step), cut(rows.time_ns), {}};
  for (const auto& column : rows.columns) part.columns.push_back(cut(column));
  return part;
}

}  // namespace

ProjectStore::ProjectStore(Disk& disk, std::string name, ProjectPlace place, Index index)
    : x_disk(disk), x_name(std::move(name)), x_place(std::move(place)), x_index(std::move(index)) {}

Result<std::unique_ptr<ProjectStore>> ProjectStore::open(Disk& disk, std::string name,
                                                         ProjectPlace place) {
  TRY_VOID(disk.make_dirs(place.packs));
  TRY(Index index, Index::open(place.index));
  std::unique_ptr<ProjectStore> store(
      new ProjectStore(disk, std::move(name), std::move(place), std::move(index)));
  TRY(const int64_t runs, store->x_index.count_runs());
  // An index without runs is new, or its file was lost: packs are the truth, so it is made again.
  if (runs == 0 || store->x_place.packs != store->x_place.shared_packs)
    TRY_VOID(store->index_packs());
  TRY(const auto sealed, store->x_index.sealed_journals());
  for (const auto& [journal, stored] : sealed) store->x_sealed.insert(journal);
  TRY(const auto news, store->x_index.news_since(std::numeric_limits<int64_t>::max()));
  store->x_index_revision = news.revision;
  TRY_VOID(store->x_index.is_changed_by_others());
  return store;
}

// Puts every pack into the index that it does not know yet, oldest segment first.
Result<void> ProjectStore::index_packs() {
  std::map<std::pair<std::string, int>, std::string> found;
  for (const std::string& dir : {x_place.packs, x_place.shared_packs}) {
    const auto entries = x_disk.list(dir);
    if (!entries) continue;
    for (const DirEntry& entry : *entries)
      if (const auto name = parse_pack_name(entry.name))
        found.emplace(std::pair(name->run, name->segment), entry.name);
  }
  std::set<std::string> touched;
  TRY(Transaction transaction, Transaction::begin(x_index.database()));
  TRY(const int64_t revision, x_index.next_revision());
  for (const auto& [key, file] : found) {
    TRY(const auto known, x_index.packs(key.first));
    if (std::find(known.begin(), known.end(), file) != known.end()) continue;
    TRY(PackReader * reader, pack(file));
    auto directory = reader->directory();
    if (!directory) continue;  // doctor reports it; the others stay usable
    TRY_VOID(x_index.add_pack(file, *directory, false, revision));
    for (const auto& [journal, offset] : directory->journals)
      TRY_VOID(x_index.save_journal(journal, key.first, {offset, false, {}, {}}));
    touched.insert(key.first);
  }
  for (const std::string& run : touched) {
    TRY(auto stored, x_index.load_run(run));
    TRY(const StatsByKey stats, x_index.load_stats(stored->id));
    RunInfo info = stored->info;
    info.summary = summarise_run(info.summary, info.metrics, stats);
    TRY_VOID(x_index.save_view(info));
  }
  return transaction.commit();
}

// Takes over what other processes have changed in the index since the last look.
Result<void> ProjectStore::refresh() {
  TRY(const bool changed, x_index.is_changed_by_others());
  if (!changed) return {};
  TRY(const Index::News news, x_index.news_since(x_index_revision));
  x_index_revision = news.revision;
  for (const std::string& run : news.changed) drop(run);
  for (const std::string& run : news.gone) {
    drop(run);
    x_gone[run] = x_revision;
  }
  TRY(const auto sealed, x_index.sealed_journals());
  x_sealed.clear();
  for (const auto& [journal, stored] : sealed) x_sealed.insert(journal);
  return {};
}

void ProjectStore::mark_changed(std::string_view run) {
  x_changed[std::string(run)] = ++x_revision;
  x_gone.erase(std::string(run));
  x_sources.clear();
}

// Forgets a run's memory tail: the index has moved, the journals will be read again from there.
void ProjectStore::drop(std::string_view run) {
  if (const auto found = x_live.find(run); found != x_live.end()) x_live.erase(found);
  mark_changed(run);
}

const LiveRun* ProjectStore::find_live(std::string_view run) const {
  const auto found = x_live.find(run);
  return found == x_live.end() ? nullptr : &found->second;
}

Result<LiveRun*> ProjectStore::live(std::string_view run) {
  if (const auto found = x_live.find(run); found != x_live.end()) return &found->second;
  TRY(auto stored, x_index.load_run(run));
  StatsByKey stats;
  if (stored) {
    TRY(stats, x_index.load_stats(stored->id));
  }
  // Journals that are in packs whole are history, not writers.
  if (stored) std::erase_if(stored->journals, [](const auto& j) { return j.second.sealed; });
  LiveRun fresh(x_name, std::string(run), stored ? std::move(*stored) : StoredRun{},
                std::move(stats));
  return &x_live.emplace(run, std::move(fresh)).first->second;
}

Result<std::optional<uint64_t>> ProjectStore::position(const JournalName& journal) {
  TRY_VOID(refresh());
  if (x_sealed.count(print_journal_name(journal))) return std::optional<uint64_t>();
  TRY(LiveRun * run, live(journal.run));
  return std::optional(run->journal(journal).offset);
}

Result<std::vector<ShapeDefined>> ProjectStore::shapes(const JournalName& journal) {
  TRY(LiveRun * run, live(journal.run));
  return run->journal(journal).shapes;
}

Result<void> ProjectStore::apply(const JournalName& journal, Batch batch) {
  TRY(LiveRun * run, live(journal.run));
  mark_changed(journal.run);
  TRY_VOID(run->apply(journal, std::move(batch)));
  return run->is_large() ? write_out(*run) : Result<void>{};
}

Result<void> ProjectStore::set_writer(const JournalName& journal, Liveness liveness) {
  TRY(LiveRun * run, live(journal.run));
  if (run->journal(journal).writer.liveness == liveness) return {};
  run->set_liveness(journal, liveness);
  mark_changed(journal.run);
  return {};
}

// Writes a run's tail into a pack and moves the index, in one transaction. When another process was
// faster the tail is dropped and read again.
Result<void> ProjectStore::write_out(LiveRun& run) {
  const std::string id = run.info().id;
  TRY(Transaction transaction, Transaction::begin(x_index.database()));
  TRY(const auto stored, x_index.load_run(id));
  for (const auto& [name, j] : run.journals()) {
    uint64_t stored_offset = 0;
    if (stored)
      if (const auto found = stored->journals.find(name); found != stored->journals.end())
        stored_offset = found->second.offset;
    if (stored_offset == j.stored) continue;
    drop(id);
    return {};
  }
  const bool sealing = run.has_ended();
  TRY(RunInfo seen, view(run));
  PackDirectory directory;
  directory.run = sealing ? seen : run.info();
  directory.run.summary = run.info().summary;
  directory.artifacts = run.artifacts();
  directory.first_steps = run.first_steps();
  PackWriter writer;
  for (const auto& [name, j] : run.journals()) directory.journals[name] = j.offset;
  for (const LiveRun::Table& table : run.tables())
    for (size_t at = 0; at < table.rows.step.size(); at += kCheckpointRows) {
      const size_t n = std::min(kCheckpointRows, table.rows.step.size() - at);
      if (n == table.rows.step.size())
        writer.add_table(table.session, table.rows);
      else
        writer.add_table(table.session, slice(table.rows, at, n));
    }
  writer.add_text(run.first_line(), run.complete_lines());
  writer.add_records(run.records());

  const PackName name{id, seen.sessions, (stored ? stored->segments : 0) + 1};
  const std::string file = print_pack_name(name);
  TRY_VOID(writer.write(x_disk, x_place.packs + "/" + file, directory));
  TRY(const int64_t revision, x_index.next_revision());
  TRY_VOID(x_index.add_pack(file, directory, run.rewound(), revision));
  for (const auto& [journal, j] : run.journals())
    TRY_VOID(x_index.save_journal(journal, id, {j.offset, sealing, j.writer, j.shapes}));
  TRY_VOID(x_index.save_view(seen));
  TRY_VOID(transaction.commit());

  x_index_revision = revision;
  mark_changed(id);
  if (!sealing) {
    run.rebase(name.segment);
    return {};
  }
  for (const auto& [journal, j] : run.journals()) x_sealed.insert(journal);
  x_live.erase(id);
  return {};
}

Result<void> ProjectStore::checkpoint(bool all) {
  const int64_t deadline_ns = monotonic_now_ns() + kSealBudgetNs;
  std::vector<std::string> due;
  for (const auto& [id, run] : x_live)
    if (run.is_large() || (run.has_ended() && !run.journals().empty()) || (all && run.has_news()))
      due.push_back(id);
  for (const std::string& id : due) {
    const auto found = x_live.find(id);
    if (found != x_live.end()) TRY_VOID(write_out(found->second));
    if (monotonic_now_ns() > deadline_ns) break;
  }
  return x_place.may_remove_journals ? remove_sealed_journals() : Result<void>{};
}

// A journal may go only once the index that says so has reached the medium.
Result<void> ProjectStore::remove_sealed_journals() {
  if (x_sealed.empty()) return {};
  TRY(const int64_t busy, x_index.database().query_integer("PRAGMA wal_checkpoint(TRUNCATE)"));
  if (busy != 0) return {};  // a reader is in the way; the next look tries again
  for (const std::string& journal : x_sealed) TRY_VOID(x_disk.remove(x_place.live + "/" + journal));
  TRY(Transaction transaction, Transaction::begin(x_index.database()));
  for (const std::string& journal : x_sealed) TRY_VOID(x_index.forget_journal(journal));
  TRY_VOID(transaction.commit());
  x_sealed.clear();
  return {};
}

// Files first: a removal that is cut off leaves a run that can be removed again, not half a run
// that comes back.
Result<void> ProjectStore::remove_run(std::string_view run) {
  TRY_VOID(refresh());
  const auto journals = x_disk.list(x_place.live);
  if (journals)
    for (const DirEntry& entry : *journals)
      if (const auto name = parse_journal_name(entry.name); name && name->run == run)
        TRY_VOID(x_disk.remove(x_place.live + "/" + entry.name));
  TRY(const auto packs, x_index.packs(run));
  for (const std::string& pack : packs) {
    TRY(const std::string path, pack_path(pack));
    TRY_VOID(x_disk.remove(path));
  }
  TRY(Transaction transaction, Transaction::begin(x_index.database()));
  TRY(const int64_t revision, x_index.next_revision());
  TRY_VOID(x_index.remove_run(run, revision));
  TRY_VOID(transaction.commit());
  x_index_revision = revision;
  drop(run);
  x_changed.erase(std::string(run));
  x_gone[std::string(run)] = x_revision;
  return {};
}

Result<uint64_t> ProjectStore::revision() {
  TRY_VOID(refresh());
  return x_revision;
}

Result<Store::Changes> ProjectStore::for_each_changed(
    uint64_t revision, const std::function<void(const RunInfo&)>& visit) {
  TRY_VOID(refresh());
  Store::Changes changes;
  changes.revision = x_revision;
  if (revision == 0) {
    TRY_VOID(x_index.for_each_run([&](const RunInfo& info) {
      if (!find_live(info.id)) visit(info);
    }));
    for (const auto& [id, run] : x_live) {
      TRY(RunInfo info, view(run));
      visit(info);
    }
    return changes;
  }
  for (const auto& [id, changed] : x_changed) {
    if (changed <= revision) continue;
    if (auto info = get_run(id)) visit(*info);
  }
  for (const auto& [id, gone] : x_gone)
    if (gone > revision) changes.removed.push_back(id);
  return changes;
}

Result<RunInfo> ProjectStore::view(const LiveRun& run) {
  if (!run.rewound()) return run.view(run.stats());
  TRY(const StatsByKey stats, stats_in_view(run.info().id, run.stats()));
  return run.view(stats);
}

// The statistics of what is in view when a later session replaced points of an earlier one.
Result<StatsByKey> ProjectStore::stats_in_view(std::string_view run, const StatsByKey& known) {
  StatsByKey stats;
  for (const auto& [key, info] : known) {
    TRY(const Store::SeriesPieces series, pieces(run, key));
    SeriesInfo seen{key, info.stream, {}};
    TRY_VOID(
        for_each_point_in_view(*this, series, [&](int64_t step, int64_t time_ns, double value) {
          seen.stats.add(step, time_ns, value);
        }));
    stats.emplace(key, std::move(seen));
  }
  return stats;
}

Result<RunInfo> ProjectStore::get_run(std::string_view run) {
  TRY_VOID(refresh());
  if (const LiveRun* found = find_live(run)) return view(*found);
  TRY(auto info, x_index.find_run(run, true));
  if (!info) return fail(Code::kNotFound, "expected a run '{}' in project '{}'", run, x_name);
  return std::move(*info);
}

Result<std::vector<SeriesInfo>> ProjectStore::list_series(std::string_view run) {
  StatsByKey stats;
  bool rewound = false;
  if (const LiveRun* found = find_live(run)) {
    stats = found->stats();
    rewound = found->rewound();
  } else {
    TRY(const auto stored, x_index.load_run(run));
    if (!stored) return fail(Code::kNotFound, "expected a run '{}' in project '{}'", run, x_name);
    TRY(stats, x_index.load_stats(stored->id));
    rewound = stored->rewound;
  }
  if (rewound) {
    TRY(stats, stats_in_view(run, stats));
  }
  std::vector<SeriesInfo> series;
  series.reserve(stats.size());
  for (auto& [key, info] : stats) series.push_back(std::move(info));
  return series;
}

Result<Store::SeriesPieces> ProjectStore::pieces(std::string_view run, std::string_view key) {
  Store::SeriesPieces series;
  const auto hand_out = [&](Piece piece, Source source) {
    piece.handle = x_sources.size();
    source.count = piece.count;
    x_sources.push_back(std::move(source));
    series.pieces.push_back(piece);
  };
  TRY(const auto columns, x_index.find_series(run, key));
  for (const StoredColumn& c : columns)
    hand_out(c.axis, {c.pack, c.axis_frame, c.values, c.groups, nullptr, 0, 0});
  bool is_history = columns.empty() || columns[0].stream == Stream::kHistory;
  const LiveRun* live_run = find_live(run);
  if (live_run) {
    for (const LiveRun::Table& table : live_run->tables()) {
      const auto& keys = table.rows.keys;
      const auto column = std::find(keys.begin(), keys.end(), key);
      if (column == keys.end()) continue;
      is_history = table.rows.stream == Stream::kHistory;
      Piece piece = describe_axis(table.rows.step, table.rows.time_ns);
      piece.session = table.session;
      hand_out(piece, {"", {}, {}, {}, &table.rows, static_cast<size_t>(column - keys.begin()), 0});
    }
  }
  std::map<int, int64_t> first_steps;
  int sessions = 1;
  for (const Piece& piece : series.pieces) sessions = std::max(sessions, piece.session);
  if (live_run) {
    first_steps = live_run->first_steps();
  } else {
    TRY(first_steps, x_index.first_steps(run));
  }
  // Milliseconds of the machine's clock are no steps that a resume could go back to.
  if (!is_history) first_steps.clear();
  if (!first_steps.empty()) sessions = std::max(sessions, first_steps.rbegin()->first);
  series.visible_below.assign(static_cast<size_t>(sessions), std::numeric_limits<int64_t>::max());
  for (const auto& [session, step] : first_steps)
    for (int earlier = 1; earlier < session; ++earlier) {
      int64_t& below = series.visible_below[static_cast<size_t>(earlier - 1)];
      below = std::min(below, step);
    }
  return series;
}

const ProjectStore::Source& ProjectStore::source(const Piece& piece) const {
  CHECK(piece.handle < x_sources.size());
  return x_sources[piece.handle];
}

Result<void> ProjectStore::read_steps(const Piece& piece, size_t first, std::span<int64_t> out) {
  const Source& s = source(piece);
  if (s.rows) {
    std::copy_n(s.rows->step.begin() + static_cast<ptrdiff_t>(first), out.size(), out.begin());
    return {};
  }
  TRY(PackReader * reader, pack(s.pack));
  return reader->read_steps(s.axis, s.count, first, out);
}

Result<void> ProjectStore::read_times(const Piece& piece, size_t first, std::span<int64_t> out) {
  const Source& s = source(piece);
  if (s.rows) {
    std::copy_n(s.rows->time_ns.begin() + static_cast<ptrdiff_t>(first), out.size(), out.begin());
    return {};
  }
  TRY(PackReader * reader, pack(s.pack));
  return reader->read_times(s.axis, s.count, first, out);
}

Result<void> ProjectStore::read_values(const Piece& piece, size_t first, std::span<double> out) {
  const Source& s = source(piece);
  if (s.rows) {
    const auto& column = s.rows->columns[s.column];
    std::copy_n(column.begin() + static_cast<ptrdiff_t>(first), out.size(), out.begin());
    return {};
  }
  TRY(PackReader * reader, pack(s.pack));
  return reader->read_values(s.values, s.count, first, out);
}

Result<Groups> ProjectStore::read_groups(const Piece& piece) {
  const Source& s = source(piece);
  if (s.rows) return summarise(s.rows->columns[s.column]);
  TRY(PackReader * reader, pack(s.pack));
  return reader->read_groups(s.groups, s.count);
}

Result<uint64_t> ProjectStore::count_console(std::string_view run) {
  if (const LiveRun* found = find_live(run)) return found->line_count();
  TRY(const auto texts, x_index.texts(run));
  return texts.empty() ? 0 : texts.back().text.first_line + texts.back().text.lines;
}

Result<std::vector<ConsoleLine>> ProjectStore::read_console(std::string_view run, uint64_t first,
                                                            size_t limit) {
  std::vector<ConsoleLine> lines;
  const auto take = [&](std::vector<ConsoleLine>&& block) {
    for (ConsoleLine& line : block)
      if (line.number >= first && lines.size() < limit) lines.push_back(std::move(line));
  };
  TRY(const auto texts, x_index.texts(run));
  for (const StoredText& stored : texts) {
    if (lines.size() >= limit) break;
    if (stored.text.first_line + stored.text.lines <= first) continue;
    TRY(PackReader * reader, pack(stored.pack));
    TRY(auto block, reader->read_text(stored.text));
    take(std::move(block));
  }
  if (const LiveRun* found = find_live(run)) take(found->lines());
  return lines;
}

Result<std::vector<Record>> ProjectStore::read_records(std::string_view run) {
  std::vector<Record> records;
  TRY(const auto refs, x_index.records(run));
  for (const auto& [file, ref] : refs) {
    TRY(PackReader * reader, pack(file));
    TRY(auto block, reader->read_records(ref));
    std::move(block.begin(), block.end(), std::back_inserter(records));
  }
  if (const LiveRun* found = find_live(run))
    records.insert(records.end(), found->records().begin(), found->records().end());
  return records;
}

Result<std::vector<Value>> ProjectStore::read_artifacts(std::string_view run) {
  TRY(auto artifacts, x_index.artifacts(run));
  if (const LiveRun* found = find_live(run))
    artifacts.insert(artifacts.end(), found->artifacts().begin(), found->artifacts().end());
  return artifacts;
}

Result<std::string> ProjectStore::pack_path(const std::string& name) {
  const std::string own = x_place.packs + "/" + name;
  return own == x_place.shared_packs + "/" + name || x_disk.exists(own)
             ? own
             : x_place.shared_packs + "/" + name;
}

// The reader of a pack, kept open among the most recent ones.
Result<PackReader*> ProjectStore::pack(const std::string& name) {
  if (const auto found = x_packs_by_name.find(name); found != x_packs_by_name.end()) {
    x_packs.splice(x_packs.begin(), x_packs, found->second);
    return x_packs.front().second.get();
  }
  TRY(const std::string path, pack_path(name));
  TRY(auto reader, PackReader::open(x_disk, path));
  x_packs.emplace_front(name, std::move(reader));
  x_packs_by_name[name] = x_packs.begin();
  if (x_packs.size() > kOpenPacksMax) {
    x_packs_by_name.erase(x_packs.back().first);
    x_packs.pop_back();
  }
  return x_packs.front().second.get();
}

}  // namespace cairn::store
