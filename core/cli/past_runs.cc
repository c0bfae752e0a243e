// Looks for manifests by their keys, through the API, and asks the workspace about each.
#include "cli/past_runs.h"

#include <algorithm>
#include <map>
#include <set>

#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::Value;

constexpr size_t kCandidatesMax = 32;  // of each project, newest first
constexpr size_t kManifestBytesMax = 64 << 20;

Result<std::vector<std::string>> list_projects(DoorClient& client) {
  std::vector<std::string> names;
  const auto asked = client.get("/projects");
  if (!asked && asked.error().code() == Code::kNotFound) return names;  // no store yet
  TRY(const Value answer, asked);
  for (const Value& project : list_at(answer, "projects"))
    names.push_back(text_at(project, "name"));
  return names;
}

Result<void> find_runs(DoorClient& client, const std::string& project, const std::string& filter,
                       std::set<std::string>& seen, std::vector<std::string>& paths) {
  TRY(const Value answer,
      client.get(project_path(project) + "/runs", {{"filter", filter},
                                                   {"sort", "-created"},
                                                   {"columns", "name"},
                                                   {"limit", std::to_string(kCandidatesMax)}}));
  for (const Value& run : list_at(answer, "runs")) {
    std::string path = project_path(project) + "/runs/" + text_at(run, "id");
    if (seen.insert(path).second) paths.push_back(std::move(path));
  }
  return {};
}

// A text of the filter language.
std::string quote(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

Result<recall::Manifest> read_manifest(DoorClient& client, const std::string& sha256) {
  std::string text;
  TRY_VOID(client.read_blob(sha256, 0, [&](std::string_view piece) {
    text += piece;
    return text.size() <= kManifestBytesMax;
  }));
  TRY(const Value value, wire::parse_json(text));
  return recall::parse_manifest(value);
}

recall::Past past_of(const Value& run, recall::Manifest manifest) {
  recall::Past past;
  past.project = text_at(run, "project");
  past.run = text_at(run, "id");
  past.name = text_at(run, "name");
  past.has_finished = text_at(run, "state") == "finished" && int_at(run, "exit_code") == 0;
  past.ended_ns = int_at(run, "ended_ns");
  past.duration_s = number_at(run, "duration_s");
  for (const Value& tag : list_at(run, "tags")) {
    if (tag.string_or("") == kDisownedTag) past.is_disowned = true;
    if (tag.string_or("") == "nondeterministic") past.is_nondeterministic = true;
  }
  past.manifest = std::move(manifest);
  return past;
}

}  // namespace

Result<std::vector<Relative>> find_relatives(DoorClient& client, const PlannedCommand& planned,
                                             trace::StatIndex& index) {
  TRY(const std::vector<std::string> projects, list_projects(client));
  std::vector<std::string> paths;
  std::set<std::string> seen;
  for (const std::string& project : projects) {
    TRY_VOID(
        find_runs(client, project, "meta.recall.P = " + quote(planned.pre_key()), seen, paths));
    TRY_VOID(find_runs(client, project, "meta.recall.entry = " + quote(planned.plan.program.entry),
                       seen, paths));
  }
  std::vector<Relative> relatives;
  std::map<std::string, trace::Verification> verified;  // runs of one record are asked about once
  for (const std::string& path : paths) {
    TRY(const Value run, client.get(path));
    const std::string sha256 = text_at(value_at(value_at(run, "meta"), "recall"), "manifest");
    auto manifest = read_manifest(client, sha256);
    if (!manifest || manifest->folder != planned.folder) continue;
    Relative relative;
    relative.past = past_of(run, std::move(*manifest));
    const std::string record = wire::print_json(trace::to_value(relative.past.manifest.record));
    auto found = verified.find(record);
    if (found == verified.end())
      found = verified
                  .emplace(record, trace::verify(relative.past.manifest.record, planned.workspace,
                                                 index, trace::Thoroughness::kAllChanges))
                  .first;
    relative.match = recall::judge(planned.plan, relative.past, found->second);
    relative.respelled = found->second.respelled;
    relative.run = run;
    relatives.push_back(std::move(relative));
  }
  const auto rank = [](const Relative& r) {
    return std::tuple(r.match.level, r.match.held_back.empty() ? 0 : 1, -r.past.ended_ns);
  };
  std::stable_sort(relatives.begin(), relatives.end(),
                   [&](const Relative& a, const Relative& b) { return rank(a) < rank(b); });
  return relatives;
}

}  // namespace cairn::cli
