// Tests of who is let in: keys, cookies, browsers, proxies, and the routes of users and keys.
#include "server/guard.h"

#include <gtest/gtest.h>

#include "auth/testing/keeper_fixture.h"
#include "server/accounts.h"
#include "server/router.h"
#include "server/target.h"
#include "wire/json.h"

namespace cairn::server {
namespace {

using auth::Grant;
using auth::Scope;
using model::Value;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string encode_base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](size_t at) {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
    };
    const unsigned three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (size_t digit = 0; digit < 4; ++digit)
      text += i + digit > bytes.size() ? '=' : kDigits[(three >> (18 - 6 * digit)) & 63];
  }
  return text;
}

// A server without its sockets: what the guard lets through is answered, by Accounts or with 200.
class GuardTest : public auth::KeeperFixture {
 protected:
  struct Client {
    Peer peer{"10.0.0.7", false, false};
    Pairs headers{{"host", "tracker:8420"}};

    Client with(std::string name, std::string value) const {
      Client more = *this;
      std::erase_if(more.headers, [&](const auto& header) { return header.first == name; });
      more.headers.emplace_back(std::move(name), std::move(value));
      return more;
    }
  };
  static Client stranger() { return {}; }
  static Client neighbour() { return {{"127.0.0.1", true, false}, {{"host", "localhost:8420"}}}; }
  static Client bearer(const std::string& key) {
    return stranger().with("authorization", "Bearer " + key);
  }
  Client key_holder(Grant grant) { return bearer(make_key({.grant = std::move(grant)}).text); }
  static Client browser() {
    return stranger().with("sec-fetch-site", "same-origin").with("origin", "http://tracker:8420");
  }
  // A browser that is logged in, and knows its CSRF token when it has one.
  Client logged_in(const std::string& user, bool with_csrf = true) {
    const Response me = ask(browser(), "POST", "/login",
                            Value(model::Object{{"user", user}, {"password", password_of(user)}}));
    EXPECT_EQ(me.status, 200) << me.body;
    std::string cookie = header(me, "Set-Cookie");
    cookie = cookie.substr(0, cookie.find(';'));
    const Client client = browser().with("cookie", "theme=dark; " + cookie);
    return with_csrf ? client.with("x-cairn-csrf", text(me, "csrf")) : client;
  }

  Response ask(const Client& client, const std::string& method, const std::string& target,
               const Value& body = {}) {
    Request request;
    request.method = method;
    request.peer = client.peer;
    request.headers = client.headers;
    EXPECT_TRUE(parse_target("/api/v1" + target, request)) << target;
    if (!body.is_null()) request.body = wire::print_json(body);
    x_last = {};
    if (auto refusal = x_guard.admit(request)) return *refusal;
    x_last = request.who;
    const auto route = find_route(request);
    Response response;
    if (route && route->station == Station::kAccounts) response = x_accounts.handle(request);
    x_guard.note(request, response.status);
    return response;
  }
  int status(const Client& client, const std::string& method, const std::string& target,
             const Value& body = {}) {
    return ask(client, method, target, body).status;
  }

  static std::string header(const Response& response, std::string_view wanted) {
    for (const auto& [name, value] : response.headers)
      if (name == wanted) return value;
    return "";
  }
  static std::string text(const Response& response, std::string_view member) {
    const auto body = wire::parse_json(response.body);
    const Value* value = body ? find_path(*body, member) : nullptr;
    return value ? std::string(value->string_or("")) : "";
  }
  static std::string message(const Response& response) { return text(response, "error.message"); }
  const auth::Identity& last() const { return x_last; }

  Guard x_guard{keeper()};
  Accounts x_accounts{keeper()};

 private:
  auth::Identity x_last;
};

// --- as long as there is neither user nor key ----------------------------------------------------

TEST_F(GuardTest, ThisMachineIsAdminWhileThereIsNobody) {
  for (const char* host :
       {"localhost", "localhost:8420", "LOCALHOST:1", "127.0.0.1:8420", "[::1]:8420", "[::1]"})
    EXPECT_EQ(status(neighbour().with("host", host), "POST", "/gc"), 200) << host;
  EXPECT_TRUE(last().may(Scope::kAdmin));
  EXPECT_TRUE(last().sees_project("any"));
}

TEST_F(GuardTest, AStrangerIsNobodyWhileThereIsNobody) {
  const Response refused = ask(stranger(), "GET", "/projects");
  EXPECT_EQ(refused.status, 401);
  EXPECT_TRUE(has(message(refused), "cairn key create"));
  EXPECT_EQ(header(refused, "WWW-Authenticate"), "Bearer realm=\"cairn\"");
  EXPECT_EQ(status(stranger().with("host", "localhost"), "GET", "/projects"), 401);
}

