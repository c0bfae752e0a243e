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

constexpr const char* kOutputs = "outputs/";  // what a run wrote, among its files
constexpr const char* kCode =
    "recall/code/";  // the project's code that a run read, among its files
constexpr const char* kManifestName = "recall/manifest.json";
// In the folder of a trace: the program's own request (docs/formats/recall_door.md), and in
// "source" the run that it reused.
constexpr const char* kProgramFile = "program.json";

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

  // Whether the program found by itself that it need not run (cairn.init(reuse=...)).
  bool has_reused() const;

  // After the command has ended: what it read and wrote. `store` is where the run is recorded,
  // which is no input. Errors: the trace could not be read.
  Result<recall::Manifest> collect(const PlannedCommand& planned, const std::string& store,
                                   trace::StatIndex& index) const;

 private:
  Tracing() = default;

  std::string x_cache, x_folder;
  int x_lock = -1;  // of the folder
  int64_t x_began_ns = 0;
  std::vector<std::pair<std::string, std::string>> x_variables;
};

// The digests of files this user has hashed before.
trace::StatIndex open_stat_index();

// What one trace says, by whoever it was recorded.
struct TraceOf {
  std::string folder;               // of its files
  int64_t began_ns = 0;             // before its program began
  std::string store;                // where the run is recorded, which is no input
  std::vector<std::string> mapped;  // FinishOptions::mapped
  std::vector<std::string> others;  // folders of traces of the same process
};
Result<recall::Manifest> collect_manifest(const PlannedCommand& planned, const TraceOf& trace,
                                          trace::StatIndex& index);

// `meta.recall` of a run, without the name of the manifest's blob.
model::Object facts_of(const recall::Manifest& manifest);

// A file of the workspace that is kept with a run, and its name there.
struct KeptFile {
  std::string name, path;
};
// The project's code that the run read; with outputs also what it wrote, where others may reuse it.
std::vector<KeptFile> files_to_keep(const PlannedCommand& planned, const recall::Manifest& manifest,
                                    bool with_outputs);

// Keeps the manifest with the run, and its outputs when the run could be reused.
Result<void> keep_manifest(client::Run& run, const PlannedCommand& planned,
                           const recall::Manifest& manifest, bool with_outputs);

}  // namespace cairn::cli
