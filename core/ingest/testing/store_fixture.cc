// What processes see of a folder.
#include "ingest/testing/store_fixture.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <ostream>

#include "store/points.h"
#include "store/run_record.h"
#include "wire/json.h"

namespace cairn::ingest {

namespace {

template <typename T>
T get(Result<T> result) {
  EXPECT_TRUE(result) << result.error().message();
  if (!result) std::abort();  // a test that goes on would only confuse
  return std::move(*result);
}

std::unique_ptr<store::Store> open_store(const std::string& root, size_t tails_bytes_max) {
  return get(store::open_embedded(posix_disk(), root, true, tails_bytes_max));
}

}  // namespace

void PrintTo(const SeenPoint& point, std::ostream* out) {
  *out << point.step << ":" << std::bit_cast<double>(point.bits) << "/" << std::hex << point.bits
       << std::dec;
}

Looker::Looker(const std::string& root, Disk& disk, size_t tails_bytes_max)
    : x_store(open_store(root, tails_bytes_max)),
      x_ingest(std::make_unique<Ingest>(disk, *x_store)) {}

bool Looker::looks() { return get(x_ingest->catch_up(kProject)); }

void Looker::writes_everything_out() {
  const auto written = x_store->checkpoint(kProject, true);
  ASSERT_TRUE(written) << written.error().message();
}

model::RunInfo Looker::run(const std::string& id) { return get(x_store->get_run(kProject, id)); }

bool Looker::has_run(const std::string& id) {
  const auto info = x_store->get_run(kProject, id);
  EXPECT_TRUE(info || info.error().code() == Code::kNotFound) << info.error().message();
  return info.has_value();
}

model::Value Looker::summary(const std::string& id, const std::string& key) {
  const model::RunInfo info = run(id);
  const model::Value* value = info.summary.find(key);
  return value ? *value : model::Value();
}

std::vector<SeenPoint> Looker::points(const std::string& id, const std::string& key) {
  std::vector<SeenPoint> seen;
  const auto series = get(x_store->pieces(kProject, id, key));
  const auto read = store::for_each_point_in_view(
      *x_store, series,
      [&](int64_t step, int64_t, double value) { seen.push_back(point(step, value)); });
  EXPECT_TRUE(read) << read.error().message();
  return seen;
}

std::vector<SeenPoint> Looker::all_points(const std::string& id, const std::string& key) {
  std::vector<SeenPoint> seen;
  auto series = get(x_store->pieces(kProject, id, key));
  series.visible_below.clear();
  const auto read = store::for_each_point_in_view(
      *x_store, series,
      [&](int64_t step, int64_t, double value) { seen.push_back(point(step, value)); });
  EXPECT_TRUE(read) << read.error().message();
  return seen;
}

std::vector<std::string> Looker::console(const std::string& id) {
  std::vector<std::string> lines;
  const auto read = get(x_store->read_console(kProject, id, 0, std::numeric_limits<size_t>::max()));
  for (const store::ConsoleLine& line : read) {
    EXPECT_EQ(line.number, lines.size());
    lines.push_back(line.text + (line.partial ? "..." : ""));
  }
  EXPECT_EQ(get(x_store->count_console(kProject, id)), lines.size());
  return lines;
}

size_t Looker::pieces(const std::string& id, const std::string& key) {
  return get(x_store->pieces(kProject, id, key)).pieces.size();
}

store::Check Looker::verify() { return get(x_store->verify()); }

std::string Looker::everything() {
  std::vector<std::string> ids;
  const auto visited = x_store->for_each_changed(
      kProject, 0, [&](const model::RunInfo& info) { ids.push_back(info.id); });
  EXPECT_TRUE(visited) << visited.error().message();
  std::sort(ids.begin(), ids.end());
  std::string text;
  for (const std::string& id : ids) {
    text += wire::print_json(store::print_run(run(id))) + "\n";
    auto keys = get(x_store->list_series(kProject, id));
    std::sort(keys.begin(), keys.end(), [](auto& a, auto& b) { return a.key < b.key; });
    for (const model::SeriesInfo& info : keys) {
      const model::SeriesStats& s = info.stats;
      text += fmt::format(
          "{} {} n={} nan={} steps={}..{} last={}@{} min={}@{} max={}@{} sum={:.12g}\n", info.key,
          static_cast<int>(info.stream), s.count, s.nan_count, s.first_step, s.last_step, s.last,
          s.last_time_ns, s.min, s.min_step, s.max, s.max_step, s.sum);
      const auto series = get(x_store->pieces(kProject, id, info.key));
      const auto read = store::for_each_point_in_view(
          *x_store, series, [&](int64_t step, int64_t time_ns, double value) {
            text += fmt::format("  {} {} {:x}\n", step, time_ns, std::bit_cast<uint64_t>(value));
          });
      EXPECT_TRUE(read) << read.error().message();
    }
    for (const auto& line : get(x_store->read_console(kProject, id, 0, 1'000'000)))
      text += fmt::format("{} {} {}{}: {}\n", line.number, line.stream, line.time_ns,
                          line.partial ? "..." : "", line.text);
    for (const store::Record& record : get(x_store->read_records(kProject, id)))
      text += fmt::format("{} {} {} {}\n", record.key, record.step, record.time_ns,
                          wire::print_json(record.record));
    for (const model::Value& artifact : get(x_store->read_artifacts(kProject, id)))
      text += wire::print_json(artifact) + "\n";
  }
  return text;
}

Looker StoreFixture::a_reader() {
  Looker reader = a_process();
  reader.looks();
  return reader;
}

std::vector<std::string> StoreFixture::names(const std::string& dir) {
  std::vector<std::string> names;
  if (const auto entries = posix_disk().list(dir))
    for (const DirEntry& entry : *entries) names.push_back(entry.name);
  return names;
}

void StoreFixture::damage(const std::string& path, uint64_t offset, std::string_view bytes) const {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  ASSERT_TRUE(file.good()) << path;
  file.seekp(static_cast<std::streamoff>(offset));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(file.good()) << path;
}

}  // namespace cairn::ingest
