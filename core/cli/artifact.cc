// cairn artifact ls, get, put, alias: named and versioned files.
#include "model/artifact.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "base/clock.h"
#include "cli/artifact_files.h"
#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "client/run.h"
#include "server/target.h"
#include "wire/json.h"

namespace cairn::cli {

using model::Value;

namespace {

constexpr const char* kArtifactsPerPage = "10000";

// What a user calls an artifact: [PROJECT/]NAME[:VERSION].
struct Named {
  std::string project;
  model::ArtifactReference reference;

  std::string path() const {
    return artifact_path(reference.version.empty() ? reference.name
                                                   : reference.name + ":" + reference.version);
  }
  std::string latest_path() const {
    return reference.version.empty()
               ? artifact_path(reference.name + ":" + std::string(model::kLatest))
               : path();
  }

 private:
  std::string artifact_path(const std::string& name) const {
    return project_path(project) + "/artifacts/" + server::percent_encode(name);
  }
};

Result<std::vector<std::string>> list_projects(DoorClient& client) {
  TRY(const Value answer, client.get("/projects"));
  std::vector<std::string> names;
  for (const Value& project : list_at(answer, "projects"))
    names.push_back(text_at(project, "name"));
  return names;
}

// The one that was given, that of the environment, or the only one there is.
Result<std::string> choose_project(DoorClient& client, const std::string& given) {
  if (!given.empty()) return given;
  if (const char* set = std::getenv("CAIRN_PROJECT"); set && *set) return std::string(set);
  TRY(const std::vector<std::string> names, list_projects(client));
  if (names.size() == 1) return names.front();
  return fail(Code::kInvalid, "expected a project: PROJECT/NAME or --project; there are: {}",
              fmt::join(names, ", "));
}

Result<Named> parse_named(DoorClient& client, const std::string& text, const std::string& given) {
  const size_t slash = text.find('/');
  const bool has_project = slash != std::string::npos;
  TRY(model::ArtifactReference reference,
      model::parse_artifact_reference(has_project ? text.substr(slash + 1) : text));
  TRY(std::string project, choose_project(client, has_project ? text.substr(0, slash) : given));
  return Named{std::move(project), std::move(reference)};
}

// One version of an artifact, with the artifact's name and type.
Result<Value> get_version(DoorClient& client, const std::string& path) {
  TRY(const Value artifact, client.get(path));
  const model::List& versions = list_at(artifact, "versions");
  if (versions.size() != 1)
    return fail(Code::kUnavailable, "expected one version, found {} ({})", versions.size(), path);
  Value version = versions.front();
  version.set("name", text_at(artifact, "name"));
  version.set("type", text_at(artifact, "type"));
  return version;
}

std::string print_age_of(const Value& object, std::string_view member) {
  return print_age(static_cast<double>(wall_now_ns() - int_at(object, member)) / 1e9) + " ago";
}

std::string join_texts(const model::List& texts) {
  std::string joined;
  for (const Value& text : texts)
    joined += (joined.empty() ? "" : " ") + make_printable(text.string_or(""));
  return joined;
}

std::string bytes_at(const Value& object) {
  return print_bytes(static_cast<uint64_t>(int_at(object, "bytes")));
}

// ---- ls ----

Result<int> list_all(const ListArtifacts& command, const Desk& desk) {
  std::vector<std::string> projects = {command.project};
  if (command.project.empty()) {
    TRY(projects, list_projects(desk.client));
  }
  Table table({{"project"},
               {"artifact"},
               {"type"},
               {"latest"},
               {"versions", Align::kRight},
               {"size", Align::kRight},
               {"updated", Align::kRight}});
  model::List all;
  for (const std::string& project : projects) {
    server::Pairs params = {{"type", command.type}, {"limit", kArtifactsPerPage}};
    while (true) {
      TRY(const Value page, desk.client.get(project_path(project) + "/artifacts", params));
      for (const Value& artifact : list_at(page, "artifacts")) {
        table.add({{project},
                   {text_at(artifact, "name"), Paint::kBold},
                   {make_printable(text_at(artifact, "type"))},
                   {text_at(artifact, "latest")},
                   {print_count(static_cast<uint64_t>(int_at(artifact, "versions")))},
                   {bytes_at(artifact)},
                   {print_age_of(artifact, "updated_ns")}});
        Value printed = artifact;
        printed.set("project", project);
        all.push_back(std::move(printed));
      }
      const std::string cursor = text_at(page, "next_cursor");
      if (cursor.empty()) break;
      params = {{"type", command.type}, {"limit", kArtifactsPerPage}, {"cursor", cursor}};
    }
  }
  if (command.as_json)
    print_json(model::Object{{"artifacts", std::move(all)}}, desk.terminal);
  else if (table.row_count() > 0)
    desk.terminal.print(table.print(desk.terminal));
  else
    Terminal::warn("no artifacts yet; 'cairn artifact put NAME PATH' keeps one");
  return kExitOk;
}

void print_versions(const Value& artifact, const Terminal& terminal) {
  Table table({{"version"},
               {"aliases"},
               {"files", Align::kRight},
               {"size", Align::kRight},
               {"made", Align::kRight},
               {"by run"},
               {"used by", Align::kRight}});
  for (const Value& version : list_at(artifact, "versions"))
    table.add({{text_at(version, "version"), Paint::kBold},
               {join_texts(list_at(version, "aliases"))},
               {print_count(static_cast<uint64_t>(int_at(version, "file_count")))},
               {bytes_at(version)},
               {print_age_of(version, "created_ns")},
               {text_at(version, "run")},
               {print_count(static_cast<uint64_t>(int_at(version, "uses")))}});
  terminal.print(table.print(terminal));
}

void print_version(const std::string& project, const Value& version, const Terminal& terminal) {
  std::string out =
      terminal.paint(project + "/" + text_at(version, "name") + ":" + text_at(version, "version"),
                     Paint::kBold) +
      "  " + join_texts(list_at(version, "aliases")) + "\n";
  const auto line = [&](const char* title, const std::string& text) {
    if (!text.empty())
      out += fmt::format("{}{}\n", terminal.paint(fmt::format("{:<13}", title), Paint::kDim), text);
  };
  line("type", make_printable(text_at(version, "type")));
  line("about", make_printable(text_at(version, "description")));
  line("made",
       print_local_time(int_at(version, "created_ns")) + " by run " + text_at(version, "run"));
  line("used by", join_texts(list_at(version, "used_by")));
  line("digest", text_at(version, "sha256"));
  model::for_each_leaf(value_at(version, "metadata"), [&](const std::string& path, const Value& v) {
    if (!path.empty()) line("metadata", make_printable(path + " = " + print_value(v)));
  });
  Table table({{"file"}, {"size", Align::kRight}});
  for (const Value& file : list_at(version, "files")) {
    const std::string ref = text_at(file, "ref");
    table.add({{make_printable(text_at(file, "path") + (ref.empty() ? "" : " -> " + ref))},
               {ref.empty() || int_at(file, "bytes") > 0 ? bytes_at(file) : "-"}});
  }
  terminal.print(out + "\n" + table.print(terminal));
}

// ---- put ----

using PutFile = std::function<Result<Value>(const std::string& path)>;

Result<Value> keep_file(const FoundFile& file, const PutFile& put_file) {
  Value kept;
  kept.set("path", file.path);
  if (!file.ref.empty()) {
    kept.set("ref", file.ref);
    return kept;
  }
  TRY(const Value content, put_file(file.source));
  for (const auto& [member, value] : *content.as_object()) kept.set(member, value);
  return kept;
}

Result<Value> make_manifest(const PutArtifact& command, const std::vector<FoundFile>& found,
                            const PutFile& put_file) {
  Value metadata{model::Object{}};
  if (!command.metadata.empty()) {
    TRY(metadata, wire::parse_json(command.metadata));
    if (!metadata.as_object())
      return fail(Code::kInvalid, "expected --metadata as a JSON object, found '{}'",
                  command.metadata);
  }
  model::List files;
  int64_t bytes = 0;
  for (const FoundFile& file : found) {
    TRY(Value kept, keep_file(file, put_file));
    bytes += int_at(kept, "bytes");
    files.push_back(std::move(kept));
  }
  model::List aliases(command.aliases.begin(), command.aliases.end());
  aliases.emplace_back(model::kLatest);
  Value manifest;
  manifest.set("name", command.name);
  manifest.set("type", command.type);
  manifest.set("aliases", std::move(aliases));
  manifest.set("description", command.description);
  manifest.set("metadata", std::move(metadata));
  manifest.set("sha256", model::digest_of_files(files));
  manifest.set("bytes", bytes);
  manifest.set("files", std::move(files));
  TRY_VOID(model::check_manifest(manifest));
  return manifest;
}

// A run of its own says where the artifact came from.
Result<FoundRun> put_with_new_run(const PutArtifact& command, const std::vector<FoundFile>& found,
                                  const Desk& desk) {
  client::RunOptions options;
  options.dir = desk.client.dir();
  options.url = desk.client.url();
  options.project = command.project;
  options.name = "put-" + command.name;
  options.job_type = "artifact";
  options.sample_period_s = 0;
  TRY(const auto run, client::Run::open(std::move(options)));
  const auto manifest =
      make_manifest(command, found, [&](const std::string& path) { return run->put_file(path); });
  if (!manifest) {
    run->finish(1, manifest.error().message());
    return tl::unexpected(manifest.error());
  }
  run->log_artifact(*manifest);
  run->finish();
  return FoundRun{run->project(), run->id(), run->name(), {}};
}

Result<FoundRun> put_with_old_run(const PutArtifact& command, const std::vector<FoundFile>& found,
                                  const Desk& desk) {
  TRY(FoundRun run, desk.client.find_run(command.run));
  TRY(const Value manifest, make_manifest(command, found, [&](const std::string& path) {
        return desk.client.put_blob(path);
      }));
  TRY_VOID(desk.client.send("POST", run.path() + "/artifacts", {}, manifest));
  return run;
}

}  // namespace

Result<int> execute(const ListArtifacts& command, const Desk& desk) {
  if (command.artifact.empty()) return list_all(command, desk);
  TRY(const Named named, parse_named(desk.client, command.artifact, command.project));
  if (!named.reference.version.empty() && !command.as_json) {
    TRY(const Value version, get_version(desk.client, named.path()));
    print_version(named.project, version, desk.terminal);
    return kExitOk;
  }
  TRY(const Value artifact, desk.client.get(named.path(), {{"limit", kArtifactsPerPage}}));
  if (command.as_json)
    print_json(artifact, desk.terminal);
  else
    print_versions(artifact, desk.terminal);
  return kExitOk;
}

Result<int> execute(const GetArtifact& command, const Desk& desk) {
  TRY(const Named named, parse_named(desk.client, command.artifact, command.project));
  TRY(const Value manifest, get_version(desk.client, named.latest_path()));
  TRY_VOID(model::check_manifest(manifest));  // whoever made it
  const std::string version = text_at(manifest, "version");
  const std::string folder =
      command.output.empty() ? "artifacts/" + named.reference.name + "-" + version : command.output;
  TRY(const Written written, write_files(desk.client, manifest, folder));
  if (command.as_json) {
    print_json(model::Object{{"project", named.project},
                             {"name", named.reference.name},
                             {"version", version},
                             {"sha256", text_at(manifest, "sha256")},
                             {"folder", written.folder},
                             {"files", static_cast<int64_t>(written.files)},
                             {"bytes", static_cast<int64_t>(written.bytes)},
                             {"references",
                              model::List(written.references.begin(), written.references.end())}},
               desk.terminal);
    return kExitOk;
  }
  desk.terminal.print(fmt::format("{}/{}:{}  {} {}, {} in {}\n", named.project,
                                  named.reference.name, version, print_count(written.files),
                                  written.files == 1 ? "file" : "files", print_bytes(written.bytes),
                                  written.folder));
  for (const std::string& reference : written.references)
    desk.terminal.print("not copied: " + make_printable(reference) + "\n");
  return kExitOk;
}

Result<int> execute(const PutArtifact& command, const Desk& desk) {
  if (!model::is_artifact_name(command.name))
    return fail(Code::kInvalid,
                "expected as artifact name letters, digits, '.', '_' and '-', found '{}'",
                command.name);
  TRY(const std::vector<FoundFile> found, find_files(command.paths, command.follow_links));
  PutArtifact put = command;
  if (put.project.empty()) {
    const char* set = std::getenv("CAIRN_PROJECT");
    put.project = set && *set ? set : "default";
  }
  TRY(const FoundRun run, command.run.empty() ? put_with_new_run(put, found, desk)
                                              : put_with_old_run(put, found, desk));
  // A server may not have it yet: then it is still being delivered.
  const Named named{run.project, {command.name, std::string(model::kLatest)}};
  Value made = get_version(desk.client, named.path()).value_or(Value(model::Object{}));
  if (command.as_json) {
    made.set("project", run.project);
    made.set("name", command.name);
    made.set("run", run.id);
    print_json(made, desk.terminal);
    return kExitOk;
  }
  const std::string version = text_at(made, "version");
  desk.terminal.print(fmt::format("{}/{}{}  {} {}, {}, by run {}\n", run.project, command.name,
                                  version.empty() ? "" : ":" + version, print_count(found.size()),
                                  found.size() == 1 ? "file" : "files", bytes_at(made), run.id));
  return kExitOk;
}

Result<int> execute(const AliasArtifact& command, const Desk& desk) {
  TRY(const Named named, parse_named(desk.client, command.artifact, command.project));
  TRY(const Value version, get_version(desk.client, named.latest_path()));
  model::List aliases;
  const auto is_in = [](const std::vector<std::string>& texts, const Value& alias) {
    return std::find(texts.begin(), texts.end(), alias.string_or("")) != texts.end();
  };
  for (const Value& alias : list_at(version, "aliases"))
    if (!is_in(command.remove, alias) && !is_in(command.add, alias)) aliases.push_back(alias);
  aliases.insert(aliases.end(), command.add.begin(), command.add.end());
  if (command.add.empty() && command.remove.empty())
    return fail(Code::kInvalid, "expected an alias to give, or --remove ALIAS");
  const Named exact{named.project, {named.reference.name, text_at(version, "version")}};
  TRY(const Value edited,
      desk.client.send("PATCH", exact.path(), {}, model::Object{{"aliases", std::move(aliases)}}));
  if (command.as_json) {
    print_json(edited, desk.terminal);
    return kExitOk;
  }
  TRY(const Value now, get_version(desk.client, exact.path()));
  desk.terminal.print(fmt::format("{}/{}:{}  {}\n", exact.project, exact.reference.name,
                                  text_at(now, "version"), join_texts(list_at(now, "aliases"))));
  return kExitOk;
}

}  // namespace cairn::cli
