// Token: one word of a Python program, its literals already in normal form.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::trace {

enum class TokenKind : uint8_t {
  kName,
  kKeyword,  // a word of the language that is no value: "if", "in"; not "None", not "match"
  kNumber,   // text: its value (number_form.h)
  kString,   // text: its value, escaped, without prefix and quotes (python_literal.h)
  kOperator,
  kNewline,  // the end of a statement
  kIndent,
  kDedent,
  kMagic,    // a line of a notebook that IPython reads: "%timeit f()", "!ls"
  kDropped,  // it means nothing where it stands
};

// What a string literal makes.
enum class Flavour : uint8_t { kText, kBytes, kFormat, kDocstring };

struct Token {
  TokenKind kind;
  Flavour flavour = Flavour::kText;
  std::string_view text;  // in the source, or in TokenList::texts

  bool is(TokenKind k, std::string_view t) const { return kind == k && text == t; }
  bool is_operator(std::string_view t) const { return is(TokenKind::kOperator, t); }
  bool is_keyword(std::string_view t) const { return is(TokenKind::kKeyword, t); }
};

struct TokenList {
  std::vector<Token> tokens;
  std::deque<std::string> texts;  // what the source does not spell as its normal form does
  bool is_impure = false;         // a comment says "cairn: impure"
};

}  // namespace cairn::trace
