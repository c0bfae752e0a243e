// What readers see of a project: the index and packs, and the tails of living runs on top.
#include <sys/resource.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

#include "store/points.h"
#include "store/project_store.h"

namespace cairn::store {

using namespace model;

namespace {
// Packs kept open: enough for a chart of many long runs, and never most of what a process may open.
size_t open_packs_max() {
  constexpr size_t kMost = 4096, kLeast = 64;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return kLeast;
  return std::clamp<size_t>(static_cast<size_t>(files.rlim_cur) / 2, kLeast, kMost);
}

constexpr size_t kSourcesMax = 1'000'000;
constexpr uint64_t kInMemory = uint64_t{1} << 63;  // an axis of a tail, not of a pack
}  // namespace

Result<uint64_t> ProjectStore::revision() {
  TRY_VOID(refresh());
  return x_revision;
}

Result<Store::Changes> ProjectStore::for_each_changed(
    uint64_t revision, const std::function<void(const RunInfo&)>& visit) {
  TRY(const Transaction snapshot, look());
  Store::Changes changes;
  changes.revision = x_revision;
  if (revision < x_first_revision) {
    changes.complete = true;
    TRY_VOID(x_index.for_each_run([&](const RunInfo& info) {
      if (!find_live(info.id)) visit(info);
    }));
    for (auto& [id, run] : x_live) {
      if (!run.is_known()) continue;
      TRY(const RunInfo info, view(run));
      visit(info);
    }
    return changes;
  }
  for (const auto& [id, changed] : x_changed) {
    if (changed <= revision) continue;
    TRY(const auto info, find_run(id));
    if (info) visit(*info);
  }
  for (const auto& [id, gone] : x_gone)
    if (gone > revision) changes.removed.push_back(id);
  return changes;
}

Result<Store::ChangedRuns> ProjectStore::list_changed(uint64_t revision) {
  TRY_VOID(refresh());
  Store::ChangedRuns changes;
  changes.revision = x_revision;
  changes.complete = revision < x_first_revision;
  if (changes.complete) return changes;
  for (const auto& [id, changed] : x_changed)
    if (changed > revision) changes.changed.push_back(id);
  for (const auto& [id, gone] : x_gone)
    if (gone > revision) changes.removed.push_back(id);
  return changes;
}

Result<std::optional<RunInfo>> ProjectStore::find_run(std::string_view run) {
  LiveRun* found = find_live(run);
  if (!found || !found->is_known()) return x_index.find_run(run, true);
  TRY(RunInfo info, view(*found));
  return std::optional(std::move(info));
}

Result<RunInfo> ProjectStore::get_run(std::string_view run) {
  TRY(const Transaction snapshot, look());
  TRY(auto info, find_run(run));
  if (!info) return fail(Code::kNotFound, "expected a run '{}' in project '{}'", run, x_name);
  return std::move(*info);
}

Result<std::vector<Store::FoundRun>> ProjectStore::find_by_identity(const IdentityKey& key,
                                                                    size_t limit) {
  TRY(const Transaction snapshot, look());
  std::vector<Store::FoundRun> found;
  TRY_VOID(x_index.find_by_identity(key, [&](std::string_view run, int64_t created_ns) {
    if (found.size() == limit) return false;
    if (const LiveRun* live = find_live(run); !live || !live->is_known())
      found.push_back({std::string(run), created_ns});
    return true;
  }));
  for (const auto& [id, run] : x_live) {
    if (!run.is_known()) continue;
    const std::vector<IdentityKey> keys = identity_keys(run.info());
    if (std::binary_search(keys.begin(), keys.end(), key))
      found.push_back({id, run.info().created_ns});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.created_ns > b.created_ns; });
  found.resize(std::min(found.size(), limit));
  return found;
}

Result<RunInfo> ProjectStore::view(LiveRun& run) {
  TRY(const StatsByKey* stats, seen_stats(run));
  return run.view(*stats);
}

Result<const StatsByKey*> ProjectStore::seen_stats(LiveRun& run) {
  if (const StatsByKey* known = run.seen()) return known;
  TRY(StatsByKey stats, read_seen_stats(run.info().id, run.stats()));
  run.set_seen(std::move(stats));
  return run.seen();
}

// The statistics of what is in view when a later session replaced points of an earlier one.
Result<StatsByKey> ProjectStore::read_seen_stats(std::string_view run, const StatsByKey& known) {
  StatsByKey stats;
  for (const auto& [key, info] : known) {
    SeriesInfo seen{key, info.stream, {}};
    TRY(seen.stats, read_seen_stats(run, key, info.stats));
    stats.emplace(key, std::move(seen));
  }
  return stats;
}

