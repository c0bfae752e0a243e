// Identity: the keys by which a run is found again, from what it was started with and what it read.
//
// Each key is 128 bits of a SHA-256 in lower-case hex, over tagged, length-prefixed parts and the
// version of this page; docs/formats/identity.md lists them. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "model/value.h"
#include "trace/config_form.h"
#include "trace/dependency_record.h"

namespace cairn::recall {

constexpr int kIdentityVersion = 1;

// What a command starts; known before it runs.
struct Program {
  std::string launcher;  // "python", "sh": what interprets the entry; empty where nothing does
  std::string entry;     // a file's name in the workspace, "-m pkg.module", or a command's name
  std::string digest;    // of the entry's code (trace::code_digest); empty where it is no file here

  friend bool operator==(const Program&, const Program&) = default;
};

// Several runs share a key when they are the same in all that it covers.
struct Identity {
  std::string pre;         // P: program, semantic and budget configuration; known before it runs
  std::string experiment;  // F: P, and the code, data, variables, listings and absent files read
  std::string no_budget;   // F0: F without the budget: what can be read off or resumed
  std::string replicate;   // R: F and the replicate keys (seeds)
  std::string exact;       // X: R, execution keys and the versions of what was imported
  std::string code;        // C: the code alone, to find neighbours of the same program
};

// `salt` parts a name space from all others: another salt, and nothing of before is found.
std::string pre_key(const Program& program, const trace::ConfigParts& config,
                    std::string_view salt = {});
Identity identify(const Program& program, const trace::ConfigParts& config,
                  const trace::DependencyRecord& record, std::string_view salt = {});

}  // namespace cairn::recall
