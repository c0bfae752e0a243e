// Installed Python distributions, told by the names of their metadata folders alone.
#include <map>

#include "probe/machine.h"
#include "probe/probe.h"

namespace cairn::probe {
namespace {

constexpr size_t kPackagesMax = 20'000;

struct Package {
  std::string name, version;
};

// The one spelling of a name (PEP 503): lower-case, and a single dash for a run of dashes, dots and
// underscores.
std::string normalise(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool is_separator = c == '-' || c == '_' || c == '.';
    if (is_separator && out.ends_with('-')) continue;
    out.push_back(is_separator ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return out;
}

// "numpy-1.26.4.dist-info" or "numpy-1.26.4-py3.11.egg-info".
std::optional<Package> parse_package(std::string_view folder) {
  if (folder.ends_with(".dist-info") || folder.ends_with(".egg-info"))
    folder.remove_suffix(folder.size() - folder.rfind('.'));
  else
    return std::nullopt;
  const size_t dash = folder.find('-');
  // "~umpy-..." is what an interrupted pip leaves behind.
  if (dash == std::string_view::npos || dash == 0 || folder[0] == '~') return std::nullopt;
  std::string_view version = folder.substr(dash + 1);
  version = version.substr(0, version.find("-py"));
  if (version.empty()) return std::nullopt;
  return Package{normalise(to_utf8(folder.substr(0, dash))), to_utf8(version)};
}

}  // namespace

model::Value python_packages(const std::vector<std::string>& folders) {
  std::map<std::string, std::string> packages;
  for (const std::string& folder : folders)
    for (const std::string& name : list_names(folder))
      if (packages.size() < kPackagesMax)
        if (auto package =
                parse_package(name))  // the first on the path is the one that is imported
          packages.try_emplace(std::move(package->name), std::move(package->version));
  model::Object facts;
  facts.reserve(packages.size());
  for (auto& [name, version] : packages) facts.emplace_back(name, std::move(version));
  return facts;
}

}  // namespace cairn::probe
