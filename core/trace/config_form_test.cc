// Rules of configurations: their canonical text, the classes of keys, secrets and differences.
#include "trace/config_form.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "wire/json.h"

namespace cairn::trace {
namespace {

using model::List;
using model::Object;
using model::Value;
using std::string_view;

Value parse(string_view json) {
  const auto value = wire::parse_json(json);
  EXPECT_TRUE(value) << json;
  return value ? *value : Value();
}

std::string canon(string_view json, string_view root = {}) {
  return canonical_config(parse(json), root);
}

TEST(CanonicalConfigTest, OrderAndSpellingMeanNothing) {
  EXPECT_EQ(canon(R"({"b": 1, "a": [1e-1, "x"]})"), R"({"a":[0.1,"x"],"b":1})");
  EXPECT_EQ(canon(R"({"epochs": 3.0})"), canon(R"({"epochs": 3})"));
  EXPECT_EQ(canon("[-0.0, 0, 1e3, 1E+18]"), "[0,0,1000,1000000000000000000]");
  EXPECT_EQ(canon("[NaN, Infinity, -Infinity]"), "[NaN,Infinity,-Infinity]");
  EXPECT_EQ(canonical_config(Value(-std::nan(""))), "NaN");
  EXPECT_EQ(canon(R"("cafe\u0301")"), canon(R"("caf\u00e9")"));
  EXPECT_EQ(canon(R"({"cafe\u0301": 1})"), canon(R"({"caf\u00e9": 1})"));
  EXPECT_EQ(canon(R"("\u0001\"\\\n")"), R"("\u0001\"\\\n")");
}

TEST(CanonicalConfigTest, TypesAndValuesMatter) {
  const auto differ = [](string_view a, string_view b) { EXPECT_NE(canon(a), canon(b)) << a << b; };
  differ("1", "true");
  differ("0", "false");
  differ("0", "null");
  differ("1", "\"1\"");
  differ("0.1", "0.10000000000000002");
  differ("NaN", "\"NaN\"");
  differ("[1, 2]", "[2, 1]");
  differ("{}", "[]");
  differ(R"({"a": {"b": 1}})", R"({"a.b": 1})");
  differ("9007199254740992", "9007199254740993");
}

TEST(CanonicalConfigTest, PathsInsideTheProjectAreRelative) {
  EXPECT_EQ(canon(R"(["/home/a/p/data/x.csv", "/home/a/p", "/home/a/p/"])", "/home/a/p"),
            R"(["data/x.csv",".",""])");
  EXPECT_EQ(canon(R"({"d": "/home/a/p/data"})", "/home/a/p/"),
            canon(R"({"d": "/srv/b/data"})", "/srv/b"));
  EXPECT_EQ(canon(R"("/home/a/pq")", "/home/a/p"), R"("/home/a/pq")");
}

TEST(CanonicalConfigTest, SecretsAreNotInIt) {
  const std::string text = canon(R"({"api_key": "sk-1234", "lr": 1, "url": "http://u:pw@h/"})");
  EXPECT_EQ(text.find("1234"), std::string::npos) << text;
  EXPECT_EQ(text.find("pw"), std::string::npos) << text;
  EXPECT_EQ(text, canon(R"({"api_key": "sk-9999", "lr": 1, "url": "http://u:other@h/"})"));
}

TEST(KeyClassesTest, KnowTheHousesList) {
  const KeyClasses classes;
  const auto expect = [&](KeyClass key_class, std::vector<string_view> keys) {
    for (const string_view key : keys)
      EXPECT_EQ(print_key_class(classes.class_of(key)), print_key_class(key_class)) << key;
  };
  expect(KeyClass::kReplicate, {"seed", "seed_data", "random_seed", "model.seed", "fold", "rep"});
  expect(KeyClass::kExecution,
         {"num_workers", "pin_memory", "prefetch_factor", "log_every", "log-every", "out",
          "out_dir", "output_dir", "data.cache_dir", "run_name", "tags", "device", "gpus",
          "verbose", "resume", "wandb", "wandb_project", "wandb.project", "trainer.logging.level"});
  expect(KeyClass::kBudget, {"epochs", "max_steps", "train.steps", "max_time", "patience"});
  // What only looks like one of them is what decides the result.
  expect(KeyClass::kSemantic,
         {"lr", "out_channels", "output_dim", "log_scale", "log_softmax", "bidir", "warmup_steps",
          "outer_lr", "tagset", "rep_penalty", "devices_per_expert", "step_size", ""});
}

TEST(KeyClassesTest, RulesGoBeforeTheListAndTheLastOneWins) {
  KeyClasses classes;
  classes.add_rule("num_workers", KeyClass::kSemantic);
  classes.add_rule("optimizer.*", KeyClass::kExecution);
  classes.add_rule("optimizer.lr", KeyClass::kSemantic);
  classes.add_rule("debug", KeyClass::kExecution);
  classes.add_rule("license", KeyClass::kSecret);
  EXPECT_EQ(classes.class_of("num_workers"), KeyClass::kSemantic);
  EXPECT_EQ(classes.class_of("data.num_workers"), KeyClass::kSemantic);
  EXPECT_EQ(classes.class_of("optimizer.eps"), KeyClass::kExecution);
  EXPECT_EQ(classes.class_of("optimizer.lr"), KeyClass::kSemantic);
  EXPECT_EQ(classes.class_of("debug.level.deep"), KeyClass::kExecution);
  EXPECT_EQ(classes.class_of("license"), KeyClass::kSecret);
  EXPECT_EQ(classes.class_of("lr"), KeyClass::kSemantic);
}

TEST(SplitConfigTest, EachPartKeepsItsNesting) {
  const ConfigParts parts = split_config(
      parse(R"({"opt": {"lr": 0.1, "seed": 1}, "epochs": 3, "num_workers": 4, "empty": {}})"),
      KeyClasses());
  EXPECT_EQ(canonical_config(parts.semantic), R"({"empty":{},"opt":{"lr":0.1}})");
  EXPECT_EQ(canonical_config(parts.replicate), R"({"opt":{"seed":1}})");
  EXPECT_EQ(canonical_config(parts.budget), R"({"epochs":3})");
  EXPECT_EQ(canonical_config(parts.execution), R"({"num_workers":4})");
  EXPECT_TRUE(parts.secrets.empty());
}

TEST(SplitConfigTest, SecretsAreNamedAndNothingDependsOnThem) {
  const auto split = [](string_view json) { return split_config(parse(json), KeyClasses()); };
  const ConfigParts a = split(
      R"({"db": {"password": "hunter2", "port": 1}, "hf_token": "x1", "pad_token": "<pad>"})");
  EXPECT_EQ(a.secrets, (std::vector<std::string>{"db.password", "hf_token"}));
  EXPECT_EQ(canonical_config(a.semantic), R"({"db":{"port":1},"pad_token":"<pad>"})");
  for (const string_view other :
       {R"({"db": {"password": 1234, "port": 1}, "hf_token": "y2", "pad_token": "<pad>"})",
        R"({"db": {"password": "", "port": 1}, "hf_token": null, "pad_token": "<pad>"})",
        R"({"db": {"port": 1}, "pad_token": "<pad>"})"})
    EXPECT_EQ(canonical_config(split(other).semantic), canonical_config(a.semantic)) << other;
}

TEST(SplitConfigTest, WhatIsNoObjectHasNoParts) {
  for (const string_view json : {"null", "[1]", "1", "\"a\""})
    EXPECT_EQ(canonical_config(split_config(parse(json), KeyClasses()).semantic), "{}");
}

TEST(CompareConfigsTest, TheLastDigitsAreNoDifference) {
  EXPECT_TRUE(is_same_config(parse("0.1"), parse("0.10000000000000002")));
  EXPECT_TRUE(is_same_config(parse("[1.0, {\"a\": NaN}]"), parse("[1, {\"a\": NaN}]")));
  EXPECT_TRUE(is_same_config(parse(R"({"a": 1, "b": 2})"), parse(R"({"b": 2, "a": 1})")));
  EXPECT_FALSE(is_same_config(parse("0.1"), parse("0.1000001")));
  EXPECT_FALSE(is_same_config(parse("0"), parse("1e-300")));
  EXPECT_FALSE(is_same_config(parse("Infinity"), parse("1e308")));
  EXPECT_FALSE(is_same_config(parse("Infinity"), parse("-Infinity")));
  EXPECT_FALSE(is_same_config(parse("1"), parse("true")));
  EXPECT_FALSE(is_same_config(parse("9007199254740992"), parse("9007199254740993")));
  EXPECT_FALSE(is_same_config(parse("[1]"), parse("[1, 1]")));
  EXPECT_FALSE(is_same_config(parse(R"({"a": 1})"), parse(R"({"b": 1})")));
  EXPECT_TRUE(is_same_config(parse(R"({"a": 1, "a": 2})"), parse(R"({"a": 2})")));
}

TEST(CompareConfigsTest, DifferencesHaveNameClassBeforeAndAfter) {
  const auto differences = compare_configs(
      parse(R"({"opt": {"lr": 0.1, "wd": 0}, "seed": 0, "old": [1], "token": "a", "same": 3})"),
      parse(R"({"opt": {"lr": 0.11, "wd": 0}, "seed": 1, "new": "x", "token": "b", "same": 3.0})"),
      KeyClasses());
  ASSERT_EQ(differences.size(), 4u);
  EXPECT_EQ(differences[0].name, "new");
  EXPECT_FALSE(differences[0].before);
  EXPECT_EQ(differences[0].after, Value("x"));
  EXPECT_EQ(differences[1].name, "old");
  EXPECT_FALSE(differences[1].after);
  EXPECT_EQ(differences[2].name, "opt.lr");
  EXPECT_EQ(differences[2].before, Value(0.1));
  EXPECT_EQ(differences[2].after, Value(0.11));
  EXPECT_EQ(differences[2].key_class, KeyClass::kSemantic);
  EXPECT_EQ(differences[3].name, "seed");
  EXPECT_EQ(differences[3].key_class, KeyClass::kReplicate);
}

TEST(ArgumentTest, NumbersBoolsAndNullAreRead) {
  EXPECT_EQ(value_of_argument("1e-1"), Value(0.1));
  EXPECT_EQ(value_of_argument("-3"), Value(-3));
  EXPECT_EQ(value_of_argument("+.5"), Value(0.5));
  EXPECT_EQ(value_of_argument("true"), Value(true));
  EXPECT_EQ(value_of_argument("None"), Value());
  for (const string_view text :
       {"", "adam", "1e", "0x10", "007", "1.2.3", "nan", "inf", "-", ".", "1 ", "1e999"})
    EXPECT_EQ(value_of_argument(text), Value(text)) << text;
}

}  // namespace
}  // namespace cairn::trace
