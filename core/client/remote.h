// Remote: the half of a server's API that takes journals and blobs, as functions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/connection.h"
#include "model/layout.h"

namespace cairn::client {

// Errors of every call: Unavailable (no answer, or the server cannot at present: try again later),
// Invalid (the key, the address or the server is not the right one: nothing will be taken),
// Conflict (this journal or blob will not be taken; others may).
// Used by one thread at a time, except cancel().
class Remote {
 public:
  static Result<std::unique_ptr<Remote>> open(const http::Url& url, http::Options options);

  // How far a journal is there: see docs/api.md.
  struct Standing {
    uint64_t offset = 0, durable = 0;
    bool closed = false;
  };
  Result<Standing> find_journal(std::string_view project, const model::JournalName& journal);
  struct Piece {
    uint64_t from = 0;
    std::string bytes;
    bool skips = false, closes = false;
  };
  Result<Standing> send(std::string_view project, const model::JournalName& journal, Piece piece);

  Result<bool> has_blob(std::string_view sha256);
  struct Progress {
    uint64_t bytes = 0;
    bool complete = false;
  };
  Result<Progress> send_blob(std::string_view sha256, uint64_t total, uint64_t from,
                             std::string bytes);

  // What is there of a run; session 0 when nothing.
  struct Session {
    int session = 0;
    bool is_alive = false;
    std::optional<int64_t> last_step;
  };
  Result<Session> find_session(std::string_view project, std::string_view run);

  void cancel() { x_connection->cancel(); }
  // In a forked child: see http::Connection::forget().
  static void forget(std::unique_ptr<Remote> remote);
  const http::Url& url() const { return x_connection->url(); }

 private:
  explicit Remote(std::unique_ptr<http::Connection> connection)
      : x_connection(std::move(connection)) {}
  Result<Standing> standing_of(const http::Request& request);

  std::unique_ptr<http::Connection> x_connection;
};

}  // namespace cairn::client
