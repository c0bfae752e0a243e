// See expression.h: a reader of calls, lists and values, and what the functions mean.
#include "sweep/expression.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "sweep/choice.h"
#include "sweep/fields.h"

namespace cairn::sweep {

using model::List;
using model::Object;
using model::Value;

namespace {

constexpr size_t kTextBytesMax = 100'000;
constexpr int kNestingMax = 50;

// A value, or a function and what it is called with.
struct Term {
  std::string function;
  Value value;
  std::vector<Term> arguments;
  std::vector<std::pair<std::string, Value>> named;

  bool is_call() const { return !function.empty(); }
};

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
  });
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

std::string lower(std::string_view text) {
  std::string low(text);
  for (char& c : low)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return low;
}

// Numbers that are written as such; "007", "1_000", "inf" and "1.2.3" stay words.
std::optional<Value> number_in(std::string_view word) {
  const std::string_view digits = word.substr(word.starts_with('-') || word.starts_with('+'));
  if (digits.empty() || !((digits[0] >= '0' && digits[0] <= '9') || digits[0] == '.'))
    return std::nullopt;
  const bool is_padded =
      digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
  if (is_padded) return std::nullopt;
  if (const auto integer = to_integer(Value(word))) return Value(*integer);
  const auto number = to_number(Value(word));
  return number && std::isfinite(*number) ? std::optional(Value(*number)) : std::nullopt;
}

class Reader {
 public:
  Reader(std::string_view text, Spelling spelling) : x_text(text), x_spelling(spelling) {}

  Result<std::vector<Term>> terms() {
    TRY(std::vector<Term> terms, terms_until('\0', 0));
    return terms;
  }
  Spelling spelling() const { return x_spelling; }

