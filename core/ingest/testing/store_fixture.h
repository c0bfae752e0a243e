// StoreFixture: a folder, processes that look at it, and what they see.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/disk.h"
#include "ingest/ingest.h"
#include "ingest/testing/given_run.h"
#include "model/layout.h"
#include "store/store.h"
#include "store/testing/temp_folder.h"

namespace cairn::ingest {

// A point, exact to the bit.
struct SeenPoint {
  int64_t step;
  uint64_t bits;
  bool operator==(const SeenPoint&) const = default;
};
inline SeenPoint point(int64_t step, double value) {
  return {step, std::bit_cast<uint64_t>(value)};
}
void PrintTo(const SeenPoint& point, std::ostream* out);  // NOLINT: GoogleTest's name

// What one process holds: a store of its own on the folder.
class Looker {
 public:
  // Journals are read through `disk`; the store is on the real one.
  explicit Looker(const std::string& root, Disk& disk = posix_disk(),
                  size_t tails_bytes_max = store::kTailsBytesMax);

  bool looks();                  // catches up; whether anything changed
  void writes_everything_out();  // a checkpoint of every tail
  model::RunInfo run(const std::string& id);
  bool has_run(const std::string& id);
  model::Value summary(const std::string& id, const std::string& key);           // null when absent
  std::vector<SeenPoint> points(const std::string& id, const std::string& key);  // in view
  std::vector<SeenPoint> all_points(const std::string& id, const std::string& key);
  std::vector<std::string> console(const std::string& id);
  size_t pieces(const std::string& id, const std::string& key);
  // Everything readers can see of the project, as text.
  std::string everything();
  store::Check verify();

  store::Store& store() { return *x_store; }
  Ingest& ingest() { return *x_ingest; }

 private:
  std::unique_ptr<store::Store> x_store;
  std::unique_ptr<Ingest> x_ingest;
};

class StoreFixture : public testing::Test {
 protected:
  GivenRun given_run(const std::string& id) { return GivenRun(root(), id); }
  GivenRun given_run(const std::string& id, GivenRun::As as) {
    return GivenRun(root(), id, std::move(as));
  }
  Looker a_process() { return Looker(root()); }
  // A process that has looked once.
  Looker a_reader();

  std::string root() const { return x_folder.path() + "/.cairn"; }
  model::Layout layout() const { return model::Layout(root()); }
  std::vector<std::string> journals() const { return names(layout().live(kProject)); }
  std::vector<std::string> packs() const { return names(layout().packs(kProject)); }
  void damage(const std::string& path, uint64_t offset, std::string_view bytes) const;
  static std::vector<std::string> names(const std::string& dir);

 private:
  store::TempFolder x_folder;
};

}  // namespace cairn::ingest
