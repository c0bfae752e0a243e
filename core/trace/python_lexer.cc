// The tokenizer: logical lines, indentation, brackets, and literals brought to their normal form.
#include "trace/python_lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "trace/python_expression.h"
#include "trace/python_literal.h"

namespace cairn::trace {
namespace {

constexpr size_t kBracketsMax = 200;      // CPython's own limit
constexpr size_t kIndentationsMax = 100;  // and this one
constexpr int kFormatDepthMax = 16;       // format strings inside each other

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }

// Sorted.
constexpr auto kKeywords = std::to_array<std::string_view>(
    {"and",    "as",   "assert", "async",  "await",  "break",   "class",    "continue",
     "def",    "del",  "elif",   "else",   "except", "finally", "for",      "from",
     "global", "if",   "import", "in",     "is",     "lambda",  "nonlocal", "not",
     "or",     "pass", "raise",  "return", "try",    "while",   "with",     "yield"});

bool is_keyword(std::string_view word) {
  constexpr size_t kKeywordBytesMax = 8;
  if (word.size() < 2 || word.size() > kKeywordBytesMax || word[0] < 'a' || word[0] > 'y')
    return false;
  return std::binary_search(kKeywords.begin(), kKeywords.end(), word);
}

bool starts_compound(std::string_view word) {
  constexpr auto kCompounds =
      std::to_array<std::string_view>({"async", "class", "def", "elif", "else", "except", "finally",
                                       "for", "if", "try", "while", "with"});
  return std::binary_search(kCompounds.begin(), kCompounds.end(), word);
}

// How many of the three characters make one operator; 0 for none.
size_t operator_bytes(char a, char b, char c) {
  const auto is_one_of = [](char x, std::string_view set) {
    return x != '\0' && set.find(x) != std::string_view::npos;
  };
  if (a == '.' && b == '.' && c == '.') return 3;
  if (is_one_of(a, "*/<>") && a == b) return c == '=' ? 3 : 2;
  if (a == '-' && b == '>') return 2;
  if (b == '=' && is_one_of(a, "+-*/%&|^@=<>!:")) return 2;
  return is_one_of(a, "+-*/%&|^@=<>:()[]{},.~;") ? 1 : 0;
}

struct StringPrefix {
  bool is_raw = false;
  Flavour flavour = Flavour::kText;
};

// The letters before a quote. Template strings keep the source of their fields, so they have none.
std::optional<StringPrefix> parse_prefix(std::string_view letters) {
  StringPrefix prefix;
  char kind = '\0';
  for (const char letter : letters) {
    const char c = static_cast<char>(letter | 0x20);
    if (c == 'r' && !prefix.is_raw)
      prefix.is_raw = true;
    else if ((c == 'b' || c == 'f' || c == 'u') && kind == '\0')
      kind = c;
    else
      return std::nullopt;
  }
  if (kind == 'u' && prefix.is_raw) return std::nullopt;
  if (kind == 'b') prefix.flavour = Flavour::kBytes;
  if (kind == 'f') prefix.flavour = Flavour::kFormat;
  return prefix;
}

class Lexer {
 public:
  Lexer(std::string_view source, Dialect dialect) : x_source(source), x_dialect(dialect) {
    x_tokens.reserve(source.size() / 4 + 8);
  }

  std::optional<TokenList> run() {
    while (!at_end()) {
      if (x_starts_line ? !lex_line_start() : !lex_token()) return std::nullopt;
    }
    if (!x_brackets.empty()) return std::nullopt;
    end_line();
    for (; x_columns.size() > 1; x_columns.pop_back()) push(TokenKind::kDedent, "");
    x_list.tokens = std::move(x_tokens);
    return std::move(x_list);
  }

 private:
  struct Column {  // of indentation, with tabs to every eighth column and to every column
    size_t wide = 0, narrow = 0;
  };

  // --- characters --------------------------------------------------------------------------------

