// Identity: who asks and what he may do; scopes, and grants that narrow each other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::auth {

enum class Scope : uint8_t { kRead = 1, kUpload = 2, kWrite = 4, kAdmin = 8 };
constexpr Scope kAllScopes[] = {Scope::kRead, Scope::kUpload, Scope::kWrite, Scope::kAdmin};

std::string_view print_scope(Scope scope);  // "read", "upload", "write", "admin"
std::optional<Scope> parse_scope(std::string_view text);

// A set of scopes, closed at once under what includes what: admin has all, write has read and
// upload.
class Scopes {
 public:
  constexpr Scopes() = default;
  constexpr Scopes(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) add(scope);
  }
  constexpr void add(Scope scope) {
    x_bits |= static_cast<uint8_t>(scope);
    if (scope == Scope::kAdmin) add(Scope::kWrite);
    if (scope == Scope::kWrite) x_bits |= Scopes{Scope::kRead, Scope::kUpload}.x_bits;
  }
  constexpr bool has(Scope scope) const { return (x_bits & static_cast<uint8_t>(scope)) != 0; }
  constexpr bool is_empty() const { return x_bits == 0; }
  constexpr Scopes common_with(Scopes other) const {
    Scopes both;
    both.x_bits = x_bits & other.x_bits;
    return both;
  }
  std::vector<std::string> names() const;  // all that it has
  friend constexpr bool operator==(Scopes, Scopes) = default;

 private:
  uint8_t x_bits = 0;
};

// What someone may do, and with which projects.
struct Grant {
  Scopes scopes;
  std::optional<std::vector<std::string>> projects;  // nullopt: all; empty: none

  bool allows_project(std::string_view project) const {
    return !projects || std::find(projects->begin(), projects->end(), project) != projects->end();
  }
  // What both allow: a key never does more than the user it belongs to.
  Grant common_with(const Grant& other) const;
};

// Who asks. One that nobody filled in may do nothing.
struct Identity {
  std::string user;     // "" for a key without an owner
  std::string key;      // the id of the API key that was shown; "" otherwise
  std::string session;  // what names the browser session that was shown; "" otherwise
  Grant grant{{}, std::vector<std::string>()};

  bool may(Scope scope) const { return grant.scopes.has(scope); }
  bool sees_project(std::string_view project) const { return grant.allows_project(project); }
  // For the audit log: "ada", "ada (key 7k2m...)", "key 7k2m...", "nobody".
  std::string print() const;
};

// Whoever may read the store's folder: a process that opens it itself, or a server's own machine as
// long as there is neither user nor key.
Identity local_admin();

}  // namespace cairn::auth
