// What an input is, and digests that look through its spelling.
#pragma once

#include <string>

#include "base/result.h"
#include "trace/code_form.h"
#include "trace/dependency_record.h"
#include "trace/stat_index.h"

namespace cairn::trace {

// By its name and size: code, configuration, or data, which large documents are.
InputKind input_kind_of(const std::string& path, uint64_t bytes);
bool has_normal_form(InputKind kind, const std::string& path);

struct NormalDigest {
  std::string digest;          // code_digest() of code_form.h
  bool is_impure = false;      // the file asks not to be reused
  bool looks_at_docs = false;  // see Docstrings of code_form.h
};
Result<NormalDigest> digest_normal_form(const std::string& path, Docstrings docstrings);

// A folder with at least this many files, all of which were read, is one input.
constexpr size_t kFolderFilesMin = 64;

// All files directly in a folder, by name. Folders in it and hidden files do not count.
struct FolderFiles {
  std::string digest;
  uint64_t files = 0;
};
Result<FolderFiles> digest_files_of(const std::string& folder, StatIndex& index);

}  // namespace cairn::trace
