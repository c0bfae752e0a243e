// Keys: what they cover, what they leave out; manifests and command lines.
#include "recall/identity.h"

#include <gtest/gtest.h>

#include <set>

#include "base/disk.h"
#include "recall/manifest.h"
#include "wire/json.h"

namespace cairn::recall {
namespace {

using model::Object;
using model::Value;

class IdentityTest : public ::testing::Test {
 protected:
  IdentityTest() {
    record.inputs = {{"data.csv", trace::InputKind::kData, "d1", 10, 0, ""},
                     {"train.py", trace::InputKind::kCode, "raw1", 20, 0, "form1"}};
    record.environment = {{"AUGMENT", "v1"}};
    record.listings = {{"shards", "l1"}};
    record.absent = {"extra.json"};
    record.distributions = {{"numpy", "1.26.0", ""}};
    record.python = "3.11.2";
  }

  Identity keys() const { return identify(program, split(), record); }
  trace::ConfigParts split() const { return trace::split_config(config, trace::KeyClasses()); }

  // The names of the keys that a change moves.
  template <typename Change>
  std::set<std::string> moved_by(Change change) {
    const Identity before = keys();
    change();
    const Identity after = keys();
    std::set<std::string> moved;
    if (before.pre != after.pre) moved.insert("P");
    if (before.experiment != after.experiment) moved.insert("F");
    if (before.no_budget != after.no_budget) moved.insert("F0");
    if (before.replicate != after.replicate) moved.insert("R");
    if (before.exact != after.exact) moved.insert("X");
    if (before.code != after.code) moved.insert("C");
    return moved;
  }