 private:
  char peek() const { return x_at < x_text.size() ? x_text[x_at] : '\0'; }
  void skip_space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n') ++x_at;
  }
  bool take(char c) {
    skip_space();
    if (peek() != c || x_at == x_text.size()) return false;
    ++x_at;
    return true;
  }
  tl::unexpected<Error> refuse(std::string_view expected) const {
    const std::string found =
        x_at < x_text.size() ? show(Value(x_text.substr(x_at, 1))) : "its end";
    return fail(Code::kInvalid, "expected {} at character {} of {}, found {}", expected, x_at + 1,
                show(Value(x_text)), found);
  }
  bool is_at_end(char closing) {
    skip_space();
    return closing == '\0' ? x_at == x_text.size() : peek() == closing;
  }

  // Separated by commas; past the closing bracket.
  Result<std::vector<Term>> terms_until(char closing, int depth) {
    std::vector<Term> terms;
    if (depth > kNestingMax) return refuse("fewer brackets");
    while (!is_at_end(closing)) {
      if (!terms.empty() && !take(',')) return refuse(closing == '\0' ? "','" : "',' or a bracket");
      TRY(Term term, this->term(depth));
      terms.push_back(std::move(term));
    }
    if (closing != '\0') ++x_at;
    return terms;
  }

  Result<Term> term(int depth) {
    skip_space();
    if (peek() == '[' || peek() == '{') {
      TRY(Value value, this->value(depth));
      return Term{.value = std::move(value)};
    }
    const size_t start = x_at;
    const std::string_view word = raw("(,)]}");
    if (peek() == '(' && is_name(word)) return call(word, depth);
    x_at = start;
    TRY(Value value, this->value(depth));
    return Term{.value = std::move(value)};
  }

  Result<Term> call(std::string_view function, int depth) {
    ++x_at;
    Term term{.function = std::string(function)};
    if (depth > kNestingMax) return refuse("fewer brackets");
    while (!is_at_end(')')) {
      const bool is_first = term.arguments.empty() && term.named.empty();
      if (!is_first && !take(',')) return refuse("',' or ')'");
      skip_space();
      const size_t start = x_at;
      const std::string_view name = raw("=(,)[]{}'\"");
      if (peek() == '=' && is_name(name)) {
        ++x_at;
        TRY(Value value, this->value(depth));
        term.named.emplace_back(name, std::move(value));
        continue;
      }
      x_at = start;
      TRY(Term argument, this->term(depth + 1));
      term.arguments.push_back(std::move(argument));
    }
    ++x_at;
    return term;
  }

  std::string_view raw(std::string_view until) {
    const size_t start = x_at;
    x_at = std::min(x_text.find_first_of(until, start), x_text.size());
    return trimmed(x_text.substr(start, x_at - start));
  }

  Result<Value> value(int depth) {
    skip_space();
    if (depth > kNestingMax) return refuse("fewer brackets");
    if (peek() == '\'' || peek() == '"') return quoted();
    if (take('[')) {
      List list;
      while (!is_at_end(']')) {
        if (!list.empty() && !take(',')) return refuse("',' or ']'");
        TRY(Value item, value(depth + 1));
        list.push_back(std::move(item));
      }
      ++x_at;
      return Value(std::move(list));
    }
    if (take('{')) return dictionary(depth);
    const std::string_view word = raw(",()[]{}");
    if (peek() == '(' || word.empty()) return refuse("a value");
    return read_word(word);
  }

  Result<Value> dictionary(int depth) {
    Object object;
    while (!is_at_end('}')) {
      if (!object.empty() && !take(',')) return refuse("',' or '}'");
      const std::string_view key = raw(":,(){}[]");
      if (key.empty() || !take(':')) return refuse("a key and ':'");
      TRY(Value value, this->value(depth + 1));
      object.emplace_back(key, std::move(value));
    }
    ++x_at;
    return Value(std::move(object));
  }

  Result<Value> quoted() {
    const char quote = x_text[x_at++];
    std::string text;
    while (x_at < x_text.size() && peek() != quote) {
      if (peek() == '\\' && x_at + 1 < x_text.size() && x_text[x_at + 1] == quote) ++x_at;
      text += x_text[x_at++];
    }
    if (x_at == x_text.size()) return refuse("the closing quote");
    ++x_at;
    return Value(std::move(text));
  }

  // True and true mean the same but are not spelled the same: the first one says which spelling
  // the program knows, and the other one is then a text.
  Value read_word(std::string_view word) {
    if (auto number = number_in(word)) return *number;
    const std::string low = lower(word);
    const bool is_lower = low == word;
    if (x_spelling == Spelling::kHydra) {
      if (low == "true" || low == "false") return low == "true";
      return low == "null" ? Value() : Value(word);
    }
    const bool is_plain = word == "true" || word == "false" || word == "null";
    const bool is_python = word == "True" || word == "False" || word == "None";
    if (!is_plain && !is_python) return word;
    if (!x_is_settled) x_spelling = is_lower ? Spelling::kPlain : Spelling::kPython;
    x_is_settled = true;
    if (is_lower != (x_spelling == Spelling::kPlain)) return word;
    return low == "null" || low == "none" ? Value() : Value(low == "true");
  }

  std::string_view x_text;
  Spelling x_spelling;
  bool x_is_settled = false;
  size_t x_at = 0;
};

// A function whose arguments are the keys of a parameter, in this order.
struct Signature {
  std::string_view function;
  std::vector<std::string_view> keys;
  Object fixed;
};

