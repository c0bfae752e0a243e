// Rules of the normal form of Python and of notebooks, by pairs of programs; and its golden files.
#include "trace/code_form.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace cairn::trace {
namespace {

namespace fs = std::filesystem;
using std::string_view;

struct Pair {
  string_view a, b;
};

CodeForm form_of(string_view python) { return normal_form(CodeKind::kPython, python); }

void expect_same(const std::vector<Pair>& pairs) {
  for (const auto& [a, b] : pairs) {
    EXPECT_FALSE(form_of(a).is_fallback) << a;
    EXPECT_EQ(form_of(a).text, form_of(b).text) << a << "\n--\n" << b;
    EXPECT_EQ(code_digest(CodeKind::kPython, a), code_digest(CodeKind::kPython, b));
  }
}

void expect_different(const std::vector<Pair>& pairs) {
  for (const auto& [a, b] : pairs) {
    EXPECT_FALSE(form_of(a).is_fallback) << a;
    EXPECT_NE(form_of(a).text, form_of(b).text) << a << "\n--\n" << b;
    EXPECT_NE(code_digest(CodeKind::kPython, a), code_digest(CodeKind::kPython, b));
  }
}

TEST(CodeFormTest, CommentsBlankLinesAndIndentationMeanNothing) {
  expect_same({
      {"x = 1\n", "# why\nx = 1  # because\n\n\n"},
      {"x = 1", "\xEF\xBB\xBFx = 1\n"},
      {"x = 1\ny = 2\n", "x = 1\r\ny = 2\r\n"},
      {"x = 1\ny = 2\n", "x = 1\ry = 2"},
      {"def f():\n    return 1\n",
       "def f():\n\n  # c\n\treturn 1\n"
       "# c\n"},
      {"if a:\n  b\nelse:\n  c\n", "if a:\n\tb\n\n# c\nelse:\n        c\n"},
      {"x = 1\n", "\fx = 1\n"},
      {"x = f(a, b)\n", "x = f( # first\n  a,\n\n  # second\n  b)\n"},
      {"x: int = 1  # type: int\n", "x:int=1"},
      {"x = a + b\n", "x = a + \\\n    b\n"},
      {"# -*- coding: utf-8 -*-\nx = 'ä'\n", "x = 'ä'\n"},
  });
}

TEST(CodeFormTest, ABlockOfOneLineIsABlock) {
  expect_same({
      {"if a: b\n", "if a:\n  b\n"},
      {"if a: b; c\nd\n", "if a:\n  b\n  c\nd\n"},
      {"a; b;\n", "a\nb\n"},
      {"class A: x: int = 1\n", "class A:\n    x: int = 1\n"},
      {"def f(x=lambda: 1, *y) -> {1: 2}: return x\n",
       "def f(x=lambda: 1, *y) -> {1: 2}:\n    return x\n"},
      {"while (lambda: a)(): b\n", "while (lambda: a)():\n  b\n"},
      {"try: a\nexcept E: b\nfinally: c\n", "try:\n a\nexcept E:\n b\nfinally:\n c\n"},
  });
  expect_different({{"if a: b\nc\n", "if a:\n  b\n  c\n"},
                    {"for a in b:\n  c\nelse: d\n", "for a in b:\n  c\nd\n"},
                    {"if a:\n  if b: c\nelse: d\n", "if a:\n  if b: c\n  else: d\n"}});
}

TEST(CodeFormTest, StringsAreComparedByTheirValue) {
  expect_same({
      {"x = 'a'\n", "x = \"a\"\n"},
      {"x = 'a'\n", "x = '''a'''\n"},
      {"x = u'a'\n", "x = 'a'\n"},
      {"x = 'it\\'s'\n", "x = \"it's\"\n"},
      {"x = r'\\d'\n", "x = '\\\\d'\n"},
      {"x = '\\d'\n", "x = '\\\\d'\n"},
      {"x = 'a' 'b'\n", "x = 'ab'\n"},
      {"x = ('a'\n     'b')\n", "x = 'ab'\n"},
      {"x = 'a\\\nb'\n", "x = 'ab'\n"},
      {"x = '\\x41\\101\\u0041\\U00000041'\n", "x = 'AAAA'\n"},
      {"x = '\\xe4'\n", "x = 'ä'\n"},
      {"x = '''a\nb'''\n", "x = 'a\\nb'\n"},
      {"x = '''a\r\nb'''\r\n", "x = 'a\\nb'\n"},
      {"x = b'\\x41'\n", "x = B\"A\"\n"},
      {"x = rb'\\n' b'a'\n", "x = Rb'\\na'\n"},
  });
  expect_different({
      {"x = 'a'\n", "x = b'a'\n"},
      {"x = 'a'\n", "x = 'a '\n"},
      {"x = r'\\n'\n", "x = '\\n'\n"},
      {"x = 'a', 'b'\n", "x = 'a' 'b'\n"},
      {"x = '# a'\n", "x = '# b'\n"},
      {"x = '''a\n  b'''\n", "x = '''a\n b'''\n"},
      {"x = '\\N{DASH}'\n", "x = '\\\\N{DASH}'\n"},
      {"x = '\\ud800'\n", "x = '\\\\ud800'\n"},
      {"x = b'\\xe4'\n", "x = b'\\\\xe4'\n"},
  });
}

TEST(CodeFormTest, FormatStringsAreComparedByTheirParts) {
  expect_same({
      {"f'{a+b}'\n", "f\"{ a + b }\"\n"},
      {"f'a' 'b{' f'{c}'\n", "f'ab{{{c}'\n"},
      {"f'{a!r:>{w}}'\n", "f\"\"\"{a !r:>{ w }}\"\"\"\n"},
      {"f'{x = }'\n", "f'x = {x!r}'\n"},
      {"f'{x=:3}'\n", "f'x={x:3}'\n"},
      {"f'{d[\"a\"]}'\n", "f'{d['a']}'\n"},  // quotes again: Python 3.12
      {"f'{\n  a  # why\n}'\n", "f'{a}'\n"},
      {"f'{(a)}{f\"{b}\"}'\n", "f'{a}{f'{b}'}'\n"},
      {"f'{ {1: 2}[1] }'\n", "f'{ { 1:2 }[1]}'\n"},
      {"rf'\\d{x}'\n", "f'\\\\d{x}'\n"},
      {"f'{(lambda: 1)():x}'\n", "f'{(lambda:1)():x}'\n"},
      {"f'{a != b}{a==b}{x:=5}'\n", "f'{a!=b}{a == b}{x:=5}'\n"},
  });
  expect_different({
      {"f'{a}'\n", "'{a}'\n"},
      {"f'{a}'\n", "f'{{a}}'\n"},
      {"f'a'\n", "'a'\n"},
      {"f'{a}'\n", "f'{a!s}'\n"},
      {"f'{a}'\n", "f'{a:}'\n"},
      {"f'{x =}'\n", "f'{x=}'\n"},
      {"f'{a:>{w}}'\n", "f'{a:>w}'\n"},
      {"f'\\x7b{a}'\n", "f'{{{{{a}'\n"},
      {"f'{a} b'\n", "f'{a}b'\n"},
  });
}

TEST(CodeFormTest, NumbersAreComparedByTheirValue) {
  expect_same({{"x = 1000\n", "x = 1_000\n"},
               {"x = 16\n", "x = 0X10\n"},
               {"x = 0b101 + 0o17\n", "x = 5 + 15\n"},
               {"x = 0.1\n", "x = 1e-1\n"},
               {"x = .10\n", "x = 0.1\n"},
               {"x = 1.\n", "x = 1E0\n"},
               {"x = 2J\n", "x = 2.0j\n"},
               {"x = 00\n", "x = 0\n"},
               {"x = 1if y else 2\n", "x = 1 if y else 2\n"},
               {"x = 0xFFFFFFFFFFFFFFFFFF\n", "x = 0x0ffffffffffffffffff\n"}});
  expect_different({{"x = 1\n", "x = 1.0\n"},
                    {"x = 1\n", "x = 1j\n"},
                    {"x = 0.1\n", "x = 0.10000000000000001\n"},
                    {"x = 18446744073709551616\n", "x = 18446744073709551617\n"}});
}

TEST(CodeFormTest, ParenthesesThatChangeNothingAreNotSeen) {
  expect_same({
      {"return (x)\n", "return x\n"},
      {"x = (a * b) + c\n", "x = a * b + c\n"},
      {"x = (a + b) + c\n", "x = a + b + c\n"},
      {"if (a and b): c\n", "if a and b: c\n"},
      {"if (not (a == b)): c\n", "if not a == b: c\n"},
      {"x = ((a))\n", "x = a\n"},
      {"x = (())\n", "x = ()\n"},
      {"f((a), b=(c))\n", "f(a, b=c)\n"},
      {"from a import (b,\n  c,)\n", "from a import b, c\n"},
      {"class A(): x = 1\n", "class A: x = 1\n"},
      {"return (a, b)\n", "return a, b\n"},
      {"for (a, b) in (c, d): e\n", "for a, b in c, d: e\n"},
      {"f(a, b,)\n", "f(a, b)\n"},
      {"x = [a, b,]\n", "x = [a, b]\n"},
      {"f((a for a in b))\n", "f(a for a in b)\n"},
      {"x = a ** (-b)\n", "x = a ** -b\n"},
      {"x[(a, b)]\n", "x[a, b]\n"},
      {"x = (await a) ** b\n", "x = await a ** b\n"},
      {"with (open(a)) as f: b\n", "with open(a) as f: b\n"},
      {"x = (1).real\n", "x = 1 .real\n"},
  });
}

TEST(CodeFormTest, ParenthesesThatMeanSomethingAreSeen) {
  expect_different({
      {"x = (a + b) * c\n", "x = a + b * c\n"},
      {"x = a - (b - c)\n", "x = a - b - c\n"},
      {"x = (-a) ** b\n", "x = -a ** b\n"},
      {"x = a ** (-b) ** c\n", "x = a ** -b ** c\n"},
      {"x = (a ** b) ** c\n", "x = a ** b ** c\n"},
      {"x = a is not (b == c)\n", "x = a is not b == c\n"},
      {"x = (a < b) < c\n", "x = a < b < c\n"},
      {"x = (a or b) or c\n", "x = a or b or c, \n"},
      {"x = (a,)\n", "x = (a)\n"},
      {"f((a, b))\n", "f(a, b)\n"},
      {"x[a,]\n", "x[a]\n"},
      {"x = ()\n", "x = ((),)\n"},
      {"(x): int\n", "x: int\n"},
      {"x = (lambda: a)()\n", "x = lambda: a()\n"},
      {"x = [(a, b) for a in c]\n", "x = [a for a in c]\n"},
      {"x = (a for a in b)\n", "x = [a for a in b]\n"},
      {"if x in (a, b): c\n", "if x in a: c\n"},
      {"x = (a if b else c) + d\n", "x = a if b else c + d\n"},
      {"x = (yield) + a\n", "x = yield + a\n"},
      {"match (a,):\n  case b: c\n", "match (a):\n  case b: c\n"},
      {"match a:\n  case (b,): c\n", "match a:\n  case (b): c\n"},
      {"match [(a, b)]:\n  case c: d\n", "match [a, b]:\n  case c: d\n"},
      {"print((a := 1))\n", "print(a, 1)\n"},
      {"assert (a, b)\n", "assert a, b\n"},
      {"y = x in (a, b)\n", "y = x in a, b\n"},
      {"f(*(a or b))\n", "f(*a or b, c)\n"},
  });
}

TEST(CodeFormTest, PassIsNotSeenAndAnEmptyBlockIs) {
  expect_same({{"def f():\n  pass\n  return 1\n", "def f():\n  return 1\n"},
               {"def f():\n  pass\n", "def f(): pass\n"},
               {"def f():\n  'doc'\n", "def f():\n  pass\n"}});
  expect_different({{"if a: pass\nelse: b\n", "if a: b\n"},
                    {"if a:\n  b\nelse:\n  pass\nc\n", "if a:\n  b\nelse:\n  c\n"}});
}

TEST(CodeFormTest, DocstringsAreSeenOnlyWhereSomebodyLooks) {
  expect_same({
      {"'''Module.'''\nx = 1\n", "x = 1\n"},
      {"def f():\n  \"doc\"\n  return 1\n", "def f():\n  r'''other''' 'doc'\n  return 1\n"},
      {"class A:\n  ('doc')\n  x = 1\n", "class A:\n  x = 1\n"},
      {"async def f(): 'doc'\n", "async def f(): 'other'\n"},
      {"'mentions __doc__ and docopt'\nx = 1\n", "x = 1\n"},
  });
  expect_different({
      {"def f():\n  x = 1\n  'a'\n", "def f():\n  x = 1\n  'b'\n"},
      {"def f():\n  f'a'\n", "def f():\n  f'b'\n"},
      {"def f():\n  b'a'\n", "def f():\n  b'b'\n"},
      {"if x:\n  'a'\n", "if x:\n  'b'\n"},
  });
  for (const string_view reader :
       {"print(f.__doc__)", "import docopt", "from fire import Fire", "import plac",
        "import inspect", "import docopt as d", "getattr(f, '__doc__')", "print(f'{f.__doc__}')",
        "x.getsource(f)", "import_module('docopt')"}) {
    const std::string a = std::string(reader) + "\ndef f():\n  'one'\n";
    const std::string b = std::string(reader) + "\ndef f():\n  'two'\n";
    const std::string c = std::string(reader) + "\ndef f():\n  pass\n  'one'\n";
    EXPECT_NE(form_of(a).text, form_of(b).text) << reader;
    EXPECT_NE(form_of(a).text, form_of(c).text) << reader;
    EXPECT_TRUE(form_of(a).looks_at_docs);
  }
}

TEST(CodeFormTest, AnotherModuleMayLookAtTheDocstrings) {
  const auto form = [](string_view source) {
    return normal_form(CodeKind::kPython, source, Docstrings::kAll).text;
  };
  EXPECT_NE(form("'a'\nx = 1\n"), form("'b'\nx = 1\n"));
  EXPECT_EQ(form("'a'  # c\nx = 1\n"), form("\"a\"\nx = (1)\n"));
}

TEST(CodeFormTest, AProgramThatReadsItsSourceIsItsBytes) {
  const string_view source = "import inspect\nprint(inspect.getsource(f))  # c\n";
  EXPECT_TRUE(form_of(source).is_fallback);
  EXPECT_EQ(form_of(source).text, source);
}

TEST(CodeFormTest, OtherProgramsAreOthers) {
  expect_different({{"x = a\n", "x = b\n"},
                    {"x = 1\ny = 2\n", "y = 2\nx = 1\n"},
                    {"x = a not in b\n", "x = not a in b or b\n"},
                    {"x = a - b\n", "x = a + b\n"},
                    {"x.y\n", "x . y . z\n"},
                    {"def f(): return\n", "async def f(): return\n"},
                    {"x = a\n", "x == a\n"},
                    {"x = ab\n", "x = a, b\n"},
                    {"if a:\n  b\n  c\n", "if a:\n  b\nc\n"}});
}

TEST(CodeFormTest, WhatDoesNotCompileIsItsBytes) {
  for (const string_view broken : {"x = (1\n",
                                   "x = 1)\n",
                                   "x = 'a\n",
                                   "if a:\n    b\n  c\n",
                                   "x = 1 ? 2\n",
                                   "x = 012\n",
                                   "if a:\n\tb\n        c\n",
                                   "x = '''a\n",
                                   "x = f'{'\n",
                                   "x = f'}'\n",
                                   "x = f'{}'\n",
                                   "x = '\\x4'\n",
                                   "x = \\ 1\n",
                                   "x = (1]\n",
                                   "x = ur'a'\n",
                                   "print `x`\n",
                                   "x = \xFF\n",
                                   "# coding: latin-1\nx = '\xE4'\n",
                                   "# -*- coding: koi8-r -*-\nx = 1\n",
                                   "x = t'{a}'\n"}) {
    EXPECT_TRUE(form_of(broken).is_fallback) << broken;
    EXPECT_EQ(form_of(broken).text, broken);
  }
  EXPECT_TRUE(form_of(string_view("x = 1\0\n", 7)).is_fallback);
  // A broken file is never another file's normal form.
  EXPECT_NE(code_digest(CodeKind::kPython, CodeForm{"x\n", true}),
            code_digest(CodeKind::kPython, CodeForm{"x\n", false}));
}

TEST(CodeFormTest, ThePragmaIsFoundInCommentsOnly) {
  EXPECT_TRUE(form_of("x = 1  # cairn: impure\n").is_impure);
  EXPECT_TRUE(form_of("#cairn:impure asks the clock\nx = 1\n").is_impure);
  EXPECT_TRUE(form_of("f(a,  # cairn: impure\n  b)\n").is_impure);
  EXPECT_TRUE(form_of("x = (  # cairn: impure\n").is_impure);  // broken, and still said
  EXPECT_FALSE(form_of("x = '# cairn: impure'\n").is_impure);
  EXPECT_FALSE(form_of("# cairn: impurely\n").is_impure);
  EXPECT_EQ(form_of("x = 1  # cairn: impure\n").text, form_of("x = 1\n").text);
}

TEST(CodeFormTest, NestingHasALimit) {
  const std::string deep(100'000, '(');
  EXPECT_TRUE(form_of("x = " + deep).is_fallback);
  std::string nested = "x";
  for (int i = 0; i < 50; ++i) nested = "f'{" + nested + "}'";
  EXPECT_TRUE(form_of(nested).is_fallback);
}

TEST(CodeFormTest, KindsAreToldByTheNamesEnding) {
  EXPECT_EQ(kind_of("a/train.py"), CodeKind::kPython);
  EXPECT_EQ(kind_of("a.ipynb"), CodeKind::kNotebook);
  EXPECT_EQ(kind_of("conf/a.yml"), CodeKind::kYaml);
  EXPECT_EQ(kind_of("a.json"), CodeKind::kJson);
  EXPECT_EQ(kind_of("cairn.toml"), CodeKind::kToml);
  EXPECT_EQ(kind_of("py"), CodeKind::kOther);
  EXPECT_EQ(kind_of("a.cc"), CodeKind::kOther);
  EXPECT_NE(code_digest(CodeKind::kJson, "1"), code_digest(CodeKind::kYaml, "1"));
}

// --- notebooks -----------------------------------------------------------------------------------

std::string notebook(const std::string& cells, const std::string& language = "python") {
  return R"({"nbformat": 4, "nbformat_minor": 5, "metadata": {"language_info": {"name": ")" +
         language + R"("}}, "cells": [)" + cells + "]}";
}

