// Artifacts: the versions of every artifact of a store, who made them and who used them.
//
// Owned by the Catalog; used by one thread at a time. Everything is derived from what runs logged,
// kept between requests, and followed run by run; the numbers of versions alone are written down,
// by the store. Files and metadata of a version are read when asked for. docs/artifacts.md has the
// rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "store/store.h"

namespace cairn::query {

// A content of an artifact, logged once or often.
struct ArtifactVersion {
  uint32_t number = 0;
  std::string sha256;
  std::string run;         // that logged it first
  int64_t created_ns = 0;  // when it did
  uint64_t bytes = 0;
  size_t files = 0;
  std::vector<std::string> aliases;  // "latest" first
  std::vector<std::string> used_by;  // runs of the project, in the order of first use
};

struct Artifact {
  std::string name, type;                 // the type that was logged last
  std::vector<ArtifactVersion> versions;  // ascending numbers; gaps where runs were removed
  int64_t updated_ns = 0;

  const ArtifactVersion& latest() const;  // holds the alias "latest"
  const ArtifactVersion* find_content(std::string_view sha256) const;
};

class Artifacts {
 public:
  explicit Artifacts(store::Store& store);
  ~Artifacts();

  // All, by name. Pointers are valid until the next call.
  Result<std::vector<const Artifact*>> list(std::string_view project);
  Result<const Artifact*> get(std::string_view project, std::string_view name);
  // By version ("v3"), alias, or eight or more first digits of the digest; "" is the latest.
  static Result<const ArtifactVersion*> choose(const Artifact& artifact, std::string_view version);

  // What was logged of these versions, in their order: type, description, tags, metadata, files.
  Result<std::vector<model::Value>> manifests(std::string_view project, const Artifact& artifact,
                                              const std::vector<const ArtifactVersion*>& versions);

  // What a run made and used, each content once, in the order of logging.
  struct Tie {
    std::string project, name, type, sha256;
    std::string version;                     // "v3"; "" when nobody can tell
    const ArtifactVersion* known = nullptr;  // null: of another project, or its makers are gone
  };
  struct Lineage {
    std::vector<Tie> made, used;
  };
  Result<Lineage> lineage(std::string_view project, std::string_view run);

 private:
  class Project;
  Result<Project*> load(std::string_view project);

  store::Store& x_store;
  std::map<std::string, std::unique_ptr<Project>, std::less<>> x_projects;
};

}  // namespace cairn::query
