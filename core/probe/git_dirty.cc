// How a checkout differs from its commit: the diff of tracked files and the names of new ones.
#include <algorithm>

#include "base/clock.h"
#include "model/secret.h"
#include "probe/git_child.h"
#include "probe/machine.h"
#include "probe/probe.h"

namespace cairn::probe {
namespace {

constexpr size_t kUntrackedMax = 1000;
constexpr size_t kUntrackedBytesMax = 256 << 10;

// A cut diff ends with its last whole line.
std::string_view whole_lines(const GitAnswer& diff) {
  if (!diff.truncated) return diff.output;
  return std::string_view(diff.output).substr(0, diff.output.rfind('\n') + 1);
}

model::List split_names(const GitAnswer& untracked) {
  model::List names;
  for (std::string_view rest = untracked.output; names.size() < kUntrackedMax;) {
    const size_t end = rest.find('\0');
    if (end == std::string_view::npos) break;  // nothing left, or a name that was cut
    names.emplace_back(to_utf8(rest.substr(0, end)));
    rest.remove_prefix(end + 1);
  }
  return names;
}

}  // namespace

model::Value git_dirty(const std::string& dir, size_t diff_bytes_max, int64_t limit_ns) {
  const int64_t deadline_ns = monotonic_now_ns() + limit_ns;
  const model::Value facts = git_facts(dir);
  if (facts.is_null()) return {};
  const std::string root(facts.find("root")->string_or(""));
  // Before the first commit there is nothing to compare with but the index.
  const char* const compared = facts.find("commit") ? "HEAD" : "--cached";
  const auto diff = ask_git(root,
                            {"diff", "--no-ext-diff", "--no-textconv", "--no-color",
                             "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/", compared},
                            diff_bytes_max, deadline_ns);
  if (!diff) return {};
  const auto untracked = ask_git(root, {"ls-files", "--others", "--exclude-standard", "-z"},
                                 kUntrackedBytesMax, deadline_ns);
  if (!untracked) return {};
  model::Value dirty;
  dirty.set("dirty", !diff->output.empty() || diff->truncated);
  dirty.set("diff", model::redact_text(to_utf8(whole_lines(*diff))));
  dirty.set("truncated", diff->truncated);
  dirty.set("untracked", split_names(*untracked));
  return dirty;
}

}  // namespace cairn::probe
