// Tests of users, keys and sessions over a real folder.
#include "auth/keeper.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "auth/testing/keeper_fixture.h"
#include "base/limits.h"

namespace cairn::auth {
namespace {

using Lines = std::vector<std::string>;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

class KeeperTest : public KeeperFixture {
 protected:
  static Code code_of(const Result<Identity>& result) {
    EXPECT_FALSE(result);
    return result ? Code::kIo : result.error().code();
  }
  bool lets_in(const std::string& key) { return keeper().find_key(key).has_value(); }
  bool is_logged_in(const std::string& token) { return keeper().find_session(token).has_value(); }
  LogIn try_log_in(const std::string& user, const std::string& password,
                   const std::string& from = "10.0.0.1") {
    const auto attempt = keeper().log_in(user, password, from);
    EXPECT_TRUE(attempt) << attempt.error().message();
    return attempt ? *attempt : LogIn();
  }
  mode_t mode_of(const std::string& name) const {
    struct stat about {};
    EXPECT_EQ(::lstat(path(name).c_str(), &about), 0) << name;
    return about.st_mode & 0777;
  }
};

// --- keys ----------------------------------------------------------------------------------------

TEST_F(KeeperTest, AKeyIsShownOnceAndOnlyItsHashIsKept) {
  const NewKey made = make_key();
  EXPECT_EQ(made.text.find("cairn_" + made.key.id + "_"), 0u);
  EXPECT_EQ(made.text.size(), std::string("cairn__").size() + made.key.id.size() + 43);
  const std::string secret = made.text.substr(made.text.size() - 43);
  EXPECT_TRUE(has(content("access.json"), made.key.id));
  EXPECT_FALSE(has(content("access.json"), secret));
  EXPECT_FALSE(has(content("audit.jsonl"), secret));
  const auto who = keeper().find_key(made.text);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->key, made.key.id);
  EXPECT_TRUE(who->may(Scope::kUpload));
  EXPECT_FALSE(who->may(Scope::kAdmin));
}

TEST_F(KeeperTest, ARevokedKeyIsRefusedAtOnceByALivingKeeper) {
  const NewKey made = make_key();
  ASSERT_TRUE(lets_in(made.text));
  ASSERT_TRUE(open_another()->revoke_key(made.key.id, kAdmin));
  EXPECT_EQ(code_of(keeper().find_key(made.text)), Code::kNotFound);
}

TEST_F(KeeperTest, AKeyMadeElsewhereIsGoodAtOnce) {
  ASSERT_TRUE(*keeper().is_open());
  Key about;
  about.grant = kAll;
  const auto made = open_another()->create_key(about, kAdmin);
  ASSERT_TRUE(made);
  EXPECT_TRUE(lets_in(made->text));
  EXPECT_FALSE(*keeper().is_open());
}

TEST_F(KeeperTest, AnExpiredKeyIsRefused) {
  Key about;
  about.expires_ns = now_ns() + 90 * kDayNs;
  const NewKey made = make_key(about);
  pass(90 * kDayNs - 1);
  EXPECT_TRUE(lets_in(made.text));
  pass(1);
  const auto who = keeper().find_key(made.text);
  ASSERT_EQ(code_of(who), Code::kNotFound);
  EXPECT_TRUE(has(who.error().message(), "has expired"));
  EXPECT_FALSE(*keeper().is_open());  // it lets nobody in, and opens nothing either
}

TEST_F(KeeperTest, AForgedKeyIsRefused) {
  const NewKey made = make_key();
  std::string forged = made.text;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(lets_in(forged));
  EXPECT_FALSE(lets_in("cairn_nobody_" + made.text.substr(made.text.size() - 43)));
  EXPECT_FALSE(lets_in(made.text + "A"));
  EXPECT_FALSE(lets_in(made.text.substr(0, made.text.size() - 1)));
  EXPECT_FALSE(lets_in(made.key.id));
  EXPECT_FALSE(lets_in(""));
}

TEST_F(KeeperTest, AKeyDoesNoMoreThanItsUserMay) {
  add_user("guest", {{Scope::kRead}, std::vector<std::string>{"digits"}});
  Key about;
  about.user = "guest";
  about.grant = {{Scope::kRead}, std::nullopt};
  const auto who = keeper().find_key(make_key(about).text);
  ASSERT_TRUE(who);
  EXPECT_TRUE(who->sees_project("digits"));
  EXPECT_FALSE(who->sees_project("secret"));
  about.grant = {{Scope::kWrite}, std::nullopt};
  EXPECT_EQ(keeper().create_key(about, kAdmin).error().code(), Code::kInvalid);
  about.user = "nobody-here";
  EXPECT_EQ(keeper().create_key(about, kAdmin).error().code(), Code::kNotFound);
}

TEST_F(KeeperTest, KeysAndLogInsGoWithTheirUser) {
  add_user("ada");
  Key about;
  about.user = "ada";
  const NewKey hers = make_key(about), nobodys = make_key();
  const std::string token = log_in("ada");
  ASSERT_TRUE(keeper().remove_user("ada", kAdmin));
  EXPECT_FALSE(lets_in(hers.text));
  EXPECT_FALSE(is_logged_in(token));
  EXPECT_TRUE(lets_in(nobodys.text));
}

TEST_F(KeeperTest, AdminsAreNotLimitedToProjects) {
  Key about;
  about.grant = {{Scope::kAdmin}, std::vector<std::string>{"digits"}};
  EXPECT_EQ(keeper().create_key(about, kAdmin).error().code(), Code::kInvalid);
  about.grant = {{Scope::kRead}, std::vector<std::string>{}};
  EXPECT_EQ(keeper().create_key(about, kAdmin).error().code(), Code::kInvalid);
  about.grant = {{}, std::nullopt};
  EXPECT_EQ(keeper().create_key(about, kAdmin).error().code(), Code::kInvalid);
}

TEST_F(KeeperTest, TheTimeOfLastUseIsWrittenRarelyAndAtTheEnd) {
  const NewKey made = make_key();
  const auto written = [&] { return open_another()->keys()->front().last_used_ns; };
  pass(kNsPerSecond);
  ASSERT_TRUE(lets_in(made.text));
  ASSERT_TRUE(keeper().flush());
  EXPECT_FALSE(written());  // something was written less than ten minutes ago
  EXPECT_EQ(keeper().keys()->front().last_used_ns, now_ns());
  pass(kLastUsedFlushNs);
  ASSERT_TRUE(keeper().flush());
  EXPECT_EQ(written(), now_ns() - kLastUsedFlushNs);
  ASSERT_TRUE(lets_in(made.text));
  restart();
  EXPECT_EQ(written(), now_ns());
}

// --- log-ins -------------------------------------------------------------------------------------

TEST_F(KeeperTest, ALogInOutlivesARestartAndOnlyItsHashIsKept) {
  add_user("ada");
  const std::string token = log_in("ada");
  EXPECT_FALSE(has(content("access.json"), token));
  restart();
  const auto who = keeper().find_session(token);
  ASSERT_TRUE(who);
  EXPECT_EQ(who->user, "ada");
  EXPECT_TRUE(who->may(Scope::kAdmin));
}

TEST_F(KeeperTest, ALogInEndsFourteenDaysAfterItsLastUse) {
  add_user("ada");
  const std::string token = log_in("ada");
  for (int week = 0; week < 4; ++week) {
    pass(13 * kDayNs);
    EXPECT_TRUE(is_logged_in(token));
  }
  restart();  // the time of the last use is kept
  pass(13 * kDayNs);
  EXPECT_TRUE(is_logged_in(token));
  pass(kSessionNs + 1);
  EXPECT_FALSE(is_logged_in(token));
}

TEST_F(KeeperTest, LoggingOutEndsOneLogIn) {
  add_user("ada");
  const std::string here = log_in("ada"), there = log_in("ada");
  ASSERT_TRUE(keeper().log_out(*keeper().find_session(here), kAdmin));
  EXPECT_FALSE(is_logged_in(here));
  EXPECT_TRUE(is_logged_in(there));
}

TEST_F(KeeperTest, ANewPasswordEndsAllLogIns) {
  add_user("ada");
  const std::string token = log_in("ada");
  const std::string fresh = "a fresh password";
  const auto wrong = keeper().change_password("ada", "not hers", fresh, "10.0.0.1");
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->outcome, LogIn::Outcome::kWrong);
  EXPECT_TRUE(is_logged_in(token));
  const auto done = keeper().change_password("ada", password_of("ada"), fresh, "10.0.0.1");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, LogIn::Outcome::kDone);
  EXPECT_FALSE(is_logged_in(token));
  EXPECT_EQ(try_log_in("ada", password_of("ada")).outcome, LogIn::Outcome::kWrong);
  EXPECT_EQ(try_log_in("ada", fresh).outcome, LogIn::Outcome::kDone);
}

