// Frames to batches: rows are turned into columns here, once.
#include "ingest/follower.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/limits.h"
#include "wire/event_codec.h"

namespace cairn::ingest {

using model::Event;
using model::ShapeDefined;
using wire::FrameKind;

namespace {
constexpr size_t kBatchValuesMax = 4 << 20;
constexpr size_t kBatchEventsMax = 100'000;
}  // namespace

Result<std::unique_ptr<Follower>> Follower::open(Disk& disk, const std::string& path) {
  TRY(auto reader, journal::Reader::open(disk, path));
  return std::unique_ptr<Follower>(new Follower(std::move(reader)));
}

void Follower::seek(uint64_t offset, std::vector<ShapeDefined> shapes) {
  x_reader->seek(std::max<uint64_t>(offset, journal::kHeaderBytes));
  x_shapes.clear();
  for (ShapeDefined& shape : shapes) x_shapes.push_back({std::move(shape), {}});
  x_damaged = 0;
  for (const journal::Damage& d : x_reader->damage()) x_damaged += d.bytes;
}

Result<store::Batch> Follower::read() {
  store::Batch batch;
  batch.from = x_reader->offset();
  x_values = x_longest = 0;
  size_t events = 0;
  journal::Frame frame;
  while (x_longest < kCheckpointRows && x_values < kBatchValuesMax && events < kBatchEventsMax) {
    TRY(const bool more, x_reader->next(frame));
    if (!more) break;
    if (frame.kind == static_cast<uint16_t>(FrameKind::kRowLogged)) [[likely]] {
      TRY_VOID(take_row(frame.payload, batch));
    } else {
      ++events;
      TRY_VOID(take(frame, batch));
    }
  }
  close_tables(batch);
  batch.to = x_reader->offset();
  uint64_t damaged = 0;
  for (const journal::Damage& d : x_reader->damage()) damaged += d.bytes;
  batch.damaged_bytes = damaged - std::exchange(x_damaged, damaged);
  return batch;
}

Result<void> Follower::take_row(std::string_view payload, store::Batch& batch) {
  TRY(const model::RowLogged row, wire::decode_row(payload));
  // The shape's frame may have been lost to damage: its rows are then counted, not guessed.
  if (row.shape >= x_shapes.size() || x_shapes[row.shape].shape.keys.size() != row.count) {
    batch.damaged_bytes += payload.size();
    return {};
  }
  Open& open = x_shapes[row.shape];
  store::TableRows& rows = open.rows;
  if (rows.step.empty() && rows.columns.empty()) {
    rows.keys = open.shape.keys;
    rows.stream = open.shape.stream;
    rows.columns.resize(row.count);
  }
  rows.step.push_back(row.step);
  rows.time_ns.push_back(row.time_ns);
  const char* values = reinterpret_cast<const char*>(row.values);
  for (size_t k = 0; k < row.count; ++k) {
    double value;
    std::memcpy(&value, values + k * sizeof value, sizeof value);
    rows.columns[k].push_back(value);
  }
  if (rows.stream == model::Stream::kHistory && !batch.first_step) batch.first_step = row.step;
  x_values += row.count + 2;
  x_longest = std::max(x_longest, rows.step.size());
  return {};
}

void Follower::close_tables(store::Batch& batch) {
  for (Open& open : x_shapes)
    if (!open.rows.step.empty()) batch.tables.push_back(std::exchange(open.rows, {}));
}

Result<void> Follower::take(const journal::Frame& frame, store::Batch& batch) {
  auto event = wire::decode_event(frame.kind, frame.payload);
  if (!event) {
    // Written by a newer Cairn, or damage that verified: counted, and the rest stays usable.
    batch.damaged_bytes += frame.payload.size();
    return {};
  }
  if (auto* shape = std::get_if<ShapeDefined>(&*event)) {
    // Numbers follow one another; a gap is a frame that was lost.
    while (x_shapes.size() < shape->shape && shape->shape < kKeysPerRunMax) {
      ShapeDefined lost;
      lost.shape = static_cast<uint32_t>(x_shapes.size());
      x_shapes.push_back({lost, {}});
      batch.shapes.push_back(std::move(lost));
    }
    if (shape->shape != x_shapes.size()) return {};
    x_shapes.push_back({*shape, {}});
    batch.shapes.push_back(std::move(*shape));
  } else if (const auto* text = std::get_if<model::ConsoleWritten>(&*event)) {
    batch.lines.push_back({0, text->stream, text->time_ns, std::string(text->text),
                           text->kind == model::ConsoleWritten::Kind::kPartial});
  } else if (auto* record = std::get_if<model::RecordLogged>(&*event)) {
    batch.records.push_back(
        {std::move(record->key), record->step, record->time_ns, std::move(record->record)});
  } else {
    batch.facts.push_back(std::move(*event));
  }
  return {};
}

}  // namespace cairn::ingest
