// Handler of a project's keys: the names of series over all runs, searched and paged.
#include <limits>

#include "base/limits.h"
#include "query/search.h"
#include "server/handlers.h"
#include "server/listing.h"

namespace cairn::server {

namespace {

constexpr size_t kKeysDefault = 1000;

std::string_view print_stream(model::Stream stream) {
  return stream == model::Stream::kHistory ? "history" : "system";
}

Result<std::optional<model::Stream>> read_stream(const Call& call) {
  const std::string_view name = call.text("stream");
  if (name.empty()) return std::nullopt;
  for (const model::Stream stream : {model::Stream::kHistory, model::Stream::kSystem})
    if (name == print_stream(stream)) return stream;
  return fail(Code::kInvalid, "expected stream history or system, found '{}'", name);
}

}  // namespace

Result<Response> list_project_keys(const Call& call) {
  TRY(const query::Search search, query::Search::parse(call.text("search")));
  TRY(const auto stream, read_stream(call));
  TRY(const Slice slice, read_slice(call, kKeysDefault, kKeysPerRunMax));
  TRY(const auto* all, call.rooms.catalog.project_keys(call.names[0]));
  model::List printed;
  size_t total = 0;
  for (const store::Store::KeyCount& key : *all) {
    if ((stream && key.stream != *stream) || !search.matches(key.key)) continue;
    if (total++ < slice.offset || printed.size() == slice.limit) continue;
    printed.push_back(model::Object{{"key", key.key},
                                    {"stream", print_stream(key.stream)},
                                    {"runs", static_cast<int64_t>(key.runs)}});
  }
  return answer(print_page("keys", std::move(printed), slice.offset, total));
}

}  // namespace cairn::server
