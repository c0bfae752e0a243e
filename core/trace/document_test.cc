// Rules of the normal form of YAML, JSON and TOML.
#include "trace/document.h"

#include <gtest/gtest.h>

#include "trace/code_form.h"

namespace cairn::trace {
namespace {

using std::string_view;

class Rules {
 public:
  explicit Rules(CodeKind kind) : x_kind(kind) {}

  void same(string_view a, string_view b) const {
    EXPECT_EQ(form(a), form(b)) << a << "\n--\n" << b;
  }
  void different(string_view a, string_view b) const {
    EXPECT_NE(form(a), form(b)) << a << "\n--\n" << b;
  }
  void broken(string_view bytes) const {
    const CodeForm form = normal_form(x_kind, bytes);
    EXPECT_TRUE(form.is_fallback) << bytes;
    EXPECT_EQ(form.text, bytes);
  }

 private:
  std::string form(string_view bytes) const {
    const CodeForm form = normal_form(x_kind, bytes);
    EXPECT_FALSE(form.is_fallback) << bytes;
    return form.text;
  }

  CodeKind x_kind;
};

TEST(JsonFormTest, OrderSpellingAndSpaceMeanNothing) {
  const Rules json(CodeKind::kJson);
  json.same(R"({"a": 1, "b": [2, "c"]})", "{\n\"b\":[2,\"\\u0063\"],\"a\":1}\n");
  json.same("0.1", "1e-1");
  json.same("[2.50, 10]", "[25E-1, 10]");
  json.same(R"("ä")", R"("\u00e4")");
  json.same(R"("😀")", R"("\ud83d\ude00")");
}

TEST(JsonFormTest, ValuesTypesAndListsMatter) {
  const Rules json(CodeKind::kJson);
  json.different("1", "2");
  json.different("1", "1.0");
  json.different("1", "\"1\"");
  json.different("true", "1");
  json.different("null", "\"null\"");
  json.different("[1, 2]", "[2, 1]");
  json.different("[]", "{}");
  json.different("NaN", "Infinity");
  json.different("-Infinity", "Infinity");
  json.different("18446744073709551616", "18446744073709551617");
  json.different("-0.0", "0.0");
  json.different(R"({"a": 1, "a": 2})", R"({"a": 2, "a": 1})");
  json.different(R"({"a": 1, "a": 2})", R"({"a": 2})");
  json.different(R"({"a": {"b": 1}})", R"({"a": {}, "b": 1})");
}

TEST(JsonFormTest, WhatIsNoJsonIsItsBytes) {
  const Rules json(CodeKind::kJson);
  for (const string_view bytes : {"", "{", "[1,]", "{\"a\"}", "01", "+1", ".5", "1 2", "// c\n1",
                                  "'a'", "\"\\ud800\"", "\"\xFF\"", "\"\n\"", "nul", "1e", "--1"})
    json.broken(bytes);
  json.broken(std::string(100'000, '['));
}

TEST(YamlFormTest, OrderCommentsQuotesAndStyleMeanNothing) {
  const Rules yaml(CodeKind::kYaml);
  yaml.same("a: 1\nb: [x, z]\n", "# c\nb:\n  - \"x\"\n  - 'z'  # c\na: 1\n");
  yaml.same("a: {b: 1}\n", "a:\n    b: 1\n");
  yaml.same("lr: 0.1\n", "lr: 0.10\n");
  yaml.same("lr: 1.0e-3\n", "lr: 0.001\n");
  yaml.same("n: 0x10\n", "n: 16\n");
  yaml.same("a: ~\n", "a:\n");
  yaml.same("a: True\n", "a: true\n");
  yaml.same("a: |\n  x\n  y\n", "a: \"x\\ny\\n\"\n");
  yaml.same("a: x y\n", "a: 'x y'\n");
  yaml.same("---\na: 1\n...\n", "a: 1\n");
  yaml.same("a: .inf\n", "a: +.INF\n");
}

TEST(YamlFormTest, AnchorsAreWhatTheyStandFor) {
  const Rules yaml(CodeKind::kYaml);
  yaml.same("a: &x {b: 1}\nc: *x\n", "a: {b: 1}\nc: {b: 1}\n");
  yaml.same("a: &x 1\nb: *x\n", "a: &other 1\nb: *other\n");
  yaml.same("a: &x {b: 1}\nc: {<<: *x}\n", "a: {b: 1}\nc:\n  <<: {b: 1}\n");
  yaml.different("a: &x 1\nb: *x\n", "a: 1\nb: 2\n");
}

TEST(YamlFormTest, WhatVersionsOfYamlReadDifferentlyIsLeftAlone) {
  const Rules yaml(CodeKind::kYaml);
  yaml.different("a: yes\n", "a: true\n");
  yaml.different("a: yes\n", "a: 'yes'\n");
  yaml.different("a: 1e-1\n", "a: 0.1\n");
  yaml.different("a: 1e-1\n", "a: '1e-1'\n");
  yaml.different("a: 012\n", "a: 12\n");
  yaml.different("a: 012\n", "a: 10\n");
  yaml.different("a: 1_000\n", "a: 1000\n");
  yaml.different("a: 1:30\n", "a: 90\n");
  yaml.different("a: 2026-01-02\n", "a: '2026-01-02'\n");
}

TEST(YamlFormTest, ValuesTypesTagsAndDocumentsMatter) {
  const Rules yaml(CodeKind::kYaml);
  yaml.different("a: 1\n", "a: '1'\n");
  yaml.different("a: 1\n", "a: 1.0\n");
  yaml.different("a: null\n", "a: 'null'\n");
  yaml.different("a: 1\n", "a: !!str 1\n");
  yaml.different("a: !x 1\n", "a: !y 1\n");
  yaml.different("a: 1\na: 2\n", "a: 2\na: 1\n");
  yaml.different("a: 1\n---\nb: 1\n", "a: 1\nb: 1\n");
  yaml.different("a: 1\n---\nb: 1\n", "b: 1\n---\na: 1\n");
  yaml.different("%YAML 1.1\n---\na: 1\n", "%YAML 1.2\n---\na: 1\n");
  yaml.different("a: |\n  x\n", "a: >-\n  x\n");
  yaml.different("- 1\n- 2\n", "- 2\n- 1\n");
}

TEST(YamlFormTest, BombsCyclesAndBrokenTextAreTheirBytes) {
  const Rules yaml(CodeKind::kYaml);
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k ? ", " : "") + below;
    bomb += "]\n";
  }
  yaml.broken(bomb);
  yaml.broken("&a [*a]\n");
  yaml.broken("x: &a 1\ny: &a [*a]\n");
  yaml.broken("*missing\n");
  yaml.broken("a: [1\n");
  yaml.broken("a: 1\n\tb: 2\n");
  yaml.broken("a: \xFF\n");
  yaml.broken(std::string(100'000, '['));
}

TEST(TomlFormTest, OrderCommentsAndSpellingMeanNothing) {
  const Rules toml(CodeKind::kToml);
  toml.same("a = 1\n[b]\nc = 'x'\n", "b.c = \"x\" # c\na = 0x1\n");
  toml.same("a = 1_000\n", "a = 1000\n");
  toml.same("a = 0.10\n", "a = 1e-1\n");
  toml.same("a = [1, 2,]\n", "a = [\n  1,\n  2 # c\n]\n");
  toml.same("a = 1979-05-27T07:32:00Z\n", "a = 1979-05-27 07:32:00.000+00:00\n");
}

TEST(TomlFormTest, ValuesTypesAndDatesMatter) {
  const Rules toml(CodeKind::kToml);
  toml.different("a = 1\n", "a = 1.0\n");
  toml.different("a = 1\n", "a = '1'\n");
  toml.different("a = 1979-05-27\n", "a = '1979-05-27'\n");
  toml.different("a = 1979-05-27T07:32:00Z\n", "a = 1979-05-27T07:32:00\n");
  toml.different("a = 1979-05-27T07:32:00Z\n", "a = 1979-05-27T07:32:00+01:00\n");
  toml.different("a = nan\n", "a = inf\n");
  toml.different("a = [1, 2]\n", "a = [2, 1]\n");
}

TEST(TomlFormTest, WhatIsNoTomlIsItsBytes) {
  const Rules toml(CodeKind::kToml);
  for (const string_view bytes : {"a", "a = ", "a = 1\na = 2\n", "[a\n", "a = 01\n", "a = \xFF\n"})
    toml.broken(bytes);
  toml.broken("a = " + std::string(10'000, '['));
}

TEST(DocumentTest, IsPrintedForPeople) {
  EXPECT_EQ(normal_form(CodeKind::kYaml, "b: [1, yes]\na: {x: 0.5}\n").text,
            "!\"documents\" [\n\t{\n\t\t\"a\": {\n\t\t\t\"x\": 5e-1}\n\t\t\"b\": [\n\t\t\t1\n"
            "\t\t\t~\"yes\"]}]\n");
}

}  // namespace
}  // namespace cairn::trace