TEST_F(GuardTest, AnotherNameOfThisMachineIsRefused) {  // DNS rebinding
  for (const char* host : {"evil.com:8420", "localhost.evil.com", "127.0.0.1.evil.com", "evil.com",
                           "localhost@evil.com", "[::1].evil.com", "evil.com:127.0.0.1", "", "::1"})
    EXPECT_EQ(status(neighbour().with("host", host), "GET", "/projects"), 403) << host;
  Client without = neighbour();
  without.headers.clear();
  EXPECT_EQ(status(without, "GET", "/projects"), 403);
}

TEST_F(GuardTest, APageOfAnotherOriginIsRefused) {
  const auto from = [&](const char* origin) {
    return status(neighbour().with("origin", origin), "POST", "/gc");
  };
  EXPECT_EQ(from("http://localhost:8420"), 200);
  for (const char* origin : {"http://evil.com", "http://localhost:3000", "http://127.0.0.1:8420",
                             "null", "", "file://", "http://localhost:8420.evil.com",
                             "http://evil.com/localhost:8420", "chrome-extension://abc"})
    EXPECT_EQ(from(origin), 403) << origin;
  for (const char* site : {"cross-site", "same-site"}) {
    EXPECT_EQ(status(neighbour().with("sec-fetch-site", site), "POST", "/gc"), 403) << site;
    EXPECT_EQ(status(neighbour().with("sec-fetch-site", site), "GET", "/projects"), 403) << site;
  }
  EXPECT_EQ(status(neighbour().with("sec-fetch-site", "none"), "GET", "/projects"), 200);
}

TEST_F(GuardTest, WhatCameThroughAProxyIsNotThisMachine) {
  for (const char* mark : {"x-forwarded-for", "forwarded", "via", "x-real-ip", "x-forwarded-host"})
    EXPECT_EQ(status(neighbour().with(mark, "10.0.0.7"), "GET", "/projects"), 403) << mark;
}

TEST_F(GuardTest, TheFirstUserEndsTheOpenHouse) {
  EXPECT_EQ(status(neighbour(), "GET", "/projects"), 200);
  add_user("ada");
  EXPECT_EQ(status(neighbour(), "GET", "/projects"), 401);
}

TEST_F(GuardTest, ADamagedFileLetsNobodyIn) {
  const Client holder = key_holder(kAll);
  set_content("access.json", "{");
  EXPECT_EQ(status(holder, "GET", "/projects"), 500);
  EXPECT_EQ(status(neighbour(), "GET", "/projects"), 500);
  EXPECT_EQ(status(browser(), "POST", "/login"), 500);
}

// --- keys ----------------------------------------------------------------------------------------

TEST_F(GuardTest, AKeyComesAsBearerOrAsAPassword) {
  const std::string key = make_key().text;
  EXPECT_EQ(status(bearer(key), "GET", "/projects"), 200);
  EXPECT_EQ(status(stranger().with("authorization", "bearer  " + key), "GET", "/projects"), 200);
  const auto basic = [&](const std::string& base64) {
    return status(stranger().with("authorization", "Basic " + base64), "GET", "/projects");
  };
  EXPECT_EQ(basic(encode_base64("ada:" + key)), 200);
  EXPECT_EQ(basic(encode_base64(key + ":")), 200);
  EXPECT_EQ(basic(encode_base64("ada:wrong")), 401);
  EXPECT_EQ(basic(encode_base64(key)), 200);
  EXPECT_EQ(basic("!"), 401);
  EXPECT_EQ(basic(""), 401);
  for (const char* nonsense : {"", "Bearer", "Bearer ", "Digest x", "cairn_x_y"})
    EXPECT_EQ(status(stranger().with("authorization", nonsense), "GET", "/projects"), 401)
        << nonsense;
}

TEST_F(GuardTest, ABadKeyIsRefusedAlsoBesideAGoodCookie) {
  add_user("ada");
  EXPECT_EQ(status(logged_in("ada").with("authorization", "Bearer cairn_x_y"), "GET", "/me"), 401);
}

