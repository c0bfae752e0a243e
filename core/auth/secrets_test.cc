// Tests of tokens, hashes and the decoy; and of buckets and scopes, which have no better place.
#include "auth/secrets.h"

#include <gtest/gtest.h>

#include "auth/attempts.h"
#include "auth/keeper.h"

namespace cairn::auth {
namespace {

constexpr PasswordCost kCheap{2, 16384};

// "$argon2id$v=19$m=16,t=2,p=1$": all that decides how long a check takes.
std::string cost_of(const std::string& hash) {
  return hash.substr(0, hash.find('$', hash.find("m=")) + 1);
}

TEST(SecretsTest, AKeyTellsItsIdAndNothingElseDoes) {
  const KeyText key = make_key_text();
  EXPECT_EQ(parse_key_id(key.text), key.id);
  EXPECT_NE(make_key_text().text, key.text);
  for (const std::string text : {"", "cairn_", "cairn__", "cairn_id_short", "sk-123"})
    EXPECT_FALSE(parse_key_id(text)) << text;
  EXPECT_FALSE(parse_key_id("cairn__" + make_token()));
  EXPECT_FALSE(parse_key_id("Cairn_id_" + make_token()));
}

TEST(SecretsTest, AHashServesOnePurpose) {
  const std::string token = make_token();
  EXPECT_TRUE(is_token(token));
  EXPECT_EQ(hash_token(token, "purpose number 1"), hash_token(token, "purpose number 1"));
  EXPECT_NE(hash_token(token, "purpose number 1"), hash_token(token, "purpose number 2"));
}

TEST(SecretsTest, EqualityLooksAtAllBytes) {
  EXPECT_TRUE(are_equal("same", "same"));
  EXPECT_FALSE(are_equal("same", "sama"));
  EXPECT_FALSE(are_equal("same", "samesame"));
  EXPECT_TRUE(are_equal("", ""));
}

TEST(SecretsTest, APasswordFitsItsHashOnly) {
  const auto hash = hash_password("correct horse", kCheap);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(is_password_hash(*hash));
  EXPECT_TRUE(is_password_of(*hash, "correct horse"));
  EXPECT_FALSE(is_password_of(*hash, "correct horse "));
  EXPECT_FALSE(is_password_of(*hash, std::string("correct horse\0", 14)));
  EXPECT_NE(*hash, *hash_password("correct horse", kCheap));  // salted
}

TEST(SecretsTest, TheDecoyCostsWhatARealHashCosts) {
  for (const PasswordCost& cost : {kCheap, PasswordCost()}) {
    const std::string decoy = make_decoy_hash(cost);
    EXPECT_TRUE(is_password_hash(decoy)) << decoy;
    if (cost.passes == kCheap.passes) {
      EXPECT_EQ(cost_of(decoy), cost_of(*hash_password("anything", cost)));
    } else {
      EXPECT_EQ(cost_of(decoy), "$argon2id$v=19$m=262144,t=3,p=1$");
    }
  }
  EXPECT_FALSE(is_password_of(make_decoy_hash(kCheap), ""));
}

TEST(SecretsTest, WhatIsNoHashIsSaidToBeNone) {
  for (const std::string text :
       {"", "password", "$argon2id$", "$argon2i$v=19$m=16,t=2,p=1$AAAA$AAAA",
        "$2b$10$abcdefghijklmnopqrstuv"})
    EXPECT_FALSE(is_password_hash(text)) << text;
}

TEST(SecretsTest, Base64IsReadAsBrowsersAndCurlWriteIt) {
  EXPECT_EQ(decode_base64("bWU6a2V5"), "me:key");
  EXPECT_EQ(decode_base64("bWU6a2V5MQ=="), "me:key1");
  EXPECT_FALSE(decode_base64("bWU6a2V5!"));
}

TEST(AttemptsTest, ABucketEmptiesAndFillsWithTime) {
  Attempts attempts({2, kNsPerSecond});
  EXPECT_EQ(attempts.take("a", 0), 0);
  EXPECT_EQ(attempts.take("a", 0), 0);
  EXPECT_EQ(attempts.take("a", kNsPerSecond / 4), kNsPerSecond * 3 / 4);
  EXPECT_EQ(attempts.take("b", 0), 0);
  EXPECT_EQ(attempts.take("a", kNsPerSecond), 0);
  EXPECT_GT(attempts.take("a", kNsPerSecond), 0);
  attempts.give_back("a");
  EXPECT_EQ(attempts.take("a", kNsPerSecond), 0);
}

TEST(AttemptsTest, AFloodOfNamesNeitherGrowsItNorFreesAnybody) {
  Attempts attempts({2, 3600 * kNsPerSecond});
  attempts.take("guilty", 0);
  attempts.take("guilty", 0);
  for (size_t i = 0; i < Attempts::kBucketsMax + 500; ++i) attempts.take(std::to_string(i), 0);
  EXPECT_LE(attempts.size(), Attempts::kBucketsMax);
  EXPECT_GT(attempts.take("guilty", 0), 0);
}

TEST(ScopesTest, AdminHasAllAndWriteHasReadAndUpload) {
  EXPECT_TRUE(Scopes{Scope::kAdmin}.has(Scope::kRead));
  EXPECT_TRUE(Scopes{Scope::kWrite}.has(Scope::kUpload));
  EXPECT_FALSE(Scopes{Scope::kWrite}.has(Scope::kAdmin));
  EXPECT_FALSE(Scopes{Scope::kUpload}.has(Scope::kRead));
  EXPECT_FALSE(Scopes{Scope::kRead}.has(Scope::kUpload));
  EXPECT_TRUE(Scopes().is_empty());
}

TEST(GrantTest, WhatTwoGrantsHaveInCommonIsNoMoreThanEither) {
  const Grant all{{Scope::kAdmin}, std::nullopt};
  const Grant some{{Scope::kRead}, std::vector<std::string>{"a", "b"}};
  const Grant others{{Scope::kWrite}, std::vector<std::string>{"b", "c"}};
  EXPECT_EQ(all.common_with(some).projects, some.projects);
  EXPECT_EQ(some.common_with(all).scopes, some.scopes);
  EXPECT_EQ(some.common_with(others).projects, std::vector<std::string>{"b"});
  EXPECT_FALSE(Identity().sees_project("a"));  // whom nobody named
}

}  // namespace
}  // namespace cairn::auth