std::string cell(const std::string& source, const std::string& more = "") {
  return R"({"cell_type": "code", "metadata": {}, "outputs": [], "source": ")" + source + "\"" +
         more + "}";
}

std::string notebook_text(const std::string& bytes) {
  const CodeForm form = normal_form(CodeKind::kNotebook, bytes);
  EXPECT_FALSE(form.is_fallback) << bytes;
  return form.text;
}

TEST(NotebookFormTest, OnlyTheCodeCellsMatter) {
  const std::string plain = notebook_text(notebook(cell("x = 1") + "," + cell("y = 2")));
  EXPECT_EQ(plain, "# language \"python\"\n# cell\nx = 1\n# cell\ny = 2\n");
  EXPECT_EQ(plain,
            notebook_text(notebook(R"({"cell_type": "markdown", "source": "# text"},)" +
                                   cell("x = (1)  # c", R"(, "execution_count": 7, "id": "a")") +
                                   "," + R"({"cell_type": "code", "source": ["\n"]},)" +
                                   R"({"cell_type": "code", "source": ["y = \\\n", " 2"]})")));
  EXPECT_NE(plain, notebook_text(notebook(cell("y = 2") + "," + cell("x = 1"))));
  EXPECT_NE(plain, notebook_text(notebook(cell("x = 1\\ny = 2"))));
  EXPECT_NE(plain, notebook_text(notebook(cell("x = 1") + "," + cell("y = 2"), "julia")));
}