TEST_F(GuardTest, RevokedAndExpiredKeysAreToldWhy) {
  const auth::NewKey made =
      make_key({.grant = {{Scope::kRead}, std::nullopt}, .expires_ns = now_ns() + 1000});
  make_key();
  pass(1000);
  const Response expired = ask(bearer(made.text), "GET", "/projects");
  EXPECT_EQ(expired.status, 401);
  EXPECT_TRUE(has(message(expired), "has expired"));
  ASSERT_TRUE(keeper().revoke_key(made.key.id, kAdmin));
  const Response revoked = ask(bearer(made.text), "GET", "/projects");
  EXPECT_EQ(revoked.status, 401);
  EXPECT_TRUE(has(message(revoked), "revoked"));
}

TEST_F(GuardTest, AScopeThatIsMissingIsNamed) {
  const Client reader = key_holder({{Scope::kRead}, std::nullopt});
  const Client uploader = key_holder({{Scope::kUpload}, std::nullopt});
  const Client writer = key_holder({{Scope::kWrite}, std::nullopt});
  EXPECT_EQ(status(reader, "GET", "/projects/digits/runs"), 200);
  const Response refused = ask(reader, "PATCH", "/projects/digits/runs/r1");
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(has(message(refused), "expected the scope write, found read")) << message(refused);
  EXPECT_EQ(status(reader, "PUT", "/projects/digits/journals/a~1~b.clog"), 403);
  EXPECT_EQ(status(uploader, "PUT", "/projects/digits/journals/a~1~b.clog"), 200);
  EXPECT_EQ(status(uploader, "HEAD", "/blobs/00"), 200);
  EXPECT_EQ(status(uploader, "GET", "/projects"), 403);
  EXPECT_EQ(status(uploader, "GET", "/blobs/00"), 403);
  EXPECT_EQ(status(writer, "DELETE", "/projects/digits/runs/r1"), 200);
  EXPECT_EQ(status(writer, "PUT", "/projects/digits/journals/a~1~b.clog"), 200);
  for (const char* path : {"/users", "/keys", "/audit"})
    EXPECT_EQ(status(writer, "GET", path), 403) << path;
  EXPECT_EQ(status(writer, "POST", "/gc"), 403);
}

TEST_F(GuardTest, AProjectThatIsMissingIsNamed) {
  const Client limited = key_holder({{Scope::kWrite}, std::vector<std::string>{"digits"}});
  EXPECT_EQ(status(limited, "GET", "/projects/digits/runs"), 200);
  const Response refused = ask(limited, "GET", "/projects/secret/runs");
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(has(message(refused), "'secret'")) << message(refused);
  EXPECT_EQ(status(limited, "GET", "/projects/%73ecret/runs"), 403);
  EXPECT_EQ(status(limited, "GET", "/projects/digits%2F..%2Fsecret/runs"), 403);
  EXPECT_EQ(status(limited, "GET", "/projects"), 200);  // the list shows only its own
}

TEST_F(GuardTest, WhatIsNotInTheTableIsDenied) {
  const Client holder = key_holder(kAll);
  EXPECT_EQ(status(holder, "GET", "/nothing"), 404);
  EXPECT_EQ(status(holder, "TRACE", "/projects"), 405);
  EXPECT_EQ(status(stranger(), "OPTIONS", "/projects"), 405);
  Request outside;
  EXPECT_EQ(x_guard.admit(outside, Need::kDenied)->status, 401);
  Request known;
  known.headers = holder.headers;
  EXPECT_EQ(x_guard.admit(known, Need::kDenied)->status, 403);
  EXPECT_FALSE(x_guard.admit(known, Need::kRead));
}

// --- browsers ------------------------------------------------------------------------------------

TEST_F(GuardTest, ALogInIsACookieThatOnlyTheBrowserSees) {
  add_user("ada");
  const Response me = ask(browser(), "POST", "/login",
                          model::Object{{"user", "ada"}, {"password", password_of("ada")}});
  const std::string cookie = header(me, "Set-Cookie");
  EXPECT_TRUE(cookie.starts_with("cairn_session_8420=")) << cookie;
  EXPECT_TRUE(has(cookie, "; Path=/; HttpOnly; SameSite=Strict")) << cookie;
  EXPECT_FALSE(has(cookie, "Secure"));
  EXPECT_EQ(text(me, "user"), "ada");
  EXPECT_EQ(text(me, "csrf").size(), 64u);
  EXPECT_EQ(text(ask(logged_in("ada"), "GET", "/me"), "user"), "ada");
}

