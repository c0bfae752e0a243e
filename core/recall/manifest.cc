// Manifests as trees of values and back; command lines as configurations.
#include "recall/manifest.h"

#include <charconv>

#include "model/secret.h"
#include "trace/config_form.h"

namespace cairn::recall {
namespace {

using model::List;
using model::Object;
using model::Value;

std::string text_of(const Value& object, std::string_view name) {
  const Value* member = object.find(name);
  return std::string(member ? member->string_or("") : "");
}

Value print_identity(const Identity& identity) {
  return Object{{"P", identity.pre},       {"F", identity.experiment}, {"F0", identity.no_budget},
                {"R", identity.replicate}, {"X", identity.exact},      {"C", identity.code}};
}

Result<Identity> parse_identity(const Value& value) {
  Identity identity;
  const std::pair<const char*, std::string*> members[] = {
      {"P", &identity.pre},       {"F", &identity.experiment}, {"F0", &identity.no_budget},
      {"R", &identity.replicate}, {"X", &identity.exact},      {"C", &identity.code}};
  for (const auto& [name, into] : members) {
    *into = text_of(value, name);
    if (into->empty()) return fail(Code::kInvalid, "expected the key {} in an identity", name);
  }
  return identity;
}

bool is_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// "--lr" and "-n" name something; "-", "--" and "-0.5" are values.
bool is_option(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && word != "--" && !is_number(word);
}

// "learning-rate" and "learning_rate" are one name.
std::string name_of_option(std::string_view word) {
  while (word.starts_with('-')) word.remove_prefix(1);
  std::string name(word);
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
}

bool is_assignment(std::string_view word) {
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  for (const char c : word.substr(0, equals)) {
    const bool is_name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' || c == '+';
    if (!is_name) return false;
  }
  return true;
}

// An option that is given twice is a list.
void add(Object& config, std::string name, Value value) {
  for (auto& [known, present] : config) {
    if (known != name) continue;
    if (!present.as_list()) present = List{std::move(present)};
    List all = *present.as_list();
    all.push_back(std::move(value));
    present = std::move(all);
    return;
  }
  config.emplace_back(std::move(name), std::move(value));
}

}  // namespace

Value to_value(const Manifest& manifest) {
  List argv(manifest.argv.begin(), manifest.argv.end());
  Object object{{"version", kManifestVersion},
                {"program", Object{{"launcher", manifest.program.launcher},
                                   {"entry", manifest.program.entry},
                                   {"digest", manifest.program.digest}}},
                {"argv", std::move(argv)},
                {"folder", manifest.folder},
                {"config", manifest.config}};
  if (manifest.resolved)
    object.emplace_back("resolved",
                        Object{{"config", manifest.resolved->config},
                               {"identity", print_identity(manifest.resolved->identity)}});
  object.emplace_back("record", trace::to_value(manifest.record));
  object.emplace_back("identity", print_identity(manifest.identity));
  return object;
}

Result<Manifest> parse_manifest(const Value& value) {
  const Value* version = value.find("version");
  if (!version || !version->as_int())
    return fail(Code::kInvalid, "expected a manifest of a run, found no \"version\"");
  if (*version->as_int() != kManifestVersion)
    return fail(Code::kInvalid, "expected a manifest of version {}, found {}", kManifestVersion,
                *version->as_int());
  const Value *program = value.find("program"), *record = value.find("record"),
              *identity = value.find("identity"), *config = value.find("config"),
              *argv = value.find("argv");
  if (!program || !record || !identity || !config || !config->as_object() || !argv ||
      !argv->as_list())
    return fail(Code::kInvalid,
                "expected \"program\", \"argv\", \"config\", \"record\" and \"identity\"");
  Manifest manifest;
  manifest.program = {text_of(*program, "launcher"), text_of(*program, "entry"),
                      text_of(*program, "digest")};
  for (const Value& word : *argv->as_list()) manifest.argv.emplace_back(word.string_or(""));
  manifest.folder = text_of(value, "folder");
  manifest.config = *config;
  if (const Value* resolved = value.find("resolved")) {
    const Value *said = resolved->find("config"), *keys = resolved->find("identity");
    if (!said || !said->as_object() || !keys)
      return fail(Code::kInvalid, "expected \"config\" and \"identity\" in \"resolved\"");
    TRY(Identity resolved_keys, parse_identity(*keys));
    manifest.resolved = Resolved{*said, std::move(resolved_keys)};
  }
  TRY(manifest.record, trace::parse_record(*record));
  TRY(manifest.identity, parse_identity(*identity));
  return manifest;
}

Value config_of_arguments(const std::vector<std::string>& arguments) {
  Object config;
  int64_t position = 0;
  bool only_values = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (!only_values && word == "--") {
      only_values = true;
    } else if (!only_values && is_option(word)) {
      const size_t equals = word.find('=');
      if (equals != std::string::npos) {
        add(config, name_of_option(word.substr(0, equals)),
            trace::value_of_argument(word.substr(equals + 1)));
      } else if (i + 1 < arguments.size() && !is_option(arguments[i + 1]) &&
                 arguments[i + 1] != "--") {
        add(config, name_of_option(word), trace::value_of_argument(arguments[++i]));
      } else {
        add(config, name_of_option(word), true);
      }
    } else if (!only_values && is_assignment(word)) {
      const size_t equals = word.find('=');
      add(config, word.substr(0, equals), trace::value_of_argument(word.substr(equals + 1)));
    } else {
      add(config, "argument_" + std::to_string(position++), trace::value_of_argument(word));
    }
  }
  Value redacted(std::move(config));
  model::redact(redacted);
  return redacted;
}

}  // namespace cairn::recall
