// Tests of access.json's text: the golden, and that what is not understood is refused.
#include "auth/access.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/disk.h"

namespace cairn::auth {
namespace {

// The golden stays for ever: when the format must change, it gets a version and a golden of its
// own.
std::string read_golden() {
  const auto path = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() /
                    "tests" / "golden" / "access_v1.json";
  const auto golden = read_file(posix_disk(), path.string(), 1 << 20);
  EXPECT_TRUE(golden) << golden.error().message();
  return golden.value_or("");
}

TEST(AccessTest, TheGoldenIsReadAndWrittenTheSame) {
  const std::string golden = read_golden();
  const auto access = parse_access(golden);
  ASSERT_TRUE(access) << access.error().message();
  EXPECT_EQ(print_access(*access), golden);

  const KeptUser* ada = access->find_user("ada");
  ASSERT_TRUE(ada);
  EXPECT_TRUE(ada->grant.scopes.has(Scope::kAdmin));
  EXPECT_TRUE(ada->grant.allows_project("any"));
  const KeptKey* key = access->find_key("fpnc2z47gkaq");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->grant.scopes, Scopes{Scope::kUpload});
  EXPECT_FALSE(key->grant.allows_project("any"));
  EXPECT_EQ(key->expires_ns, 1'802'937'600'000'000'000);
  EXPECT_EQ(key->last_used_ns, std::nullopt);
  ASSERT_EQ(access->sessions.size(), 1u);
  EXPECT_EQ(access->find_session(access->sessions[0].hash)->user, "ada");
}

// A member that is gone, or of another type, could be a limit: it must never read as "no limit".
TEST(AccessTest, AMemberThatIsMissingOrStrangeIsDamage) {
  const std::string golden = read_golden();
  const auto damaged = [&](std::string_view from, std::string_view to) {
    std::string text = golden;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    const auto access = parse_access(text.replace(at, from.size(), to));
    EXPECT_FALSE(access) << from << " -> " << to;
    return access ? std::string() : access.error().message();
  };
  for (const char* member : {"projects", "scopes", "expires_ns", "last_used_ns", "hash", "user",
                             "name", "password", "used_ns", "created_ns"})
    damaged(fmt::format("\"{}\"", member), "\"other\"");
  EXPECT_EQ(damaged("\"projects\": [", "\"projects\": 3, \"x\": ["),
            "expected a good 'projects' in keys[0]");
  damaged("\"upload\"", "\"uplaod\"");
  damaged("1802937600000000000", "\"never\"");
  damaged("$argon2id$", "$plain$");
  damaged("\"version\": 1", "\"version\": 2");
  damaged("\"version\": 1", "\"version\": \"1\"");
  damaged("\"users\"", "\"people\"");
}

}  // namespace
}  // namespace cairn::auth
