// Finding the store's folder and the traces of a run in it.
#include "client/folder.h"

#include <algorithm>
#include <cstdlib>

#include "base/clock.h"
#include "client/run.h"
#include "journal/journal.h"
#include "probe/probe.h"

namespace cairn::client {
namespace {

// A writer on another host cannot be asked. A journal that grew lately is taken for a living one,
// so that the ranks of one run join one another: to resume by mistake would hide what the others
// log.
constexpr int64_t kSilentNs = 600 * kNsPerSecond;

bool may_live(Disk& disk, const std::string& journal) {
  switch (journal::writer_life(disk, journal)) {
    case journal::Life::kAlive:
      return true;
    case journal::Life::kDead:
      return false;
    case journal::Life::kUnknown:
      break;
  }
  const auto info = disk.info(journal);
  return info && wall_now_ns() - info->modified_ns < kSilentNs;
}

}  // namespace

std::string find_store_dir(const std::string& dir, const std::string& cwd) {
  if (!dir.empty()) return dir;
  if (const char* env = std::getenv("CAIRN_DIR"); env && *env) return env;
  const std::string root = probe::git_root(cwd);
  return (root.empty() ? cwd : root) + "/.cairn";
}

Existing find_existing(Disk& disk, const model::Layout& layout, std::string_view project,
                       std::string_view run) {
  Existing found;
  const auto saw = [&](int session) {
    found.exists = true;
    found.session = std::max(found.session, session);
  };
  if (const auto packs = disk.list(layout.packs(project)))
    for (const DirEntry& entry : *packs)
      if (const auto name = model::parse_pack_name(entry.name); name && name->run == run)
        saw(name->session);
  if (const auto journals = disk.list(layout.live(project)))
    for (const DirEntry& entry : *journals)
      if (const auto name = model::parse_journal_name(entry.name); name && name->run == run) {
        saw(name->session);
        const std::string path = layout.journal(project, *name);
        if (may_live(disk, path)) found.is_alive = true;
      }
  return found;
}

}  // namespace cairn::client