const std::vector<Signature>& signatures() {
  static const auto* kSignatures = new std::vector<Signature>{
      {"uniform", {"min", "max", "step"}, {{"type", "float"}}},
      {"float", {"min", "max", "step"}, {{"type", "float"}}},
      {"loguniform", {"min", "max", "step"}, {{"type", "float"}, {"log", true}}},
      {"log", {"min", "max", "step"}, {{"type", "float"}, {"log", true}}},
      {"int", {"min", "max", "step"}, {{"type", "int"}}},
      {"logint", {"min", "max", "step"}, {{"type", "int"}, {"log", true}}},
      {"logit", {"min", "max"}, {{"type", "float"}, {"logit", true}}},
      {"normal", {"mu", "sigma"}, {{"distribution", "normal"}}},
      {"lognormal", {"mu", "sigma"}, {{"distribution", "log_normal"}}},
      {"beta", {"a", "b"}, {{"distribution", "beta"}}},
      {"quniform", {"min", "max", "q"}, {{"distribution", "q_uniform"}}},
      {"qloguniform", {"min", "max", "q"}, {{"distribution", "q_log_uniform_values"}}},
      {"randint", {"min", "max"}, {{"distribution", "randint"}}},
      {"lograndint", {"min", "max"}, {{"distribution", "lograndint"}}},
      {"randn", {"mu", "sigma"}, {{"distribution", "normal"}}},
      {"interval", {"min", "max"}, {{"type", "float"}}},
  };
  return *kSignatures;
}

constexpr std::string_view kListFunctions[] = {"choice",      "ordinal", "subset",
                                               "permutation", "simplex", "grid_search"};
constexpr std::string_view kOtherFunctions[] = {"range", "tag",   "shuffle", "sort",
                                                "glob",  "float", "str",     "bool"};

std::vector<std::string_view> function_names() {
  std::vector<std::string_view> names;
  for (const Signature& signature : signatures()) names.push_back(signature.function);
  names.insert(names.end(), std::begin(kListFunctions), std::end(kListFunctions));
  names.insert(names.end(), std::begin(kOtherFunctions), std::end(kOtherFunctions));
  return names;
}

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<Value> evaluate(const Term& term, bool is_hydra);

Result<List> values_of(const Term& term) {
  List values;
  for (const Term& argument : term.arguments) {
    if (argument.is_call())
      return fail(Code::kInvalid, "expected values in {}(), found {}()", term.function,
                  argument.function);
    values.push_back(argument.value);
  }
  // Python's habit: choice([a, b]).
  if (values.size() == 1 && values[0].as_list()) return *values[0].as_list();
  if (values.empty())
    return fail(Code::kInvalid, "expected values in {}(), found none", term.function);
  return values;
}

Value with_named(Value document, const Term& term) {
  for (const auto& [key, value] : term.named) document.set(key, value);
  return document;
}

Result<Value> evaluate_signature(const Signature& signature, const Term& term) {
  if (term.arguments.size() > signature.keys.size())
    return fail(Code::kInvalid, "expected {}({}), found {} arguments", signature.function,
                fmt::join(signature.keys, ", "), term.arguments.size());
  Value document(signature.fixed);
  for (size_t i = 0; i < term.arguments.size(); ++i) {
    if (term.arguments[i].is_call() || !term.arguments[i].value.is_number())
      return fail(Code::kInvalid, "expected a number as '{}' of {}(), found {}", signature.keys[i],
                  signature.function,
                  term.arguments[i].is_call() ? term.arguments[i].function + "()"
                                              : show(term.arguments[i].value));
    document.set(signature.keys[i], term.arguments[i].value);
  }
  for (const auto& [key, value] : term.named)
    document.set(key == "start" ? "min" : key == "end" ? "max" : key, value);
  return document;
}

