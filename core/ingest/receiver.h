// Receiver: takes journals that come over the network and keeps them as journals of this store.
//
// An uploaded journal is the journal file: the same frames at the same offsets, so whoever follows
// local journals follows these. Only frames that verify are taken. Idempotent: bytes that are here
// are stepped over, so a client that was cut off anywhere sends again and nothing is doubled.
//
// Owned by a server. Threads: every method may be called from any thread; two calls for one journal
// wait for each other, calls for different journals do not. One thread of its own syncs once a
// second what was written. What was acknowledged survives SIGKILL of the server, what is `durable`
// a power cut. All that is remembered can be found again from the files.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "base/disk.h"
#include "base/result.h"
#include "model/layout.h"

namespace cairn::ingest {

// Whoever gave no sign of life for so long may be dead; uploaders give one every 20 seconds.
constexpr int64_t kPresenceNs = 60'000'000'000;

// What is known of a journal without a look at its file.
struct Heard {
  uint64_t offset = 0;    // up to here it was received
  bool is_alive = false;  // open, and its writer gave a sign of life within kPresenceNs
};

class Receiver {
 public:
  // Until which offset a journal that has no file is in a pack, whole; nothing when it is in none.
  // Asked when a name is met for the first time; may wait for the thread that owns the store.
  using FindPacked = std::function<Result<std::optional<uint64_t>>(
      std::string_view project, const model::JournalName& journal)>;

  struct Options {
    size_t open_files_max = 512;
    int64_t sync_period_ms = 1000;  // 0: only when sync() is called
  };
  Receiver(Disk& disk, model::Layout layout, FindPacked find_packed, Options options);
  Receiver(Disk& disk, model::Layout layout, FindPacked find_packed)
      : Receiver(disk, std::move(layout), std::move(find_packed), Options()) {}
  ~Receiver();  // syncs

  // How far a journal is here. Bytes before `durable` outlive a power cut; of a closed journal
  // nothing more is taken.
  struct Standing {
    uint64_t offset = 0, durable = 0;
    bool closed = false;
  };
  // Errors: Invalid (a name), Conflict (a program of this machine writes that journal, or did; or
  // another server receives it), Io, whatever FindPacked answered.
  Result<Standing> find(std::string_view project, const model::JournalName& journal);

  // Bytes of the journal's file from offset `from` on; none are a sign of life.
  struct Piece {
    uint64_t from = 0;
    std::string_view bytes;
    bool skips = false;   // what lies between the standing offset and `from` is damage over there
    bool closes = false;  // the writer has ended and these bytes are its last
  };
  // The standing afterwards; its offset is less than `from` when bytes in between are missing.
  // More errors: Invalid (a header of another kind or version), Limit (the disk is full: nothing of
  // the piece was kept that was not acknowledged).
  Result<Standing> take(std::string_view project, const model::JournalName& journal,
                        const Piece& piece);

  // Nothing when it was not heard of lately.
  std::optional<Heard> heard(std::string_view project, const model::JournalName& journal);

  void sync();  // makes everything taken so far durable

 private:
  struct Entry;
  using EntryPtr = std::shared_ptr<Entry>;

  Result<EntryPtr> entry(std::string_view project, const model::JournalName& journal);
  Result<void> meet(Entry& entry);
  Result<void> resume(Entry& entry);
  Result<void> open_file(Entry& entry);
  Result<void> append(Entry& entry, const Piece& piece);
  Result<void> write(Entry& entry, uint64_t at, std::string_view bytes, uint64_t end);
  Result<void> close(Entry& entry);
  void touch(const EntryPtr& entry);
  void sync_entry(Entry& entry);
  void forget_silent();
  void run();

  Disk& x_disk;
  const model::Layout x_layout;
  const FindPacked x_find_packed;
  const Options x_options;

  // Never held while waiting for an Entry's own mutex, nor during input and output.
  std::mutex x_mutex;
  std::unordered_map<std::string, EntryPtr> x_entries;  // by path
  std::list<EntryPtr> x_open;                           // with an open file, latest used first

  std::mutex x_wake_mutex;
  std::condition_variable x_wake;
  bool x_stop = false, x_hurry = false;
  std::thread x_thread;
};

}  // namespace cairn::ingest
