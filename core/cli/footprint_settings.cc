// Reading [footprint]; unknown words are errors.
#include "cli/footprint_settings.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "base/disk.h"
#include "cli/planned_command.h"
#include "footprint/assess.h"
#include "trace/document.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::Value;
using trace::Node;
using trace::NodeKind;

Result<Value> value_of(const Node& node, const std::string& key) {
  if (node.kind == NodeKind::kString) return Value(node.text);
  if (node.kind == NodeKind::kInteger || node.kind == NodeKind::kFloat)
    return wire::parse_json(node.text);
  return fail(Code::kInvalid, "expected a text or a number for {} in [footprint]", key);
}

Result<Value> read_place(const std::string& path) {
  TRY(const std::string text, read_file(posix_disk(), path, kSettingsBytesMax));
  TRY(const Node document, trace::parse_toml(text));
  Value said{model::Object{}};
  const Node* table = document.find("footprint");
  if (!table) return said;
  if (table->kind != NodeKind::kMap)
    return fail(Code::kInvalid, "expected a table [footprint], found a value called footprint");
  for (size_t i = 0; i + 1 < table->children.size(); i += 2) {
    const std::string& key = table->children[i].text;
    TRY(Value value, value_of(table->children[i + 1], key));
    said.set(key, std::move(value));
  }
  TRY_VOID(footprint::parse_place(said));
  return said;
}

// A number as it would be typed.
std::string word_at(const Value& said, const char* member) {
  const Value* value = said.find(member);
  if (!value) return "";
  return value->as_string() ? *value->as_string() : wire::print_json(*value);
}

void set(const char* name, const std::string& value) {
  if (!value.empty()) ::setenv(name, value.c_str(), /*overwrite=*/0);
}

}  // namespace

Result<void> take_footprint_settings() {
  Value place{model::Object{}};
  const std::vector<std::string> paths = settings_paths(working_folder());
  for (auto path = paths.rbegin(); path != paths.rend(); ++path) {
    if (!posix_disk().exists(*path)) continue;
    auto said = read_place(*path);
    if (!said) return tl::unexpected(std::move(said.error()).in(*path));
    place.merge(*said);
  }
  set("CAIRN_ZONE", word_at(place, "zone"));
  set("CAIRN_PROVIDER", word_at(place, "provider"));
  set("CAIRN_PUE", word_at(place, "pue"));
  set("CAIRN_IDLE", word_at(place, "idle"));
  const std::string price = word_at(place, "price_per_kwh"), currency = word_at(place, "currency");
  if (!price.empty()) set("CAIRN_PRICE_PER_KWH", currency.empty() ? price : price + " " + currency);
  return {};
}

}  // namespace cairn::cli
