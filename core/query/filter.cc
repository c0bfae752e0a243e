// The parser of the filter language: recursive descent, one function per rule of docs/filter.md.
#include "query/filter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/limits.h"
#include "base/nearest.h"
#include "model/run.h"
#include "query/filter_lexer.h"
#include "query/regex.h"
#include "query/time_text.h"

namespace cairn::query {
namespace {

constexpr std::array<std::string_view, 4> kDynamicRoots = {"config", "summary", "git", "meta"};

constexpr std::array<std::string_view, 12> kReserved = {
    "and", "or", "not", "in", "is", "contains", "null", "none", "nan", "true", "false", "now"};

struct Spelling {
  std::string_view symbol;
  Op op;
};
// For reading the first match counts, for printing the first with the same op.
constexpr std::array<Spelling, 9> kComparisons = {{{"=", Op::kEqual},
                                                   {"==", Op::kEqual},
                                                   {"!=", Op::kNotEqual},
                                                   {"<", Op::kLess},
                                                   {"<=", Op::kLessEqual},
                                                   {">", Op::kGreater},
                                                   {">=", Op::kGreaterEqual},
                                                   {"~", Op::kMatch},
                                                   {"!~", Op::kNotMatch}}};

bool is_ordering(Op op) { return op >= Op::kLess && op <= Op::kGreaterEqual; }
bool is_match(Op op) { return op == Op::kMatch || op == Op::kNotMatch; }
bool is_containment(Op op) { return op == Op::kContains || op == Op::kNotContains; }

Op mirrored(Op op) {  // 1 < x is x > 1
  switch (op) {
    case Op::kLess:
      return Op::kGreater;
    case Op::kLessEqual:
      return Op::kGreaterEqual;
    case Op::kGreater:
      return Op::kLess;
    case Op::kGreaterEqual:
      return Op::kLessEqual;
    default:
      return op;
  }
}

std::string_view describe(FieldType type) {
  switch (type) {
    case FieldType::kAny:
      return "a number, text, boolean or list";
    case FieldType::kText:
      return "text";
    case FieldType::kState:
      return "a state";
    case FieldType::kTags:
      return "a list of tags";
    case FieldType::kNumber:
      return "a number";
    case FieldType::kTime:
      return "a time";
    case FieldType::kDuration:
      return "a duration";
    case FieldType::kFlag:
      return "a boolean";
  }
  return {};
}

std::string_view describe(const Literal& literal) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "a boolean", "a number", "a number", "text", "a date", "a time", "a duration"};
  return kNames[literal.index()];
}

std::string_view example(FieldType type) {
  switch (type) {
    case FieldType::kTime:
      return "a date such as 2026-01-31 or an age such as -7d";
    case FieldType::kDuration:
      return "a duration such as 90s or 1h30m";
    case FieldType::kText:
      return "text in quotes";
    case FieldType::kTags:
      return "a tag in quotes";
    case FieldType::kNumber:
      return "a number";
    case FieldType::kAny:
      return "a number, a boolean or text in quotes";
    case FieldType::kState:
      return "one of running, finished, failed, crashed";
    case FieldType::kFlag:
      return "true or false";
  }
  return {};
}

// The literal as `type` understands it; null when such a literal can never equal such a field.
std::optional<Literal> convert(FieldType type, Literal literal) {
  const std::string* text = std::get_if<std::string>(&literal);
  const Duration* duration = std::get_if<Duration>(&literal);
  const bool number =
      std::holds_alternative<int64_t>(literal) || std::holds_alternative<double>(literal);
  switch (type) {
    case FieldType::kAny:
      if (text || number || std::holds_alternative<bool>(literal)) return literal;
      return std::nullopt;
    case FieldType::kText:
    case FieldType::kTags:
      if (text) return literal;
      return std::nullopt;
    case FieldType::kState:
      if (text && model::parse_state(*text)) return literal;
      return std::nullopt;
    case FieldType::kNumber:
      if (number) return literal;
      return std::nullopt;
    case FieldType::kFlag:
      if (std::holds_alternative<bool>(literal)) return literal;
      return std::nullopt;
    case FieldType::kDuration:
      if (duration) return literal;
      if (text) return parse_duration(*text);
      return std::nullopt;
    case FieldType::kTime:
      if (text) return parse_time(*text);
      if (duration && duration->ns <= 0) return FromNow{duration->ns};
      if (std::holds_alternative<TimeSpan>(literal) || std::holds_alternative<FromNow>(literal))
        return literal;
      return std::nullopt;
  }
  return std::nullopt;
}

