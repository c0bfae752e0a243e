// The SQL of sweeps.
#include "trials/book.h"

#include <utility>

#include "wire/json.h"

namespace cairn::trials {

using model::Value;
using store::Database;
using store::Statement;
using store::Transaction;

namespace {

constexpr int64_t kBookVersion = 1;
// A proposal of a large model takes 0.3 s, and 64 workers may wait for theirs.
constexpr int kWaitMs = 60'000;

constexpr const char* kSchema =
    "CREATE TABLE sweep(number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
    "  project TEXT NOT NULL, name TEXT NOT NULL, seq INTEGER NOT NULL, summary TEXT NOT NULL);"
    "CREATE INDEX sweep_by_project ON sweep(project, name);"
    "CREATE TABLE event(sweep INTEGER NOT NULL, seq INTEGER NOT NULL, at_ns INTEGER NOT NULL,"
    "  kind TEXT NOT NULL, trial INTEGER, body TEXT NOT NULL, PRIMARY KEY(sweep, seq))"
    "  WITHOUT ROWID;"
    "CREATE TABLE claim(sweep INTEGER NOT NULL, trial INTEGER NOT NULL, worker TEXT NOT NULL,"
    "  until_ns INTEGER NOT NULL, checkpoint TEXT NOT NULL, PRIMARY KEY(sweep, trial))"
    "  WITHOUT ROWID;";

Result<Claim> read_claim(const Statement& s, int column) {
  TRY(Value checkpoint, wire::parse_json(s.bytes(column + 2)));
  return Claim{std::string(s.bytes(column)), s.integer(column + 1), std::move(checkpoint)};
}

}  // namespace

Result<Book> Book::open(Disk& disk, const std::string& path, bool create) {
  if (!create && !disk.exists(path)) return fail(Code::kNotFound, "there is no sweep yet");
  if (!disk.is_local(path))
    return fail(Code::kUnavailable,
                "sweeps cannot be shared over a network file system: 'cairn serve' on one machine "
                "keeps them for all ({})",
                path);
  TRY(Database database, Database::open(path));
  TRY_VOID(database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"));
  TRY(const int64_t version, database.query_integer("PRAGMA user_version"));
  if (version > kBookVersion)
    return fail(Code::kInvalid, "expected sweeps of version {}, found version {} ({})",
                kBookVersion, version, path);
  if (version == 0) {
    TRY(Transaction transaction, Transaction::begin(database));
    TRY(const int64_t meanwhile, database.query_integer("PRAGMA user_version"));
    if (meanwhile == 0) {
      TRY_VOID(database.execute(kSchema));
      TRY_VOID(database.execute("PRAGMA user_version=" + std::to_string(kBookVersion)));
    }
    TRY_VOID(transaction.commit());
  }
  Book book(std::move(database));
  TRY_VOID(book.prepare());
  return book;
}

Result<void> Book::prepare() {
  const std::pair<Statement*, std::string_view> all[] = {
      {&x_find, "SELECT number, seq FROM sweep WHERE id=?"},
      {&x_append, "INSERT INTO event VALUES(?,?,?,?,?,?)"},
      {&x_move_head, "UPDATE sweep SET seq=? WHERE number=?"},
      {&x_sum_up, "UPDATE sweep SET summary=? WHERE number=?"},
      {&x_events,
       "SELECT seq, at_ns, kind, trial, body FROM event WHERE sweep=? AND seq>? ORDER BY seq "
       "LIMIT ?"},
      {&x_claims, "SELECT trial, worker, until_ns, checkpoint FROM claim WHERE sweep=?"},
      {&x_claim, "SELECT worker, until_ns, checkpoint FROM claim WHERE sweep=? AND trial=?"},
      {&x_put_claim, "INSERT OR REPLACE INTO claim VALUES(?,?,?,?,?)"},
      {&x_drop_claim, "DELETE FROM claim WHERE sweep=? AND trial=?"},
      {&x_heads, "SELECT number, id, seq FROM sweep WHERE project=? ORDER BY number"},
      {&x_data_version, "PRAGMA data_version"},
  };
  for (const auto& [statement, sql] : all) {
    TRY(*statement, x_database.prepare(sql));
  }
  return {};
}

Result<Transaction> Book::begin_writing() { return Transaction::begin(x_database, kWaitMs); }
Result<Transaction> Book::begin_reading() { return Transaction::begin_reading(x_database); }

Result<std::optional<Book::Place>> Book::find(std::string_view id) {
  x_find.bind_text(1, id);
  TRY(const bool found, x_find.step());
  std::optional<Place> place;
  if (found)
    place = Place{x_find.integer(0), std::string(id), static_cast<uint64_t>(x_find.integer(1))};
  x_find.reset();
  return place;
}

Result<std::optional<std::string>> Book::find_named(std::string_view project,
                                                    std::string_view name) {
  TRY(Statement s, x_database.prepare("SELECT id FROM sweep WHERE project=? AND name=? "
                                      "ORDER BY number DESC LIMIT 1"));
  s.bind_text(1, project).bind_text(2, name);
  TRY(const bool found, s.step());
  if (!found) return std::nullopt;
  return std::string(s.bytes(0));
}

Result<Book::Page> Book::list(const Wanted& wanted) {
  std::string where = " WHERE (?1='' OR project=?1) AND (?2='' OR name=?2)";
  if (wanted.projects) {
    where += " AND project IN (";
    for (size_t i = 0; i < wanted.projects->size(); ++i)
      where += (i > 0 ? ",?" : "?") + std::to_string(i + 3);
    where += ")";
  }
  const auto bind = [&](Statement& s) {
    s.bind_text(1, wanted.project).bind_text(2, wanted.name);
    for (size_t i = 0; wanted.projects && i < wanted.projects->size(); ++i)
      s.bind_text(static_cast<int>(i) + 3, (*wanted.projects)[i]);
  };
  Page page;
  TRY(Statement count, x_database.prepare("SELECT count(*) FROM sweep" + where));
  bind(count);
  TRY(const bool has_count, count.step());
  page.total = has_count ? static_cast<size_t>(count.integer(0)) : 0;
  TRY(Statement s,
      x_database.prepare(fmt::format(
          "SELECT id, project, summary FROM sweep{} ORDER BY number DESC LIMIT {} OFFSET {}", where,
          wanted.limit, wanted.offset)));
  bind(s);
  while (true) {
    TRY(const bool has_row, s.step());
    if (!has_row) return page;
    TRY(Value summary, wire::parse_json(s.bytes(2)));
    page.rows.push_back({std::string(s.bytes(0)), std::string(s.bytes(1)), std::move(summary)});
  }
}

Result<Book::Place> Book::add_sweep(std::string_view id, std::string_view project,
                                    std::string_view name) {
  TRY(Statement s, x_database.prepare("INSERT INTO sweep(id, project, name, seq, summary) "
                                      "VALUES(?,?,?,0,'{}')"));
  s.bind_text(1, id).bind_text(2, project).bind_text(3, name);
  TRY_VOID(s.run());
  return Place{x_database.last_row_id(), std::string(id), 0};
}

Result<void> Book::remove(const Place& place) {
  for (const char* sql : {"DELETE FROM event WHERE sweep=?", "DELETE FROM claim WHERE sweep=?",
                          "DELETE FROM sweep WHERE number=?"}) {
    TRY(Statement s, x_database.prepare(sql));
    TRY_VOID(s.bind(1, place.sweep).run());
  }
  return {};
}

Result<void> Book::append(Place& place, Event& event) {
  event.seq = place.seq + 1;
  x_append.bind(1, place.sweep).bind(2, static_cast<int64_t>(event.seq)).bind(3, event.at_ns);
  x_append.bind_text(4, print_kind(event.kind));
  if (event.trial)
    x_append.bind(5, *event.trial);
  else
    x_append.bind_null(5);
  TRY_VOID(x_append.bind_text(6, wire::print_json(event.body)).run());
  TRY_VOID(x_move_head.bind(1, static_cast<int64_t>(event.seq)).bind(2, place.sweep).run());
  place.seq = event.seq;
  return {};
}

Result<void> Book::sum_up(const Place& place, const Value& summary) {
  return x_sum_up.bind_text(1, wire::print_json(summary)).bind(2, place.sweep).run();
}

Result<std::vector<Event>> Book::events(const Place& place, uint64_t after, size_t limit) {
  std::vector<Event> events;
  x_events.bind(1, place.sweep).bind(2, static_cast<int64_t>(after));
  x_events.bind(3, static_cast<int64_t>(limit));
  while (true) {
    TRY(const bool has_row, x_events.step());
    if (!has_row) break;
    Event event;
    event.seq = static_cast<uint64_t>(x_events.integer(0));
    event.at_ns = x_events.integer(1);
    const auto kind = parse_kind(x_events.bytes(2));
    if (!kind)
      return fail(Code::kCorrupt, "sweep {} has an event of unknown kind '{}'", place.id,
                  x_events.bytes(2));
    event.kind = *kind;
    if (!x_events.is_null(3)) event.trial = x_events.integer(3);
    TRY(event.body, wire::parse_json(x_events.bytes(4)));
    events.push_back(std::move(event));
  }
  x_events.reset();
  return events;
}

Result<std::map<int64_t, Claim>> Book::claims(const Place& place) {
  std::map<int64_t, Claim> claims;
  x_claims.bind(1, place.sweep);
  while (true) {
    TRY(const bool has_row, x_claims.step());
    if (!has_row) break;
    TRY(claims[x_claims.integer(0)], read_claim(x_claims, 1));
  }
  x_claims.reset();
  return claims;
}

Result<std::optional<Claim>> Book::claim(const Place& place, int64_t trial) {
  x_claim.bind(1, place.sweep).bind(2, trial);
  TRY(const bool found, x_claim.step());
  std::optional<Claim> claim;
  if (found) {
    TRY(claim, read_claim(x_claim, 0));
  }
  x_claim.reset();
  return claim;
}

Result<void> Book::put_claim(const Place& place, int64_t trial, const Claim& claim) {
  x_put_claim.bind(1, place.sweep).bind(2, trial).bind_text(3, claim.worker);
  x_put_claim.bind(4, claim.until_ns).bind_text(5, wire::print_json(claim.checkpoint));
  return x_put_claim.run();
}

Result<void> Book::drop_claim(const Place& place, int64_t trial) {
  return x_drop_claim.bind(1, place.sweep).bind(2, trial).run();
}

Result<std::vector<Book::Place>> Book::heads(std::string_view project) {
  std::vector<Place> heads;
  x_heads.bind_text(1, project);
  while (true) {
    TRY(const bool has_row, x_heads.step());
    if (!has_row) break;
    heads.push_back({x_heads.integer(0), std::string(x_heads.bytes(1)),
                     static_cast<uint64_t>(x_heads.integer(2))});
  }
  x_heads.reset();
  return heads;
}

Result<int64_t> Book::data_version() {
  TRY(const bool has_row, x_data_version.step());
  const int64_t version = has_row ? x_data_version.integer(0) : 0;
  x_data_version.reset();
  return version;
}

}  // namespace cairn::trials
