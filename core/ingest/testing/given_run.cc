// Writing journals in words of a test.
#include "ingest/testing/given_run.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "wire/event_codec.h"

namespace cairn::ingest {

using model::Value;

namespace {

int64_t tick_ns() {
  static std::atomic<int64_t> now_ns = 1'700'000'000 * kNsPerSecond;
  return now_ns += kNsPerMillisecond;
}

}  // namespace

Value object(std::initializer_list<std::pair<const char*, Value>> members) {
  Value value{model::Object{}};
  for (const auto& [key, member] : members) value.set(key, member);
  return value;
}

GivenRun::GivenRun(const std::string& root, const std::string& run, As as) {
  const model::Layout layout(root);
  EXPECT_TRUE(posix_disk().make_dirs(layout.live(kProject)));
  x_path = layout.journal(kProject, {run, as.session, as.writer});
  journal::WriterIdentity who = journal::this_process();
  if (as.elsewhere) who.boot_id[0] ^= 0xFF;
  auto writer = journal::Writer::create(posix_disk(), x_path, who, {true, size_t{64} << 10});
  EXPECT_TRUE(writer) << writer.error().message();
  x_writer = std::move(*writer);
  if (!as.begins) return;
  Value about = object({{"project", kProject}, {"created_ns", tick_ns()}});
  about.set("session", as.session);
  if (as.about.as_object()) about.merge(as.about);
  writes(model::RunBegan{about});
}

GivenRun& GivenRun::writes_frame(uint16_t kind, std::string_view payload) {
  const auto appended = x_writer->append(kind, payload);
  EXPECT_TRUE(appended) << appended.error().message();
  return *this;
}

GivenRun& GivenRun::writes(const model::Event& event) {
  return writes_frame(static_cast<uint16_t>(wire::kind_of(event)), wire::encode_event(event));
}

uint32_t GivenRun::shape_of(model::Stream stream, const std::vector<std::string>& keys) {
  const auto next = static_cast<uint32_t>(x_shapes.size());
  const auto [shape, is_new] = x_shapes.try_emplace({stream, keys}, next);
  if (is_new) writes(model::ShapeDefined{next, stream, keys});
  return shape->second;
}

void GivenRun::row(model::Stream stream, const std::vector<std::string>& keys, int64_t step,
                   const double* values) {
  writes(model::RowLogged{shape_of(stream, keys), step, tick_ns(), values, keys.size()});
}

GivenRun& GivenRun::logs(const std::string& key, int64_t step, double value) {
  row(model::Stream::kHistory, {key}, step, &value);
  return *this;
}

GivenRun& GivenRun::logs(const std::vector<std::string>& keys, int64_t step,
                         const std::vector<double>& values) {
  row(model::Stream::kHistory, keys, step, values.data());
  return *this;
}

GivenRun& GivenRun::logs_many(const std::string& key, int64_t first_step, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const int64_t step = first_step + static_cast<int64_t>(i);
    logs(key, step, static_cast<double>(step) / 2);
  }
  return *this;
}

GivenRun& GivenRun::logs_system(const std::string& key, int64_t step, double value) {
  row(model::Stream::kSystem, {key}, step, &value);
  return *this;
}

GivenRun& GivenRun::says(std::string_view line, uint8_t stream) {
  return writes(model::ConsoleWritten{stream, model::ConsoleWritten::Kind::kLine, tick_ns(), line});
}
GivenRun& GivenRun::says_partially(std::string_view line, uint8_t stream) {
  return writes(
      model::ConsoleWritten{stream, model::ConsoleWritten::Kind::kPartial, tick_ns(), line});
}
GivenRun& GivenRun::configures(Value change) {
  return writes(model::ConfigChanged{std::move(change)});
}
GivenRun& GivenRun::summarises(Value change) {
  return writes(model::SummaryChanged{std::move(change)});
}
GivenRun& GivenRun::defines(const std::string& name, Value definition) {
  return writes(model::MetricDefined{name, std::move(definition)});
}
GivenRun& GivenRun::captures(Value facts) { return writes(model::CaptureAdded{std::move(facts)}); }
GivenRun& GivenRun::records(const std::string& key, int64_t step, Value record) {
  return writes(model::RecordLogged{key, step, tick_ns(), std::move(record)});
}
GivenRun& GivenRun::keeps(Value artifact) {
  return writes(model::ArtifactLogged{std::move(artifact)});
}
GivenRun& GivenRun::loses(const std::string& what, int64_t count) {
  Value counts;
  counts.set(what, count);
  return writes(model::LossCounted{counts});
}

void GivenRun::finishes(int exit_code, const std::string& reason) {
  writes(model::RunFinished{tick_ns(), exit_code, reason});
  const auto closed = x_writer->close();
  EXPECT_TRUE(closed) << closed.error().message();
  x_writer.reset();
}

void GivenRun::dies() { x_writer.reset(); }

}  // namespace cairn::ingest
