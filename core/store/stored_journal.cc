// StoredJournal ↔ Value.
#include "store/stored_journal.h"

#include <algorithm>
#include <string>
#include <utility>

#include "wire/event_codec.h"

namespace cairn::store {

using model::Value;

namespace {

Value print_line(const ConsoleLine& line) {
  Value v;
  v.set("stream", int64_t{line.stream});
  v.set("time_ns", line.time_ns);
  v.set("text", line.text);
  return v;
}

}  // namespace

Value print_journal(const StoredJournal& journal) {
  const WriterState& w = journal.writer;
  Value v;
  v.set("offset", static_cast<int64_t>(journal.offset));
  v.set("sealed", journal.sealed);
  v.set("session", w.session);
  v.set("secondary", w.secondary);
  v.set("began", w.began);
  v.set("liveness", static_cast<int64_t>(w.liveness));
  if (w.exit_code) v.set("exit_code", static_cast<int64_t>(*w.exit_code));
  if (!w.reason.empty()) v.set("reason", w.reason);
  v.set("first_ns", w.first_ns);
  v.set("last_ns", w.last_ns);
  if (w.first_step) v.set("first_step", *w.first_step);
  model::Object losses;
  for (const auto& [what, count] : w.losses) losses.emplace_back(what, count);
  if (!losses.empty()) v.set("losses", std::move(losses));
  if (journal.sealed) return v;  // nothing more will be read of it
  model::List shapes, lines;
  for (const model::ShapeDefined& shape : journal.shapes)
    shapes.emplace_back(wire::encode_event(shape));
  for (const auto& line : journal.partial)
    if (line) lines.push_back(print_line(*line));
  v.set("shapes", std::move(shapes));
  if (!lines.empty()) v.set("partial", std::move(lines));
  return v;
}

Result<StoredJournal> parse_journal(const Value& v) {
  const auto integer = [&](std::string_view key) {
    const Value* member = v.find(key);
    return member ? member->int_or(0) : 0;
  };
  StoredJournal journal;
  journal.offset = static_cast<uint64_t>(integer("offset"));
  journal.sealed = integer("sealed") != 0;
  WriterState& w = journal.writer;
  w.session = static_cast<int>(integer("session"));
  w.secondary = integer("secondary") != 0;
  w.began = integer("began") != 0;
  w.liveness = static_cast<model::Liveness>(std::clamp<int64_t>(integer("liveness"), 0, 2));
  if (v.find("exit_code")) w.exit_code = static_cast<int32_t>(integer("exit_code"));
  if (const Value* reason = v.find("reason")) w.reason = reason->string_or("");
  w.first_ns = integer("first_ns");
  w.last_ns = integer("last_ns");
  if (v.find("first_step")) w.first_step = integer("first_step");
  if (const Value* losses = v.find("losses"); losses && losses->as_object())
    for (const auto& [what, count] : *losses->as_object()) w.losses[what] = count.int_or(0);
  if (const Value* shapes = v.find("shapes"); shapes && shapes->as_list())
    for (const Value& shape : *shapes->as_list()) {
      TRY(auto event, wire::decode_event(static_cast<uint16_t>(wire::FrameKind::kShapeDefined),
                                         shape.string_or("")));
      journal.shapes.push_back(std::get<model::ShapeDefined>(std::move(event)));
    }
  if (const Value* lines = v.find("partial"); lines && lines->as_list())
    for (const Value& line : *lines->as_list()) {
      const auto of_line = [&](std::string_view key) {
        const Value* member = line.find(key);
        return member ? member->int_or(0) : 0;
      };
      const auto stream = static_cast<uint8_t>(of_line("stream") & 1);
      const Value* text = line.find("text");
      journal.partial[stream] = {0, stream, of_line("time_ns"),
                                 std::string(text ? text->string_or("") : ""), true};
    }
  return journal;
}

}  // namespace cairn::store
