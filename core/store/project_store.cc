// Living runs, checkpoints and what other processes do to a project.
#include "store/project_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/clock.h"
#include "base/id.h"
#include "base/limits.h"

namespace cairn::store {

using namespace model;

namespace {

// A look at a folder with thousands of runs to seal shows them first and goes on sealing next time.
constexpr int64_t kSealBudgetNs = 2 * kNsPerSecond;
// Whoever holds the index longer than a checkpoint takes is waited for at the next look.
constexpr int kWriteOutWaitMs = 1000;

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

// Whether a file can be made beside `path`.
bool can_write(Disk& disk, const std::string& path) {
  const std::string probe = path + ".tmp-" + make_id();
  const bool can = disk.open(probe, OpenMode::kCreate).has_value();
  return can && disk.remove(probe).has_value();
}

}  // namespace

ProjectStore::ProjectStore(Disk& disk, std::string name, ProjectPlace place, Index index,
                           uint64_t revision, const Listeners& listeners)
    : x_disk(disk),
      x_name(std::move(name)),
      x_place(std::move(place)),
      x_index(std::move(index)),
      x_first_revision(revision),
      x_revision(revision),
      x_listeners(listeners) {}

Result<std::unique_ptr<ProjectStore>> ProjectStore::open(Disk& disk, std::string name,
                                                         ProjectPlace place, uint64_t revision,
                                                         const Listeners& listeners) {
  const auto made = disk.make_dirs(place.packs);
  auto index = made ? Index::open(place.index) : tl::unexpected(made.error());
  // Where nothing can be written (a full disk, a folder of someone else's) everything can still be
  // looked at: from an index in memory, made anew each time.
  const bool is_full = !index && index.error().code() == Code::kLimit;
  const bool writable = index || (!is_full && can_write(disk, place.index));
  if (!writable) index = Index::open(":memory:");
  if (!index) return tl::unexpected(index.error());
  std::unique_ptr<ProjectStore> store(new ProjectStore(disk, std::move(name), std::move(place),
                                                       std::move(*index), revision, listeners));
  store->x_writable = writable;
  TRY(const bool has_runs, store->x_index.has_runs());
  // An index without runs is new, or its file was lost: packs are the truth, so it is made again.
  if (!has_runs || store->x_place.is_shared()) TRY_VOID(store->index_packs());
  // In this order: whatever others commit in between is then seen as news.
  TRY_VOID(store->x_index.is_changed_by_others());
  TRY(const auto news, store->x_index.news_since(std::numeric_limits<int64_t>::max()));
  store->x_index_revision = news.revision;
  TRY(store->x_sealed, store->x_index.sealed_journals());
  return store;
}

Result<Transaction> ProjectStore::look() {
  TRY(Transaction snapshot, Transaction::begin_reading(x_index.database()));
  TRY_VOID(refresh());
  return snapshot;
}

// Takes over what other processes have changed in the index since the last look.
Result<void> ProjectStore::refresh() {
  TRY(const bool changed, x_index.is_changed_by_others());
  if (!changed) return {};
  TRY(const Index::News news, x_index.news_since(x_index_revision));
  for (const std::string& run : news.changed) drop(run);
  for (const std::string& run : news.gone) forget(run);
  TRY(x_sealed, x_index.sealed_journals());
  x_index_revision = news.revision;
  return {};
}

void ProjectStore::mark_changed(std::string_view run) {
  x_changed[std::string(run)] = ++x_revision;
  x_gone.erase(std::string(run));
  take_back_pieces();  // they may point into a tail that is changing
}

void ProjectStore::take_back_pieces() {
  x_first_source += x_sources.size();
  x_sources.clear();
}

// Forgets a run's memory tail: the index has moved, the journals will be read again from there.
void ProjectStore::drop(std::string_view run) {
  const std::string files = std::string(run) + '~';
  auto open = x_packs_by_name.lower_bound(files);
  while (open != x_packs_by_name.end() && open->first.starts_with(files)) {
    x_packs.erase(open->second);
    open = x_packs_by_name.erase(open);
  }
  if (const auto found = x_live.find(run); found != x_live.end()) x_live.erase(found);
  mark_changed(run);
  tell_break(run);
}

void ProjectStore::forget(std::string_view run) {
  drop(run);
  x_changed.erase(std::string(run));
  x_gone[std::string(run)] = x_revision;
  std::erase_if(x_heard, [files = std::string(run) + '~'](const auto& journal) {
    return journal.first.starts_with(files);
  });
}

// Rows that were heard before come again when another process wrote a part of them out: what lies
// behind that part is read anew. They may also be cut otherwise than before, or be missing because
// that process was the only one to read them.
void ProjectStore::tell_rows(const JournalName& journal, const Batch& batch) {
  uint64_t& heard = x_heard[print_journal_name(journal)];
  if (batch.to <= heard) return;
  const bool follows = batch.from == heard;
  heard = batch.to;
  if (batch.tables.empty()) return;
  if (!follows) return tell_break(journal.run);
  for (Listener* listener : x_listeners)
    for (const TableRows& rows : batch.tables) listener->on_rows(x_name, journal.run, rows);
}

void ProjectStore::tell_break(std::string_view run) {
  for (Listener* listener : x_listeners) listener->on_break(x_name, run);
}

LiveRun* ProjectStore::find_live(std::string_view run) {
  const auto found = x_live.find(run);
  return found == x_live.end() ? nullptr : &found->second;
}

Result<LiveRun*> ProjectStore::live(std::string_view run) {
  if (LiveRun* found = find_live(run)) return found;
  TRY(const Transaction snapshot, Transaction::begin_reading(x_index.database()));
  TRY(auto stored, x_index.load_run(run));
  StatsByKey stats;
  if (stored) {
    TRY(stats, x_index.load_stats(stored->id));
    // Journals that are in packs whole are history, not writers.
    std::erase_if(stored->journals, [](const auto& j) { return j.second.sealed; });
  }
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
  if (batch.from == run->journal(journal).offset) tell_rows(journal, batch);
  const uint64_t hidden = run->rewinds();
  const size_t bytes = run->tail_bytes();
  TRY_VOID(run->apply(journal, std::move(batch)));
  x_grown_bytes += run->tail_bytes() - std::min(bytes, run->tail_bytes());
  if (run->rewinds() != hidden) tell_break(journal.run);
  const bool waits = !x_writable || x_write_trouble;
  if (!run->is_large() || (waits && !run->is_too_large())) {
    if (!waits && x_grown_bytes >= x_place.tails_bytes_max / 8) relieve_memory();
    return {};
  }
  if (!x_writable)
    return fail(Code::kLimit, "expected to write run '{}' out, found a read-only folder ({})",
                journal.run, x_place.index);
  const auto written = write_out(journal.run, false);
  if (written) return {};
  // Readers need not wait for the disk to have room again: the tail stays in memory, the journals
  // keep it, and the next checkpoint tries again.
  x_write_trouble = written.error().message();
  const LiveRun* left = find_live(journal.run);
  return left && left->is_too_large() ? written : Result<void>{};
}

// Many runs with small tails can fill the memory as well as a large one can.
void ProjectStore::relieve_memory() {
  x_grown_bytes = 0;
  size_t total = 0;
  std::vector<std::pair<size_t, std::string>> tails;
  for (const auto& [id, run] : x_live) {
    total += run.tail_bytes();
    tails.emplace_back(run.tail_bytes(), id);
  }
  if (total <= x_place.tails_bytes_max / 8 * 7) return;
  std::sort(tails.rbegin(), tails.rend());
  for (const auto& [bytes, id] : tails) {
    if (total <= x_place.tails_bytes_max / 8 * 6) return;
    if (const auto written = write_out(id, false); !written) {
      x_write_trouble = written.error().message();
      return;
    }
    total -= bytes;
  }
}

Result<void> ProjectStore::set_writer(const JournalName& journal, Liveness liveness) {
  TRY(LiveRun * run, live(journal.run));
  if (run->journal(journal).writer.liveness == liveness) return {};
  run->set_liveness(journal, liveness);
  mark_changed(journal.run);
  return {};
}

// Writes a run's tail into a pack and moves the index, in one transaction. When another process was
// faster, refresh() has dropped the tail, and it is read again from where that process came to.
Result<void> ProjectStore::write_out(const std::string& id, bool may_seal) {
  TRY(Transaction transaction, Transaction::begin(x_index.database(), kWriteOutWaitMs));
  TRY_VOID(refresh());
  LiveRun* run = find_live(id);
  if (!run) return {};
  // A journal that is gone was sealed by another process, which then forgot it, while this one was
  // reading it through an open file: what is in this tail is in that pack.
  for (const auto& [journal, stored] : run->journals()) {
    if (x_disk.exists(x_place.live + "/" + journal)) continue;
    drop(id);
    return {};
  }
  const bool sealing = may_seal && run->has_ended();
  TRY(const RunInfo seen, view(*run));
  const PackName name{id, seen.sessions, run->segments() + 1};
  TRY(const PackDirectory directory, write_pack(*run, seen, sealing, name));
  TRY(const int64_t revision, x_index.next_revision());
  TRY_VOID(x_index.add_pack(print_pack_name(name), directory, revision));
  for (const auto& [journal, stored] : directory.journals)
    TRY_VOID(x_index.save_journal(journal, id, stored));
  TRY_VOID(x_index.save_view(seen));
  TRY_VOID(transaction.commit());

  x_index_revision = revision;
  mark_changed(id);
  if (!sealing) {
    run->rebase(name.segment);
    return {};
  }
  for (const auto& [journal, stored] : directory.journals) {
    x_sealed.insert(journal);
    x_heard.erase(journal);
  }
  x_live.erase(id);
  return {};
}

Result<PackDirectory> ProjectStore::write_pack(const LiveRun& run, const RunInfo& seen,
                                               bool sealing, const PackName& name) {
  PackDirectory directory;
  directory.run = seen;
  directory.run.summary = run.info().summary;
  // Until they are sealed, writers count their losses themselves.
  if (!sealing) directory.run.losses = run.info().losses;
  directory.steps = run.steps();
  directory.artifacts = run.artifacts();
  directory.journals = run.journals();
  for (auto& [journal, stored] : directory.journals) stored.sealed = sealing;
  PackWriter writer;
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
  // An importer that died before its commit left this segment, perhaps under an earlier session.
  for (int session = 1; session < name.session; ++session)
    TRY_VOID(
        x_disk.remove(x_place.packs + "/" + print_pack_name({name.run, session, name.segment})));
  TRY_VOID(writer.write(x_disk, x_place.packs + "/" + print_pack_name(name), directory));
  return directory;
}

// What cannot be written now stays in the journals: nobody is kept from reading by that. Only
// damage is an error.
Result<void> ProjectStore::checkpoint(bool all) {
  if (!x_writable) return {};
  x_write_trouble.reset();
  const int64_t deadline_ns = monotonic_now_ns() + kSealBudgetNs;
  std::vector<std::string> due;
  for (const auto& [id, run] : x_live)
    if (run.is_large() || run.has_ended() || (all && run.has_news())) due.push_back(id);
  for (const std::string& id : due) {
    const LiveRun* run = find_live(id);
    if (!run) continue;
    const auto done = run->has_tail() ? write_out(id, true) : remove_unused_journals(id);
    if (!done && done.error().code() == Code::kCorrupt) return done;
    if (!done) x_write_trouble = done.error().message();
    if (!done && done.error().code() == Code::kUnavailable) return {};
    if (monotonic_now_ns() > deadline_ns) break;
  }
  if (!x_place.may_remove_journals) return {};
  const auto removed = remove_sealed_journals();
  if (!removed && removed.error().code() == Code::kCorrupt) return removed;
  if (!removed) x_write_trouble = removed.error().message();
  return {};
}

// Writers that died before their first event.
Result<void> ProjectStore::remove_unused_journals(const std::string& id) {
  if (x_place.may_remove_journals)
    for (const auto& [journal, stored] : find_live(id)->journals())
      TRY_VOID(x_disk.remove(x_place.live + "/" + journal));
  drop(id);
  return {};
}

// A journal may go only once the index that says so has reached the medium; and that entry only
// once the journal cannot come back.
Result<void> ProjectStore::remove_sealed_journals() {
  if (x_sealed.empty()) return {};
  TRY(const bool synced, x_index.database().checkpoint_log());
  if (!synced) return {};  // a reader is in the way; the next look tries again
  for (const std::string& journal : x_sealed) TRY_VOID(x_disk.remove(x_place.live + "/" + journal));
  if (x_disk.exists(x_place.live)) TRY_VOID(x_disk.sync_dir(x_place.live));
  TRY(Transaction transaction, Transaction::begin(x_index.database(), 0));
  for (const std::string& journal : x_sealed) TRY_VOID(x_index.forget_journal(journal));
  TRY_VOID(transaction.commit());
  x_sealed.clear();
  return {};
}

// Files first: a removal that is cut off leaves a run that can be removed again, not half a run
// that comes back. Alone among writers, so that nobody writes a pack of it meanwhile.
Result<void> ProjectStore::remove_run(std::string_view run) {
  if (!x_writable)
    return fail(Code::kIo, "cannot remove a run from a read-only folder ({})", x_place.index);
  TRY(Transaction transaction, Transaction::begin(x_index.database()));
  TRY_VOID(refresh());
  const auto journals = x_disk.list(x_place.live);
  if (journals)
    for (const DirEntry& entry : *journals)
      if (const auto name = parse_journal_name(entry.name); name && name->run == run)
        TRY_VOID(x_disk.remove(x_place.live + "/" + entry.name));
  TRY(const auto packs, x_index.packs(run));
  for (const std::string& pack : packs)
    for (const std::string& dir : {x_place.packs, x_place.shared_packs})
      TRY_VOID(x_disk.remove(dir + "/" + pack));
  TRY(const int64_t revision, x_index.next_revision());
  TRY_VOID(x_index.remove_run(run, revision));
  TRY_VOID(transaction.commit());
  x_index_revision = revision;
  forget(run);
  return {};
}

}  // namespace cairn::store
