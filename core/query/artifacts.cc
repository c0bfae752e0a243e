// From what runs logged to versions, aliases and lineage.
#include "query/artifacts.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/nearest.h"
#include "model/artifact.h"

namespace cairn::query {

using model::ArtifactAct;
using model::Value;

namespace {

constexpr size_t kDigestDigitsMin = 8;
constexpr size_t kAliasesShown = 8;

std::string_view text_at(const Value& object, std::string_view member) {
  const Value* value = object.find(member);
  return value ? value->string_or("") : std::string_view{};
}

int64_t int_at(const Value& object, std::string_view member) {
  const Value* value = object.find(member);
  return value ? value->int_or(0) : 0;
}

// An event of a run about an artifact, without what is read only when asked for.
struct Act {
  ArtifactAct what = ArtifactAct::kMade;
  std::string sha256, type;
  int64_t time_ns = 0;
  uint64_t bytes = 0;
  size_t files = 0;
  std::vector<std::string> aliases;  // without "latest", which nobody can give away

  bool operator==(const Act&) const = default;
};

Act read_act(const Value& artifact, ArtifactAct what) {
  Act act;
  act.what = what;
  act.sha256 = text_at(artifact, "sha256");
  act.type = text_at(artifact, "type");
  act.time_ns = int_at(artifact, "time_ns");
  act.bytes = static_cast<uint64_t>(std::max<int64_t>(int_at(artifact, "bytes"), 0));
  const Value* files = artifact.find("files");
  if (files && files->as_list()) act.files = files->as_list()->size();
  const Value* aliases = what == ArtifactAct::kUsed ? nullptr : artifact.find("aliases");
  if (!aliases || !aliases->as_list()) return act;
  for (const Value& alias : *aliases->as_list())
    if (const auto text = alias.string_or("");
        model::is_artifact_alias(text) && text != model::kLatest)
      act.aliases.emplace_back(text);
  return act;
}

// A use of an artifact of another project says which.
bool is_of(const Value& artifact, std::string_view project) {
  const std::string_view other = text_at(artifact, "project");
  return other.empty() || other == project;
}

using ActsByRun = std::map<std::string, std::vector<Act>, std::less<>>;

// Plays an artifact's acts back in the order of time.
class Playback {
 public:
  explicit Playback(const ActsByRun& acts) {
    for (const auto& [run, of_run] : acts)
      for (const Act& act : of_run) x_acts.push_back({&act, &run});
    // Runs are in the order of their ids and a run's acts in its own: equal times keep that.
    std::stable_sort(x_acts.begin(), x_acts.end(), [](const Dated& a, const Dated& b) {
      return a.act->time_ns < b.act->time_ns;
    });
  }

  // Versions are in the order of their making and have no numbers yet.
  Artifact play(const std::string& name) {
    x_artifact.name = name;
    for (const Dated& dated : x_acts) {
      if (dated.act->what == ArtifactAct::kMade) make(*dated.act, *dated.run);
      if (dated.act->what == ArtifactAct::kEdited) edit(*dated.act);
    }
    for (const Dated& dated : x_acts)  // a clock that was late may have put a use before its make
      if (dated.act->what == ArtifactAct::kUsed) use(*dated.act, *dated.run);
    if (!x_artifact.versions.empty())
      x_artifact.versions[x_latest].aliases.emplace_back(model::kLatest);
    for (const auto& [alias, holder] : x_holders)
      x_artifact.versions[holder].aliases.push_back(alias);
    return std::move(x_artifact);
  }

 private:
  struct Dated {
    const Act* act;
    const std::string* run;
  };

  void make(const Act& act, const std::string& run) {
    const auto [found, is_new] = x_places.try_emplace(act.sha256, x_artifact.versions.size());
    if (is_new) {
      ArtifactVersion& version = x_artifact.versions.emplace_back();
      version.sha256 = act.sha256;
      version.run = run;
      version.created_ns = act.time_ns;
      version.bytes = act.bytes;
      version.files = act.files;
    }
    x_latest = found->second;
    x_artifact.type = act.type;
    give(act, found->second);
  }

  void edit(const Act& act) {
    const auto found = x_places.find(act.sha256);
    if (found == x_places.end()) return;
    std::erase_if(x_holders, [&](const auto& held) { return held.second == found->second; });
    give(act, found->second);
  }

  void give(const Act& act, size_t place) {
    for (const std::string& alias : act.aliases) x_holders[alias] = place;
    x_artifact.updated_ns = std::max(x_artifact.updated_ns, act.time_ns);
  }

  void use(const Act& act, const std::string& run) {
    const auto found = x_places.find(act.sha256);
    if (found != x_places.end() && x_uses.emplace(found->second, run).second)
      x_artifact.versions[found->second].used_by.push_back(run);
  }

