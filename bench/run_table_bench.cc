// Benchmark of the run table: load, filter + sort + page, group; 100,000 runs x 60 columns.
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "query/run_table.h"

namespace cairn::query {
namespace {

constexpr size_t kRuns = 100'000;
constexpr size_t kFloats = 42, kWholes = 10, kWords = 6;  // and name and created: 60 columns
constexpr int kRounds = 31;
constexpr int kLoadRounds = 5;
constexpr int64_t kCreatedNs = 1'767'225'600 * kNsPerSecond;

// The cells of every run, made before the clock starts.
struct Runs {
  std::vector<std::string> ids, names, words;
  std::vector<double> floats;
  std::vector<int64_t> wholes;
};

Runs make_runs() {
  std::mt19937_64 random(1);
  Runs runs;
  for (size_t i = 0; i < kRuns; ++i) {
    runs.ids.push_back(fmt::format("{:012x}", random()));
    runs.names.push_back(fmt::format("quiet-ridge-{}", i));
  }
  for (size_t i = 0; i < kRuns * kFloats; ++i)
    runs.floats.push_back(static_cast<double>(random() >> 11) * 0x1p-53);
  for (size_t i = 0; i < kRuns * kWholes; ++i)
    runs.wholes.push_back(static_cast<int64_t>(random() % 100));
  for (size_t i = 0; i < kRuns * kWords; ++i)
    runs.words.push_back(std::string("word-") + std::to_string(random() % 12));
  return runs;
}

void load(const Runs& runs, RunTable& table) {
  std::vector<RunTable::Column> floats, wholes, words;
  for (size_t i = 0; i < kFloats; ++i)
    floats.push_back(table.column(fmt::format("summary.f{}", i)));
  for (size_t i = 0; i < kWholes; ++i) wholes.push_back(table.column(fmt::format("config.i{}", i)));
  for (size_t i = 0; i < kWords; ++i) words.push_back(table.column(fmt::format("config.w{}", i)));
  const RunTable::Column name = table.column("name"), created = table.column("created");
  for (size_t r = 0; r < kRuns; ++r) {
    const RunTable::Row row = table.row(runs.ids[r]);
    table.set(row, name, runs.names[r]);
    table.set_time(row, created, kCreatedNs + static_cast<int64_t>(r) * kNsPerSecond);
    for (size_t i = 0; i < kFloats; ++i) table.set(row, floats[i], runs.floats[r * kFloats + i]);
    for (size_t i = 0; i < kWholes; ++i) table.set(row, wholes[i], runs.wholes[r * kWholes + i]);
    for (size_t i = 0; i < kWords; ++i) table.set(row, words[i], runs.words[r * kWords + i]);
  }
}

// The median of an odd number of rounds, in milliseconds.
template <typename Work>
double median_ms(const Work& work, int rounds = kRounds) {
  std::vector<double> times_ms;
  for (int i = 0; i < rounds; ++i) {
    const int64_t begin_ns = monotonic_now_ns();
    work();
    times_ms.push_back(static_cast<double>(monotonic_now_ns() - begin_ns) / kNsPerMillisecond);
  }
  std::nth_element(times_ms.begin(), times_ms.begin() + rounds / 2, times_ms.end());
  return times_ms[static_cast<size_t>(rounds / 2)];
}

int measure() {
  const Runs runs = make_runs();
  RunTable table;
  const double load_s = median_ms(
                            [&] {
                              table = RunTable();
                              load(runs, table);
                            },
                            kLoadRounds) /
                        1000;
  const double cells = kRuns * 60;
  fmt::print("{:<62} {:8.3f} s   ({:.0f} M cells/s)\n", "load 100,000 runs x 60 columns", load_s,
             cells / load_s / 1e6);
  fmt::print("{:<62} {:8.1f} MB\n", "memory", static_cast<double>(table.memory_bytes()) / 1e6);

  const std::vector<std::pair<const char*, const char*>> questions = {
      {"config.i0 >= 50 and summary.f0 > 0.9", "-summary.f1"},
      {"config.i0 >= 10 and summary.f0 > 0.1", "-summary.f1"},
      {"config.w0 = word-3 and summary.f0 > 0.5", "-created"},
      {"config.w0 ~ 'word-1' or not summary.f0 > 0.5", "config.w1,-summary.f1"},
      {"", "-created"},
      {"", "name"},
      {"name ~ '77$'", "-created"}};
  for (const auto& [filter, sort] : questions) {
    const RunTable::Select select{filter, parse_sort(sort).value(), 0, 50, kCreatedNs};
    size_t total = 0;
    const double time_ms = median_ms([&] { total = table.select(select)->total; });
    fmt::print("{:<62} {:8.3f} ms  ({} runs)\n", fmt::format("[{}] sort {}", filter, sort), time_ms,
               total);
  }
  const RunTable::GroupBy by{"", {"config.w0", "config.w1"}, {"summary.f0"}, kCreatedNs};
  size_t groups = 0;
  const double group_ms = median_ms([&] { groups = table.group(by)->groups.size(); });
  fmt::print("{:<62} {:8.3f} ms  ({} groups)\n", "group by 2 columns, mean of a third", group_ms,
             groups);
  return 0;
}

}  // namespace
}  // namespace cairn::query

int main() { return cairn::query::measure(); }