  bool at_end() const { return x_at >= x_source.size(); }
  char peek(size_t ahead = 0) const {
    return x_at + ahead < x_source.size() ? x_source[x_at + ahead] : '\0';
  }
  bool looking_at(std::string_view text) const {
    return x_source.substr(std::min(x_at, x_source.size())).starts_with(text);
  }
  size_t find_line_end(size_t from) const {
    return std::min(x_source.find('\n', from), x_source.size());
  }

  // --- tokens ------------------------------------------------------------------------------------

  void push(TokenKind kind, std::string_view text) {
    x_tokens.push_back({kind, Flavour::kText, text});
  }
  std::string_view keep(std::string text) { return x_list.texts.emplace_back(std::move(text)); }

  // A string next to a string is one with it, as it is for the compiler.
  void push_string(Flavour flavour, std::string_view form) {
    if (!x_tokens.empty() && x_tokens.back().kind == TokenKind::kString) {
      Token& last = x_tokens.back();
      if (last.flavour == flavour) {
        last.text = keep(fmt::format("{}{}", last.text, form));
        return;
      }
      if (last.flavour != Flavour::kBytes && flavour != Flavour::kBytes) {
        last.text = last.flavour == Flavour::kText
                        ? keep(as_format_form(last.text).append(form))
                        : keep(std::string(last.text).append(as_format_form(form)));
        last.flavour = Flavour::kFormat;
        return;
      }
    }
    x_tokens.push_back({TokenKind::kString, flavour, form});
  }

  // --- lines -------------------------------------------------------------------------------------

  // Indentation, or a line that holds nothing.
  bool lex_line_start() {
    Column column;
    for (;; ++x_at) {
      const char c = peek();
      if (c == ' ') {
        ++column.wide;
        ++column.narrow;
      } else if (c == '\t') {
        column.wide = (column.wide / 8 + 1) * 8;
        ++column.narrow;
      } else if (c == '\f') {
        column = {};
      } else {
        break;
      }
    }
    if (at_end()) return true;
    if (peek() == '#') skip_comment();
    if (peek() == '\n') {
      ++x_at;
      return true;
    }
    if (at_end()) return true;
    if (peek() == '\\') return false;  // versions differ in what its indentation is
    x_starts_line = false;
    if (!indent_to(column)) return false;
    start_statement();
    return true;
  }

  bool indent_to(Column column) {
    const Column now = x_columns.back();
    if (column.wide == now.wide) return column.narrow == now.narrow;
    if (column.wide > now.wide) {
      if (column.narrow <= now.narrow || x_columns.size() >= kIndentationsMax) return false;
      x_columns.push_back(column);
      push(TokenKind::kIndent, "");
      return true;
    }
    for (; x_columns.back().wide > column.wide; x_columns.pop_back()) push(TokenKind::kDedent, "");
    return x_columns.back().wide == column.wide && x_columns.back().narrow == column.narrow;
  }

  void start_statement() {
    x_starts_statement = true;
    x_is_compound = false;
    x_lambdas = 0;
  }

  void end_statement() {
    push(TokenKind::kNewline, "");
    start_statement();
  }

  void end_line() {
    if (x_starts_line) return;
    // "a;" ends its statement twice.
    if (x_tokens.back().kind != TokenKind::kNewline) end_statement();
    if (x_is_inline) push(TokenKind::kDedent, "");
    x_is_inline = false;
    x_starts_line = true;
  }

  void skip_comment() {
    const size_t end = find_line_end(x_at);
    if (is_impure_pragma(x_source.substr(x_at, end - x_at))) x_list.is_impure = true;
    x_at = end;
  }

  // --- one token ---------------------------------------------------------------------------------

