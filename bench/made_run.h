// Journals of runs that never ran: the frames a client would have written, at times made up.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/disk.h"
#include "curves.h"
#include "journal/journal.h"
#include "measure.h"
#include "model/layout.h"
#include "wire/event_codec.h"

namespace cairn::bench {

constexpr int64_t kMadeRunsBeganNs = 1'750'000'000 * kNsPerSecond;

struct MadeRun {
  std::string project = "bench", id;
  model::Value config;
  model::Value summary;
  std::vector<std::string> keys;
  std::vector<std::span<const double>> columns;  // of equal length
};

inline void append_event(journal::Writer& writer, const model::Event& event) {
  get(writer.append(static_cast<uint16_t>(wire::kind_of(event)), wire::encode_event(event)));
}

// One row every 50 ms or so, as a small model trains; stamped in whole milliseconds, as the client
// does.
inline void append_rows(journal::Writer& writer, const MadeRun& run) {
  append_event(writer, model::ShapeDefined{0, model::Stream::kHistory, run.keys});
  const size_t rows = run.columns.empty() ? 0 : run.columns[0].size();
  const size_t bytes = sizeof(wire::RowHeader) + run.columns.size() * sizeof(double);
  Noise noise(7);
  double elapsed_ms = 0;
  int64_t now_ns = kMadeRunsBeganNs;
  for (size_t row = 0; row < rows; ++row) {
    elapsed_ms += 50 * std::exp(0.05 * noise.normal());
    now_ns = kMadeRunsBeganNs + static_cast<int64_t>(elapsed_ms) * kNsPerMillisecond;
    char* at = writer.reserve(bytes);
    if (!at) give_up(writer.last_error().message());
    const wire::RowHeader head{0, static_cast<uint32_t>(run.columns.size()),
                               static_cast<int64_t>(row), now_ns};
    std::memcpy(at, &head, sizeof head);
    at += sizeof head;
    for (const std::span<const double> column : run.columns) {
      std::memcpy(at, &column[row], sizeof(double));
      at += sizeof(double);
    }
    writer.commit(static_cast<uint16_t>(wire::FrameKind::kRowLogged), bytes);
  }
  append_event(writer, model::RunFinished{now_ns, 0, {}});
}

// The run's journal, whole and closed, in the store's folder. Its size.
inline uint64_t write_journal(const std::string& root, const MadeRun& run) {
  const model::Layout layout(root);
  const std::string path = layout.journal(run.project, {run.id, 1, "w"});
  get(posix_disk().make_dirs(layout.live(run.project)));
  const auto writer = get(journal::Writer::create(posix_disk(), path));
  model::Value about;
  about.set("project", run.project);
  about.set("name", "run " + run.id);
  about.set("created_ns", kMadeRunsBeganNs);
  about.set("session", 1);
  about.set("config", run.config);
  append_event(*writer, model::RunBegan{about});
  if (run.summary.as_object()) append_event(*writer, model::SummaryChanged{run.summary});
  append_rows(*writer, run);
  get(writer->close());
  return bytes_below(path);
}

}  // namespace cairn::bench
