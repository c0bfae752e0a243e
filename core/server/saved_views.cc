// The file of named views.
#include "server/saved_views.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/utf8.h"
#include "wire/json.h"

namespace cairn::server {

using model::Value;

namespace {

constexpr int64_t kViewsVersion = 1;
// Names, states with every character escaped, and the JSON around them.
constexpr size_t kViewsFileBytesMax =
    kViewsPerProjectMax * 6 * (kViewStateBytesMax + kNameBytesMax + 64);

Result<SavedView> decode_view(const Value& value) {
  const Value* name = value.find("name");
  const Value* state = value.find("state");
  const Value* updated = value.find("updated_ns");
  if (!name || !name->as_string() || !state || !state->as_string() || !updated ||
      !updated->as_int())
    return fail(Code::kCorrupt, "expected a view with name, state and updated_ns");
  return SavedView{*name->as_string(), *state->as_string(), *updated->as_int()};
}

Result<void> check(const SavedView& view) {
  const bool is_printable = std::none_of(view.name.begin(), view.name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (view.name.empty() || view.name.size() > kNameBytesMax || !is_utf8(view.name) || !is_printable)
    return fail(Code::kInvalid, "expected a view's name of 1 to {} bytes of printable UTF-8",
                kNameBytesMax);
  if (view.state.size() > kViewStateBytesMax)
    return fail(Code::kLimit, "expected a view's state of at most {} bytes, found {}",
                kViewStateBytesMax, view.state.size());
  return {};
}

std::vector<SavedView>::iterator place_of(std::vector<SavedView>& views, std::string_view name) {
  return std::lower_bound(
      views.begin(), views.end(), name,
      [](const SavedView& view, std::string_view wanted) { return view.name < wanted; });
}

}  // namespace

std::string encode_views(const std::vector<SavedView>& views) {
  model::List list;
  for (const SavedView& view : views)
    list.push_back(
        model::Object{{"name", view.name}, {"state", view.state}, {"updated_ns", view.updated_ns}});
  return wire::print_json(model::Object{{"version", kViewsVersion}, {"views", std::move(list)}}) +
         "\n";
}

Result<std::vector<SavedView>> decode_views(std::string_view bytes) {
  TRY(const Value file, wire::parse_json(bytes));
  const Value* version = file.find("version");
  if (!version || version->int_or(0) != kViewsVersion)
    return fail(Code::kInvalid, "expected named views of version {}, found {}", kViewsVersion,
                version ? version->int_or(0) : 0);
  const Value* list = file.find("views");
  if (!list || !list->as_list()) return fail(Code::kCorrupt, "expected a list of views");
  std::vector<SavedView> views;
  for (const Value& one : *list->as_list()) {
    TRY(SavedView view, decode_view(one));
    views.push_back(std::move(view));
  }
  std::stable_sort(views.begin(), views.end(),
                   [](const SavedView& a, const SavedView& b) { return a.name < b.name; });
  return views;
}

Result<std::vector<SavedView>> read_views(Disk& disk, const std::string& path) {
  if (!disk.exists(path)) return std::vector<SavedView>();
  TRY(const std::string bytes, read_file(disk, path, kViewsFileBytesMax));
  auto views = decode_views(bytes);
  if (!views) return tl::unexpected(std::move(views).error().in(path));
  return views;
}

Result<void> put_view(Disk& disk, const std::string& path, SavedView view) {
  TRY_VOID(check(view));
  TRY(std::vector<SavedView> views, read_views(disk, path));
  const auto place = place_of(views, view.name);
  if (place != views.end() && place->name == view.name) {
    *place = std::move(view);
  } else {
    if (views.size() >= kViewsPerProjectMax)
      return fail(Code::kLimit, "expected at most {} views in a project: please remove one",
                  kViewsPerProjectMax);
    views.insert(place, std::move(view));
  }
  return write_file_atomically(disk, path, encode_views(views));
}

Result<void> remove_view(Disk& disk, const std::string& path, std::string_view name) {
  TRY(std::vector<SavedView> views, read_views(disk, path));
  const auto place = place_of(views, name);
  if (place == views.end() || place->name != name)
    return fail(Code::kNotFound, "no view '{}'", name);
  views.erase(place);
  return write_file_atomically(disk, path, encode_views(views));
}

}  // namespace cairn::server