bool is_reserved(const Token& token) {
  return std::any_of(kReserved.begin(), kReserved.end(),
                     [&](std::string_view word) { return token.is_keyword(word); });
}

std::string_view root_of(std::string_view name) { return name.substr(0, name.find('.')); }

bool is_dynamic_root(std::string_view root) {
  return std::find(kDynamicRoots.begin(), kDynamicRoots.end(), root) != kDynamicRoots.end();
}

const Field* find_built_in(std::string_view name) {
  for (const Field& field : built_in_fields())
    if (field.name == name) return &field;
  return nullptr;
}

class Parser {
 public:
  Parser(std::string_view source, std::vector<Token> tokens)
      : x_source(source), x_tokens(std::move(tokens)) {}

  Result<Filter> whole_filter() {
    if (at_end()) return Filter{};
    TRY(Filter filter, disjunction());
    if (!at_end()) return unexpected("expected 'and', 'or' or the end");
    return filter;
  }

  Result<Field> whole_field() {
    TRY(Field field, this->field());
    if (!at_end()) return unexpected("expected one field");
    return field;
  }

  Result<std::vector<SortKey>> whole_sort() {
    std::vector<SortKey> keys;
    if (at_end()) return keys;
    do {
      SortKey key;
      key.descending = take_symbol("-");
      if (!key.descending) take_symbol("+");
      TRY(Field field, this->field());
      key.field = std::move(field.name);
      keys.push_back(std::move(key));
    } while (take_symbol(","));
    if (!at_end()) return unexpected("expected ',' and a field, or the end");
    return keys;
  }

 private:
  // --- tokens
  const Token& peek() const { return x_tokens[x_next]; }
  const Token& previous() const { return x_tokens[x_next - 1]; }
  bool at_end() const { return peek().type == Token::Type::kEnd; }
  const Token& take() { return at_end() ? peek() : x_tokens[x_next++]; }
  bool take_symbol(std::string_view symbol) { return peek().is_symbol(symbol) && (take(), true); }
  bool take_keyword(std::string_view keyword) {
    return peek().is_keyword(keyword) && (take(), true);
  }
  bool keyword_follows(std::string_view keyword) const {  // after the next token
    return !at_end() && x_tokens[x_next + 1].is_keyword(keyword);
  }

  tl::unexpected<Error> unexpected(std::string_view what) const {
    return fail_at(x_source, peek().begin, what);
  }
  std::string after() const {  // " after 'TOKEN'"
    return x_next == 0 ? "" : fmt::format(" after '{}'", previous().source);
  }

  // --- rules
  Result<Filter> disjunction() {
    return chain(Filter::Kind::kOr, "or", "||", [this] { return conjunction(); });
  }
  Result<Filter> conjunction() {
    return chain(Filter::Kind::kAnd, "and", "&&", [this] { return negation(); });
  }

  // part { WORD part }; a part that is itself such a chain in brackets is spliced in.
  template <typename Part>
  Result<Filter> chain(Filter::Kind kind, std::string_view word, std::string_view symbol,
                       const Part& part) {
    TRY(Filter first, part());
    Filter all{kind, {}, {}};
    append(all, std::move(first));
    while (take_keyword(word) || take_symbol(symbol)) {
      TRY(Filter next, part());
      append(all, std::move(next));
    }
    if (all.parts.size() > 1) return all;
    return std::move(all.parts.front());
  }
  static void append(Filter& all, Filter part) {
    if (part.kind != all.kind) return all.parts.push_back(std::move(part));
    for (Filter& inner : part.parts) all.parts.push_back(std::move(inner));
  }