TEST_F(KeeperTest, AForgedSessionIsRefused) {
  add_user("ada");
  std::string token = log_in("ada");
  token.front() = token.front() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(is_logged_in(token));
  EXPECT_FALSE(is_logged_in(""));
  EXPECT_FALSE(is_logged_in("../../access.json"));
}

TEST_F(KeeperTest, TheOldestLogInMakesRoomForTheNewest) {
  add_user("ada");
  const std::string first = log_in("ada"), second = log_in("ada");
  for (size_t i = 1; i < kSessionsPerUserMax; ++i) log_in("ada");
  EXPECT_FALSE(is_logged_in(first));
  EXPECT_TRUE(is_logged_in(second));
}

TEST_F(KeeperTest, AnUnknownUserIsAnsweredLikeAWrongPassword) {
  add_user("ada");
  const LogIn unknown = try_log_in("eve", password_of("ada"));
  const LogIn wrong = try_log_in("ada", "wrong password");
  EXPECT_EQ(unknown.outcome, LogIn::Outcome::kWrong);
  EXPECT_EQ(wrong.outcome, LogIn::Outcome::kWrong);
  EXPECT_EQ(unknown.retry_after_s, wrong.retry_after_s);
  EXPECT_TRUE(unknown.token.empty() && wrong.token.empty());
}

