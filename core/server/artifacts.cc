// Handlers of artifacts: versions, aliases, lineage.
#include <algorithm>
#include <map>
#include <utility>

#include "base/limits.h"
#include "model/artifact.h"
#include "server/handlers.h"
#include "server/listing.h"

namespace cairn::server {

using model::Value;

namespace {

constexpr size_t kArtifactsDefault = 1000, kVersionsDefault = 20;
// Of each version, where several are answered at once; asked for alone it shows all of them.
constexpr size_t kFilesShown = 1000;
constexpr size_t kUsersShown = 1000;

int64_t count(uint64_t n) { return static_cast<int64_t>(n); }

model::List print_texts(const std::vector<std::string>& texts, size_t most) {
  const auto end = texts.begin() + static_cast<ptrdiff_t>(std::min(texts.size(), most));
  return model::List(texts.begin(), end);
}

Value take_files(const Value& manifest, size_t most) {
  const Value* files = manifest.find("files");
  const model::List* list = files ? files->as_list() : nullptr;
  if (!list) return model::List();
  return model::List(list->begin(),
                     list->begin() + static_cast<ptrdiff_t>(std::min(list->size(), most)));
}

Value print_version(const query::ArtifactVersion& version, const Value& manifest, size_t files) {
  Value out;
  out.set("version", model::print_version(version.number));
  out.set("aliases", print_texts(version.aliases, version.aliases.size()));
  out.set("created_ns", version.created_ns);
  out.set("run", version.run);
  out.set("sha256", version.sha256);
  out.set("bytes", count(version.bytes));
  out.set("file_count", count(version.files));
  out.set("files", take_files(manifest, files));
  for (const char* member : {"metadata", "description", "tags"})
    if (const Value* value = manifest.find(member)) out.set(member, *value);
  out.set("used_by", print_texts(version.used_by, kUsersShown));
  out.set("uses", count(version.used_by.size()));
  return out;
}

// Each version with at most `files` of its files.
Result<model::List> print_versions(const Call& call, const query::Artifact& artifact,
                                   const std::vector<const query::ArtifactVersion*>& versions,
                                   size_t files) {
  TRY(const std::vector<Value> manifests,
      call.rooms.catalog.artifacts().manifests(call.names[0], artifact, versions));
  model::List printed;
  for (size_t i = 0; i < versions.size(); ++i)
    printed.push_back(print_version(*versions[i], manifests[i], files));
  return printed;
}

Response answer_versions(const query::Artifact& artifact, Value page) {
  page.set("name", artifact.name);
  page.set("type", artifact.type);
  return answer(page);
}

struct Chosen {
  const query::Artifact* artifact;
  const query::ArtifactVersion* version;
};

Result<Chosen> choose(const Call& call, const model::ArtifactReference& reference) {
  TRY(const query::Artifact* artifact,
      call.rooms.catalog.artifacts().get(call.names[0], reference.name));
  TRY(const query::ArtifactVersion* version,
      query::Artifacts::choose(*artifact, reference.version));
  return Chosen{artifact, version};
}

Result<Response> answer_version(const Call& call, const model::ArtifactReference& reference) {
  TRY(const Chosen chosen, choose(call, reference));
  TRY(model::List printed,
      print_versions(call, *chosen.artifact, {chosen.version}, chosen.version->files));
  return answer_versions(*chosen.artifact, print_page("versions", std::move(printed), 0, 1));
}

// Files that are no references must have been put before.
Result<void> check_blobs(const Call& call, const Value& manifest) {
  for (const Value& file : *manifest.find("files")->as_list()) {
    const Value* sha256 = file.find("sha256");
    if (sha256 && !call.rooms.blobs.has(sha256->string_or("")))
      return fail(Code::kInvalid, "expected the content of '{}' to be put first, found none ({})",
                  file.find("path")->string_or(""), sha256->string_or(""));
  }
  return {};
}

Result<model::List> read_aliases(const Value& body) {
  const Value* given = body.find("aliases");
  if (!given || !given->as_list() || body.as_object()->size() != 1)
    return fail(Code::kInvalid, "expected {{\"aliases\": [...]}} and nothing else");
  model::List aliases;
  for (const Value& alias : *given->as_list()) {
    const std::string_view text = alias.string_or("");
    if (!model::is_artifact_alias(text))
      return fail(Code::kInvalid,
                  "expected an alias of 1 to {} bytes without '/', ':' and ',' that is no "
                  "version's name, found '{}'",
                  kNameBytesMax, text.substr(0, 200));
    if (text != model::kLatest) aliases.push_back(alias);  // it goes where it goes
  }
  return aliases;
}

Value print_tie(const query::Artifacts::Tie& tie) {
  Value out;
  out.set("project", tie.project);
  out.set("name", tie.name);
  out.set("version", tie.version.empty() ? Value() : Value(tie.version));
  out.set("type", tie.type);
  out.set("sha256", tie.sha256);
  if (!tie.known) return out;
  out.set("bytes", count(tie.known->bytes));
  out.set("run", tie.known->run);
  out.set("used_by", print_texts(tie.known->used_by, kUsersShown));
  return out;
}

}  // namespace

Result<Response> list_artifacts(const Call& call) {
  const std::string_view type = call.text("type");
  TRY(std::vector<const query::Artifact*> artifacts,
      call.rooms.catalog.artifacts().list(call.names[0]));
  if (!type.empty())
    std::erase_if(artifacts, [&](const query::Artifact* a) { return a->type != type; });
  TRY(const Slice slice, read_slice(call, kArtifactsDefault, kPageRunsMax));
  model::List printed;
  for (size_t i = slice.offset; i < slice.end(artifacts.size()); ++i) {
    const query::Artifact& artifact = *artifacts[i];
    const query::ArtifactVersion& latest = artifact.latest();
    Value out;
    out.set("name", artifact.name);
    out.set("type", artifact.type);
    out.set("versions", count(artifact.versions.size()));
    out.set("latest", model::print_version(latest.number));
    out.set("bytes", count(latest.bytes));
    out.set("updated_ns", artifact.updated_ns);
    printed.push_back(std::move(out));
  }
  return answer(print_page("artifacts", std::move(printed), slice.offset, artifacts.size()));
}

Result<Response> get_artifact(const Call& call) {
  TRY(const model::ArtifactReference reference, model::parse_artifact_reference(call.names[1]));
  if (!reference.version.empty()) return answer_version(call, reference);
  TRY(const query::Artifact* artifact,
      call.rooms.catalog.artifacts().get(call.names[0], reference.name));
  TRY(const Slice slice, read_slice(call, kVersionsDefault, kPageRunsMax));
  const size_t total = artifact->versions.size();
  std::vector<const query::ArtifactVersion*> versions;  // newest first
  for (size_t i = slice.offset; i < slice.end(total); ++i)
    versions.push_back(&artifact->versions[total - 1 - i]);
  TRY(model::List printed, print_versions(call, *artifact, versions, kFilesShown));
  return answer_versions(*artifact,
                         print_page("versions", std::move(printed), slice.offset, total));
}

Result<Response> add_artifact(const Call& call) {
  TRY(Value manifest, call.object());
  TRY_VOID(model::check_manifest(manifest));
  TRY_VOID(check_blobs(call, manifest));
  TRY(const model::RunInfo run, call.run());
  const std::string name(manifest.find("name")->string_or(""));
  const std::string digest(manifest.find("sha256")->string_or(""));
  for (const char* member : {"use", "edit"}) manifest.erase(member);
  const Value* given = manifest.find("aliases");
  model::List aliases = given && given->as_list() ? *given->as_list() : model::List();
  if (std::find(aliases.begin(), aliases.end(), Value(model::kLatest)) == aliases.end())
    aliases.emplace_back(model::kLatest);
  manifest.set("aliases", std::move(aliases));
  TRY_VOID(call.rooms.ingest.add_artifact(run.project, run.id, std::move(manifest)));
  return answer_version(call, {name, digest});
}

Result<Response> edit_artifact(const Call& call) {
  TRY(const Value body, call.object());
  TRY(model::List aliases, read_aliases(body));
  TRY(model::ArtifactReference reference, model::parse_artifact_reference(call.names[1]));
  TRY(const Chosen chosen, choose(call, reference));
  const std::string run = chosen.version->run;
  Value change;
  change.set("name", reference.name);
  change.set("sha256", chosen.version->sha256);
  change.set("aliases", std::move(aliases));
  reference.version = model::print_version(chosen.version->number);  // an alias may move away
  TRY_VOID(call.rooms.ingest.edit_artifact(call.names[0], run, std::move(change)));
  return answer_version(call, reference);
}

Result<Response> get_lineage(const Call& call) {
  TRY(const model::RunInfo run, call.run());
  TRY(const query::Artifacts::Lineage lineage,
      call.rooms.catalog.artifacts().lineage(run.project, run.id));
  model::List made, used;
  for (const auto& tie : lineage.made) made.push_back(print_tie(tie));
  for (const auto& tie : lineage.used) used.push_back(print_tie(tie));
  return answer(model::Object{{"made", std::move(made)}, {"used", std::move(used)}});
}

// As they were logged; what save() kept is there too, without aliases and without a version.
Result<Response> list_run_artifacts(const Call& call) {
  TRY(const model::RunInfo run, call.run());
  TRY(const query::Artifacts::Lineage lineage,
      call.rooms.catalog.artifacts().lineage(run.project, run.id));
  TRY(std::vector<Value> logged, call.rooms.store.read_artifacts(run.project, run.id));
  std::map<std::pair<std::string_view, std::string_view>, std::string_view> versions;
  for (const auto& tie : lineage.made) versions.try_emplace({tie.name, tie.sha256}, tie.version);
  model::List artifacts;
  for (Value& value : logged) {
    const model::ArtifactAct act = model::act_of(value);
    if (act == model::ArtifactAct::kMade)
      value.set("version",
                versions[{value.find("name")->string_or(""), value.find("sha256")->string_or("")}]);
    if (act == model::ArtifactAct::kMade || act == model::ArtifactAct::kKeptFile)
      artifacts.push_back(std::move(value));
  }
  return answer_list(call, "artifacts", std::move(artifacts));
}

}  // namespace cairn::server
