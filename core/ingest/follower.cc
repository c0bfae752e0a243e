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
constexpr size_t kBatchBytes = 32 << 20;
constexpr size_t kBatchEventsMax = 100'000;

uint64_t sum_bytes(const std::vector<journal::Damage>& damage) {
  uint64_t bytes = 0;
  for (const journal::Damage& d : damage) bytes += d.bytes;
  return bytes;
}

}  // namespace

Result<std::unique_ptr<Follower>> Follower::open(Disk& disk, const std::string& path) {
  TRY(auto reader, journal::Reader::open(disk, path));
  return std::unique_ptr<Follower>(new Follower(std::move(reader)));
}

void Follower::seek(uint64_t position, std::vector<ShapeDefined> shapes) {
  x_reader->seek(std::max<uint64_t>(position, journal::kHeaderBytes));
  x_stands = true;
  x_shapes.clear();
  for (ShapeDefined& shape : shapes) x_shapes.push_back({std::move(shape), {}});
  // A damaged header was found when the journal was opened, and is told with the first batch.
  const auto& damage = x_reader->damage();
  x_damaged = sum_bytes(damage);
  if (position == 0 && !damage.empty() && damage[0].offset == 0) x_damaged -= damage[0].bytes;
}

Result<store::Batch> Follower::read() {
  store::Batch batch;
  batch.from = x_reader->offset();
  x_longest = 0;
  size_t events = 0;
  journal::Frame frame;
  while (x_longest < kCheckpointRows && events < kBatchEventsMax &&
         x_reader->offset() - batch.from < kBatchBytes) {
    TRY(const bool more, x_reader->next(frame));
    if (!more) break;
    if (frame.kind == static_cast<uint16_t>(FrameKind::kRowLogged)) [[likely]] {
      take_row(frame.payload, batch);
    } else {
      ++events;
      take(frame, batch);
    }
  }
  close_tables(batch);
  batch.to = x_reader->offset();
  const uint64_t damaged = sum_bytes(x_reader->damage());
  batch.damaged_bytes += damaged - std::exchange(x_damaged, damaged);
  return batch;
}

void Follower::take_row(std::string_view payload, store::Batch& batch) {
  const auto decoded = wire::decode_row(payload);
  // The shape's frame may have been lost to damage: its rows are then counted, not guessed.
  if (!decoded || decoded->shape >= x_shapes.size() ||
      x_shapes[decoded->shape].shape.keys.size() != decoded->count) {
    batch.damaged_bytes += payload.size();
    return;
  }
  const model::RowLogged& row = *decoded;
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
  x_longest = std::max(x_longest, rows.step.size());
}

void Follower::close_tables(store::Batch& batch) {
  for (Open& open : x_shapes)
    if (!open.rows.step.empty()) batch.tables.push_back(std::exchange(open.rows, {}));
}

void Follower::take(const journal::Frame& frame, store::Batch& batch) {
  auto event = wire::decode_event(frame.kind, frame.payload);
  const bool is_too_large = event && std::holds_alternative<model::RecordLogged>(*event) &&
                            frame.payload.size() > kEventBytesMax;
  if (!event || is_too_large) {
    // Written by a newer Cairn, or damage that verified: counted, and the rest stays usable.
    batch.damaged_bytes += frame.payload.size();
    return;
  }
  if (auto* shape = std::get_if<ShapeDefined>(&*event)) {
    // Numbers follow one another; a gap is a frame that was lost.
    while (x_shapes.size() < shape->shape && shape->shape < kKeysPerRunMax) {
      ShapeDefined lost;
      lost.shape = static_cast<uint32_t>(x_shapes.size());
      x_shapes.push_back({lost, {}});
      batch.shapes.push_back(std::move(lost));
    }
    if (shape->shape != x_shapes.size()) return;
    x_shapes.push_back({*shape, {}});
    batch.shapes.push_back(std::move(*shape));
  } else if (const auto* text = std::get_if<model::ConsoleWritten>(&*event)) {
    batch.lines.push_back({0, text->stream, text->time_ns,
                           std::string(text->text.substr(0, kConsoleLineBytesMax)),
                           text->kind == model::ConsoleWritten::Kind::kPartial});
  } else if (auto* record = std::get_if<model::RecordLogged>(&*event)) {
    batch.records.push_back(
        {std::move(record->key), record->step, record->time_ns, std::move(record->record)});
  } else {
    batch.facts.push_back(std::move(*event));
  }
}

}  // namespace cairn::ingest
