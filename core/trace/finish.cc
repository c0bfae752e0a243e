// Sorts the paths of a trace into inputs, outputs, probes and noise, and takes their digests.
#include "trace/finish.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <optional>
#include <set>

#include "base/clock.h"
#include "trace/code_form.h"
#include "trace/distributions.h"
#include "trace/file_digest.h"
#include "trace/native_reach.h"
#include "trace/normal_digest.h"
#include "trace/story.h"

namespace cairn::trace {
namespace {

// A file that changed so shortly before it was opened may have changed again within the same tick
// of the clock that stamps files.
constexpr int64_t kTickNs = 10 * kNsPerMillisecond;

constexpr uint64_t kProgramBytesMax = uint64_t{1} << 30;

// "pkg/__pycache__/mod.cpython-311.pyc" -> "pkg/mod.py"; empty for other paths.
std::string source_of_bytecode(std::string_view path) {
  constexpr std::string_view kFolder = "/__pycache__/";
  const size_t at = path.rfind(kFolder);
  if (at == std::string_view::npos || !path.ends_with(".pyc")) return {};
  const std::string_view file = path.substr(at + kFolder.size());
  return fmt::format("{}/{}.py", path.substr(0, at), file.substr(0, file.find('.')));
}

bool is_bytecode(std::string_view path) {
  return path.find("/__pycache__/") != std::string_view::npos || path.ends_with("/__pycache__");
}

// Go calls the kernel itself even where it is linked with libc, and so is not seen.
bool makes_own_system_calls(const std::string& program) {
  constexpr std::string_view kMark = "\xff Go buildinf:";
  const auto bytes = read_file(posix_disk(), program, kProgramBytesMax);
  return !bytes || bytes->find(kMark) != std::string::npos;
}

class Finisher {
 public:
  Finisher(const Workspace& workspace, StatIndex& index, const FinishOptions& options)
      : x_workspace(workspace), x_index(index), x_options(options) {}

  DependencyRecord finish(const Trace& trace) {
    Stories stories = tell_stories(trace);
    for (const std::string& folder : stories.interpreter_folders)
      if (!is_below(x_workspace.root(), folder)) x_system.add(folder);
    add_programs_folders();
    use_sources(stories);
    for (const std::string& program : stories.programs)
      if (makes_own_system_calls(program)) refuse("a program of Go, which passes libc by", program);
    for (const auto& [path, story] : stories.by_path) sort_out(path, story);
    x_reasons.merge(stories.unsealed);
    if (trace.is_partial) judge_unwatched();
    take_inputs();
    take_outputs();
    take_listings();
    take_probes();
    take_surroundings(stories);
    x_record.distributions = find_distributions(stories);
    x_record.unsealed.assign(x_reasons.begin(), x_reasons.end());
    sort_all();
    return std::move(x_record);
  }

 private:
  struct Used {
    std::string path;
    std::optional<FileState> at_open;
    bool is_native = false;
  };

  // Python told what it opens; what its C libraries opened, nobody did.
  void judge_unwatched() {
    if (x_options.mapped.empty())
      x_reasons.insert("recorded by Python alone, without the preloaded shim");
    for (const std::string& opener : find_openers(x_options.mapped))
      refuse("a library that may read files, where only 'cairn run' would see it", opener);
  }

  // Folders in which a shell looks for programs say nothing by what they lack.
  void add_programs_folders() {
    std::string_view list = find_variable(x_workspace.environment(), "PATH");
    while (!list.empty()) {
      const size_t end = std::min(list.find(':'), list.size());
      const std::string folder = tidy_path(list.substr(0, end));
      if (list.starts_with('/') && !x_workspace.is_inside(folder)) x_system.add(folder);
      list.remove_prefix(std::min(end + 1, list.size()));
    }
  }

