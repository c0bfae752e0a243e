// The uploader's loop: this run first, then what others left; patience when the server is away.
#include "client/uploader.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/id.h"
#include "client/delivery.h"

namespace cairn::client {

using std::chrono::milliseconds;
using Step = Delivery::Step;

namespace {

constexpr milliseconds kIdleWait{500};  // a point is on its way after half of it, on average
constexpr milliseconds kSettleWait{20};
constexpr int64_t kLookAgainNs = 60 * kNsPerSecond;  // for what others left
constexpr int kTriesAtEnd = 3;
constexpr double kLookS = 0.005, kLeftoverWaitS = 1, kStopWaitS = 0.5;

// Waits longer and longer, and never in step with the thousand others that the server lost.
class Backoff {
 public:
  milliseconds next() {
    constexpr int64_t kFirstMs = 500, kMostMs = 60'000;
    const int64_t most_ms = std::min(kMostMs, kFirstMs << std::min(x_failures++, 7));
    return milliseconds(most_ms / 2 + static_cast<int64_t>(random_u64() % 1024) * most_ms / 2048);
  }
  void reset() { x_failures = 0; }

 private:
  int x_failures = 0;
};

}  // namespace

struct Uploader::Work {
  Work(Disk& its_disk, std::shared_ptr<Recorder> its_recorder, Plan its_plan)
      : disk(its_disk), recorder(std::move(its_recorder)), plan(std::move(its_plan)) {}

  Disk& disk;
  const std::shared_ptr<Recorder> recorder;
  const Plan plan;

  std::atomic<bool> has_ended = false;  // the recorder has written its last frame
  std::atomic<bool> is_delivered = false;
  std::atomic<uint64_t> delivered = 0;  // bytes of the journal
  std::mutex mutex;                     // guards the pointer, not what it points at
  std::shared_ptr<Remote> remote;

  // The thread's own.
  std::optional<Delivery> own;
  std::unique_ptr<File> turn;  // locked while this process delivers what others left
  std::deque<Delivery> leftovers;
  int64_t next_look_ns = 0;
  bool is_away = false, warned = false;

