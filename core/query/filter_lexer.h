// The lexer of the filter language: text to tokens, and errors that point at a character.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/filter.h"

namespace cairn::query {

struct Token {
  enum class Type : uint8_t {
    kEnd,
    kWord,     // a keyword, a field or a bare word; which, the parser knows
    kText,     // a quoted string
    kLiteral,  // an unsigned number, a duration or a date
    kSymbol,
  };
  Type type = Type::kEnd;
  size_t begin = 0;         // bytes from the start of the source
  std::string_view source;  // as it was written
  std::string text;         // kWord, kText: without quotes
  bool quoted = false;      // kWord: has backticks, so it can only be a field
  Literal literal;          // kLiteral

  bool is_symbol(std::string_view symbol) const {
    return type == Type::kSymbol && source == symbol;
  }
  bool is_keyword(std::string_view keyword) const;  // in any case: "and", "AND"
};

// Ends with one kEnd token. The tokens refer to `source`.
Result<std::vector<Token>> lex(std::string_view source);

// True for a path that needs no backticks.
bool is_plain_path(std::string_view name);

// "WHAT at character N; HINT", the line of the source and a caret under byte `at`.
tl::unexpected<Error> fail_at(std::string_view source, size_t at, std::string_view what,
                              std::string_view hint = {});

}  // namespace cairn::query
