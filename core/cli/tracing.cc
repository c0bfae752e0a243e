// From a command that ended to the manifest by which it is found again.
#include "cli/tracing.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "base/disk.h"
#include "cli/door_client.h"
#include "model/layout.h"
#include "model/secret.h"
#include "trace/finish.h"
#include "trace/neighbours.h"
#include "trace/preload.h"
#include "trace/trace_file.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

// More than this is not worth a second copy of what lies in the workspace already.
constexpr uint64_t kKeptOutputBytesMax = 4ULL << 30;
constexpr uint64_t kKeptCodeFileBytesMax = 1 << 20;
constexpr uint64_t kKeptCodeBytesMax = 32 << 20;

constexpr size_t kProgramBytesMax = 64 << 20;

model::Object print_keys(const recall::Identity& keys) {
  return {{"P", keys.pre},       {"F", keys.experiment}, {"F0", keys.no_budget},
          {"R", keys.replicate}, {"X", keys.exact},      {"C", keys.code}};
}

// Two runs that write one file at the same time: neither knows whose content lies there.
void distrust_contested(trace::DependencyRecord& record, const trace::Workspace& workspace,
                        const std::string& cache, const TraceOf& trace) {
  std::vector<std::string> outputs;
  for (const trace::Output& output : record.outputs)
    outputs.push_back(workspace.path_of(output.path));
  std::vector<std::string> own = {trace.folder};
  own.insert(own.end(), trace.others.begin(), trace.others.end());
  for (const std::string& path : trace::find_contested(cache, own, outputs))
    record.unsealed.push_back(fmt::format("another run wrote the same file at the same time: {}",
                                          workspace.name_of(path)));
}

// What belongs to us and is no input. A store around the project is not the project.
std::vector<std::string> own_folders(const std::string& cache, const std::string& store,
                                     const std::string& root) {
  std::vector<std::string> own;
  if (!trace::is_below(root, cache)) own.push_back(cache);
  if (!trace::is_below(root, store)) {
    own.push_back(store);
    return own;
  }
  const model::Layout layout(store);
  for (std::string path : {layout.projects(), layout.blobs(), layout.settings(), layout.leases()})
    own.push_back(std::move(path));
  return own;
}

Result<model::Value> read_program(const std::string& folder) {
  TRY(const std::string text,
      read_file(posix_disk(), folder + "/" + kProgramFile, kProgramBytesMax));
  return wire::parse_json(text);
}

// What the program said of itself: to us, or into the folder of its trace.
std::optional<recall::Resolved> find_resolved(const PlannedCommand& planned,
                                              const recall::Manifest& manifest,
                                              const std::string& folder) {
  PlannedCommand program = planned;
  if (!planned.plan.is_resolved) {
    const auto said = read_program(folder);
    if (!said || !program.take_program(*said)) return std::nullopt;
  }
  model::redact(program.plan.config);
  return recall::Resolved{program.plan.config,
                          recall::identify(manifest.program, program.config(), manifest.record)};
}

}  // namespace

Result<Tracing> Tracing::prepare(const PlannedCommand& planned) {
  const trace::Environment& environment = planned.workspace.environment();
  Tracing tracing;
  TRY(tracing.x_cache, trace::find_cache_folder(environment));
  TRY(const std::string recorders, trace::install_recorders(posix_disk(), tracing.x_cache));
  TRY(tracing.x_folder, trace::make_trace_folder(posix_disk(), tracing.x_cache));
  tracing.x_variables = trace::traced_variables(environment, recorders, tracing.x_folder);
  tracing.x_lock = trace::lock_trace_folder(tracing.x_folder);
  tracing.x_began_ns = trace::file_clock_now_ns();
  return tracing;
}

Tracing::Tracing(Tracing&& other) noexcept
    : x_cache(std::move(other.x_cache)),
      x_folder(std::exchange(other.x_folder, {})),
      x_lock(std::exchange(other.x_lock, -1)),
      x_began_ns(other.x_began_ns),
      x_variables(std::move(other.x_variables)) {}

Tracing::~Tracing() {
  std::error_code ignored;
  if (!x_folder.empty()) std::filesystem::remove_all(x_folder, ignored);
  if (x_lock >= 0) ::close(x_lock);
}

