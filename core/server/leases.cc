// The SQL of leases, and whether a holder's process is gone.
#include "server/leases.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/clock.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "journal/journal.h"
#include "wire/json.h"

namespace cairn::server {

using model::Value;
using store::Database;
using store::Statement;
using store::Transaction;

namespace {

constexpr int64_t kLeasesVersion = 1;
constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS lease(key TEXT PRIMARY KEY, holder TEXT NOT NULL, "
    "detail TEXT NOT NULL, since_ns INTEGER NOT NULL, heartbeat_ns INTEGER NOT NULL, "
    "expires_ns INTEGER NOT NULL) WITHOUT ROWID";

Error explain(Error error) {
  if (error.code() != Code::kCorrupt) return error;
  return Error(Code::kCorrupt,
               "the file of leases is damaged; it holds nothing but who is running "
               "what now, and may be removed")
      .in(error.message());
}

Result<void> check_key(std::string_view key) {
  const auto is_good = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("_.:-").find(c) != std::string_view::npos;
  };
  if (key.empty() || key.size() > kLeaseKeyBytesMax ||
      !std::all_of(key.begin(), key.end(), is_good))
    return fail(Code::kInvalid, "expected a lease's key of 1 to {} of [A-Za-z0-9_.:-], found '{}'",
                kLeaseKeyBytesMax, key.substr(0, kLeaseKeyBytesMax));
  return {};
}

Result<void> check_holder(std::string_view holder) {
  if (holder.empty() || holder.size() > kLeaseHolderBytesMax || !is_utf8(holder))
    return fail(Code::kInvalid, "expected a holder of 1 to {} bytes of UTF-8",
                kLeaseHolderBytesMax);
  return {};
}

std::string host_name() {
  char name[256] = {};
  static_cast<void>(::gethostname(name, sizeof name - 1));
  return name;
}

// The boot and the namespace in which process numbers mean something.
std::string machine_tag(const journal::WriterIdentity& who) {
  std::string text(who.boot_id.begin(), who.boot_id.end());
  text += std::to_string(who.pid_namespace);
  return fmt::format("{:08x}", static_cast<uint32_t>(xxh3_64(text)));
}

// "HOST:PID:START " or "HOST/MACHINE:PID:START ..." of this machine whose process is gone.
bool is_gone(std::string_view holder) {
  const std::string_view process = holder.substr(0, holder.find(' '));
  const size_t second = process.rfind(':');
  const size_t first = second == 0 || second == std::string_view::npos
                           ? std::string_view::npos
                           : process.rfind(':', second - 1);
  if (first == std::string_view::npos) return false;
  journal::WriterIdentity who = journal::this_process();
  const std::string_view host = process.substr(0, first);
  if (host != host_name() && host != host_name() + "/" + machine_tag(who)) return false;
  const auto parse = [](std::string_view digits, auto& into) {
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, into);
    return error == std::errc() && stop == end;
  };
  if (!parse(process.substr(first + 1, second - first - 1), who.pid) ||
      !parse(process.substr(second + 1), who.start_ticks))
    return false;
  return !journal::is_running(who);
}

}  // namespace

std::string this_process() {
  const journal::WriterIdentity who = journal::this_process();
  return fmt::format("{}/{}:{}:{}", host_name(), machine_tag(who), who.pid, who.start_ticks);
}

Leases::World Leases::this_world() { return {wall_now_ns, server::is_gone}; }

Leases::Leases(Disk& disk, std::string path, World world)
    : x_disk(disk), x_path(std::move(path)), x_world(std::move(world)) {}

