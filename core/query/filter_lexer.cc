// The lexer of the filter language.
#include "query/filter_lexer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "query/time_text.h"

namespace cairn::query {
namespace {

constexpr size_t kExcerptCharactersMax = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_word_char(char c) { return is_letter(c) || is_digit(c); }
// What may join two word characters, because people name their metrics val/acc, top-1 and hits@10.
bool is_joint(char c) { return c == '/' || c == '-' || c == '@' || c == ':'; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The length of the plain segment at the start of `text`; 0 when there is none.
size_t plain_segment(std::string_view text) {
  size_t end = 0;
  while (end < text.size()) {
    if (is_word_char(text[end])) {
      ++end;
    } else if (end > 0 && is_joint(text[end]) && end + 1 < text.size() &&
               is_word_char(text[end + 1])) {
      end += 2;
    } else {
      break;
    }
  }
  return end;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : x_source(source) {}

  Result<std::vector<Token>> tokens() {
    while (true) {
      while (x_at < x_source.size() && is_space(x_source[x_at])) ++x_at;
      Token token;
      token.begin = x_at;
      TRY_VOID(read(token));
      token.source = x_source.substr(token.begin, x_at - token.begin);
      x_tokens.push_back(std::move(token));
      if (x_tokens.back().type == Token::Type::kEnd) return std::move(x_tokens);
    }
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  std::string_view rest() const { return x_source.substr(x_at); }

  Result<void> read(Token& token) {
    if (x_at == x_source.size()) return {};
    const char c = x_source[x_at];
    if (is_letter(c) || c == '`') return read_word(token);
    if (c == '\'' || c == '"') {
      token.type = Token::Type::kText;
      TRY(token.text, read_quoted());
      return {};
    }
    if (is_digit(c) || (c == '.' && x_at + 1 < x_source.size() && is_digit(x_source[x_at + 1])))
      return read_literal(token);
    return read_symbol(token);
  }

  // The text between two equal quotes; a doubled quote stands for itself.
  Result<std::string> read_quoted() {
    const size_t begin = x_at;
    const char quote = x_source[x_at++];
    std::string text;
    while (x_at < x_source.size()) {
      const char c = x_source[x_at++];
      if (c != quote) {
        text.push_back(c);
      } else if (x_at < x_source.size() && x_source[x_at] == quote) {
        text.push_back(x_source[x_at++]);
      } else {
        return text;
      }
    }
    return fail_at(x_source, begin,
                   fmt::format("expected a closing {} for the text that begins", quote));
  }

  Result<void> read_word(Token& token) {
    token.type = Token::Type::kWord;
    while (true) {
      if (x_at < x_source.size() && x_source[x_at] == '`') {
        token.quoted = true;
        TRY(const std::string segment, read_quoted());
        token.text += segment;
      } else {
        size_t length = plain_segment(rest());
        // "now-7d" is a sum, the only one there is.
        if (token.text.empty() && length > 3 && rest()[3] == '-' && is_now(rest().substr(0, 3)))
          length = 3;
        if (length == 0)
          return fail_at(x_source, x_at, fmt::format("expected a name after '{}'", token.text));
        token.text += rest().substr(0, length);
        x_at += length;
      }
      if (x_at == x_source.size() || x_source[x_at] != '.') return {};
      token.text += x_source[x_at++];
    }
  }
  static bool is_now(std::string_view text) {
    return lower(text[0]) == 'n' && lower(text[1]) == 'o' && lower(text[2]) == 'w';
  }

  Result<void> read_literal(Token& token) {
    token.type = Token::Type::kLiteral;
    const std::string_view source = rest();
    const bool date = source.size() > 4 && source[4] == '-' &&
                      std::all_of(source.begin(), source.begin() + 4, is_digit);
    size_t end = 0;
    while (end < source.size()) {
      const char c = source[end];
      const bool exponent_sign = end > 0 && lower(source[end - 1]) == 'e' && (c == '-' || c == '+');
      const bool date_part = date && (c == '-' || c == ':' || c == '+');
      if (!is_word_char(c) && c != '.' && !exponent_sign && !date_part) break;
      ++end;
    }
    x_at += end;
    const std::string_view written = source.substr(0, end);
    if (date) {
      const auto time = parse_time(written);
      if (time) return token.literal = *time, Result<void>();
      return fail_at(
          x_source, token.begin,
          fmt::format("expected a date such as 2026-01-31 or 2026-01-31T10:00, found '{}'",
                      written));
    }
    if (const auto duration = parse_duration(written)) {
      token.literal = *duration;
      return {};
    }
    return read_number(token, written);
  }

  Result<void> read_number(Token& token, std::string_view written) {
    std::string digits;
    for (size_t i = 0; i < written.size(); ++i) {
      const bool separator = written[i] == '_' && i > 0 && is_digit(written[i - 1]) &&
                             i + 1 < written.size() && is_digit(written[i + 1]);
      if (!separator) digits.push_back(written[i]);
    }
    const char* end = digits.data() + digits.size();
    int64_t whole = 0;
    if (const auto [at, error] = std::from_chars(digits.data(), end, whole);
        at == end && error == std::errc()) {
      token.literal = whole;
      return {};
    }
    double real = 0;
    const auto [at, error] = std::from_chars(digits.data(), end, real);
    if (at == end && error == std::errc()) {
      token.literal = real;
      return {};
    }
    if (at == end && error == std::errc::result_out_of_range)
      return fail_at(x_source, token.begin,
                     fmt::format("expected a number that fits 64 bits, found '{}'", written));
    return fail_at(x_source, token.begin,
                   fmt::format("expected a number, a duration or a date, found '{}'", written),
                   fmt::format("write '{}' in quotes if it is text", written));
  }

  Result<void> read_symbol(Token& token) {
    static constexpr std::array<std::string_view, 19> kSymbols = {
        "==", "!=", "<=", ">=", "!~", "&&", "||", "=", "<", ">",
        "~",  "!",  "(",  ")",  "[",  "]",  ",",  "-", "+"};
    token.type = Token::Type::kSymbol;
    for (const std::string_view symbol : kSymbols) {
      if (!rest().starts_with(symbol)) continue;
      x_at += symbol.size();
      return {};
    }
    const char c = x_source[x_at];
    const bool visible = c > ' ' && c < 0x7F;
    return fail_at(x_source, x_at,
                   visible
                       ? fmt::format("unexpected '{}'", c)
                       : fmt::format("unexpected byte 0x{:02x}", static_cast<unsigned char>(c)));
  }

  std::string_view x_source;
  size_t x_at = 0;
  std::vector<Token> x_tokens;
};

size_t count_characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

}  // namespace

bool Token::is_keyword(std::string_view keyword) const {
  return type == Type::kWord && !quoted &&
         std::equal(text.begin(), text.end(), keyword.begin(), keyword.end(),
                    [](char a, char b) { return lower(a) == b; });
}

Result<std::vector<Token>> lex(std::string_view source) { return Lexer(source).tokens(); }

bool is_plain_path(std::string_view name) {
  if (name.empty() || !is_letter(name.front())) return false;
  while (true) {
    const size_t length = plain_segment(name);
    if (length == 0) return false;
    if (length == name.size()) return true;
    if (name[length] != '.') return false;
    name.remove_prefix(length + 1);
  }
}

tl::unexpected<Error> fail_at(std::string_view source, size_t at, std::string_view what,
                              std::string_view hint) {
  const size_t character = count_characters(source.substr(0, at)) + 1;
  // Only the neighbourhood of a long filter is shown, cut between characters.
  size_t begin = at > kExcerptCharactersMax / 2 ? at - kExcerptCharactersMax / 2 : 0;
  while (begin > 0 && is_continuation(source[begin])) --begin;
  size_t end = std::min(source.size(), begin + kExcerptCharactersMax);
  while (end < source.size() && is_continuation(source[end])) ++end;
  std::string line(source.substr(begin, end - begin));
  for (char& c : line)
    if ((c >= 0 && c < ' ') || c == 0x7F) c = ' ';
  const std::string_view cut = begin > 0 ? "..." : "";
  const size_t caret = cut.size() + count_characters(source.substr(begin, at - begin));
  return fail(Code::kInvalid, "{} at character {}{}{}\n  {}{}{}\n  {}^", what, character,
              hint.empty() ? "" : "; ", hint, cut, line, end < source.size() ? "..." : "",
              std::string(caret, ' '));
}

}  // namespace cairn::query
