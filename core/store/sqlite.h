// A thin, typed hold on SQLite: a database, its statements, a transaction. The only file that
// includes sqlite3.h is sqlite.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace cairn::store {

class Database;

// A prepared statement. Bind from 1, step until false, read columns from 0. Resets itself when a
// new binding follows a finished run.
class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  Statement& bind(int at, int64_t value);
  Statement& bind_text(int at, std::string_view value);
  Statement& bind_blob(int at, std::string_view value);
  Statement& bind_null(int at);

  Result<bool> step();  // true: a row is there
  Result<void> run();   // steps to the end and resets
  void reset();

  bool is_null(int column) const;
  int64_t integer(int column) const;
  std::string_view bytes(int column) const;  // valid until the next step

 private:
  friend class Database;
  sqlite3_stmt* x_statement = nullptr;
};

// One connection; one thread at a time.
class Database {
 public:
  Database() = default;
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  ~Database();

  static Result<Database> open(const std::string& path);
  Result<void> execute(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);
  Result<int64_t> query_integer(const std::string& sql);
  int64_t last_row_id() const;
  bool is_read_only() const;
  bool is_writing() const;  // in a transaction that has changed something, or may
  // Moves what was committed from the log into the database's file and syncs both. False when
  // another connection is in the way: this does not wait.
  Result<bool> checkpoint_log();
  void set_wait(int wait_ms);  // for other connections that are in the way
  const std::string& path() const { return x_path; }

 private:
  sqlite3* x_database = nullptr;
  std::string x_path;
};

// Rolls back unless committed.
class Transaction {
 public:
  static constexpr int kWaitMs = 10'000;  // another process is in a checkpoint: they are short
  // Alone among all writers. Waits for others, then Unavailable.
  static Result<Transaction> begin(Database& database, int wait_ms = kWaitMs);
  // Sees the database as it is at the first look, whatever others do meanwhile.
  static Result<Transaction> begin_reading(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : x_database(&database) {}
  Database* x_database;
};

}  // namespace cairn::store