Result<Database*> Leases::open() {
  if (x_database) return &*x_database;
  if (!x_disk.is_local(x_path))
    return fail(Code::kUnavailable,
                "leases cannot be shared over a network file system: 'cairn serve' on one machine "
                "keeps them for all ({})",
                x_path);
  TRY(Database database, Database::open(x_path));
  TRY_VOID(database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"));
  TRY(const int64_t version, database.query_integer("PRAGMA user_version"));
  if (version > kLeasesVersion)
    return fail(Code::kInvalid, "expected leases of version {}, found version {} ({})",
                kLeasesVersion, version, x_path);
  if (version == 0) {
    TRY(Transaction transaction, Transaction::begin(database));
    TRY_VOID(database.execute(kSchema));
    TRY_VOID(database.execute("PRAGMA user_version=" + std::to_string(kLeasesVersion)));
    TRY_VOID(transaction.commit());
  }
  x_database = std::move(database);
  return &*x_database;
}

bool Leases::is_over(const Lease& lease) const {
  return lease.expires_ns <= x_world.now_ns() || x_world.is_gone(lease.holder);
}

Result<std::optional<Lease>> Leases::read(Database& database, std::string_view key) {
  TRY(Statement s,
      database.prepare("SELECT holder, detail, since_ns, heartbeat_ns, expires_ns FROM lease "
                       "WHERE key=?"));
  s.bind_text(1, key);
  TRY(const bool row, s.step());
  if (!row) return std::nullopt;
  TRY(Value detail, wire::parse_json(s.bytes(1)));
  return Lease{std::string(s.bytes(0)), std::move(detail), s.integer(2), s.integer(3),
               s.integer(4)};
}

Result<Leases::Answer> Leases::take(std::string_view key, std::string_view holder, int64_t ttl_ns,
                                    const Value& detail) {
  TRY_VOID(check_key(key));
  TRY_VOID(check_holder(holder));
  if (ttl_ns <= 0 || ttl_ns > kLeaseTtlNsMax)
    return fail(Code::kInvalid, "expected a lease of more than 0 and at most {} seconds",
                kLeaseTtlNsMax / kNsPerSecond);
  const std::string said = wire::print_json(detail);
  if (!detail.as_object() || said.size() > kLeaseDetailBytesMax)
    return fail(Code::kInvalid, "expected an object of at most {} bytes as detail",
                kLeaseDetailBytesMax);
  const auto take = [&]() -> Result<Answer> {
    TRY(Database * database, open());
    TRY(Transaction transaction, Transaction::begin(*database));
    TRY(const auto held, read(*database, key));
    const bool is_ours = held && held->holder == holder;
    if (held && !is_ours && !is_over(*held)) return Answer{false, *held};
    const int64_t now_ns = x_world.now_ns();
    Lease lease{std::string(holder), detail, now_ns, now_ns, now_ns + ttl_ns};
    if (is_ours && held->expires_ns > now_ns) lease.since_ns = held->since_ns;
    if (!held) {  // the file stays as small as what is under way
      TRY(Statement swept, database->prepare("DELETE FROM lease WHERE expires_ns <= ?"));
      TRY_VOID(swept.bind(1, now_ns).run());
    }
    TRY(Statement put, database->prepare("INSERT OR REPLACE INTO lease VALUES(?,?,?,?,?,?)"));
    put.bind_text(1, key).bind_text(2, holder).bind_text(3, said);
    put.bind(4, lease.since_ns).bind(5, lease.heartbeat_ns).bind(6, lease.expires_ns);
    TRY_VOID(put.run());
    TRY_VOID(transaction.commit());
    return Answer{true, std::move(lease)};
  };
  return take().map_error(explain);
}

Result<std::optional<Lease>> Leases::find(std::string_view key) {
  TRY_VOID(check_key(key));
  if (!x_database && !x_disk.exists(x_path)) return std::nullopt;
  const auto look = [&]() -> Result<std::optional<Lease>> {
    TRY(Database * database, open());
    TRY(auto held, read(*database, key));
    if (held && is_over(*held)) held.reset();
    return held;
  };
  return look().map_error(explain);
}

Result<void> Leases::give_back(std::string_view key, std::string_view holder) {
  TRY_VOID(check_key(key));
  TRY_VOID(check_holder(holder));
  if (!x_database && !x_disk.exists(x_path)) return {};
  const auto give = [&]() -> Result<void> {
    TRY(Database * database, open());
    TRY(Transaction transaction, Transaction::begin(*database));
    TRY(const auto held, read(*database, key));
    if (!held || (held->holder != holder && is_over(*held))) return {};
    if (held->holder != holder)
      return fail(Code::kConflict, "expected a lease of '{}', found one of '{}' ({})", holder,
                  held->holder, key);
    TRY(Statement gone, database->prepare("DELETE FROM lease WHERE key=?"));
    TRY_VOID(gone.bind_text(1, key).run());
    return transaction.commit();
  };
  return give().map_error(explain);
}

}  // namespace cairn::server
