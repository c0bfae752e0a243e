// Reads code and documents whole; they are small.
#include "trace/normal_digest.h"

#include <algorithm>

#include "base/disk.h"
#include "base/hash.h"
#include "trace/code_form.h"
#include "trace/file_digest.h"

namespace cairn::trace {
namespace {

// Programs in languages without a normal form here: their bytes are what counts.
constexpr std::string_view kOtherCode[] = {".c",    ".cc", ".cpp", ".cu",  ".h",  ".hpp",
                                           ".java", ".jl", ".js",  ".lua", ".pl", ".r",
                                           ".R",    ".rb", ".rs",  ".sh",  ".ts"};

}  // namespace

InputKind input_kind_of(const std::string& path, uint64_t bytes) {
  switch (kind_of(path)) {
    case CodeKind::kPython:
    case CodeKind::kNotebook:
      return bytes <= kCodeBytesMax ? InputKind::kCode : InputKind::kData;
    case CodeKind::kYaml:
    case CodeKind::kJson:
    case CodeKind::kToml:
      return bytes <= kDocumentBytesMax ? InputKind::kConfig : InputKind::kData;
    case CodeKind::kOther:
      break;
  }
  const bool is_code = std::any_of(std::begin(kOtherCode), std::end(kOtherCode),
                                   [&](std::string_view end) { return path.ends_with(end); });
  return is_code ? InputKind::kCode : InputKind::kData;
}

bool has_normal_form(InputKind kind, const std::string& path) {
  return (kind == InputKind::kCode || kind == InputKind::kConfig) &&
         kind_of(path) != CodeKind::kOther;
}

Result<NormalDigest> digest_normal_form(const std::string& path, Docstrings docstrings) {
  TRY(const std::string bytes, read_file(posix_disk(), path, kCodeBytesMax));
  const CodeKind kind = kind_of(path);
  const CodeForm form = normal_form(kind, bytes, docstrings);
  return NormalDigest{code_digest(kind, form), form.is_impure, form.looks_at_docs};
}

Result<FolderFiles> digest_files_of(const std::string& folder, StatIndex& index) {
  TRY(const auto entries, posix_disk().list(folder));
  std::vector<std::string> paths;
  for (const DirEntry& entry : entries)
    if (!entry.is_dir && !entry.name.starts_with('.')) paths.push_back(folder + "/" + entry.name);
  const auto digests = digest_files(paths, index);
  Sha256 hasher;
  hasher.update({"files\0", 6});
  for (size_t i = 0; i < paths.size(); ++i) {
    if (!digests[i]) return tl::unexpected(digests[i].error());
    hasher.update(std::string_view(paths[i]).substr(folder.size() + 1));
    hasher.update({"\0", 1});
    hasher.update(digests[i]->hex);
  }
  return FolderFiles{print_hex(hasher.finish()), paths.size()};
}

}  // namespace cairn::trace