  bool lex_token() {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\f') return ++x_at, true;
    if (c == '\n') return lex_line_end();
    if (c == '#') return skip_comment(), true;
    if (c == '\\') return lex_join();
    if (x_starts_statement && x_dialect == Dialect::kCell && (c == '%' || c == '!' || c == '?'))
      return lex_magic();
    const bool is_ok = is_name_start(c)                                 ? lex_word()
                       : is_digit(c) || (c == '.' && is_digit(peek(1))) ? lex_number()
                       : c == '"' || c == '\''                          ? lex_string({})
                                                                        : lex_operator();
    x_starts_statement = false;
    return is_ok;
  }

  bool lex_line_end() {
    ++x_at;
    if (x_brackets.empty() && x_format_depth == 0) end_line();
    return true;
  }

  bool lex_join() {
    if (peek(1) != '\n' || x_at + 2 >= x_source.size()) return false;
    x_at += 2;
    return true;
  }

  bool lex_magic() {
    size_t end = find_line_end(x_at);
    while (end < x_source.size() && x_source[end - 1] == '\\') end = find_line_end(end + 1);
    std::string text(x_source.substr(x_at, end - x_at));
    std::replace(text.begin(), text.end(), '\n', ' ');
    push(TokenKind::kMagic, keep(std::move(text)));
    x_at = end;
    x_starts_statement = false;
    return true;
  }

  bool lex_word() {
    const size_t start = x_at;
    while (is_name_part(peek())) ++x_at;
    const std::string_view word = x_source.substr(start, x_at - start);
    if ((peek() == '"' || peek() == '\'') && word.size() <= 2) return lex_string(word);
    if (!is_keyword(word)) return push(TokenKind::kName, word), true;
    if (x_starts_statement) x_is_compound = starts_compound(word);
    if (word == "lambda" && x_brackets.empty()) ++x_lambdas;
    push(TokenKind::kKeyword, word);
    return true;
  }

  bool lex_number() {
    const size_t start = x_at;
    const auto skip_digits = [&] {
      while (is_digit(peek()) || (peek() == '_' && is_digit(peek(1)))) ++x_at;
    };
    const char base = static_cast<char>(peek(1) | 0x20);
    if (peek() == '0' && (base == 'x' || base == 'o' || base == 'b')) {
      x_at += 2;
      const auto is_part = [&](char c) {
        return is_digit(c) || c == '_' || (base == 'x' && (c | 0x20) >= 'a' && (c | 0x20) <= 'f');
      };
      while (is_part(peek())) ++x_at;
    } else {
      skip_digits();
      if (peek() == '.') ++x_at;
      skip_digits();
      const bool has_sign = peek(1) == '+' || peek(1) == '-';
      if ((peek() | 0x20) == 'e' && is_digit(peek(has_sign ? 2 : 1))) {
        x_at += has_sign ? 2 : 1;
        skip_digits();
      }
      if ((peek() | 0x20) == 'j') ++x_at;
    }
    const std::string_view literal = x_source.substr(start, x_at - start);
    if (literal.size() == 1) return push(TokenKind::kNumber, literal), true;
    auto form = number_literal_form(literal);
    if (!form) return false;
    push(TokenKind::kNumber, *form == literal ? literal : keep(std::move(*form)));
    return true;
  }

  bool lex_operator() {
    const size_t bytes = operator_bytes(peek(), peek(1), peek(2));
    if (bytes == 0) return false;
    const std::string_view op = x_source.substr(x_at, bytes);
    x_at += bytes;
    switch (op[0]) {
      case '(':
      case '[':
      case '{':
        if (x_brackets.size() >= kBracketsMax) return false;
        x_brackets.push_back(op[0]);
        break;
      case ')':
      case ']':
      case '}':
        if (!close_bracket(op[0])) return false;
        break;
      case ';':
        if (!x_brackets.empty() || x_format_depth > 0) return false;
        end_statement();
        return true;
      default:
        break;
    }
    push(TokenKind::kOperator, op);
    if (op == ":" && x_brackets.empty() && x_format_depth == 0) end_head();
    return true;
  }

