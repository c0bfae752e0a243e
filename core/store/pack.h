// Packs: immutable files that hold a run's points, console text and record, once written out.
//
// docs/formats/pack.md draws the bytes. A pack is a journal file (the same header and frames, so
// the same reader verifies it) whose frames are columns instead of rows, and whose last two frames
// are a directory, which says where everything is, and a fixed-size end, which says where the
// directory is.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/disk.h"
#include "base/result.h"
#include "model/run.h"
#include "model/series.h"
#include "store/store.h"
#include "store/stored_journal.h"

namespace cairn::store {

enum class PackKind : uint16_t {
  kAxis = 64,       // chunks of steps and times of one table
  kColumn = 65,     // chunks of values of one series
  kGroups = 66,     // level 1 of one series
  kText = 67,       // zstd: console lines
  kRecords = 68,    // zstd: media and other records
  kDirectory = 69,  // zstd: PackDirectory
  kEnd = 70,        // u64: offset of the directory's frame
};

struct FrameRef {
  uint64_t offset = 0;  // of the frame's header
  uint64_t bytes = 0;   // of its payload
};

// One table's rows in a pack: an axis and a column per key.
struct PackTable {
  struct Column {
    std::string key;
    FrameRef values, groups;   // groups.bytes == 0: none
    model::SeriesStats stats;  // of this column's points alone
  };
  int session = 1;
  model::Stream stream = model::Stream::kHistory;
  Piece axis;  // count and facts; handle unused
  FrameRef axis_frame;
  std::vector<Column> columns;
};

struct PackText {
  uint64_t first_line = 0, lines = 0;
  FrameRef frame;
};

struct PackDirectory {
  model::RunInfo run;                             // as of this pack; summary is the explicit part
  std::map<std::string, StoredJournal> journals;  // by file name, as of this pack
  StepsBySession steps;                           // as of this pack
  std::vector<PackTable> tables;
  std::vector<PackText> texts;
  std::vector<FrameRef> records;
  std::vector<model::Value> artifacts;
};

void put_ref(ByteWriter& out, const FrameRef& ref);
FrameRef get_ref(ByteReader& in);

std::string encode_directory(const PackDirectory& directory);
Result<PackDirectory> decode_directory(std::string_view bytes);

// Builds a pack in memory and puts it on the disk whole, synced, or not at all.
class PackWriter {
 public:
  PackWriter();
  void add_table(int session, const TableRows& rows);
  void add_text(uint64_t first_line, const std::vector<ConsoleLine>& lines);
  void add_records(const std::vector<Record>& records);
  // Completes the directory with what was added and writes the file. Bytes written.
  Result<uint64_t> write(Disk& disk, const std::string& path, PackDirectory& directory);

 private:
  FrameRef add(PackKind kind, std::string_view payload);
  std::string x_bytes;
  PackDirectory x_added;
};

// Reads frames of a pack; verifies each. One thread at a time.
class PackReader {
 public:
  static Result<std::unique_ptr<PackReader>> open(Disk& disk, const std::string& path);

  Result<PackDirectory> directory();
  // Points [first, first + out.size()) of a table or column of `count` points.
  Result<void> read_steps(const FrameRef& axis, size_t count, size_t first, std::span<int64_t> out);
  Result<void> read_times(const FrameRef& axis, size_t count, size_t first, std::span<int64_t> out);
  Result<void> read_values(const FrameRef& column, size_t count, size_t first,
                           std::span<double> out);
  // Of consecutive ranges: see Store::scan_values.
  Result<void> scan_values(const FrameRef& column, size_t count, size_t first,
                           std::span<const size_t> ends, std::span<Extent> out);
  Result<Groups> read_groups(const FrameRef& groups, size_t count);
  Result<std::vector<ConsoleLine>> read_text(const PackText& text);
  Result<std::vector<Record>> read_records(const FrameRef& records);

 private:
  PackReader(std::unique_ptr<File> file, std::string path);
  Result<std::string_view> frame(const FrameRef& ref, PackKind kind);  // valid until the next call

  std::unique_ptr<File> x_file;
  std::string x_path;
  std::string x_buffer;
};

// The extent of values in memory, and the extent of two neighbouring ranges together.
Extent extent_of(std::span<const double> values);
Extent join(const Extent& before, const Extent& after);

// Facts of a column of steps and times; `handle` and `session` are left alone.
Piece describe_axis(std::span<const int64_t> steps, std::span<const int64_t> times_ns);
// The same for a column that has grown since: looks at the points behind axis.count only.
void extend_axis(Piece& axis, std::span<const int64_t> steps, std::span<const int64_t> times_ns);

}  // namespace cairn::store
