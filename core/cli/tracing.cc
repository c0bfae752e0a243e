// From a command that ended to the manifest by which it is found again.
#include "cli/tracing.h"

#include <filesystem>

#include "base/disk.h"
#include "model/secret.h"
#include "trace/finish.h"
#include "trace/preload.h"
#include "trace/trace_file.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

// More than this is not worth a second copy of what lies in the workspace already.
constexpr uint64_t kKeptOutputBytesMax = 4ULL << 30;

}  // namespace

Result<Tracing> Tracing::prepare(const PlannedCommand& planned) {
  const trace::Environment& environment = planned.workspace.environment();
  Tracing tracing;
  TRY(tracing.x_cache, trace::find_cache_folder(environment));
  TRY(const std::string recorders, trace::install_recorders(posix_disk(), tracing.x_cache));
  TRY(tracing.x_folder, trace::make_trace_folder(posix_disk(), tracing.x_cache));
  tracing.x_variables = trace::traced_variables(environment, recorders, tracing.x_folder);
  tracing.x_began_ns = trace::file_clock_now_ns();
  return tracing;
}

Tracing::Tracing(Tracing&& other) noexcept
    : x_cache(std::move(other.x_cache)),
      x_folder(std::exchange(other.x_folder, {})),
      x_began_ns(other.x_began_ns),
      x_variables(std::move(other.x_variables)) {}

Tracing::~Tracing() {
  std::error_code ignored;
  if (!x_folder.empty()) std::filesystem::remove_all(x_folder, ignored);
}

Result<recall::Manifest> Tracing::collect(const PlannedCommand& planned, const std::string& store,
                                          trace::StatIndex& index) const {
  TRY(const trace::Trace trace, trace::read_trace(posix_disk(), x_folder));
  trace::FinishOptions options;
  options.began_ns = x_began_ns;
  options.own_folders = {x_cache, store};
  recall::Manifest manifest;
  manifest.program = planned.plan.program;
  manifest.argv = model::redact_argv(planned.argv);
  manifest.folder = planned.folder;
  manifest.config = planned.plan.config;
  manifest.record = trace::finish(trace, planned.workspace, index, options);
  manifest.identity = recall::identify(manifest.program, planned.config(), manifest.record);
  return manifest;
}

trace::StatIndex open_stat_index() {
  const auto cache = trace::find_cache_folder(trace::current_environment());
  if (!cache || !posix_disk().make_dirs(*cache)) return trace::StatIndex::in_memory();
  return trace::StatIndex::open(*cache + "/files.index");
}

Result<void> keep_manifest(client::Run& run, const PlannedCommand& planned,
                           const recall::Manifest& manifest, bool with_outputs) {
  uint64_t bytes = 0;
  for (const trace::Output& output : manifest.record.outputs) bytes += output.bytes;
  const auto keep = [&](const std::string& name, model::Value file) {
    file.set("name", name);
    file.set("type", "file");
    run.log_artifact(std::move(file));
  };
  if (with_outputs && bytes <= kKeptOutputBytesMax) {
    for (const trace::Output& output : manifest.record.outputs) {
      TRY(model::Value file, run.put_file(planned.workspace.path_of(output.path)));
      keep("outputs/" + output.path, std::move(file));
    }
  }
  TRY(model::Value file, run.put_bytes(wire::print_json(recall::to_value(manifest))));
  const recall::Identity& keys = manifest.identity;
  model::Value facts(model::Object{{"P", keys.pre},
                                   {"F", keys.experiment},
                                   {"F0", keys.no_budget},
                                   {"R", keys.replicate},
                                   {"X", keys.exact},
                                   {"C", keys.code},
                                   {"entry", manifest.program.entry},
                                   {"sealed", manifest.record.is_sealed()}});
  if (!manifest.record.is_sealed()) facts.set("unsealed", manifest.record.unsealed.front());
  if (const model::Value* digest = file.find("sha256")) facts.set("manifest", *digest);
  keep("recall/manifest.json", std::move(file));
  run.add_capture(model::Object{{"recall", std::move(facts)}});
  return {};
}

}  // namespace cairn::cli
