// DoorClient: the one place where the command line speaks the HTTP API.
//
// It calls a Door in the process; a URL can take the Door's place without a change anywhere else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
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
  explicit DoorClient(server::Door& door) : x_door(door) {}

  const std::string& dir() const { return x_door.dir(); }

  // `path` is below /api/v1 and percent-encoded.
  Result<model::Value> get(const std::string& path, server::Pairs params = {});
  Result<model::Value> send(const std::string& method, const std::string& path,
                            server::Pairs params = {}, const model::Value& body = {});
  Result<std::string> get_bytes(const std::string& path, server::Pairs params = {});

  // RUN as users write it: an id, a unique prefix of one, a name, or PROJECT/ any of them.
  Result<FoundRun> find_run(const std::string& reference);

  struct SeriesRequest {
    std::vector<std::string> keys;
    size_t buckets = 0;  // 0: the points themselves
    bool by_time = false;
  };
  Result<server::Columns> series(const FoundRun& run, const SeriesRequest& request);

 private:
  Result<server::Response> call(server::Request request);

  server::Door& x_door;
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
