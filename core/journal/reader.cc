// Reader: frames in order through one buffer, and the search for the next one behind damage.
#include <algorithm>
#include <cstring>

#include "base/clock.h"
#include "journal/frame.h"

namespace cairn::journal {
namespace {

// One read of the file: little when following a living writer, more and more when catching up.
constexpr size_t kReadBytesMin = 16 << 10;
constexpr size_t kReadBytesMax = 1 << 20;

// Damaged bytes may look like headers of large frames. A search hashes this much in vain and then
// tries small frames only, so that its cost stays linear whatever the bytes are.
constexpr int64_t kVainHashBytesMax = int64_t{256} << 20;
constexpr uint64_t kSmallFrameBytes = 4096;

uint64_t load_word(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace

struct Reader::State {
  Disk& disk;
  std::string path;
  std::unique_ptr<File> file;
  bool local = true;
  WriterIdentity who;
  std::vector<Damage> damage;
  uint64_t offset = kHeaderBytes;
  // No frame begins in [offset, clear_to): looked through already. A writer fills its file from the
  // front, so nothing can have appeared there before something appears at `offset`.
  uint64_t clear_to = 0;

  // The file's bytes [begin, begin + filled).
  std::unique_ptr<char[]> bytes;
  size_t capacity = 0;
  size_t filled = 0;
  uint64_t begin = 0;
  size_t read_bytes = 4 * kReadBytesMin;
  bool just_loaded = false;

  State(Disk& disk_in, std::string path_in) : disk(disk_in), path(std::move(path_in)) {}

  Result<size_t> load(uint64_t at, size_t want);
  // How many bytes the buffer shows from `at`: `want` or more, fewer only at the end of the file.
  Result<size_t> show(uint64_t at, size_t want) {
    if (at >= begin && at + want <= begin + filled) [[likely]]
      return begin + filled - at;
    return load(at, want);
  }
  const char* view(uint64_t at) const { return bytes.get() + (at - begin); }

  Result<bool> look(uint64_t at, Frame& frame);
  Result<bool> look_afresh(uint64_t at, Frame& frame) {
    filled = 0;
    return look(at, frame);
  }
  Result<bool> find_frame(uint64_t from, Frame& frame);
  Result<bool> step_over_gap(Frame& frame);
  Result<void> read_header();
  bool gap_is_settled();
};

Reader::Reader(std::unique_ptr<State> state) : x_state(std::move(state)) {}
Reader::~Reader() = default;

Result<std::unique_ptr<Reader>> Reader::open(Disk& disk, const std::string& path) {
  auto state = std::make_unique<State>(disk, path);
  TRY(state->file, disk.open(path, OpenMode::kRead));
  state->local = disk.is_local(path);
  TRY_VOID(state->read_header());
  return std::unique_ptr<Reader>(new Reader(std::move(state)));
}

const WriterIdentity& Reader::writer() const { return x_state->who; }
uint64_t Reader::offset() const { return x_state->offset; }
const std::vector<Damage>& Reader::damage() const { return x_state->damage; }

void Reader::seek(uint64_t offset) {
  x_state->offset = std::max<uint64_t>(align_frame(offset), kHeaderBytes);
  x_state->clear_to = 0;
}

Result<bool> Reader::next(Frame& frame) {
  State& x = *x_state;
  x.just_loaded = false;
  TRY(bool found, x.look(x.offset, frame));
  if (!found && !x.just_loaded) {  // the bytes are old; the writer may have been here since
    TRY(found, x.look_afresh(x.offset, frame));
  }
  if (!found) {
    TRY(found, x.step_over_gap(frame));
  }
  if (!found) {
    x.read_bytes = kReadBytesMin;
    x.filled = 0;
    return false;
  }
  x.offset = frame.offset + frame_bytes(frame.payload.size());
  return true;
}

Result<uint64_t> Reader::tail_bytes() {
  State& x = *x_state;
  uint64_t tail = 0;
  uint64_t at = x.offset;
  x.filled = 0;
  while (true) {
    TRY(const size_t n, x.show(at, 1));
    if (n == 0) return tail;
    const std::string_view bytes(x.view(at), n);
    const size_t last = bytes.find_last_not_of('\0');
    if (last != std::string_view::npos) tail = at + last + 1 - x.offset;
    at += n;
  }
}

Result<void> Reader::State::read_header() {
  TRY(const size_t n, show(0, kHeaderBytes));
  const std::string_view header(view(0), std::min(n, kHeaderBytes));
  auto decoded = decode_header(header);
  if (decoded) {
    who = *decoded;
    return {};
  }
  if (decoded.error().code() != Code::kCorrupt) return tl::unexpected(decoded.error());
  const bool is_blank = header.find_first_not_of('\0') == std::string_view::npos;
  Frame frame;
  TRY(const bool found, find_frame(kHeaderBytes, frame));
  clear_to = 0;
  if (found) {  // the frames speak for themselves
    damage.push_back({0, kHeaderBytes});
    return {};
  }
  if (n < kHeaderBytes || is_blank) {
    return fail(Code::kUnavailable, "the journal's header is not written yet ({})", path);
  }
  return tl::unexpected(std::move(decoded).error().in(path));
}

Result<size_t> Reader::State::load(uint64_t at, size_t want) {
  const size_t size = std::max(want, read_bytes);
  if (capacity < size) {
    bytes = std::make_unique_for_overwrite<char[]>(size);
    capacity = size;
  }
  read_bytes = std::min(2 * read_bytes, kReadBytesMax);
  just_loaded = true;
  begin = at;
  filled = 0;
  TRY(filled, file->read_at(at, bytes.get(), size));
  return filled;
}

Result<bool> Reader::State::look(uint64_t at, Frame& frame) {
  TRY(size_t n, show(at, kFrameHeaderBytes));
  if (n < kFrameHeaderBytes) return false;
  const uint64_t word = load_word(view(at));
  if (!is_plausible(word)) return false;
  TRY(n, show(at, frame_bytes(static_cast<uint32_t>(word))));
  return verify_frame(view(at), n, at, frame);
}

// The first valid frame at or behind `from`.
Result<bool> Reader::State::find_frame(uint64_t from, Frame& frame) {
  int64_t vain_bytes_left = kVainHashBytesMax;
  uint64_t at = local ? std::max(from, clear_to) : from;
  while (true) {
    TRY(const size_t n, show(at, kFrameHeaderBytes + 1));
    if (n <= kFrameHeaderBytes) break;
    const uint64_t end = at + n - kFrameHeaderBytes;
    for (; at < end; at += 8) {
      const uint64_t word = load_word(view(at));
      if (!is_plausible(word)) continue;
      const auto bytes_claimed = static_cast<uint32_t>(word);
      if (vain_bytes_left < 0 && bytes_claimed > kSmallFrameBytes) continue;
      const uint64_t shown_from = begin;
      TRY(const bool found, look(at, frame));
      if (found) return true;
      vain_bytes_left -= bytes_claimed;
      if (begin != shown_from) break;  // the look moved the buffer: show `at` again
    }
    if (at < end) at += 8;
  }
  clear_to = at;
  return false;
}

// Nothing verifies at `offset`. If a valid frame follows, what lies between is damage.
Result<bool> Reader::State::step_over_gap(Frame& frame) {
  TRY(const bool found_behind, find_frame(offset + 8, frame));
  if (!found_behind) return false;
  const uint64_t behind = frame.offset;
  // The writer may have published the frame at `offset`, and those behind it, while we searched.
  TRY(const bool found_here, look_afresh(offset, frame));
  if (found_here) return true;
  if (!gap_is_settled()) return false;
  damage.push_back({offset, behind - offset});
  offset = behind;
  return look_afresh(behind, frame);
}

bool Reader::State::gap_is_settled() {
  if (local) return true;
  const auto about = disk.info(path);
  return !about || wall_now_ns() - about->modified_ns > kGapSettledNs;
}

}  // namespace cairn::journal
