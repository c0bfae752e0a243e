// Grammar of `cairn user` and `cairn key`.
#include "cli/grammar.h"

namespace cairn::cli {
namespace {

void add_grant(CLI::App& sub, GrantWords& grant) {
  sub.add_option("-s,--scope", grant.scopes,
                 "read, upload, write (both) or admin; several with commas (write)")
      ->type_name("SCOPES")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->take_all()
      ->check(CLI::IsMember({"read", "upload", "write", "admin"}));
  sub.add_option("-p,--project", grant.projects, "Only this project (may be repeated)")
      ->type_name("PROJECT")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->take_all();
}

void add_name(CLI::App& sub, std::string& name) {
  sub.add_option("NAME", name, "The user")->required()->type_name("");
}

void add_password_stdin(CLI::App& sub, bool& password_stdin) {
  sub.add_flag("--password-stdin", password_stdin, "Read the password from standard input");
}

}  // namespace

void Grammar::add_access() {
  CLI::App& user = add_family(kAccess, "user", "Add, list and remove people who log in",
                              "Examples:\n  cairn user add ada --admin\n  cairn user ls");
  add<AddUser>(user, "add", "Add a user, who logs in with a password",
               "The password is asked for on the terminal.\n\n"
               "Examples:\n  cairn user add ada --admin\n"
               "  cairn user add guest --scope read --project digits\n"
               "  pass show cairn | cairn user add ada --password-stdin",
               [](CLI::App& sub, AddUser& c) {
                 add_name(sub, c.name);
                 sub.add_flag_callback(
                     "--admin", [&c] { c.grant.scopes = {"admin"}; },
                     "May do everything: --scope admin");
                 add_grant(sub, c.grant);
                 add_password_stdin(sub, c.password_stdin);
               });
  add<ListUsers>(user, "ls", "List users", "Examples:\n  cairn user ls",
                 [](CLI::App& sub, ListUsers& c) { add_json(sub, c.as_json); });
  add<RemoveUser>(user, "rm", "Remove a user, with his keys and log-ins",
                  "Examples:\n  cairn user rm guest",
                  [](CLI::App& sub, RemoveUser& c) { add_name(sub, c.name); });
  add<SetPassword>(user, "passwd", "Change a password; the user has to log in again",
                   "Examples:\n  cairn user passwd ada", [](CLI::App& sub, SetPassword& c) {
                     add_name(sub, c.name);
                     add_password_stdin(sub, c.password_stdin);
                   });

  CLI::App& key = add_family(kAccess, "key", "Make, list and revoke API keys for programs",
                             "Examples:\n  cairn key create --name cluster --scope upload\n"
                             "  cairn key ls");
  add<CreateApiKey>(
      key, "create", "Make an API key, which is shown once",
      "Programs show it as CAIRN_API_KEY.\n\n"
      "Examples:\n  cairn key create --name laptop\n"
      "  cairn key create --name cluster --scope upload --project digits --expires 90d\n"
      "  cairn key create --user ada --scope read --json | jq -r .text",
      [](CLI::App& sub, CreateApiKey& c) {
        sub.add_option("-n,--name", c.name, "What it is for, in your words")->type_name("NAME");
        sub.add_option("-u,--user", c.user,
                       "Whose it is: it does no more than he may, and goes with him")
            ->type_name("USER");
        add_grant(sub, c.grant);
        sub.add_option_function<std::string>(
               "-e,--expires",
               [&c](const std::string& text) { c.expires_s = parse_seconds("--expires", text); },
               "Good for so long (default: until revoked)")
            ->type_name("DURATION");
        add_json(sub, c.as_json);
      });
  add<ListApiKeys>(key, "ls", "List API keys, never their secrets", "Examples:\n  cairn key ls",
                   [](CLI::App& sub, ListApiKeys& c) { add_json(sub, c.as_json); });
  add<RevokeApiKeys>(key, "revoke", "End API keys at once, on living servers too",
                     "Examples:\n  cairn key revoke 7k2m9x1qb0ss",
                     [](CLI::App& sub, RevokeApiKeys& c) {
                       sub.add_option("ID", c.ids, "Keys to revoke, as 'cairn key ls' shows them")
                           ->required()
                           ->type_name("");
                     });
}

}  // namespace cairn::cli