Result<SeriesStats> ProjectStore::read_seen_stats(std::string_view run, std::string_view key,
                                                  const SeriesStats& known) {
  SeriesStats seen;
  TRY(const Store::SeriesPieces series, find_pieces(run, key));
  const auto read = for_each_point_in_view(
      *this, series,
      [&](int64_t step, int64_t time_ns, double value) { seen.add(step, time_ns, value); });
  // A damaged pack costs this series its exact statistics, not the run its place in the table.
  return read ? seen : known;
}

Result<std::vector<Store::KeyCount>> ProjectStore::list_keys() {
  TRY(const Transaction snapshot, look());
  TRY(std::vector<Store::KeyCount> keys, x_index.count_keys());
  std::map<std::pair<std::string_view, Stream>, uint64_t> in_tails;  // and not yet in the index
  for (const auto& [id, run] : x_live)
    for (const std::string& key : run.new_keys())
      ++in_tails[{key, run.stats().find(key)->second.stream}];
  for (Store::KeyCount& key : keys) {
    const auto found = in_tails.find({key.key, key.stream});
    if (found == in_tails.end()) continue;
    key.runs += found->second;
    in_tails.erase(found);
  }
  if (in_tails.empty()) return keys;
  for (const auto& [key, runs] : in_tails)
    keys.push_back({std::string(key.first), key.second, runs});
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) {
    return std::tie(a.key, a.stream) < std::tie(b.key, b.stream);
  });
  return keys;
}

Result<void> ProjectStore::for_each_stats(std::string_view key, const Store::VisitStats& visit) {
  TRY(const Transaction snapshot, look());
  TRY(const std::set<std::string> resumed, x_index.resumed_runs());
  // The others are asked one by one: a query of the index may not be under way meanwhile.
  std::vector<std::string> alone;
  TRY_VOID(x_index.for_each_stats(key, [&](std::string_view run, const SeriesStats& stats) {
    if (const LiveRun* found = find_live(run); found && found->is_known()) return;
    if (resumed.count(std::string(run)) > 0)
      alone.emplace_back(run);
    else
      visit(run, stats);
  }));
  for (const auto& [id, run] : x_live)
    if (run.is_known()) alone.push_back(id);
  for (const std::string& run : alone) {
    TRY(const auto stats, find_seen_stats(run, key));
    if (stats) visit(run, *stats);
  }
  return {};
}

Result<std::optional<SeriesStats>> ProjectStore::find_stats(std::string_view run,
                                                            std::string_view key) {
  TRY(const Transaction snapshot, look());
  return find_seen_stats(run, key);
}

Result<std::optional<SeriesStats>> ProjectStore::find_seen_stats(std::string_view run,
                                                                 std::string_view key) {
  if (LiveRun* found = find_live(run); found && found->is_known()) {
    TRY(const StatsByKey* seen, seen_stats(*found));
    const auto series = seen->find(key);
    return series == seen->end() ? std::nullopt : std::optional(series->second.stats);
  }
  TRY(auto stats, x_index.find_stats(run, key));
  if (!stats) return stats;
  TRY(const StepsBySession steps, x_index.steps(run));
  if (is_rewound(steps)) {
    TRY(stats, read_seen_stats(run, key, *stats));
  }
  return stats;
}

Result<void> ProjectStore::for_each_meta(const Store::VisitMeta& visit) {
  TRY(const Transaction snapshot, look());
  TRY_VOID(x_index.for_each_meta([&](std::string_view run, const Value& meta) {
    if (const LiveRun* found = find_live(run); !found || !found->is_known()) visit(run, meta);
  }));
  for (const auto& [id, run] : x_live)
    if (run.is_known()) visit(id, run.info().meta);
  return {};
}

Result<std::vector<SeriesInfo>> ProjectStore::list_series(std::string_view run) {
  TRY(const Transaction snapshot, look());
  StatsByKey stats;
  if (LiveRun* found = find_live(run); found && found->is_known()) {
    TRY(const StatsByKey* seen, seen_stats(*found));
    stats = *seen;
  } else {
    TRY(const auto stored, x_index.load_run(run));
    if (!stored) return fail(Code::kNotFound, "expected a run '{}' in project '{}'", run, x_name);
    TRY(stats, x_index.load_stats(stored->id));
    if (is_rewound(stored->steps)) {
      TRY(stats, read_seen_stats(run, stats));
    }
  }
  std::vector<SeriesInfo> series;
  series.reserve(stats.size());
  for (auto& [key, info] : stats) series.push_back(std::move(info));
  return series;
}

