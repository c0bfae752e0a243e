// See relation.h: a lexer, and a descent that yields sums or comparisons.
#include "sweep/relation.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "sweep/choice.h"

namespace cairn::sweep {

using model::Value;

namespace {

constexpr size_t kTextBytesMax = 10'000;
constexpr int kNestingMax = 50;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Token {
  enum class Kind { kEnd, kNumber, kWord, kName, kQuoted, kSymbol, kBroken };
  Kind kind = Kind::kEnd;
  std::string_view text;  // without quotes or backticks
  size_t at = 0;
  Value number;

  bool is(std::string_view symbol_or_word) const {
    return (kind == Kind::kSymbol || kind == Kind::kWord) && text == symbol_or_word;
  }
};

Token lex_number(std::string_view text, size_t at) {
  double number = 0;
  const char *first = text.data() + at, *last = text.data() + text.size();
  const auto [end, error] = std::from_chars(first, last, number);
  Token token{Token::Kind::kNumber, text.substr(at, static_cast<size_t>(end - first)), at, number};
  if (error != std::errc() || !std::isfinite(number)) token.kind = Token::Kind::kBroken;
  if (token.text.find_first_not_of("0123456789") == std::string_view::npos) {
    int64_t whole = 0;
    if (std::from_chars(first, end, whole).ec == std::errc()) token.number = whole;
  }
  return token;
}

Token lex(std::string_view text, size_t at) {
  at = std::min(text.find_first_not_of(" \t\n", at), text.size());
  if (at == text.size()) return {Token::Kind::kEnd, {}, at, {}};
  const char c = text[at];
  if (is_digit(c) || (c == '.' && at + 1 < text.size() && is_digit(text[at + 1])))
    return lex_number(text, at);
  if (c == '\'' || c == '"' || c == '`') {
    const size_t end = text.find(c, at + 1);
    if (end == std::string_view::npos) return {Token::Kind::kBroken, text.substr(at), at, {}};
    const auto kind = c == '`' ? Token::Kind::kName : Token::Kind::kQuoted;
    return {kind, text.substr(at + 1, end - at - 1), at, {}};
  }
  size_t end = at;
  while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]) || text[end] == '.'))
    ++end;
  if (end > at) return {Token::Kind::kWord, text.substr(at, end - at), at, {}};
  const bool is_double = at + 1 < text.size() && text[at + 1] == '=';
  return {Token::Kind::kSymbol, text.substr(at, is_double ? 2 : 1), at, {}};
}

size_t end_of(const Token& token) {
  const bool is_quoted = token.kind == Token::Kind::kName || token.kind == Token::Kind::kQuoted;
  return token.at + token.text.size() + (is_quoted ? 2 : 0);
}

bool is_keyword(std::string_view word) {
  return word == "and" || word == "or" || word == "not" || word == "in";
}

// A sum of parameters with factors, in the order in which they came, and a number.
struct Sum {
  std::vector<std::string> names;
  std::vector<double> factors;
  double rest = 0;

  void add(const Sum& other, double sign) {
    for (size_t i = 0; i < other.names.size(); ++i) {
      const auto found = std::find(names.begin(), names.end(), other.names[i]);
      if (found != names.end()) {
        factors[static_cast<size_t>(found - names.begin())] += sign * other.factors[i];
      } else {
        names.push_back(other.names[i]);
        factors.push_back(sign * other.factors[i]);
      }
    }
    rest += sign * other.rest;
  }
  void scale(double factor) {
    for (double& own : factors) own *= factor;
    rest *= factor;
  }
  bool is_name() const { return names.size() == 1 && factors[0] == 1 && rest == 0; }
};

// `name` == one of `values`, or within bounds.
using Comparison = Condition;
using AllOf = std::vector<Comparison>;

class Reader {
 public:
  explicit Reader(std::string_view text) : x_text(text), x_token(lex(text, 0)) {}

  Result<std::vector<Constraint>> constraints() {
    if (x_token.is("not")) return forbidden();
    return chain();
  }

  Result<AllOf> conditions() {
    TRY(AllOf all, all_of());
    TRY_VOID(end());
    return all;
  }

 private:
  void next() { x_token = lex(x_text, end_of(x_token)); }
  bool take(std::string_view symbol_or_word) {
    if (!x_token.is(symbol_or_word)) return false;
    next();
    return true;
  }

