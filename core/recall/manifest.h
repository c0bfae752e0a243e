// Manifest: all that recall has to know about one run of the past, as it is kept with that run.
//
// JSON in a blob of the store (docs/formats/manifest.md), named by the run's captured facts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "recall/identity.h"
#include "trace/dependency_record.h"

namespace cairn::recall {

constexpr int kManifestVersion = 1;

// What the program said of itself (cairn.init(config=...)), defaults applied.
struct Resolved {
  model::Value config;
  Identity identity;
};

struct Manifest {
  Program program;
  std::vector<std::string> argv;
  std::string folder;   // the command's working folder, as a name in the workspace
  model::Value config;  // what the command line says, without secrets
  trace::DependencyRecord record;
  Identity identity;
  std::optional<Resolved> resolved;  // often it says nothing
};

model::Value to_value(const Manifest& manifest);
// Invalid when it is none; a manifest of a newer Cairn is refused, and its run is simply not
// recalled.
Result<Manifest> parse_manifest(const model::Value& value);

// What a command line says as a configuration: "--lr 0.1", "--lr=0.1", "lr=0.1", "-n 5", "--flag",
// "--no-flag"; what stands without a name is numbered. Secrets are left out.
model::Value config_of_arguments(const std::vector<std::string>& arguments);

}  // namespace cairn::recall
