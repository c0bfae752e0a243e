// Pieces of a journal, pieces of blobs, and the end.
#include "client/delivery.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "wire/event_codec.h"

namespace cairn::client {

using journal::Frame;
using journal::kHeaderBytes;
using Piece = Remote::Piece;

namespace {

constexpr int kStallsMax = 3;
// Memory of names is bounded: a blob that is named again much later is asked for again.
constexpr size_t kBlobNamesMax = 100'000;

bool may_name_blobs(uint16_t kind) {
  switch (static_cast<wire::FrameKind>(kind)) {
    case wire::FrameKind::kRowLogged:
    case wire::FrameKind::kShapeDefined:
    case wire::FrameKind::kConsoleWritten:
      return false;
    default:
      return true;
  }
}

}  // namespace

Delivery::Delivery(Disk& disk, const model::Layout& outbox, std::string project,
                   model::JournalName name, bool is_new)
    : x_disk(disk),
      x_project(std::move(project)),
      x_name(std::move(name)),
      x_path(outbox.journal(x_project, x_name)),
      x_blobs(disk, outbox.blobs()) {
  if (is_new) x_standing.emplace();
}

Result<Delivery::Step> Delivery::advance(Remote& remote, bool has_ended) {
  TRY(const bool is_open, open(has_ended));
  if (!is_open) return x_is_gone ? Step::kDone : Step::kIdle;
  if (!x_standing) {
    TRY(x_standing, remote.find_journal(x_project, x_name));
    rewind(0);  // from its beginning, for the blobs that it names
    return Step::kMore;
  }
  if (!x_standing->closed) {
    TRY(Gathered next, gather());
    const bool is_end = has_ended && next.is_all;
    const bool is_silent = monotonic_now_ns() - x_last_heard_ns >= kSignOfLifeNs;
    const bool has_news = !next.piece.bytes.empty() || is_end;
    next.piece.closes = is_end;
    if (has_news || is_silent) TRY_VOID(send_piece(remote, std::move(next.piece)));
    if (has_news) return Step::kMore;
  }
  if (!x_blob_queue.empty()) {
    TRY_VOID(send_blob(remote));
    return Step::kMore;
  }
  return x_standing->closed ? settle(remote) : Step::kIdle;
}

// False when there is nothing to read yet, or nothing any more.
Result<bool> Delivery::open(bool has_ended) {
  if (x_reader) return true;
  auto reader = journal::Reader::open(x_disk, x_path);
  if (reader) {
    x_reader = std::move(*reader);
    return true;
  }
  const Code code = reader.error().code();
  if (code == Code::kNotFound) {
    x_is_gone = true;
    return false;
  }
  if (code == Code::kUnavailable) {  // its writer wrote nothing yet
    if (has_ended) {
      TRY_VOID(x_disk.remove(x_path));
      x_is_gone = true;
    }
    return false;
  }
  return fail(Code::kConflict, "{}", reader.error().message());
}

void Delivery::rewind(uint64_t offset) {
  x_reader->seek(std::max<uint64_t>(offset, kHeaderBytes));
  x_read_to = offset;
}

// The next frames that the server does not have. What it has is only looked through for blobs.
Result<Delivery::Gathered> Delivery::gather() {
  Gathered gathered;
  Piece& piece = gathered.piece;
  piece.from = x_standing->offset;
  if (x_standing->offset == 0) {
    piece.bytes = journal::encode_header(x_reader->writer());
    x_read_to = kHeaderBytes;
  }
  uint64_t end = std::max<uint64_t>(x_standing->offset, kHeaderBytes);
  Frame frame;
  while (true) {
    TRY(const bool found, x_reader->next(frame));
    gathered.is_all = !found;
    if (!found) break;
    const uint64_t frame_end = frame.offset + journal::frame_bytes(frame.payload.size());
    const bool is_there = frame_end <= x_standing->offset;
    if (!is_there && frame.offset > end) {  // damage in between, and not only just unwritten
      if (!piece.bytes.empty()) {
        x_reader->seek(frame.offset);
        break;
      }
      piece.from = frame.offset;
      piece.skips = true;
    }
    const size_t size = frame_end - frame.offset;
    if (!is_there && !piece.bytes.empty() && piece.bytes.size() + size > kJournalPieceBytes) {
      x_reader->seek(frame.offset);
      break;
    }
    note_blobs(frame);
    if (is_there) continue;
    journal::append_frame(piece.bytes, frame.offset, frame.kind, frame.payload);
    end = x_read_to = frame_end;
  }
  return gathered;
}

void Delivery::note_blobs(const Frame& frame) {
  if (!may_name_blobs(frame.kind)) return;
  const auto event = wire::decode_event(frame.kind, frame.payload);
  if (!event) return;
  wire::BlobNames names;
  wire::collect_blob_names(*event, names);
  if (x_blob_names.size() + names.size() > kBlobNamesMax) x_blob_names.clear();
  for (const std::string& name : names)
    if (x_blob_names.insert(name).second) x_blob_queue.push_back(name);
}

Result<void> Delivery::send_piece(Remote& remote, Piece piece) {
  const uint64_t before = x_standing->offset;
  const bool wants = !piece.bytes.empty() || piece.closes;
  auto standing = remote.send(x_project, x_name, std::move(piece));
  if (!standing) {
    rewind(before);
    return tl::unexpected(std::move(standing).error());
  }
  x_last_heard_ns = monotonic_now_ns();
  x_standing = *standing;
  // It may have forgotten (a folder that was removed), or not have liked the last frames.
  if (x_standing->offset < x_read_to && !x_standing->closed) rewind(x_standing->offset);
  const bool is_stalled = wants && x_standing->offset <= before && !x_standing->closed;
  x_stalls = is_stalled ? x_stalls + 1 : 0;
  if (x_stalls > kStallsMax)
    return fail(Code::kConflict, "the server takes nothing of journal {} behind offset {} ({})",
                print_journal_name(x_name), x_standing->offset, print_url(remote.url()));
  return {};
}

// The next piece of the first blob in the queue.
Result<void> Delivery::send_blob(Remote& remote) {
  const std::string sha256 = x_blob_queue.front();
  const auto done = [&] {
    x_blob_queue.pop_front();
    x_blob_at.reset();
  };
  const auto path = x_blobs.path_of(sha256);
  if (!path) return done(), Result<void>();  // sent earlier, or a hash that is none of ours
  if (!x_blob_at) {
    TRY(const bool is_there, remote.has_blob(sha256));
    if (is_there) return done(), x_blobs.remove(sha256);
    x_blob_at = 0;
  }
  const auto file = x_disk.open(*path, OpenMode::kRead);
  if (!file) return done(), Result<void>();
  TRY(const uint64_t total, (*file)->size());
  std::string bytes(std::min<uint64_t>(kBlobPieceBytes, total - std::min(total, *x_blob_at)), '\0');
  TRY(const size_t n, (*file)->read_at(*x_blob_at, bytes.data(), bytes.size()));
  bytes.resize(n);
  auto progress = remote.send_blob(sha256, total, *x_blob_at, std::move(bytes));
  if (!progress) {
    const Code code = progress.error().code();
    if (code != Code::kConflict) return tl::unexpected(std::move(progress).error());
    // Damaged here: what it should have been is lost, and the journal must not wait for it.
    return done(), Result<void>();
  }
  if (progress->complete) {
    x_blob_bytes += total;
    return done(), x_blobs.remove(sha256);
  }
  x_blob_at = progress->bytes;
  return {};
}

// Everything was handed over and said to be the end. Here it may go when it cannot be lost there.
Result<Delivery::Step> Delivery::settle(Remote& remote) {
  Frame frame;
  while (true) {
    TRY(const bool is_left, x_reader->next(frame));
    if (!is_left) break;
    note_blobs(frame);
    if (frame.offset >= x_standing->offset)
      return fail(Code::kConflict,
                  "the server holds journal {} for ended at offset {}, and there is "
                  "more ({})",
                  print_journal_name(x_name), x_standing->offset, print_url(remote.url()));
  }
  if (!x_blob_queue.empty()) return Step::kMore;
  if (x_standing->durable < x_standing->offset) {
    TRY(x_standing, remote.find_journal(x_project, x_name));
    if (!x_standing->closed) {  // it has been removed there: once more, from the beginning
      rewind(0);
      return Step::kMore;
    }
    if (x_standing->durable < x_standing->offset) return Step::kSettles;
  }
  TRY_VOID(x_disk.remove(x_path));
  x_is_gone = true;
  x_reader.reset();
  return Step::kDone;
}

}  // namespace cairn::client
