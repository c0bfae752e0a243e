// Tokens → statements, one a line, indented by tabs, without what does nothing.
#include "trace/python_form.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "trace/python_expression.h"

namespace cairn::trace {
namespace {

// What reads docstrings as instructions of the program, and not for a help page only.
constexpr auto kDocReaders = std::to_array<std::string_view>(
    {"__doc__", "docopt", "doctest", "dspy", "fire", "getdoc", "inspect", "langchain",
     "langchain_core", "plac", "ply", "pydoc", "smolagents", "yacc"});
// What reads the source itself, comments and all.
constexpr auto kSourceReaders = std::to_array<std::string_view>(
    {"findsource", "getcomments", "getsource", "getsourcelines", "linecache"});

template <size_t n>
bool contains(const std::array<std::string_view, n>& words, std::string_view word) {
  return std::binary_search(words.begin(), words.end(), word);
}

// As a name, as a string that may become one (getattr(f, "__doc__")), or in a format string.
template <size_t n>
bool mentions(const Token& token, const std::array<std::string_view, n>& words) {
  if (token.kind == TokenKind::kName) return contains(words, token.text);
  if (token.kind != TokenKind::kString) return false;
  if (token.flavour == Flavour::kFormat)
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
      return token.text.find(word) != std::string_view::npos;
    });
  return contains(words, token.text);
}

// "# -*- coding: latin-1 -*-" in one of the first two lines, for anything but UTF-8.
bool has_foreign_encoding(std::string_view source) {
  for (int line = 0; line < 2 && !source.empty(); ++line) {
    const size_t end = std::min(source.find('\n'), source.size());
    const std::string_view text = source.substr(0, end);
    source.remove_prefix(std::min(end + 1, source.size()));
    const size_t start = std::min(text.find_first_not_of(" \t\f"), text.size());
    if (start == text.size()) continue;
    if (text[start] != '#') return false;  // a second line counts only below a comment
    size_t at = text.find("coding");
    if (at == std::string_view::npos) continue;
    at += std::string_view("coding").size();
    if (at >= text.size() || (text[at] != ':' && text[at] != '=')) continue;
    at = std::min(text.find_first_not_of(" \t", at + 1), text.size());
    std::string name(text.substr(at, text.find_first_of(" \t;,*", at) - at));
    for (char& c : name)
      c = c == '_' ? '-' : static_cast<char>(c | (c >= 'A' && c <= 'Z' ? 32 : 0));
    return name != "utf-8" && name != "utf8" && !name.starts_with("utf-8-") && name != "ascii" &&
           name != "us-ascii";
  }
  return false;
}

// UTF-8 with "\n" line ends, or nothing.
std::optional<std::string_view> as_source(std::string_view bytes, std::string& storage) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  if (bytes.find('\0') != std::string_view::npos || !is_utf8(bytes)) return std::nullopt;
  if (bytes.find('\r') != std::string_view::npos) {
    storage.reserve(bytes.size());
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] != '\r')
        storage.push_back(bytes[i]);
      else if (i + 1 == bytes.size() || bytes[i + 1] != '\n')
        storage.push_back('\n');
    }
    bytes = storage;
  }
  if (has_foreign_encoding(bytes)) return std::nullopt;
  return bytes;
}

// Writes a module's statements; knows which of them are docstrings.
class Printer {
 public:
  Printer(std::span<Token> tokens, bool keeps_docs, size_t source_bytes)
      : x_tokens(tokens), x_keeps_docs(keeps_docs) {
    x_out.reserve(source_bytes);
  }

  std::string print(bool may_have_docstring) {
    x_expects_doc = may_have_docstring;
    bool is_definition = false;  // of the statement before this token
    size_t start = 0;
    for (size_t i = 0; i < x_tokens.size(); ++i) {
      switch (x_tokens[i].kind) {
        case TokenKind::kIndent:
          ++x_depth;
          x_expects_doc = is_definition;
          start = i + 1;
          break;
        case TokenKind::kDedent:
          --x_depth;
          start = i + 1;
          break;
        case TokenKind::kNewline:
          is_definition = starts_definition(x_tokens.subspan(start, i - start));
          print_statement(x_tokens.subspan(start, i - start));
          start = i + 1;
          break;
        default:
          break;
      }
    }
    return std::move(x_out);
  }

 private:
  static bool starts_definition(std::span<const Token> statement) {
    if (statement.empty()) return false;
    const bool is_async = statement.size() > 1 && statement[0].is_keyword("async");
    const Token& word = statement[is_async ? 1 : 0];
    return word.is_keyword("def") || word.is_keyword("class");
  }

  // The only token left of a statement, if it is one.
  static Token* find_single(std::span<Token> statement) {
    Token* single = nullptr;
    for (Token& token : statement) {
      if (token.kind == TokenKind::kDropped) continue;
      if (single) return nullptr;
      single = &token;
    }
    return single;
  }

  void print_statement(std::span<Token> statement) {
    const bool expects_doc = std::exchange(x_expects_doc, false);
    if (Token* single = find_single(statement)) {
      if (single->is_keyword("pass")) return;
      if (expects_doc && single->kind == TokenKind::kString && single->flavour == Flavour::kText) {
        if (!x_keeps_docs) return;
        single->flavour = Flavour::kDocstring;
      }
    }
    x_out.append(x_depth, '\t');
    append_tokens(statement, x_out);
    x_out += '\n';
  }

  std::span<Token> x_tokens;
  bool x_keeps_docs;
  bool x_expects_doc = false;
  size_t x_depth = 0;
  std::string x_out;
};

std::optional<CodeForm> form_of(std::string_view bytes, Dialect dialect, Docstrings docstrings) {
  std::string storage;
  const auto source = as_source(bytes, storage);
  if (!source) return std::nullopt;
  auto list = lex_python(*source, dialect);
  if (!list) return std::nullopt;
  CodeForm form;
  form.is_impure = list->is_impure;
  for (const Token& token : list->tokens) {
    if (mentions(token, kSourceReaders))
      return CodeForm{std::string(bytes), true, true, list->is_impure};
    form.looks_at_docs = form.looks_at_docs || mentions(token, kDocReaders);
  }
  drop_redundant(list->tokens);
  const bool keeps_docs = form.looks_at_docs || docstrings == Docstrings::kAll;
  form.text = Printer(list->tokens, keeps_docs, source->size()).print(dialect == Dialect::kModule);
  return form;
}

}  // namespace

bool has_impure_line(std::string_view bytes) {
  for (size_t at = bytes.find('#'); at != std::string_view::npos; at = bytes.find('#', at + 1)) {
    const size_t end = bytes.find_first_of("\r\n", at);
    if (is_impure_pragma(bytes.substr(at, end - at))) return true;
  }
  return false;
}

std::optional<CodeForm> python_form(std::string_view bytes, Docstrings docstrings) {
  return form_of(bytes, Dialect::kModule, docstrings);
}

std::optional<CodeForm> python_cell_form(std::string_view bytes, Docstrings docstrings) {
  return form_of(bytes, Dialect::kCell, docstrings);
}

}  // namespace cairn::trace