  tl::unexpected<Error> refuse(std::string_view expected) const {
    const std::string found =
        x_token.kind == Token::Kind::kEnd ? "its end" : show(Value(x_token.text));
    return fail(Code::kInvalid, "expected {} at character {} of {}, found {}", expected,
                x_token.at + 1, show(Value(x_text)), found);
  }
  Result<void> end() const {
    if (x_token.kind == Token::Kind::kEnd) return {};
    return refuse("the end");
  }

  bool is_at_name() const {
    return x_token.kind == Token::Kind::kName ||
           (x_token.kind == Token::Kind::kWord && !is_keyword(x_token.text));
  }
  Result<std::string> name() {
    if (!is_at_name()) return refuse("the name of a parameter");
    std::string name(x_token.text);
    next();
    return name;
  }

  Result<Sum> factor(int depth) {
    if (depth > kNestingMax) return refuse("fewer brackets");
    if (take("-")) {
      TRY(Sum negated, factor(depth + 1));
      negated.scale(-1);
      return negated;
    }
    if (take("(")) {
      TRY(Sum inner, sum(depth + 1));
      if (!take(")")) return refuse("')'");
      return inner;
    }
    Sum sum;
    if (x_token.kind == Token::Kind::kNumber) {
      sum.rest = x_token.number.number_or(0);
      next();
      return sum;
    }
    if (!is_at_name()) return refuse("a parameter or a number");
    sum.names.emplace_back(x_token.text);
    sum.factors.push_back(1);
    next();
    return sum;
  }

  Result<Sum> product(int depth) {
    TRY(Sum left, factor(depth));
    while (x_token.is("*") || x_token.is("/")) {
      const bool is_quotient = x_token.is("/");
      next();
      TRY(Sum right, factor(depth));
      if (!is_quotient && left.names.empty()) std::swap(left, right);
      if (!right.names.empty() || (is_quotient && right.rest == 0))
        return refuse("a number other than 0 as factor: a sum has to be linear");
      left.scale(is_quotient ? 1 / right.rest : right.rest);
    }
    return left;
  }

  Result<Sum> sum(int depth) {
    TRY(Sum sum, product(depth));
    while (x_token.is("+") || x_token.is("-")) {
      const double sign = x_token.is("-") ? -1 : 1;
      next();
      TRY(const Sum more, product(depth));
      sum.add(more, sign);
    }
    return sum;
  }

  Result<std::vector<Constraint>> chain() {
    std::vector<Sum> sums(1);
    TRY(sums[0], sum(0));
    const bool is_descending = x_token.is(">=");
    while (x_token.is("<=") || x_token.is(">=")) {
      if (x_token.is(">=") != is_descending) return refuse("one direction of a chain");
      next();
      TRY(Sum more, sum(0));
      sums.push_back(std::move(more));
    }
    if (x_token.is("<") || x_token.is(">"))
      return refuse("<= or >= (of whole numbers, a + 1 <= b says that a is below b)");
    if (sums.size() == 1) return refuse("<= or >=");
    TRY_VOID(end());
    if (is_descending) std::reverse(sums.begin(), sums.end());
    if (std::all_of(sums.begin(), sums.end(), [](const Sum& s) { return s.is_name(); }))
      return std::vector{ascending(sums)};
    std::vector<Constraint> constraints;
    for (size_t i = 1; i < sums.size(); ++i) {
      TRY(Constraint constraint, linear(sums[i - 1], sums[i]));
      constraints.push_back(std::move(constraint));
    }
    return constraints;
  }

  static Constraint ascending(const std::vector<Sum>& sums) {
    Constraint constraint{.kind = Constraint::Kind::kAscending};
    for (const Sum& sum : sums) constraint.names.push_back(sum.names[0]);
    return constraint;
  }

  Result<Constraint> linear(Sum less, const Sum& more) const {
    less.add(more, -1);
    Constraint constraint{.kind = Constraint::Kind::kLinear, .bound = 0 - less.rest};
    bool is_finite = std::isfinite(constraint.bound);
    for (size_t i = 0; i < less.names.size(); ++i) {
      if (less.factors[i] == 0) continue;
      is_finite = is_finite && std::isfinite(less.factors[i]);
      constraint.names.push_back(less.names[i]);
      constraint.factors.push_back(less.factors[i]);
    }
    if (!is_finite) return refuse("factors that are finite");
    if (constraint.names.empty()) return refuse("a parameter on one side");
    return constraint;
  }