  // Python reads bytecode where it is as new as its source, which is what matters.
  void use_sources(Stories& stories) const {
    std::map<std::string, Access> sources;
    for (const auto& [path, story] : stories.by_path) {
      const std::string source = source_of_bytecode(path);
      if (source.empty() || !story.first_read || !story.is_read_first) continue;
      if (const auto state = look_at(source); state && state->is_file()) {
        Access read = *story.first_read;
        read.stat.reset();
        sources.emplace(source, read);
      }
    }
    for (auto& [source, read] : sources) {
      Story& story = stories.by_path[source];
      if (story.first_read) continue;
      story.first_read = read;
      story.is_read_first = !story.first_written;
    }
  }

  bool is_ours(std::string_view path) const {
    return std::any_of(x_options.own_folders.begin(), x_options.own_folders.end(),
                       [&](const std::string& folder) { return is_below(path, folder); });
  }

  void refuse(std::string_view why, const std::string& path) {
    x_reasons.insert(fmt::format("{}: {}", why, x_workspace.name_of(path)));
  }

  void sort_out(const std::string& path, const Story& story) {
    if (is_ours(path) || x_system.contains(path) || is_bytecode(path)) return;
    const auto now = look_at(path);
    if (story.is_made) x_made.insert(path);
    if (story.is_removed) x_removed.insert(path);
    if (story.is_listed && !(story.is_made && !now)) x_listed.push_back(path);
    const bool is_written = story.first_written.has_value();
    if (is_written && now && now->is_file()) x_outputs.insert(path);
    if (is_written && !story.is_replaced) note_changed_in_place(path, story);
    const bool is_folder = (now && now->is_folder()) || is_folder_when_read(story);
    if ((story.first_read && !is_folder && (!is_written || story.is_read_first)) ||
        (story.is_native && !is_written)) {
      note_input(path, story, is_written);
    } else if (story.is_absent && !(is_written && !now)) {
      x_absent.push_back(path);
    } else if ((story.is_present || story.first_read) && !is_written && !story.is_made && now) {
      x_present.push_back(path);
    }
  }

  static bool is_folder_when_read(const Story& story) {
    return story.first_read && story.first_read->stat && S_ISDIR(story.first_read->stat->mode);
  }

  bool is_checkpoint(const std::string& path) const {
    return std::any_of(
        x_options.checkpoints.begin(), x_options.checkpoints.end(),
        [&](const std::string& name) { return is_below(path, x_workspace.path_of(name)); });
  }

  void note_changed_in_place(const std::string& path, const Story& story) {
    if (story.is_read_first || is_checkpoint(path)) return;  // said there
    refuse("a file that was there was appended to or changed in place", path);
  }

  void note_input(const std::string& path, const Story& story, bool is_written) {
    if (is_written && !is_checkpoint(path)) return refuse("an input that is also an output", path);
    if (is_written) return;  // a declared checkpoint is what the run made of it
    Used used{path, {}, story.is_native && !story.first_read};
    if (story.first_read && story.first_read->stat) {
      const TraceStat& stat = *story.first_read->stat;
      if (!S_ISREG(stat.mode)) return note_special(path, stat.mode);
      used.at_open = FileState{stat.bytes, stat.modified_ns, stat.changed_ns,
                               stat.inode, stat.device,      stat.mode};
      if (stat.changed_ns > story.first_read->wall_ns - kTickNs)
        refuse("an input that changed in the moment in which it was opened", path);
    }
    x_inputs.push_back(std::move(used));
  }

  void note_special(const std::string& path, uint32_t mode) {
    if (S_ISFIFO(mode) || S_ISSOCK(mode)) refuse("a pipe", path);
  }

  void take_inputs() {
    std::vector<std::string> paths;
    for (const Used& used : x_inputs) paths.push_back(used.path);
    auto digests = digest_files(paths, x_index);
    std::map<std::string, std::vector<size_t>> by_folder;
    std::vector<bool> is_good(x_inputs.size());
    for (size_t i = 0; i < paths.size(); ++i) {
      is_good[i] = check_input(x_inputs[i], digests[i]);
      if (is_good[i]) by_folder[parent_of(paths[i])].push_back(i);
    }
    for (const auto& [folder, members] : by_folder) {
      if (take_folder(folder, members, digests)) continue;
      for (const size_t i : members) x_record.inputs.push_back(as_input(x_inputs[i], *digests[i]));
    }
    keep_docstrings();
  }