  bool close_bracket(char c) {
    const char open = c == ')' ? '(' : c == ']' ? '[' : '{';
    if (x_brackets.empty() || x_brackets.back() != open) return false;
    x_brackets.pop_back();
    return true;
  }

  // After a ":" outside of brackets: that of a lambda, of an annotation, or the end of a head.
  void end_head() {
    if (x_lambdas > 0) {
      --x_lambdas;
      return;
    }
    if (!x_is_compound) return;
    x_is_compound = false;
    size_t next = x_at;
    while (next < x_source.size() &&
           (x_source[next] == ' ' || x_source[next] == '\t' || x_source[next] == '\f'))
      ++next;
    if (next == x_source.size() || x_source[next] == '\n' || x_source[next] == '#') return;
    push(TokenKind::kNewline, "");
    push(TokenKind::kIndent, "");
    x_is_inline = true;
    x_at = next;
    start_statement();
  }

  // --- strings -----------------------------------------------------------------------------------

  bool lex_string(std::string_view letters) {
    const auto prefix = parse_prefix(letters);
    if (!prefix) return false;
    const std::string_view rest = x_source.substr(x_at);
    const char quote = rest[0];
    const bool is_triple = rest.size() >= 3 && rest[1] == quote && rest[2] == quote;
    const std::string_view fence = rest.substr(0, is_triple ? 3 : 1);
    x_at += fence.size();
    return prefix->flavour == Flavour::kFormat ? lex_format_string(*prefix, fence)
                                               : lex_plain_string(*prefix, fence);
  }

  bool lex_plain_string(StringPrefix prefix, std::string_view fence) {
    const size_t start = x_at;
    while (!looking_at(fence)) {
      if (at_end() || (fence.size() == 1 && peek() == '\n')) return false;
      x_at += peek() == '\\' ? size_t{2} : 1;
    }
    const std::string_view content = x_source.substr(start, x_at - start);
    x_at += fence.size();
    if (is_string_form(content)) return push_string(prefix.flavour, content), true;
    std::string form;
    if (!append_string_form(content, prefix.is_raw, prefix.flavour, form)) return false;
    push_string(prefix.flavour, keep(std::move(form)));
    return true;
  }

  bool lex_format_string(StringPrefix prefix, std::string_view fence) {
    if (++x_format_depth > kFormatDepthMax) return false;
    std::string form;
    while (!looking_at(fence)) {
      const bool is_ok = looking_at("{{")   ? put_brace("{{", form)
                         : looking_at("}}") ? put_brace("}}", form)
                         : peek() == '{'    ? lex_field(prefix, fence, form)
                                            : lex_format_text(prefix, fence, "", form);
      if (!is_ok) return false;
    }
    x_at += fence.size();
    --x_format_depth;
    push_string(Flavour::kFormat, keep(std::move(form)));
    return true;
  }

  bool put_brace(std::string_view braces, std::string& form) {
    form += braces;
    x_at += braces.size();
    return true;
  }

  // Literal text up to the next brace or the end; at least one character.
  bool lex_format_text(StringPrefix prefix, std::string_view fence, std::string_view forbidden,
                       std::string& form) {
    const size_t start = x_at;
    while (!looking_at(fence) && peek() != '{' && peek() != '}') {
      if (at_end() || forbidden.find(peek()) != std::string_view::npos) return false;
      if (fence.size() == 1 && peek() == '\n') return false;
      if (peek() != '\\') {
        ++x_at;
      } else if (!prefix.is_raw && looking_at("\\N{")) {
        x_at = x_source.find('}', x_at);
        if (x_at == std::string_view::npos) return false;
        ++x_at;
      } else {
        x_at += peek(1) == '{' || peek(1) == '}' ? size_t{1} : 2;
      }
    }
    if (x_at == start || x_at > x_source.size()) return false;
    return append_string_form(x_source.substr(start, x_at - start), prefix.is_raw, Flavour::kFormat,
                              form);
  }

