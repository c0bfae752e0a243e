// How the tail of a living run grows.
#include "store/live_run.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "base/hash.h"
#include "base/limits.h"

namespace cairn::store {

using namespace model;

namespace {

constexpr size_t kCheckpointValues = 4 << 20;  // 32 MiB of a wide run
constexpr size_t kCheckpointLines = 100'000;

template <typename T>
void move_to_end(std::vector<T>& from, std::vector<T>& to) {
  if (to.empty())
    to = std::move(from);
  else
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void add_to_stats(StatsByKey& all, const TableRows& rows) {
  for (size_t k = 0; k < rows.keys.size(); ++k) {
    auto found = all.find(rows.keys[k]);
    if (found == all.end())
      found = all.emplace(rows.keys[k], SeriesInfo{rows.keys[k], rows.stream, {}}).first;
    SeriesStats& stats = found->second.stats;
    const std::vector<double>& values = rows.columns[k];
    for (size_t i = 0; i < values.size(); ++i) stats.add(rows.step[i], rows.time_ns[i], values[i]);
  }
}

}  // namespace

LiveRun::LiveRun(std::string project, std::string run, StoredRun base, StatsByKey stats)
    : x_base(std::move(base)),
      x_stats(std::move(stats)),
      x_info(x_base.info),
      x_first_steps(x_base.first_steps),
      x_rewound(x_base.rewound) {
  x_info.project = std::move(project);
  x_info.id = std::move(run);
  for (auto& [name, stored] : x_base.journals)
    x_journals[name] = {stored.offset, stored.offset, std::move(stored.writer),
                        std::move(stored.shapes)};
}

LiveRun::Journal& LiveRun::journal(const JournalName& name) {
  const auto [found, is_new] = x_journals.try_emplace(print_journal_name(name));
  if (is_new) found->second.writer.session = name.session;
  return found->second;
}

Result<void> LiveRun::apply(const JournalName& name, Batch batch) {
  Journal& j = journal(name);
  if (batch.from != j.offset)
    return fail(Code::kConflict, "expected events from offset {}, found {}", j.offset, batch.from);
  j.offset = batch.to;
  x_news = true;
  move_to_end(batch.shapes, j.shapes);
  for (const Event& fact : batch.facts)
    apply_fact(fact, name.session, j.writer, x_info, x_artifacts);
  if (batch.first_step) note_first_step(name.session, *batch.first_step);
  const std::string file = print_journal_name(name);
  for (TableRows& rows : batch.tables) {
    if (rows.step.empty()) continue;
    j.writer.last_ns = std::max(j.writer.last_ns, rows.time_ns.back());
    add_to_stats(x_stats, rows);
    append(file, name.session, std::move(rows));
  }
  if (!batch.lines.empty())
    j.writer.last_ns = std::max(j.writer.last_ns, batch.lines.back().time_ns);
  add_lines(std::move(batch.lines));
  move_to_end(batch.records, x_records);
  move_to_end(batch.artifacts, x_artifacts);
  if (batch.damaged_bytes > 0)
    j.writer.losses["damaged bytes"] += static_cast<int64_t>(batch.damaged_bytes);
  return {};
}

// A later session that starts at a step the run had already passed replaces what was there.
void LiveRun::note_first_step(int session, int64_t step) {
  const auto [found, is_new] = x_first_steps.try_emplace(session, step);
  found->second = std::min(found->second, step);
  if (session == 1) return;
  for (const auto& [key, info] : x_stats)
    if (info.stream == Stream::kHistory && info.stats.count > 0 &&
        info.stats.last_step >= found->second && is_new)
      x_rewound = true;
}

void LiveRun::append(const std::string& journal, int session, TableRows rows) {
  x_rows += rows.step.size();
  x_values += rows.step.size() * (rows.keys.size() + 2);
  uint64_t hash = xxh3_64(journal);
  for (const std::string& key : rows.keys) hash = xxh3_64(key, hash);
  std::vector<size_t>& same_hash = x_tables_by_keys[hash];
  for (const size_t index : same_hash) {
    Table& table = x_tables[index];
    if (table.journal != journal || table.rows.keys != rows.keys) continue;
    move_to_end(rows.step, table.rows.step);
    move_to_end(rows.time_ns, table.rows.time_ns);
    for (size_t k = 0; k < rows.keys.size(); ++k)
      move_to_end(rows.columns[k], table.rows.columns[k]);
    return;
  }
  same_hash.push_back(x_tables.size());
  x_tables.push_back({journal, session, std::move(rows)});
}

void LiveRun::add_lines(std::vector<ConsoleLine> lines) {
  for (ConsoleLine& line : lines) {
    std::optional<ConsoleLine>& partial = x_partial[line.stream & 1];
    if (line.partial) {
      partial = std::move(line);
      continue;
    }
    partial.reset();
    line.number = x_base.lines + x_lines.size();
    x_lines.push_back(std::move(line));
  }
}

uint64_t LiveRun::partial_count() const {
  return (x_partial[0] ? 1u : 0u) + (x_partial[1] ? 1u : 0u);
}

std::vector<ConsoleLine> LiveRun::lines() const {
  std::vector<ConsoleLine> lines = x_lines;
  for (const auto& partial : x_partial) {
    if (!partial) continue;
    lines.push_back(*partial);
    lines.back().number = x_base.lines + lines.size() - 1;
  }
  return lines;
}

void LiveRun::set_liveness(const JournalName& name, Liveness liveness) {
  Journal& j = journal(name);
  if (j.writer.liveness == liveness) return;
  j.writer.liveness = liveness;
  x_news = true;
  if (liveness != Liveness::kEnded) return;
  // What a dead writer left unfinished is all there will ever be of that line.
  for (auto& partial : x_partial) {
    if (!partial) continue;
    partial->partial = false;
    partial->number = x_base.lines + x_lines.size();
    x_lines.push_back(std::move(*partial));
    partial.reset();
  }
}

bool LiveRun::has_ended() const {
  return std::all_of(x_journals.begin(), x_journals.end(),
                     [](const auto& j) { return j.second.writer.has_ended(); });
}

bool LiveRun::is_large() const {
  return x_rows >= kCheckpointRows || x_values >= kCheckpointValues ||
         x_lines.size() >= kCheckpointLines;
}

bool LiveRun::has_news() const { return x_news; }

RunInfo LiveRun::view(const StatsByKey& stats) const {
  RunInfo info = x_info;
  std::map<std::string, WriterState> writers;
  for (const auto& [name, j] : x_journals) writers.emplace(name, j.writer);
  settle_state(writers, info);
  for (const auto& [key, series] : stats)
    if (series.stream == Stream::kHistory && series.stats.count > 0)
      info.last_step = std::max(info.last_step, series.stats.last_step);
  info.summary = summarise_run(x_info.summary, info.metrics, stats);
  return info;
}

void LiveRun::rebase(int segments) {
  for (auto& [name, j] : x_journals) j.stored = j.offset;
  x_base.lines += x_lines.size();
  x_base.segments = segments;
  x_tables.clear();
  x_tables_by_keys.clear();
  x_records.clear();
  x_artifacts.clear();
  x_lines.clear();
  x_rows = x_values = 0;
  x_news = false;
}

}  // namespace cairn::store
