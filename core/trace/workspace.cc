// Names of paths, and the lists of what is the machine's.
#include "trace/workspace.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/hash.h"
#include "model/secret.h"

namespace cairn::trace {
namespace {

constexpr std::string_view kSystemFolders[] = {
    "/bin",  "/boot", "/dev",  "/etc",  "/lib", "/lib32", "/lib64",     "/nix",     "/opt",
    "/proc", "/run",  "/sbin", "/snap", "/sys", "/usr",   "/var/cache", "/var/lib",
};
// Installed things wherever they lie: virtual environments, conda, pyenv.
constexpr std::string_view kInstalledParts[] = {
    "/site-packages/", "/dist-packages/", "/lib/python2.", "/lib/python3.",
    "/lib64/python3.", "/conda-meta/",    "/.pyenv/",
};
constexpr std::string_view kInstalledNames[] = {"/pyvenv.cfg", "/pybuilddir.txt"};

constexpr std::string_view kAmbientVariables[] = {
    "COLORTERM",
    "COLUMNS",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "EDITOR",
    "FORCE_COLOR",
    "HOME",
    "HOST",
    "HOSTNAME",
    "LINES",
    "LOGNAME",
    "MAIL",
    "NO_COLOR",
    "OLDPWD",
    "PAGER",
    "PATH",
    "PWD",
    "PYTHONPATH",
    "SHELL",
    "SHLVL",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "USERNAME",
    "WAYLAND_DISPLAY",
    "WINDOWID",
    "_",
    "ASAN_OPTIONS",
    "LD_PRELOAD",
    "PYTHONSTARTUP",
};
constexpr std::string_view kAmbientPrefixes[] = {
    "CAIRN_", "LC_", "LESS", "SLURM_", "SSH_", "SUDO_", "TERM_", "VSCODE_", "WANDB_", "XDG_",
};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.size() < 2) return;
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

}  // namespace

bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) &&
         (path.size() == folder.size() || path[folder.size()] == '/' || folder == "/");
}

std::string tidy_path(std::string_view path) {
  if ((std::string(path) + "/").find("/../") != std::string::npos) {
    std::error_code failed;
    const auto resolved = std::filesystem::weakly_canonical(path, failed);
    if (!failed) return resolved.string();
  }
  std::string tidy;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") {
      tidy += '/';
      tidy += part;
    }
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return tidy.empty() ? "/" : tidy;
}

Workspace::Workspace(const std::string& root, Environment environment)
    : x_root(tidy_path(root)), x_environment(std::move(environment)) {
  std::error_code failed;
  x_real_root = std::filesystem::canonical(x_root, failed).string();
  if (failed) x_real_root = x_root;
  if (const auto home = find_variable(x_environment, "HOME"); home.starts_with('/'))
    x_home = tidy_path(home);
}

std::string Workspace::name_of(std::string_view path) const {
  for (const std::string& root : {x_real_root, x_root}) {
    if (path == root) return ".";
    if (is_below(path, root)) return std::string(path.substr(root == "/" ? 1 : root.size() + 1));
  }
  if (x_home.size() > 1 && path != x_home && is_below(path, x_home))
    return "~" + std::string(path.substr(x_home.size()));
  return std::string(path);
}

std::string Workspace::path_of(std::string_view name) const {
  if (name == ".") return x_real_root;
  if (name.starts_with('/')) return std::string(name);
  if (name.starts_with("~/")) return x_home + std::string(name.substr(1));
  return x_real_root + "/" + std::string(name);
}

bool Workspace::is_inside(std::string_view path) const {
  return is_below(path, x_real_root) || is_below(path, x_root);
}

std::string Workspace::digest_variable(std::string_view name) const {
  const auto found = std::find_if(x_environment.begin(), x_environment.end(),
                                  [&](const auto& variable) { return variable.first == name; });
  if (found == x_environment.end()) return {};
  std::string value = found->second;
  for (const std::string& root : {x_real_root, x_root}) replace_all(value, root, "${root}");
  replace_all(value, x_home, "${home}");
  return print_hex(sha256(value));
}

SystemPaths::SystemPaths() : x_folders(std::begin(kSystemFolders), std::end(kSystemFolders)) {}

void SystemPaths::add(std::string folder) {
  if (folder.size() > 1) x_folders.push_back(std::move(folder));
}

bool SystemPaths::contains(std::string_view path) const {
  return std::any_of(x_folders.begin(), x_folders.end(),
                     [&](const std::string& folder) { return is_below(path, folder); }) ||
         std::any_of(std::begin(kInstalledParts), std::end(kInstalledParts),
                     [&](std::string_view part) {
                       return path.find(part) != std::string_view::npos ||
                              path.ends_with(part.substr(0, part.size() - 1));
                     }) ||
         std::any_of(std::begin(kInstalledNames), std::end(kInstalledNames),
                     [&](std::string_view name) { return path.ends_with(name); });
}

bool is_ambient_variable(std::string_view name) {
  return std::find(std::begin(kAmbientVariables), std::end(kAmbientVariables), name) !=
             std::end(kAmbientVariables) ||
         std::any_of(std::begin(kAmbientPrefixes), std::end(kAmbientPrefixes),
                     [&](std::string_view prefix) { return name.starts_with(prefix); }) ||
         model::is_secret_name(name);
}

}  // namespace cairn::trace
