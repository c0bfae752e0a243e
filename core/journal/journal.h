// A journal: an append-only, crash-safe file of opaque frames, one writer, any number of readers.
//
// docs/formats/journal.md draws the bytes. A frame is 16 bytes of header (u32 payload length >= 1,
// u16 kind >= 1, u16 zero, u64 xxh3 of the payload seeded with the frame's offset and kind) and the
// payload, padded with zeros to a multiple of 8. The file begins with a 128-byte header that says
// who writes.
//
// Promise: when append() or commit() has returned, the frame survives SIGKILL of the process; after
// the next sync() it survives a power cut. On a local disk frames are stored through a shared
// window onto reserved space, so appending costs a copy and no system call. Elsewhere each append
// is one write. A full disk, a read-only or vanished folder is an error of this call and leaves
// earlier frames as they were; a later append may succeed again.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/result.h"

namespace cairn::journal {

constexpr size_t kHeaderBytes = 128;
constexpr size_t kFrameHeaderBytes = 16;
constexpr uint32_t kVersion = 1;
constexpr size_t kEpilogueBytes = 1024;

// A journal that came over the network: its writer is elsewhere and holds no lock on this copy.
enum class Received : uint32_t {
  kNo = 0,
  kOpen = 1,    // more may come
  kClosed = 2,  // this is all of it
};

// Who writes a journal, so that others can tell whether the writer still lives.
struct WriterIdentity {
  uint32_t pid = 0;
  uint64_t start_ticks = 0;           // field 22 of /proc/<pid>/stat; tells a reused pid
  uint64_t pid_namespace = 0;         // inode of /proc/self/ns/pid
  std::array<uint8_t, 16> boot_id{};  // /proc/sys/kernel/random/boot_id
  int64_t created_ns = 0;
  Received received = Received::kNo;
};
WriterIdentity this_process();
// Whether the process of this machine that has this pid and start still runs.
bool is_running(const WriterIdentity& who);

// Not thread-safe: the owner serialises calls; sync() and prepare() alone may run beside appends.
// After fork() the child must not touch a Writer of its parent except to drop it by abandon().
class Writer {
 public:
  struct Options {
    bool use_window = true;  // false: one write(2) per append
    size_t window_bytes = size_t{1} << 20;
  };
  static Result<std::unique_ptr<Writer>> create(Disk& disk, const std::string& path,
                                                const WriterIdentity& who, Options options);
  static Result<std::unique_ptr<Writer>> create(Disk& disk, const std::string& path);
  ~Writer();  // like a crash: nothing is trimmed; call close() for a tidy end

  // Room for a payload of up to `size` bytes, valid until commit() or the next call; null with the
  // reason in last_error() when there is none (Limit: too large or the disk is full). commit()
  // publishes the first `size` bytes of it; size 0 publishes nothing, and kind 0 is no kind. False,
  // with the reason in last_error(), when the frame could not be kept: only without a window.
  char* reserve(size_t size);
  bool commit(uint16_t kind, size_t size);
  const Error& last_error() const;

  Result<void> append(uint16_t kind, std::string_view payload);  // Invalid when empty
  // The same for what must be said last: may use kEpilogueBytes that every window keeps free for
  // it, so that a journal on a full disk still tells how it ended.
  Result<void> append_last(uint16_t kind, std::string_view payload);

  // From any thread. sync() answers NotFound when the journal was deleted while being written: what
  // is appended then dies with the process, and the owner should begin a new journal.
  Result<void> sync();
  Result<void> prepare();  // from any thread: makes the next window ready ahead of need
  Result<void> close();    // cuts the reserved space off, syncs and lets the lock go
  void abandon();          // in a forked child: forget without touching the parent's file

  uint64_t offset() const;  // where the next frame will start
  const std::string& path() const;

 private:
  struct State;
  explicit Writer(std::unique_ptr<State> state);
  std::unique_ptr<State> x_state;
};

struct Frame {
  uint64_t offset = 0;  // of the frame's header: the frame's sequence number
  uint16_t kind = 0;
  std::string_view payload;  // valid until the next read()
};

// Damage found while reading: bytes that are no frame and were stepped over.
struct Damage {
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

// Reads frames in order from an offset; callable again and again to follow a living writer.
// A frame that does not verify ends the read if nothing valid follows (a torn tail or a frame that
// is being written); if valid frames follow, it is counted as damage and stepped over. On a network
// file system pages of a living writer arrive in any order, so there a gap counts only once the
// file has not changed for kGapSettledNs. One thread at a time.
constexpr int64_t kGapSettledNs = 60'000'000'000;

class Reader {
 public:
  // Errors: NotFound, Io; Unavailable when the header is not written yet; Invalid when a newer
  // Cairn wrote it; Corrupt when this is no journal at all. A journal whose header alone is damaged
  // opens, with an empty writer() and the header counted as damage.
  static Result<std::unique_ptr<Reader>> open(Disk& disk, const std::string& path);
  ~Reader();

  const WriterIdentity& writer() const;
  Result<bool> next(Frame& frame);  // the next frame; false at the present end
  void seek(uint64_t offset);       // kHeaderBytes or any frame boundary
  uint64_t offset() const;          // where next() will look
  const std::vector<Damage>& damage() const;
  // At the end: how many bytes follow up to the last that is not zero; a torn tail, once the writer
  // is dead.
  Result<uint64_t> tail_bytes();

 private:
  struct State;
  explicit Reader(std::unique_ptr<State> state);
  std::unique_ptr<State> x_state;
};

enum class Life { kAlive, kDead, kUnknown };
// kAlive while the writer's process holds the journal's lock. A lock kept by a forked child of a
// dead writer does not count (the pid and its start time tell). Where locks cannot be trusted, the
// pid and its start time alone decide. kUnknown when neither can be told: the writer is on another
// host, or holds the lock from another pid namespace. A received journal says itself whether it has
// ended: kUnknown or kDead.
Life writer_life(Disk& disk, const std::string& path);

// Frames written to a string with the same layout: the body of an upload, the content of a pack.
std::string encode_header(const WriterIdentity& who);
// Of the first kHeaderBytes of a journal. Corrupt: no header; Invalid: of a newer version.
Result<WriterIdentity> decode_header(std::string_view bytes);
void append_frame(std::string& out, uint64_t offset, uint16_t kind, std::string_view payload);
constexpr uint64_t align_frame(uint64_t offset) { return (offset + 7) & ~uint64_t{7}; }
constexpr uint64_t frame_bytes(uint64_t payload_bytes) {  // of the whole frame
  return kFrameHeaderBytes + align_frame(payload_bytes);
}
// The frame at `offset` of `bytes` (which start at file offset `base`); error Corrupt if none.
Result<Frame> frame_at(std::string_view bytes, uint64_t base, uint64_t offset);

}  // namespace cairn::journal
