// Tracing: a command is run so that what it reads is recorded, and what it read becomes a manifest.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/planned_command.h"
#include "client/run.h"
#include "recall/manifest.h"
#include "trace/stat_index.h"

namespace cairn::cli {

// One traced run. Used by the main thread. Its folder in the cache is removed with it; when we are
// killed it stays there, and nothing of the run but its recall is lost.
class Tracing {
 public:
  // An error means that the command goes on untraced.
  static Result<Tracing> prepare(const PlannedCommand& planned);
  ~Tracing();
  Tracing(Tracing&& other) noexcept;
  Tracing& operator=(Tracing&&) = delete;

  // What changes in the command's environment.
  const std::vector<std::pair<std::string, std::string>>& variables() const { return x_variables; }

  // After the command has ended: what it read and wrote, kept with the run. `store` is where the
  // run is recorded, which is no input. Errors: the trace or the blobs could not be read or kept.
  Result<recall::Manifest> collect(const PlannedCommand& planned, const std::string& store,
                                   trace::StatIndex& index) const;

 private:
  Tracing() = default;

  std::string x_cache, x_folder;
  int64_t x_began_ns = 0;
  std::vector<std::pair<std::string, std::string>> x_variables;
};

// The digests of files this user has hashed before.
trace::StatIndex open_stat_index();

// Keeps the manifest with the run, and its outputs when the run could be reused.
Result<void> keep_manifest(client::Run& run, const PlannedCommand& planned,
                           const recall::Manifest& manifest, bool with_outputs);

}  // namespace cairn::cli
