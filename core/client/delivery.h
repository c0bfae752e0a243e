// Delivery: brings one journal of an outbox, and the blobs that it names, to a server.
//
// One step at a time, so that its owner decides how long to go on. Holds at most one piece in
// memory. Everything is asked again from the server and read again from the files, so a delivery
// that was cut off anywhere is simply begun anew. Used by one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/disk.h"
#include "base/result.h"
#include "blobs/blobs.h"
#include "client/remote.h"
#include "journal/journal.h"
#include "model/layout.h"
#include "wire/blob_names.h"

namespace cairn::client {

// In one request; a frame of a journal that is larger goes alone. What is logged is small and comes
// often, and this much memory is the host's; blobs are rare, and a far server wants large pieces.
constexpr size_t kJournalPieceBytes = 1 << 20, kBlobPieceBytes = 4 << 20;
constexpr int64_t kSignOfLifeNs = 20'000'000'000;

class Delivery {
 public:
  // `is_new`: no server has heard of the journal yet, so none is asked how far it is there.
  Delivery(Disk& disk, const model::Layout& outbox, std::string project, model::JournalName name,
           bool is_new = false);

  enum class Step {
    kMore,     // there is more to do at once
    kIdle,     // nothing new; a living writer may write more
    kSettles,  // all is there, and soon it will be durable
    kDone,     // all is durable there; the journal and its blobs are removed here
  };
  // At most one request. `has_ended`: the writer writes no more. Errors as of Remote; after a
  // Conflict the journal stays where it is.
  Result<Step> advance(Remote& remote, bool has_ended);

  const std::string& project() const { return x_project; }
  const model::JournalName& name() const { return x_name; }
  uint64_t bytes_delivered() const { return x_standing ? x_standing->offset : 0; }
  uint64_t blob_bytes_delivered() const { return x_blob_bytes; }

 private:
  Result<bool> open(bool has_ended);
  struct Gathered {
    Remote::Piece piece;
    bool is_all = false;  // nothing follows it
  };
  Result<Gathered> gather();
  void note_blobs(const journal::Frame& frame);
  Result<void> send_piece(Remote& remote, Remote::Piece piece);
  Result<void> send_blob(Remote& remote);
  Result<Step> settle(Remote& remote);
  void rewind(uint64_t offset);

  Disk& x_disk;
  const std::string x_project;
  const model::JournalName x_name;
  const std::string x_path;
  blobs::Blobs x_blobs;

  std::unique_ptr<journal::Reader> x_reader;
  std::optional<Remote::Standing> x_standing;  // unknown until the server was asked
  uint64_t x_read_to = 0;                      // bytes of the journal handed to the server
  int x_stalls = 0;                            // pieces in a row of which nothing was taken
  int64_t x_last_heard_ns = 0;                 // when the server last heard of the journal
  bool x_is_gone = false;

  std::deque<std::string> x_blob_queue;  // named by the journal, perhaps not there yet
  wire::BlobNames x_blob_names;          // all that were ever in the queue
  std::optional<uint64_t> x_blob_at;     // how far the first of the queue is there
  uint64_t x_blob_bytes = 0;
};

}  // namespace cairn::client
