// Blobs on a Disk: write aside, sync, rename.
#include "blobs/blobs.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/hash.h"
#include "base/id.h"

namespace cairn::blobs {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

Result<void> check_name(std::string_view sha256) {
  if (is_sha256_hex(sha256)) return {};
  return fail(Code::kInvalid, "expected 64 hex digits as a blob's name, found '{}'",
              sha256.substr(0, 80));
}

// Hashes a file piece by piece and hands every piece to `each(offset, bytes)`.
template <typename Each>
Result<BlobRef> hash_file(File& file, Each each) {
  const auto piece = std::make_unique_for_overwrite<char[]>(kPieceBytes);
  Sha256 hasher;
  uint64_t bytes = 0;
  while (true) {
    TRY(const size_t n, file.read_at(bytes, piece.get(), kPieceBytes));
    if (n == 0) return BlobRef{print_hex(hasher.finish()), bytes};
    hasher.update({piece.get(), n});
    TRY_VOID(each(bytes, std::string_view(piece.get(), n)));
    bytes += n;
  }
}

Result<BlobRef> hash_file(File& file) {
  return hash_file(file, [](uint64_t, std::string_view) -> Result<void> { return {}; });
}

// Copies and hashes. Conflict when the file changed meanwhile.
Result<BlobRef> copy_file(Disk& disk, const std::string& from, const std::string& to) {
  TRY(const auto source, disk.open(from, OpenMode::kRead));
  TRY(const FileInfo before, disk.info(from));
  TRY(const auto target, disk.open(to, OpenMode::kCreate));
  TRY(const BlobRef blob, hash_file(*source, [&](uint64_t offset, std::string_view bytes) {
        return target->write_at(offset, bytes);
      }));
  TRY(const FileInfo after, disk.info(from));
  if (before.modified_ns != after.modified_ns || before.bytes != after.bytes ||
      after.bytes != blob.bytes) {
    return fail(Code::kConflict, "the file changed while it was copied ({})", from);
  }
  TRY_VOID(target->sync());
  return blob;
}

Result<BlobRef> hash_and_sync(Disk& disk, const std::string& path) {
  TRY(const auto file, disk.open(path, OpenMode::kReadWrite));
  TRY_VOID(file->sync());
  return hash_file(*file);
}

}  // namespace

// A file in tmp/ that is deleted unless it was renamed away.
class Blobs::Temporary {
 public:
  Temporary(Disk& disk, std::string path) : x_disk(&disk), x_path(std::move(path)) {}
  Temporary(Temporary&& other) noexcept
      : x_disk(other.x_disk), x_path(std::exchange(other.x_path, {})) {}
  Temporary& operator=(Temporary&&) = delete;
  ~Temporary() {
    if (!x_path.empty()) static_cast<void>(x_disk->remove(x_path));
  }

  const std::string& path() const { return x_path; }
  Result<void> rename(const std::string& to) {
    TRY_VOID(x_disk->rename(x_path, to));
    x_path.clear();
    return {};
  }

 private:
  Disk* x_disk;
  std::string x_path;
};

Result<BlobRef> Blobs::put(std::string_view content) {
  const BlobRef blob{print_hex(sha256(content)), content.size()};
  if (renew(blob)) return blob;
  TRY(Temporary temporary, begin());
  TRY(const auto file, x_disk.open(temporary.path(), OpenMode::kCreate));
  TRY_VOID(file->write_at(0, content));
  TRY_VOID(file->sync());
  return adopt(std::move(temporary), blob);
}

Result<BlobRef> Blobs::put_file(const std::string& path) {
  TRY(Temporary temporary, begin());
  const auto cloned = x_disk.clone(path, temporary.path());
  if (!cloned && cloned.error().code() != Code::kUnavailable) {
    return tl::unexpected(cloned.error());
  }
  TRY(const BlobRef blob,
      cloned ? hash_and_sync(x_disk, temporary.path()) : copy_file(x_disk, path, temporary.path()));
  return adopt(std::move(temporary), blob);
}