  Result<Filter> negation() {
    if (!take_keyword("not") && !take_symbol("!")) return primary();
    TRY_VOID(enter());
    TRY(Filter inner, negation());
    --x_depth;
    Filter filter{Filter::Kind::kNot, {}, {}};
    filter.parts.push_back(std::move(inner));
    return filter;
  }

  Result<Filter> primary() {
    if (!take_symbol("(")) return comparison();
    TRY_VOID(enter());
    TRY(Filter inner, disjunction());
    --x_depth;
    if (!take_symbol(")")) return unexpected("expected 'and', 'or' or ')'");
    return inner;
  }

  Result<void> enter() {
    if (++x_depth <= kFilterDepthMax) return {};
    return fail(Code::kLimit, "expected at most {} nested brackets and negations at character {}",
                kFilterDepthMax, previous().begin + 1);
  }

  Result<Filter> comparison() {
    Filter filter{Filter::Kind::kTerm, {}, {}};
    TRY_VOID(starts_value() ? value_then_field(filter.term) : field_then_value(filter.term));
    return filter;
  }
  bool starts_value() const {
    const Token& token = peek();
    if (token.type == Token::Type::kText || token.type == Token::Type::kLiteral) return true;
    if (token.is_symbol("-") || token.is_symbol("+")) return true;
    return token.is_keyword("true") || token.is_keyword("false") || token.is_keyword("now");
  }

  Result<void> value_then_field(Term& term) {
    const size_t begin = peek().begin;
    TRY(Literal literal, value());
    const Spelling* comparison = take_comparison();
    if (comparison && !is_match(comparison->op)) {
      term.op = mirrored(comparison->op);
    } else if (!comparison && peek().is_keyword("not") && keyword_follows("in")) {
      take(), take();
      term.op = Op::kNotContains;
    } else if (!comparison && take_keyword("in")) {
      term.op = Op::kContains;
    } else {
      return fail_at(x_source, begin, "expected a field, found a value",
                     "a comparison begins with a field, as in config.lr > 0.1");
    }
    TRY(term.field, field());
    return finish(term, std::move(literal), begin);
  }

  Result<void> field_then_value(Term& term) {
    TRY(term.field, field());
    if (const Spelling* comparison = take_comparison()) {
      term.op = comparison->op;
    } else if (take_keyword("is")) {
      return test(term);
    } else {
      const bool negated =
          peek().is_keyword("not") && (keyword_follows("in") || keyword_follows("contains"));
      if (negated) take();
      if (take_keyword("in")) {
        term.op = negated ? Op::kNotIn : Op::kIn;
        return list(term);
      }
      if (!take_keyword("contains"))
        return unexpected("expected a comparison such as = < in ~ or is" + after());
      term.op = negated ? Op::kNotContains : Op::kContains;
    }
    const size_t begin = peek().begin;
    TRY(Literal literal, value());
    return finish(term, std::move(literal), begin);
  }

  const Spelling* take_comparison() {
    for (const Spelling& spelling : kComparisons)
      if (take_symbol(spelling.symbol)) return &spelling;
    return nullptr;
  }

  Result<void> test(Term& term) {  // after "is"
    const bool negated = take_keyword("not");
    if (take_keyword("null") || take_keyword("none")) {
      term.op = negated ? Op::kIsNotNull : Op::kIsNull;
      return {};
    }
    if (!peek().is_keyword("nan")) return unexpected("expected null or nan" + after());
    term.op = negated ? Op::kIsNotNan : Op::kIsNan;
    if (term.field.type != FieldType::kAny && term.field.type != FieldType::kNumber)
      return unexpected(
          fmt::format("{} is {} and never nan", term.field.name, describe(term.field.type)));
    take();
    return {};
  }

  Result<void> list(Term& term) {  // after "in"
    const bool square = peek().is_symbol("[");
    if (!square && !peek().is_symbol("(")) return unexpected("expected '(' or '['" + after());
    take();
    do {
      const size_t begin = peek().begin;
      TRY(Literal literal, value());
      TRY_VOID(finish(term, std::move(literal), begin));
    } while (take_symbol(","));
    const std::string_view close = square ? "]" : ")";
    if (!take_symbol(close))
      return unexpected(fmt::format("expected ',' or '{}'{}", close, after()));
    return {};
  }

