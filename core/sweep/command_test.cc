// Rules of a trial's command: W&B's macros, and how values are spelled.
#include "sweep/command.h"

#include <gtest/gtest.h>

namespace cairn::sweep {
namespace {

using model::List;
using model::Object;
using model::Value;
using Words = std::vector<std::string>;

const Config kConfig{{"opt.lr", 0.001}, {"amp", true}, {"log", false}, {"name", "a b"}};

Result<Words> fill(const Words& command, const Config& config = kConfig) {
  return fill_command(command, {.config = config,
                                .program = "train.py",
                                .find_variable =
                                    [](std::string_view name) {
                                      return name == "HOME" ? std::optional<std::string>("/home/a")
                                                            : std::nullopt;
                                    },
                                .config_json = "{}",
                                .config_path = "/tmp/config.json"});
}
Words filled(const Words& command, const Config& config = kConfig) {
  const auto words = fill(command, config);
  EXPECT_TRUE(words) << (words ? "" : words.error().message());
  return words.value_or(Words());
}
std::string refusal(const Words& command) {
  const auto words = fill(command);
  EXPECT_FALSE(words);
  return words ? "" : words.error().message();
}

TEST(Command, WithoutOneItIsTheUsual) {
  EXPECT_EQ(filled({}), (Words{"/usr/bin/env", "python", "train.py", "--opt.lr=0.001", "--amp=True",
                               "--log=False", "--name=a b"}));
}

TEST(Command, EveryFormOfTheArguments) {
  EXPECT_EQ(filled({"${args_no_equals}"}),
            (Words{"--opt.lr", "0.001", "--amp", "True", "--log", "False", "--name", "a b"}));
  EXPECT_EQ(filled({"${args_no_hyphens}"}),
            (Words{"opt.lr=0.001", "amp=True", "log=False", "name=a b"}));
  EXPECT_EQ(filled({"${args_no_boolean_flags}"}), (Words{"--opt.lr=0.001", "--amp", "--name=a b"}));
  EXPECT_EQ(filled({"${args_append_hydra}"}),
            (Words{"+opt.lr=0.001", "+amp=true", "+log=false", "+name='a b'"}));
  EXPECT_EQ(filled({"${args_override_hydra}"})[0], "++opt.lr=0.001");
  EXPECT_EQ(filled({"${args_json}", "${args_json_file}"}), (Words{"{}", "/tmp/config.json"}));
  EXPECT_TRUE(has_config_file(Words{"a", "${args_json_file}"}));
  EXPECT_FALSE(has_config_file(Words{"${args_json}"}));
}

TEST(Command, VariablesAndParametersStandWithinWords) {
  EXPECT_EQ(filled({"${envvar:HOME}/bin/${param:amp}-${plain:amp}", "$HOME ${other}"}),
            (Words{"/home/a/bin/True-true", "$HOME ${other}"}));
}

TEST(Command, WhatIsInactiveIsLeftOutWithItsOption) {
  EXPECT_EQ(filled({"a", "--degree", "${param:degree}", "--c=${param:c}", "-v"}),
            (Words{"a", "-v"}));
}

TEST(Command, ValuesAreSpelledForTheirReader) {
  EXPECT_EQ(spell(1e-5, Spelling::kPython), "1e-05");
  EXPECT_EQ(spell(2.0, Spelling::kPython), "2.0");
  EXPECT_EQ(spell(2, Spelling::kPython), "2");
  EXPECT_EQ(spell(nullptr, Spelling::kPython), "None");
  EXPECT_EQ(spell(nullptr, Spelling::kHydra), "null");
  EXPECT_EQ(spell(List{1, "it's"}, Spelling::kPython), "[1, 'it\\'s']");
  EXPECT_EQ(spell(List{1, "a"}, Spelling::kPlain), "1,a");
  EXPECT_EQ(spell(List{1, "1"}, Spelling::kHydra), "[1,'1']");
  EXPECT_EQ(spell(Object{{"a", 0.5}, {"b", 0.5}}, Spelling::kPython), "{'a': 0.5, 'b': 0.5}");
  EXPECT_EQ(spell(Object{{"a", 0.5}, {"b", 0.5}}, Spelling::kPlain), "a=0.5,b=0.5");
  EXPECT_EQ(spell("", Spelling::kHydra), "''");
}

TEST(Command, DottedNamesAreNestedForPrograms) {
  EXPECT_EQ(nested({{"a.b", 1}, {"a.c.d", 2}, {"e", 3}}),
            Value(Object{{"a", Object{{"b", 1}, {"c", Object{{"d", 2}}}}}, {"e", 3}}));
  EXPECT_EQ(nested({{"a", 1}, {"a.b", 2}}), Value(Object{{"a", 1}, {"a.b", 2}}));
}

TEST(Command, WhatIsWrongIsNamed) {
  EXPECT_EQ(refusal({"${arg}"}), "unknown macro ${arg} in the command: did you mean ${args}?");
  EXPECT_NE(refusal({"${envvar:NONE}"}).find("'NONE'"), std::string::npos);
  const auto words = fill_command(Words{"${program}"}, {.config = kConfig});
  ASSERT_FALSE(words);
  EXPECT_NE(words.error().message().find("expected 'program'"), std::string::npos);
}

}  // namespace
}  // namespace cairn::sweep
