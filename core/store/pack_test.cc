// Packs: what was put in comes out, and damage is never read as data.
#include "store/pack.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/testing/fake_disk.h"
#include "journal/journal.h"

namespace cairn::store {
namespace {

constexpr char kPath[] = "/packs/r~1~1.cpack";

TableRows rows(size_t n, std::vector<std::string> keys = {"loss", "acc"}) {
  TableRows rows;
  rows.keys = std::move(keys);
  rows.columns.resize(rows.keys.size());
  for (size_t i = 0; i < n; ++i) {
    rows.step.push_back(static_cast<int64_t>(i * i % 1009));
    rows.time_ns.push_back(static_cast<int64_t>(1'000'000'007 * i));
    for (size_t k = 0; k < rows.keys.size(); ++k)
      rows.columns[k].push_back(i % 17 == 0 ? std::nan("") : static_cast<double>(i + k) / 7);
  }
  return rows;
}

class PackTest : public testing::Test {
 protected:
  PackTest() { EXPECT_TRUE(x_disk.make_dirs("/packs")); }

  Result<uint64_t> write(const TableRows& table, size_t lines = 3) {
    PackWriter writer;
    writer.add_table(2, table);
    std::vector<ConsoleLine> console;
    for (size_t i = 0; i < lines; ++i)
      console.push_back({0, 1, static_cast<int64_t>(i) * 1'000'000, "line " + std::to_string(i)});
    writer.add_text(10, console);
    writer.add_records({{"image", 5, 6, model::Value("a record")}});
    PackDirectory directory;
    directory.run.id = "r";
    directory.steps[1].last = 8;
    directory.steps[2] = {3, 9};
    directory.journals["r~1~w.clog"].offset = 4096;
    directory.artifacts.emplace_back("an artifact");
    return writer.write(x_disk, kPath, directory);
  }
  std::unique_ptr<PackReader> open() {
    auto reader = PackReader::open(x_disk, kPath);
    EXPECT_TRUE(reader) << reader.error().message();
    return std::move(*reader);
  }

  FakeDisk x_disk;
};

TEST_F(PackTest, WhatWasPutInComesOut) {
  const TableRows table = rows(10'000);
  ASSERT_TRUE(write(table));
  const auto reader = open();
  const auto directory = reader->directory();
  ASSERT_TRUE(directory) << directory.error().message();
  EXPECT_EQ(directory->run.id, "r");
  EXPECT_EQ(directory->steps.at(2).first, 3);
  EXPECT_EQ(directory->steps.at(1).last, 8);
  EXPECT_FALSE(directory->steps.at(1).first);
  EXPECT_EQ(directory->journals.at("r~1~w.clog").offset, 4096u);
  EXPECT_EQ(directory->artifacts, (std::vector<model::Value>{"an artifact"}));
  ASSERT_EQ(directory->tables.size(), 1u);
  const PackTable& t = directory->tables[0];
  EXPECT_EQ(t.session, 2);
  EXPECT_EQ(t.axis.count, 10'000u);
  EXPECT_EQ(t.axis.max_step, *std::max_element(table.step.begin(), table.step.end()));
  for (const size_t first : {0u, 1u, 4095u, 4096u, 9'999u, 10'000u}) {
    const size_t n = std::min<size_t>(5000, 10'000 - first);
    std::vector<int64_t> steps(n), times(n);
    std::vector<double> values(n);
    ASSERT_TRUE(reader->read_steps(t.axis_frame, 10'000, first, steps));
    ASSERT_TRUE(reader->read_times(t.axis_frame, 10'000, first, times));
    ASSERT_TRUE(reader->read_values(t.columns[1].values, 10'000, first, values));
    for (size_t i = 0; i < n; ++i) {
      ASSERT_EQ(steps[i], table.step[first + i]);
      ASSERT_EQ(times[i], table.time_ns[first + i]);
      ASSERT_EQ(std::bit_cast<uint64_t>(values[i]),
                std::bit_cast<uint64_t>(table.columns[1][first + i]));
    }
  }
  const auto groups = reader->read_groups(t.columns[0].groups, 10'000);
  ASSERT_TRUE(groups);
  EXPECT_EQ(groups->size(), (10'000 + kLevelGroupPoints - 1) / kLevelGroupPoints);
  const auto text = reader->read_text(directory->texts.at(0));
  ASSERT_TRUE(text);
  EXPECT_EQ(text->at(2).number, 12u);
  EXPECT_EQ(text->at(2).text, "line 2");
  const auto records = reader->read_records(directory->records.at(0));
  ASSERT_TRUE(records);
  EXPECT_EQ(records->at(0).record, model::Value("a record"));
}

TEST_F(PackTest, PointsBeyondTheEndAreRefused) {
  ASSERT_TRUE(write(rows(10)));
  const auto reader = open();
  const auto directory = reader->directory();
  ASSERT_TRUE(directory);
  std::vector<int64_t> steps(2);
  const FrameRef& axis = directory->tables[0].axis_frame;
  EXPECT_EQ(reader->read_steps(axis, 10, 9, steps).error().code(), Code::kInvalid);
  EXPECT_EQ(reader->read_steps(axis, 10, 11, steps).error().code(), Code::kInvalid);
  EXPECT_FALSE(reader->read_steps(axis, 5000, 0, steps)) << "another number of chunks";
}

TEST_F(PackTest, AFlippedBitIsNeverReadAsData) {
  const TableRows table = rows(40);
  ASSERT_TRUE(write(table));
  const std::string sound = x_disk.content(kPath);
  const auto directory = *open()->directory();
  for (size_t at = journal::kHeaderBytes; at < sound.size(); ++at) {
    std::string bytes = sound;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
    x_disk.set_content(kPath, bytes);
    const auto reader = open();
    (void)reader->directory();  // an error or the truth; frames are hashed
    std::vector<double> values(40);
    const PackTable& t = directory.tables[0];
    for (const PackTable::Column& column : t.columns) {
      if (!reader->read_values(column.values, 40, 0, values)) continue;
      const auto& written = table.columns[static_cast<size_t>(&column - t.columns.data())];
      ASSERT_EQ(std::memcmp(values.data(), written.data(), 40 * sizeof(double)), 0) << at;
    }
  }
}

TEST_F(PackTest, ACutFileIsNoPack) {
  ASSERT_TRUE(write(rows(40)));
  const std::string sound = x_disk.content(kPath);
  for (size_t size = 0; size < sound.size(); size += 7) {
    x_disk.set_content(kPath, sound.substr(0, size));
    const auto directory = open()->directory();
    ASSERT_FALSE(directory) << size;
    EXPECT_EQ(directory.error().code(), Code::kCorrupt);
  }
}

TEST_F(PackTest, IsThereWholeOrNotAtAllWhenTheMachineStops) {
  ASSERT_TRUE(write(rows(40)));
  const uint64_t operations = x_disk.operations();
  for (uint64_t stop = 0; stop < operations; ++stop)
    for (const Crash crash : {Crash::kLost, Crash::kKept, Crash::kTorn}) {
      FakeDisk disk;
      ASSERT_TRUE(disk.make_dirs("/packs"));
      disk.stop_after(stop);
      PackWriter writer;
      writer.add_table(1, rows(40));
      PackDirectory directory;
      directory.run.id = "r";
      const bool written = writer.write(disk, kPath, directory).has_value();
      const auto after = disk.crash(crash, stop);
      const auto reader = PackReader::open(*after, kPath);
      EXPECT_TRUE(reader || !written);
      EXPECT_TRUE(!reader || (*reader)->directory());
    }
}

TEST_F(PackTest, AnAxisThatGrewIsDescribedAsIfItHadBeenWhole) {
  const TableRows table = rows(200);
  for (const size_t part : {1u, 2u, 7u, 200u}) {
    Piece grown;
    for (size_t n = part; n <= 200; n += part)
      extend_axis(grown, std::span(table.step).first(n), std::span(table.time_ns).first(n));
    const size_t n = 200 / part * part;
    const Piece whole =
        describe_axis(std::span(table.step).first(n), std::span(table.time_ns).first(n));
    EXPECT_EQ(grown.count, whole.count);
    EXPECT_EQ(grown.sorted, whole.sorted);
    EXPECT_EQ(grown.arithmetic, whole.arithmetic);
    EXPECT_EQ(grown.step_stride, whole.step_stride);
    EXPECT_EQ(grown.min_step, whole.min_step);
    EXPECT_EQ(grown.max_step, whole.max_step);
    EXPECT_EQ(grown.max_time_ns, whole.max_time_ns);
  }
}

}  // namespace
}  // namespace cairn::store
