// FilledStore: a store in a folder of its own, filled batch by batch; its journals are empty files.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/disk.h"
#include "model/layout.h"
#include "model/series.h"
#include "store/store.h"
#include "store/testing/temp_folder.h"

namespace cairn::store {

class FilledStore {
 public:
  static constexpr char kProject[] = "digits";

  FilledStore() {
    const model::Layout layout(root());
    EXPECT_TRUE(posix_disk().make_dirs(layout.live(kProject)));
    auto opened = open_embedded(posix_disk(), root(), true);
    EXPECT_TRUE(opened) << opened.error().message();
    x_store = std::move(*opened);
  }

  Store& operator*() const { return *x_store; }
  Store* operator->() const { return x_store.get(); }
  std::string root() const { return x_folder.path() + "/.cairn"; }

  void begin(const std::string& run, int session = 1, model::Value about = model::Object{}) {
    Batch batch;
    about.set("created_ns", int64_t{++x_created_ns});
    batch.facts.push_back(model::RunBegan{std::move(about)});
    apply(run, session, std::move(batch));
  }
  // Points in the order of their arrival.
  void add(const std::string& run, const std::string& key, const model::Points& points,
           int session = 1) {
    Batch batch;
    if (points.size() > 0) batch.first_step = points.step.front();
    batch.tables.push_back(
        {{key}, model::Stream::kHistory, points.step, points.time_ns, {points.value}});
    apply(run, session, std::move(batch));
  }
  // Several keys on one axis, of either stream.
  void add_rows(const std::string& run, TableRows rows, int session = 1) {
    Batch batch;
    if (!rows.step.empty() && rows.stream == model::Stream::kHistory)
      batch.first_step = rows.step.front();
    batch.tables.push_back(std::move(rows));
    apply(run, session, std::move(batch));
  }
  void tell(const std::string& run, model::Event fact, int session = 1) {
    Batch batch;
    batch.facts.push_back(std::move(fact));
    apply(run, session, std::move(batch));
  }
  void keep(const std::string& run, model::Value artifact, int session = 1) {
    Batch batch;
    batch.artifacts.push_back(std::move(artifact));
    apply(run, session, std::move(batch));
  }
  void write_out() { EXPECT_TRUE(x_store->checkpoint(kProject, true)); }
  void seal(const std::string& run, int session = 1) {
    EXPECT_TRUE(x_store->set_writer(kProject, {run, session, "w"}, model::Liveness::kEnded));
    EXPECT_TRUE(x_store->checkpoint(kProject, false));
  }
  Store::SeriesPieces pieces(const std::string& run, const std::string& key) {
    auto series = x_store->pieces(kProject, run, key);
    EXPECT_TRUE(series) << series.error().message();
    return series.value_or(Store::SeriesPieces{});
  }

 private:
  void apply(const std::string& run, int session, Batch batch) {
    const model::JournalName journal{run, session, "w"};
    const auto [at, is_new] = x_offsets.try_emplace({run, session}, 0);
    if (is_new) {  // a tail without a journal would be another process's, sealed
      const std::string path =
          model::Layout(root()).live(kProject) + "/" + print_journal_name(journal);
      EXPECT_TRUE(posix_disk().open(path, OpenMode::kCreate)) << path;
    }
    uint64_t& offset = at->second;
    batch.from = offset;
    batch.to = offset += 1000;
    const auto applied = x_store->apply(kProject, journal, std::move(batch));
    EXPECT_TRUE(applied) << applied.error().message();
  }

  TempFolder x_folder;
  std::unique_ptr<Store> x_store;
  std::map<std::pair<std::string, int>, uint64_t> x_offsets;
  int64_t x_created_ns = 0;
};

}  // namespace cairn::store
