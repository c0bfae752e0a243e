// Writing and reading packs.
#include "store/pack.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"
#include "journal/journal.h"
#include "store/compress.h"
#include "wire/event_codec.h"

namespace cairn::store {

namespace {

constexpr size_t kDirectoryFrameBytes = 8 << 20;
constexpr size_t kRecordsBlockBytes = 8 << 20;
constexpr size_t kTextBytesMax = 64 << 20;  // of text or records, unpacked

size_t chunks_of(size_t count) { return count / kChunkPointsMax + (count % kChunkPointsMax != 0); }
size_t groups_of(size_t count) {
  return count / kLevelGroupPoints + (count % kLevelGroupPoints != 0);
}

// Chunks of one frame: their lengths, then their bytes.
std::string join(const std::vector<std::string>& chunks) {
  ByteWriter out;
  for (const std::string& chunk : chunks) out.varint(chunk.size());
  for (const std::string& chunk : chunks) out.raw(chunk);
  return out.take();
}

// Calls visit(chunk bytes, first point, points) for the chunks that overlap [first, first + n).
template <typename Visit>
Result<void> for_chunks(std::string_view payload, size_t count, size_t first, size_t n,
                        const Visit& visit) {
  if (first > count || n > count - first)
    return fail(Code::kInvalid, "expected points within {}, found {} from {}", count, n, first);
  ByteReader lengths(payload);
  const size_t chunks = chunks_of(count);
  if (chunks > payload.size()) return fail(Code::kCorrupt, "expected {} chunks", chunks);
  std::vector<size_t> sizes(chunks);
  for (size_t& size : sizes) size = static_cast<size_t>(lengths.varint());
  ByteReader body(lengths.rest());
  for (size_t i = 0; i < chunks; ++i) {
    const std::string_view chunk = body.raw(sizes[i]);
    if (!lengths.ok() || !body.ok()) return fail(Code::kCorrupt, "expected {} chunks", chunks);
    const size_t begin = i * kChunkPointsMax;
    const size_t points = std::min(kChunkPointsMax, count - begin);
    if (begin + points <= first || begin >= first + n) continue;
    TRY_VOID(visit(chunk, begin, points));
  }
  return {};
}

// Decodes [first, first + out.size()) of a column through `decode(chunk, whole chunk's span)`.
template <typename T, typename Decode>
Result<void> read_range(std::string_view payload, size_t count, size_t first, std::span<T> out,
                        const Decode& decode) {
  std::vector<T> scratch;
  return for_chunks(payload, count, first, out.size(),
                    [&](std::string_view chunk, size_t begin, size_t points) -> Result<void> {
                      if (begin >= first && begin + points <= first + out.size())
                        return decode(chunk, out.subspan(begin - first, points));
                      scratch.resize(points);
                      TRY_VOID(decode(chunk, std::span<T>(scratch)));
                      const size_t from = std::max(begin, first);
                      const size_t to = std::min(begin + points, first + out.size());
                      std::copy(scratch.begin() + static_cast<ptrdiff_t>(from - begin),
                                scratch.begin() + static_cast<ptrdiff_t>(to - begin),
                                out.begin() + static_cast<ptrdiff_t>(from - first));
                      return {};
                    });
}

std::string encode_axis_chunks(const TableRows& rows) {
  std::vector<std::string> chunks;
  for (size_t at = 0; at < rows.step.size(); at += kChunkPointsMax) {
    const size_t n = std::min(kChunkPointsMax, rows.step.size() - at);
    chunks.push_back(encode_axis({&rows.step[at], n}, {&rows.time_ns[at], n}));
  }
  return join(chunks);
}

std::string encode_value_chunks(std::span<const double> values) {
  std::vector<std::string> chunks;
  for (size_t at = 0; at < values.size(); at += kChunkPointsMax)
    chunks.push_back(
        encode_values(values.subspan(at, std::min(kChunkPointsMax, values.size() - at))));
  return join(chunks);
}

}  // namespace

Extent extent_of(std::span<const double> values) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  Extent e{kNan, kNan, 0, kNan, kNan, 0, 0};
  if (values.empty()) return e;
  e.first = values.front();
  e.last = values.back();
  for (const double v : values) {
    if (std::isnan(v)) {
      ++e.nan_count;
      continue;
    }
    e.min = v >= e.min ? e.min : v;  // the first comparison is with NaN and false
    e.max = v <= e.max ? e.max : v;
    e.sum += v;
    ++e.count;
  }
  return e;
}