  // --- values
  Result<Literal> value() {
    const size_t begin = peek().begin;
    const bool negative = take_symbol("-");
    if (!negative) take_symbol("+");
    const bool sign = x_next > 0 && previous().begin == begin;
    if (peek().type == Token::Type::kLiteral) return signed_literal(negative);
    if (peek().is_keyword("inf")) {
      take();
      constexpr double kInfinity = std::numeric_limits<double>::infinity();
      return negative ? -kInfinity : kInfinity;
    }
    if (sign) return unexpected("expected a number" + after());
    if (peek().type == Token::Type::kText) return take().text;
    if (take_keyword("true")) return true;
    if (take_keyword("false")) return false;
    if (take_keyword("now")) return now();
    if (peek().is_keyword("null") || peek().is_keyword("none"))
      return fail_at(x_source, begin, "nothing compares with null",
                     "write 'is null' or 'is not null'");
    if (peek().is_keyword("nan"))
      return fail_at(x_source, begin, "nothing equals nan", "write 'is nan' or 'is not nan'");
    if (peek().type == Token::Type::kWord && !peek().quoted && !is_reserved(peek()))
      return bare_word();
    return unexpected("expected a value" + after());
  }

  // finished, adam, quiet-ridge-417; but what is a field stays one.
  Result<Literal> bare_word() {
    const Token& token = peek();
    if (!find_built_in(token.text) && !is_dynamic_root(root_of(token.text))) return take().text;
    return fail_at(x_source, token.begin, "expected a value, found a field",
                   fmt::format("write '{}' in quotes if it is text", token.text));
  }

  Result<Literal> signed_literal(bool negative) {
    const Token& token = take();
    if (!negative) return token.literal;
    if (const int64_t* whole = std::get_if<int64_t>(&token.literal)) return -*whole;
    if (const double* real = std::get_if<double>(&token.literal)) {
      // The one integer whose magnitude is no int64 itself.
      if (*real == 0x1p63 && token.source == "9223372036854775808")
        return std::numeric_limits<int64_t>::min();
      return -*real;
    }
    if (const Duration* duration = std::get_if<Duration>(&token.literal))
      return Duration{-duration->ns};
    return fail_at(x_source, token.begin, "expected a number or a duration after the sign");
  }

  Result<Literal> now() {  // after "now": [ ("-" | "+") duration ]
    const bool minus = take_symbol("-");
    if (!minus && !take_symbol("+")) return FromNow{};
    const Duration* duration = std::get_if<Duration>(&peek().literal);
    if (peek().type != Token::Type::kLiteral || !duration)
      return unexpected("expected a duration such as 7d" + after());
    take();
    return FromNow{minus ? -duration->ns : duration->ns};
  }

  // --- types
  Result<void> finish(Term& term, Literal literal, size_t begin) {
    const FieldType type = term.field.type;
    if (type == FieldType::kTags && term.op == Op::kEqual) term.op = Op::kContains;
    if (type == FieldType::kTags && term.op == Op::kNotEqual) term.op = Op::kNotContains;
    TRY_VOID(check_operation(term, literal, begin));
    const bool as_text = is_match(term.op) || (is_containment(term.op) && type == FieldType::kText);
    if (as_text) {
      if (!std::holds_alternative<std::string>(literal))
        return fail_at(x_source, begin, fmt::format("expected text, found {}", describe(literal)));
      if (is_match(term.op)) TRY_VOID(check_regex(std::get<std::string>(literal), begin));
      term.values.push_back(std::move(literal));
      return {};
    }
    std::optional<Literal> converted = convert(type, literal);
    if (!converted) return fail_type(term.field, literal, begin);
    term.values.push_back(std::move(*converted));
    return {};
  }