TEST_F(KeeperTest, APasswordTypedAsANameIsNotWrittenDown) {
  add_user("ada");
  try_log_in(password_of("ada"), "ada");
  EXPECT_EQ(log().front(), "log in by unknown user from 10.0.0.1: wrong user or password");
  EXPECT_FALSE(has(content("audit.jsonl"), password_of("ada")));
}

TEST_F(KeeperTest, AnAddressThatTriesTooOftenMustWait) {
  add_user("ada");
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(try_log_in("ada", "wrong").outcome, LogIn::Outcome::kWrong);
  LogIn refused = try_log_in("ada", password_of("ada"));
  EXPECT_EQ(refused.outcome, LogIn::Outcome::kTooOften);
  EXPECT_EQ(refused.retry_after_s, 6);
  EXPECT_EQ(try_log_in("ada", password_of("ada"), "10.0.0.2").outcome, LogIn::Outcome::kDone);
  pass(6 * kNsPerSecond);
  EXPECT_EQ(try_log_in("ada", password_of("ada")).outcome, LogIn::Outcome::kDone);
}

TEST_F(KeeperTest, ANetworkOfAddressesIsOneAddress) {
  for (int i = 0; i < 10; ++i)
    try_log_in("user" + std::to_string(i), "wrong", "2001:db8::" + std::to_string(i));
  EXPECT_EQ(try_log_in("ada", "wrong", "2001:db8::ffff:1").outcome, LogIn::Outcome::kTooOften);
  EXPECT_EQ(try_log_in("ada", "wrong", "2001:db8:0:1::1").outcome, LogIn::Outcome::kWrong);
}

TEST_F(KeeperTest, AUserWhoIsTriedFromManyAddressesIsGuarded) {
  add_user("ada");
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(try_log_in("ada", "wrong", "10.1.0." + std::to_string(i)).outcome,
              LogIn::Outcome::kWrong);
  EXPECT_EQ(try_log_in("ada", "wrong", "10.2.0.1").outcome, LogIn::Outcome::kTooOften);
  EXPECT_EQ(try_log_in("bob", "wrong", "10.2.0.1").outcome, LogIn::Outcome::kWrong);
}

