// The rules of names, aliases and paths, and the digest of a content.
#include "model/artifact.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <vector>

#include "base/hash.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace cairn::model {
namespace {

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

std::string_view text_at(const Value& object, std::string_view member) {
  const Value* value = object.find(member);
  return value ? value->string_or("") : std::string_view{};
}

bool is_set(const Value& object, std::string_view member) {
  const Value* value = object.find(member);
  return value && value->int_or(0) != 0;
}

}  // namespace

bool is_artifact_name(std::string_view text) { return is_safe_name(text); }

bool is_artifact_alias(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax && !has_control(text) && is_utf8(text) &&
         text.find_first_of("/:,") == std::string_view::npos && !parse_version(text);
}

bool is_artifact_path(std::string_view text) {
  if (text.empty() || text.size() > kArtifactPathBytesMax || has_control(text) || !is_utf8(text) ||
      text.find('\\') != std::string_view::npos)
    return false;
  while (true) {
    const size_t slash = text.find('/');
    const std::string_view part = text.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

ArtifactAct act_of(const Value& artifact) {
  const Value* aliases = artifact.find("aliases");
  const bool is_edit = is_set(artifact, "edit"), is_use = is_set(artifact, "use");
  // Every artifact that was logged has "latest" among its aliases; a file that was saved has none.
  if (!is_edit && !is_use && !(aliases && aliases->as_list() && !aliases->as_list()->empty()))
    return ArtifactAct::kKeptFile;
  if (!is_artifact_name(text_at(artifact, "name")) || !is_sha256_hex(text_at(artifact, "sha256")))
    return ArtifactAct::kUnreadable;
  return is_edit ? ArtifactAct::kEdited : is_use ? ArtifactAct::kUsed : ArtifactAct::kMade;
}

std::string print_version(uint32_t number) { return "v" + std::to_string(number); }

std::optional<uint32_t> parse_version(std::string_view text) {
  if (text.size() < 2 || text[0] != 'v' || (text[1] == '0' && text.size() > 2)) return std::nullopt;
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<ArtifactReference> parse_artifact_reference(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const std::string_view version =
      colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const bool is_version = parse_version(version) || is_artifact_alias(version);
  if (!is_artifact_name(name) || (colon != std::string_view::npos && !is_version))
    return fail(Code::kInvalid,
                "expected an artifact as NAME, NAME:VERSION or NAME:ALIAS, where NAME has letters, "
                "digits, '.', '_' and '-' only, found '{}'",
                text.substr(0, 300));
  return ArtifactReference{std::string(name), std::string(version)};
}

namespace {

Result<void> check_file(const Value& file, std::set<std::string_view>& paths) {
  const std::string_view path = text_at(file, "path");
  if (!is_artifact_path(path))
    return fail(Code::kInvalid,
                "expected as path inside the artifact a relative one without '..' and backslash, "
                "found '{}'",
                path.substr(0, 300));
  if (!paths.insert(path).second)
    return fail(Code::kInvalid, "expected every path once, found '{}' again", path);
  const Value* sha256 = file.find("sha256");
  const std::string_view ref = text_at(file, "ref"), checksum = text_at(file, "checksum");
  const Value* bytes = file.find("bytes");
  if (sha256 ? !is_sha256_hex(sha256->string_or("")) : ref.empty())
    return fail(Code::kInvalid, "expected the sha256 or the ref of '{}'", path);
  if (has_control(ref) || has_control(checksum))
    return fail(Code::kInvalid, "expected a ref without control characters ('{}')", path);
  if (bytes && bytes->int_or(-1) < 0)
    return fail(Code::kInvalid, "expected the bytes of '{}' as a number from 0", path);
  return {};
}

}  // namespace

Result<void> check_manifest(const Value& manifest) {
  const std::string_view name = text_at(manifest, "name");
  if (!is_artifact_name(name))
    return fail(Code::kInvalid,
                "expected as artifact name 1 to {} letters, digits, '.', '_' and '-', found '{}'",
                kNameBytesMax, name.substr(0, 300));
  if (const Value* aliases = manifest.find("aliases"); aliases && aliases->as_list())
    for (const Value& alias : *aliases->as_list())
      if (!is_artifact_alias(alias.string_or("")))
        return fail(Code::kInvalid,
                    "expected an alias of 1 to {} bytes without '/', ':' and ',' that is no "
                    "version's name, found '{}'",
                    kNameBytesMax, alias.string_or("").substr(0, 300));
  const Value* files = manifest.find("files");
  if (!files || !files->as_list() || files->as_list()->empty())
    return fail(Code::kInvalid, "expected the files of artifact '{}', found none", name);
  std::set<std::string_view> paths;
  for (const Value& file : *files->as_list()) TRY_VOID(check_file(file, paths));
  if (text_at(manifest, "sha256") != digest_of_files(*files->as_list()))
    return fail(Code::kInvalid, "expected the digest of the files of artifact '{}', found another",
                name);
  return {};
}

std::string digest_of_files(const List& files) {
  std::vector<std::string> lines;
  lines.reserve(files.size());
  for (const Value& file : files) {
    std::string line(text_at(file, "path"));
    line += '\0';
    if (const std::string_view sha256 = text_at(file, "sha256"); !sha256.empty()) {
      line += sha256;
    } else {
      line += text_at(file, "ref");
      if (const std::string_view checksum = text_at(file, "checksum"); !checksum.empty())
        line.append(1, '\0').append(checksum);
    }
    lines.push_back(line += '\n');
  }
  std::sort(lines.begin(), lines.end());  // by path: no path holds a byte as low as the NUL
  Sha256 hash;
  for (const std::string& line : lines) hash.update(line);
  return print_hex(hash.finish());
}

}  // namespace cairn::model
