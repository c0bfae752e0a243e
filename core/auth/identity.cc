// Names of scopes, and what two grants have in common.
#include "auth/identity.h"

#include <fmt/format.h>

namespace cairn::auth {

std::string_view print_scope(Scope scope) {
  switch (scope) {
    case Scope::kRead:
      return "read";
    case Scope::kUpload:
      return "upload";
    case Scope::kWrite:
      return "write";
    case Scope::kAdmin:
      return "admin";
  }
  return "";
}

std::optional<Scope> parse_scope(std::string_view text) {
  for (const Scope scope : kAllScopes)
    if (print_scope(scope) == text) return scope;
  return std::nullopt;
}

std::vector<std::string> Scopes::names() const {
  std::vector<std::string> names;
  for (const Scope scope : kAllScopes)
    if (has(scope)) names.emplace_back(print_scope(scope));
  return names;
}

Grant Grant::common_with(const Grant& other) const {
  Grant both{scopes.common_with(other.scopes), projects};
  if (!projects) {
    both.projects = other.projects;
  } else if (other.projects) {
    std::erase_if(*both.projects,
                  [&](const std::string& project) { return !other.allows_project(project); });
  }
  return both;
}

std::string Identity::print() const {
  if (key.empty()) return user.empty() ? "nobody" : user;
  return user.empty() ? "key " + key : fmt::format("{} (key {})", user, key);
}

Identity local_admin() { return {"local", "", "", {{Scope::kAdmin}, std::nullopt}}; }

}  // namespace cairn::auth