TEST_F(KeeperTest, RightPasswordsAreNotCounted) {
  add_user("ada");
  for (int i = 0; i < 50; ++i) log_in("ada");
}

TEST_F(KeeperTest, AFloodOfAttemptsFillsNoLog) {
  for (int i = 0; i < 1000; ++i) try_log_in("eve", "wrong");
  EXPECT_EQ(log().size(), 5u);
}

// --- the folder ----------------------------------------------------------------------------------

TEST_F(KeeperTest, NothingIsMadeByLooking) {
  EXPECT_TRUE(*keeper().is_open());
  EXPECT_TRUE(keeper().users()->empty());
  EXPECT_FALSE(lets_in("cairn_x_y"));
  EXPECT_FALSE(std::filesystem::exists(dir()));
}

TEST_F(KeeperTest, OnlyTheOwnerMayReadTheFolder) {
  std::filesystem::create_directories(dir() + "/auth");
  ::chmod((dir() + "/auth").c_str(), 0755);
  make_key();
  EXPECT_EQ(mode_of("."), 0700u);
  EXPECT_EQ(mode_of("access.json"), 0600u);
  EXPECT_EQ(mode_of("audit.jsonl"), 0600u);
  EXPECT_EQ(mode_of("lock"), 0600u);
}

TEST_F(KeeperTest, SecretsAreNoSourceCode) {
  make_key();
  EXPECT_TRUE(std::filesystem::exists(dir() + "/.gitignore"));
}

TEST_F(KeeperTest, ADamagedFileLetsNobodyInAndStaysAsItIs) {
  const NewKey made = make_key();
  const std::string whole = content("access.json");
  Lines damaged = {"", "{", "null", "[]", "{\"version\": 1}", "{\"version\": 2}"};
  damaged.push_back(whole.substr(0, whole.size() / 2));
  std::string wrong_scope = whole;
  wrong_scope.replace(wrong_scope.find("\"write\""), 7, "\"wrote\"");
  damaged.push_back(wrong_scope);
  for (const std::string& text : damaged) {
    set_content("access.json", text);
    EXPECT_EQ(keeper().is_open().error().code(), Code::kCorrupt) << text;
    EXPECT_EQ(code_of(keeper().find_key(made.text)), Code::kCorrupt) << text;
    EXPECT_FALSE(keeper().allows_bind("127.0.0.1")) << text;
    EXPECT_FALSE(keeper().add_user("ada", "a password", kAll, kAdmin)) << text;
    EXPECT_FALSE(keeper().revoke_key(made.key.id, kAdmin)) << text;
    EXPECT_EQ(content("access.json"), text);
  }
  set_content("access.json", whole);
  EXPECT_TRUE(lets_in(made.text));
}

TEST_F(KeeperTest, ALinkIsNotFollowed) {
  make_key();
  std::filesystem::rename(path("access.json"), dir() + "/elsewhere.json");
  std::filesystem::create_symlink(dir() + "/elsewhere.json", path("access.json"));
  EXPECT_FALSE(keeper().is_open());
}

