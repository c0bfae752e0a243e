// DependencyRecord: what one run was made from, so that a workspace can be asked whether it still
// is.
//
// A value without files or clock behind it; made by finish() (finish.h), asked by verify()
// (verify.h), kept as JSON in the run's journal. All names are as in workspace.h; all lists are
// sorted by name; all digests are SHA-256 in lower-case hex.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/value.h"

namespace cairn::trace {

constexpr int kDependencyRecordVersion = 1;

enum class InputKind { kCode, kConfig, kData, kNative };
std::string_view print_kind(InputKind kind);  // "code", "config", "data", "native"

struct Input {
  std::string path;
  InputKind kind{};
  std::string digest;  // as of digest_file(), or, of a folder, of digest_files_of()
  uint64_t bytes = 0;
  uint64_t files = 0;       // 0: one file; otherwise all files directly in the folder `path`
  std::string code_digest;  // of code and configuration: of its normal form (code_form.h)
};

struct Listing {
  std::string path;
  std::string digest;
};

struct EnvironmentRead {
  std::string name;
  std::string digest;  // of the value; empty: it was not set
};

struct Output {
  std::string path;
  std::string digest;  // SHA-256 of its bytes: the name of its blob
  uint64_t bytes = 0;
  bool is_executable = false;
};

struct Import {
  std::string module;
  std::string origin;  // as in workspace.h; "built-in", "frozen" or "None" where there is no file
};

struct Distribution {
  std::string name;
  std::string version;
  std::string folder;  // of its metadata
};

struct Seed {
  std::string call;
  std::string value;
};

struct DependencyRecord {
  std::vector<Input> inputs;
  std::vector<Listing> listings;
  std::vector<std::string> absent;   // looked for and not there
  std::vector<std::string> present;  // looked at, not read
  std::vector<EnvironmentRead> environment;
  std::vector<Output> outputs;
  std::vector<std::string> made;  // folders that the run made
  std::vector<Import> imports;
  std::vector<Distribution> distributions;
  std::vector<Seed> seeds;
  std::vector<std::string> local_peers;  // sockets of this machine that it talked to
  std::string python;                    // the interpreter's version, where there was one
  // Some code of it looks at docstrings, so that those of all its code count.
  bool keeps_docstrings = false;
  std::vector<std::string> unsealed;  // why it may be incomplete; empty: it is sealed

  bool is_sealed() const { return unsealed.empty(); }
};

model::Value to_value(const DependencyRecord& record);
// Invalid when it is no record, or one of a newer Cairn.
Result<DependencyRecord> parse_record(const model::Value& value);

}  // namespace cairn::trace