TEST(NotebookFormTest, MagicsAreKeptAsText) {
  EXPECT_EQ(notebook_text(notebook(cell("%matplotlib inline\\nx = (1)\\n!ls  *"))),
            "# language \"python\"\n# cell\n%matplotlib inline\nx = 1\n!ls  *\n");
  EXPECT_NE(notebook_text(notebook(cell("%%bash\\necho 1 # 2"))),
            notebook_text(notebook(cell("%%bash\\necho 1 # 3"))));
  EXPECT_NE(notebook_text(notebook(cell("x = !ls # a"))),
            notebook_text(notebook(cell("x = !ls # b"))));
}

TEST(NotebookFormTest, DocstringsOfOneCellMayBeReadInAnother) {
  const auto with = [](const std::string& doc, const std::string& last) {
    return notebook_text(notebook(cell("def f():\\n  '" + doc + "'") + "," + cell(last)));
  };
  EXPECT_EQ(with("a", "f()"), with("b", "f()"));
  EXPECT_NE(with("a", "f.__doc__"), with("b", "f.__doc__"));
}

TEST(NotebookFormTest, WhatIsNoNotebookIsItsBytes) {
  for (const string_view bytes : {"", "{}", "[]", R"({"nbformat": 3, "worksheets": []})", "x = 1"})
    EXPECT_TRUE(normal_form(CodeKind::kNotebook, bytes).is_fallback) << bytes;
}

