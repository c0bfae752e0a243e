// Goes through the accesses once for the paths and once for the processes.
#include "trace/story.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/disk.h"
#include "trace/workspace.h"

namespace cairn::trace {
namespace {

// Sockets behind which data or whole programs are: what they do is not seen.
bool is_daemon(std::string_view peer) {
  constexpr std::string_view kDaemons[] = {"docker.sock", "containerd", "podman",
                                           "mysql",       ".s.PGSQL",   "redis"};
  return peer.starts_with("local ") &&
         std::any_of(std::begin(kDaemons), std::end(kDaemons), [&](std::string_view name) {
           return peer.find(name) != std::string_view::npos;
         });
}

class Teller {
 public:
  explicit Teller(Stories& out) : x_out(out) {}

  void tell(const Access& access) {
    switch (access.kind) {
      case kTraceRead:
        return read(access);
      case kTraceWritten:
        return written(access);
      case kTraceListed:
        story(access.text).is_listed = true;
        return;
      case kTraceAbsent:
        story(access.text).is_absent = true;
        return;
      case kTracePresent:
        story(access.text).is_present = true;
        return;
      case kTraceRemoved:
        story(access.text).is_removed = true;
        return;
      case kTraceFolderMade:
        story(access.text).is_made = true;
        return;
      case kTraceRenamed:
        return renamed(access);
      case kTraceLibrary:
      case kTraceBegan:
        if (access.text.starts_with('/')) story(access.text).is_native = true;
        return;
      default:
        return tell_of_surroundings(access);
    }
  }

 private:
  Story& story(std::string_view path) { return x_out.by_path[tidy_path(path)]; }

  void read(const Access& access) {
    Story& told = story(access.text);
    if (told.first_read) return;
    told.first_read = access;
    told.is_read_first = !told.first_written;
  }

  void written(const Access& access) {
    Story& told = story(access.text);
    const bool is_empty = !access.stat || access.stat->bytes == 0;
    const bool replaces = is_empty || (access.flags & (kTraceTruncates | kTraceCreates)) != 0;
    if (!replaces && (access.flags & kTraceReadsToo) != 0) read(access);
    if (!told.first_written) {
      told.first_written = access;
      told.is_replaced = replaces;
    }
  }

  // The new name has what the old one had; below a folder, all names have.
  void renamed(const Access& access) {
    const size_t nul = access.text.find('\0');
    if (nul == std::string::npos) return;
    const std::string from = tidy_path(access.text.substr(0, nul));
    const std::string to = tidy_path(access.text.substr(nul + 1));
    std::vector<std::string> moved;
    for (auto at = x_out.by_path.lower_bound(from); at != x_out.by_path.end(); ++at) {
      if (!at->first.starts_with(from)) break;
      if (is_below(at->first, from)) moved.push_back(at->first);
    }
    if (moved.empty()) moved.push_back(from);
    for (const std::string& name : moved) {
      Story& old = x_out.by_path[name];
      Story& now = x_out.by_path[to + name.substr(from.size())];
      if (old.is_made) now.is_made = true;
      if (!old.is_made && !now.first_written) {
        now.first_written = access;
        now.is_replaced = true;
      }
      old.is_removed = true;
      if (old.is_replaced) old.first_written.reset();  // it was on its way to its name
    }
  }

  void tell_of_surroundings(const Access& access) {
    const size_t line = std::min(access.text.find('\n'), access.text.size());
    const std::string first = access.text.substr(0, line);
    const std::string second = line < access.text.size() ? access.text.substr(line + 1) : "";
    if (access.kind == kTraceEnvironment) x_out.variables.insert(access.text);
    if (access.kind == kTraceImported) x_out.imports.emplace(first, second);
    if (access.kind == kTraceSeeded) x_out.seeds.emplace(first, second);
    if (access.kind == kTracePython) x_out.python = access.text;
    if (access.kind == kTraceUnseen) x_out.unsealed.insert(access.text);
    if (access.kind == kTraceConnected) {
      if (access.text.starts_with("network ")) {
        x_out.unsealed.insert("the network: " + access.text.substr(8));
      } else {
        x_out.local_peers.insert(access.text);
        if (is_daemon(access.text))
          x_out.unsealed.insert("a daemon of this machine: " + access.text.substr(6));
      }
    }
  }

  Stories& x_out;
};

bool is_python(std::string_view program) {
  program.remove_prefix(std::min(program.rfind('/') + 1, program.size()));
  for (const std::string_view name : {"python", "pypy"}) {
    if (program.starts_with(name))
      return program.find_first_not_of("0123456789.", name.size()) == std::string_view::npos;
  }
  return false;
}

// Whether the program that `accesses[at]` was about to become was seen to begin, or did not.
bool is_followed(const std::vector<Access>& accesses, size_t at) {
  const auto pid = static_cast<uint32_t>(accesses[at].value);
  const auto parent = static_cast<uint32_t>(accesses[at].value >> 32);
  for (size_t i = 0; i < accesses.size(); ++i) {
    const Access& other = accesses[i];
    if (i == at || other.steady_ns < accesses[at].steady_ns) continue;
    if (pid == 0) {
      if (other.kind == kTraceBegan && static_cast<uint32_t>(other.value >> 32) == parent)
        return true;
      continue;
    }
    if (static_cast<uint32_t>(other.value) != pid) continue;
    if (other.kind == kTraceBegan || other.kind == kTraceNotExecuted) return true;
    if (other.kind == kTraceExecuting) return false;
  }
  return false;
}

}  // namespace

Stories tell_stories(const Trace& trace) {
  Stories stories;
  Teller teller(stories);
  for (const Access& access : trace.accesses) {
    teller.tell(access);
    if (access.kind != kTraceBegan || access.text == CAIRN_TRACE_OWN_CHILD) continue;
    stories.programs.insert(access.text);
    if (is_python(access.text))
      stories.interpreter_folders.insert(parent_of(parent_of(tidy_path(access.text))));
  }
  stories.unsealed.merge(find_unseen(trace));
  return stories;
}

std::set<std::string> find_unseen(const Trace& trace) {
  std::set<std::string> unseen;
  std::set<uint64_t> recorded_pythons;
  std::vector<Access> steps;  // of processes only: these are few
  for (const Access& access : trace.accesses) {
    if (access.kind == kTracePython) recorded_pythons.insert(access.image);
    if (access.kind == kTraceBegan || access.kind == kTraceExecuting ||
        access.kind == kTraceNotExecuted)
      steps.push_back(access);
  }
  bool has_begun = false;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kind == kTraceBegan) {
      has_begun = true;
      if (is_python(steps[i].text) && !recorded_pythons.contains(steps[i].image))
        unseen.insert(fmt::format(
            "a Python that started without its recorder, as with -I, -E or -S: {}", steps[i].text));
    } else if (steps[i].kind == kTraceExecuting && !is_followed(steps, i)) {
      unseen.insert(fmt::format(
          "a program that cannot be traced (statically linked, set-uid, or another libc): {}",
          steps[i].text));
    }
  }
  if (!has_begun && !trace.is_partial)
    unseen.insert("the program could not be traced (statically linked, set-uid, or another libc)");
  if (trace.lost + trace.torn > 0)
    unseen.insert(fmt::format("{} records of the trace are missing", trace.lost + trace.torn));
  return unseen;
}

}  // namespace cairn::trace
