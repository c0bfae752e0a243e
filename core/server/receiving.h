// Receiving: what the API takes in, journals and blobs, beside the thread that reads.
#pragma once

#include "base/disk.h"
#include "blobs/arrivals.h"
#include "blobs/blobs.h"
#include "ingest/receiver.h"
#include "server/http_types.h"

namespace cairn::server {

// Answers the routes at Station::kReceiver, after the Guard admitted them (docs/api.md). Owned by
// the server. Thread-safe; takes as long as the disk takes. A HEAD is answered with the file that a
// GET would send.
class Receiving {
 public:
  Receiving(Disk& disk, const model::Layout& layout, ingest::Receiver::FindPacked find_packed)
      : x_disk(disk),
        x_receiver(disk, layout, std::move(find_packed)),
        x_blobs(disk, layout.blobs()),
        x_arrivals(disk, layout.blobs()) {}

  Response handle(const Request& request) noexcept;
  ingest::Receiver& journals() { return x_receiver; }  // for the presence that Ingest asks for

 private:
  Result<Response> route(const Request& request);
  Result<Response> find_journal(const std::string& project, const model::JournalName& journal);
  Result<Response> take_journal(const Request& request, const std::string& project,
                                const model::JournalName& journal);
  Result<Response> find_blob(const std::string& sha256);
  Result<Response> take_blob(const Request& request, const std::string& sha256);

  Disk& x_disk;
  ingest::Receiver x_receiver;
  blobs::Blobs x_blobs;
  blobs::Arrivals x_arrivals;
};

}  // namespace cairn::server
