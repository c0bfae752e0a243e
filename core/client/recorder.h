// Recorder: turns what a run logs into frames of this process's own journal.
//
// Owned by a Run, shared with its background thread. Every method may be called from any thread.
// Holds one short lock; nothing slow happens under it but opening a journal after a fork, a
// vanished folder, or a full disk that has room again.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/disk.h"
#include "client/console_fold.h"
#include "journal/journal.h"
#include "model/event.h"
#include "model/layout.h"
#include "wire/event_codec.h"

namespace cairn::client {

// The keys of rows that repeat. `number` is valid in the journal generation `defined_in`.
struct Shape {
  std::vector<std::string> keys;
  model::Stream stream = model::Stream::kHistory;
  uint32_t number = 0;
  uint64_t defined_in = 0;
};

// A mark that a forked child finds wiped: memory with MADV_WIPEONFORK.
class ForkMark {
 public:
  ForkMark();
  ~ForkMark();
  ForkMark(const ForkMark&) = delete;
  ForkMark& operator=(const ForkMark&) = delete;
  bool is_ours() const { return x_state->load(std::memory_order_acquire) == kOurs; }
  // In a child: true for the one thread that must set things right and then call settle().
  bool claim();
  void settle() { x_state->store(kOurs, std::memory_order_release); }

 private:
  enum : uint32_t { kWiped = 0, kClaimed = 1, kOurs = 2 };
  std::atomic<uint32_t>* x_state;
};

class Recorder {
 public:
  struct Place {
    model::Layout layout;
    std::string project, run;
    int session = 1;
  };
  using Warn = std::function<void(const std::string&)>;

  // `on_fork` is called once in every forked child that goes on logging.
  Recorder(Disk& disk, Place place, Warn warn, std::function<void()> on_fork);
  // Opens the first journal; `about` begins it and every later journal of this run.
  Result<void> open(model::Value about);

  const Place& place() const { return x_place; }
  // The journal that is being written, or was written last.
  model::JournalName journal_name() const;
  // False in a forked child that has not used the run yet.
  bool is_ours() const { return x_mark.is_ours(); }

  // Null when a key is empty or too long, or there are too many different sets: use log_named().
  const Shape* shape(std::span<const std::string_view> keys, model::Stream stream);
  void log(const Shape* shape, std::span<const double> values, std::optional<int64_t> step,
           bool advance);
  void log_named(std::span<const std::pair<std::string_view, double>> row,
                 std::optional<int64_t> step, bool advance);
  void log_system(std::span<const std::pair<std::string, double>> row);
  void log_record(std::string_view key, model::Value record, std::optional<int64_t> step,
                  bool advance);
  void append(const model::Event& event);
  void console(int stream, std::string_view text);
  int64_t next_step() const;
  void set_next_step(int64_t step);

  void count_loss(std::string_view what, uint64_t count, std::string_view reason);
  model::Value losses() const;

  // Background work, about ten times a second and once a second.
  void prepare();
  void settle_second();  // partial lines, losses, a vanished folder
  Result<void> sync();

  // Ends the journal: unfinished lines, losses, the end event, a tidy close. Later calls are
  // ignored.
  Result<void> finish(int exit_code, std::string_view reason);
  bool is_finished() const;

 private:
  // What a fork must not share: made anew in the child, the parent's is left alone.
  struct Live {
    std::mutex mutex;
    std::shared_ptr<journal::Writer> writer;  // null: nothing can be kept at present
    model::JournalName name;                  // of its journal
    uint64_t generation = 0;
    uint32_t shapes_defined = 0;
    uint64_t rows = 0;  // in this journal
    int64_t next_step = 0;
    bool losses_dirty = false;
    bool warned = false;
    bool finished = false;
    std::string warning;  // to be shown once the lock is free
    ConsoleFold folds[2];
    std::map<std::string, uint64_t, std::less<>> losses;
    std::unordered_map<uint64_t, std::vector<std::unique_ptr<Shape>>> shapes;
    size_t shape_count = 0;
  };

  struct Held;
  Live& live();  // after making sure that this process owns it
  void adopt_after_fork();
  Result<void> open_journal(Live& live);
  Shape* find_shape(Live& live, std::span<const std::string_view> keys, model::Stream stream);
  bool define(Live& live, Shape& shape);
  void write_row(Live& live, Shape& shape, std::span<const double> values, int64_t step);
  bool append_locked(Live& live, const model::Event& event);
  void lose(Live& live, std::string_view what, uint64_t count, std::string_view reason);
  int64_t take_step(Live& live, std::optional<int64_t> step, bool advance);
  void flush_losses(Live& live, bool last);

  Disk& x_disk;
  Place x_place;
  Warn x_warn;
  std::function<void()> x_on_fork;
  model::Value x_about;
  ForkMark x_mark;
  std::atomic<Live*> x_live{nullptr};
  std::vector<std::unique_ptr<Live>> x_lives;  // ours and, in a child, the abandoned parent's
};

}  // namespace cairn::client
