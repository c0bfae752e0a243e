// Redundant parentheses by operator precedence, without a parser.
//
// Parentheses around E change nothing when every operator of E binds tighter than the operators
// that stand left and right of them. So one pass keeps, for each open bracket, the loosest operator
// seen directly in it, and whatever forbids the question: a comma, a "for", a ":=".
#include "trace/python_expression.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace cairn::trace {
namespace {

// How tight an operator binds (the Python reference, 6.17, upside down).
enum Binding : int {
  kBoundary = 1,  // a bracket, a comma, the end, a keyword of a statement
  kChoice = 2,    // a if b else c
  kOr = 3,
  kAnd = 4,
  kNot = 5,
  kComparison = 6,
  kBitOr = 7,
  kBitXor = 8,
  kBitAnd = 9,
  kShift = 10,
  kSum = 11,
  kProduct = 12,
  kSign = 13,
  kPower = 14,
  kAwait = 16,
  kTrailer = 17,  // a.b, a[b], a(b)
  kAtom = 18,
  kNever = 99,  // parentheses beside it stay
};

int operator_binding(std::string_view op) {
  switch (op[0]) {
    case '|':
      return kBitOr;
    case '^':
      return kBitXor;
    case '&':
      return kBitAnd;
    case '+':
    case '-':
      return kSum;
    case '*':
      return op == "**" ? kPower : kProduct;
    case '/':
    case '%':
    case '@':
      return kProduct;
    case '~':
      return kSign;
    case '.':
      return op == "." ? kTrailer : kNever;
    case '<':
    case '>':
      return op == "<<" || op == ">>" ? kShift : kComparison;
    default:
      return kComparison;  // "==", "!="
  }
}

bool is_boundary(std::string_view op) {
  constexpr auto kBoundaries = std::to_array<std::string_view>(
      {"(",  "[",  "{",  ")",   "]",  "}",  ",",  ":",  "=",  "->",  ":=",  "+=",
       "-=", "*=", "/=", "//=", "%=", "@=", "&=", "|=", "^=", ">>=", "<<=", "**="});
  return std::find(kBoundaries.begin(), kBoundaries.end(), op) != kBoundaries.end();
}

int keyword_binding(std::string_view word) {
  if (word == "if" || word == "else") return kChoice;
  if (word == "or") return kOr;
  if (word == "and") return kAnd;
  if (word == "not") return kNot;
  if (word == "in" || word == "is") return kComparison;
  if (word == "await") return kAwait;
  if (word == "lambda") return kNever;
  return kBoundary;
}

bool is_expression_keyword(std::string_view word) { return keyword_binding(word) != kBoundary; }

struct Bracket {
  size_t at = 0;
  bool follows_operand = false;  // a call, a subscript, parameters
  bool is_plain = true;          // an expression, maybe with commas, and nothing else
  bool is_generator = false;     // but for "for"
  size_t commas = 0;
  int loosest = kAtom;
};

class Simplifier {
 public:
  explicit Simplifier(std::span<Token> tokens) : x_tokens(tokens) {}

  void run() {
    for (size_t i = 0; i < x_tokens.size(); ++i) {
      const Token& token = x_tokens[i];
      if (x_open.empty()) note_for(i);
      if (token.kind == TokenKind::kOperator && std::string_view("([{").find(token.text) < 3) {
        x_open.push_back({i, i > 0 && ends_operand(i - 1)});
      } else if (token.kind == TokenKind::kOperator &&
                 std::string_view(")]}").find(token.text) < 3) {
        if (x_open.empty()) return;
        close(i);
      } else if (!x_open.empty()) {
        note(i, x_open.back());
      }
    }
  }

 private:
  // Before anything at `at` was dropped: brackets end operands whether they stay or not.
  bool ends_operand(size_t at) const {
    const Token& token = x_tokens[at];
    switch (token.kind) {
      case TokenKind::kName:
      case TokenKind::kNumber:
      case TokenKind::kString:
        return true;
      case TokenKind::kOperator:
        return token.text == ")" || token.text == "]" || token.text == "}" || token.text == "...";
      case TokenKind::kDropped:
        return token.text == ")";
      default:
        return false;
    }
  }

  bool starts_statement(size_t at) const {
    if (at == 0) return true;
    const TokenKind before = x_tokens[at - 1].kind;
    return before == TokenKind::kNewline || before == TokenKind::kIndent ||
           before == TokenKind::kDedent;
  }

