// Pieces into a part, a part into a blob.
#include "blobs/arrivals.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/hash.h"

namespace cairn::blobs {
namespace {
constexpr size_t kPieceBytes = 1 << 20;
}

// A blob of which a part is here. Hashed as it comes, so that its end costs no second reading.
struct Arrivals::Arrival {
  std::mutex mutex;  // guards what follows
  std::unique_ptr<File> file;
  Sha256 hasher;
  uint64_t bytes = 0;

  uint64_t last_use = 0;  // guarded by the mutex of Arrivals
};

Arrivals::Arrivals(Disk& disk, std::string root, size_t open_max)
    : x_disk(disk), x_root(std::move(root)), x_open_max(open_max), x_blobs(disk, x_root) {}
Arrivals::~Arrivals() = default;

std::string Arrivals::path_of(const std::string& sha256) const {
  return x_root + "/tmp/" + sha256 + ".part";
}

Result<Arrivals::Progress> Arrivals::take(const BlobRef& blob, uint64_t from,
                                          std::string_view bytes) {
  if (!is_sha256_hex(blob.sha256))
    return fail(Code::kInvalid, "expected 64 hex digits as a blob's name, found '{}'",
                blob.sha256.substr(0, 80));
  if (from > blob.bytes || bytes.size() > blob.bytes - from)
    return fail(Code::kInvalid, "expected a piece within {} bytes, found {} at {}", blob.bytes,
                bytes.size(), from);
  if (x_blobs.has(blob.sha256)) return Progress{blob.bytes, true};
  const ArrivalPtr arrival = find(blob.sha256);
  const std::lock_guard lock(arrival->mutex);
  if (!arrival->file) {
    if (x_blobs.has(blob.sha256)) return Progress{blob.bytes, true};  // while we waited
    if (auto begun = begin(*arrival, blob); !begun) {
      drop(blob.sha256);
      return tl::unexpected(std::move(begun).error());
    }
  }
  const uint64_t here = arrival->bytes;
  if (from > here) return Progress{here, false};
  const std::string_view fresh = bytes.substr(std::min<uint64_t>(here - from, bytes.size()));
  if (auto written = arrival->file->write_at(here, fresh); !written) {
    (void)arrival->file->truncate(here);
    return tl::unexpected(std::move(written).error());
  }
  arrival->hasher.update(fresh);
  arrival->bytes += fresh.size();
  if (arrival->bytes < blob.bytes) return Progress{arrival->bytes, false};
  return finish(*arrival, blob);
}

Arrivals::ArrivalPtr Arrivals::find(const std::string& sha256) {
  const std::lock_guard lock(x_mutex);
  ArrivalPtr& arrival = x_arrivals[sha256];
  if (!arrival) arrival = std::make_shared<Arrival>();
  arrival->last_use = ++x_uses;
  const ArrivalPtr found = arrival;
  if (x_arrivals.size() > x_open_max) {
    // Whoever still takes a piece of the victim holds it; its part is read again when it goes on.
    const auto victim = std::min_element(
        x_arrivals.begin(), x_arrivals.end(),
        [](const auto& a, const auto& b) { return a.second->last_use < b.second->last_use; });
    if (victim->second.use_count() == 1) x_arrivals.erase(victim);
  }
  return found;
}

void Arrivals::drop(const std::string& sha256) {
  const std::lock_guard lock(x_mutex);
  x_arrivals.erase(sha256);
}

// Goes on with what an earlier server or connection left.
Result<void> Arrivals::begin(Arrival& arrival, const BlobRef& blob) {
  TRY_VOID(x_disk.make_dirs(x_root + "/tmp"));
  TRY(auto file, x_disk.open(path_of(blob.sha256), OpenMode::kReadWrite));
  TRY(const bool is_ours, file->try_lock());
  if (!is_ours) return fail(Code::kUnavailable, "another server receives this blob: try again");
  TRY(const uint64_t size, file->size());
  if (size > blob.bytes) TRY_VOID(file->truncate(0));
  const auto piece = std::make_unique_for_overwrite<char[]>(kPieceBytes);
  while (true) {
    TRY(const size_t n, file->read_at(arrival.bytes, piece.get(), kPieceBytes));
    if (n == 0) break;
    arrival.hasher.update({piece.get(), n});
    arrival.bytes += n;
  }
  arrival.file = std::move(file);
  return {};
}

Result<Arrivals::Progress> Arrivals::finish(Arrival& arrival, const BlobRef& blob) {
  const std::string found = print_hex(arrival.hasher.finish());
  const std::string path = path_of(blob.sha256);
  const auto synced = arrival.file->sync();
  arrival.file.reset();
  drop(blob.sha256);
  arrival.hasher = Sha256();
  arrival.bytes = 0;
  if (found != blob.sha256) {
    TRY_VOID(x_disk.remove(path));
    return fail(Code::kInvalid, "expected content with hash {}, found {}: send it again",
                blob.sha256, found);
  }
  TRY_VOID(synced);
  TRY_VOID(x_blobs.adopt(path, blob));
  return Progress{blob.bytes, true};
}

}  // namespace cairn::blobs