  bool check_input(const Used& used, const Result<FileDigest>& digest) {
    if (!digest) {
      refuse(digest.error().code() == Code::kNotFound ? "an input that is gone"
             : digest.error().code() == Code::kConflict
                 ? "an input that changed while the program ran"
                 : "an input that cannot be read",
             used.path);
      return false;
    }
    FileState now = digest->state;
    // A device number is cut in the trace; a mode may have been changed without the content.
    if (used.at_open) {
      now.device = used.at_open->device;
      now.mode = used.at_open->mode;
    }
    const bool has_changed =
        used.at_open ? now != *used.at_open : digest->state.changed_ns >= x_options.began_ns;
    if (has_changed) refuse("an input that changed while the program ran", used.path);
    return true;
  }

  Input as_input(const Used& used, const FileDigest& digest) {
    Input input;
    input.path = x_workspace.name_of(used.path);
    input.digest = digest.hex;
    input.bytes = digest.state.bytes;
    input.kind = used.is_native ? InputKind::kNative : input_kind_of(used.path, input.bytes);
    if (has_normal_form(input.kind, used.path)) {
      auto normal = digest_normal_form(used.path, Docstrings::kWhereLookedAt);
      if (normal) {
        if (normal->looks_at_docs) x_record.keeps_docstrings = true;
        input.code_digest = normal->digest;
        if (normal->is_impure) refuse("code that says it is impure", used.path);
      } else {
        refuse("code that cannot be read", used.path);
      }
    }
    return input;
  }

  // `docopt(cli.__doc__)` looks at the docstring of another module.
  void keep_docstrings() {
    if (!x_record.keeps_docstrings) return;
    for (Input& input : x_record.inputs) {
      if (input.code_digest.empty()) continue;
      const auto normal = digest_normal_form(x_workspace.path_of(input.path), Docstrings::kAll);
      if (normal) {
        input.code_digest = normal->digest;
      } else {
        refuse("code that cannot be read", input.path);
      }
    }
  }

  // One input for a folder of which every file was read, so that a million files are a few lines.
  bool take_folder(const std::string& folder, const std::vector<size_t>& members,
                   const std::vector<Result<FileDigest>>& digests) {
    if (members.size() < kFolderFilesMin) return false;
    const auto all = digest_files_of(folder, x_index);
    if (!all || all->files != members.size()) return false;
    Input input;
    input.path = x_workspace.name_of(folder);
    input.kind = InputKind::kData;
    input.digest = all->digest;
    input.files = all->files;
    for (const size_t i : members) {
      if (input_kind_of(x_inputs[i].path, digests[i]->state.bytes) != InputKind::kData)
        return false;
      input.bytes += digests[i]->state.bytes;
    }
    x_record.inputs.push_back(std::move(input));
    return true;
  }

  void take_outputs() {
    for (const std::string& path : x_outputs) {
      const auto digest = content_sha256(path);
      const auto state = look_at(path);
      if (!digest || !state) {
        refuse("an output that cannot be read", path);
        continue;
      }
      x_record.outputs.push_back(
          {x_workspace.name_of(path), *digest, state->bytes, (state->mode & 0100) != 0});
    }
    for (const std::string& path : x_made)
      if (const auto state = look_at(path); state && state->is_folder())
        x_record.made.push_back(x_workspace.name_of(path));
  }

  void take_listings() {
    for (const std::string& path : x_listed) {
      const auto state = look_at(path);
      const auto hidden = hidden_names(path);
      const auto digest = digest_listing(path, hidden);
      if (!state || !digest) {
        refuse("a listed folder that is gone", path);
        continue;
      }
      if (state->modified_ns >= x_options.began_ns) note_arrivals(path, hidden);
      x_record.listings.push_back({x_workspace.name_of(path), *digest});
    }
  }