  // Null at the end of the tokens and of a statement.
  const Token* next(size_t at) const {
    if (at + 1 >= x_tokens.size() || x_tokens[at + 1].kind == TokenKind::kNewline) return nullptr;
    return &x_tokens[at + 1];
  }

  // Finds the "in" of a for statement, which takes a bare tuple where the operator takes none.
  void note_for(size_t at) {
    if (starts_statement(at)) x_is_for = false;
    const Token& token = x_tokens[at];
    const bool follows_async = at > 0 && x_tokens[at - 1].is_keyword("async");
    if (token.is_keyword("for") && (starts_statement(at) || follows_async)) x_is_for = true;
    if (token.is_keyword("in") && std::exchange(x_is_for, false)) x_for_in = at;
  }

  // What the token says about the bracket that it stands in.
  void note(size_t at, Bracket& bracket) {
    const Token& token = x_tokens[at];
    if (token.kind == TokenKind::kKeyword) {
      const int binding = token.text == "not" ? not_binding(at) : keyword_binding(token.text);
      if (token.text == "for")
        bracket.is_generator = true;
      else if (is_expression_keyword(token.text) && binding != kNever)
        bracket.loosest = std::min(bracket.loosest, binding);
      else
        bracket.is_plain = false;
    } else if (token.kind == TokenKind::kOperator) {
      if (token.text == ",")
        ++bracket.commas;
      else if (token.text == "." || token.text == "...")
        return;
      else if (is_boundary(token.text))
        bracket.is_plain = false;
      else
        note_operator(at, bracket);
    } else if (token.kind == TokenKind::kMagic) {
      bracket.is_plain = false;
    }
  }

  void note_operator(size_t at, Bracket& bracket) {
    const std::string_view op = x_tokens[at].text;
    int binding = operator_binding(op);
    if (at == 0 || !ends_operand(at - 1)) {
      if (op == "+" || op == "-")
        binding = kSign;
      else if (op != "~")
        bracket.is_plain = bracket.is_plain && op == "*";  // *a, **a: of a tuple only
    }
    bracket.loosest = std::min(bracket.loosest, binding);
  }

  // "not" alone, or the half of "not in" and "is not".
  int not_binding(size_t at) const {
    const bool follows_is = at > 0 && x_tokens[at - 1].is_keyword("is");
    const bool precedes_in = at + 1 < x_tokens.size() && x_tokens[at + 1].is_keyword("in");
    return follows_is || precedes_in ? kComparison : kNot;
  }

  int left_binding(size_t at) const {
    if (starts_statement(at)) return kBoundary;
    const Token& before = x_tokens[at - 1];
    if (before.kind == TokenKind::kKeyword)
      return before.text == "not" ? not_binding(at - 1) : keyword_binding(before.text);
    if (before.kind != TokenKind::kOperator) return kNever;
    if (is_boundary(before.text)) return kBoundary;
    const bool is_unary = at < 2 || !ends_operand(at - 2);
    if (is_unary && (before.text == "+" || before.text == "-")) return kSign;
    return operator_binding(before.text);
  }

  int right_binding(size_t close) const {
    const Token* after = next(close);
    if (!after) return kBoundary;
    if (after->kind == TokenKind::kKeyword)
      return after->text == "not" ? kComparison : keyword_binding(after->text);
    if (after->kind != TokenKind::kOperator) return kNever;
    if (after->text == "(" || after->text == "[") return kTrailer;
    if (after->text == "{" || after->text == ":=") return kNever;
    return is_boundary(after->text) ? kBoundary : operator_binding(after->text);
  }

  bool is_redundant_group(const Bracket& bracket, size_t close) const {
    const Token* after = next(close);
    // "(x): int" is another annotation than "x: int".
    if (starts_statement(bracket.at) && after && after->is_operator(":")) return false;
    const int left = left_binding(bracket.at), right = right_binding(close);
    const bool is_left_associative = right >= kBitOr && right <= kProduct;
    // "a ** -b" is the one place where what binds less tightly needs no parentheses.
    const bool is_exponent = left == kPower && is_sign(x_tokens[bracket.at + 1]);
    return (bracket.loosest > left || (is_exponent && bracket.loosest == kSign)) &&
           (bracket.loosest > right || (bracket.loosest == right && is_left_associative));
  }

  static bool is_sign(const Token& token) {
    return token.is_operator("-") || token.is_operator("+") || token.is_operator("~");
  }