Extent join(const Extent& a, const Extent& b) {
  if (a.count + a.nan_count == 0) return b;
  if (b.count + b.nan_count == 0) return a;
  Extent e = a;
  if (b.count > 0) {
    e.min = b.min >= a.min ? a.min : b.min;
    e.max = b.max <= a.max ? a.max : b.max;
  }
  e.sum += b.sum;
  e.last = b.last;
  e.count += b.count;
  e.nan_count += b.nan_count;
  return e;
}

Piece describe_axis(std::span<const int64_t> steps, std::span<const int64_t> times_ns) {
  Piece axis;
  extend_axis(axis, steps, times_ns);
  return axis;
}

void extend_axis(Piece& p, std::span<const int64_t> steps, std::span<const int64_t> times_ns) {
  if (steps.size() <= p.count) return;
  const auto minus = [](int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
  };
  if (p.count == 0) {
    p.first_step = p.min_step = p.max_step = steps[0];
    p.min_time_ns = p.max_time_ns = times_ns[0];
    p.step_stride = 1;
    p.arithmetic = true;
  }
  if (p.count <= 1 && steps.size() > 1) p.step_stride = minus(steps[1], steps[0]);
  for (size_t i = std::max<size_t>(p.count, 1); i < steps.size(); ++i) {
    p.sorted &= steps[i] >= steps[i - 1];
    p.arithmetic &= minus(steps[i], steps[i - 1]) == p.step_stride;
    p.min_step = std::min(p.min_step, steps[i]);
    p.max_step = std::max(p.max_step, steps[i]);
    p.min_time_ns = std::min(p.min_time_ns, times_ns[i]);
    p.max_time_ns = std::max(p.max_time_ns, times_ns[i]);
  }
  p.count = steps.size();
}

PackWriter::PackWriter() : x_bytes(journal::encode_header(journal::this_process())) {}

FrameRef PackWriter::add(PackKind kind, std::string_view payload) {
  const FrameRef ref{x_bytes.size(), payload.size()};
  journal::append_frame(x_bytes, x_bytes.size(), static_cast<uint16_t>(kind), payload);
  return ref;
}

void PackWriter::add_table(int session, const TableRows& rows) {
  if (rows.step.empty()) return;
  PackTable table;
  table.session = session;
  table.stream = rows.stream;
  table.axis = describe_axis(rows.step, rows.time_ns);
  table.axis.has_groups = rows.step.size() > kChunkPointsMax;
  table.axis_frame = add(PackKind::kAxis, encode_axis_chunks(rows));
  for (size_t k = 0; k < rows.keys.size(); ++k) {
    const std::vector<double>& values = rows.columns[k];
    CHECK(values.size() == rows.step.size());
    PackTable::Column column;
    column.key = rows.keys[k];
    column.values = add(PackKind::kColumn, encode_value_chunks(values));
    if (table.axis.has_groups)
      column.groups = add(PackKind::kGroups, encode_groups(summarise(values)));
    for (size_t i = 0; i < values.size(); ++i)
      column.stats.add(rows.step[i], rows.time_ns[i], values[i]);
    table.columns.push_back(std::move(column));
  }
  x_added.tables.push_back(std::move(table));
}

void PackWriter::add_text(uint64_t first_line, const std::vector<ConsoleLine>& lines) {
  ByteWriter block;
  uint64_t block_first = first_line, block_lines = 0;
  const auto flush = [&] {
    if (block_lines == 0) return;
    x_added.texts.push_back(
        {block_first, block_lines, add(PackKind::kText, compress(block.view()))});
    block_first += block_lines;
    block_lines = 0;
    block.clear();
  };
  for (const ConsoleLine& line : lines) {
    block.u8(line.stream);
    block.svarint(line.time_ns / 1'000'000);
    block.text(line.text);
    ++block_lines;
    if (block.size() >= kTextBlockBytes) flush();
  }
  flush();
}

