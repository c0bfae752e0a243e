// Reading and first writing of cairn.json.
#include "wire/settings.h"

#include "base/id.h"
#include "wire/json.h"

namespace cairn::wire {
namespace {

constexpr uint64_t kSettingsBytesMax = 64 << 10;

Result<StoreSettings> parse_settings(std::string_view text, const std::string& path) {
  const auto json = parse_json(text);
  const model::Value* version = json ? json->find("version") : nullptr;
  if (!version || !version->as_int())
    return fail(Code::kCorrupt, "expected {{\"version\": number, ...}}, found something else ({})",
                path);
  StoreSettings settings;
  settings.version = static_cast<int>(*version->as_int());
  if (settings.version > model::kStoreVersion)
    return fail(
        Code::kInvalid,
        "expected a folder of version {} or older, found version {}: a newer Cairn wrote it, "
        "please update this one ({})",
        model::kStoreVersion, settings.version, path);
  if (const model::Value* uuid = json->find("uuid")) settings.uuid = uuid->string_or("");
  return settings;
}

Result<void> write_settings(Disk& disk, const model::Layout& layout) {
  TRY_VOID(disk.make_dirs(layout.root()));
  // What a training leaves behind is not part of its source code.
  if (const std::string ignore = layout.root() + "/.gitignore"; !disk.exists(ignore))
    TRY_VOID(write_file_atomically(disk, ignore, "*\n"));
  model::Value json;
  json.set("version", model::kStoreVersion);
  json.set("uuid", make_id(25));
  return write_file_atomically(disk, layout.settings(), print_json(json, Json::kPretty) + "\n");
}

}  // namespace

Result<StoreSettings> open_settings(Disk& disk, const model::Layout& layout, bool create) {
  auto text = read_file(disk, layout.settings(), kSettingsBytesMax);
  if (!text && text.error().code() == Code::kNotFound && create) {
    TRY_VOID(write_settings(disk, layout));
    text = read_file(disk, layout.settings(), kSettingsBytesMax);
  }
  if (!text && text.error().code() == Code::kNotFound)
    return fail(Code::kNotFound, "expected a Cairn folder with cairn.json, found none ({})",
                layout.root());
  if (!text) return tl::unexpected(text.error());
  return parse_settings(*text, layout.settings());
}

}  // namespace cairn::wire
