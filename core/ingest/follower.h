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

  // Goes on from `position`, 0 being the beginning; shapes are those that the journal defined
  // before it.
  void seek(uint64_t position, std::vector<model::ShapeDefined> shapes);
  bool stands_at(uint64_t position) const { return x_stands && position == x_reader->offset(); }

  // The next part of the journal, bounded in size; empty at the present end.
  Result<store::Batch> read();

 private:
  struct Open {  // rows of one shape in the batch being built
    model::ShapeDefined shape;
    store::TableRows rows;
  };

  explicit Follower(std::unique_ptr<journal::Reader> reader) : x_reader(std::move(reader)) {}
  void take(const journal::Frame& frame, store::Batch& batch);
  void take_row(std::string_view payload, store::Batch& batch);
  void close_tables(store::Batch& batch);

  std::unique_ptr<journal::Reader> x_reader;
  std::vector<Open> x_shapes;
  bool x_stands = false;   // a position was given
  size_t x_longest = 0;    // rows of the longest table of the batch being built
  uint64_t x_damaged = 0;  // bytes reported so far
};

}  // namespace cairn::ingest