TEST_F(GuardTest, WithTlsTheCookieIsSecure) {
  add_user("ada");
  Client client = browser().with("origin", "https://tracker:8420");
  client.peer.is_tls = true;
  const Value body = model::Object{{"user", "ada"}, {"password", password_of("ada")}};
  const std::string cookie = header(ask(client, "POST", "/login", body), "Set-Cookie");
  EXPECT_TRUE(cookie.starts_with("__Host-cairn_session_8420=")) << cookie;
  EXPECT_TRUE(cookie.ends_with("; Secure")) << cookie;
  EXPECT_EQ(status(client.with("origin", "http://tracker:8420"), "POST", "/login", body), 403);
  const Client proxied = browser()
                             .with("x-forwarded-proto", "https")
                             .with("host", "tracker.org")
                             .with("origin", "https://tracker.org");
  EXPECT_TRUE(header(ask(proxied, "POST", "/login", body), "Set-Cookie").ends_with("; Secure"));
}

TEST_F(GuardTest, ChangesNeedTheCsrfToken) {
  add_user("ada");
  const Client without = logged_in("ada", /*with_csrf=*/false), with = logged_in("ada");
  EXPECT_EQ(status(without, "GET", "/projects"), 200);
  const Response refused = ask(without, "DELETE", "/projects/digits/runs/r1");
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(has(message(refused), "X-Cairn-CSRF")) << message(refused);
  EXPECT_EQ(status(without.with("x-cairn-csrf", ""), "POST", "/gc"), 403);
  EXPECT_EQ(status(without.with("x-cairn-csrf", std::string(64, '0')), "POST", "/gc"), 403);
  EXPECT_EQ(status(with, "POST", "/gc"), 200);
  // The token of one log-in is worth nothing in another.
  const auto it = std::find_if(with.headers.begin(), with.headers.end(),
                               [](const auto& h) { return h.first == "x-cairn-csrf"; });
  EXPECT_EQ(status(without.with("x-cairn-csrf", it->second), "POST", "/gc"), 403);
}

TEST_F(GuardTest, ACookieFromAnotherOriginIsRefused) {
  add_user("ada");
  const Client client = logged_in("ada");
  EXPECT_EQ(status(client.with("origin", "http://evil.com"), "POST", "/gc"), 403);
  EXPECT_EQ(status(client.with("origin", "http://tracker:9999"), "POST", "/gc"), 403);
  EXPECT_EQ(status(client.with("sec-fetch-site", "cross-site"), "GET", "/projects"), 403);
  EXPECT_EQ(
      status(client.with("x-forwarded-host", "tracker.org").with("origin", "https://tracker.org"),
             "POST", "/gc"),
      200);  // as a proxy says it; a page of evil.com cannot add this header
}

TEST_F(GuardTest, NobodyIsLoggedInByAnotherSite) {  // with an account of the attacker
  add_user("eve");
  const Value body = model::Object{{"user", "eve"}, {"password", password_of("eve")}};
  EXPECT_EQ(status(browser().with("origin", "http://evil.com"), "POST", "/login", body), 403);
}

TEST_F(GuardTest, AForgedCookieIsNobody) {
  add_user("ada");
  for (const char* value : {"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    EXPECT_EQ(status(browser().with("cookie", std::string("cairn_session_8420=") + value), "GET",
                     "/projects"),
              401)
        << value;
}

TEST_F(GuardTest, CookiesOfOtherPortsAreOtherCookies) {
  add_user("ada");
  const Client elsewhere =
      logged_in("ada").with("host", "tracker:8421").with("origin", "http://tracker:8421");
  EXPECT_EQ(status(elsewhere, "GET", "/projects"), 401);
}

TEST_F(GuardTest, LoggingOutEndsTheCookieEverywhere) {
  add_user("ada");
  const Client client = logged_in("ada");
  EXPECT_EQ(status(logged_in("ada", /*with_csrf=*/false), "POST", "/logout"), 403);
  const Response done = ask(client, "POST", "/logout");
  EXPECT_EQ(done.status, 200);
  EXPECT_TRUE(has(header(done, "Set-Cookie"), "Max-Age=0"));
  EXPECT_EQ(status(client, "GET", "/me"), 401);
  EXPECT_EQ(status(client, "POST", "/logout"), 401);
}

TEST_F(GuardTest, WrongUserAndWrongPasswordAreOneAnswer) {
  add_user("ada");
  const auto attempt = [&](const char* user, const char* password) {
    return ask(browser(), "POST", "/login", model::Object{{"user", user}, {"password", password}});
  };
  const Response wrong = attempt("ada", "wrong"), unknown = attempt("eve", "wrong");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(wrong.headers, unknown.headers);
  for (int i = 0; i < 8; ++i) attempt("eve", "wrong");
  const Response refused = attempt("ada", "wrong");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(header(refused, "Retry-After"), "6");
}

// --- users, keys and the log over the API --------------------------------------------------------