  // The bracket just outside, which opens right before this one: "f(" or "x[", but no pattern.
  bool is_alone_in(std::string_view open, const Bracket& bracket, size_t close) const {
    if (x_open.empty() || x_open.back().at + 1 != bracket.at || !x_open.back().follows_operand)
      return false;
    const Token* after = next(close);
    const Token& before_outer = x_tokens[x_open.back().at - 1];
    return x_tokens[x_open.back().at].text == open && after &&
           after->is_operator(open == "(" ? ")" : "]") && !is_soft_keyword(before_outer);
  }

  static bool is_soft_keyword(const Token& token) {
    return token.text == "match" || token.text == "case";
  }

  // Where the grammar takes a tuple with or without its parentheses.
  bool is_redundant_tuple(const Bracket& bracket, size_t close) const {
    const Token* before = starts_statement(bracket.at) ? nullptr : &x_tokens[bracket.at - 1];
    const Token* after = next(close);
    if (before && before->is_keyword("for")) return after && after->is_keyword("in");
    if (before && before->is_keyword("yield")) return !after || after->is_operator(")");
    if (is_alone_in("[", bracket, close)) return true;
    if (!x_open.empty()) return false;
    if (before && before->is_keyword("in"))
      return x_for_in == bracket.at - 1 && after && after->is_operator(":");
    const bool may_start = !before || before->is_operator("=") || before->is_keyword("return");
    return may_start && (!after || after->is_operator("="));
  }

  void drop(size_t at) { x_tokens[at].kind = TokenKind::kDropped; }

  void drop_pair(const Bracket& bracket, size_t close) {
    drop(bracket.at);
    drop(close);
  }

  // "f(a,)" is "f(a)", but "(a,)" is no "(a)", and neither is "x[a,]" nor a pattern "case (a,)".
  void drop_last_comma(const Bracket& bracket, size_t close, bool is_import) {
    if (close == 0 || !x_tokens[close - 1].is_operator(",")) return;
    const Token& open = x_tokens[bracket.at];
    const Token* before = bracket.at > 0 ? &x_tokens[bracket.at - 1] : nullptr;
    bool is_of_one = false;  // whether it makes a tuple of one item
    if (open.text == "(" && !is_import)
      is_of_one = !bracket.follows_operand || is_soft_keyword(*before);
    else if (open.text == "[")
      is_of_one = bracket.follows_operand;
    if (!is_of_one || bracket.commas > 1) drop(close - 1);
  }

  void close(size_t at) {
    const Bracket bracket = x_open.back();
    x_open.pop_back();
    const Token* before = bracket.at > 0 ? &x_tokens[bracket.at - 1] : nullptr;
    const bool is_import = before && before->is_keyword("import");
    const bool is_empty = bracket.at + 1 == at;
    drop_last_comma(bracket, at, is_import);
    if (x_tokens[bracket.at].text != "(") return;
    if (is_import) return drop_pair(bracket, at);
    if (is_empty) {
      if (bracket.at >= 2 && x_tokens[bracket.at - 2].is_keyword("class")) drop_pair(bracket, at);
      return;
    }
    if (bracket.follows_operand || !bracket.is_plain) return;
    if (bracket.is_generator) {
      if (is_alone_in("(", bracket, at)) drop_pair(bracket, at);
      return;
    }
    if (bracket.commas > 0) {
      if (is_redundant_tuple(bracket, at)) drop_pair(bracket, at);
    } else if (!x_tokens[bracket.at + 1].is_operator("*") && is_redundant_group(bracket, at)) {
      drop_pair(bracket, at);
      if (!x_open.empty()) x_open.back().loosest = std::min(x_open.back().loosest, bracket.loosest);
    }
  }

  std::span<Token> x_tokens;
  std::vector<Bracket> x_open;
  bool x_is_for = false;  // in a for statement, before its "in"
  size_t x_for_in = 0;
};

void append_string(const Token& token, std::string& out) {
  switch (token.flavour) {
    case Flavour::kText:
      break;
    case Flavour::kBytes:
      out += 'b';
      break;
    case Flavour::kFormat:
      out += 'f';
      break;
    case Flavour::kDocstring:
      out += "doc";
      break;
  }
  out += '"';
  out += token.text;
  out += '"';
}

}  // namespace

void drop_redundant(std::span<Token> tokens) { Simplifier(tokens).run(); }

void append_tokens(std::span<const Token> tokens, std::string& out) {
  bool is_first = true;
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::kDropped) continue;
    if (!is_first) out += ' ';
    is_first = false;
    if (token.kind == TokenKind::kString)
      append_string(token, out);
    else
      out += token.text;
  }
}

}  // namespace cairn::trace