  using Keys = std::set<std::string>;
  Program program{"python", "train.py", "form1"};
  Value config = Object{{"lr", 0.1}, {"seed", 0}, {"epochs", 30}, {"num_workers", 0}};
  trace::DependencyRecord record;
};

TEST_F(IdentityTest, EachKindOfSettingMovesItsKeys) {
  EXPECT_EQ(moved_by([&] { config.set("lr", 0.2); }), (Keys{"P", "F", "F0", "R", "X"}));
  EXPECT_EQ(moved_by([&] { config.set("epochs", 60); }), (Keys{"P", "F", "R", "X"}));
  EXPECT_EQ(moved_by([&] { config.set("seed", 1); }), (Keys{"R", "X"}));
  EXPECT_EQ(moved_by([&] { config.set("num_workers", 8); }), (Keys{"X"}));
}

TEST_F(IdentityTest, WhatWasReadMovesTheExperiment) {
  const Keys experiment = {"F", "F0", "R", "X"};
  EXPECT_EQ(moved_by([&] { record.inputs[0].digest = "d2"; }), experiment);
  EXPECT_EQ(moved_by([&] { record.environment[0].digest = "v2"; }), experiment);
  EXPECT_EQ(moved_by([&] { record.listings[0].digest = "l2"; }), experiment);
  EXPECT_EQ(moved_by([&] { record.absent.clear(); }), experiment);
}

TEST_F(IdentityTest, CodeCountsByItsMeaning) {
  EXPECT_EQ(moved_by([&] { record.inputs[1].digest = "raw2"; }), Keys());
  EXPECT_EQ(moved_by([&] { record.inputs[1].code_digest = "form2"; }),
            (Keys{"F", "F0", "R", "X", "C"}));
}

TEST_F(IdentityTest, VersionsOfPackagesAreInTheExactKeyAlone) {
  EXPECT_EQ(moved_by([&] { record.distributions[0].version = "2.0.0"; }), Keys{"X"});
  EXPECT_EQ(moved_by([&] { record.python = "3.12.0"; }), Keys{"X"});
}

TEST_F(IdentityTest, ASaltPartsEverything) {
  const Identity salted = identify(program, split(), record, "2027");
  EXPECT_NE(salted.pre, keys().pre);
  EXPECT_NE(salted.exact, keys().exact);
}

TEST_F(IdentityTest, NoTwoListsAreTakenForOne) {
  record.absent = {"a", "b"};
  const Identity two = keys();
  record.absent = {"ab"};
  EXPECT_NE(two.experiment, keys().experiment);
  record.absent = {"a"};
  record.present = {"b"};
  EXPECT_NE(two.experiment, keys().experiment);
}

TEST_F(IdentityTest, KeysAreThirtyTwoDigits) {
  for (const std::string& key : {keys().pre, keys().exact, keys().code}) {
    EXPECT_EQ(key.size(), 32U);
    EXPECT_EQ(key.find_first_not_of("0123456789abcdef"), std::string::npos);
  }
}

TEST_F(IdentityTest, AManifestComesBackAsItWasWritten) {
  Manifest manifest{program, {"python", "train.py", "--lr", "0.1"}, "", config, record, keys()};
  const auto text = wire::print_json(to_value(manifest));
  const auto again = parse_manifest(*wire::parse_json(text));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(wire::print_json(to_value(*again)), text);
}

TEST_F(IdentityTest, ManifestsOfTheFirstVersionAreReadForEver) {
  const auto text =
      read_file(posix_disk(), CAIRN_SOURCE_DIR "/tests/golden/manifest_v1.json", 1 << 20);
  ASSERT_TRUE(text);
  const auto manifest = parse_manifest(*wire::parse_json(*text));
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->program, (Program{"python", "train.py", manifest->program.digest}));
  EXPECT_EQ(wire::print_json(to_value(*manifest)), *text);
  // The digits are for ever: runs are found by them.
  EXPECT_EQ(manifest->identity.pre, "38c6fe0b0e72534bfd07b3d87c718b0c");
  EXPECT_EQ(pre_key(manifest->program, trace::split_config(manifest->config, trace::KeyClasses())),
            manifest->identity.pre);
  const Identity again =
      identify(manifest->program, trace::split_config(manifest->config, trace::KeyClasses()),
               manifest->record);
  EXPECT_EQ(again.experiment, manifest->identity.experiment);
  EXPECT_EQ(again.no_budget, manifest->identity.no_budget);
  EXPECT_EQ(again.replicate, manifest->identity.replicate);
  EXPECT_EQ(again.exact, manifest->identity.exact);
  EXPECT_EQ(again.code, manifest->identity.code);
}

TEST_F(IdentityTest, AManifestOfANewerCairnIsRefused) {
  Value value = to_value(Manifest{program, {}, "", config, record, keys()});
  value.set("version", 2);
  EXPECT_FALSE(parse_manifest(value));
  EXPECT_FALSE(parse_manifest(Value("text")));
}

std::string config_of(std::vector<std::string> arguments) {
  return wire::print_json(config_of_arguments(arguments));
}

TEST(ArgumentsTest, AreReadInTheFormsThatProgramsTake) {
  EXPECT_EQ(config_of({"--lr", "1e-1", "--opt=adam", "-n", "5", "--flag"}),
            R"({"lr":0.1,"opt":"adam","n":5,"flag":true})");
  EXPECT_EQ(config_of({"model.depth=3", "+trainer.fast=true"}),
            R"({"model.depth":3,"+trainer.fast":true})");
  EXPECT_EQ(config_of({"data.csv", "--shift", "-0.5", "out"}),
            R"({"argument_0":"data.csv","shift":-0.5,"argument_1":"out"})");
  EXPECT_EQ(config_of({"--", "--lr", "1"}), R"({"argument_0":"--lr","argument_1":1})");
}

TEST(ArgumentsTest, OneNameForDashesAndLines) {
  EXPECT_EQ(config_of({"--batch-size", "3"}), config_of({"--batch_size=3"}));
}

TEST(ArgumentsTest, AnOptionGivenTwiceIsAList) {
  EXPECT_EQ(config_of({"--tag", "a", "--tag", "b", "--tag", "c"}), R"({"tag":["a","b","c"]})");
}

TEST(ArgumentsTest, SecretsAreNotKept) {
  EXPECT_EQ(config_of({"--api-key", "sk-verysecret"}).find("verysecret"), std::string::npos);
}

}  // namespace
}  // namespace cairn::recall