  std::vector<Dated> x_acts;
  Artifact x_artifact;
  std::map<std::string_view, size_t> x_places;  // digest -> version
  std::map<std::string, size_t> x_holders;      // alias -> version
  std::set<std::pair<size_t, std::string_view>> x_uses;
  size_t x_latest = 0;
};

}  // namespace

// What is known of one project: the acts of its runs by artifact, and what follows from them.
class Artifacts::Project {
 public:
  explicit Project(std::string name) : x_name(std::move(name)) {}

  Result<void> follow(store::Store& store) {
    TRY(const auto changes, store.list_changed(x_name, x_revision));
    if (changes.complete) {
      x_entries.clear();
      x_names_by_run.clear();
      TRY_VOID(store.for_each_artifact(
          x_name, [&](std::string_view run, const Value& artifact) { add(run, artifact); }));
    }
    for (const std::string& run : changes.changed) TRY_VOID(read_again(store, run));
    for (const std::string& run : changes.removed) replace(run, {});
    x_revision = changes.revision;
    return settle(store);
  }

  std::vector<const Artifact*> list() const {
    std::vector<const Artifact*> all;
    for (const auto& [name, entry] : x_entries)
      if (!entry.artifact.versions.empty()) all.push_back(&entry.artifact);
    return all;
  }
  const Artifact* find(std::string_view name) const {
    const auto found = x_entries.find(name);
    const bool is_made = found != x_entries.end() && !found->second.artifact.versions.empty();
    return is_made ? &found->second.artifact : nullptr;
  }

 private:
  struct Entry {
    ActsByRun acts;
    Artifact artifact;
    bool is_stale = true;
  };
  using ActsByName = std::map<std::string, std::vector<Act>, std::less<>>;

  void add(std::string_view run, const Value& artifact) {
    ActsByName acts;
    collect(artifact, acts);
    for (auto& [name, of_name] : acts) {
      x_names_by_run[std::string(run)].insert(name);
      auto& known = x_entries[name].acts[std::string(run)];
      std::move(of_name.begin(), of_name.end(), std::back_inserter(known));
    }
  }

  void collect(const Value& artifact, ActsByName& acts) const {
    const ArtifactAct what = model::act_of(artifact);
    const bool counts =
        what == ArtifactAct::kMade || what == ArtifactAct::kUsed || what == ArtifactAct::kEdited;
    if (counts && is_of(artifact, x_name))
      acts[std::string(text_at(artifact, "name"))].push_back(read_act(artifact, what));
  }

  Result<void> read_again(store::Store& store, const std::string& run) {
    TRY(const auto artifacts, store.read_artifacts(x_name, run));
    ActsByName acts;
    for (const Value& artifact : artifacts) collect(artifact, acts);
    replace(run, std::move(acts));
    return {};
  }

  // Only what differs from what was known has to be played back again.
  void replace(const std::string& run, ActsByName&& acts) {
    const auto known = x_names_by_run.find(run);
    if (known != x_names_by_run.end())
      for (const std::string& name : known->second)
        if (!acts.contains(name)) {
          x_entries[name].acts.erase(run);
          x_entries[name].is_stale = true;
        }
    std::set<std::string> names;
    for (auto& [name, of_name] : acts) {
      names.insert(name);
      Entry& entry = x_entries[name];
      auto& before = entry.acts[run];
      if (before == of_name) continue;
      before = std::move(of_name);
      entry.is_stale = true;
    }
    if (!names.empty())
      x_names_by_run[run] = std::move(names);
    else if (known != x_names_by_run.end())
      x_names_by_run.erase(known);
  }

  Result<void> settle(store::Store& store) {
    std::vector<Entry*> stale;
    std::vector<store::ArtifactContent> contents;
    std::erase_if(x_entries, [](const auto& entry) { return entry.second.acts.empty(); });
    for (auto& [name, entry] : x_entries) {
      if (!entry.is_stale) continue;
      entry.artifact = Playback(entry.acts).play(name);
      for (const ArtifactVersion& version : entry.artifact.versions)
        contents.push_back({name, version.sha256});
      stale.push_back(&entry);
    }
    if (stale.empty()) return {};
    TRY(const std::vector<uint32_t> numbers, store.number_versions(x_name, contents));
    auto number = numbers.begin();
    for (Entry* entry : stale) {
      auto& versions = entry->artifact.versions;
      for (ArtifactVersion& version : versions) version.number = *number++;
      std::sort(versions.begin(), versions.end(),
                [](const auto& a, const auto& b) { return a.number < b.number; });
      entry->is_stale = false;
    }
    return {};
  }

