// Artifacts by name: what may be a name, an alias or a path inside one, and what content is called.
//
// docs/artifacts.md tells what an artifact is. These rules hold wherever an artifact is written and
// wherever it is read: a run may have come from anybody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/value.h"

namespace cairn::model {

constexpr std::string_view kLatest = "latest";  // the alias that follows logging by itself

// A safe name (base/id.h), because it stands in addresses and names folders.
bool is_artifact_name(std::string_view text);
// 1 to 128 bytes of UTF-8 without '/', ':', ',' and control characters; "v3" is a version's own.
bool is_artifact_alias(std::string_view text);
// Relative, parts divided by '/', none of them empty, "." or ".."; no backslash, no control
// character.
bool is_artifact_path(std::string_view text);

// What an event of a run says of an artifact, by its members `use` and `edit`.
enum class ArtifactAct : uint8_t {
  kMade,        // the run made this content
  kUsed,        // the run used it
  kEdited,      // somebody moved its aliases
  kKeptFile,    // a file kept by save(): no artifact at all
  kUnreadable,  // no name or no digest that could be one
};
ArtifactAct act_of(const Value& artifact);

std::string print_version(uint32_t number);                    // "v3"
std::optional<uint32_t> parse_version(std::string_view text);  // the inverse

// "NAME", "NAME:VERSION" or "NAME:ALIAS".
struct ArtifactReference {
  std::string name;
  std::string version;  // what stands behind the colon; empty: nothing
};
Result<ArtifactReference> parse_artifact_reference(std::string_view text);

// Invalid, with what is wrong, when this cannot be an artifact that was made: its name, a path, the
// same path twice, an alias, or a digest that is not that of its files.
Result<void> check_manifest(const Value& manifest);

// The name of a content: SHA-256 over the files, a list of {"path", "sha256"} or {"path", "ref",
// "checksum"} in any order.
std::string digest_of_files(const List& files);

}  // namespace cairn::model
