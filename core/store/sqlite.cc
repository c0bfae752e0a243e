// SQLite's C interface, translated to Results.
#include "store/sqlite.h"

#include <sqlite3.h>

#include <utility>

namespace cairn::store {
namespace {

bool is_full(int error_number) {
  return fail_errno(error_number, "", "").value().code() == Code::kLimit;
}

tl::unexpected<Error> refused(sqlite3* database, int status, std::string_view doing,
                              const std::string& path) {
  Code code = Code::kIo;
  switch (status & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      code = Code::kUnavailable;
      break;
    case SQLITE_FULL:
      code = Code::kLimit;
      break;
    case SQLITE_IOERR:  // SQLITE_FULL is not said of its shared memory, nor where a quota is used
                        // up
      if (database && is_full(sqlite3_system_errno(database))) code = Code::kLimit;
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      code = Code::kCorrupt;
      doing = "use the index, `cairn doctor --rebuild` makes it again";
      break;
    default:
      break;
  }
  return fail(code, "cannot {}: {} ({})", doing,
              database ? sqlite3_errmsg(database) : sqlite3_errstr(status), path);
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : x_statement(std::exchange(other.x_statement, nullptr)) {}
Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(x_statement, other.x_statement);
  return *this;
}
Statement::~Statement() { sqlite3_finalize(x_statement); }

// A failed binding shows in the next step() as a constraint or range error.
Statement& Statement::bind(int at, int64_t value) {
  sqlite3_bind_int64(x_statement, at, value);
  return *this;
}
Statement& Statement::bind_text(int at, std::string_view value) {
  sqlite3_bind_text64(x_statement, at, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}
Statement& Statement::bind_blob(int at, std::string_view value) {
  sqlite3_bind_blob64(x_statement, at, value.data() ? value.data() : "", value.size(),
                      SQLITE_TRANSIENT);
  return *this;
}
Statement& Statement::bind_null(int at) {
  sqlite3_bind_null(x_statement, at);
  return *this;
}

Result<bool> Statement::step() {
  const int status = sqlite3_step(x_statement);
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  sqlite3* database = sqlite3_db_handle(x_statement);
  const char* path = sqlite3_db_filename(database, "main");
  auto error = refused(database, status, "use the index", path ? path : "");
  sqlite3_reset(x_statement);
  return error;
}

Result<void> Statement::run() {
  while (true) {
    TRY(const bool row, step());
    if (!row) break;
  }
  reset();
  return {};
}

void Statement::reset() { sqlite3_reset(x_statement); }

bool Statement::is_null(int column) const {
  return sqlite3_column_type(x_statement, column) == SQLITE_NULL;
}
int64_t Statement::integer(int column) const { return sqlite3_column_int64(x_statement, column); }
std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(x_statement, column));
  return {data, data ? static_cast<size_t>(sqlite3_column_bytes(x_statement, column)) : 0};
}

Database::Database(Database&& other) noexcept
    : x_database(std::exchange(other.x_database, nullptr)), x_path(std::move(other.x_path)) {}
Database& Database::operator=(Database&& other) noexcept {
  std::swap(x_database, other.x_database);
  std::swap(x_path, other.x_path);
  return *this;
}
Database::~Database() { sqlite3_close_v2(x_database); }

Result<Database> Database::open(const std::string& path) {
  Database database;
  database.x_path = path;
  const int status = sqlite3_open_v2(path.c_str(), &database.x_database,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  if (status != SQLITE_OK) return refused(database.x_database, status, "open the index", path);
  database.set_wait(Transaction::kWaitMs);
  sqlite3_extended_result_codes(database.x_database, 1);
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  const int status = sqlite3_exec(x_database, sql.c_str(), nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return refused(x_database, status, "use the index", x_path);
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  Statement statement;
  const int status = sqlite3_prepare_v3(x_database, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement.x_statement, nullptr);
  if (status != SQLITE_OK) return refused(x_database, status, "use the index", x_path);
  return statement;
}

Result<int64_t> Database::query_integer(const std::string& sql) {
  TRY(Statement statement, prepare(sql));
  TRY(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

int64_t Database::last_row_id() const { return sqlite3_last_insert_rowid(x_database); }

bool Database::is_read_only() const { return sqlite3_db_readonly(x_database, "main") == 1; }

bool Database::is_writing() const {
  return sqlite3_txn_state(x_database, "main") == SQLITE_TXN_WRITE;
}

void Database::set_wait(int wait_ms) { sqlite3_busy_timeout(x_database, wait_ms); }

Result<bool> Database::checkpoint_log() {
  set_wait(0);
  const int status =
      sqlite3_wal_checkpoint_v2(x_database, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  set_wait(Transaction::kWaitMs);
  if ((status & 0xFF) == SQLITE_BUSY) return false;
  if (status != SQLITE_OK) return refused(x_database, status, "sync the index", x_path);
  return true;
}

Result<Transaction> Transaction::begin_reading(Database& database) {
  TRY_VOID(database.execute("BEGIN"));
  return Transaction(database);
}
Result<Transaction> Transaction::begin(Database& database, int wait_ms) {
  database.set_wait(wait_ms);
  const auto begun = database.execute("BEGIN IMMEDIATE");
  database.set_wait(kWaitMs);
  TRY_VOID(begun);
  return Transaction(database);
}
Transaction::Transaction(Transaction&& other) noexcept
    : x_database(std::exchange(other.x_database, nullptr)) {}
Transaction::~Transaction() {
  if (x_database) (void)x_database->execute("ROLLBACK");
}
Result<void> Transaction::commit() {
  TRY_VOID(x_database->execute("COMMIT"));
  x_database = nullptr;
  return {};
}

}  // namespace cairn::store
