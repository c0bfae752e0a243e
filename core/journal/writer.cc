// Writer: frames through a window onto reserved pages, or by one write each where there is none.
#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/check.h"
#include "base/clock.h"
#include "journal/frame.h"

namespace cairn::journal {
namespace {

// How long a full disk is left alone before it is asked again.
constexpr int64_t kRetryFullDiskNs = 100 * kNsPerMillisecond;

constexpr uint64_t page_floor(uint64_t offset) { return offset & ~uint64_t{kPageBytes - 1}; }
constexpr uint64_t page_ceil(uint64_t offset) { return page_floor(offset + kPageBytes - 1); }

// A window and the part of the file it shows.
struct Span {
  std::unique_ptr<Window> window;
  uint64_t begin = 0;
  uint64_t end() const { return window ? begin + window->size() : 0; }
};

}  // namespace

// `bytes` is where frames are built: a window of the file, or a buffer that commit() writes out. It
// shows the file's offsets [begin, end), and `offset` always lies in it.
//
// Bytes beyond `offset` are zero except up to `dirty_end`, where an earlier reserve() was filled
// and published only in part; commit() clears them, so that a reader never meets stale bytes.
struct Writer::State {
  Disk& disk;
  std::string path;
  Options options;
  std::unique_ptr<File> file;

  char* bytes = nullptr;
  uint64_t begin = 0;
  std::atomic<uint64_t> end{0};
  std::atomic<uint64_t> offset{kHeaderBytes};
  uint64_t dirty_end = kHeaderBytes;
  std::atomic<bool> buffered{false};
  Span current;
  std::vector<char> buffer;
  int64_t retry_at_ns = 0;
  Error refusal{Code::kIo, ""};  // what the disk said before retry_at_ns was set
  Error error{Code::kInvalid, "nothing has failed"};

  // Serialises prepare(), sync() and close(), never taken by an append.
  std::mutex background;
  bool name_synced = false;
  // Guards the windows handed between the appender and prepare(); held for a few pointer moves.
  std::mutex handover;
  Span next;
  std::vector<Span> retired;

  State(Disk& disk_in, std::string path_in, Options options_in)
      : disk(disk_in), path(std::move(path_in)), options(options_in) {}

