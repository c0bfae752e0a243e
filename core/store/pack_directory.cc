// The directory of a pack ↔ bytes.
#include "base/bytes.h"
#include "base/limits.h"
#include "store/compress.h"
#include "store/pack.h"
#include "store/run_record.h"
#include "store/stats_codec.h"
#include "wire/event_codec.h"

namespace cairn::store {

using model::Value;

namespace {

constexpr uint8_t kDirectoryVersion = 1;
constexpr size_t kDirectoryBytesMax = size_t{1} << 30;

void put(ByteWriter& out, const PackTable& table) {
  out.varint(static_cast<uint64_t>(table.session));
  out.u8(static_cast<uint8_t>(table.stream));
  put_axis_facts(out, table.axis);
  put_ref(out, table.axis_frame);
  out.varint(table.columns.size());
  for (const PackTable::Column& column : table.columns) {
    out.text(column.key);
    put_ref(out, column.values);
    put_ref(out, column.groups);
    put_stats(out, column.stats);
  }
}

Result<PackTable> get_table(ByteReader& in) {
  PackTable table;
  table.session = static_cast<int>(in.varint());
  table.stream = in.u8() == 0 ? model::Stream::kHistory : model::Stream::kSystem;
  table.axis = get_axis_facts(in);
  table.axis_frame = get_ref(in);
  const uint64_t n = in.varint();
  // Readers take memory for as many points as this says.
  if (!in.ok() || n > in.left() || table.axis.count > kCheckpointRows)
    return fail(Code::kCorrupt, "expected a table of a pack");
  for (uint64_t i = 0; i < n && in.ok(); ++i) {
    PackTable::Column& column = table.columns.emplace_back();
    column.key = in.text();
    column.values = get_ref(in);
    column.groups = get_ref(in);
    column.stats = get_stats(in);
  }
  return table;
}

}  // namespace

void put_ref(ByteWriter& out, const FrameRef& ref) {
  out.varint(ref.offset);
  out.varint(ref.bytes);
}
FrameRef get_ref(ByteReader& in) {
  FrameRef ref;
  ref.offset = in.varint();
  ref.bytes = in.varint();
  return ref;
}

std::string encode_directory(const PackDirectory& d) {
  ByteWriter out;
  out.u8(kDirectoryVersion);
  wire::encode_value(print_run(d.run), out);
  out.varint(d.journals.size());
  for (const auto& [name, journal] : d.journals) {
    out.text(name);
    wire::encode_value(print_journal(journal), out);
  }
  put_steps(out, d.steps);
  out.varint(d.tables.size());
  for (const PackTable& table : d.tables) put(out, table);
  out.varint(d.texts.size());
  for (const PackText& text : d.texts) {
    out.varint(text.first_line);
    out.varint(text.lines);
    put_ref(out, text.frame);
  }
  out.varint(d.records.size());
  for (const FrameRef& ref : d.records) put_ref(out, ref);
  out.varint(d.artifacts.size());
  for (const Value& artifact : d.artifacts) wire::encode_value(artifact, out);
  return compress(out.view());
}

Result<PackDirectory> decode_directory(std::string_view bytes) {
  TRY(const std::string plain, decompress(bytes, kDirectoryBytesMax));
  ByteReader in(plain);
  if (const uint8_t version = in.u8(); version != kDirectoryVersion)
    return fail(Code::kInvalid, "expected a pack directory of version {}, found {}",
                kDirectoryVersion, version);
  PackDirectory d;
  TRY(const Value run, wire::decode_value(in));
  TRY(d.run, parse_run(run));
  const auto each = [&](const auto& read_one) -> Result<void> {
    const uint64_t n = in.varint();
    if (!in.ok() || n > in.left()) return fail(Code::kCorrupt, "expected a pack directory");
    for (uint64_t i = 0; i < n; ++i) TRY_VOID(read_one());
    return {};
  };
  TRY_VOID(each([&]() -> Result<void> {
    std::string name(in.text());
    TRY(const Value journal, wire::decode_value(in));
    TRY(d.journals[std::move(name)], parse_journal(journal));
    return {};
  }));
  d.steps = get_steps(in);
  TRY_VOID(each([&]() -> Result<void> {
    TRY(PackTable table, get_table(in));
    d.tables.push_back(std::move(table));
    return {};
  }));
  TRY_VOID(each([&]() -> Result<void> {
    PackText text;
    text.first_line = in.varint();
    text.lines = in.varint();
    text.frame = get_ref(in);
    d.texts.push_back(text);
    return {};
  }));
  TRY_VOID(each([&]() -> Result<void> {
    d.records.push_back(get_ref(in));
    return {};
  }));
  TRY_VOID(each([&]() -> Result<void> {
    TRY(Value artifact, wire::decode_value(in));
    d.artifacts.push_back(std::move(artifact));
    return {};
  }));
  if (!in.ok() || !in.at_end()) return fail(Code::kCorrupt, "expected a pack directory");
  return d;
}

}  // namespace cairn::store
