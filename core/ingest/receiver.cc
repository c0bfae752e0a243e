// Meeting a journal, taking pieces of it, syncing.
#include "ingest/receiver.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "journal/journal.h"

namespace cairn::ingest {

using journal::kHeaderBytes;
using journal::Received;
using journal::WriterIdentity;
using model::JournalName;

namespace {

constexpr uint64_t kSkipBytesMax = uint64_t{256} << 20;  // readers search through what is skipped
constexpr int64_t kForgetNs = 600 * kNsPerSecond;

Result<void> check_names(std::string_view project, const JournalName& journal) {
  if (!is_safe_name(project))
    return fail(Code::kInvalid, "expected a project's name, found '{}'", project.substr(0, 200));
  if (!model::parse_journal_name(print_journal_name(journal)))
    return fail(Code::kInvalid, "expected a journal's name, found '{}'",
                print_journal_name(journal).substr(0, 200));
  return {};
}

bool is_same_writer(WriterIdentity a, const WriterIdentity& b) {
  a.received = b.received;
  return journal::encode_header(a) == journal::encode_header(b);
}

// The end of the frames of `bytes`, which lie at offset `base`, from frame boundary `begin` on.
uint64_t end_of_frames(std::string_view bytes, uint64_t base, uint64_t begin) {
  uint64_t end = begin;
  while (end < base + bytes.size()) {
    const auto frame = journal::frame_at(bytes, base, end);
    if (!frame) break;
    end += journal::frame_bytes(frame->payload.size());
  }
  return end;
}

}  // namespace

// One journal. `mutex` guards everything but the atomics, which others may look at without it.
struct Receiver::Entry {
  Entry(std::string its_project, JournalName its_name, std::string its_path)
      : project(std::move(its_project)), name(std::move(its_name)), path(std::move(its_path)) {}

  const std::string project;
  const JournalName name;
  const std::string path;

  std::mutex mutex;
  bool is_met = false;       // what follows is known
  bool has_file = false;     // else it is new, or in a pack
  bool name_synced = false;  // its name is on the medium
  uint64_t durable = 0;
  uint64_t file_end = 0;  // more than `offset` where a power cut left a gap
  uint64_t epoch = 0;     // a sync that began in another one says nothing of this
  WriterIdentity who;
  std::shared_ptr<File> file;  // null: not open at present
  std::weak_ptr<File> opened;  // the same; a sync may hold it, and its lock, for longer

  // Guarded by the Receiver's mutex.
  bool is_listed = false;
  std::list<EntryPtr>::iterator place;  // in x_open

  std::atomic<uint64_t> offset = 0;
  std::atomic<bool> closed = false, dirty = false;
  std::atomic<int64_t> heard_ns = 0;  // monotonic; 0: never

