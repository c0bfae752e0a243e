// Rules of what is a secret, as tables of examples.
#include "model/secret.h"

#include <gtest/gtest.h>

namespace cairn::model {
namespace {

// Made up, in the shapes of the real ones; split so that no scanner takes them for leaked ones.
const std::string kGithub = std::string("ghp_") + "0123456789abcdefghijABCDEFGHIJ012345";
const std::string kHub = std::string("hf_") + "AbCdEfGhIjKlMnOpQrStUvWx12345678";
const std::string kAws = std::string("AKIA") + "IOSFODNN7EXAMPLE";
const std::string kOpen = std::string("sk-") + "proj-abcDEF123-ghiJKL456_mnoPQR789";
const std::string kCairn =
    std::string("cairn_") + "fpnc2z47gkaq_vTK8hU2mG0pXh9ocQbrbRrqEw4bYJ0uDLyN0d7A1Bz-";
const std::string kJwt =
    std::string("eyJ") + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N";

Value object(Object members) { return Value(std::move(members)); }

TEST(SecretName, NamesThatSpeakOfASecretAreCaught) {
  for (const char* name : {"api_key",
                           "apiKey",
                           "APIKEY",
                           "ApiKey",
                           "HF_TOKEN",
                           "WANDB_API_KEY",
                           "--db-password",
                           "aws-secret-access-key",
                           "AWS_ACCESS_KEY_ID",
                           "db_password",
                           "dbpassword",
                           "auth",
                           "oauth",
                           "authToken",
                           "authtoken",
                           "bearer",
                           "passwd",
                           "pwd",
                           "db_pass",
                           "private_key",
                           "privateKey",
                           "client_secret",
                           "session_token",
                           "accesstoken",
                           "credentials",
                           "SLURM_JWT",
                           "token",
                           "key",
                           "model.api_key",
                           "data.api_key",
                           "data_api_key",
                           "github.token",
                           "encryption_key",
                           "secrets",
                           "api_keys",
                           "access_tokens",
                           "password_file"})
    EXPECT_TRUE(is_secret_name(name)) << name;
}

TEST(SecretName, TheVocabularyOfLearningIsNot) {
  for (const char* name : {"tokenizer",
                           "tokenizer_path",
                           "TOKENIZERS_PARALLELISM",
                           "max_tokens",
                           "num_tokens",
                           "maxTokens",
                           "tokens",
                           "tokens_per_second",
                           "token_dim",
                           "pad_token_id",
                           "eos_token",
                           "bos_token",
                           "special_tokens",
                           "mask_token",
                           "token_type",
                           "key_dim",
                           "key_size",
                           "keys",
                           "num_key_value_heads",
                           "keys_per_row",
                           "key_padding_mask",
                           "keyboard",
                           "keypoints",
                           "monkey",
                           "secretary",
                           "author",
                           "authors",
                           "batch_size",
                           "lr",
                           "n_pass",
                           "passes",
                           "bypass",
                           "compass",
                           "attention",
                           "passenger",
                           "",
                           "---"})
    EXPECT_FALSE(is_secret_name(name)) << name;
}

TEST(SecretText, ADoubtfulNameIsJudgedByItsText) {
  EXPECT_FALSE(is_secret("pad_token", "<pad>"));
  EXPECT_FALSE(is_secret("special_token", "<|reserved_special_token_0|>"));
  EXPECT_FALSE(is_secret("key_proj", "k_proj"));
  EXPECT_FALSE(is_secret("max_tokens", "4096"));
  EXPECT_TRUE(is_secret("input_token", "9f8a7b6c5d4e3f2a1b0c"));
  EXPECT_TRUE(is_secret("data_key", std::string(64, 'x')));
  EXPECT_TRUE(is_secret("token", "x"));
  EXPECT_FALSE(is_secret("token", ""));
  EXPECT_FALSE(is_secret("monkey", "9f8a7b6c5d4e3f2a1b0c"));
}

TEST(SecretText, KnownCredentialsAreFoundUnderAnyNameAndInsideProse) {
  for (const std::string& credential : {kGithub, kHub, kAws, kOpen, kCairn, kJwt}) {
    EXPECT_EQ(redact_text(credential), "[redacted]") << credential;
    EXPECT_EQ(redact_text("use '" + credential + "', then go"), "use '[redacted]', then go");
  }
  EXPECT_EQ(redact_text("Authorization: Basic dXNlcjpwYXNz\nHost: x"),
            "Authorization: [redacted]\nHost: x");
  EXPECT_EQ(redact_text("-H 'Bearer abcdef0123456789abcdef'"), "-H '[redacted]'");
  EXPECT_EQ(
      redact_text("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb"),
      "a\n[redacted]\nb");
  EXPECT_EQ(redact_text("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl"), "[redacted]");
}

TEST(SecretText, OrdinaryTextIsLeftAsItIs) {
  for (const char* text :
       {"", "hf_hub_download", "sk-learn", "task-1234567890123456789012", "resnet50-v1.5-bf16",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----", "basic training 12345678",
        "meta-llama/Llama-3.1-8B-Instruct", "eyJust a word", "a://b", "://", "s3://bucket/k@v",
        "bearer of bad news", "\xff\xfe latin", "user@example.org"})
    EXPECT_EQ(redact_text(text), text);
}

TEST(RedactUrl, UserNameAndPasswordGoTheRestStays) {
  const std::pair<const char*, const char*> examples[] = {
      {"https://user:pass@host.org/a/b.git", "https://host.org/a/b.git"},
      {"https://token@host.org", "https://host.org"},
      {"https://u:p@ss@host.org/", "https://host.org/"},
      {"ssh://git@host.org:22/a", "ssh://host.org:22/a"},
      {"https://host.org/a@b", "https://host.org/a@b"},
      {"https://host.org/?page=2&api_key=abc#top",
       "https://host.org/?page=2&api_key=[redacted]#top"},
      {"git@host.org:a/b.git", "git@host.org:a/b.git"},
      {"/local/path", "/local/path"},
      {"", ""},
  };
  for (const auto& [url, expected] : examples) EXPECT_EQ(redact_url(url), expected);
  EXPECT_EQ(redact_text("postgres://u:p@db/x and https://v@h/y"),
            "postgres://db/x and https://h/y");
  EXPECT_EQ(redact_text("https://host/" + kHub), "https://host/[redacted]");
}

TEST(Redact, StringsUnderSecretNamesGoAtAnyDepth) {
  Value config = object({{"lr", 0.1},
                         {"api_key", "abc"},
                         {"opt", object({{"hfToken", "abc"}, {"name", "sgd"}})},
                         {"credentials", object({{"user", "ann"}, {"port", 5432}})},
                         {"api_keys", List{Value("a"), Value(7)}},
                         {"stages", List{object({{"token", "abc"}})}},
                         {"note", "log in with " + kHub},
                         {"db", "mysql://ann:pw@db/runs"}});
  redact(config);
  EXPECT_EQ(config, object({{"lr", 0.1},
                            {"api_key", "[redacted]"},
                            {"opt", object({{"hfToken", "[redacted]"}, {"name", "sgd"}})},
                            {"credentials", object({{"user", "[redacted]"}, {"port", 5432}})},
                            {"api_keys", List{Value("[redacted]"), Value(7)}},
                            {"stages", List{object({{"token", "[redacted]"}})}},
                            {"note", "log in with [redacted]"},
                            {"db", "mysql://db/runs"}}));
}

TEST(Redact, NumbersBoolsAndLearningsOwnTokensAreKept) {
  const Value before = object({{"key_bits", 2048},
                               {"use_token", true},
                               {"token", Value()},
                               {"api_key", ""},
                               {"password_length", 12},
                               {"pad_token", "<pad>"},
                               {"special_tokens", List{Value("<s>"), Value("</s>")}},
                               {"keys", List{Value("loss"), Value("acc")}},
                               {"tokenizer", "meta-llama/Llama-3.1-8B"}});
  Value after = before;
  redact(after);
  EXPECT_EQ(after, before);
}

TEST(Redact, APasswordMayBeANumber) {
  Value config = object({{"db_password", 123456}, {"password", false}});
  redact(config);
  EXPECT_EQ(config, object({{"db_password", "[redacted]"}, {"password", false}}));
}

TEST(RedactArgv, TheSecretPartOfEachFormIsReplaced) {
  EXPECT_EQ(redact_argv({"train.py",
                         "--api-key",
                         "abc",
                         "--token=abc",
                         "--lr",
                         "0.1",
                         "HF_TOKEN=abc",
                         "+model.api_key=abc",
                         "--url=https://u:p@h/x",
                         "https://u:p@h/x",
                         kGithub,
                         "-H",
                         "Authorization: Bearer abc",
                         "--auth",
                         "--max-tokens",
                         "128",
                         "--pad-token",
                         "<pad>",
                         "--tokenizer",
                         "a/b",
                         "--password"}),
            (std::vector<std::string>{"train.py",
                                      "--api-key",
                                      "[redacted]",
                                      "--token=[redacted]",
                                      "--lr",
                                      "0.1",
                                      "HF_TOKEN=[redacted]",
                                      "+model.api_key=[redacted]",
                                      "--url=https://h/x",
                                      "https://h/x",
                                      "[redacted]",
                                      "-H",
                                      "Authorization: [redacted]",
                                      "--auth",
                                      "--max-tokens",
                                      "128",
                                      "--pad-token",
                                      "<pad>",
                                      "--tokenizer",
                                      "a/b",
                                      "--password"}));
}

}  // namespace
}  // namespace cairn::model