  bool has_room(uint64_t need) const {
    return offset.load(std::memory_order_relaxed) + need <= end.load(std::memory_order_relaxed);
  }
  char* make_room(uint64_t need);
  char* use_buffer(uint64_t need);
  bool use_prepared(uint64_t need);
  Result<Span> map_window(uint64_t at, uint64_t bytes_wanted);
  Result<void> sync_file();
  void move_to(Span span);
  char* room() const { return bytes + (offset.load(std::memory_order_relaxed) - begin); }
  bool fail_append(Error reason) {
    error = std::move(reason);
    return false;
  }
};

Writer::Writer(std::unique_ptr<State> state) : x_state(std::move(state)) {}
Writer::~Writer() = default;

Result<std::unique_ptr<Writer>> Writer::create(Disk& disk, const std::string& path) {
  return create(disk, path, this_process(), Options{});
}

Result<std::unique_ptr<Writer>> Writer::create(Disk& disk, const std::string& path,
                                               const WriterIdentity& who, Options options) {
  auto state = std::make_unique<State>(disk, path, options);
  TRY(state->file, disk.open(path, OpenMode::kCreate));
  const bool local = disk.is_local(path);
  state->buffered = !options.use_window || !local;
  const auto begin = [&]() -> Result<void> {
    if (local) {  // elsewhere locks cannot be trusted, and asking for one may block
      TRY(const bool locked, state->file->try_lock());
      if (!locked) return fail(Code::kConflict, "another process holds the new journal ({})", path);
    }
    return state->file->write_at(0, encode_header(who));
  };
  if (const auto begun = begin(); !begun) {
    static_cast<void>(disk.remove(path));
    return tl::unexpected(begun.error());
  }
  // The first window now, so that the first append finds it; if there is none, that one will say.
  static_cast<void>(state->make_room(frame_bytes(1)));
  return std::unique_ptr<Writer>(new Writer(std::move(state)));
}

char* Writer::reserve(size_t size) {
  State& x = *x_state;
  const uint64_t offset = x.offset.load(std::memory_order_relaxed);
  const uint64_t need = frame_bytes(size);
  if (size > kFrameBytesMax) [[unlikely]] {
    x.error = Error(Code::kLimit, fmt::format("expected a record of at most {} bytes, found {}",
                                              kFrameBytesMax, size));
    return nullptr;
  }
  if (!x.has_room(need)) [[unlikely]] {
    if (x.make_room(need) == nullptr) return nullptr;
  }
  x.dirty_end = std::max(x.dirty_end, offset + kFrameHeaderBytes + size);
  return x.room() + kFrameHeaderBytes;
}

bool Writer::commit(uint16_t kind, size_t size) {
  State& x = *x_state;
  const uint64_t offset = x.offset.load(std::memory_order_relaxed);
  const uint64_t payload_end = offset + kFrameHeaderBytes + size;
  CHECK(kind != 0 && payload_end <= x.dirty_end);
  if (size == 0) return true;
  const uint64_t frame_end = offset + frame_bytes(size);
  char* header = x.room();
  char* payload = header + kFrameHeaderBytes;
  std::memset(payload + size, 0, std::max(x.dirty_end, frame_end) - payload_end);
  const uint64_t hash = frame_hash(offset, kind, {payload, size});
  std::memcpy(header + sizeof(uint64_t), &hash, sizeof hash);
  // Last and at once: whoever sees a length sees the whole frame, also when we are killed here.
  std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(header))
      .store(first_word(kind, size), std::memory_order_release);
  if (x.buffered) {
    const auto written = x.file->write_at(offset, {header, frame_end - offset});
    if (!written) [[unlikely]] {
      static_cast<void>(x.file->truncate(offset));  // half a frame helps nobody
      return x.fail_append(written.error());
    }
    x.begin = frame_end;
    x.end.store(frame_end + x.buffer.size(), std::memory_order_relaxed);
  }
  x.dirty_end = frame_end;
  x.offset.store(frame_end, std::memory_order_relaxed);
  return true;
}

Result<void> Writer::append(uint16_t kind, std::string_view payload) {
  if (payload.empty()) return fail(Code::kInvalid, "expected a record of at least one byte");
  char* room = reserve(payload.size());
  if (room == nullptr) return tl::unexpected(last_error());
  std::memcpy(room, payload.data(), payload.size());
  if (!commit(kind, payload.size())) return tl::unexpected(last_error());
  return {};
}

Result<void> Writer::append_last(uint16_t kind, std::string_view payload) {
  State& x = *x_state;
  const uint64_t usual_end = x.end.load(std::memory_order_relaxed);
  if (x.current.window && !x.has_room(frame_bytes(payload.size())))
    x.end.store(x.current.end(), std::memory_order_relaxed);
  auto appended = append(kind, payload);
  if (x.current.window && x.end.load(std::memory_order_relaxed) == x.current.end())
    x.end.store(usual_end, std::memory_order_relaxed);
  return appended;
}

const Error& Writer::last_error() const { return x_state->error; }
uint64_t Writer::offset() const { return x_state->offset.load(std::memory_order_relaxed); }
const std::string& Writer::path() const { return x_state->path; }

// Moves on to a place with room for `need` bytes from the present offset.
char* Writer::State::make_room(uint64_t need) {
  if (!file) {
    error = Error(Code::kInvalid, fmt::format("the journal is closed ({})", path));
    return nullptr;
  }
  if (buffered) return use_buffer(need);
  if (use_prepared(need)) return room();
  if (monotonic_now_ns() < retry_at_ns) {
    error = refusal;
    return nullptr;
  }

  const uint64_t at = offset.load(std::memory_order_relaxed);
  const uint64_t least = need + kEpilogueBytes;
  auto span = map_window(at, std::max<uint64_t>(options.window_bytes, least));
  if (!span && span.error().code() == Code::kLimit) span = map_window(at, least);  // the last pages
  if (span) {
    move_to(std::move(*span));
    return room();
  }
  if (span.error().code() == Code::kUnavailable) {
    buffered = true;
    return use_buffer(need);
  }
  retry_at_ns = monotonic_now_ns() + kRetryFullDiskNs;
  error = refusal = std::move(span).error();
  return nullptr;
}

