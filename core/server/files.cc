// Handlers of what is no number: records and blobs.
#include <charconv>

#include "server/handlers.h"
#include "server/listing.h"

namespace cairn::server {

using model::Value;

namespace {

// A page that somebody logged stands in a frame of ours, or in a tab, as a page of nobody: it has
// its own styles and pictures, and runs nothing, sends nothing, reads nothing of this server.
constexpr std::string_view kLoggedPagePolicy =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "media-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

// "bytes=0-99", "bytes=100-", "bytes=-100"; nullopt when there is no range or one we may ignore.
std::optional<FileSlice> parse_range(const std::string* header, uint64_t total) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header || !header->starts_with(kUnit)) return std::nullopt;
  const std::string_view range = std::string_view(*header).substr(kUnit.size());
  const size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos)
    return std::nullopt;
  const auto parse = [](std::string_view text) -> std::optional<uint64_t> {
    uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
    return value;
  };
  const auto first = parse(range.substr(0, dash));
  const auto last = parse(range.substr(dash + 1));
  FileSlice slice;
  if (!first && !last) return std::nullopt;
  if (first) {
    const uint64_t end = last && *last < total ? *last + 1 : total;
    slice.offset = *first;
    slice.bytes = end > *first ? end - *first : 0;
  } else {
    slice.bytes = std::min(*last, total);
    slice.offset = total - slice.bytes;
  }
  return slice;
}

}  // namespace

Result<Response> list_records(const Call& call) {
  TRY(const model::RunInfo run, call.run());
  TRY(std::vector<store::Record> records, call.rooms.store.read_records(run.project, run.id));
  const std::string_view key = call.text("key");
  const std::string_view type = call.text("type");
  model::List printed;
  for (store::Record& record : records) {
    if (!key.empty() && record.key != key) continue;
    const Value* record_type = record.record.find("type");
    if (!type.empty() && (!record_type || record_type->string_or("") != type)) continue;
    Value out;
    out.set("key", std::move(record.key));
    out.set("step", record.step);
    out.set("time_ns", record.time_ns);
    out.set("record", std::move(record.record));
    printed.push_back(std::move(out));
  }
  return answer_list(call, "records", std::move(printed));
}

Result<Response> get_blob(const Call& call) {
  const std::string_view wanted = call.text("as");
  if (!wanted.empty() && wanted != "html")
    return fail(Code::kInvalid, "expected as=html or nothing, found '{}'", wanted);
  TRY(const std::string path, call.rooms.blobs.path_of(call.names[0]));
  TRY(const auto file, call.rooms.disk.open(path, OpenMode::kRead));
  TRY(const uint64_t total, file->size());
  Response response;
  response.content_type = wanted.empty() ? "application/octet-stream" : "text/html; charset=utf-8";
  if (wanted.empty())
    response.headers.emplace_back("Content-Disposition", "attachment");  // never a page of ours
  else
    response.headers.emplace_back("Content-Security-Policy", kLoggedPagePolicy);
  response.headers.emplace_back("Accept-Ranges", "bytes");
  response.headers.emplace_back("Cache-Control", "private, max-age=31536000, immutable");
  response.file = FileSlice{path, 0, total};
  if (auto slice = parse_range(call.request.header("range"), total)) {
    if (slice->bytes == 0) {
      response = answer_error(
          Error(Code::kInvalid, fmt::format("expected a range within {} bytes, found '{}'", total,
                                            *call.request.header("range"))));
      response.status = 416;
      response.headers.emplace_back("Content-Range", fmt::format("bytes */{}", total));
      return response;
    }
    response.status = 206;
    response.headers.emplace_back(
        "Content-Range",
        fmt::format("bytes {}-{}/{}", slice->offset, slice->offset + slice->bytes - 1, total));
    slice->path = path;
    response.file = std::move(*slice);
  }
  return response;
}

}  // namespace cairn::server