void PackWriter::add_records(const std::vector<Record>& records) {
  ByteWriter block;
  const auto flush = [&] {
    if (block.size() == 0) return;
    x_added.records.push_back(add(PackKind::kRecords, compress(block.view())));
    block.clear();
  };
  for (const Record& r : records) {
    const std::string bytes =
        wire::encode_event(model::RecordLogged{r.key, r.step, r.time_ns, r.record});
    if (block.size() + bytes.size() > kRecordsBlockBytes) flush();
    block.text(bytes);
  }
  flush();
}

Result<uint64_t> PackWriter::write(Disk& disk, const std::string& path, PackDirectory& directory) {
  directory.tables = std::move(x_added.tables);
  directory.texts = std::move(x_added.texts);
  directory.records = std::move(x_added.records);
  const std::string encoded = encode_directory(directory);
  ByteWriter end;
  end.u64(x_bytes.size());
  for (size_t at = 0; at < encoded.size(); at += kDirectoryFrameBytes)
    add(PackKind::kDirectory, std::string_view(encoded).substr(at, kDirectoryFrameBytes));
  add(PackKind::kEnd, end.view());
  TRY_VOID(write_file_atomically(disk, path, x_bytes));
  return x_bytes.size();
}

PackReader::PackReader(std::unique_ptr<File> file, std::string path)
    : x_file(std::move(file)), x_path(std::move(path)) {}

Result<std::unique_ptr<PackReader>> PackReader::open(Disk& disk, const std::string& path) {
  TRY(auto file, disk.open(path, OpenMode::kRead));
  return std::unique_ptr<PackReader>(new PackReader(std::move(file), path));
}

Result<std::string_view> PackReader::frame(const FrameRef& ref, PackKind kind) {
  if (ref.bytes > kFrameBytesMax)
    return fail(Code::kCorrupt, "expected a frame of at most {} bytes ({})", kFrameBytesMax,
                x_path);
  x_buffer.resize(journal::kFrameHeaderBytes + static_cast<size_t>(ref.bytes + 7) / 8 * 8);
  TRY(const size_t got, x_file->read_at(ref.offset, x_buffer.data(), x_buffer.size()));
  auto frame = journal::frame_at(std::string_view(x_buffer).substr(0, got), ref.offset, ref.offset);
  if (!frame || frame->kind != static_cast<uint16_t>(kind) || frame->payload.size() != ref.bytes)
    return fail(Code::kCorrupt, "expected a frame of {} bytes at {}, found damage ({})", ref.bytes,
                ref.offset, x_path);
  return frame->payload;
}

Result<PackDirectory> PackReader::directory() {
  TRY(const uint64_t size, x_file->size());
  if (size < journal::kHeaderBytes + journal::kFrameHeaderBytes + 8)
    return fail(Code::kCorrupt, "expected a pack, found {} bytes ({})", size, x_path);
  const FrameRef end{size - journal::kFrameHeaderBytes - 8, 8};
  TRY(const std::string_view tail, frame(end, PackKind::kEnd));
  uint64_t at = ByteReader(tail).u64();
  std::string encoded;
  while (at < end.offset) {
    char head[4];
    TRY(const size_t got, x_file->read_at(at, head, sizeof head));
    const uint32_t bytes = ByteReader({head, got}).u32();
    TRY(const std::string_view part, frame({at, bytes}, PackKind::kDirectory));
    encoded.append(part);
    at += journal::kFrameHeaderBytes + (uint64_t{bytes} + 7) / 8 * 8;
  }
  auto directory = decode_directory(encoded);
  if (!directory) return tl::unexpected(std::move(directory).error().in(x_path));
  return directory;
}

