// The SQL of the index.
#include "store/index.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "base/bytes.h"
#include "store/stats_codec.h"
#include "wire/event_codec.h"

namespace cairn::store {

using model::RunInfo;
using model::Value;

namespace {

constexpr int64_t kIndexVersion = 3;

// Ids are the index's own; nothing outside refers to them.
constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS meta(k TEXT PRIMARY KEY, v INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run(id INTEGER PRIMARY KEY, uid TEXT UNIQUE NOT NULL, rev INTEGER NOT NULL,
  view BLOB NOT NULL, summary BLOB NOT NULL, meta BLOB NOT NULL, tail BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS run_rev ON run(rev);
CREATE TABLE IF NOT EXISTS identity(kind INTEGER, key BLOB, created_ns INTEGER, run INTEGER,
  PRIMARY KEY(kind, key, created_ns DESC, run DESC)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gone(uid TEXT PRIMARY KEY, rev INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS key(id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL,
  history INTEGER NOT NULL DEFAULT 0, system INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS pack(id INTEGER PRIMARY KEY, run INTEGER NOT NULL, name TEXT UNIQUE NOT NULL,
  texts BLOB NOT NULL, records BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS pack_run ON pack(run);
CREATE TABLE IF NOT EXISTS tab(id INTEGER PRIMARY KEY, run INTEGER NOT NULL, pack INTEGER NOT NULL,
  session INTEGER NOT NULL, axis BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS tab_run ON tab(run);
CREATE TABLE IF NOT EXISTS series(run INTEGER, key INTEGER, stream INTEGER NOT NULL, stats BLOB NOT NULL,
  pieces BLOB NOT NULL, PRIMARY KEY(run, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS artifact(run INTEGER NOT NULL, seq INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY(run, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal(name TEXT PRIMARY KEY, uid TEXT NOT NULL, sealed INTEGER NOT NULL,
  state BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS journal_uid ON journal(uid);
CREATE INDEX IF NOT EXISTS journal_sealed ON journal(name) WHERE sealed=1;
)";

// Version 1 did not count the runs of a key.
constexpr const char* kFromVersion1 = R"(
ALTER TABLE key ADD COLUMN history INTEGER NOT NULL DEFAULT 0;
ALTER TABLE key ADD COLUMN system INTEGER NOT NULL DEFAULT 0;
CREATE TEMP TABLE counted(key INTEGER, stream INTEGER, runs INTEGER NOT NULL, PRIMARY KEY(key, stream));
INSERT INTO counted SELECT key, stream, count(*) FROM series GROUP BY key, stream;
UPDATE key SET
  history=coalesce((SELECT runs FROM counted WHERE counted.key=key.id AND stream=0), 0),
  system=coalesce((SELECT runs FROM counted WHERE counted.key=key.id AND stream=1), 0);
DROP TABLE counted;
)";

std::string encode(const Value& value) {
  ByteWriter out;
  wire::encode_value(value, out);
  return out.take();
}

Error damaged(Error error) {
  return std::move(error).in("the index is damaged, `cairn doctor --rebuild` makes it again");
}

Result<Value> decode(std::string_view bytes) {
  ByteReader in(bytes);
  return wire::decode_value(in).map_error(damaged);
}

// What the tail of a living run stands on where it differs from what readers see: the explicit
// summary, the losses of writers that are forgotten, counts, steps of sessions.
std::string encode_tail(const StoredRun& run) {
  ByteWriter out;
  out.varint(run.lines);
  out.varint(static_cast<uint64_t>(run.segments));
  put_steps(out, run.steps);
  wire::encode_value(run.info.summary, out);
  wire::encode_value(run.info.losses, out);
  return out.take();
}

Result<void> decode_tail(std::string_view bytes, StoredRun& run) {
  ByteReader in(bytes);
  run.lines = in.varint();
  run.segments = static_cast<int>(in.varint());
  run.steps = get_steps(in);
  TRY(run.info.summary, wire::decode_value(in));
  TRY(run.info.losses, wire::decode_value(in));
  return {};
}

// A run's row without its summary and meta, which are large and lie in columns of their own.
// Of meta, what tables show and filters ask for stays.
std::string encode_view(RunInfo view) {
  view.summary = Value();
  const Value meta = std::exchange(view.meta, Value());
  const auto keep = [&](std::string_view part, std::initializer_list<std::string_view> members) {
    const Value* from = meta.find(part);
    if (!from) return;
    Value kept;
    for (const std::string_view member : members)
      if (const Value* value = from->find(member)) kept.set(member, *value);
    if (!kept.is_null()) view.meta.set(part, std::move(kept));
  };
  keep("host", {"hostname", "user"});
  keep("git", {"commit", "branch", "remote", "dirty"});
  return encode(print_run(view));
}

Result<RunInfo> decode_view(std::string_view view, std::string_view summary) {
  TRY(const Value value, decode(view));
  TRY(RunInfo info, parse_run(value));
  TRY(info.summary, decode(summary));
  return info;
}

}  // namespace

Result<Index> Index::open(const std::string& path) {
  Index index;
  TRY(index.x_database, Database::open(path));
  Database& db = index.x_database;
  if (db.is_read_only()) return fail(Code::kIo, "cannot write to the index ({})", path);
  TRY_VOID(
      db.execute("PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                 "PRAGMA mmap_size=0; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY"));
  TRY(const int64_t version, db.query_integer("PRAGMA user_version"));
  if (version > kIndexVersion)
    return fail(
        Code::kInvalid,
        "expected an index of version {} or older, found version {}: a newer Cairn wrote it, "
        "please update this one ({})",
        kIndexVersion, version, path);
  if (version == kIndexVersion) return index;
  TRY(Transaction transaction, Transaction::begin(db));
  TRY(const int64_t found, db.query_integer("PRAGMA user_version"));  // others may have been here
  if (found == 1) TRY_VOID(db.execute(kFromVersion1));
  TRY_VOID(db.execute(kSchema));
  if (found == 1 || found == 2) TRY_VOID(index.fill_identity());  // these had none
  TRY_VOID(db.execute("INSERT OR IGNORE INTO meta VALUES('rev', 0)"));
  TRY_VOID(db.execute("PRAGMA user_version=" + std::to_string(kIndexVersion)));
  TRY_VOID(transaction.commit());
  return index;
}

Result<Index::Query> Index::query(const char* sql) {
  auto found = x_statements.find(sql);
  if (found == x_statements.end()) {
    TRY(Statement prepared, x_database.prepare(sql));
    found = x_statements.emplace(sql, std::move(prepared)).first;
  }
  return Query(found->second);
}

Result<std::vector<std::string>> Index::names(const char* sql) {
  std::vector<std::string> names;
  TRY(const Query s, query(sql));
  while (true) {
    TRY(const bool more, s->step());
    if (!more) break;
    names.emplace_back(s->bytes(0));
  }
  return names;
}

Result<bool> Index::is_changed_by_others() {
  TRY(const Query s, query("PRAGMA data_version"));
  TRY(const bool row, s->step());
  const int64_t version = row ? s->integer(0) : 0;
  const bool changed = std::exchange(x_data_version, version) != version;
  if (changed) forget_ids();
  return changed;
}

Result<Index::News> Index::news_since(int64_t revision) {
  News news;
  TRY(const Query rev, query("SELECT v FROM meta WHERE k='rev'"));
  TRY(const bool row, rev->step());
  news.revision = row ? rev->integer(0) : 0;
  const auto collect = [&](const char* sql, std::vector<std::string>& into) -> Result<void> {
    TRY(const Query s, query(sql));
    s->bind(1, revision);
    while (true) {
      TRY(const bool more, s->step());
      if (!more) break;
      into.emplace_back(s->bytes(0));
    }
    return {};
  };
  TRY_VOID(collect("SELECT uid FROM run WHERE rev > ?", news.changed));
  TRY_VOID(collect("SELECT uid FROM gone WHERE rev > ?", news.gone));
  return news;
}

Result<int64_t> Index::run_id(std::string_view run) {
  TRY(const Query s, query("SELECT id FROM run WHERE uid=?"));
  s->bind_text(1, run);
  TRY(const bool row, s->step());
  const int64_t id = row ? s->integer(0) : 0;
  return id;
}

Result<std::optional<StoredRun>> Index::load_run(std::string_view uid) {
  StoredRun run;
  TRY(const Query j, query("SELECT name, state FROM journal WHERE uid=?"));
  j->bind_text(1, uid);
  while (true) {
    TRY(const bool more, j->step());
    if (!more) break;
    TRY(const Value value, decode(j->bytes(1)));
    TRY(StoredJournal journal, parse_journal(value));
    run.journals.emplace(j->bytes(0), std::move(journal));
  }
  TRY(const Query s, query("SELECT id, view, meta, tail FROM run WHERE uid=?"));
  s->bind_text(1, uid);
  TRY(const bool row, s->step());
  if (!row) return std::optional<StoredRun>();
  run.id = s->integer(0);
  TRY(const Value view, decode(s->bytes(1)));
  TRY(run.info, parse_run(view));
  TRY(run.info.meta, decode(s->bytes(2)));
  TRY_VOID(decode_tail(s->bytes(3), run));
  return std::optional(std::move(run));
}

Result<void> Index::for_each_run(const std::function<void(const RunInfo&)>& visit) {
  TRY(const Query s, query("SELECT view, summary FROM run ORDER BY id"));
  while (true) {
    TRY(const bool more, s->step());
    if (!more) break;
    TRY(const RunInfo info, decode_view(s->bytes(0), s->bytes(1)));
    visit(info);
  }
  return {};
}

Result<std::optional<RunInfo>> Index::find_run(std::string_view uid, bool with_meta) {
  TRY(const Query s, query("SELECT view, summary, meta FROM run WHERE uid=?"));
  s->bind_text(1, uid);
  TRY(const bool row, s->step());
  if (!row) return std::optional<RunInfo>();
  TRY(RunInfo info, decode_view(s->bytes(0), s->bytes(1)));
  if (with_meta) {
    TRY(info.meta, decode(s->bytes(2)));
  }
  return std::optional(std::move(info));
}

Result<bool> Index::has_runs() {
  TRY(const Query s, query("SELECT 1 FROM run LIMIT 1"));
  return s->step();
}

Result<StatsByKey> Index::load_stats(int64_t run) {
  StatsByKey stats;
  TRY(const Query s, query("SELECT key.name, series.stream, series.stats FROM series "
                           "JOIN key ON key.id=series.key WHERE series.run=?"));
  s->bind(1, run);
  while (true) {
    TRY(const bool more, s->step());
    if (!more) break;
    ByteReader in(s->bytes(2));
    model::SeriesInfo info{std::string(s->bytes(0)), static_cast<model::Stream>(s->integer(1) & 1),
                           get_stats(in)};
    stats.emplace(info.key, std::move(info));
  }
  return stats;
}

Result<void> Index::for_each_meta(const Store::VisitMeta& visit) {
  TRY(const Query s, query("SELECT uid, meta FROM run ORDER BY id"));
  while (true) {
    TRY(const bool more, s->step());
    if (!more) return {};
    TRY(const Value meta, decode(s->bytes(1)));
    visit(s->bytes(0), meta);
  }
}

Result<void> Index::find_by_identity(const IdentityKey& key, const VisitRun& visit) {
  TRY(const Query s, query("SELECT run.uid, identity.created_ns FROM identity "
                           "CROSS JOIN run ON run.id=identity.run WHERE kind=? AND key=? "
                           "ORDER BY identity.created_ns DESC, identity.run DESC"));
  s->bind(1, static_cast<int64_t>(key.kind)).bind_blob(2, key.key);
  while (true) {
    TRY(const bool more, s->step());
    if (!more || !visit(s->bytes(0), s->integer(1))) return {};
  }
}

Result<std::optional<model::SeriesStats>> Index::find_stats(std::string_view run,
                                                            std::string_view key) {
  TRY(const int64_t id, run_id(run));
  TRY(const int64_t key_number, find_key(key));
  TRY(const Query s, query("SELECT stats FROM series WHERE run=? AND key=?"));
  s->bind(1, id).bind(2, key_number);
  TRY(const bool row, s->step());
  if (!row) return std::nullopt;
  ByteReader in(s->bytes(0));
  return get_stats(in);
}

// In order of run, as the rows of `series` lie. The names come from the index of names, because
// rows of `run` are large.
Result<void> Index::for_each_stats(std::string_view key, const Store::VisitStats& visit) {
  TRY(const int64_t key_number, find_key(key));
  if (key_number == 0) return {};
  std::vector<std::pair<int64_t, std::string>> runs;
  {
    TRY(const Query s, query("SELECT id, uid FROM run INDEXED BY sqlite_autoindex_run_1"));
    while (true) {
      TRY(const bool more, s->step());
      if (!more) break;
      runs.emplace_back(s->integer(0), s->bytes(1));
    }
  }
  std::sort(runs.begin(), runs.end());
  TRY(const Query s, query("SELECT stats FROM series WHERE run=? AND key=?"));
  for (const auto& [id, uid] : runs) {
    s->bind(1, id).bind(2, key_number);
    TRY(const bool row, s->step());
    if (row) {
      ByteReader in(s->bytes(0));
      visit(uid, get_stats(in));
    }
    s->reset();
  }
  return {};
}

Result<std::set<std::string>> Index::resumed_runs() {
  TRY(auto runs, names("SELECT DISTINCT run.uid FROM tab JOIN run ON run.id=tab.run "
                       "WHERE tab.session > 1"));
  return std::set<std::string>(std::make_move_iterator(runs.begin()),
                               std::make_move_iterator(runs.end()));
}

Result<std::vector<Store::KeyCount>> Index::count_keys() {
  std::vector<Store::KeyCount> keys;
  TRY(const Query s, query("SELECT name, history, system FROM key ORDER BY name"));
  while (true) {
    TRY(const bool more, s->step());
    if (!more) return keys;
    const std::string name(s->bytes(0));
    for (const model::Stream stream : {model::Stream::kHistory, model::Stream::kSystem})
      if (const int64_t runs = s->integer(stream == model::Stream::kHistory ? 1 : 2); runs > 0)
        keys.push_back({name, stream, static_cast<uint64_t>(runs)});
  }
}

Result<std::vector<StoredColumn>> Index::find_series(int64_t run, std::string_view key) {
  std::vector<StoredColumn> columns;
  TRY(const int64_t key_number, find_key(key));
  if (key_number == 0 || run == 0) return columns;
  TRY(const Query s, query("SELECT pieces, stream FROM series WHERE run=? AND key=?"));
  s->bind(1, run).bind(2, key_number);
  TRY(const bool row, s->step());
  if (!row) return columns;
  const auto stream = static_cast<model::Stream>(s->integer(1) & 1);
  for (ByteReader in(s->bytes(0)); !in.at_end();) {
    const auto table_id = static_cast<int64_t>(in.varint());
    TRY(StoredColumn column, table(table_id));
    column.stream = stream;
    column.values = get_ref(in);
    column.groups = get_ref(in);
    column.axis.has_groups = column.groups.bytes > 0;
    if (!in.ok())
      return tl::unexpected(damaged(Error(Code::kCorrupt, "expected pieces of a series")));
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<StoredColumn> Index::table(int64_t id) {
  if (const auto found = x_tables.find(id); found != x_tables.end()) return found->second;
  TRY(const Query t, query("SELECT pack.name, tab.session, tab.axis FROM tab "
                           "JOIN pack ON pack.id=tab.pack WHERE tab.id=?"));
  t->bind(1, id);
  TRY(const bool row, t->step());
  if (!row)
    return tl::unexpected(
        damaged(Error(Code::kCorrupt, fmt::format("expected table {}, found none", id))));
  StoredColumn column;
  column.pack = t->bytes(0);
  ByteReader axis(t->bytes(2));
  column.axis = get_axis_facts(axis);
  column.axis.session = static_cast<int>(t->integer(1));
  column.axis_frame = get_ref(axis);
  column.axis.axis = static_cast<uint64_t>(id);
  // What this transaction has written may yet be rolled back, and the id be given again.
  if (!x_database.is_writing()) x_tables.emplace(id, column);
  return column;
}

Result<StepsBySession> Index::steps(std::string_view uid) {
  TRY(const Query s, query("SELECT tail FROM run WHERE uid=?"));
  s->bind_text(1, uid);
  TRY(const bool row, s->step());
  if (!row) return StepsBySession();
  ByteReader tail(s->bytes(0));  // as encode_tail() writes it, as far as it is needed
  tail.varint();
  tail.varint();
  return get_steps(tail);
}

Result<std::vector<StoredText>> Index::texts(std::string_view run) {
  std::vector<StoredText> texts;
  TRY(const Query s, query("SELECT pack.name, pack.texts FROM pack JOIN run ON run.id=pack.run "
                           "WHERE run.uid=? ORDER BY pack.id"));
  s->bind_text(1, run);
  while (true) {
    TRY(const bool more, s->step());
    if (!more) break;
    for (ByteReader in(s->bytes(1)); !in.at_end() && in.ok();) {
      PackText text;
      text.first_line = in.varint();
      text.lines = in.varint();
      text.frame = get_ref(in);
      texts.push_back({std::string(s->bytes(0)), text});
    }
  }
  return texts;
}

Result<std::vector<std::pair<std::string, FrameRef>>> Index::records(std::string_view run) {
  std::vector<std::pair<std::string, FrameRef>> records;
  TRY(const Query s, query("SELECT pack.name, pack.records FROM pack JOIN run ON "
                           "run.id=pack.run WHERE run.uid=? ORDER BY pack.id"));
  s->bind_text(1, run);
  while (true) {
    TRY(const bool more, s->step());
    if (!more) break;
    for (ByteReader in(s->bytes(1)); !in.at_end() && in.ok();)
      records.emplace_back(s->bytes(0), get_ref(in));
  }
  return records;
}

Result<std::vector<Value>> Index::artifacts(std::string_view run) {
  std::vector<Value> artifacts;
  TRY(const Query s, query("SELECT data FROM artifact JOIN run ON run.id=artifact.run WHERE "
                           "run.uid=? ORDER BY seq"));
  s->bind_text(1, run);
  while (true) {
    TRY(const bool more, s->step());
    if (!more) break;
    TRY(Value artifact, decode(s->bytes(0)));
    artifacts.push_back(std::move(artifact));
  }
  return artifacts;
}

Result<void> Index::for_each_artifact(
    const std::function<void(std::string_view run, const Value& artifact)>& visit) {
  TRY(const Query s, query("SELECT run.uid, data FROM artifact JOIN run ON run.id=artifact.run "
                           "ORDER BY artifact.run, seq"));
  while (true) {
    TRY(const bool more, s->step());
    if (!more) return {};
    TRY(const Value artifact, decode(s->bytes(1)));
    visit(s->bytes(0), artifact);
  }
}

Result<std::vector<std::string>> Index::packs(std::string_view run) {
  std::vector<std::string> packs;
  TRY(const Query s, query("SELECT name FROM pack JOIN run ON run.id=pack.run WHERE run.uid=?"));
  s->bind_text(1, run);
  while (true) {
    TRY(const bool more, s->step());
    if (!more) break;
    packs.emplace_back(s->bytes(0));
  }
  return packs;
}

Result<std::vector<std::string>> Index::all_packs() { return names("SELECT name FROM pack"); }
Result<std::vector<std::string>> Index::all_runs() { return names("SELECT uid FROM run"); }

Result<std::set<std::string>> Index::sealed_journals() {
  TRY(auto sealed, names("SELECT name FROM journal WHERE sealed=1"));
  return std::set<std::string>(std::make_move_iterator(sealed.begin()),
                               std::make_move_iterator(sealed.end()));
}

Result<int64_t> Index::next_revision() {
  TRY_VOID(x_database.execute("UPDATE meta SET v=v+1 WHERE k='rev'"));
  return x_database.query_integer("SELECT v FROM meta WHERE k='rev'");
}

void Index::forget_ids() {
  x_tables.clear();
  x_keys.clear();
}

Result<int64_t> Index::find_key(std::string_view key) {
  if (const auto found = x_keys.find(key); found != x_keys.end()) return found->second;
  TRY(const Query s, query("SELECT id FROM key WHERE name=?"));
  s->bind_text(1, key);
  TRY(const bool row, s->step());
  const int64_t id = row ? s->integer(0) : 0;
  // As with tables: what is being written may be rolled back.
  if (id != 0 && !x_database.is_writing()) x_keys.emplace(key, id);
  return id;
}

Result<int64_t> Index::get_key(std::string_view key) {
  TRY(const int64_t known, find_key(key));
  if (known != 0) return known;
  TRY(const Query add, query("INSERT INTO key(name) VALUES(?)"));
  add->bind_text(1, key);
  TRY_VOID(add->run());
  return x_database.last_row_id();
}

Result<void> Index::count_run(int64_t key, model::Stream stream, int more) {
  TRY(const Query s,
      query(stream == model::Stream::kHistory ? "UPDATE key SET history=history+? WHERE id=?"
                                              : "UPDATE key SET system=system+? WHERE id=?"));
  s->bind(1, more).bind(2, key);
  return s->run();
}

Result<void> Index::add_pack(const std::string& pack_name, const PackDirectory& d,
                             int64_t revision) {
  const auto name = model::parse_pack_name(pack_name);
  if (!name || name->run != d.run.id)
    return fail(Code::kCorrupt, "expected a pack of run '{}', found ({})", d.run.id, pack_name);
  TRY(const int64_t id, put_run(d, name->segment, revision));
  TRY(const int64_t pack, add_pack_row(id, pack_name, d));
  TRY_VOID(add_tables(id, pack, d.tables));
  TRY(const Query artifact,
      query("INSERT INTO artifact SELECT ?1, coalesce(max(seq)+1, 0), ?2 FROM artifact "
            "WHERE run=?1"));
  for (const Value& value : d.artifacts) {
    artifact->bind(1, id).bind_blob(2, encode(value));
    TRY_VOID(artifact->run());
  }
  return {};
}

Result<int64_t> Index::put_run(const PackDirectory& d, int segment, int64_t revision) {
  const std::string& uid = d.run.id;
  TRY(auto before, load_run(uid));
  const bool is_found_by_same = before && before->info.created_ns == d.run.created_ns &&
                                identity_keys(before->info) == identity_keys(d.run);
  if (before && !is_found_by_same) TRY_VOID(remove_identity(*before));
  StoredRun tail = before ? std::move(*before) : StoredRun{};
  tail.segments = std::max(tail.segments, segment);
  for (const PackText& text : d.texts)
    tail.lines = std::max(tail.lines, text.first_line + text.lines);
  tail.steps = d.steps;
  tail.info.summary = d.run.summary;
  tail.info.losses = d.run.losses;
  TRY(const Query run, query("INSERT INTO run(uid, rev, view, summary, meta, tail) "
                             "VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(uid) DO UPDATE SET "
                             "rev=?2, view=?3, summary=?4, meta=?5, tail=?6"));
  run->bind_text(1, uid).bind(2, revision).bind_blob(3, encode_view(d.run));
  run->bind_blob(4, encode(d.run.summary)).bind_blob(5, encode(d.run.meta));
  run->bind_blob(6, encode_tail(tail));
  TRY_VOID(run->run());
  // The id of a removed run may be used again.
  TRY(const Query back, query("DELETE FROM gone WHERE uid=?"));
  back->bind_text(1, uid);
  TRY_VOID(back->run());
  TRY(const int64_t id, run_id(uid));
  if (!is_found_by_same) TRY_VOID(add_identity(id, d.run));
  return id;
}

Result<void> Index::add_identity(int64_t id, const RunInfo& run) {
  TRY(const Query s, query("INSERT OR IGNORE INTO identity VALUES(?,?,?,?)"));
  for (const IdentityKey& key : identity_keys(run)) {
    s->bind(1, static_cast<int64_t>(key.kind)).bind_blob(2, key.key);
    s->bind(3, run.created_ns).bind(4, id);
    TRY_VOID(s->run());
  }
  return {};
}

Result<void> Index::remove_identity(const StoredRun& run) {
  TRY(const Query s,
      query("DELETE FROM identity WHERE kind=? AND key=? AND created_ns=? AND run=?"));
  for (const IdentityKey& key : identity_keys(run.info)) {
    s->bind(1, static_cast<int64_t>(key.kind)).bind_blob(2, key.key);
    s->bind(3, run.info.created_ns).bind(4, run.id);
    TRY_VOID(s->run());
  }
  return {};
}

// For runs that an older Cairn put here.
Result<void> Index::fill_identity() {
  TRY(const Query s, query("SELECT id, view, meta FROM run"));
  while (true) {
    TRY(const bool more, s->step());
    if (!more) return {};
    TRY(const Value view, decode(s->bytes(1)));
    TRY(RunInfo run, parse_run(view));
    TRY(run.meta, decode(s->bytes(2)));
    TRY_VOID(add_identity(s->integer(0), run));
  }
}

Result<int64_t> Index::add_pack_row(int64_t run, const std::string& name, const PackDirectory& d) {
  ByteWriter texts, records;
  for (const PackText& text : d.texts) {
    texts.varint(text.first_line);
    texts.varint(text.lines);
    put_ref(texts, text.frame);
  }
  for (const FrameRef& ref : d.records) put_ref(records, ref);
  TRY(const Query pack, query("INSERT INTO pack(run, name, texts, records) VALUES(?,?,?,?)"));
  pack->bind(1, run).bind_text(2, name).bind_blob(3, texts.view()).bind_blob(4, records.view());
  TRY_VOID(pack->run());
  return x_database.last_row_id();
}

// A key may be in thousands of tables: its row is changed once.
Result<void> Index::add_tables(int64_t run, int64_t pack, const std::vector<PackTable>& tables) {
  std::unordered_map<std::string_view, Addition> additions;
  TRY(const Query put, query("INSERT INTO tab(run, pack, session, axis) VALUES(?,?,?,?)"));
  for (const PackTable& table : tables) {
    ByteWriter axis;
    put_axis_facts(axis, table.axis);
    put_ref(axis, table.axis_frame);
    put->bind(1, run).bind(2, pack).bind(3, table.session).bind_blob(4, axis.view());
    TRY_VOID(put->run());
    const int64_t table_id = x_database.last_row_id();
    for (const PackTable::Column& column : table.columns) {
      Addition& addition = additions[column.key];
      addition.stream = table.stream;
      addition.stats.merge(column.stats);
      ByteWriter piece;
      piece.varint(static_cast<uint64_t>(table_id));
      put_ref(piece, column.values);
      put_ref(piece, column.groups);
      addition.pieces += piece.view();
    }
  }
  for (const auto& [key, addition] : additions) TRY_VOID(add_to_series(run, key, addition));
  return {};
}

Result<void> Index::add_to_series(int64_t run, std::string_view name, const Addition& addition) {
  TRY(const int64_t key, get_key(name));
  model::SeriesStats stats;
  std::string pieces;
  std::optional<model::Stream> counted;
  {
    TRY(const Query old, query("SELECT stats, pieces, stream FROM series WHERE run=? AND key=?"));
    old->bind(1, run).bind(2, key);
    TRY(const bool known, old->step());
    if (known) {
      ByteReader in(old->bytes(0));
      stats = get_stats(in);
      pieces = old->bytes(1);
      counted = static_cast<model::Stream>(old->integer(2) & 1);
    }
  }
  if (counted != addition.stream) {
    if (counted) TRY_VOID(count_run(key, *counted, -1));
    TRY_VOID(count_run(key, addition.stream, 1));
  }
  stats.merge(addition.stats);
  pieces += addition.pieces;
  ByteWriter encoded;
  put_stats(encoded, stats);
  TRY(const Query put, query("INSERT OR REPLACE INTO series VALUES(?,?,?,?,?)"));
  put->bind(1, run).bind(2, key).bind(3, static_cast<int64_t>(addition.stream));
  put->bind_blob(4, encoded.view()).bind_blob(5, pieces);
  return put->run();
}

Result<void> Index::save_view(const RunInfo& view) {
  TRY(const Query s, query("UPDATE run SET view=?, summary=? WHERE uid=?"));
  s->bind_blob(1, encode_view(view)).bind_blob(2, encode(view.summary)).bind_text(3, view.id);
  return s->run();
}

Result<void> Index::save_journal(const std::string& name, std::string_view run,
                                 const StoredJournal& journal) {
  TRY(const Query s, query("INSERT OR REPLACE INTO journal VALUES(?,?,?,?)"));
  s->bind_text(1, name).bind_text(2, run).bind(3, journal.sealed ? 1 : 0);
  s->bind_blob(4, encode(print_journal(journal)));
  return s->run();
}

Result<void> Index::forget_journal(const std::string& name) {
  TRY(const Query s, query("DELETE FROM journal WHERE name=?"));
  s->bind_text(1, name);
  return s->run();
}

Result<void> Index::remove_run(std::string_view run, int64_t revision) {
  forget_ids();
  TRY(const auto stored, load_run(run));
  if (stored) TRY_VOID(remove_identity(*stored));
  const int64_t id = stored ? stored->id : 0;
  for (const char* sql : {"UPDATE key SET history=history-1 WHERE id IN "
                          "(SELECT key FROM series WHERE run=? AND stream=0)",
                          "UPDATE key SET system=system-1 WHERE id IN "
                          "(SELECT key FROM series WHERE run=? AND stream=1)",
                          "DELETE FROM series WHERE run=?", "DELETE FROM tab WHERE run=?",
                          "DELETE FROM pack WHERE run=?", "DELETE FROM artifact WHERE run=?",
                          "DELETE FROM run WHERE id=?"}) {
    TRY(const Query s, query(sql));
    s->bind(1, id);
    TRY_VOID(s->run());
  }
  TRY(const Query journals, query("DELETE FROM journal WHERE uid=?"));
  journals->bind_text(1, run);
  TRY_VOID(journals->run());
  TRY(const Query gone, query("INSERT OR REPLACE INTO gone VALUES(?,?)"));
  gone->bind_text(1, run).bind(2, revision);
  return gone->run();
}

Result<void> Index::clear(int64_t revision) {
  forget_ids();
  TRY(const Query gone, query("INSERT OR REPLACE INTO gone SELECT uid, ? FROM run"));
  gone->bind(1, revision);
  TRY_VOID(gone->run());
  return x_database.execute(
      "DELETE FROM series; DELETE FROM tab; DELETE FROM pack; DELETE FROM artifact; "
      "DELETE FROM identity; DELETE FROM run; DELETE FROM journal; DELETE FROM key");
}

}  // namespace cairn::store
