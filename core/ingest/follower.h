// Follower: reads one journal from where the store stands and turns its frames into batches.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/result.h"
#include "journal/journal.h"
#include "model/event.h"
#include "store/store.h"

namespace cairn::ingest {

// Kept between looks, so that a living journal is read on from its end. One thread at a time.
class Follower {
 public:
  static Result<std::unique_ptr<Follower>> open(Disk& disk, const std::string& path);

  // Goes on from `offset`; shapes are those that the journal defined before it.
  void seek(uint64_t offset, std::vector<model::ShapeDefined> shapes);
  uint64_t offset() const { return x_reader->offset(); }

  // The next part of the journal, bounded in size; `from == to` at the present end.
  Result<store::Batch> read();

 private:
  struct Open {  // rows of one shape in the batch being built
    model::ShapeDefined shape;
    store::TableRows rows;
  };

  explicit Follower(std::unique_ptr<journal::Reader> reader) : x_reader(std::move(reader)) {}
  Result<void> take(const journal::Frame& frame, store::Batch& batch);
  Result<void> take_row(std::string_view payload, store::Batch& batch);
  void close_tables(store::Batch& batch);

  std::unique_ptr<journal::Reader> x_reader;
  std::vector<Open> x_shapes;
  size_t x_values = 0;     // in the batch being built
  size_t x_longest = 0;    // rows of its longest table
  uint64_t x_damaged = 0;  // bytes reported so far
};

}  // namespace cairn::ingest