Result<BlobRef> Blobs::adopt(const std::string& path, const BlobRef& blob) {
  return adopt(Temporary(x_disk, path), blob);
}

bool Blobs::has(std::string_view sha256) const {
  return is_sha256_hex(sha256) && x_disk.exists(place_of(sha256));
}

Result<std::string> Blobs::path_of(std::string_view sha256) const {
  TRY_VOID(check_name(sha256));
  if (has(sha256)) return place_of(sha256);
  return fail(Code::kNotFound, "no blob {} ({})", sha256, x_root);
}

Result<std::string> Blobs::get(std::string_view sha256, uint64_t bytes_max) const {
  TRY(const std::string path, path_of(sha256));
  return read_file(x_disk, path, bytes_max);
}

Result<void> Blobs::verify(std::string_view sha256) const {
  TRY(const std::string path, path_of(sha256));
  TRY(const auto file, x_disk.open(path, OpenMode::kRead));
  TRY(const BlobRef found, hash_file(*file));
  if (found.sha256 == sha256) return {};
  return fail(Code::kCorrupt, "expected content with hash {}, found {} ({})", sha256, found.sha256,
              path);
}

Result<void> Blobs::for_each(const Visit& visit, const VisitStray& stray) const {
  if (!x_disk.exists(x_root)) return {};  // nothing was ever put
  TRY(const auto folders, x_disk.list(x_root));
  for (const DirEntry& folder : folders) {
    const std::string dir = x_root + "/" + folder.name;
    if (!folder.is_dir) {
      if (stray) stray(dir);
      continue;
    }
    TRY(const auto entries, x_disk.list(dir));
    for (const DirEntry& entry : entries) {
      const std::string path = dir + "/" + entry.name;
      const bool is_blob = !entry.is_dir && is_sha256_hex(entry.name) && dir_of(entry.name) == dir;
      if (!is_blob) {
        if (stray) stray(path);
        continue;
      }
      const auto about = x_disk.info(path);
      if (about) visit(entry.name, about->bytes, about->modified_ns);  // else removed just now
    }
  }
  return {};
}

Result<void> Blobs::remove(std::string_view sha256) {
  TRY_VOID(check_name(sha256));
  return x_disk.remove(place_of(sha256));
}

std::string Blobs::dir_of(std::string_view sha256) const {
  return fmt::format("{}/{}", x_root, sha256.substr(0, 2));
}
std::string Blobs::place_of(std::string_view sha256) const {
  return fmt::format("{}/{}", dir_of(sha256), sha256);
}

Result<Blobs::Temporary> Blobs::begin() {
  const std::string dir = x_root + "/tmp";
  TRY_VOID(x_disk.make_dirs(dir));
  return Temporary(x_disk, dir + "/" + make_id());
}

// Gives a whole and synced temporary file its name.
Result<BlobRef> Blobs::adopt(Temporary temporary, BlobRef blob) {
  if (renew(blob)) return blob;
  const std::string dir = dir_of(blob.sha256);
  if (!x_disk.exists(dir)) {
    TRY_VOID(x_disk.make_dirs(dir));
    TRY_VOID(x_disk.sync_dir(x_root));
  }
  TRY_VOID(temporary.rename(place_of(blob.sha256)));
  TRY_VOID(x_disk.sync_dir(dir));
  return blob;
}

// Whether the blob is there already, at its full size; if so, it is young again.
bool Blobs::renew(const BlobRef& blob) {
  const std::string place = place_of(blob.sha256);
  const auto about = x_disk.info(place);
  if (!about || about->is_dir || about->bytes != blob.bytes) return false;
  const auto touched = x_disk.touch(place);
  return touched || touched.error().code() != Code::kNotFound;  // a sweep may have been quicker
}

}  // namespace cairn::blobs
