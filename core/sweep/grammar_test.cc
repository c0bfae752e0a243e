// Rules of command lines with ranges: what varies, and what a trial's command line is.
#include "sweep/grammar.h"

#include <gtest/gtest.h>

#include "sweep/definition.h"
#include "sweep/expression.h"

namespace cairn::sweep {
namespace {

using model::List;
using model::Object;
using model::Value;
using Words = std::vector<std::string>;
using Kind = Parameter::Kind;

SweptCommand swept(const Words& argv) {
  const auto command = read_command(argv);
  EXPECT_TRUE(command) << (command ? "" : command.error().message());
  return command.value_or(SweptCommand());
}
std::string refusal(const Words& argv) {
  const auto command = read_command(argv);
  EXPECT_FALSE(command);
  return command ? "" : command.error().message();
}
Words filled(const SweptCommand& command, const Config& config) {
  const auto words = command.fill(config);
  EXPECT_TRUE(words) << (words ? "" : words.error().message());
  return words.value_or(Words());
}
Parameter read(const std::string& word) {
  const SweptCommand command = swept({"train", "p=" + word});
  const auto space = read_space(Object{{"parameters", command.parameters}});
  return space && space->parameters().size() == 1 ? space->parameters()[0] : Parameter();
}
void expect_range(const std::string& word, Kind kind, Law law, double low, double high,
                  double step = 0) {
  const Parameter p = read(word);
  EXPECT_EQ(p.kind, kind) << word;
  EXPECT_EQ(p.spread.law, law) << word;
  EXPECT_EQ(p.spread.low, low) << word;
  EXPECT_EQ(p.spread.high, high) << word;
  EXPECT_EQ(p.spread.step, step) << word;
}
void expect_values(const std::string& word, const List& values) {
  EXPECT_EQ(read(word).choices, values) << word;
}

TEST(Grammar, RangesStandWhereValuesWould) {
  const SweptCommand command =
      swept({"python", "train.py", "--lr", "~loguniform(1e-5,1e-1)", "--epochs", "10",
             "--batch-size=~int(1, 8)", "opt=~choice(sgd,adam)", "-n", "~uniform(0,1)"});
  EXPECT_EQ(command.command,
            (Words{"python", "train.py", "--lr", "${param:lr}", "--epochs", "10",
                   "--batch-size=${param:batch_size}", "opt=${param:opt}", "-n", "${param:n}"}));
  EXPECT_EQ(filled(command, {{"lr", 1e-4}, {"batch_size", 4}, {"opt", "sgd"}, {"n", 1.0}}),
            (Words{"python", "train.py", "--lr", "0.0001", "--epochs", "10", "--batch-size=4",
                   "opt=sgd", "-n", "1.0"}));
}

TEST(Grammar, EveryFunctionIsARange) {
  expect_range("~uniform(0, 1)", Kind::kFloat, Law::kUniform, 0, 1);
  expect_range("~uniform(0, 1, 0.25)", Kind::kFloat, Law::kUniform, 0, 1, 0.25);
  expect_range("~log(1e-5, 1)", Kind::kFloat, Law::kLog, 1e-5, 1);
  expect_range("~int(1,8)", Kind::kInteger, Law::kUniform, 1, 8, 1);
  expect_range("~int(2,8,step=2)", Kind::kInteger, Law::kUniform, 2, 8, 2);
  expect_range("~logint(1,1024)", Kind::kInteger, Law::kLog, 1, 1024, 1);
  expect_range("~logit(0.1,0.9)", Kind::kFloat, Law::kLogit, 0.1, 0.9);
  expect_range("~randint(0, 10)", Kind::kInteger, Law::kUniform, 0, 9, 1);
  expect_range("~range(0, 10, 2)", Kind::kInteger, Law::kUniform, 0, 8, 2);
  EXPECT_EQ(read("~normal(2, 0.5)").spread.a, 2);
  EXPECT_EQ(read("~lognormal(2, 0.5)").spread.law, Law::kLogNormal);
  EXPECT_EQ(read("~ordinal(low, mid, high)").kind, Kind::kOrdinal);
  EXPECT_EQ(read("~choice(16, 64, 32)").kind, Kind::kOrdinal);
  EXPECT_EQ(read("~subset(a, b, c, min_size=1)").size_min, 1U);
  EXPECT_EQ(read("~permutation(a, b, c)").kind, Kind::kPermutation);
  EXPECT_EQ(read("~choice([16, 16], [32, 64])").choices[1], Value(List{32, 64}));
  EXPECT_EQ(read("~int(1, 8, default=3)").initial, Value(3));
}

TEST(Grammar, HydrasSweepsAreRead) {
  expect_values("1,2,3", {1, 2, 3});
  expect_values("resnet, vit", {"resnet", "vit"});
  expect_values("choice(a,'b, c',null,[1,2])", {"a", "b, c", Value(), List{1, 2}});
  expect_values("true,FALSE", {true, false});
  expect_values("sort(3,1,2)", {1, 2, 3});
  expect_values("sort(choice(3,1,2), reverse=true)", {3, 2, 1});
  expect_values("shuffle(a,b)", {"a", "b"});
  expect_values("float(1,2)", {1.0, 2.0});
  expect_values("str(choice(1,2))", {"1", "2"});
  expect_range("range(1,10,3)", Kind::kInteger, Law::kUniform, 1, 7, 3);
  expect_range("range(3)", Kind::kInteger, Law::kUniform, 0, 2, 1);
  expect_range("range(start=10,stop=0,step=-5)", Kind::kInteger, Law::kUniform, 5, 10, 5);
  expect_range("range(0,1,0.25)", Kind::kFloat, Law::kUniform, 0, 0.75, 0.25);
  expect_range("interval(0,1)", Kind::kFloat, Law::kUniform, 0, 1);
  expect_range("int(interval(4,16))", Kind::kInteger, Law::kUniform, 4, 16, 1);
  expect_range("tag(log, interval(1e-4,1))", Kind::kFloat, Law::kLog, 1e-4, 1);
  expect_range("tag(log, int(interval(1,64)))", Kind::kInteger, Law::kLog, 1, 64, 1);
}

TEST(Grammar, HydrasPrefixesStayInTheCommand) {
  const SweptCommand command = swept({"app.py", "+opt.lr=0.1,0.2", "++x=choice(a,'true')", "~y"});
  EXPECT_EQ(command.command, (Words{"app.py", "+opt.lr=${hydra:opt.lr}", "++x=${hydra:x}", "~y"}));
  EXPECT_EQ(filled(command, {{"opt.lr", 0.1}, {"x", "true"}}),
            (Words{"app.py", "+opt.lr=0.1", "++x='true'", "~y"}));
}

TEST(Grammar, OtherArgumentsStayAsTheyAre) {
  const Words others{"python",  "train.py",     "--path=~/data", "x='1,2'",
                     "y=[1,2]", "f=compute(3)", "url=a=b",       "--list=1,2"};
  Words argv = others;
  argv.insert(argv.end(), {"--lr", "~uniform(0,1)"});
  const SweptCommand command = swept(argv);
  EXPECT_EQ(Words(command.command.begin(), command.command.end() - 2), others);
}

TEST(Grammar, TruthIsSpelledAsItWas) {
  EXPECT_EQ(filled(swept({"a", "--x", "~choice(true,false)"}), {{"x", true}})[2], "true");
  EXPECT_EQ(filled(swept({"a", "--x", "~choice(True,False)"}), {{"x", true}})[2], "True");
  EXPECT_EQ(filled(swept({"a", "--x", "~choice(None,0.1)"}), {{"x", nullptr}})[2], "None");
  EXPECT_EQ(read("~choice(True, false)").choices[1], Value("false"));
  EXPECT_EQ(filled(swept({"a", "--x", "~subset(b,c)"}), {{"x", List{"b", "c"}}})[2], "b,c");
}

TEST(Grammar, WordsThatLookLikeNumbersStayWords) {
  expect_values("~choice(007, 1.2.3, 1_000)", {"007", "1.2.3", "1_000"});
}

TEST(Grammar, WhatIsWrongIsNamed) {
  EXPECT_NE(refusal({"python", "train.py", "--lr", "0.1"}).find("expected an argument that varies"),
            std::string::npos);
  EXPECT_EQ(refusal({"a", "--lr", "~logunifrom(1,2)"}),
            "'lr': unknown function 'logunifrom': did you mean 'loguniform'?");
  EXPECT_NE(refusal({"a", "x=glob(*)"}).find("Hydra's groups"), std::string::npos);
  EXPECT_NE(refusal({"a", "~int(1,8)"}).find("expected the name of an option"), std::string::npos);
  EXPECT_NE(refusal({"a", "--lr", "~uniform(0,1"}).find("found its end"), std::string::npos);
  EXPECT_NE(refusal({"a", "--lr", "~uniform(1,0)"}).find("expected min <= max"), std::string::npos);
  EXPECT_NE(refusal({"a", "--lr", "~log(0,1)"}).find("expected min > 0"), std::string::npos);
  EXPECT_NE(refusal({"a", "--lr", "~uniform(low,1)"}).find("expected a number as 'min'"),
            std::string::npos);
  EXPECT_NE(refusal({"a", "--lr", "~int(1,2,3,4)"}).find("4 arguments"), std::string::npos);
  EXPECT_NE(refusal({"a", "--lr", "~int(1,2,defalt=3)"}).find("did you mean 'default'?"),
            std::string::npos);
  EXPECT_NE(refusal({"a", "x=range(3,1)"}).find("a range with values in it"), std::string::npos);
  EXPECT_NE(refusal({"a", "--x", "~int(1,2)", "--x", "~int(1,2)"}).find("'x' twice"),
            std::string::npos);
}

}  // namespace
}  // namespace cairn::sweep