  std::string x_name;
  uint64_t x_revision = 0;
  std::map<std::string, Entry, std::less<>> x_entries;  // by artifact; some were only used
  std::map<std::string, std::set<std::string>> x_names_by_run;
};

const ArtifactVersion& Artifact::latest() const {
  for (const ArtifactVersion& version : versions)
    if (!version.aliases.empty() && version.aliases.front() == model::kLatest) return version;
  return versions.back();
}

const ArtifactVersion* Artifact::find_content(std::string_view sha256) const {
  const auto found = std::find_if(versions.begin(), versions.end(),
                                  [&](const auto& version) { return version.sha256 == sha256; });
  return found == versions.end() ? nullptr : &*found;
}

Artifacts::Artifacts(store::Store& store) : x_store(store) {}
Artifacts::~Artifacts() = default;

Result<Artifacts::Project*> Artifacts::load(std::string_view project) {
  auto found = x_projects.find(project);
  if (found == x_projects.end())
    found = x_projects.emplace(project, std::make_unique<Project>(std::string(project))).first;
  TRY_VOID(found->second->follow(x_store));
  return found->second.get();
}

Result<std::vector<const Artifact*>> Artifacts::list(std::string_view project) {
  TRY(const Project* loaded, load(project));
  return loaded->list();
}

Result<const Artifact*> Artifacts::get(std::string_view project, std::string_view name) {
  TRY(const Project* loaded, load(project));
  if (const Artifact* found = loaded->find(name)) return found;
  std::vector<std::string_view> names;
  for (const Artifact* artifact : loaded->list()) names.push_back(artifact->name);
  const auto near = nearest_name(name, names);
  return fail(Code::kNotFound, "expected an artifact of project '{}', found none named '{}'{}",
              project, name.substr(0, 200), near ? fmt::format("; did you mean '{}'?", *near) : "");
}

Result<const ArtifactVersion*> Artifacts::choose(const Artifact& artifact,
                                                 std::string_view version) {
  if (version.empty() || version == model::kLatest) return &artifact.latest();
  const auto number = model::parse_version(version);
  const bool may_be_digest = version.size() >= kDigestDigitsMin;
  std::vector<const ArtifactVersion*> matches;
  for (const ArtifactVersion& v : artifact.versions) {
    const auto& aliases = v.aliases;
    if (number ? v.number == *number
               : std::find(aliases.begin(), aliases.end(), version) != aliases.end())
      return &v;
    if (may_be_digest && v.sha256.starts_with(version)) matches.push_back(&v);
  }
  if (matches.size() == 1) return matches.front();
  std::string aliases;
  size_t shown = 0;
  for (const ArtifactVersion& v : artifact.versions)
    for (const std::string& alias : v.aliases)
      if (shown++ < kAliasesShown) aliases += ", " + alias;
  return fail(Code::kNotFound,
              "expected a version or an alias of artifact '{}' (there are versions up to v{}{}), "
              "found none named '{}:{}'",
              artifact.name, artifact.versions.back().number, aliases, artifact.name,
              version.substr(0, 200));
}

Result<std::vector<Value>> Artifacts::manifests(
    std::string_view project, const Artifact& artifact,
    const std::vector<const ArtifactVersion*>& versions) {
  std::map<std::string_view, std::vector<Value>> by_run;  // many versions may be one run's
  std::vector<Value> manifests;
  for (const ArtifactVersion* version : versions) {
    const auto [logged, is_new] = by_run.try_emplace(version->run);
    if (is_new) {
      TRY(logged->second, x_store.read_artifacts(project, version->run));
    }
    const auto is_it = [&](const Value& value) {
      return model::act_of(value) == ArtifactAct::kMade &&
             text_at(value, "name") == artifact.name && text_at(value, "sha256") == version->sha256;
    };
    const auto found = std::find_if(logged->second.rbegin(), logged->second.rend(), is_it);
    manifests.push_back(found == logged->second.rend() ? Value() : *found);
  }
  return manifests;
}

Result<Artifacts::Lineage> Artifacts::lineage(std::string_view project, std::string_view run) {
  TRY(const Project* loaded, load(project));
  TRY(const std::vector<Value> logged, x_store.read_artifacts(project, run));
  Lineage lineage;
  std::set<std::tuple<ArtifactAct, std::string, std::string>> seen;
  for (const Value& value : logged) {
    const ArtifactAct what = model::act_of(value);
    if (what != ArtifactAct::kMade && what != ArtifactAct::kUsed) continue;
    Tie tie;
    tie.project = is_of(value, project) ? project : text_at(value, "project");
    tie.name = text_at(value, "name");
    tie.type = text_at(value, "type");
    tie.sha256 = text_at(value, "sha256");
    if (!seen.emplace(what, tie.project + "/" + tie.name, tie.sha256).second) continue;
    const Artifact* artifact = tie.project == project ? loaded->find(tie.name) : nullptr;
    tie.known = artifact ? artifact->find_content(tie.sha256) : nullptr;
    if (tie.known)
      tie.version = model::print_version(tie.known->number);
    else if (const auto said = text_at(value, "version"); model::parse_version(said))
      tie.version = said;
    (what == ArtifactAct::kMade ? lineage.made : lineage.used).push_back(std::move(tie));
  }
  return lineage;
}

}  // namespace cairn::query