Result<void> PackReader::read_steps(const FrameRef& axis, size_t count, size_t first,
                                    std::span<int64_t> out) {
  TRY(const std::string_view payload, frame(axis, PackKind::kAxis));
  return read_range(payload, count, first, out, decode_steps);
}

Result<void> PackReader::read_times(const FrameRef& axis, size_t count, size_t first,
                                    std::span<int64_t> out) {
  TRY(const std::string_view payload, frame(axis, PackKind::kAxis));
  return read_range(payload, count, first, out, decode_times);
}

Result<void> PackReader::read_values(const FrameRef& column, size_t count, size_t first,
                                     std::span<double> out) {
  TRY(const std::string_view payload, frame(column, PackKind::kColumn));
  return read_range(payload, count, first, out, decode_values);
}

Result<void> PackReader::scan_values(const FrameRef& column, size_t count, size_t first,
                                     std::span<const size_t> ends, std::span<Extent> out) {
  TRY(const std::string_view payload, frame(column, PackKind::kColumn));
  if (ends.empty()) return {};
  std::fill(out.begin(), out.end(), extent_of({}));
  size_t at = 0;  // the range that the next chunk begins in
  std::vector<uint32_t> cuts;
  std::vector<Extent> found;
  return for_chunks(payload, count, first, ends.back() - first,
                    [&](std::string_view chunk, size_t begin, size_t points) -> Result<void> {
                      cuts.clear();
                      // A chunk may begin before the first range and end after the last: those
                      // parts are cut off.
                      const bool before = begin < first;
                      if (before) cuts.push_back(static_cast<uint32_t>(first - begin));
                      size_t last = at;
                      for (; last < ends.size() && ends[last] < begin + points; ++last)
                        cuts.push_back(static_cast<uint32_t>(ends[last] - begin));
                      if (cuts.empty() || cuts.back() < points)
                        cuts.push_back(static_cast<uint32_t>(points));
                      found.resize(cuts.size());
                      TRY_VOID(store::scan_values(chunk, points, cuts, found));
                      for (size_t i = before ? 1 : 0; i < found.size() && at < ends.size(); ++i) {
                        out[at] = join(out[at], found[i]);
                        if (ends[at] <= begin + cuts[i]) ++at;
                      }
                      return {};
                    });
}

Result<Groups> PackReader::read_groups(const FrameRef& groups, size_t count) {
  TRY(const std::string_view payload, frame(groups, PackKind::kGroups));
  return decode_groups(payload, groups_of(count));
}

Result<std::vector<ConsoleLine>> PackReader::read_text(const PackText& text) {
  TRY(const std::string_view payload, frame(text.frame, PackKind::kText));
  TRY(const std::string plain, decompress(payload, kTextBytesMax));
  ByteReader in(plain);
  std::vector<ConsoleLine> lines;
  for (uint64_t i = 0; i < text.lines && in.ok(); ++i) {
    ConsoleLine& line = lines.emplace_back();
    line.number = text.first_line + i;
    line.stream = in.u8();
    line.time_ns = static_cast<int64_t>(static_cast<uint64_t>(in.svarint()) * 1'000'000u);
    line.text = in.text();
  }
  if (!in.ok()) return fail(Code::kCorrupt, "expected {} console lines ({})", text.lines, x_path);
  return lines;
}

Result<std::vector<Record>> PackReader::read_records(const FrameRef& ref) {
  TRY(const std::string_view payload, frame(ref, PackKind::kRecords));
  TRY(const std::string plain, decompress(payload, kTextBytesMax));
  ByteReader in(plain);
  std::vector<Record> records;
  while (in.ok() && !in.at_end()) {
    const std::string_view bytes = in.text();
    if (!in.ok()) break;
    TRY(const model::Event event,
        wire::decode_event(static_cast<uint16_t>(wire::FrameKind::kRecordLogged), bytes));
    const auto& e = std::get<model::RecordLogged>(event);
    records.push_back({e.key, e.step, e.time_ns, e.record});
  }
  if (!in.ok()) return fail(Code::kCorrupt, "expected records ({})", x_path);
  return records;
}

}  // namespace cairn::store
