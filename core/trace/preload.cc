// Installs the recorders in the cache folder and composes a traced command's environment.
#include "trace/preload.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/hash.h"
#include "base/id.h"
#include "trace/embedded.h"

extern char** environ;

namespace cairn::trace {
namespace {

constexpr mode_t kFolderMode = 0700;

// Others must not be able to lay a library of theirs into a folder that we preload from.
Result<void> make_private(Disk& disk, const std::string& folder) {
  TRY_VOID(disk.make_dirs(parent_of(folder)));
  if (mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST)
    return fail_errno(errno, "make folder", folder);
  struct stat about {};
  if (lstat(folder.c_str(), &about) != 0) return fail_errno(errno, "look at", folder);
  if (!S_ISDIR(about.st_mode) || about.st_uid != geteuid() || (about.st_mode & 022) != 0)
    return fail(Code::kConflict, "expected a folder that is yours and that only you can write ({})",
                folder);
  return {};
}

std::string digest_of_all() {
  Sha256 hasher;
  for (const EmbeddedFile& file : embedded_files()) {
    hasher.update(file.name);
    hasher.update(file.bytes);
  }
  return print_hex(hasher.finish()).substr(0, 16);
}

std::string put_before(std::string_view first, std::string_view rest, char between) {
  std::string list(first);
  if (!rest.empty()) {
    list += between;
    list += rest;
  }
  return list;
}

}  // namespace

Environment current_environment() {
  Environment all;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view line = *at;
    const size_t equals = line.find('=');
    if (equals != std::string_view::npos)
      all.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  }
  return all;
}

std::string_view find_variable(const Environment& environment, std::string_view name) {
  const auto found = std::find_if(environment.begin(), environment.end(),
                                  [&](const auto& variable) { return variable.first == name; });
  return found == environment.end() ? std::string_view{} : std::string_view(found->second);
}

Result<std::string> find_cache_folder(const Environment& environment) {
  if (const auto cache = find_variable(environment, "XDG_CACHE_HOME"); cache.starts_with('/'))
    return std::string(cache) + "/cairn";
  if (const auto home = find_variable(environment, "HOME"); home.starts_with('/'))
    return std::string(home) + "/.cache/cairn";
  return fail(Code::kNotFound, "expected XDG_CACHE_HOME or HOME in the environment, found neither");
}

Result<std::string> install_recorders(Disk& disk, const std::string& cache_folder) {
  TRY_VOID(make_private(disk, cache_folder));
  const std::string folder = cache_folder + "/recorders-" + digest_of_all();
  TRY_VOID(make_private(disk, folder));
  for (const EmbeddedFile& file : embedded_files()) {
    const std::string path = fmt::format("{}/{}", folder, file.name);
    const auto there = disk.info(path);
    if (there && there->bytes == file.bytes.size()) continue;
    TRY_VOID(write_file_atomically(disk, path, file.bytes));
  }
  return folder;
}

Result<std::string> make_trace_folder(Disk& disk, const std::string& cache_folder) {
  TRY_VOID(make_private(disk, cache_folder));
  const std::string folder = fmt::format("{}/trace-{}", cache_folder, make_id());
  TRY_VOID(make_private(disk, folder));
  return folder;
}

Environment traced_variables(const Environment& environment, const std::string& recorders,
                             const std::string& trace_folder) {
  return {
      {"LD_PRELOAD", put_before(fmt::format("{}/{}", recorders, embedded_files().front().name),
                                find_variable(environment, "LD_PRELOAD"), ':')},
      {"PYTHONPATH", put_before(recorders, find_variable(environment, "PYTHONPATH"), ':')},
      {"ASAN_OPTIONS",
       put_before("verify_asan_link_order=0", find_variable(environment, "ASAN_OPTIONS"), ':')},
      {"CAIRN_TRACE_DIR", trace_folder},
  };
}

}  // namespace cairn::trace