TEST_F(GuardTest, AdminsLookAfterUsersAndKeys) {
  const Client admin = key_holder(kAll);
  const Value ada = model::Object{
      {"name", "ada"}, {"password", "her password"}, {"scopes", model::List{"write"}}};
  EXPECT_EQ(status(admin, "POST", "/users", ada), 200);
  EXPECT_EQ(status(admin, "POST", "/users", ada), 409);
  const Response key =
      ask(admin, "POST", "/keys",
          model::Object{{"user", "ada"}, {"name", "hers"}, {"scopes", model::List{"read"}}});
  EXPECT_EQ(key.status, 200);
  EXPECT_EQ(header(key, "Cache-Control"), "no-store");
  EXPECT_EQ(status(bearer(text(key, "text")), "GET", "/projects"), 200);
  const Response keys = ask(admin, "GET", "/keys"), users = ask(admin, "GET", "/users");
  EXPECT_TRUE(has(keys.body, text(key, "id")) && has(users.body, "ada"));
  for (const char* secret : {"hash", "argon2", "password"}) {
    EXPECT_FALSE(has(keys.body, secret)) << secret;
    EXPECT_FALSE(has(users.body, secret)) << secret;
  }
  EXPECT_EQ(status(admin, "DELETE", "/keys/" + text(key, "id")), 200);
  EXPECT_EQ(status(admin, "DELETE", "/keys/" + text(key, "id")), 404);
  EXPECT_EQ(status(admin, "DELETE", "/users/ada"), 200);
}

TEST_F(GuardTest, BodiesThatAreWrongAreRefused) {
  const Client admin = key_holder(kAll);
  for (const char* body :
       {"{}", "[]", "{\"scopes\": \"read\"}", "{\"scopes\": [1]}", "{\"scopes\": [\"root\"]}",
        "{\"scopes\": []}", "{\"scopes\": [\"read\"], \"projects\": []}",
        "{\"scopes\": [\"read\"], \"projects\": [\"../x\"]}",
        "{\"scopes\": [\"read\"], \"expires_ns\": \"soon\"}",
        "{\"scopes\": [\"read\"], \"expires_ns\": 17}"}) {
    const auto value = wire::parse_json(body);
    ASSERT_TRUE(value);
    EXPECT_EQ(status(admin, "POST", "/keys", *value), 400) << body;
  }
  EXPECT_EQ(keeper().keys()->size(), 1u);
}

TEST_F(GuardTest, AUserChangesHisOwnPasswordOnly) {
  const Grant writer{{Scope::kWrite}, std::nullopt};
  add_user("ada", writer);
  add_user("bob", writer);
  const Client ada = logged_in("ada");
  const auto body = [&](const std::string& present) {
    return model::Object{{"present", present}, {"password", "a fresh password"}};
  };
  EXPECT_EQ(status(ada, "PUT", "/users/bob/password", body(password_of("bob"))), 403);
  EXPECT_EQ(status(ada, "PUT", "/users/ada/password", body("wrong")), 401);
  EXPECT_EQ(status(ada, "PUT", "/users/ada/password", body(password_of("ada"))), 200);
  EXPECT_EQ(status(ada, "GET", "/me"), 401);
  const Client key = bearer(make_key({.user = "bob", .grant = writer}).text);
  EXPECT_EQ(status(key, "PUT", "/users/bob/password", body(password_of("bob"))), 403);
}

TEST_F(GuardTest, TheLogSaysWhoRemovedWhatAndWhoWasRefused) {
  const auth::NewKey made = make_key({.name = "writer", .grant = {{Scope::kWrite}, std::nullopt}});
  EXPECT_EQ(status(bearer(made.text), "DELETE", "/projects/digits/runs/r1"), 200);
  EXPECT_EQ(status(bearer(made.text), "POST", "/gc"), 403);
  EXPECT_EQ(status(bearer(made.text), "GET", "/projects"), 200);  // nothing to write down
  EXPECT_EQ(
      log(),
      (std::vector<std::string>{
          fmt::format("POST /api/v1/gc by key {} from 10.0.0.7: refused with 403", made.key.id),
          fmt::format("DELETE /api/v1/projects/digits/runs/r1 by key {} from 10.0.0.7: done",
                      made.key.id),
          "create key by root from test: done"}));
  EXPECT_FALSE(has(content("audit.jsonl"), made.text));
  const Response page = ask(key_holder(kAll), "GET", "/audit?limit=2");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(text(page, "next_cursor"), "");
}

}  // namespace
}  // namespace cairn::server
