// Workspace: which part of a file system is the project, and what its files are called in a record.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trace/preload.h"

namespace cairn::trace {

// "/a/./b//c" without what means nothing; ".." is resolved on the disk, because of links.
std::string tidy_path(std::string_view path);

// Names in a record: "data/x.csv" below the project's root, "~/x" below the user's home, "/x" for
// the rest. So a record still fits when the project was moved, or belongs to another user.
class Workspace {
 public:
  // `environment` is what the command is, or was, started with.
  Workspace(const std::string& root, Environment environment);

  const std::string& root() const { return x_root; }
  const Environment& environment() const { return x_environment; }

  std::string name_of(std::string_view path) const;
  std::string path_of(std::string_view name) const;
  bool is_inside(std::string_view path) const;  // below the root

  // The digest of a variable's value, in which the root and the home count as such; empty when it
  // is not set.
  std::string digest_variable(std::string_view name) const;

 private:
  std::string x_root;
  std::string x_real_root;  // links resolved; programs report this one
  std::string x_home;
  Environment x_environment;
};

bool is_below(std::string_view path, std::string_view folder);  // or the folder itself

// Tells what belongs to the machine and not to the experiment: libraries, interpreters, devices.
class SystemPaths {
 public:
  SystemPaths();
  void add(std::string folder);  // with all below
  bool contains(std::string_view path) const;

 private:
  std::vector<std::string> x_folders;
};

// Variables that say who and where, and not what: PATH, HOME, TERM, SLURM_JOB_ID. Never recorded,
// and neither is one whose name speaks of a secret.
bool is_ambient_variable(std::string_view name);

}  // namespace cairn::trace