// --- golden --------------------------------------------------------------------------------------

const fs::path kGolden =
    fs::path(__FILE__).parent_path().parent_path().parent_path() / "tests/golden/code_form_v1";

std::string read_all(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// "DIGEST\n" and the form, for "train.py.source".
std::string golden_text(const fs::path& input) {
  const CodeKind kind = kind_of(input.stem().native());
  const CodeForm form = normal_form(kind, read_all(input));
  return code_digest(kind, form) + "\n" + form.text;
}

fs::path golden_form(fs::path input) { return input.replace_extension(".form"); }

std::vector<fs::path> golden_inputs() {
  std::vector<fs::path> inputs;
  for (const auto& entry : fs::directory_iterator(kGolden))
    if (entry.path().extension() == ".source") inputs.push_back(entry.path());
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

TEST(CodeFormGoldenTest, FormsOfTheFirstVersionStayForEver) {
  ASSERT_EQ(kCodeFormVersion, 1);
  ASSERT_GE(golden_inputs().size(), 6u);
  for (const fs::path& input : golden_inputs())
    EXPECT_EQ(golden_text(input), read_all(golden_form(input))) << input;
}

// Writes what a new version needs; see docs/formats/code_form.md.
TEST(CodeFormGoldenTest, DISABLED_WritesTheGoldenFiles) {
  for (const fs::path& input : golden_inputs())
    std::ofstream(golden_form(input), std::ios::binary) << golden_text(input);
}

}  // namespace
}  // namespace cairn::trace