Result<Store::SeriesPieces> ProjectStore::pieces(std::string_view run, std::string_view key) {
  TRY(const Transaction snapshot, look());
  if (x_sources.size() > kSourcesMax) take_back_pieces();
  return find_pieces(run, key);
}

void ProjectStore::hand_out(Store::SeriesPieces& series, Piece piece, Source source) {
  piece.handle = x_first_source + x_sources.size();
  source.count = piece.count;
  x_sources.push_back(std::move(source));
  series.pieces.push_back(piece);
}

Result<std::vector<Store::SeriesPieces>> ProjectStore::pieces_of(
    std::string_view run, std::span<const std::string> keys) {
  TRY(const Transaction snapshot, look());
  if (x_sources.size() > kSourcesMax) take_back_pieces();
  TRY(const Standing standing, find_standing(run));
  std::vector<Store::SeriesPieces> all;
  all.reserve(keys.size());
  for (const std::string& key : keys) {
    TRY(Store::SeriesPieces series, find_pieces(standing, key));
    all.push_back(std::move(series));
  }
  return all;
}

Result<Store::SeriesPieces> ProjectStore::find_pieces(std::string_view run, std::string_view key) {
  TRY(const Standing standing, find_standing(run));
  return find_pieces(standing, key);
}

Result<ProjectStore::Standing> ProjectStore::find_standing(std::string_view run) {
  Standing standing;
  TRY(standing.id, x_index.run_id(run));
  standing.live = find_live(run);
  if (standing.live) {
    standing.steps = standing.live->steps();
  } else {
    TRY(standing.steps, x_index.steps(run));
  }
  return standing;
}

Result<Store::SeriesPieces> ProjectStore::find_pieces(const Standing& run, std::string_view key) {
  Store::SeriesPieces series;
  TRY(const auto columns, x_index.find_series(run.id, key));
  for (const StoredColumn& c : columns)
    hand_out(series, c.axis, {c.pack, c.axis_frame, c.values, c.groups, nullptr, 0, 0});
  if (!columns.empty()) series.stream = columns[0].stream;
  if (run.live)
    for (const auto& [at, column] : run.live->find(key)) {
      const LiveRun::Table& table = run.live->tables()[at];
      series.stream = table.rows.stream;
      Piece piece = table.axis;
      piece.session = table.session;
      piece.axis = kInMemory | at;
      hand_out(series, piece, {"", {}, {}, {}, &table.rows, column, 0});
    }
  int sessions = 1;
  for (const Piece& piece : series.pieces) sessions = std::max(sessions, piece.session);
  // Milliseconds of the machine's clock are no steps that a resume could go back to.
  const bool is_history = series.stream == Stream::kHistory;
  for (int session = 1; session <= sessions; ++session)
    series.visible_below.push_back(
        store::visible_below(is_history ? run.steps : StepsBySession(), session));
  return series;
}

Result<const ProjectStore::Source*> ProjectStore::source(const Piece& piece, size_t first,
                                                         size_t n) const {
  if (piece.handle < x_first_source || piece.handle - x_first_source >= x_sources.size())
    return fail(Code::kUnavailable, "the run has changed meanwhile: please ask again");
  const Source& s = x_sources[static_cast<size_t>(piece.handle - x_first_source)];
  if (first > s.count || n > s.count - first)
    return fail(Code::kInvalid, "expected points within {}, found {} from {}", s.count, n, first);
  return &s;
}

Result<void> ProjectStore::read_steps(const Piece& piece, size_t first, std::span<int64_t> out) {
  TRY(const Source* s, source(piece, first, out.size()));
  if (s->rows) {
    std::copy_n(s->rows->step.begin() + static_cast<ptrdiff_t>(first), out.size(), out.begin());
    return {};
  }
  TRY(PackReader * reader, pack(s->pack));
  return reader->read_steps(s->axis, s->count, first, out);
}

Result<void> ProjectStore::read_times(const Piece& piece, size_t first, std::span<int64_t> out) {
  TRY(const Source* s, source(piece, first, out.size()));
  if (s->rows) {
    std::copy_n(s->rows->time_ns.begin() + static_cast<ptrdiff_t>(first), out.size(), out.begin());
    return {};
  }
  TRY(PackReader * reader, pack(s->pack));
  return reader->read_times(s->axis, s->count, first, out);
}

Result<void> ProjectStore::read_values(const Piece& piece, size_t first, std::span<double> out) {
  TRY(const Source* s, source(piece, first, out.size()));
  if (s->rows) {
    const auto& column = s->rows->columns[s->column];
    std::copy_n(column.begin() + static_cast<ptrdiff_t>(first), out.size(), out.begin());
    return {};
  }
  TRY(PackReader * reader, pack(s->pack));
  return reader->read_values(s->values, s->count, first, out);
}

