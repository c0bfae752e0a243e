// The recording of rows, events and console lines, and what happens when they cannot be kept.
#include "client/recorder.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/limits.h"

namespace cairn::client {

using model::Stream;
using model::Value;
using wire::FrameKind;

namespace {

// Beyond this many different key sets a row is written key by key, so that a program that logs a
// new set on every call costs no memory for each.
constexpr size_t kShapesMax = 10'000;
constexpr size_t kReasonBytesMax = 256;

// Milliseconds are all a curve needs, and they compress three times better than nanoseconds.
int64_t stamp_ns() { return wall_now_ns() / kNsPerMillisecond * kNsPerMillisecond; }

uint64_t hash_keys(std::span<const std::string_view> keys, Stream stream) {
  uint64_t hash = static_cast<uint64_t>(stream) + 1;
  for (const std::string_view key : keys) hash = xxh3_64(key, hash);
  return hash;
}

bool is_key(std::string_view key) { return !key.empty() && key.size() <= kKeyBytesMax; }

bool same_keys(const Shape& shape, std::span<const std::string_view> keys, Stream stream) {
  return shape.stream == stream && shape.keys.size() == keys.size() &&
         std::equal(keys.begin(), keys.end(), shape.keys.begin());
}

}  // namespace

ForkMark::ForkMark() {
  void* page =
      mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  CHECK(madvise(page, kPageBytes, MADV_WIPEONFORK) == 0);
  x_state = new (page) std::atomic<uint32_t>(kOurs);
}

ForkMark::~ForkMark() { munmap(x_state, kPageBytes); }

bool ForkMark::claim() {
  uint32_t wiped = kWiped;
  if (x_state->compare_exchange_strong(wiped, kClaimed)) return true;
  while (!is_ours()) sched_yield();  // another thread of this child is at it
  return false;
}

// Holds the lock of the live state; shows a warning that came up only after letting it go, because
// whoever shows it may print, and what is printed is recorded.
struct Recorder::Held {
  explicit Held(Recorder& r) : recorder(r), live(r.live()), lock(live.mutex) {}
  ~Held() {
    std::string warning;
    warning.swap(live.warning);
    lock.unlock();
    if (warning.empty()) return;
    try {
      recorder.x_warn(warning);
    } catch (...) {  // whoever shows warnings has a problem of their own; the loss stays counted
    }
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  Recorder& recorder;
  Live& live;
  std::unique_lock<std::mutex> lock;
};

Recorder::Recorder(Disk& disk, Place place, Warn warn, std::function<void()> on_fork)
    : x_disk(disk),
      x_place(std::move(place)),
      x_warn(std::move(warn)),
      x_on_fork(std::move(on_fork)) {
  x_lives.push_back(std::make_unique<Live>());
  x_live = x_lives.back().get();
}

Result<void> Recorder::open(Value about) {
  x_about = std::move(about);
  const Held held(*this);
  return open_journal(held.live);
}

Recorder::Live& Recorder::live() {
  if (!x_mark.is_ours()) [[unlikely]]
    adopt_after_fork();
  return *x_live.load(std::memory_order_acquire);
}

// In a forked child: the parent's mutex may be locked for ever and its journal is not ours, so both
// are left alone and a new journal is opened. Steps go on from where the parent stood.
void Recorder::adopt_after_fork() {
  if (!x_mark.claim()) return;
  Live& parents = *x_live.load();
  auto mine = std::make_unique<Live>();
  mine->next_step = parents.next_step;
  mine->finished = parents.finished;
  if (parents.writer) parents.writer->abandon();
  mine->generation = parents.generation;
  x_about.set("forked", true);
  x_live = mine.get();
  x_lives.push_back(std::move(mine));
  Live& live = *x_live.load();
  if (!live.finished) {
    if (auto opened = open_journal(live); !opened)
      lose(live, "events", 0, opened.error().message());
    x_on_fork();
  }
  x_mark.settle();
}

Result<void> Recorder::open_journal(Live& live) {
  const model::Layout& layout = x_place.layout;
  TRY_VOID(x_disk.make_dirs(layout.live(x_place.project)));
  model::JournalName name{x_place.run, x_place.session, make_id()};
  TRY(auto writer, journal::Writer::create(x_disk, layout.journal(x_place.project, name)));
  live.writer = std::move(writer);
  live.name = std::move(name);
  ++live.generation;
  live.shapes_defined = 0;
  live.rows = 0;
  if (!append_locked(live, model::RunBegan{x_about}))
    return tl::unexpected(live.writer->last_error());
  return {};
}

model::JournalName Recorder::journal_name() const {
  const Held held(*const_cast<Recorder*>(this));
  const Live& l = held.live;
  return l.name;
}

bool Recorder::append_locked(Live& live, const model::Event& event) {
  if (!live.writer) {
    lose(live, "events", 1, "there is no journal");
    return false;
  }
  const std::string payload = wire::encode_event(event);
  if (payload.size() > kEventBytesMax) {
    lose(live, "events", 1,
         fmt::format("expected at most {} bytes, found {}", kEventBytesMax, payload.size()));
    return false;
  }
  const auto appended = live.writer->append(static_cast<uint16_t>(wire::kind_of(event)), payload);
  if (!appended) lose(live, "events", 1, appended.error().message());
  return appended.has_value();
}

void Recorder::append(const model::Event& event) {
  const Held held(*this);
  Live& l = held.live;
  if (!l.finished) append_locked(l, event);
}

const Shape* Recorder::shape(std::span<const std::string_view> keys, Stream stream) {
  const Held held(*this);
  Live& l = held.live;
  const bool fits = std::all_of(keys.begin(), keys.end(), is_key) && keys.size() <= kKeysPerRowMax;
  return fits ? find_shape(l, keys, stream) : nullptr;
}

// The shape of these keys, made when it is new; null when there are too many different ones.
Shape* Recorder::find_shape(Live& live, std::span<const std::string_view> keys, Stream stream) {
  auto& bucket = live.shapes[hash_keys(keys, stream)];
  for (const auto& shape : bucket)
    if (same_keys(*shape, keys, stream)) return shape.get();
  if (live.shape_count >= kShapesMax && keys.size() > 1) return nullptr;
  if (live.shape_count >= kKeysPerRunMax) return nullptr;
  auto shape = std::make_unique<Shape>();
  shape->keys.assign(keys.begin(), keys.end());
  shape->stream = stream;
  ++live.shape_count;
  return bucket.emplace_back(std::move(shape)).get();
}

bool Recorder::define(Live& live, Shape& shape) {
  if (shape.defined_in == live.generation) return true;
  const uint32_t number = live.shapes_defined;
  if (!append_locked(live, model::ShapeDefined{number, shape.stream, shape.keys})) return false;
  ++live.shapes_defined;
  shape.number = number;
  shape.defined_in = live.generation;
  return true;
}

// A step that no chart could show loses its place, not its row.
int64_t Recorder::take_step(Live& live, std::optional<int64_t> step, bool advance) {
  if (step && (*step > kStepMax || *step < -kStepMax)) [[unlikely]] {
    lose(live, "steps", 1,
         fmt::format("expected a step between -2^53 and 2^53, found {}; the row is kept with the "
                     "next automatic step",
                     *step));
    step.reset();
  }
  const int64_t taken = step.value_or(live.next_step);
  if (advance && taken >= live.next_step) live.next_step = taken + 1;
  if (!advance && taken > live.next_step) live.next_step = taken;
  return taken;
}

void Recorder::write_row(Live& live, Shape& shape, std::span<const double> values, int64_t step) {
  if (!live.writer || !define(live, shape)) {
    lose(live, "values", values.size(), "there is no journal");
    return;
  }
  const size_t size = sizeof(wire::RowHeader) + values.size_bytes();
  char* row = live.writer->reserve(size);
  if (!row) [[unlikely]] {
    lose(live, "values", values.size(), live.writer->last_error().message());
    return;
  }
  const wire::RowHeader header{shape.number, static_cast<uint32_t>(values.size()), step,
                               stamp_ns()};
  std::memcpy(row, &header, sizeof header);
  if (!values.empty()) std::memcpy(row + sizeof header, values.data(), values.size_bytes());
  if (live.writer->commit(static_cast<uint16_t>(FrameKind::kRowLogged), size)) [[likely]]
    ++live.rows;
  else
    lose(live, "values", values.size(), live.writer->last_error().message());
}

void Recorder::log(const Shape* shape, std::span<const double> values, std::optional<int64_t> step,
                   bool advance) {
  const Held held(*this);
  Live& l = held.live;
  if (l.finished) return;
  CHECK(shape && shape->keys.size() == values.size());
  write_row(l, *const_cast<Shape*>(shape), values, take_step(l, step, advance));
}

void Recorder::log_named(std::span<const std::pair<std::string_view, double>> row,
                         std::optional<int64_t> step, bool advance) {
  const Held held(*this);
  Live& l = held.live;
  if (l.finished) return;
  const int64_t taken = take_step(l, step, advance);
  thread_local std::vector<std::string_view> keys;
  thread_local std::vector<double> values;
  keys.clear();
  values.clear();
  for (const auto& [key, value] : row) {
    if (!is_key(key)) {
      lose(
          l, "values", 1,
          fmt::format("expected a key of 1 to {} bytes, found {} bytes", kKeyBytesMax, key.size()));
    } else if (keys.size() == kKeysPerRowMax) {
      lose(l, "values", 1, fmt::format("expected at most {} keys in a row", kKeysPerRowMax));
    } else {
      keys.push_back(key);
      values.push_back(value);
    }
  }
  if (Shape* shape = find_shape(l, keys, Stream::kHistory)) {
    write_row(l, *shape, values, taken);
    return;
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    Shape* single = find_shape(l, {&keys[i], 1}, Stream::kHistory);
    if (single)
      write_row(l, *single, {&values[i], 1}, taken);
    else
      lose(l, "values", 1, fmt::format("expected at most {} different keys", kKeysPerRunMax));
  }
}

void Recorder::log_system(std::span<const std::pair<std::string, double>> row) {
  if (row.empty()) return;
  std::vector<std::string_view> keys;
  std::vector<double> values;
  for (const auto& [key, value] : row) {
    keys.push_back(key);
    values.push_back(value);
  }
  const Held held(*this);
  Live& l = held.live;
  if (l.finished) return;
  if (Shape* shape = find_shape(l, keys, Stream::kSystem))
    write_row(l, *shape, values, stamp_ns() / kNsPerMillisecond);
}

void Recorder::log_record(std::string_view key, Value record, std::optional<int64_t> step,
                          bool advance) {
  const Held held(*this);
  Live& l = held.live;
  if (l.finished) return;
  const int64_t taken = take_step(l, step, advance);
  if (!is_key(key)) {
    lose(l, "records", 1,
         fmt::format("expected a key of 1 to {} bytes, found {} bytes", kKeyBytesMax, key.size()));
    return;
  }
  append_locked(l, model::RecordLogged{std::string(key), taken, stamp_ns(), std::move(record)});
}

void Recorder::console(int stream, std::string_view text) {
  CHECK(stream == 0 || stream == 1);
  const Held held(*this);
  Live& l = held.live;
  if (l.finished) return;
  l.folds[stream].write(text, [&](std::string_view line) {
    append_locked(l, model::ConsoleWritten{static_cast<uint8_t>(stream),
                                           model::ConsoleWritten::Kind::kLine, stamp_ns(), line});
  });
}

int64_t Recorder::next_step() const {
  const Held held(*const_cast<Recorder*>(this));
  const Live& l = held.live;
  return l.next_step;
}

void Recorder::set_next_step(int64_t step) {
  const Held held(*this);
  Live& l = held.live;
  l.next_step = step;
}

// Counts what could not be kept; the first time in a run it says so.
void Recorder::lose(Live& live, std::string_view what, uint64_t count, std::string_view reason) {
  auto found = live.losses.find(what);
  if (found == live.losses.end()) found = live.losses.emplace(what, 0).first;
  found->second += count;
  live.losses_dirty = true;
  if (live.warned || reason.empty()) return;  // without a reason the caller says it himself
  live.warned = true;
  live.warning =
      fmt::format("run {}: could not keep some {}: {}; training goes on, what is lost is counted",
                  x_place.run, what, reason);
}

void Recorder::count_loss(std::string_view what, uint64_t count, std::string_view reason) {
  const Held held(*this);
  Live& l = held.live;
  lose(l, what, count, reason);
}

Value Recorder::losses() const {
  const Held held(*const_cast<Recorder*>(this));
  const Live& l = held.live;
  Value counts{model::Object{}};
  for (const auto& [what, count] : l.losses) counts.set(what, static_cast<int64_t>(count));
  return counts;
}

void Recorder::flush_losses(Live& live, bool last) {
  if (!live.losses_dirty || !live.writer) return;
  Value counts{model::Object{}};
  for (const auto& [what, count] : live.losses) counts.set(what, static_cast<int64_t>(count));
  const std::string payload = wire::encode_event(model::LossCounted{std::move(counts)});
  const auto kind = static_cast<uint16_t>(FrameKind::kLossCounted);
  if (last ? live.writer->append_last(kind, payload) : live.writer->append(kind, payload))
    live.losses_dirty = false;
}

void Recorder::prepare() {
  const std::shared_ptr<journal::Writer> writer = Held(*this).live.writer;
  // A failure here shows up again, counted, in the append that needs the room.
  if (writer) (void)writer->prepare();
}

void Recorder::settle_second() {
  const Held held(*this);
  Live& l = held.live;
  if (l.finished) return;
  // A removed folder keeps its open files writable and unreachable: start again in a new one.
  const bool vanished = l.writer && !x_disk.exists(l.writer->path());
  if (vanished) {
    lose(l, "rows", l.rows, "the folder was removed while the run was going on");
    l.writer = nullptr;
  }
  if (!l.writer) {
    if (auto opened = open_journal(l); !opened) l.writer = nullptr;
  }
  std::string partial;
  for (uint8_t stream = 0; stream < 2; ++stream) {
    if (l.writer && l.folds[stream].take_partial(partial))
      append_locked(l, model::ConsoleWritten{stream, model::ConsoleWritten::Kind::kPartial,
                                             stamp_ns(), partial});
  }
  flush_losses(l, false);
}

Result<void> Recorder::sync() {
  const std::shared_ptr<journal::Writer> writer = Held(*this).live.writer;
  if (!writer) return fail(Code::kUnavailable, "expected an open journal, found none");
  return writer->sync();  // not under the lock: a slow disk must not slow log()
}

Result<void> Recorder::finish(int exit_code, std::string_view reason) {
  std::shared_ptr<journal::Writer> writer;
  {
    const Held held(*this);
    Live& l = held.live;
    if (l.finished) return {};
    for (uint8_t stream = 0; stream < 2; ++stream) {
      const std::string rest = l.folds[stream].take_rest();
      if (!rest.empty())
        append_locked(
            l, model::ConsoleWritten{stream, model::ConsoleWritten::Kind::kLine, stamp_ns(), rest});
    }
    flush_losses(l, true);
    // Said last, in the space that a journal keeps for it even when the disk is full.
    const std::string end = wire::encode_event(
        model::RunFinished{stamp_ns(), exit_code, std::string(reason.substr(0, kReasonBytesMax))});
    if (l.writer) (void)l.writer->append_last(static_cast<uint16_t>(FrameKind::kRunFinished), end);
    l.finished = true;
    writer = std::move(l.writer);
    l.writer = nullptr;
  }
  return writer ? writer->close() : Result<void>{};
}

bool Recorder::is_finished() const {
  const Held held(*const_cast<Recorder*>(this));
  const Live& l = held.live;
  return l.finished;
}

}  // namespace cairn::client
