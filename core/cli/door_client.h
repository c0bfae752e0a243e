// DoorClient: the one place where the command line speaks the HTTP API.
//
// It calls a Door in the process, or a server by its URL; no command knows the difference. Used by
// the main thread. A connection is opened by the first request, so that a command that reads
// nothing does not mind a server that is away.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "blobs/blobs.h"
#include "http/connection.h"
#include "model/value.h"
#include "server/columns.h"
#include "server/door.h"
#include "server/http_types.h"

namespace cairn::cli {

// A run as the user meant it, found in the store.
struct FoundRun {
  std::string project, id, name;
  model::Value run;  // the API's Run with meta, metrics and losses

  std::string path() const;  // "/projects/P/runs/ID"
};

class DoorClient {
 public:
  // With a URL the server there is asked, and `door` never.
  explicit DoorClient(server::Door& door, std::string url = {})
      : x_door(door), x_url(std::move(url)) {}

  // For questions that a training waits for: a server that does not answer at once is taken to be
  // away from then on, and what is asked of it is Unavailable without a further attempt.
  void hurry() { x_is_hurried = true; }

  const std::string& dir() const { return x_door.dir(); }  // where this machine records
  const std::string& url() const { return x_url; }         // "": the folder is read
  const std::string& place() const { return x_url.empty() ? dir() : x_url; }

  // `path` is below /api/v1 and percent-encoded.
  Result<model::Value> get(const std::string& path, server::Pairs params = {});
  Result<model::Value> send(const std::string& method, const std::string& path,
                            server::Pairs params = {}, const model::Value& body = {});
  Result<std::string> get_bytes(const std::string& path, server::Pairs params = {});
  // The bytes of a blob from `offset` to its end, piece by piece; false ends it with Unavailable.
  using Sink = std::function<bool(std::string_view piece)>;
  Result<void> read_blob(const std::string& sha256, uint64_t offset, const Sink& sink);

  // The file of a blob where the store lies in a folder of this machine; "" elsewhere.
  std::string find_blob_file(const std::string& sha256) const;

  // Keeps a file's content in the store: {"sha256", "bytes"}. What a server has is not sent.
  Result<model::Value> put_blob(const std::string& path);

  // RUN as users write it: an id, a unique prefix of one, a name, or PROJECT/ any of them.
  Result<FoundRun> find_run(const std::string& reference);

  struct SeriesRequest {
    std::vector<std::string> keys;
    size_t buckets = 0;  // 0: the points themselves
    bool by_time = false;
    std::optional<int64_t> first_step;  // points before it are left out
  };
  Result<server::Columns> series(const FoundRun& run, const SeriesRequest& request);

 private:
  Result<server::Response> call(server::Request request, const Sink& sink = {});
  Result<server::Response> ask_door(server::Request request, const Sink& sink);
  Result<void> upload(const std::string& path, const blobs::BlobRef& blob);
  Result<server::Response> ask_server(server::Request request, const Sink& sink);
  Error read_error(const server::Response& response);
  Error explain_version(std::string_view message);

  server::Door& x_door;
  std::string x_url;
  std::unique_ptr<http::Connection> x_server;  // null until it is asked
  bool x_is_hurried = false;
  std::optional<Error> x_away;  // why it is not asked any more
};

std::string project_path(std::string_view project);  // "/projects/P"

// Members of the API's objects; what is absent or of another type is empty or zero.
std::string text_at(const model::Value& object, std::string_view member);
int64_t int_at(const model::Value& object, std::string_view member);
double number_at(const model::Value& object, std::string_view member);  // absent: NaN
bool flag_at(const model::Value& object, std::string_view member);
const model::Value& value_at(const model::Value& object, std::string_view member);  // or null
const model::List& list_at(const model::Value& object, std::string_view member);
const model::Object& object_at(const model::Value& object, std::string_view member);

}  // namespace cairn::cli