bool Tracing::has_reused() const {
  const auto said = read_program(x_folder);
  return said && !text_at(*said, "source").empty();
}

Result<recall::Manifest> Tracing::collect(const PlannedCommand& planned, const std::string& store,
                                          trace::StatIndex& index) const {
  return collect_manifest(planned, {x_folder, x_began_ns, store, {}, {}}, index);
}

Result<recall::Manifest> collect_manifest(const PlannedCommand& planned, const TraceOf& trace,
                                          trace::StatIndex& index) {
  TRY(const trace::Trace read, trace::read_trace(posix_disk(), trace.folder));
  TRY(const std::string cache, trace::find_cache_folder(planned.workspace.environment()));
  trace::FinishOptions options;
  options.began_ns = trace.began_ns;
  options.own_folders = own_folders(cache, trace.store, planned.workspace.root());
  options.mapped = trace.mapped;
  recall::Manifest manifest;
  manifest.program = planned.plan.program;
  manifest.argv = model::redact_argv(planned.argv);
  manifest.folder = planned.folder;
  manifest.config = planned.said();
  manifest.record = trace::finish(read, planned.workspace, index, options);
  distrust_contested(manifest.record, planned.workspace, cache, trace);
  manifest.identity =
      recall::identify(manifest.program, planned.split(manifest.config), manifest.record);
  manifest.resolved = find_resolved(planned, manifest, trace.folder);
  return manifest;
}

model::Object facts_of(const recall::Manifest& manifest) {
  model::Object facts = print_keys(manifest.identity);
  facts.emplace_back("entry", manifest.program.entry);
  facts.emplace_back("said", manifest.config);
  facts.emplace_back("sealed", manifest.record.is_sealed());
  if (!manifest.record.is_sealed())
    facts.emplace_back("unsealed", manifest.record.unsealed.front());
  if (manifest.resolved) facts.emplace_back("program", print_keys(manifest.resolved->identity));
  return facts;
}

std::vector<KeptFile> files_to_keep(const PlannedCommand& planned, const recall::Manifest& manifest,
                                    bool with_outputs) {
  std::vector<KeptFile> files;
  uint64_t code_bytes = 0;
  for (const trace::Input& input : manifest.record.inputs) {
    const std::string path = planned.workspace.path_of(input.path);
    if (input.kind != trace::InputKind::kCode || input.files > 0 ||
        input.bytes > kKeptCodeFileBytesMax || !planned.workspace.is_inside(path))
      continue;
    code_bytes += input.bytes;
    if (code_bytes > kKeptCodeBytesMax) break;
    files.push_back({kCode + input.path, path});
  }
  uint64_t output_bytes = 0;
  for (const trace::Output& output : manifest.record.outputs) output_bytes += output.bytes;
  if (!with_outputs || !manifest.record.is_sealed() || output_bytes > kKeptOutputBytesMax)
    return files;
  for (const trace::Output& output : manifest.record.outputs)
    files.push_back({kOutputs + output.path, planned.workspace.path_of(output.path)});
  return files;
}

trace::StatIndex open_stat_index() {
  const auto cache = trace::find_cache_folder(trace::current_environment());
  if (!cache || !posix_disk().make_dirs(*cache)) return trace::StatIndex::in_memory();
  return trace::StatIndex::open(*cache + "/files.index");
}

Result<void> keep_manifest(client::Run& run, const PlannedCommand& planned,
                           const recall::Manifest& manifest, bool with_outputs) {
  const auto keep = [&](const std::string& name, model::Value file) {
    file.set("name", name);
    file.set("type", "file");
    run.log_artifact(std::move(file));
  };
  for (const KeptFile& each : files_to_keep(planned, manifest, with_outputs)) {
    TRY(model::Value file, run.put_file(each.path));
    keep(each.name, std::move(file));
  }
  TRY(model::Value file, run.put_bytes(wire::print_json(recall::to_value(manifest))));
  model::Value facts(facts_of(manifest));
  if (const model::Value* digest = file.find("sha256")) facts.set("manifest", *digest);
  keep(kManifestName, std::move(file));
  run.add_capture(model::Object{{"recall", std::move(facts)}});
  return {};
}

}  // namespace cairn::cli
