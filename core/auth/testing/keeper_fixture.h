// A keeper over a folder of its own, with passwords that cost nothing and a clock that is told.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "auth/keeper.h"
#include "base/id.h"

namespace cairn::auth {

class KeeperFixture : public testing::Test {
 protected:
  static constexpr int64_t kDayNs = 24 * 3600 * kNsPerSecond;
  inline static const Actor kAdmin{"root", "test"};
  inline static const Grant kAll{{Scope::kAdmin}, std::nullopt};

  KeeperFixture() { s_now_ns = 1'700'000'000 * kNsPerSecond; }
  ~KeeperFixture() override {
    x_keeper.reset();
    std::filesystem::remove_all(x_dir);
  }

  static void pass(int64_t ns) { s_now_ns += ns; }
  static int64_t now_ns() { return s_now_ns; }

  Keeper& keeper() { return *x_keeper; }
  // Another process that looks after the same folder.
  std::unique_ptr<Keeper> open_another() const {
    return std::make_unique<Keeper>(x_dir, options());
  }
  void restart() {
    x_keeper.reset();
    x_keeper = open_another();
  }

  void add_user(const std::string& name, const Grant& grant = kAll) {
    const auto user = keeper().add_user(name, password_of(name), grant, kAdmin);
    EXPECT_TRUE(user) << user.error().message();
  }
  static std::string password_of(const std::string& name) { return "the password of " + name; }

  NewKey make_key(Key about = {}) {
    if (about.grant.scopes.is_empty()) about.grant = {{Scope::kWrite}, std::nullopt};
    const auto key = keeper().create_key(about, kAdmin);
    EXPECT_TRUE(key) << key.error().message();
    return key ? *key : NewKey();
  }
  std::string log_in(const std::string& name) {
    const auto done = keeper().log_in(name, password_of(name), "10.0.0.1");
    EXPECT_TRUE(done && done->outcome == LogIn::Outcome::kDone);
    return done ? done->token : "";
  }

  std::string dir() const { return x_dir; }
  std::string path(const std::string& name) const { return x_dir + "/auth/" + name; }
  std::string content(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream(path(name)).rdbuf();
    return out.str();
  }
  void set_content(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }
  // "event by who: outcome", newest first.
  std::vector<std::string> log() {
    std::vector<std::string> lines;
    const auto page = keeper().audit(1000);
    EXPECT_TRUE(page) << page.error().message();
    if (!page) return lines;
    for (const model::Value& event : page->events)
      lines.push_back(fmt::format("{} by {} from {}: {}", text(event, "event"), text(event, "who"),
                                  text(event, "from"), text(event, "outcome")));
    return lines;
  }

 private:
  static std::string_view text(const model::Value& event, std::string_view member) {
    const model::Value* value = event.find(member);
    return value ? value->string_or("") : "";
  }
  static int64_t read_clock() { return s_now_ns; }
  static Keeper::Options options() { return {{1, 8192}, read_clock, read_clock}; }

  inline static int64_t s_now_ns = 0;
  std::string x_dir =
      (std::filesystem::temp_directory_path() / ("cairn-auth-" + make_id())).string();
  std::unique_ptr<Keeper> x_keeper = open_another();
};

}  // namespace cairn::auth