TEST_F(KeeperTest, TwoProcessesLoseNothingOfEachOther) {
  constexpr int kProcesses = 4, kKeys = 10;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto keeper = open_another();
      int made = 0;
      Key about;
      about.grant = kAll;
      for (int key = 0; key < kKeys; ++key) made += keeper->create_key(about, kAdmin).has_value();
      ::_exit(made == kKeys ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  std::set<std::string> ids;
  const auto keys = keeper().keys();
  ASSERT_TRUE(keys);
  for (const Key& key : *keys) ids.insert(key.id);
  EXPECT_EQ(ids.size(), static_cast<size_t>(kProcesses * kKeys));
  EXPECT_EQ(log().size(), ids.size());
}

// --- the log -------------------------------------------------------------------------------------

TEST_F(KeeperTest, EveryChangeIsInTheLogAndNoSecretIs) {
  add_user("ada");
  Key about;
  about.name = "laptop";
  const NewKey made = make_key(about);
  const std::string token = log_in("ada");
  try_log_in("ada", "wrong password");
  ASSERT_TRUE(keeper().log_out(*keeper().find_session(token), {"ada", "10.0.0.1"}));
  ASSERT_TRUE(keeper().set_password("ada", "another password", kAdmin));
  ASSERT_TRUE(keeper().revoke_key(made.key.id, kAdmin));
  ASSERT_TRUE(keeper().remove_user("ada", kAdmin));
  EXPECT_EQ(log(),
            (Lines{"remove user by root from test: done", "revoke key by root from test: done",
                   "change password by root from test: done", "log out by ada from 10.0.0.1: done",
                   "log in by ada from 10.0.0.1: wrong user or password",
                   "log in by ada from 10.0.0.1: done", "create key by root from test: done",
                   "add user by root from test: done"}));
  const std::string text = content("audit.jsonl");
  EXPECT_TRUE(has(text, made.key.id) && has(text, "laptop"));
  for (const std::string& secret : {made.text, token, password_of("ada"),
                                    std::string("another password"), std::string("$argon2")})
    EXPECT_FALSE(has(text, secret)) << secret;
}

TEST_F(KeeperTest, WhatWasRefusedChangesNothing) {
  add_user("ada");
  EXPECT_EQ(keeper().add_user("ada", "a password", kAll, kAdmin).error().code(), Code::kConflict);
  EXPECT_EQ(keeper().add_user("bob", "short", kAll, kAdmin).error().code(), Code::kInvalid);
  EXPECT_EQ(keeper().add_user("../ada", "a password", kAll, kAdmin).error().code(), Code::kInvalid);
  EXPECT_EQ(keeper().add_user("local", "a password", kAll, kAdmin).error().code(), Code::kInvalid);
  EXPECT_EQ(keeper().remove_user("bob", kAdmin).error().code(), Code::kNotFound);
  EXPECT_EQ(keeper().set_password("bob", "a password", kAdmin).error().code(), Code::kNotFound);
  EXPECT_EQ(keeper().revoke_key("nokey", kAdmin).error().code(), Code::kNotFound);
  EXPECT_EQ(keeper().users()->size(), 1u);
  EXPECT_EQ(log().size(), 1u);
}

TEST_F(KeeperTest, ATornLineIsCountedAndTheNextIsWhole) {
  make_key();
  set_content("audit.jsonl", content("audit.jsonl") + "{\"time_ns\": 17, \"wh");
  make_key();
  const auto page = keeper().audit(10);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->events.size(), 2u);
  EXPECT_EQ(page->damaged, 1u);
}

TEST_F(KeeperTest, TheLogIsReadPageByPageFromItsEnd) {
  constexpr int kEvents = 3000;  // more than a block of the file
  std::string lines;
  for (int i = 0; i < kEvents; ++i)
    lines += fmt::format("{{\"event\":\"{}\",\"who\":\"{}\"}}\n", i, std::string(200, 'x'));
  make_key();
  set_content("audit.jsonl", lines);
  std::optional<uint64_t> before;
  int expected = kEvents;
  do {
    const auto page = keeper().audit(700, before);
    ASSERT_TRUE(page);
    for (const model::Value& event : page->events)
      ASSERT_EQ(event.find("event")->string_or(""), std::to_string(--expected));
    before = page->next_before;
  } while (before);
  EXPECT_EQ(expected, 0);
}

// --- listening -----------------------------------------------------------------------------------

TEST_F(KeeperTest, NobodyListensToOthersWithoutAUserOrAKey) {
  for (const char* host : {"127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"})
    EXPECT_TRUE(keeper().allows_bind(host)) << host;
  for (const char* host : {"0.0.0.0", "::", "[::]", "192.168.1.2", "example.com",
                           "127.0.0.1.evil.com", "localhost.evil.com", ""}) {
    const auto allowed = keeper().allows_bind(host);
    ASSERT_FALSE(allowed) << host;
    EXPECT_TRUE(has(allowed.error().message(), "cairn user add NAME --admin")) << host;
  }
  make_key();
  EXPECT_TRUE(keeper().allows_bind("0.0.0.0"));
}

}  // namespace
}  // namespace cairn::auth