  Result<void> check_operation(const Term& term, const Literal& literal, size_t begin) const {
    const FieldType type = term.field.type;
    const bool member_or_word = type == FieldType::kState || type == FieldType::kTags;
    const bool measure = type == FieldType::kNumber || type == FieldType::kTime ||
                         type == FieldType::kDuration || type == FieldType::kFlag;
    if (is_ordering(term.op) && (member_or_word || std::holds_alternative<bool>(literal)))
      return fail_at(
          x_source, begin,
          fmt::format("{} has no order", member_or_word ? describe(type) : describe(literal)),
          "compare with = or !=");
    if (is_match(term.op) && measure)
      return fail_at(x_source, begin,
                     fmt::format("{} is {}, and ~ is for text", term.field.name, describe(type)));
    if (is_containment(term.op) && (measure || type == FieldType::kState))
      return fail_at(x_source, begin,
                     fmt::format("{} is {} and contains nothing", term.field.name, describe(type)));
    return {};
  }

  Result<void> check_regex(const std::string& pattern, size_t begin) const {
    const re2::RE2 regex(pattern, regex_options());
    if (regex.ok()) return {};
    return fail_at(
        x_source, begin,
        fmt::format("expected a regular expression, found an error ({})", regex.error()));
  }

  tl::unexpected<Error> fail_type(const Field& field, const Literal& literal, size_t begin) const {
    const std::string* text = std::get_if<std::string>(&literal);
    std::string hint;
    if (field.type == FieldType::kState && text) {
      if (const auto state = nearest_name(*text, {"running", "finished", "failed", "crashed"}))
        hint = fmt::format("did you mean {}?", *state);
    } else if (field.type == FieldType::kAny) {
      hint = "write it in quotes to compare text";
    } else if (field.type == FieldType::kTime && std::holds_alternative<Duration>(literal)) {
      hint = "an age has a minus";
    }
    const std::string found = text ? fmt::format("'{}'", *text) : std::string(describe(literal));
    return fail_at(x_source, begin,
                   fmt::format("{} is {}: expected {}, found {}", field.name, describe(field.type),
                               example(field.type), found),
                   hint);
  }

  // --- fields
  Result<Field> field() {
    const Token& token = peek();
    if (token.type != Token::Type::kWord || is_reserved(token))
      return unexpected("expected a field" + after());
    take();
    const std::string_view root = root_of(token.text);
    if (is_dynamic_root(root)) {
      if (token.text.size() > root.size() + 1) return Field{token.text, FieldType::kAny};
      return fail_at(x_source, token.begin, fmt::format("expected a name after '{}'", root),
                     fmt::format("as in {}.lr", root));
    }
    if (const Field* known = find_built_in(token.text)) return *known;
    if (parse_series_field(token.text)) return Field{token.text, FieldType::kNumber};
    return fail_at(x_source, token.begin, fmt::format("unknown field '{}'", token.text),
                   suggest(token.text));
  }

  static std::string suggest(const std::string& name) {
    const std::string_view root = root_of(name);
    std::vector<std::string_view> candidates(kDynamicRoots.begin(), kDynamicRoots.end());
    if (root.size() < name.size()) {
      if (const auto near = nearest_name(root, candidates))
        return fmt::format("did you mean {}{}?", *near, std::string_view(name).substr(root.size()));
    } else {
      for (const Field& field : built_in_fields()) candidates.push_back(field.name);
      if (const auto near = nearest_name(name, candidates))
        return fmt::format("did you mean {}?", *near);
    }
    return fmt::format("a key of yours is written config.{0} or summary.{0}", name);
  }

  std::string_view x_source;
  std::vector<Token> x_tokens;
  size_t x_next = 0;
  int x_depth = 0;
};

Result<Parser> make_parser(std::string_view text) {
  if (text.size() > kFilterBytesMax)
    return fail(Code::kLimit, "expected at most {} bytes of text, found {}", kFilterBytesMax,
                text.size());
  TRY(std::vector<Token> tokens, lex(text));
  return Parser(text, std::move(tokens));
}

// --- printing

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) out.append(c == quote ? 2 : 1, c);
  return out + quote;
}

std::string print_real(double real) {
  std::string text = fmt::format("{}", real);
  if (text.find_first_of(".einf") == std::string::npos) text += ".0";
  return text;
}