  Standing standing() const { return {offset, durable, closed}; }
  void forget() {
    is_met = has_file = name_synced = closed = dirty = false;
    offset = durable = file_end = 0;
    ++epoch;
    file.reset();
    opened.reset();
  }
};

Receiver::Receiver(Disk& disk, model::Layout layout, FindPacked find_packed, Options options)
    : x_disk(disk),
      x_layout(std::move(layout)),
      x_find_packed(std::move(find_packed)),
      x_options(options) {
  if (x_options.sync_period_ms > 0) x_thread = std::thread([this] { run(); });
}

Receiver::~Receiver() {
  {
    const std::lock_guard lock(x_wake_mutex);
    x_stop = true;
  }
  x_wake.notify_all();
  if (x_thread.joinable()) x_thread.join();
  sync();
}

Result<Receiver::Standing> Receiver::find(std::string_view project, const JournalName& journal) {
  TRY(const EntryPtr e, entry(project, journal));
  const std::lock_guard lock(e->mutex);
  TRY_VOID(meet(*e));
  return e->standing();
}

Result<Receiver::Standing> Receiver::take(std::string_view project, const JournalName& journal,
                                          const Piece& piece) {
  TRY(const EntryPtr e, entry(project, journal));
  const std::lock_guard lock(e->mutex);
  e->heard_ns = monotonic_now_ns();
  TRY_VOID(meet(*e));
  if (e->closed) return e->standing();
  if (piece.from > e->offset && !piece.skips) return e->standing();
  if (auto appended = append(*e, piece); !appended) {
    // The disk is full: the file is as it was. Anything else: look at it again next time.
    if (appended.error().code() != Code::kLimit) e->forget();
    return tl::unexpected(std::move(appended).error());
  }
  const bool is_all = e->offset == piece.from + piece.bytes.size();
  if (piece.closes && is_all && e->has_file) TRY_VOID(close(*e));
  if (e->file) touch(e);
  return e->standing();
}

std::optional<Heard> Receiver::heard(std::string_view project, const JournalName& journal) {
  const std::string path = x_layout.journal(project, journal);
  const std::lock_guard lock(x_mutex);
  const auto found = x_entries.find(path);
  if (found == x_entries.end()) return std::nullopt;
  const Entry& e = *found->second;
  const int64_t heard_ns = e.heard_ns;
  const bool is_alive = !e.closed && heard_ns > 0 && monotonic_now_ns() - heard_ns < kPresenceNs;
  return Heard{e.offset, is_alive};
}

Result<Receiver::EntryPtr> Receiver::entry(std::string_view project, const JournalName& journal) {
  TRY_VOID(check_names(project, journal));
  std::string path = x_layout.journal(project, journal);
  const std::lock_guard lock(x_mutex);
  EntryPtr& e = x_entries[path];
  if (!e) e = std::make_shared<Entry>(std::string(project), journal, std::move(path));
  return e;
}

// Makes sure that what is remembered of a journal is so. Its file may have gone: into a pack, or
// with a run that was removed.
Result<void> Receiver::meet(Entry& e) {
  if (e.is_met && (!e.has_file || x_disk.exists(e.path))) return {};
  e.forget();
  if (x_disk.exists(e.path)) {
    if (auto resumed = resume(e); !resumed) {
      e.forget();
      return resumed;
    }
  } else {
    TRY(const auto packed, x_find_packed(e.project, e.name));
    e.closed = packed.has_value();
    e.offset = e.durable = packed.value_or(0);
  }
  e.is_met = true;
  return {};
}

// Finds from the file alone where its writer has to go on.
Result<void> Receiver::resume(Entry& e) {
  TRY_VOID(open_file(e));
  e.has_file = e.dirty = true;  // who wrote last may have died before syncing
  TRY(e.file_end, e.file->size());
  std::string header(kHeaderBytes, '\0');
  TRY(const size_t n, e.file->read_at(0, header.data(), header.size()));
  const auto who = journal::decode_header(std::string_view(header).substr(0, n));
  if (!who && who.error().code() != Code::kCorrupt) return tl::unexpected(who.error());
  if (!who) {  // cut off while it was written: all of it has to come again
    if (n < kHeaderBytes) TRY_VOID(e.file->truncate(e.file_end = 0));
    return {};
  }
  if (who->received == Received::kNo)
    return fail(Code::kConflict,
                "expected a journal that was received, found one of this machine "
                "({})",
                e.path);
  e.who = *who;
  e.closed = who->received == Received::kClosed;
  TRY(const auto reader, journal::Reader::open(x_disk, e.path));
  journal::Frame frame;
  bool more = true;
  while (more) {
    TRY(more, reader->next(frame));
  }
  // A gap is damage that the client knows of and will skip again, or was left by a power cut and
  // will be sent again. What lies behind it stays.
  const bool has_gap = !reader->damage().empty() && !e.closed;
  e.offset = has_gap ? reader->damage().front().offset : reader->offset();
  if (e.file_end > reader->offset()) TRY_VOID(e.file->truncate(reader->offset()));  // a torn tail
  e.file_end = reader->offset();
  return {};
}

Result<void> Receiver::open_file(Entry& e) {
  if (!e.file) e.file = e.opened.lock();
  if (e.file) return {};
  TRY(auto file, x_disk.open(e.path, OpenMode::kReadWrite));
  if (x_disk.is_local(e.path)) {
    TRY(const bool is_ours, file->try_lock());
    if (!is_ours)
      return fail(Code::kConflict,
                  "expected a journal that nobody writes, found it held by a "
                  "program of this machine or another server ({})",
                  e.path);
  }
  e.file = std::move(file);
  e.opened = e.file;
  return {};
}

Result<void> Receiver::append(Entry& e, const Piece& piece) {
  const bool has_header = piece.from == 0 && piece.bytes.size() >= kHeaderBytes;
  WriterIdentity who;
  if (has_header) {
    auto header = journal::decode_header(piece.bytes.substr(0, kHeaderBytes));
    if (!header) return fail(Code::kInvalid, "{}", header.error().message());
    who = *header;
    if (e.offset > 0 && !is_same_writer(who, e.who))
      return fail(Code::kConflict, "expected the journal that is here, found another of its name");
  }
  const bool is_new = e.offset == 0;
  if (is_new && !has_header) return {};
  const uint64_t begin = is_new ? kHeaderBytes : std::max<uint64_t>(piece.from, e.offset);
  if (begin > e.offset && !is_new &&
      (begin != journal::align_frame(begin) || begin - e.offset > kSkipBytesMax))
    return fail(Code::kInvalid, "expected at most {} damaged bytes up to a multiple of 8, found {}",
                kSkipBytesMax, begin - e.offset);
  if (begin > piece.from + piece.bytes.size()) return {};
  const uint64_t end = end_of_frames(piece.bytes, piece.from, begin);
  if (!is_new) {
    if (end == begin) return {};
    return write(e, begin, piece.bytes.substr(begin - piece.from, end - begin), end);
  }
  who.received = Received::kOpen;
  std::string bytes = journal::encode_header(who);
  bytes += piece.bytes.substr(kHeaderBytes, end - kHeaderBytes);
  const std::string dir = x_layout.live(e.project);
  if (!x_disk.exists(dir)) {
    TRY_VOID(x_disk.make_dirs(dir));
    for (const std::string& above : {x_layout.project(e.project), x_layout.projects()})
      TRY_VOID(x_disk.sync_dir(above));
  }
  auto written = write(e, 0, bytes, end);
  if (!written && e.file_end == 0) {  // not even a name stays of it
    e.file.reset();
    (void)x_disk.remove(e.path);
    return written;
  }
  TRY_VOID(std::move(written));
  e.who = who;
  e.has_file = true;
  return {};
}

// Writes frames up to offset `end`, or leaves the file as it was.
Result<void> Receiver::write(Entry& e, uint64_t at, std::string_view bytes, uint64_t end) {
  const bool was_open = e.file != nullptr;
  TRY_VOID(open_file(e));
  if (!was_open) {
    TRY(const uint64_t size, e.file->size());
    if (size != e.file_end)
      return fail(Code::kUnavailable, "another server has written to this journal: try again");
  }
  if (auto written = e.file->write_at(at, bytes); !written) {
    (void)e.file->truncate(e.file_end);
    return written;
  }
  e.file_end = std::max(e.file_end, end);
  e.offset = end;
  e.dirty = true;
  return {};
}

Result<void> Receiver::close(Entry& e) {
  TRY_VOID(open_file(e));
  WriterIdentity who = e.who;
  who.received = Received::kClosed;
  if (auto written = e.file->write_at(0, journal::encode_header(who)); !written) {
    e.forget();
    return written;
  }
  e.who = who;
  e.closed = e.dirty = true;
  e.durable = 0;  // its first bytes are new
  ++e.epoch;
  const std::lock_guard lock(x_wake_mutex);
  x_hurry = true;  // a program that ends is waiting
  x_wake.notify_all();
  return {};
}

// Notes the use of an open file, and closes the one that was not used for longest.
void Receiver::touch(const EntryPtr& used) {
  EntryPtr victim;
  {
    const std::lock_guard lock(x_mutex);
    if (used->is_listed) {
      x_open.splice(x_open.begin(), x_open, used->place);
    } else {
      used->place = x_open.insert(x_open.begin(), used);
      used->is_listed = true;
    }
    if (x_open.size() <= x_options.open_files_max) return;
    victim = std::move(x_open.back());
    x_open.pop_back();
    victim->is_listed = false;
  }
  const std::unique_lock lock(victim->mutex, std::try_to_lock);
  if (lock && victim != used) victim->file.reset();
}

void Receiver::sync() {
  std::vector<EntryPtr> dirty;
  {
    const std::lock_guard lock(x_mutex);
    for (const auto& [path, e] : x_entries)
      if (e->dirty) dirty.push_back(e);
  }
  for (const EntryPtr& e : dirty) sync_entry(*e);
  forget_silent();
}

void Receiver::sync_entry(Entry& e) {
  std::shared_ptr<File> file;
  uint64_t offset = 0, epoch = 0;
  bool name_synced = false;
  {
    const std::lock_guard lock(e.mutex);
    if (!e.dirty || !e.has_file) return;
    file = e.file;
    if (!file) {
      auto opened = x_disk.open(e.path, OpenMode::kRead);
      if (!opened) return e.forget();
      file = std::move(*opened);
    }
    e.dirty = false;
    offset = e.offset;
    epoch = e.epoch;
    name_synced = e.name_synced;
  }
  // Pieces are taken meanwhile.
  auto synced = file->sync();
  if (synced && !name_synced) synced = x_disk.sync_dir(parent_of(e.path));
  const std::lock_guard lock(e.mutex);
  file.reset();  // a file that was closed meanwhile gives its lock back before the next open
  if (!synced) {
    e.dirty = true;
    if (synced.error().code() == Code::kNotFound) e.forget();
    return;
  }
  if (e.epoch != epoch) return;
  e.name_synced = true;
  e.durable = std::max(e.durable, offset);
  if (e.closed) e.file.reset();
}

// A journal that was not heard of for long costs neither memory nor an open file.
void Receiver::forget_silent() {
  const int64_t now_ns = monotonic_now_ns();
  const std::lock_guard lock(x_mutex);
  std::erase_if(x_entries, [&](const auto& known) {
    const EntryPtr& e = known.second;
    const long held_here = e->is_listed ? 2 : 1;
    if (e->dirty || now_ns - e->heard_ns < kForgetNs || e.use_count() > held_here) return false;
    if (e->is_listed) x_open.erase(e->place);
    return true;  // its file is closed before anybody can meet the journal anew
  });
}

void Receiver::run() {
  std::unique_lock lock(x_wake_mutex);
  while (!x_stop) {
    x_wake.wait_for(lock, std::chrono::milliseconds(x_options.sync_period_ms),
                    [&] { return x_stop || x_hurry; });
    x_hurry = false;
    lock.unlock();
    sync();
    lock.lock();
  }
}

}  // namespace cairn::ingest
