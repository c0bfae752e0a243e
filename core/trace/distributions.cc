// Reads names of metadata folders, and what they list only where names do not tell.
#include "trace/distributions.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/disk.h"

namespace cairn::trace {
namespace {

constexpr std::string_view kInfo = ".dist-info";
constexpr uint64_t kListBytesMax = 32 << 20;

// As PEP 503 compares names.
std::string normalised(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const bool is_mark = c == '-' || c == '_' || c == '.';
    if (is_mark && (plain.empty() || plain.back() == '-')) continue;
    plain += is_mark ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return plain;
}

struct Installed {
  std::string folder, name, version;
};

std::vector<Installed> list_installed(const std::string& site) {
  std::vector<Installed> all;
  const auto entries = posix_disk().list(site);
  if (!entries) return all;
  for (const DirEntry& entry : *entries) {
    if (!entry.is_dir || !entry.name.ends_with(kInfo)) continue;
    const std::string stem = entry.name.substr(0, entry.name.size() - kInfo.size());
    const size_t dash = stem.rfind('-');
    if (dash == std::string::npos) continue;
    all.push_back({site + "/" + entry.name, stem.substr(0, dash), stem.substr(dash + 1)});
  }
  return all;
}

bool lists_module(const Installed& installed, const std::string& module) {
  const auto top = read_file(posix_disk(), installed.folder + "/top_level.txt", kListBytesMax);
  if (top) return ("\n" + *top).find("\n" + module + "\n") != std::string::npos;
  const auto record = read_file(posix_disk(), installed.folder + "/RECORD", kListBytesMax);
  if (!record) return false;
  const std::string lines = "\n" + *record;
  return lines.find("\n" + module + "/") != std::string::npos ||
         lines.find("\n" + module + ".") != std::string::npos;
}

const Installed* find_owner(const std::vector<Installed>& all, const std::string& module) {
  for (const Installed& installed : all)
    if (normalised(installed.name) == normalised(module)) return &installed;
  for (const Installed& installed : all)
    if (lists_module(installed, module)) return &installed;
  return nullptr;
}

}  // namespace

std::vector<Distribution> find_distributions(const Stories& stories) {
  std::map<std::string, std::set<std::string>> modules_of_site;
  for (const auto& [module, origin] : stories.imports) {
    for (const std::string_view part : {"/site-packages/", "/dist-packages/"}) {
      const size_t at = origin.rfind(part);
      if (at == std::string::npos) continue;
      modules_of_site[origin.substr(0, at + part.size() - 1)].insert(
          module.substr(0, module.find('.')));
    }
  }
  std::map<std::string, Distribution> found;
  for (const auto& [site, modules] : modules_of_site) {
    const auto all = list_installed(site);
    for (const std::string& module : modules)
      if (const Installed* owner = find_owner(all, module))
        found[owner->folder] = {normalised(owner->name), owner->version, owner->folder};
  }
  std::vector<Distribution> list;
  for (auto& [folder, distribution] : found) list.push_back(std::move(distribution));
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return list;
}

std::optional<std::string> installed_version(const Distribution& recorded) {
  if (posix_disk().exists(recorded.folder)) return recorded.version;
  for (const Installed& installed : list_installed(parent_of(recorded.folder)))
    if (normalised(installed.name) == recorded.name) return installed.version;
  return {};
}

}  // namespace cairn::trace
