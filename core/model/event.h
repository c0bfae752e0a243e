// Event: one thing that happened to a run. A run is the sum of its events, in order, per writer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/series.h"
#include "model/value.h"

namespace cairn::model {

// First event of every journal: {"project", "name", "created_ns", "session", "tags", "notes",
// "group", "job_type", "config"}; members other than created_ns and session are optional and absent
// ones leave what another writer of the run said. `first_step` shadows: see docs/formats/events.md.
struct RunBegan {
  Value about;
};
// Names a row's columns once; rows refer to it by number. Numbers are the writer's own, from 0.
struct ShapeDefined {
  uint32_t shape = 0;
  Stream stream = Stream::kHistory;
  std::vector<std::string> keys;
};
// One log() call: a value for each key of the shape. Views point into the frame.
struct RowLogged {
  uint32_t shape = 0;
  int64_t step = 0;
  int64_t time_ns = 0;
  const double* values = nullptr;  // may be unaligned: read with memcpy
  size_t count = 0;
};
struct ConfigChanged {
  Value change;  // merged into config
};
struct SummaryChanged {
  Value change;  // merged into summary
};
struct AttributesChanged {
  Value change;  // any of name, tags, notes, group, job_type, archived: replaced
};
struct CaptureAdded {
  Value facts;  // merged into meta
};
struct MetricDefined {
  std::string name;  // or a glob
  Value definition;  // merged into metrics[name]
};
// A piece of console output: whole lines, or the present state of an unfinished one.
struct ConsoleWritten {
  enum class Kind : uint8_t { kLine = 0, kPartial = 1 };
  uint8_t stream = 0;       // 0 stdout, 1 stderr
  Kind kind = Kind::kLine;  // a partial is replaced by the next piece of its stream
  int64_t time_ns = 0;
  std::string_view text;  // without the line end
};
// A value that is no number: an image, table, histogram, text ... at a step.
struct RecordLogged {
  std::string key;
  int64_t step = 0;
  int64_t time_ns = 0;
  Value record;  // {"type": "image", "sha256": hex, "bytes": n, ...} or inline data
};
// A file kept with the run: {"name", "sha256", "bytes", "type", "aliases", "metadata", "files"}.
struct ArtifactLogged {
  Value artifact;
};
// Counts since the writer began; later counts replace earlier ones of the same writer.
struct LossCounted {
  Value counts;
};
struct RunFinished {
  int64_t time_ns = 0;
  int32_t exit_code = 0;
  std::string reason;  // the exception's last line, a signal's name; may be empty
};

using Event = std::variant<RunBegan, ShapeDefined, RowLogged, ConfigChanged, SummaryChanged,
                           AttributesChanged, CaptureAdded, MetricDefined, ConsoleWritten,
                           RecordLogged, ArtifactLogged, LossCounted, RunFinished>;

}  // namespace cairn::model