struct LiteralPrinter {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return print_real(value); }
  std::string operator()(const std::string& value) const { return quoted(value, '\''); }
  std::string operator()(const TimeSpan& value) const { return print_time(value); }
  std::string operator()(const Duration& value) const { return print_duration(value); }
  std::string operator()(const FromNow& value) const {
    if (value.offset_ns == 0) return "now";
    return (value.offset_ns > 0 ? "now + " : "now - ") +
           print_duration({std::abs(value.offset_ns)});
  }
};

std::string print_op(Op op) {
  for (const Spelling& spelling : kComparisons)
    if (spelling.op == op) return std::string(spelling.symbol);
  switch (op) {
    case Op::kIn:
      return "in";
    case Op::kNotIn:
      return "not in";
    case Op::kContains:
      return "contains";
    case Op::kNotContains:
      return "not contains";
    case Op::kIsNull:
      return "is null";
    case Op::kIsNotNull:
      return "is not null";
    case Op::kIsNan:
      return "is nan";
    default:
      return "is not nan";
  }
}

std::string print_term(const Term& term) {
  std::string out = print_field(term.field.name) + " " + print_op(term.op);
  const bool list = term.op == Op::kIn || term.op == Op::kNotIn;
  for (size_t i = 0; i < term.values.size(); ++i) {
    out += i > 0 ? ", " : list ? " (" : " ";
    out += std::visit(LiteralPrinter{}, term.values[i]);
  }
  return list ? out + ")" : out;
}

std::string print_in_brackets_if(bool brackets, const Filter& filter) {
  return brackets ? "(" + print_filter(filter) + ")" : print_filter(filter);
}

}  // namespace

const std::vector<Field>& built_in_fields() {
  static const std::vector<Field> fields = {
      {"name", FieldType::kText},        {"state", FieldType::kState},
      {"id", FieldType::kText},          {"project", FieldType::kText},
      {"tags", FieldType::kTags},        {"notes", FieldType::kText},
      {"group", FieldType::kText},       {"job_type", FieldType::kText},
      {"created", FieldType::kTime},     {"updated", FieldType::kTime},
      {"ended", FieldType::kTime},       {"duration", FieldType::kDuration},
      {"user", FieldType::kText},        {"host", FieldType::kText},
      {"exit_code", FieldType::kNumber}, {"last_step", FieldType::kNumber},
      {"lost", FieldType::kNumber},      {"archived", FieldType::kFlag}};
  return fields;
}

std::optional<SeriesField> parse_series_field(std::string_view name) {
  for (const std::string_view what : {"min", "max", "last", "best"})
    if (name.size() > what.size() + 1 && name.starts_with(what) && name[what.size()] == ':')
      return SeriesField{what, name.substr(what.size() + 1)};
  return std::nullopt;
}

Result<Filter> parse_filter(std::string_view text) {
  TRY(Parser parser, make_parser(text));
  return parser.whole_filter();
}

Result<Field> parse_field(std::string_view text) {
  TRY(Parser parser, make_parser(text));
  return parser.whole_field();
}

Result<std::vector<SortKey>> parse_sort(std::string_view text) {
  TRY(Parser parser, make_parser(text));
  return parser.whole_sort();
}

std::string print_filter(const Filter& filter) {
  std::string out;
  switch (filter.kind) {
    case Filter::Kind::kTerm:
      return print_term(filter.term);
    case Filter::Kind::kNot: {
      const Filter& inner = filter.parts.front();
      const bool chain = inner.kind == Filter::Kind::kAnd || inner.kind == Filter::Kind::kOr;
      return "not " + print_in_brackets_if(chain, inner);
    }
    case Filter::Kind::kAnd:
    case Filter::Kind::kOr:
      for (const Filter& part : filter.parts) {
        if (!out.empty()) out += filter.kind == Filter::Kind::kAnd ? " and " : " or ";
        out += print_in_brackets_if(part.kind == Filter::Kind::kOr, part);
      }
  }
  return out;
}

std::string print_field(std::string_view name) {
  if (is_plain_path(name)) return std::string(name);
  const std::string_view root = root_of(name);
  if (!is_plain_path(root) || root.size() == name.size()) return quoted(name, '`');
  return std::string(root) + "." + quoted(name.substr(root.size() + 1), '`');
}

}  // namespace cairn::query