  // "{expression}", "{expression=}", "{expression!r:>{width}}".
  bool lex_field(StringPrefix prefix, std::string_view fence, std::string& form) {
    const size_t start = ++x_at;
    std::string expression;
    if (!lex_field_expression(expression)) return false;
    bool shows_source = false;
    if (peek() == '=') {
      ++x_at;
      while (peek() == ' ' || peek() == '\t') ++x_at;
      const std::string_view source = x_source.substr(start, x_at - start);
      if (source.find_first_of("\n#\\") != std::string_view::npos) return false;
      append_string_form(source, true, Flavour::kFormat, form);
      shows_source = true;
    }
    form += expression.starts_with('{') ? "{ " : "{";
    form += expression;
    if (peek() == '!') {
      const char conversion = peek(1);
      if (conversion != 'r' && conversion != 's' && conversion != 'a') return false;
      form += '!';
      form += conversion;
      x_at += 2;
    } else if (shows_source && peek() == '}') {
      form += "!r";
    }
    while (peek() == ' ') ++x_at;
    if (peek() == ':' && !lex_format_spec(prefix, fence, form)) return false;
    if (peek() != '}') return false;
    ++x_at;
    form += '}';
    return true;
  }

  bool lex_format_spec(StringPrefix prefix, std::string_view fence, std::string& form) {
    ++x_at;
    form += ':';
    if (++x_format_depth > kFormatDepthMax) return false;
    while (peek() != '}') {
      if (looking_at("{{") || looking_at(fence)) return false;
      if (peek() == '{' ? !lex_field(prefix, fence, form)
                        : !lex_format_text(prefix, fence, "\n", form))
        return false;
    }
    --x_format_depth;
    return true;
  }

  // The tokens between "{" and whatever ends them, in their own normal form.
  bool lex_field_expression(std::string& expression) {
    auto outer_tokens = std::exchange(x_tokens, {});
    auto outer_brackets = std::exchange(x_brackets, {});
    ++x_format_depth;
    const bool starts_statement = std::exchange(x_starts_statement, false);
    const auto is_ending = [&] {
      const char c = peek();
      return c == '}' || c == ':' || (c == '=' && peek(1) != '=') || (c == '!' && peek(1) != '=');
    };
    while (!at_end() && !(x_brackets.empty() && is_ending()))
      if (!lex_token()) return false;
    if (at_end() || x_tokens.empty()) return false;
    --x_format_depth;
    x_starts_statement = starts_statement;
    drop_redundant(x_tokens);
    append_tokens(x_tokens, expression);
    x_tokens = std::move(outer_tokens);
    x_brackets = std::move(outer_brackets);
    return true;
  }

  std::string_view x_source;
  Dialect x_dialect;
  size_t x_at = 0;
  TokenList x_list;
  std::vector<Token> x_tokens;
  std::vector<char> x_brackets;
  std::vector<Column> x_columns = {Column{}};
  int x_format_depth = 0;
  bool x_starts_line = true;
  bool x_starts_statement = true;
  bool x_is_compound = false;  // this statement's head ends with a ":"
  bool x_is_inline = false;    // in the block of "if a: b"
  int x_lambdas = 0;           // whose ":" has not come, outside of brackets
};

}  // namespace

bool is_impure_pragma(std::string_view comment) {
  comment.remove_prefix(std::min(comment.find_first_not_of("# \t"), comment.size()));
  constexpr std::string_view kPragma = "cairn:";
  if (!comment.starts_with(kPragma)) return false;
  comment.remove_prefix(kPragma.size());
  comment.remove_prefix(std::min(comment.find_first_not_of(" \t"), comment.size()));
  constexpr std::string_view kImpure = "impure";
  return comment.starts_with(kImpure) &&
         (comment.size() == kImpure.size() || !is_name_part(comment[kImpure.size()]));
}

std::optional<TokenList> lex_python(std::string_view source, Dialect dialect) {
  return Lexer(source, dialect).run();
}

}  // namespace cairn::trace