Result<void> ProjectStore::scan_values(const Piece& piece, size_t first,
                                       std::span<const size_t> ends, std::span<Extent> out) {
  TRY(const Source* s, source(piece, first, ends.empty() ? 0 : ends.back() - first));
  if (s->rows) {
    const std::span<const double> column = s->rows->columns[s->column];
    for (size_t i = 0; i < ends.size(); first = ends[i++])
      out[i] = extent_of(column.subspan(first, ends[i] - first));
    return {};
  }
  TRY(PackReader * reader, pack(s->pack));
  return reader->scan_values(s->values, s->count, first, ends, out);
}

Result<Groups> ProjectStore::read_groups(const Piece& piece) {
  TRY(const Source* s, source(piece, 0, 0));
  if (s->rows) return summarise(s->rows->columns[s->column]);
  TRY(PackReader * reader, pack(s->pack));
  return reader->read_groups(s->groups, s->count);
}

Result<uint64_t> ProjectStore::count_console(std::string_view run) {
  TRY(const Transaction snapshot, look());
  if (const LiveRun* found = find_live(run)) return found->line_count();
  TRY(const auto texts, x_index.texts(run));
  return texts.empty() ? 0 : texts.back().text.first_line + texts.back().text.lines;
}

Result<std::vector<ConsoleLine>> ProjectStore::read_console(std::string_view run, uint64_t first,
                                                            size_t limit) {
  TRY(const Transaction snapshot, look());
  std::vector<ConsoleLine> lines;
  const auto take = [&](std::vector<ConsoleLine>&& block) {
    for (ConsoleLine& line : block)
      if (line.number >= first && lines.size() < limit) lines.push_back(std::move(line));
  };
  TRY(const auto texts, x_index.texts(run));
  for (const StoredText& stored : texts) {
    if (lines.size() >= limit) return lines;
    if (stored.text.first_line + stored.text.lines <= first) continue;
    TRY(PackReader * reader, pack(stored.pack));
    TRY(auto block, reader->read_text(stored.text));
    take(std::move(block));
  }
  if (const LiveRun* found = find_live(run)) take(found->lines(first));
  return lines;
}

Result<std::vector<Record>> ProjectStore::read_records(std::string_view run) {
  TRY(const Transaction snapshot, look());
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
  TRY(const Transaction snapshot, look());
  TRY(auto artifacts, x_index.artifacts(run));
  if (const LiveRun* found = find_live(run))
    artifacts.insert(artifacts.end(), found->artifacts().begin(), found->artifacts().end());
  return artifacts;
}

Result<void> ProjectStore::for_each_artifact(const Store::VisitArtifact& visit) {
  TRY(const Transaction snapshot, look());
  TRY_VOID(x_index.for_each_artifact(visit));
  for (const auto& [id, run] : x_live)
    for (const Value& artifact : run.artifacts()) visit(id, artifact);
  return {};
}

Result<std::optional<uint64_t>> ProjectStore::find_packed_journal(const JournalName& journal) {
  TRY(const Transaction snapshot, look());
  TRY(const auto names, x_index.packs(journal.run));
  for (const std::string& name : names) {
    TRY(PackReader * reader, pack(name));
    TRY(const PackDirectory directory, reader->directory());
    const auto found = directory.journals.find(print_journal_name(journal));
    if (found != directory.journals.end() && found->second.sealed) return found->second.offset;
  }
  return std::nullopt;
}

std::string ProjectStore::pack_path(const std::string& name) {
  const std::string own = x_place.packs + "/" + name;
  return x_place.is_shared() && !x_disk.exists(own) ? x_place.shared_packs + "/" + name : own;
}

// The reader of a pack, kept open among the most recent ones.
Result<PackReader*> ProjectStore::pack(const std::string& name) {
  if (const auto found = x_packs_by_name.find(name); found != x_packs_by_name.end()) {
    x_packs.splice(x_packs.begin(), x_packs, found->second);
    return x_packs.front().second.get();
  }
  TRY(auto reader, PackReader::open(x_disk, pack_path(name)));
  x_packs.emplace_front(name, std::move(reader));
  x_packs_by_name[name] = x_packs.begin();
  static const size_t most = open_packs_max();
  if (x_packs.size() > most) {
    x_packs_by_name.erase(x_packs.back().first);
    x_packs.pop_back();
  }
  return x_packs.front().second.get();
}

}  // namespace cairn::store
