// Outputs, console and record of a run that was reused.
#include "cli/reuse.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "base/hash.h"
#include "trace/file_digest.h"

namespace cairn::cli {
namespace {

namespace fs = std::filesystem;
using model::Value;

constexpr size_t kConsoleLinesPerRequest = 10'000;

// A file of its own that shares the blob's blocks until one of them is written, where the file
// system can; or, where it was asked for, the blob itself by another name.
bool share(const std::string& blob, const std::string& to, bool by_link) {
  if (by_link) return ::link(blob.c_str(), to.c_str()) == 0;
  const int from = ::open(blob.c_str(), O_RDONLY | O_CLOEXEC);
  if (from < 0) return false;
  const int file = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool is_shared = file >= 0 && ::ioctl(file, FICLONE, from) == 0;
  ::close(from);
  if (file >= 0) ::close(file);
  if (file >= 0 && !is_shared) ::unlink(to.c_str());
  return is_shared;
}

Result<void> copy(DoorClient& client, const std::string& digest, const std::string& to) {
  std::FILE* file = std::fopen(to.c_str(), "wbx");
  if (!file) return fail_errno(errno, "make a file", to);
  const auto read = client.read_blob(digest, 0, [&](std::string_view piece) {
    return std::fwrite(piece.data(), 1, piece.size(), file) == piece.size();
  });
  const bool is_written = std::fclose(file) == 0;
  TRY_VOID(read);
  if (!is_written) return fail_errno(errno, "write", to);
  return {};
}

// As the program would have made it; a link to the store is for reading only.
Result<void> set_mode(const std::string& path, bool is_executable, bool by_link) {
  struct stat state {};
  const bool is_linked = by_link && ::stat(path.c_str(), &state) == 0 && state.st_nlink > 1;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const mode_t mode = (is_executable ? 0777U : 0666U) & ~mask & (is_linked ? ~0222U : ~0U);
  if (::chmod(path.c_str(), mode) != 0) return fail_errno(errno, "set the mode of", path);
  return {};
}

// Files on their way to their places; those that did not arrive are removed.
class Arrivals {
 public:
  ~Arrivals() {
    std::error_code ignored;
    for (const auto& [from, to] : x_files) fs::remove(from, ignored);
  }

  Result<void> fetch(DoorClient& client, const trace::Output& output, const std::string& to,
                     bool by_link) {
    std::error_code failed;
    fs::create_directories(fs::path(to).parent_path(), failed);
    const std::string from = fmt::format("{}.cairn-{}", to, ::getpid());
    x_files.emplace_back(from, to);
    const std::string blob = client.find_blob_file(output.digest);
    if (blob.empty() || !share(blob, from, by_link)) TRY_VOID(copy(client, output.digest, from));
    TRY(const std::string digest, trace::content_sha256(from));
    if (digest != output.digest)
      return fail(Code::kCorrupt, "expected the content that the run wrote, found another ({})",
                  to);
    return set_mode(from, output.is_executable, by_link);
  }

  Result<void> settle() {
    while (!x_files.empty()) {
      const auto& [from, to] = x_files.back();
      if (::rename(from.c_str(), to.c_str()) != 0) return fail_errno(errno, "put in place", to);
      x_files.pop_back();
    }
    return {};
  }

 private:
  std::vector<std::pair<std::string, std::string>> x_files;  // where it lies, where it belongs
};

}  // namespace

Result<Restored> restore_outputs(DoorClient& client, const PlannedCommand& planned,
                                 const recall::Manifest& manifest) {
  Restored restored;
  Arrivals arrivals;
  for (const trace::Output& output : manifest.record.outputs) {
    const std::string path = planned.workspace.path_of(output.path);
    if (const auto here = trace::content_sha256(path); here && *here == output.digest) continue;
    TRY_VOID(
        arrivals.fetch(client, output, path, planned.plan.settings.hard_links.value_or(false)));
    ++restored.files;
    restored.bytes += output.bytes;
  }
  TRY_VOID(arrivals.settle());
  return restored;
}

Result<void> print_console(DoorClient& client, const std::string& run_path, size_t& first) {
  for (;;) {
    TRY(const Value answer,
        client.get(run_path + "/console", {{"first", std::to_string(first)},
                                           {"limit", std::to_string(kConsoleLinesPerRequest)}}));
    const bool goes_on = text_at(answer, "state") == "running";
    size_t printed = 0;
    for (const Value& line : list_at(answer, "lines")) {
      const bool is_partial = flag_at(line, "partial");
      if (is_partial && goes_on) break;
      std::FILE* to = text_at(line, "stream") == "stderr" ? stderr : stdout;
      fmt::print(to, "{}{}", text_at(line, "text"), is_partial ? "" : "\n");
      ++printed;
    }
    first += printed;
    if (printed == 0 || first >= static_cast<size_t>(int_at(answer, "count"))) break;
  }
  std::fflush(stdout);
  return {};
}

void record_reuse(client::Run& run, const Relative& relative) {
  run.update_config(value_at(relative.run, "config"));
  run.update_summary(value_at(relative.run, "summary"));
  const recall::Identity& keys = relative.past.manifest.identity;
  run.add_capture(model::Object{
      {"recall", model::Object{{"source", relative.past.project + "/" + relative.past.run},
                               {"level", recall::print_level(relative.match.level)},
                               {"saved_s", relative.past.duration_s},
                               {"F", keys.experiment}}}});
}

}  // namespace cairn::cli