  void run(GuestThread::Call& call);
  Result<Step> advance();
  Result<Step> advance_leftovers();
  void look_for_leftovers();
  void warn(const Error& error);
  void cancel();
};

void Uploader::Work::run(GuestThread::Call& call) {
  auto opened = Remote::open(plan.outbox.url, plan.options);
  if (!opened) return warn(opened.error());
  {
    const std::lock_guard lock(mutex);
    remote = std::move(*opened);
  }
  Backoff backoff;
  int tries_at_end = 0;
  while (!call.is_stopped()) {
    const bool was_away = is_away;
    const auto step = is_delivered ? advance_leftovers() : advance();
    if (is_delivered && (!step || *step == Step::kIdle)) return;
    if (step) {
      is_away = false;
      backoff.reset();
      if (*step == Step::kIdle) call.wait(kIdleWait);
      if (*step == Step::kSettles) call.wait(kSettleWait);
      continue;
    }
    const Code code = step.error().code();
    warn(step.error());
    if (code == Code::kInvalid || code == Code::kConflict) return;
    is_away = true;
    // Whoever waits for the end of the program waits for nothing that was away before.
    if (has_ended && (was_away || ++tries_at_end == kTriesAtEnd)) return;
    call.wait(backoff.next());
  }
}

// One request at most. Conflict: of this run's own journal.
Result<Step> Uploader::Work::advance() {
  const bool ends = has_ended;  // before the journal is read: then all of it is
  const model::JournalName name = recorder->journal_name();
  // Another one is begun when the folder was removed under a run; of the first nothing is left.
  if (!own || own->name().writer != name.writer)
    own.emplace(disk, plan.outbox.layout, recorder->place().project, name, true);
  TRY(const Step step, own->advance(*remote, ends));
  delivered = own->bytes_delivered();
  if (step == Step::kDone && ends) is_delivered = true;
  if (step == Step::kMore || ends) return step;
  return advance_leftovers();
}

Result<Step> Uploader::Work::advance_leftovers() {
  if (leftovers.empty() && plan.delivers_leftovers) look_for_leftovers();
  if (leftovers.empty()) return Step::kIdle;
  const auto step = leftovers.front().advance(*remote, true);
  if (!step && step.error().code() != Code::kConflict) return step;
  // What this server does not take is told by `cairn sync`, and in nobody's way here.
  if (!step || *step == Step::kDone || *step == Step::kIdle) leftovers.pop_front();
  return step && *step == Step::kSettles ? Step::kSettles : Step::kMore;
}

void Uploader::Work::look_for_leftovers() {
  if (monotonic_now_ns() < next_look_ns) return;
  next_look_ns = monotonic_now_ns() + kLookAgainNs;
  if (!turn) {
    auto file = disk.open(plan.outbox.layout.root() + "/deliver.lock", OpenMode::kReadWrite);
    if (!file || !(*file)->try_lock().value_or(false)) return;
    turn = std::move(*file);
    forget_old(disk, plan.outbox);
  }
  const auto waiting = list_waiting(disk, plan.outbox);
  if (!waiting) return;
  for (const Waiting& journal : *waiting)
    if (journal.writer == journal::Life::kDead)
      leftovers.emplace_back(disk, plan.outbox.layout, journal.project, journal.name);
}

// Once, whatever happens later.
void Uploader::Work::warn(const Error& error) {
  if (std::exchange(warned, true)) return;
  const bool is_temporary = error.code() != Code::kInvalid && error.code() != Code::kConflict;
  plan.warn(fmt::format("{}; what is logged is kept in {}{}", error.message(),
                        plan.outbox.layout.root(),
                        is_temporary ? " and sent when the server answers"
                                     : ", and 'cairn sync' delivers it once this is mended"));
}

void Uploader::Work::cancel() {
  const std::lock_guard lock(mutex);
  if (remote) remote->cancel();
}

Uploader::Uploader(Disk& disk, std::shared_ptr<Recorder> recorder, Plan plan)
    : x_work(std::make_shared<Work>(disk, std::move(recorder), std::move(plan))),
      x_thread("cairn-upload", [work = x_work](GuestThread::Call& call) { work->run(call); }) {}

std::string Uploader::finish(double wait_s) {
  x_work->has_ended = true;
  x_thread.nudge();
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(wait_s);
  while (!x_thread.wait_for_end(kLookS) && !x_work->is_delivered &&
         std::chrono::steady_clock::now() < until)
    continue;
  // A program that was short shall do its part for those before it.
  if (x_work->is_delivered) x_thread.wait_for_end(kLeftoverWaitS);
  stop(kStopWaitS);
  if (x_work->is_delivered) return {};
  const Recorder::Place& place = x_work->recorder->place();
  const auto about = x_work->disk.info(
      x_work->plan.outbox.layout.journal(place.project, x_work->recorder->journal_name()));
  const uint64_t bytes = about ? about->bytes : 0;
  return fmt::format(
      "run {}: {} of {} bytes are delivered to {}; 'cairn sync' delivers the rest, and so does the "
      "next run on this machine",
      place.run, std::min<uint64_t>(bytes, x_work->delivered), bytes,
      print_url(x_work->plan.outbox.url));
}

void Uploader::stop(double wait_s) {
  x_work->cancel();
  x_thread.stop(wait_s);
}

Uploader::Plan Uploader::forget() {
  Plan plan = x_work->plan;
  plan.delivers_leftovers = false;
  x_thread.forget();
  // The connection is the parent's, and the mutex may be held for ever by a thread of it.
  new (&x_work) std::shared_ptr<Work>();
  return plan;
}

}  // namespace cairn::client
