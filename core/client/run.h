// Run: the guest. Lives in a training process, takes what it logs, journals it, never gets in its
// way.
//
// Threads: every method may be called from any thread; log() of several threads is serialised by
// one short lock that no background work holds. One background thread per run samples the machine,
// flushes unfinished console lines and syncs the journal once a second; it starts with the run and
// ends in finish() or the destructor. After fork() the child's first call opens a journal of its
// own (the parent's is never touched); without a call the child costs nothing.
//
// Errors: opening a run may fail with a Result. Afterwards nothing fails: what cannot be kept is
// counted (losses()), reported once to Options::warn, and written into the run as soon as possible.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/energy.h"
#include "model/value.h"

namespace cairn::client {

enum class Resume { kNew, kAllow, kMust, kNever };  // kNew: a fresh id unless one is given

struct RunOptions {
  std::string dir;  // store folder; empty: CAIRN_DIR, else .cairn at the git root, else ./.cairn
  // Server the run belongs to; empty: CAIRN_URL, else none. CAIRN_API_KEY holds its key. The run is
  // recorded in an outbox below the store folder and sent from there.
  std::string url;
  bool deliver = true;  // false: it stays in the outbox until `cairn sync`
  std::string project = "default";
  std::string id;    // empty: a fresh one
  std::string name;  // empty: a friendly one
  Resume resume = Resume::kNew;
  std::vector<std::string> tags;
  std::string notes, group, job_type;
  model::Value config;          // object
  int64_t next_step = 0;        // first automatic step (after a resume: last step + 1)
  double sample_period_s = 10;  // machine metrics; 0 switches them off
  int sample_pid = 0;           // whose process tree; 0: this process
  // What the processes use of energy, with the machine metrics. CAIRN_ENERGY=0 switches it off.
  bool energy = true;
  bool capture = true;            // host, git, environment, argv
  std::vector<std::string> argv;  // redacted before it is stored; empty: /proc/self/cmdline
  std::string entry;              // entry script; empty: left out
  std::vector<std::string> package_folders;      // Python's sys.path, for installed distributions
  std::function<void(const std::string&)> warn;  // shows one line; default: stderr
};

// What a row's keys are, prepared once for rows that repeat. Owned by its Run.
struct Shape;

class Run {
 public:
  // Errors: Invalid (names, URL, resume), Conflict (kNever and the run exists), NotFound (kMust and
  // it does not), Io (no folder can be written: callers fall back to a run that only counts
  // losses).
  static Result<std::unique_ptr<Run>> open(RunOptions options);
  // A run that keeps nothing: mode="disabled".
  static std::unique_ptr<Run> disabled();
  ~Run();

  const std::string& id() const;
  const std::string& name() const;
  const std::string& project() const;
  const std::string& dir() const;  // the store's folder
  const std::string& url() const;  // of the server it belongs to; empty: none
  int session() const;             // 1, or more after resumes
  bool is_disabled() const;

  // One log() call. Without a step: the next automatic step; `advance` false keeps it for the next
  // call too. Keys beyond the limits are dropped and counted.
  void log(std::span<const std::pair<std::string_view, double>> row,
           std::optional<int64_t> step = {}, bool advance = true);
  // The fast path: keys given once. `values.size()` must be the shape's.
  const Shape* shape(std::span<const std::string_view> keys);
  void log(const Shape* shape, std::span<const double> values, std::optional<int64_t> step = {},
           bool advance = true);
  int64_t next_step() const;

  void log_record(std::string_view key, model::Value record, std::optional<int64_t> step = {},
                  bool advance = true);
  void update_config(model::Value change);
  void update_summary(model::Value change);
  void set_attributes(model::Value change);  // name, tags, notes, group, job_type
  void add_capture(model::Value facts);
  void define_metric(std::string_view name, model::Value definition);
  // Console text as it was written; line ends and carriage returns are folded here.
  void console(int stream, std::string_view text);
  void log_artifact(model::Value artifact);

  // What was measured so far; nothing when energy is not watched. Asks the sensors, which may take
  // some milliseconds.
  std::optional<model::EnergyRecord> energy() const;

  // Copies a file or bytes into the store: {"sha256", "bytes"}.
  Result<model::Value> put_file(const std::string& path);
  Result<model::Value> put_bytes(std::string_view content);

  // Without a reason nothing is shown: the caller has said it in words of his own.
  void count_loss(std::string_view what, uint64_t count = 1, std::string_view reason = {});
  model::Value losses() const;  // {} when nothing was lost

  // Durability on request: returns after what was logged is on the medium.
  Result<void> sync();
  // Says that the run is over; later calls on this Run are ignored. Bounded: waits at most 5 s for
  // its server, and tells what is left for `cairn sync`.
  void finish(int exit_code = 0, std::string_view reason = {});

 private:
  struct State;
  explicit Run(std::unique_ptr<State> state);
  std::unique_ptr<State> x_state;
};

// The store folder a run would use when started in `cwd` (see RunOptions::dir).
std::string find_store_dir(const std::string& dir, const std::string& cwd);

}  // namespace cairn::client
