// Outputs, console and record of a run that was reused.
#include "cli/reuse.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

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

// Files on their way to their places; those that did not arrive are removed.
class Arrivals {
 public:
  ~Arrivals() {
    std::error_code ignored;
    for (const auto& [from, to] : x_files) fs::remove(from, ignored);
  }

  Result<void> fetch(DoorClient& client, const trace::Output& output, const std::string& to) {
    std::error_code failed;
    fs::create_directories(fs::path(to).parent_path(), failed);
    const std::string from = fmt::format("{}.cairn-{}", to, ::getpid());
    std::FILE* file = std::fopen(from.c_str(), "wbx");
    if (!file) return fail_errno(errno, "make a file", from);
    x_files.emplace_back(from, to);
    Sha256 hash;
    const auto read = client.read_blob(output.digest, 0, [&](std::string_view piece) {
      hash.update(piece);
      return std::fwrite(piece.data(), 1, piece.size(), file) == piece.size();
    });
    const bool is_written = std::fclose(file) == 0;
    TRY_VOID(read);
    if (!is_written || print_hex(hash.finish()) != output.digest)
      return fail(Code::kCorrupt, "expected the content that the run wrote, found another ({})",
                  to);
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::chmod(from.c_str(), (output.is_executable ? 0777 : 0666) & ~mask) != 0)
      return fail_errno(errno, "set the mode of", from);
    return {};
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
    TRY_VOID(arrivals.fetch(client, output, path));
    ++restored.files;
    restored.bytes += output.bytes;
  }
  TRY_VOID(arrivals.settle());
  return restored;
}

Result<void> replay_console(DoorClient& client, const Relative& relative) {
  const std::string path =
      project_path(relative.past.project) + "/runs/" + relative.past.run + "/console";
  for (size_t first = 0;;) {
    TRY(const Value answer, client.get(path, {{"first", std::to_string(first)},
                                              {"limit", std::to_string(kConsoleLinesPerRequest)}}));
    const model::List& lines = list_at(answer, "lines");
    for (const Value& line : lines) {
      std::FILE* to = text_at(line, "stream") == "stderr" ? stderr : stdout;
      fmt::print(to, "{}{}", text_at(line, "text"), flag_at(line, "partial") ? "" : "\n");
    }
    first += lines.size();
    if (lines.empty() || first >= static_cast<size_t>(int_at(answer, "count"))) break;
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