char* Writer::State::use_buffer(uint64_t need) {
  if (buffer.size() < need) buffer.resize(std::max<size_t>({need, 2 * buffer.size(), kPageBytes}));
  bytes = buffer.data();
  begin = offset.load(std::memory_order_relaxed);
  dirty_end = begin;
  end.store(begin + buffer.size(), std::memory_order_relaxed);
  return bytes;
}

bool Writer::State::use_prepared(uint64_t need) {
  const uint64_t at = offset.load(std::memory_order_relaxed);
  Span span;
  {
    const std::lock_guard lock(handover);
    if (!next.window || at < next.begin || at + need + kEpilogueBytes > next.end()) return false;
    span = std::move(next);
  }
  move_to(std::move(span));
  return true;
}

void Writer::State::move_to(Span span) {
  bytes = span.window->data();
  begin = span.begin;
  end.store(span.end() - kEpilogueBytes, std::memory_order_relaxed);
  std::swap(current, span);
  if (!span.window) return;
  // Unmapping costs a system call and more, so prepare() does it; a few old windows are no burden.
  const std::lock_guard lock(handover);
  retired.push_back(std::move(span));
}

// Reserves and maps whole pages that show [at, at + bytes_wanted).
Result<Span> Writer::State::map_window(uint64_t at, uint64_t bytes_wanted) {
  Span span;
  span.begin = page_floor(at);
  const auto size = static_cast<size_t>(page_ceil(at + bytes_wanted) - span.begin);
  TRY_VOID(file->reserve(span.begin, size));
  TRY(span.window, file->map(span.begin, size));
  return span;
}

Result<void> Writer::prepare() {
  State& x = *x_state;
  const std::lock_guard serial(x.background);
  std::vector<Span> unmapped_here;
  const uint64_t at = x.offset.load(std::memory_order_relaxed);
  const uint64_t end = x.end.load(std::memory_order_relaxed);
  {
    const std::lock_guard lock(x.handover);
    unmapped_here.swap(x.retired);
    if (!x.file || x.buffered || x.next.end() > end) return {};
    if (end > at + x.options.window_bytes / 2) return {};
  }
  // It begins where the writer is now, so it holds whichever frame will not fit any more.
  auto span = x.map_window(at, x.options.window_bytes);
  if (!span && span.error().code() == Code::kUnavailable) return {};  // the appender will see
  if (!span) return tl::unexpected(std::move(span).error());
  const std::lock_guard lock(x.handover);
  std::swap(x.next, *span);
  if (span->window) unmapped_here.push_back(std::move(*span));
  return {};
}

Result<void> Writer::sync() {
  const std::lock_guard serial(x_state->background);
  return x_state->file ? x_state->sync_file() : Result<void>();
}

Result<void> Writer::State::sync_file() {
  TRY_VOID(file->sync());
  if (!name_synced) TRY_VOID(disk.sync_dir(parent_of(path)));
  name_synced = true;
  return {};
}

Result<void> Writer::close() {
  State& x = *x_state;
  const std::lock_guard serial(x.background);
  if (!x.file) return {};
  x.current = {};
  x.next = {};
  x.retired.clear();
  x.end.store(0, std::memory_order_relaxed);
  x.dirty_end = 0;
  const auto cut = x.file->truncate(x.offset.load(std::memory_order_relaxed));
  const auto synced = x.sync_file();
  x.file.reset();
  return cut ? synced : cut;
}

// The child owns neither the windows, which it did not inherit, nor the state of a mutex or a
// window list that another thread of the parent may have been changing. It closes its descriptor,
// forgets the rest unseen, and stands there as a closed writer.
void Writer::abandon() {
  State* forgotten = x_state.release();
  forgotten->file.reset();
  x_state = std::make_unique<State>(forgotten->disk, forgotten->path, forgotten->options);
}

}  // namespace cairn::journal