  // What the run itself put into a folder, and what any run leaves behind.
  std::vector<std::string> hidden_names(const std::string& folder) const {
    std::vector<std::string> hidden{"__pycache__", ".cairn"};
    const auto add = [&](const std::set<std::string>& paths) {
      const std::string below = folder == "/" ? folder : folder + "/";
      for (auto at = paths.lower_bound(below); at != paths.end() && at->starts_with(below); ++at)
        if (at->find('/', below.size()) == std::string::npos)
          hidden.push_back(at->substr(below.size()));
    };
    add(x_outputs);
    add(x_made);
    std::sort(hidden.begin(), hidden.end());
    return hidden;
  }

  // A name that came while the program ran may have come after it looked.
  void note_arrivals(const std::string& folder, const std::vector<std::string>& hidden) {
    const auto entries = posix_disk().list(folder);
    if (!entries) return;
    bool is_explained = hidden.size() > 2;
    for (const DirEntry& entry : *entries) {
      if (std::binary_search(hidden.begin(), hidden.end(), entry.name)) {
        is_explained = true;
        continue;
      }
      const std::string path = folder + "/" + entry.name;
      const auto state = look_at(path);
      if (state && !state->is_folder() && state->changed_ns >= x_options.began_ns)
        refuse("a name that came into a listed folder while the program ran", path);
    }
    if (!is_explained && !is_removed_below(folder))
      refuse("a listed folder that changed while the program ran", folder);
  }

  bool is_removed_below(const std::string& folder) const {
    return std::any_of(x_removed.begin(), x_removed.end(),
                       [&](const std::string& path) { return parent_of(path) == folder; });
  }

  void take_probes() {
    for (const std::string& path : x_absent) {
      const bool is_made = x_made.contains(path) || x_outputs.contains(path);
      if (!is_made && look_at(path)) {
        refuse("a file that came while the program ran", path);
        continue;
      }
      x_record.absent.push_back(x_workspace.name_of(path));
    }
    for (const std::string& path : x_present)
      if (!is_below(x_workspace.root(), path) && path != "/" && !is_home_or_above(path))
        x_record.present.push_back(x_workspace.name_of(path));
  }

  bool is_home_or_above(const std::string& path) const {
    return is_below(find_variable(x_workspace.environment(), "HOME"), path);
  }

  void take_surroundings(const Stories& stories) {
    for (const std::string& name : stories.variables)
      if (!is_ambient_variable(name))
        x_record.environment.push_back({name, x_workspace.digest_variable(name)});
    for (const auto& [module, origin] : stories.imports)
      x_record.imports.push_back(
          {module, origin.starts_with('/') ? x_workspace.name_of(tidy_path(origin)) : origin});
    for (const auto& [call, value] : stories.seeds) x_record.seeds.push_back({call, value});
    x_record.local_peers.assign(stories.local_peers.begin(), stories.local_peers.end());
    x_record.python = stories.python;
  }

  void sort_all() {
    const auto by_path = [](const auto& a, const auto& b) { return a.path < b.path; };
    std::sort(x_record.inputs.begin(), x_record.inputs.end(), by_path);
    std::sort(x_record.outputs.begin(), x_record.outputs.end(), by_path);
    std::sort(x_record.listings.begin(), x_record.listings.end(), by_path);
    for (auto* names : {&x_record.absent, &x_record.present, &x_record.made}) {
      std::sort(names->begin(), names->end());
      names->erase(std::unique(names->begin(), names->end()), names->end());
    }
  }

  const Workspace& x_workspace;
  StatIndex& x_index;
  const FinishOptions& x_options;
  SystemPaths x_system;
  std::vector<Used> x_inputs;
  std::set<std::string> x_outputs, x_made, x_removed;
  std::vector<std::string> x_listed, x_absent, x_present;
  std::set<std::string> x_reasons;
  DependencyRecord x_record;
};

}  // namespace

int64_t file_clock_now_ns() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

DependencyRecord finish(const Trace& trace, const Workspace& workspace, StatIndex& index,
                        const FinishOptions& options) {
  return Finisher(workspace, index, options).finish(trace);
}

}  // namespace cairn::trace
