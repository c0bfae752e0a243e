// Unified hunks, by dtl; the only file that includes it.
#include "cli/code_diff.h"

#include <fmt/format.h>

#include <sstream>
#include <vector>

#include <dtl/dtl.hpp>

#include "base/disk.h"
#include "cli/tracing.h"

namespace cairn::cli {
namespace {

using model::Value;

constexpr size_t kCodeBytesMax = 1 << 20;
constexpr size_t kLinesShown = 40;  // of one file

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

Paint paint_of(const std::string& line) {
  if (line.starts_with("+")) return Paint::kGreen;
  if (line.starts_with("-")) return Paint::kRed;
  return line.starts_with("@@") ? Paint::kCyan : Paint::kPlain;
}

std::string indent(const std::string& hunks, const Terminal& terminal) {
  std::string text;
  const auto lines = split_lines(hunks);
  for (size_t i = 0; i < std::min(lines.size(), kLinesShown); ++i)
    text += "    " + terminal.paint(make_printable(lines[i]), paint_of(lines[i])) + "\n";
  if (lines.size() > kLinesShown)
    text += fmt::format("    ... {} more lines\n", lines.size() - kLinesShown);
  return text;
}

// The hash of the copy that is kept with the run; "" where there is none.
Result<std::string> find_copy(DoorClient& client, const Relative& relative,
                              const std::string& name) {
  const std::string path =
      project_path(relative.past.project) + "/runs/" + relative.past.run + "/artifacts";
  TRY(const Value answer, client.get(path));
  for (const Value& file : list_at(answer, "artifacts"))
    if (text_at(file, "name") == kCode + name) return text_at(file, "sha256");
  return std::string();
}

Result<std::string> read_copy(DoorClient& client, const Relative& relative,
                              const std::string& name) {
  TRY(const std::string sha256, find_copy(client, relative, name));
  std::string text;
  if (sha256.empty()) return fail(Code::kNotFound, "no copy of {} was kept", name);
  TRY_VOID(client.read_blob(sha256, 0, [&](std::string_view piece) {
    text += piece;
    return text.size() <= kCodeBytesMax;
  }));
  return text;
}

}  // namespace

std::string diff_lines(std::string_view before, std::string_view after) {
  dtl::Diff<std::string> diff(split_lines(before), split_lines(after));
  diff.onHuge();
  diff.compose();
  diff.composeUnifiedHunks();
  std::ostringstream out;
  diff.printUnifiedFormat(out);
  return out.str();
}

std::string diff_code(DoorClient& client, const PlannedCommand& planned, const Relative& relative,
                      const Terminal& terminal) {
  std::string text;
  for (const recall::Difference& difference : relative.match.differences) {
    if (difference.component != "code") continue;
    const auto before = read_copy(client, relative, difference.name);
    const auto after =
        read_file(posix_disk(), planned.workspace.path_of(difference.name), kCodeBytesMax);
    if (!before || !after) continue;
    text += fmt::format("  {}\n{}", terminal.paint(difference.name, Paint::kBold),
                        indent(diff_lines(*before, *after), terminal));
  }
  return text;
}

}  // namespace cairn::cli
