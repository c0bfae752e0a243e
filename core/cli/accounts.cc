// cairn user and cairn key: who is let into a server, and with what.
#include <fmt/ranges.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "server/target.h"

namespace cairn::cli {

using model::List;
using model::Value;

namespace {

// While it lives, the terminal does not show what is typed.
class SilentTerminal {
 public:
  SilentTerminal() {
    x_is_silent = ::tcgetattr(STDIN_FILENO, &x_before) == 0;
    termios silent = x_before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (x_is_silent) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() {
    if (x_is_silent) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &x_before);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  termios x_before{};
  bool x_is_silent = false;
};

// The next line of standard input, without its end.
Result<std::string> read_line() {
  std::string line;
  for (int c = std::getchar(); c != '\n'; c = std::getchar()) {
    if (c == EOF && line.empty()) return fail(Code::kInvalid, "expected a password, found none");
    if (c == EOF) break;
    if (line.size() == kPasswordBytesMax)
      return fail(Code::kInvalid, "expected a password of at most {} bytes", kPasswordBytesMax);
    line.push_back(static_cast<char>(c));
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

Result<std::string> ask_silently(std::string_view question) {
  const SilentTerminal silence;
  fmt::print(stderr, "{}: ", question);
  auto line = read_line();
  fmt::print(stderr, "\n");
  return line;
}

Result<std::string> ask_password(const std::string& user, bool from_stdin) {
  if (from_stdin) return read_line();
  if (::isatty(STDIN_FILENO) != 1)
    return fail(Code::kInvalid, "expected --password-stdin, because nobody can be asked here");
  TRY(const std::string password, ask_silently("Password of " + user));
  TRY(const std::string again, ask_silently("The same again"));
  if (password != again) return fail(Code::kInvalid, "the two passwords differ");
  return password;
}

Value list_of(const std::vector<std::string>& words) { return List(words.begin(), words.end()); }

void set_grant(Value& body, const GrantWords& grant) {
  body.set("scopes", grant.scopes.empty() ? Value(List{"write"}) : list_of(grant.scopes));
  if (!grant.projects.empty()) body.set("projects", list_of(grant.projects));
}

std::string print_words(const List& words) {
  std::vector<std::string_view> texts;
  for (const Value& word : words) texts.push_back(word.string_or(""));
  return fmt::format("{}", fmt::join(texts, ","));
}

std::string print_projects(const Value& answer) {
  const Value& projects = value_at(answer, "projects");
  return projects.is_null() ? "all" : print_words(list_at(answer, "projects"));
}

double seconds_since(int64_t time_ns, int64_t now_ns) {
  return static_cast<double>(now_ns - time_ns) / static_cast<double>(kNsPerSecond);
}

// "2d ago", "in 90d"; `missing` for a time that there is not.
std::string print_when(const Value& time, int64_t now_ns, std::string_view missing) {
  if (!time.as_int()) return std::string(missing);
  const double age_s = seconds_since(*time.as_int(), now_ns);
  return age_s < 0 ? "in " + print_age(-age_s) : print_age(age_s) + " ago";
}

// Where nobody is left, whoever sits at this machine is let in again: better said than found out.
Result<void> warn_when_open(const Desk& desk) {
  TRY(const Value users, desk.client.get("/users"));
  TRY(const Value keys, desk.client.get("/keys"));
  if (list_at(users, "users").empty() && list_at(keys, "keys").empty())
    Terminal::warn(
        "there is neither user nor key now: on this machine everybody may do everything, from "
        "elsewhere nobody anything");
  return {};
}

}  // namespace

Result<int> execute(const AddUser& command, const Desk& desk) {
  TRY(const std::string password, ask_password(command.name, command.password_stdin));
  Value body;
  body.set("name", command.name);
  body.set("password", password);
  set_grant(body, command.grant);
  TRY(const Value user, desk.client.send("POST", "/users", {}, body));
  desk.terminal.print(fmt::format(
      "added {}: {} in {}\n", text_at(user, "name"), print_words(list_at(user, "scopes")),
      value_at(user, "projects").is_null() ? "all projects" : print_projects(user)));
  return kExitOk;
}

Result<int> execute(const ListUsers& command, const Desk& desk) {
  TRY(const Value answer, desk.client.get("/users"));
  if (command.as_json) {
    print_json(answer, desk.terminal);
    return kExitOk;
  }
  const List& users = list_at(answer, "users");
  if (users.empty()) {
    desk.terminal.print("no users; 'cairn user add NAME --admin' adds one\n");
    return kExitOk;
  }
  const int64_t now_ns = wall_now_ns();
  Table table({{"user"}, {"scopes"}, {"projects"}, {"created"}});
  for (const Value& user : users)
    table.add({{text_at(user, "name"), Paint::kBold},
               {print_words(list_at(user, "scopes"))},
               {print_projects(user)},
               {print_when(value_at(user, "created_ns"), now_ns, "-")}});
  desk.terminal.print(table.print(desk.terminal));
  return kExitOk;
}

Result<int> execute(const RemoveUser& command, const Desk& desk) {
  TRY_VOID(desk.client.send("DELETE", "/users/" + server::percent_encode(command.name)));
  desk.terminal.print("removed " + command.name + ", with keys and log-ins\n");
  TRY_VOID(warn_when_open(desk));
  return kExitOk;
}

Result<int> execute(const SetPassword& command, const Desk& desk) {
  TRY(const std::string password, ask_password(command.name, command.password_stdin));
  Value body;
  body.set("password", password);
  TRY_VOID(desk.client.send("PUT", "/users/" + server::percent_encode(command.name) + "/password",
                            {}, body));
  desk.terminal.print("changed the password of " + command.name + "; log in again\n");
  return kExitOk;
}

Result<int> execute(const CreateApiKey& command, const Desk& desk) {
  Value body;
  body.set("name", command.name);
  if (!command.user.empty()) body.set("user", command.user);
  set_grant(body, command.grant);
  if (command.expires_s)
    body.set("expires_ns", wall_now_ns() + static_cast<int64_t>(*command.expires_s * kNsPerSecond));
  TRY(const Value key, desk.client.send("POST", "/keys", {}, body));
  if (command.as_json) {
    print_json(key, desk.terminal);
    return kExitOk;
  }
  // The key alone on standard output, so that it can be piped to where it belongs.
  desk.terminal.print(text_at(key, "text") + "\n");
  Terminal::warn(fmt::format(
      "this is key {} ({}); it is shown only now: export CAIRN_API_KEY where programs log from",
      text_at(key, "id"), print_words(list_at(key, "scopes"))));
  return kExitOk;
}

Result<int> execute(const ListApiKeys& command, const Desk& desk) {
  TRY(const Value answer, desk.client.get("/keys"));
  if (command.as_json) {
    print_json(answer, desk.terminal);
    return kExitOk;
  }
  const List& keys = list_at(answer, "keys");
  if (keys.empty()) {
    desk.terminal.print("no API keys; 'cairn key create' makes one\n");
    return kExitOk;
  }
  const int64_t now_ns = wall_now_ns();
  Table table({{"id"}, {"name"}, {"user"}, {"scopes"}, {"projects"}, {"expires"}, {"last used"}});
  for (const Value& key : keys) {
    const int64_t* expires_ns = value_at(key, "expires_ns").as_int();
    const bool is_over = expires_ns && *expires_ns <= now_ns;
    table.add({{text_at(key, "id"), Paint::kBold},
               {make_printable(text_at(key, "name"))},
               {text_at(key, "user")},
               {print_words(list_at(key, "scopes"))},
               {print_projects(key)},
               {print_when(value_at(key, "expires_ns"), now_ns, "never"),
                is_over ? Paint::kRed : Paint::kPlain},
               {print_when(value_at(key, "last_used_ns"), now_ns, "never")}});
  }
  desk.terminal.print(table.print(desk.terminal));
  return kExitOk;
}

Result<int> execute(const RevokeApiKeys& command, const Desk& desk) {
  for (const std::string& id : command.ids) {
    TRY_VOID(desk.client.send("DELETE", "/keys/" + server::percent_encode(id)));
    desk.terminal.print("revoked " + id + "\n");
  }
  TRY_VOID(warn_when_open(desk));
  return kExitOk;
}

}  // namespace cairn::cli