// As in Python: from `start`, `stop` itself left out.
Result<Value> evaluate_range(const Term& term) {
  constexpr size_t kArgumentsMax = 3;
  std::vector<Value> given;
  for (const Term& argument : term.arguments) given.push_back(argument.value);
  Value named;
  for (const auto& [key, value] : term.named) named.set(key, value);
  if (given.size() == 1) given.insert(given.begin(), Value(0));
  const auto argument = [&](size_t i, std::string_view key, const Value& usual) {
    const Value* value = named.find(key);
    return value ? *value : i < given.size() ? given[i] : usual;
  };
  const Value start = argument(0, "start", 0), stop = argument(1, "stop", {}),
              step = argument(2, "step", 1);
  for (const Value& value : {start, stop, step})
    if (given.size() > kArgumentsMax || !value.is_number() || value.as_bool())
      return fail(Code::kInvalid, "expected numbers in range(start, stop, step), found {}",
                  show(List(given)));
  const double first = start.number_or(0), width = step.number_or(1);
  const double count = width == 0 ? 0 : std::ceil((stop.number_or(0) - first) / width - 1e-9);
  if (!(count >= 1) || !std::isfinite(count))
    return fail(Code::kInvalid, "expected a range with values in it, found range({}, {}, {})",
                show(start), show(stop), show(step));
  const double last = first + (count - 1) * width;
  constexpr double kExact = 0x1p53;
  if (std::max({std::abs(first), std::abs(last), std::abs(width)}) > kExact)
    return fail(Code::kLimit, "expected a range within 2^53, found range({}, {}, {})", show(start),
                show(stop), show(step));
  const bool is_whole = start.as_int() && stop.as_int() && step.as_int();
  const auto number = [&](double v) {
    return is_whole ? Value(static_cast<int64_t>(v)) : Value(v);
  };
  return Value(Object{{"type", is_whole ? "int" : "float"},
                      {"min", number(std::min(first, last))},
                      {"max", number(std::max(first, last))},
                      {"step", number(std::abs(width))}});
}

Result<Value> cast_value(std::string_view to, const Value& value) {
  if (to == "str") {
    const std::string shown = show(value);
    return value.as_string() ? value : Value(shown);
  }
  if (to == "bool") {
    if (value.is_number()) return Value(value.number_or(0) != 0);
    const std::string low = lower(value.string_or(""));
    if (low == "true" || low == "false") return Value(low == "true");
  } else if (const auto number = value.as_bool() ? value.number_or(0) : to_number(value)) {
    if (to == "float") return Value(*number);
    if (std::abs(*number) < 0x1p53) return Value(static_cast<int64_t>(*number));
  }
  return fail(Code::kInvalid, "expected a value that {}() can be made of, found {}", to,
              show(value));
}

Result<Value> cast(std::string_view to, Value document) {
  if (const Value* values = document.find("values")) {
    List made;
    for (const Value& value : *values->as_list()) {
      TRY(Value one, cast_value(to, value));
      made.push_back(std::move(one));
    }
    document.set("values", std::move(made));
    return document;
  }
  if (to != "int" && to != "float")
    return fail(Code::kInvalid, "expected a list of values in {}(), found a range of numbers", to);
  document.set("type", to);
  for (const std::string_view key : {"min", "max", "step"}) {
    const Value* bound = document.find(key);
    if (!bound) continue;
    TRY(Value number, cast_value(to, *bound));
    document.set(key, std::move(number));
  }
  return document;
}

// What shuffle(), sort() and casts work on: one function, or values.
Result<Value> evaluate_inner(const Term& term, bool is_hydra) {
  if (term.arguments.size() == 1 && term.arguments[0].is_call())
    return evaluate(term.arguments[0], is_hydra);
  TRY(List values, values_of(term));
  return Value(Object{{"values", std::move(values)}});
}

Value sorted(Value document, bool is_reversed) {
  const Value* values = document.find("values");
  if (!values) return document;
  List list = *values->as_list();
  std::stable_sort(list.begin(), list.end(), [](const Value& a, const Value& b) {
    if (a.is_number() != b.is_number()) return a.is_number();
    return a.is_number() ? a.number_or(0) < b.number_or(0) : a.string_or("") < b.string_or("");
  });
  if (is_reversed) std::reverse(list.begin(), list.end());
  document.set("values", std::move(list));
  return document;
}

