// Reading identity keys out of captured facts and requests.
#include "store/identity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace cairn::store {

using model::Value;

namespace {

constexpr size_t kHashBytes = 16;
constexpr std::array<std::pair<std::string_view, IdentityKind>, 9> kKinds = {{
    {"P", IdentityKind::kPre},
    {"F", IdentityKind::kExperiment},
    {"F0", IdentityKind::kNoBudget},
    {"R", IdentityKind::kReplicate},
    {"X", IdentityKind::kExact},
    {"C", IdentityKind::kCode},
    {"entry", IdentityKind::kEntry},
    {"source", IdentityKind::kSource},
    {"resumed_from", IdentityKind::kResumedFrom},
}};

bool is_hash(IdentityKind kind) { return kind <= IdentityKind::kCode; }

// The bytes that are stored and looked up; nothing where the text is no key of this kind.
std::optional<std::string> parse_key(IdentityKind kind, std::string_view text) {
  if (!is_hash(kind)) return text.empty() ? std::nullopt : std::optional(std::string(text));
  if (text.size() != 2 * kHashBytes) return std::nullopt;
  std::string bytes;
  for (size_t at = 0; at < text.size(); at += 2) {
    uint8_t byte = 0;
    const char* end = text.data() + at + 2;
    const auto [stop, error] = std::from_chars(text.data() + at, end, byte, 16);
    if (error != std::errc() || stop != end) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

void take(const Value& facts, IdentityKind kind, std::vector<IdentityKey>& keys) {
  const Value* text = facts.find(print_identity_kind(kind));
  if (!text || !text->as_string()) return;
  if (auto key = parse_key(kind, *text->as_string())) keys.push_back({kind, std::move(*key)});
}

// What `fork_from=` noted in the configuration.
void take_fork(const model::RunInfo& run, std::vector<IdentityKey>& keys) {
  const Value* fork = run.config.find("forked_from");
  const Value* origin = fork ? fork->find("run") : nullptr;
  if (!origin || origin->string_or("").empty()) return;
  std::string path(origin->string_or(""));
  if (path.find('/') == std::string::npos) path = run.project + "/" + path;
  keys.push_back({IdentityKind::kResumedFrom, std::move(path)});
}

}  // namespace

std::string_view print_identity_kind(IdentityKind kind) {
  for (const auto& [name, known] : kKinds)
    if (known == kind) return name;
  return "";
}

Result<IdentityKey> parse_identity_key(std::string_view text) {
  const size_t colon = std::min(text.find(':'), text.size());
  const std::string_view name = text.substr(0, colon);
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(),
                                 [&](const auto& known) { return known.first == name; });
  if (colon == text.size() || kind == kKinds.end())
    return fail(Code::kInvalid,
                "expected P, F, F0, R, X, C, entry, source or resumed_from, a colon and a key, "
                "found '{}'",
                text.substr(0, 100));
  auto key = parse_key(kind->second, text.substr(colon + 1));
  if (!key)
    return fail(Code::kInvalid, "expected {} behind '{}:', found '{}'",
                is_hash(kind->second) ? "32 hexadecimal digits" : "a text", name,
                text.substr(colon + 1, 100));
  return IdentityKey{kind->second, std::move(*key)};
}

std::vector<IdentityKey> identity_keys(const model::RunInfo& run) {
  std::vector<IdentityKey> keys;
  take_fork(run, keys);
  if (const Value* facts = run.meta.find("recall")) {
    take(*facts, IdentityKind::kSource, keys);
    const bool is_reused = std::any_of(keys.begin(), keys.end(), [](const IdentityKey& key) {
      return key.kind == IdentityKind::kSource;
    });
    if (!is_reused) {
      const Value* program = facts->find("program");
      for (const auto& [name, kind] : kKinds) {
        take(*facts, kind, keys);
        if (program) take(*program, kind, keys);
      }
    }
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace cairn::store
