// The checks of a record, one kind after the other.
#include "trace/verify.h"

#include <algorithm>
#include <map>

#include "trace/distributions.h"
#include "trace/file_digest.h"
#include "trace/normal_digest.h"

namespace cairn::trace {
namespace {

class Verifier {
 public:
  Verifier(const DependencyRecord& record, const Workspace& workspace, StatIndex& index)
      : x_record(record), x_workspace(workspace), x_index(index) {
    for (const Output& output : record.outputs) x_outputs[output.path] = &output;
  }

  Verification run(Thoroughness thoroughness) {
    void (Verifier::*const checks[])() = {&Verifier::check_variables, &Verifier::check_probes,
                                          &Verifier::check_listings, &Verifier::check_known,
                                          &Verifier::check_unknown};
    for (const auto check : checks) {
      (this->*check)();
      if (thoroughness == Thoroughness::kFirstChange && !x_found.holds()) break;
    }
    check_distributions();
    return std::move(x_found);
  }

 private:
  void changed(std::string_view component, std::string name, std::string before,
               std::string after) {
    x_found.changes.push_back(
        {std::string(component), std::move(name), std::move(before), std::move(after)});
  }

  void check_variables() {
    for (const EnvironmentRead& read : x_record.environment) {
      std::string now = x_workspace.digest_variable(read.name);
      if (now != read.digest) changed("environment", read.name, read.digest, std::move(now));
    }
  }

  // What the run itself put where it had found nothing is as good as nothing.
  bool is_own_output(const std::string& name, const FileState& state) {
    const auto made = std::lower_bound(x_record.made.begin(), x_record.made.end(), name);
    if (state.is_folder()) return made != x_record.made.end() && *made == name;
    const auto output = x_outputs.find(name);
    if (output == x_outputs.end() || output->second->bytes != state.bytes) return false;
    const std::string path = x_workspace.path_of(name);
    if (state.bytes <= kDigestChunkBytes) {  // a digest that the index knows
      const auto digest = digest_file(path, x_index);
      return digest && digest->hex == output->second->digest;
    }
    const auto digest = content_sha256(path);
    return digest && *digest == output->second->digest;
  }

  void check_probes() {
    for (const std::string& name : x_record.absent) {
      const auto state = look_at(x_workspace.path_of(name));
      if (state && !is_own_output(name, *state)) changed("absent", name, "absent", "present");
    }
    for (const std::string& name : x_record.present)
      if (!look_at(x_workspace.path_of(name))) changed("present", name, "present", "absent");
  }

  void check_listings() {
    for (const Listing& listing : x_record.listings) {
      if (holds_as_made(listing.path)) continue;
      const auto now =
          digest_listing(x_workspace.path_of(listing.path), hidden_names(listing.path));
      if (!now || *now != listing.digest)
        changed("listing", listing.path, listing.digest, now ? *now : "absent");
    }
  }

  // A folder that the run made, and that is not there yet.
  bool holds_as_made(const std::string& name) const {
    return std::binary_search(x_record.made.begin(), x_record.made.end(), name) &&
           !look_at(x_workspace.path_of(name));
  }

  std::vector<std::string> hidden_names(const std::string& folder) const {
    std::vector<std::string> hidden{"__pycache__", ".cairn"};
    const bool is_root = folder == ".";
    const std::string below = is_root ? "" : folder + "/";
    const auto add = [&](const std::string& name) {
      if (is_root && (name.starts_with('/') || name.starts_with('~'))) return;
      if (name.starts_with(below) && name.find('/', below.size()) == std::string::npos)
        hidden.push_back(name.substr(below.size()));
    };
    for (const Output& output : x_record.outputs) add(output.path);
    for (const std::string& made : x_record.made) add(made);
    std::sort(hidden.begin(), hidden.end());
    return hidden;
  }

  // Files that the index knows, and those that are gone. The rest is read later.
  void check_known() {
    for (const Input& input : x_record.inputs) {
      if (input.files > 0) {
        x_folders.push_back(&input);
        continue;
      }
      const std::string path = x_workspace.path_of(input.path);
      const auto state = look_at(path);
      if (!state) {
        changed(print_kind(input.kind), input.path, input.digest, "absent");
      } else if (const auto known = x_index.find(path, *state)) {
        compare(input, path, print_hex(*known));
      } else if (input.bytes != state->bytes && !has_normal_form(input.kind, path)) {
        changed(print_kind(input.kind), input.path, input.digest, "another size");
      } else {
        x_unknown.push_back(&input);
      }
    }
  }

  void compare(const Input& input, const std::string& path, const std::string& digest) {
    if (digest == input.digest) return;
    if (!input.code_digest.empty()) {
      const auto normal = digest_normal_form(
          path, x_record.keeps_docstrings ? Docstrings::kAll : Docstrings::kWhereLookedAt);
      if (normal && normal->digest == input.code_digest) {
        x_found.respelled.push_back(input.path);
        return;
      }
    }
    changed(print_kind(input.kind), input.path, input.digest, digest);
  }

  void check_unknown() {
    std::vector<std::string> paths;
    for (const Input* input : x_unknown) paths.push_back(x_workspace.path_of(input->path));
    const auto digests = digest_files(paths, x_index);
    x_found.files_read += paths.size();
    for (size_t i = 0; i < paths.size(); ++i)
      compare(*x_unknown[i], paths[i], digests[i] ? digests[i]->hex : "unreadable");
    for (const Input* input : x_folders) {
      const auto now = digest_files_of(x_workspace.path_of(input->path), x_index);
      if (!now || now->digest != input->digest)
        changed(print_kind(input->kind), input->path, input->digest, now ? now->digest : "absent");
    }
  }

  void check_distributions() {
    for (const Distribution& recorded : x_record.distributions) {
      const auto now = installed_version(recorded);
      if (!now || *now != recorded.version)
        x_found.environment_changes.push_back(
            {"distribution", recorded.name, recorded.version, now.value_or("")});
    }
  }

  const DependencyRecord& x_record;
  const Workspace& x_workspace;
  StatIndex& x_index;
  std::map<std::string, const Output*> x_outputs;
  std::vector<const Input*> x_unknown, x_folders;
  Verification x_found;
};

}  // namespace

Verification verify(const DependencyRecord& record, const Workspace& workspace, StatIndex& index,
                    Thoroughness thoroughness) {
  return Verifier(record, workspace, index).run(thoroughness);
}

}  // namespace cairn::trace
