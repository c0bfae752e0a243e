// Events to lines, and lines read backwards in blocks.
#include "auth/audit.h"

#include <algorithm>

#include "base/utf8.h"
#include "wire/json.h"

namespace cairn::auth {
namespace {

constexpr std::string_view kFile = "audit.jsonl";
constexpr size_t kBlockBytes = 256 << 10;
constexpr size_t kTextBytesMax = 1024;  // of one member: a line stays far below a block

// What others sent in, made fit to be read: no half characters, no novel.
std::string make_fit(std::string_view text) { return to_utf8(text.substr(0, kTextBytesMax)); }

}  // namespace

std::string print_event(int64_t time_ns, const Actor& actor, std::string_view event,
                        std::string_view outcome, const model::Value& about) {
  model::Value line;
  line.set("time_ns", time_ns);
  line.set("who", make_fit(actor.who));
  line.set("from", make_fit(actor.from));
  line.set("event", event);
  line.set("outcome", outcome);
  if (const model::Object* members = about.as_object())
    for (const auto& [name, value] : *members)
      line.set(name, value.as_string() ? model::Value(make_fit(*value.as_string())) : value);
  return wire::print_json(line, wire::Json::kStrict);
}

Result<void> append_event(const PrivateFolder& folder, std::string_view line) {
  return folder.append_line(kFile, line);
}

Result<Keeper::AuditPage> read_events(const PrivateFolder& folder, size_t limit,
                                      std::optional<uint64_t> before) {
  Keeper::AuditPage page;
  TRY(const Stamp stamp, folder.stamp(kFile));
  uint64_t end = std::min(before.value_or(stamp.bytes), stamp.bytes);
  while (end > 0 && page.events.size() < limit) {
    const uint64_t begin = end > kBlockBytes ? end - kBlockBytes : 0;
    TRY(const std::string block, folder.read_part(kFile, begin, static_cast<size_t>(end - begin)));
    std::string_view rest = block;
    while (!rest.empty() && page.events.size() < limit) {
      if (rest.ends_with('\n')) rest.remove_suffix(1);
      const size_t newline = rest.rfind('\n');
      if (newline == std::string_view::npos && begin > 0 && rest.size() < block.size() - 1) break;
      const size_t first = newline == std::string_view::npos ? 0 : newline + 1;
      auto event = wire::parse_json(rest.substr(first));
      if (event && event->as_object())
        page.events.push_back(std::move(*event));
      else if (first < rest.size())
        ++page.damaged;
      rest = rest.substr(0, first);
    }
    // What is left of the block is the end of a line that began before it.
    end = begin + rest.size();
  }
  if (end > 0) page.next_before = end;
  return page;
}

}  // namespace cairn::auth
