// The SQL of the index.
#include "store/index.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "store/stats_codec.h"
#include "wire/event_codec.h"

namespace cairn::store {

using model::RunInfo;
using model::Value;

namespace {

constexpr int64_t kIndexVersion = 1;

// Ids are the index's own; nothing outside refers to them.
constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS meta(k TEXT PRIMARY KEY, v INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run(id INTEGER PRIMARY KEY, uid TEXT UNIQUE NOT NULL, rev INTEGER NOT NULL,
  view BLOB NOT NULL, summary BLOB NOT NULL, meta BLOB NOT NULL, tail BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS run_rev ON run(rev);
CREATE TABLE IF NOT EXISTS gone(uid TEXT PRIMARY KEY, rev INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS key(id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
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
CREATE TABLE IF NOT EXISTS journal(name TEXT PRIMARY KEY, uid TEXT NOT NULL, off INTEGER NOT NULL,
  sealed INTEGER NOT NULL, writer BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS journal_uid ON journal(uid);
)";

std::string encode(const Value& value) {
  ByteWriter out;
  wire::encode_value(value, out);
  return out.take();
}

Result<Value> decode(std::string_view bytes) {
  ByteReader in(bytes);
  return wire::decode_value(in);
}

void put_ref(ByteWriter& out, const FrameRef& ref) {
  out.varint(ref.offset);
  out.varint(ref.bytes);
}
FrameRef get_ref(ByteReader& in) {
  FrameRef ref;
  ref.offset = in.varint();
  ref.bytes = in.varint();
  return ref;
}

std::string encode_writer(const WriterState& w, const std::vector<model::ShapeDefined>& shapes) {
  Value v;
  v.set("session", w.session);
  v.set("secondary", w.secondary);
  v.set("began", w.began);
  v.set("liveness", static_cast<int64_t>(w.liveness));
  if (w.exit_code) v.set("exit_code", static_cast<int64_t>(*w.exit_code));
  v.set("reason", w.reason);
  v.set("first_ns", w.first_ns);
  v.set("last_ns", w.last_ns);
  Value losses{model::Object{}};
  for (const auto& [what, count] : w.losses) losses.set(what, count);
  v.set("losses", std::move(losses));
  model::List list;
  for (const model::ShapeDefined& shape : shapes) list.emplace_back(wire::encode_event(shape));
  v.set("shapes", std::move(list));
  return encode(v);
}

Result<WriterState> decode_writer(std::string_view bytes,
                                  std::vector<model::ShapeDefined>& shapes) {
  TRY(const Value v, decode(bytes));
  const auto integer = [&](std::string_view key) {
    const Value* member = v.find(key);
    return member ? member->int_or(0) : 0;
  };
  WriterState w;
  w.session = static_cast<int>(integer("session"));
  w.secondary = integer("secondary") != 0;
  w.began = integer("began") != 0;
  w.liveness = static_cast<model::Liveness>(integer("liveness") % 3);
  if (v.find("exit_code")) w.exit_code = static_cast<int32_t>(integer("exit_code"));
  if (const Value* reason = v.find("reason")) w.reason = reason->string_or("");
  w.first_ns = integer("first_ns");
  w.last_ns = integer("last_ns");
  if (const Value* losses = v.find("losses"))
    for_each_leaf(*losses, [&](const std::string& what, const Value& count) {
      if (!what.empty()) w.losses[what] = count.int_or(0);
    });
  if (const Value* list = v.find("shapes"); list && list->as_list())
    for (const Value& shape : *list->as_list()) {
      TRY(auto event, wire::decode_event(static_cast<uint16_t>(wire::FrameKind::kShapeDefined),
                                         shape.string_or("")));
      shapes.push_back(std::get<model::ShapeDefined>(std::move(event)));
    }
  return w;
}

// What the tail of a living run stands on where it differs from what readers see: the explicit
// summary, the losses of writers that are forgotten, counts, first steps.
std::string encode_tail(const StoredRun& run) {
  ByteWriter out;
  out.u8(run.rewound ? 1 : 0);
  out.varint(run.lines);
  out.varint(static_cast<uint64_t>(run.segments));
  out.varint(run.first_steps.size());
  for (const auto& [session, step] : run.first_steps) {
    out.varint(static_cast<uint64_t>(session));
    out.svarint(step);
  }
  wire::encode_value(run.info.summary, out);
  wire::encode_value(run.info.losses, out);
  return out.take();
}

Result<void> decode_tail(std::string_view bytes, StoredRun& run) {
  ByteReader in(bytes);
  run.rewound = in.u8() != 0;
  run.lines = in.varint();
  run.segments = static_cast<int>(in.varint());
  const uint64_t n = in.varint();
  for (uint64_t i = 0; i < n && in.ok(); ++i) {
    const int session = static_cast<int>(in.varint());
    run.first_steps[session] = in.svarint();
  }
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
  if (version < kIndexVersion) {
    TRY(Transaction transaction, Transaction::begin(db));
    TRY_VOID(db.execute(kSchema));
    TRY_VOID(db.execute("INSERT OR IGNORE INTO meta VALUES('rev', 0)"));
    TRY_VOID(db.execute("PRAGMA user_version=" + std::to_string(kIndexVersion)));
    TRY_VOID(transaction.commit());
  }
  return index;
}

Result<Statement*> Index::statement(const char* sql) {
  auto found = x_statements.find(sql);
  if (found == x_statements.end()) {
    TRY(Statement prepared, x_database.prepare(sql));
    found = x_statements.emplace(sql, std::move(prepared)).first;
  }
  found->second.reset();
  return &found->second;
}

Result<bool> Index::is_changed_by_others() {
  TRY(Statement * s, statement("PRAGMA data_version"));
  TRY(const bool row, s->step());
  const int64_t version = row ? s->integer(0) : 0;
  s->reset();
  return std::exchange(x_data_version, version) != version;
}

Result<Index::News> Index::news_since(int64_t revision) {
  News news;
  TRY(Statement * rev, statement("SELECT v FROM meta WHERE k='rev'"));
  TRY(const bool row, rev->step());
  news.revision = row ? rev->integer(0) : 0;
  rev->reset();
  const auto collect = [&](const char* sql, std::vector<std::string>& into) -> Result<void> {
    TRY(Statement * s, statement(sql));
    s->bind(1, revision);
    while (true) {
      TRY(const bool more, s->step());
      if (!more) break;
      into.emplace_back(s->bytes(0));
    }
    s->reset();
    return {};
  };
  TRY_VOID(collect("SELECT uid FROM run WHERE rev > ?", news.changed));
  TRY_VOID(collect("SELECT uid FROM gone WHERE rev > ?", news.gone));
  return news;
}

Result<int64_t> Index::run_id(std::string_view run) {
  TRY(Statement * s, statement("SELECT id FROM run WHERE uid=?"));
  s->bind_text(1, run);
  TRY(const bool row, s->step());
  const int64_t id = row ? s->integer(0) : 0;
  s->reset();
  return id;
}

Result<std::optional<StoredRun>> Index::load_run(std::string_view uid) {
  StoredRun run;
  TRY(Statement * j, statement("SELECT name, off, sealed, writer FROM journal WHERE uid=?"));
  j->bind_text(1, uid);
  while (true) {
    TRY(const bool more, j->step());
    if (!more) break;
    StoredJournal journal{static_cast<uint64_t>(j->integer(1)), j->integer(2) != 0, {}, {}};
    TRY(journal.writer, decode_writer(j->bytes(3), journal.shapes));
    run.journals.emplace(j->bytes(0), std::move(journal));
  }
  j->reset();
  TRY(Statement * s, statement("SELECT id, view, meta, tail FROM run WHERE uid=?"));
  s->bind_text(1, uid);
  TRY(const bool row, s->step());
  if (!row) return std::optional<StoredRun>();
  run.id = s->integer(0);
  TRY(const Value view, decode(s->bytes(1)));
  TRY(run.info, parse_run(view));
  TRY(run.info.meta, decode(s->bytes(2)));
  TRY_VOID(decode_tail(s->bytes(3), run));
  s->reset();
  return std::optional(std::move(run));
}

Result<void> Index::for_each_run(const std::function<void(const RunInfo&)>& visit) {
  TRY(Statement * s, statement("SELECT view, summary FROM run ORDER BY id"));
  while (true) {
    TRY(const bool more, s->step());
    if (!more) break;
    TRY(const RunInfo info, decode_view(s->bytes(0), s->bytes(1)));
    visit(info);
  }
  s->reset();
  return {};
}

Result<std::optional<RunInfo>> Index::find_run(std::string_view uid, bool with_meta) {
  TRY(Statement * s, statement("SELECT view, summary, meta FROM run WHERE uid=?"));
  s->bind_text(1, uid);
  TRY(const bool row, s->step());
  if (!row) return std::optional<RunInfo>();
  TRY(RunInfo info, decode_view(s->bytes(0), s->bytes(1)));
  if (with_meta) {
    TRY(info.meta, decode(s->bytes(2)));
  }
  s->reset();
  return std::optional(std::move(info));
}

Result<StatsByKey> Index::load_stats(int64_t run) {
  StatsByKey stats;
  TRY(Statement * s, statement("SELECT key.name, series.stream, series.stats FROM series "
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
  s->reset();
  return stats;
}

Result<std::vector<StoredColumn>> Index::find_series(std::string_view run, std::string_view key) {
  std::vector<StoredColumn> columns;
  TRY(const int64_t key_number, key_id(key, false));
  TRY(const int64_t id, run_id(run));
  if (key_number == 0 || id == 0) return columns;
  TRY(Statement * s, statement("SELECT pieces, stream FROM series WHERE run=? AND key=?"));
  s->bind(1, id).bind(2, key_number);
  TRY(const bool row, s->step());
  if (!row) return columns;
  const std::string pieces(s->bytes(0));
  const auto stream = static_cast<model::Stream>(s->integer(1) & 1);
  s->reset();
  TRY(Statement * t, statement("SELECT pack.name, tab.session, tab.axis FROM tab "
                               "JOIN pack ON pack.id=tab.pack WHERE tab.id=?"));
  for (ByteReader in(pieces); !in.at_end();) {
    const auto table = static_cast<int64_t>(in.varint());
    StoredColumn column;
    column.stream = stream;
    column.values = get_ref(in);
    column.groups = get_ref(in);
    if (!in.ok()) return fail(Code::kCorrupt, "expected pieces of a series in the index");
    t->reset();
    t->bind(1, table);
    TRY(const bool found, t->step());
    if (!found) return fail(Code::kCorrupt, "expected table {} in the index, found none", table);
    column.pack = t->bytes(0);
    ByteReader axis(t->bytes(2));
    column.axis = get_axis_facts(axis);
    column.axis.session = static_cast<int>(t->integer(1));
    column.axis.has_groups = column.groups.bytes > 0;
    column.axis_frame = get_ref(axis);
    columns.push_back(std::move(column));
  }
  t->reset();
  return columns;
}

Result<std::map<int, int64_t>> Index::first_steps(std::string_view uid) {
  TRY(Statement * s, statement("SELECT tail FROM run WHERE uid=?"));
  s->bind_text(1, uid);
  TRY(const bool row, s->step());
  StoredRun run;
  if (row) TRY_VOID(decode_tail(s->bytes(0), run));
  s->reset();
  return run.first_steps;
}

Result<std::vector<StoredText>> Index::texts(std::string_view run) {
  std::vector<StoredText> texts;
  TRY(Statement * s, statement("SELECT pack.name, pack.texts FROM pack JOIN run ON run.id=pack.run "
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
  s->reset();
  return texts;
}

Result<std::vector<std::pair<std::string, FrameRef>>> Index::records(std::string_view run) {
  std::vector<std::pair<std::string, FrameRef>> records;
  TRY(Statement * s, statement("SELECT pack.name, pack.records FROM pack JOIN run ON "
                               "run.id=pack.run WHERE run.uid=? ORDER BY pack.id"));
  s->bind_text(1, run);
  while (true) {
    TRY(const bool more, s->step());
    if (!more) break;
    for (ByteReader in(s->bytes(1)); !in.at_end() && in.ok();)
      records.emplace_back(s->bytes(0), get_ref(in));
  }
  s->reset();
  return records;
}

Result<std::vector<Value>> Index::artifacts(std::string_view run) {
  std::vector<Value> artifacts;
  TRY(Statement * s, statement("SELECT data FROM artifact JOIN run ON run.id=artifact.run WHERE "
                               "run.uid=? ORDER BY seq"));
  s->bind_text(1, run);
  while (true) {
    TRY(const bool more, s->step());
    if (!more) break;
    TRY(Value artifact, decode(s->bytes(0)));
    artifacts.push_back(std::move(artifact));
  }
  s->reset();
  return artifacts;
}

Result<std::vector<std::string>> Index::packs(std::string_view run) {
  std::vector<std::string> packs;
  TRY(Statement * s,
      statement("SELECT name FROM pack JOIN run ON run.id=pack.run WHERE run.uid=?"));
  s->bind_text(1, run);
  while (true) {
    TRY(const bool more, s->step());
    if (!more) break;
    packs.emplace_back(s->bytes(0));
  }
  s->reset();
  return packs;
}

Result<std::map<std::string, StoredJournal>> Index::sealed_journals() {
  std::map<std::string, StoredJournal> journals;
  TRY(Statement * s, statement("SELECT name, off FROM journal WHERE sealed=1"));
  while (true) {
    TRY(const bool more, s->step());
    if (!more) break;
    journals.emplace(s->bytes(0),
                     StoredJournal{static_cast<uint64_t>(s->integer(1)), true, {}, {}});
  }
  s->reset();
  return journals;
}

Result<int64_t> Index::count_runs() { return x_database.query_integer("SELECT count(*) FROM run"); }

Result<int64_t> Index::next_revision() {
  TRY_VOID(x_database.execute("UPDATE meta SET v=v+1 WHERE k='rev'"));
  return x_database.query_integer("SELECT v FROM meta WHERE k='rev'");
}

Result<int64_t> Index::key_id(std::string_view key, bool create) {
  if (const auto found = x_keys.find(std::string(key)); found != x_keys.end()) return found->second;
  TRY(Statement * s, statement("SELECT id FROM key WHERE name=?"));
  s->bind_text(1, key);
  TRY(const bool row, s->step());
  int64_t id = row ? s->integer(0) : 0;
  s->reset();
  if (id == 0 && create) {
    TRY(Statement * add, statement("INSERT INTO key(name) VALUES(?)"));
    add->bind_text(1, key);
    TRY_VOID(add->run());
    return x_database.last_row_id();  // not remembered: the transaction may be rolled back
  }
  if (id != 0) x_keys.emplace(key, id);
  return id;
}

Result<void> Index::add_pack(const std::string& pack_name, const PackDirectory& d, bool rewound,
                             int64_t revision) {
  const std::string& uid = d.run.id;
  const auto name = model::parse_pack_name(pack_name);
  if (!name || name->run != uid)
    return fail(Code::kCorrupt, "expected a pack of run '{}', found ({})", uid, pack_name);
  TRY(auto before, load_run(uid));
  StoredRun tail = before ? std::move(*before) : StoredRun{};
  tail.rewound |= rewound;
  tail.segments = std::max(tail.segments, name->segment);
  for (const PackText& text : d.texts)
    tail.lines = std::max(tail.lines, text.first_line + text.lines);
  for (const auto& [session, step] : d.first_steps) tail.first_steps.emplace(session, step);
  tail.info.summary = d.run.summary;
  tail.info.losses = d.run.losses;

  TRY(Statement * run, statement("INSERT INTO run(uid, rev, view, summary, meta, tail) "
                                 "VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(uid) DO UPDATE SET "
                                 "rev=?2, view=?3, summary=?4, meta=?5, tail=?6"));
  run->bind_text(1, uid).bind(2, revision).bind_blob(3, encode_view(d.run));
  run->bind_blob(4, encode(d.run.summary)).bind_blob(5, encode(d.run.meta));
  run->bind_blob(6, encode_tail(tail));
  TRY_VOID(run->run());
  TRY(const int64_t id, run_id(uid));

  ByteWriter texts, records;
  for (const PackText& text : d.texts) {
    texts.varint(text.first_line);
    texts.varint(text.lines);
    put_ref(texts, text.frame);
  }
  for (const FrameRef& ref : d.records) put_ref(records, ref);
  TRY(Statement * pack, statement("INSERT INTO pack(run, name, texts, records) VALUES(?,?,?,?)"));
  pack->bind(1, id).bind_text(2, pack_name).bind_blob(3, texts.view()).bind_blob(4, records.view());
  TRY_VOID(pack->run());
  const int64_t pack_id = x_database.last_row_id();
  for (const PackTable& table : d.tables) TRY_VOID(add_table(id, pack_id, table));

  TRY(Statement * artifact,
      statement("INSERT INTO artifact SELECT ?1, coalesce(max(seq)+1, 0), ?2 FROM artifact "
                "WHERE run=?1"));
  for (const Value& value : d.artifacts) {
    artifact->reset();
    artifact->bind(1, id).bind_blob(2, encode(value));
    TRY_VOID(artifact->run());
  }
  return {};
}

Result<void> Index::add_table(int64_t run, int64_t pack, const PackTable& table) {
  ByteWriter axis;
  put_axis_facts(axis, table.axis);
  put_ref(axis, table.axis_frame);
  TRY(Statement * t, statement("INSERT INTO tab(run, pack, session, axis) VALUES(?,?,?,?)"));
  t->bind(1, run).bind(2, pack).bind(3, table.session).bind_blob(4, axis.view());
  TRY_VOID(t->run());
  const int64_t table_id = x_database.last_row_id();
  for (const PackTable::Column& column : table.columns) {
    TRY(const int64_t key, key_id(column.key, true));
    model::SeriesStats stats;
    std::string pieces;
    TRY(Statement * old, statement("SELECT stats, pieces FROM series WHERE run=? AND key=?"));
    old->bind(1, run).bind(2, key);
    TRY(const bool known, old->step());
    if (known) {
      ByteReader in(old->bytes(0));
      stats = get_stats(in);
      pieces = old->bytes(1);
    }
    old->reset();
    stats.merge(column.stats);
    ByteWriter piece;
    piece.varint(static_cast<uint64_t>(table_id));
    put_ref(piece, column.values);
    put_ref(piece, column.groups);
    pieces += piece.view();
    ByteWriter encoded;
    put_stats(encoded, stats);
    TRY(Statement * put, statement("INSERT OR REPLACE INTO series VALUES(?,?,?,?,?)"));
    put->bind(1, run).bind(2, key).bind(3, static_cast<int64_t>(table.stream));
    put->bind_blob(4, encoded.view()).bind_blob(5, pieces);
    TRY_VOID(put->run());
  }
  return {};
}

Result<void> Index::save_view(const RunInfo& view) {
  TRY(Statement * s, statement("UPDATE run SET view=?, summary=? WHERE uid=?"));
  s->bind_blob(1, encode_view(view)).bind_blob(2, encode(view.summary)).bind_text(3, view.id);
  return s->run();
}

Result<void> Index::save_journal(const std::string& name, std::string_view run,
                                 const StoredJournal& journal) {
  TRY(Statement * s, statement("INSERT OR REPLACE INTO journal VALUES(?,?,?,?,?)"));
  s->bind_text(1, name).bind_text(2, run).bind(3, static_cast<int64_t>(journal.offset));
  s->bind(4, journal.sealed ? 1 : 0).bind_blob(5, encode_writer(journal.writer, journal.shapes));
  return s->run();
}

Result<void> Index::forget_journal(const std::string& name) {
  TRY(Statement * s, statement("DELETE FROM journal WHERE name=?"));
  s->bind_text(1, name);
  return s->run();
}

Result<void> Index::remove_run(std::string_view run, int64_t revision) {
  TRY(const int64_t id, run_id(run));
  for (const char* sql : {"DELETE FROM series WHERE run=?", "DELETE FROM tab WHERE run=?",
                          "DELETE FROM pack WHERE run=?", "DELETE FROM artifact WHERE run=?",
                          "DELETE FROM run WHERE id=?"}) {
    TRY(Statement * s, statement(sql));
    s->bind(1, id);
    TRY_VOID(s->run());
  }
  TRY(Statement * journals, statement("DELETE FROM journal WHERE uid=?"));
  journals->bind_text(1, run);
  TRY_VOID(journals->run());
  TRY(Statement * gone, statement("INSERT OR REPLACE INTO gone VALUES(?,?)"));
  gone->bind_text(1, run).bind(2, revision);
  return gone->run();
}

}  // namespace cairn::store
