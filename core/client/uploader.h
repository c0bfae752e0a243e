// Uploader: the thread that brings a run from its outbox to its server while the run lives.
//
// Owned by a Run, beside its Background. It reads the journal's file as anybody else would, and
// nothing in log() waits for it or knows of it. The server may be away for hours: what is not
// delivered lies in the outbox, and outlives this process. Along the way it delivers what programs
// that ended here have left; one process at a time does that.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/disk.h"
#include "client/guest_thread.h"
#include "client/outbox.h"
#include "client/recorder.h"

namespace cairn::client {

class Uploader {
 public:
  struct Plan {
    Outbox outbox;
    http::Options options;
    bool delivers_leftovers = true;
    std::function<void(const std::string&)> warn;
  };
  Uploader(Disk& disk, std::shared_ptr<Recorder> recorder, Plan plan);

  // Once the recorder has finished: waits at most `wait_s` for the rest to be delivered. Answers
  // what is to be told: a sentence about what is left, or nothing.
  std::string finish(double wait_s);
  // Without an end: what is left is for the next program.
  void stop(double wait_s);
  // In a forked child: see GuestThread::forget(). Answers a plan for the child's own journal.
  Plan forget();

 private:
  struct Work;
  std::shared_ptr<Work> x_work;
  GuestThread x_thread;
};

}  // namespace cairn::client
