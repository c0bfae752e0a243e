// How the tail of a living run grows.
#include "store/live_run.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "base/clock.h"
#include "base/hash.h"
#include "base/limits.h"
#include "store/pack.h"

namespace cairn::store {

using namespace model;

namespace {

constexpr size_t kTailBytes = 32 << 20;        // then it is written out
constexpr size_t kTailBytesMax = 1024u << 20;  // where it cannot be written out
constexpr size_t kRecordBytes = 256;           // a usual record in memory

template <typename T>
void move_to_end(std::vector<T>& from, std::vector<T>& to) {
  if (to.empty())
    to = std::move(from);
  else
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Keys that were not there before are added to `met`, if given.
void add_to_stats(StatsByKey& all, const TableRows& rows, std::vector<std::string>* met = nullptr) {
  for (size_t k = 0; k < rows.keys.size(); ++k) {
    auto found = all.find(rows.keys[k]);
    if (found == all.end()) {
      found = all.emplace(rows.keys[k], SeriesInfo{rows.keys[k], rows.stream, {}}).first;
      if (met) met->push_back(rows.keys[k]);
    }
    SeriesStats& stats = found->second.stats;
    const std::vector<double>& values = rows.columns[k];
    for (size_t i = 0; i < values.size(); ++i) stats.add(rows.step[i], rows.time_ns[i], values[i]);
  }
}

}  // namespace

LiveRun::LiveRun(std::string project, std::string run, StoredRun base, StatsByKey stats)
    : x_base(std::move(base)),
      x_stats(std::move(stats)),
      x_journals(std::move(x_base.journals)),
      x_info(x_base.info),
      x_steps(x_base.steps) {
  x_info.project = std::move(project);
  x_info.id = std::move(run);
}

StoredJournal& LiveRun::journal(const JournalName& name) {
  const auto [found, is_new] = x_journals.try_emplace(print_journal_name(name));
  if (is_new) found->second.writer.session = name.session;
  return found->second;
}

Result<void> LiveRun::apply(const JournalName& name, Batch batch) {
  StoredJournal& j = journal(name);
  if (batch.from != j.offset)
    return fail(Code::kConflict, "expected events from offset {}, found {}", j.offset, batch.from);
  j.offset = batch.to;
  j.writer.began = true;
  x_news = true;
  move_to_end(batch.shapes, j.shapes);
  for (const Event& fact : batch.facts)
    apply_fact(fact, name.session, j.writer, x_info, x_artifacts);
  // A fork may log what it likes; only the program itself goes back to a step.
  if (batch.first_step && !j.writer.first_step && !j.writer.secondary) {
    j.writer.first_step = batch.first_step;
    note_first_step(name.session, *batch.first_step);
  }
  const std::string file = print_journal_name(name);
  for (TableRows& rows : batch.tables) {
    if (rows.step.empty()) continue;
    j.writer.last_ns = std::max(j.writer.last_ns, rows.time_ns.back());
    take_stats(name.session, rows);
    append(file, name.session, std::move(rows));
  }
  for (ConsoleLine& line : batch.lines) {
    j.writer.last_ns = std::max(j.writer.last_ns, line.time_ns);
    add_line(j, std::move(line));
  }
  x_bytes += (batch.records.size() + batch.artifacts.size()) * kRecordBytes;
  move_to_end(batch.records, x_records);
  move_to_end(batch.artifacts, x_artifacts);
  if (batch.damaged_bytes > 0)
    j.writer.losses["damaged bytes"] += static_cast<int64_t>(batch.damaged_bytes);
  return {};
}

// A later session that starts at a step the run had already passed replaces what was there.
void LiveRun::note_first_step(int session, int64_t step) {
  std::optional<int64_t>& first = x_steps[session].first;
  if (first && *first <= step) return;
  first = step;
  x_seen.reset();
  const auto later = x_steps.find(session);
  if (std::any_of(x_steps.begin(), later, [&](const auto& s) { return s.second.last >= step; }))
    ++x_rewinds;
}

void LiveRun::take_stats(int session, const TableRows& rows) {
  const bool is_history = rows.stream == Stream::kHistory;
  if (x_seen) {
    if (!is_history || visible_below(x_steps, session) == std::numeric_limits<int64_t>::max())
      add_to_stats(*x_seen, rows);
    else
      x_seen.reset();
  }
  add_to_stats(x_stats, rows, &x_new_keys);
  if (!is_history) return;
  int64_t& last = x_steps[session].last;
  last = std::max(last, *std::max_element(rows.step.begin(), rows.step.end()));
}

const StatsByKey* LiveRun::seen() const {
  if (!is_rewound(x_steps)) return &x_stats;
  return x_seen ? &*x_seen : nullptr;
}

LiveRun::Table& LiveRun::table_for(const std::string& journal, int session, const TableRows& rows) {
  uint64_t hash = xxh3_64(journal, static_cast<uint64_t>(rows.stream));
  for (const std::string& key : rows.keys) hash = xxh3_64(key, hash);
  std::vector<size_t>& same_hash = x_tables_by_keys[hash];
  for (const size_t index : same_hash) {
    Table& table = x_tables[index];
    if (table.journal == journal && table.rows.stream == rows.stream &&
        table.rows.keys == rows.keys)
      return table;
  }
  same_hash.push_back(x_tables.size());
  for (size_t k = 0; k < rows.keys.size(); ++k)
    x_places[rows.keys[k]].emplace_back(x_tables.size(), k);
  TableRows empty{rows.keys, rows.stream, {}, {}, {}};
  empty.columns.resize(rows.keys.size());
  return x_tables.emplace_back(Table{journal, session, std::move(empty), {}});
}

void LiveRun::append(const std::string& journal, int session, TableRows rows) {
  x_rows += rows.step.size();
  x_bytes += rows.step.size() * (rows.keys.size() + 2) * sizeof(double);
  Table& table = table_for(journal, session, rows);
  move_to_end(rows.step, table.rows.step);
  move_to_end(rows.time_ns, table.rows.time_ns);
  for (size_t k = 0; k < rows.keys.size(); ++k) move_to_end(rows.columns[k], table.rows.columns[k]);
  extend_axis(table.axis, table.rows.step, table.rows.time_ns);
}

const LiveRun::Places& LiveRun::find(std::string_view key) const {
  static const Places kNone;
  const auto found = x_places.find(std::string(key));
  return found == x_places.end() ? kNone : found->second;
}

void LiveRun::add_line(StoredJournal& journal, ConsoleLine line) {
  line.stream &= 1;
  line.time_ns -= line.time_ns % kNsPerMillisecond;  // as packs keep it
  std::optional<ConsoleLine>& partial = journal.partial[line.stream];
  if (line.partial) {
    partial = std::move(line);
    return;
  }
  partial.reset();
  line.number = x_base.lines + x_lines.size();
  x_bytes += sizeof line + line.text.size();
  x_lines.push_back(std::move(line));
}

uint64_t LiveRun::line_count() const {
  uint64_t count = x_base.lines + x_lines.size();
  for (const auto& [name, j] : x_journals)
    for (const auto& partial : j.partial) count += partial ? 1u : 0u;
  return count;
}

std::vector<ConsoleLine> LiveRun::lines(uint64_t first) const {
  const uint64_t skipped =
      std::min<uint64_t>(first - std::min(first, x_base.lines), x_lines.size());
  std::vector<ConsoleLine> lines(x_lines.begin() + static_cast<ptrdiff_t>(skipped), x_lines.end());
  uint64_t number = x_base.lines + x_lines.size();
  for (const auto& [name, j] : x_journals)
    for (const auto& partial : j.partial) {
      if (!partial) continue;
      lines.push_back(*partial);
      lines.back().number = number++;
    }
  return lines;
}

void LiveRun::set_liveness(const JournalName& name, Liveness liveness) {
  StoredJournal& j = journal(name);
  if (j.writer.liveness == liveness) return;
  j.writer.liveness = liveness;
  x_news = true;
  if (liveness != Liveness::kEnded) return;
  // What a dead writer left unfinished is all there will ever be of that line.
  for (auto& partial : j.partial) {
    if (!partial) continue;
    ConsoleLine line = *partial;
    line.partial = false;
    add_line(j, std::move(line));
  }
}

bool LiveRun::is_known() const { return x_base.segments > 0 || has_tail(); }

bool LiveRun::has_tail() const {
  return std::any_of(x_journals.begin(), x_journals.end(),
                     [](const auto& j) { return j.second.offset > 0; });
}

bool LiveRun::has_ended() const {
  return std::all_of(x_journals.begin(), x_journals.end(),
                     [](const auto& j) { return j.second.writer.has_ended(); });
}

bool LiveRun::is_large() const { return x_rows >= kCheckpointRows || x_bytes >= kTailBytes; }
bool LiveRun::is_too_large() const { return x_bytes >= kTailBytesMax; }

RunInfo LiveRun::view(const StatsByKey& seen) const {
  RunInfo info = x_info;
  std::map<std::string, WriterState> writers;
  for (const auto& [name, j] : x_journals) writers.emplace(name, j.writer);
  settle_state(writers, info);
  info.last_step = -1;
  for (const auto& [key, series] : seen)
    if (series.stream == Stream::kHistory && series.stats.count > 0)
      info.last_step = std::max(info.last_step, series.stats.last_step);
  info.summary = summarise_run(x_info.summary, info.metrics, seen);
  return info;
}

void LiveRun::rebase(int segments) {
  x_base.lines += x_lines.size();
  x_base.segments = segments;
  x_tables.clear();
  x_tables_by_keys.clear();
  x_places.clear();
  x_new_keys.clear();
  x_records.clear();
  x_artifacts.clear();
  x_lines.clear();
  x_rows = x_bytes = 0;
  x_news = false;
}

}  // namespace cairn::store
