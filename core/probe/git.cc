// The state of a git checkout, read from its files without running git.
//
// Enough of git's layout for facts: HEAD, loose and packed refs, linked worktrees and submodules
// (where .git is a file), and the remotes of the config. A ref store we do not know (reftable)
// leaves the commit out.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "model/secret.h"
#include "probe/machine.h"
#include "probe/probe.h"

namespace cairn::probe {
namespace {

constexpr size_t kPackedRefsBytesMax = 64 << 20;
constexpr int kSymbolicRefsMax = 5;

std::string canonical(const std::string& path) {
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) ? resolved : std::string();
}

std::string join(const std::string& folder, std::string_view path) {
  return path.starts_with('/') ? std::string(path) : folder + "/" + std::string(path);
}

// The folder of git's own files for the checkout at `root`; empty when there is none.
std::string find_git_dir(const std::string& root) {
  const std::string dot_git = root + "/.git";
  struct stat about;
  if (::stat(dot_git.c_str(), &about) != 0) return {};
  if (S_ISREG(about.st_mode)) {  // a linked worktree or a submodule says where they are
    const auto text = read_text(dot_git, 2 * PATH_MAX);
    constexpr std::string_view kMark = "gitdir:";
    if (!text || !text->starts_with(kMark)) return {};
    return join(root, trim(std::string_view(*text).substr(kMark.size())));
  }
  // An empty folder called .git is no checkout; one that we may not look into is.
  const bool has_head = ::lstat((dot_git + "/HEAD").c_str(), &about) == 0 || errno == EACCES;
  return has_head ? dot_git : std::string();
}

// Where refs and config are: a linked worktree shares those of the main checkout.
std::string find_common_dir(const std::string& git_dir) {
  const auto text = read_text(git_dir + "/commondir", PATH_MAX);
  return text ? join(git_dir, trim(*text)) : git_dir;
}

bool is_commit(std::string_view text) {  // SHA-1 or SHA-256
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string find_packed_ref(const std::string& common_dir, const std::string& ref) {
  const auto text = read_text(common_dir + "/packed-refs", kPackedRefsBytesMax);
  for (std::string_view rest = text ? std::string_view(*text) : ""; !rest.empty();) {
    std::string_view line = take_line(rest);  // "COMMIT REF"
    const std::string_view commit = take_field(line);
    if (trim(line) == ref && is_commit(commit)) return std::string(commit);
  }
  return {};
}

struct Head {
  std::string branch, commit;  // empty: none, or not known
};

Head read_head(const std::string& git_dir, const std::string& common_dir) {
  constexpr std::string_view kSymbolic = "ref:", kBranches = "refs/heads/";
  Head head;
  std::string ref = "HEAD";
  for (int depth = 0; depth < kSymbolicRefsMax; ++depth) {
    auto text = read_text(git_dir + "/" + ref, PATH_MAX);
    if (!text) text = read_text(common_dir + "/" + ref, PATH_MAX);
    if (!text) {
      head.commit = find_packed_ref(common_dir, ref);
      return head;
    }
    const std::string_view content = trim(*text);
    if (!content.starts_with(kSymbolic)) {
      if (is_commit(content)) head.commit = content;
      return head;
    }
    ref = trim(content.substr(kSymbolic.size()));
    const bool is_safe = ref.starts_with("refs/") && ref.find("..") == std::string::npos;
    if (!is_safe || ref == "refs/heads/.invalid") return head;  // the latter: refs are elsewhere
    if (head.branch.empty() && ref.starts_with(kBranches))
      head.branch = ref.substr(kBranches.size());
  }
  return head;
}

// The address of the remote "origin", else of the first remote in the file.
std::string find_remote(const std::string& common_dir) {
  const auto text = read_text(common_dir + "/config", 1 << 20);
  std::string first, section;
  for (std::string_view rest = text ? std::string_view(*text) : ""; !rest.empty();) {
    std::string_view line = trim(take_line(rest));
    if (line.starts_with('[')) {
      section = line.substr(0, line.find(']'));
      continue;
    }
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos || trim(line.substr(0, equals)) != "url" ||
        !section.starts_with("[remote \""))
      continue;
    std::string url(trim(line.substr(equals + 1)));
    std::erase(url, '"');
    if (section == "[remote \"origin\"") return url;
    if (first.empty()) first = url;
  }
  return first;
}

}  // namespace

std::string git_root(const std::string& dir) {
  for (std::string root = canonical(dir); !root.empty(); root.resize(root.rfind('/'))) {
    if (!find_git_dir(root).empty()) return root;
  }
  return {};
}

model::Value git_facts(const std::string& dir) {
  const std::string root = git_root(dir);
  if (root.empty()) return {};
  const std::string git_dir = find_git_dir(root);
  const std::string common_dir = find_common_dir(git_dir);
  const Head head = read_head(git_dir, common_dir);
  const std::string remote = find_remote(common_dir);
  model::Value facts;
  facts.set("root", to_utf8(root));
  if (!head.commit.empty()) facts.set("commit", head.commit);
  if (!head.branch.empty()) facts.set("branch", to_utf8(head.branch));
  if (!remote.empty()) facts.set("remote", to_utf8(model::redact_url(remote)));
  return facts;
}

}  // namespace cairn::probe