// tag(log, interval(1e-4, 1)): Hydra's Ax and Nevergrad plug-ins read it so.
Result<Value> evaluate_tag(const Term& term, bool is_hydra) {
  if (term.arguments.empty() || !term.arguments.back().is_call())
    return fail(Code::kInvalid, "expected tag(..., interval(...)) or another range at its end");
  TRY(Value document, evaluate(term.arguments.back(), is_hydra));
  for (const Term& tag : term.arguments)
    if (tag.value == Value("log") && !document.find("values")) document.set("log", true);
  return document;
}

tl::unexpected<Error> fail_function(std::string_view function) {
  const auto near = nearest_name(function, function_names());
  return fail(Code::kInvalid, "unknown function '{}'{}", function,
              near ? fmt::format(": did you mean '{}'?", *near)
                   : fmt::format("; there are {}", fmt::join(function_names(), ", ")));
}

Result<Value> evaluate(const Term& term, bool is_hydra) {
  const std::string& function = term.function;
  const bool is_cast = function == "str" || function == "bool" ||
                       ((function == "int" || function == "float") &&
                        (is_hydra || (term.arguments.size() == 1 && term.arguments[0].is_call())));
  if (is_cast) {
    TRY(Value inner, evaluate_inner(term, is_hydra));
    return cast(function, std::move(inner));
  }
  if (function == "glob")
    return fail(Code::kInvalid,
                "expected values, found glob(): Hydra's groups of configurations are not read "
                "here, list their names with choice()");
  if (function == "range") return evaluate_range(term);
  if (function == "tag") return evaluate_tag(term, is_hydra);
  if (function == "shuffle") return evaluate_inner(term, is_hydra);
  if (function == "sort") {
    TRY(Value inner, evaluate_inner(term, is_hydra));
    const bool is_reversed = !term.named.empty() && term.named[0].second == Value(true);
    return sorted(std::move(inner), is_reversed);
  }
  if (contains(kListFunctions, function)) {
    TRY(List values, values_of(term));
    Value document(Object{{"values", std::move(values)}});
    if (function != "choice" && function != "grid_search") document.set("type", function);
    return with_named(std::move(document), term);
  }
  for (const Signature& signature : signatures())
    if (signature.function == function) return evaluate_signature(signature, term);
  return fail_function(function);
}

Result<void> check_size(std::string_view text) {
  if (text.size() <= kTextBytesMax) return {};
  return fail(Code::kLimit, "expected a range of at most {} characters, found {}", kTextBytesMax,
              text.size());
}

}  // namespace

Result<Expression> read_expression(std::string_view text) {
  TRY_VOID(check_size(text));
  if (text.starts_with('~')) text.remove_prefix(1);
  Reader reader(text, Spelling::kPython);
  TRY(const std::vector<Term> terms, reader.terms());
  if (terms.size() != 1 || !terms[0].is_call())
    return fail(Code::kInvalid, "expected a range like uniform(0, 1), found {}", show(Value(text)));
  TRY(Value parameter, evaluate(terms[0], false));
  const bool is_list = parameter.find("type") && (*parameter.find("type") == Value("subset") ||
                                                  *parameter.find("type") == Value("permutation"));
  return Expression{std::move(parameter), is_list ? Spelling::kPlain : reader.spelling()};
}

Result<std::optional<Expression>> read_hydra_sweep(std::string_view text) {
  TRY_VOID(check_size(text));
  Reader reader(text, Spelling::kHydra);
  const auto terms = reader.terms();
  // Programs that are not Hydra's have values of their own grammar.
  if (!terms || terms->empty()) return std::nullopt;
  const Term& first = terms->front();
  if (terms->size() == 1) {
    if (!first.is_call()) return std::nullopt;
    const auto names = function_names();
    if (!contains(names, first.function) && !nearest_name(first.function, names))
      return std::nullopt;
    TRY(Value parameter, evaluate(first, true));
    return Expression{std::move(parameter), Spelling::kHydra};
  }
  Term choice{.function = "choice", .arguments = *terms};
  TRY(Value parameter, evaluate(choice, true));
  return Expression{std::move(parameter), Spelling::kHydra};
}

}  // namespace cairn::sweep