  Result<std::vector<Constraint>> forbidden() {
    next();
    std::vector<AllOf> cases(1);
    if (take("(")) {
      TRY(cases[0], all_of());
      while (take("or")) {
        TRY(AllOf more, all_of());
        cases.push_back(std::move(more));
      }
      if (!take(")")) return refuse("')'");
    } else {
      TRY(Comparison only, comparison());
      cases[0].push_back(std::move(only));
    }
    TRY_VOID(end());
    std::vector<Constraint> constraints;
    for (AllOf& all : cases) {
      Constraint constraint{.kind = Constraint::Kind::kForbidden};
      for (Comparison& one : all) {
        if (one.values.empty())
          return refuse(
              fmt::format("'{} == ...' or '{} in [...]' after 'not'", one.parent, one.parent));
        constraint.names.push_back(std::move(one.parent));
        constraint.values.push_back(std::move(one.values));
      }
      constraints.push_back(std::move(constraint));
    }
    return constraints;
  }

  Result<AllOf> all_of() {
    AllOf all;
    do {
      TRY(Comparison one, comparison());
      all.push_back(std::move(one));
    } while (take("and"));
    return all;
  }

  Result<Comparison> comparison() {
    Comparison comparison;
    TRY(comparison.parent, name());
    if (take("==") || take("=")) {
      TRY(Value value, literal());
      comparison.values.push_back(std::move(value));
      return comparison;
    }
    if (take("in")) {
      TRY(comparison.values, literals());
      return comparison;
    }
    const bool is_most = x_token.is("<=");
    if (!is_most && !x_token.is(">=")) return refuse("==, in, <= or >=");
    next();
    const Token at = x_token;
    TRY(const Value bound, literal());
    if (!bound.is_number() || bound.as_bool()) {
      x_token = at;
      return refuse("a number");
    }
    (is_most ? comparison.high : comparison.low) = bound.number_or(0);
    return comparison;
  }

  Result<model::List> literals() {
    const std::string_view closing = x_token.is("(") ? ")" : "]";
    if (!take("[") && !take("(")) return refuse("a list of values");
    model::List values;
    do {
      TRY(Value value, literal());
      values.push_back(std::move(value));
    } while (take(","));
    if (!take(closing)) return refuse(fmt::format("',' or '{}'", closing));
    return values;
  }

  Result<Value> literal() {
    const bool is_negative = take("-");
    const Token token = x_token;
    if (token.kind == Token::Kind::kNumber) {
      next();
      const int64_t* whole = token.number.as_int();
      if (!is_negative) return token.number;
      return whole ? Value(-*whole) : Value(-token.number.number_or(0));
    }
    const bool is_word = token.kind == Token::Kind::kWord && !is_keyword(token.text);
    if (is_negative || (!is_word && token.kind != Token::Kind::kQuoted)) return refuse("a value");
    next();
    if (token.is("true") || token.is("false")) return Value(token.is("true"));
    if (token.is("null")) return Value();
    return Value(token.text);
  }

  std::string_view x_text;
  Token x_token;
};

std::string print_name(const std::string& name) {
  const bool is_plain = is_letter(name[0]) && !is_keyword(name) &&
                        std::all_of(name.begin(), name.end(),
                                    [](char c) { return is_letter(c) || is_digit(c) || c == '.'; });
  return is_plain ? name : "`" + name + "`";
}

Result<void> check_size(std::string_view text) {
  if (text.size() <= kTextBytesMax) return {};
  return fail(Code::kLimit, "expected a relation of at most {} characters, found {}", kTextBytesMax,
              text.size());
}

}  // namespace

Result<std::vector<Constraint>> parse_constraints(std::string_view text) {
  TRY_VOID(check_size(text));
  return Reader(text).constraints();
}

Result<std::vector<Condition>> parse_conditions(std::string_view text) {
  TRY_VOID(check_size(text));
  return Reader(text).conditions();
}

std::string print_relation(const Constraint& constraint) {
  std::string text;
  for (size_t i = 0; i < constraint.names.size(); ++i) {
    const std::string name = print_name(constraint.names[i]);
    if (constraint.kind == Constraint::Kind::kAscending) {
      text += (i > 0 ? " <= " : "") + name;
      continue;
    }
    const double factor = constraint.factors[i], size = std::abs(factor);
    text += factor < 0 ? (i > 0 ? " - " : "-") : (i > 0 ? " + " : "");
    text += size == 1 ? name : fmt::format("{}*{}", size, name);
  }
  if (constraint.kind == Constraint::Kind::kLinear) text += fmt::format(" <= {}", constraint.bound);
  return text;
}

}  // namespace cairn::sweep
