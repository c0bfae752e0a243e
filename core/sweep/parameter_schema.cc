// See parameter_schema.h; numbers have their own file, number_schema.cc.
#include "sweep/parameter_schema.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "sweep/choice.h"
#include "sweep/expression.h"
#include "sweep/number_schema.h"
#include "sweep/relation.h"

namespace cairn::sweep {

using model::List;
using model::Object;
using model::Value;

namespace {

constexpr int kNestingMax = 20;
constexpr size_t kNameBytesMax = 1000;
constexpr std::string_view kKeys[] = {
    "a",          "anchor",       "attributes",    "b",      "choices",
    "default",    "distribution", "log",           "logit",  "max",
    "max_size",   "min",          "min_size",      "mu",     "name",
    "parameters", "prior",        "probabilities", "q",      "sigma",
    "step",       "type",         "value",         "values", "when"};

using Kind = Parameter::Kind;
struct NamedKind {
  std::string_view name;
  Kind kind;
};
// The first name of a kind is the one that is printed.
constexpr NamedKind kKinds[] = {
    {"float", Kind::kFloat},        {"int", Kind::kInteger},
    {"choice", Kind::kCategorical}, {"ordinal", Kind::kOrdinal},
    {"subset", Kind::kSubset},      {"permutation", Kind::kPermutation},
    {"simplex", Kind::kSimplex},    {"number", Kind::kFloat},
    {"integer", Kind::kInteger},    {"categorical", Kind::kCategorical},
};

bool is_number(Kind kind) { return kind == Kind::kFloat || kind == Kind::kInteger; }

Result<std::optional<Kind>> read_kind(Fields& fields) {
  TRY(const auto name, fields.text("type"));
  if (!name) {
    // W&B's word for what `values` says as well.
    const Value* distribution = fields.find("distribution");
    const bool is_choice = distribution && distribution->string_or("").starts_with("categorical");
    return is_choice && !fields.has("values") ? std::optional(Kind::kCategorical) : std::nullopt;
  }
  std::vector<std::string_view> names;
  for (const NamedKind& named : kKinds) {
    if (named.name == *name) return named.kind;
    names.push_back(named.name);
  }
  return fail_name(*name, fields.describe("type"), names);
}

bool are_numbers(const List& values) {
  return std::all_of(values.begin(), values.end(),
                     [](const Value& v) { return v.is_number() && !v.as_bool(); });
}

Result<void> check_name(const std::string& name) {
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != '`' && c != '}';
  });
  if (is_plain && !name.empty() && name.size() <= kNameBytesMax) return {};
  return fail(Code::kInvalid,
              "expected names of parameters of at most {} characters, without '`', '}}' and line "
              "breaks, found {}",
              kNameBytesMax, show(Value(name)));
}

// Numbers have an order even where they are listed, unless chances are given for each.
Kind kind_of_choices(const List& values, bool has_weights) {
  return !has_weights && values.size() > 1 && are_numbers(values) ? Kind::kOrdinal
                                                                  : Kind::kCategorical;
}

Result<void> read_choices(Fields& fields, std::optional<Kind> kind, Parameter& p) {
  const bool is_optuna_like = fields.has("choices") && !fields.has("values");
  TRY(auto values, fields.list(is_optuna_like ? "choices" : "values"));
  if (!values) return fields.refuse("values", "a list");
  TRY(const auto weights, fields.list("probabilities"));
  p.kind = kind.value_or(kind_of_choices(*values, weights.has_value()));
  p.choices = std::move(*values);
  if (weights && p.kind != Kind::kCategorical)
    return fail(Code::kInvalid, "expected {} with type choice only, found it with {}",
                fields.describe("probabilities"), print_kind(p.kind));
  for (const Value& weight : weights.value_or(List())) {
    const auto number = to_number(weight);
    if (!number) return fields.refuse("probabilities", "a list of numbers");
    p.weights.push_back(*number);
  }
  if (p.kind == Kind::kSubset) {
    TRY(const auto least, fields.count("min_size"));
    TRY(const auto most, fields.count("max_size"));
    p.size_min = least.value_or(p.size_min);
    p.size_max = most.value_or(p.size_max);
  }
  return {};
}

Value plain_number(const Value& value) {
  const auto number = value.as_string() ? to_number(value) : std::nullopt;
  return number ? Value(*number) : value;
}

constexpr std::string_view kHunchKeys[] = {"center", "mean", "sd"};

Result<void> read_hunch(Fields& fields, Parameter& p, Warnings& warnings) {
  const Value* document = fields.find("prior");
  if (!document || document->is_null()) return {};
  Hunch hunch;
  if (!document->as_object()) {
    hunch.center = *document;
  } else {
    TRY(Fields own, Fields::of(*document, fields.describe("prior"), kHunchKeys, warnings));
    const Value* center = own.find("center");
    if (!center) center = own.find("mean");
    if (!center) return own.refuse("center", "where the best value is expected");
    hunch.center = *center;
    TRY(const auto sd, own.number_above("sd", 0));
    hunch.sd = sd.value_or(hunch.sd);
    own.warn_of_unused(" beside 'center'");
  }
  if (is_number(p.kind)) hunch.center = plain_number(hunch.center);
  p.hunch = std::move(hunch);
  return {};
}

// {"name": "FloatDistribution", "attributes": {"low": 0, "high": 1, "step": null, "log": false}}.
Result<Value> translate_optuna(const Value& document, const std::string& where) {
  const Value *name = document.find("name"), *attributes = document.find("attributes");
  const std::string_view distribution = name->string_or("");
  Value translated;
  for (const auto& [from, to] : {std::pair{"low", "min"},
                                 {"high", "max"},
                                 {"step", "step"},
                                 {"q", "step"},
                                 {"log", "log"},
                                 {"choices", "values"}})
    if (const Value* found = attributes->find(from); found && !found->is_null())
      translated.set(to, *found);
  if (distribution == "CategoricalDistribution") {
    translated.set("type", "choice");
    return translated;
  }
  if (distribution.starts_with("Int"))
    translated.set("type", "int");
  else if (distribution == "FloatDistribution" || distribution.ends_with("UniformDistribution"))
    translated.set("type", "float");
  else
    return fail(Code::kInvalid, "expected a distribution of Optuna as 'name' of {}, found {}",
                where, show(*name));
  if (distribution.find("Log") != std::string_view::npos) translated.set("log", true);
  return translated;
}

// Of all parameters, wherever they are nested.
void collect_names(const Value& document, const std::string& prefix, int depth,
                   std::set<std::string, std::less<>>& names) {
  const Object* object = document.as_object();
  if (!object || depth > kNestingMax) return;
  for (const auto& [own, spec] : *object) {
    const std::string name = prefix.empty() ? own : prefix + "." + own;
    if (const Value* group = spec.find("parameters"))
      collect_names(*group, name, depth + 1, names);
    else
      names.insert(name);
  }
}

// The forms that are not Cairn's own: "~int(1, 8)", a list of values, Optuna's distributions.
Result<Value> expand(const Value& spec, const std::string& where) {
  if (const std::string* text = spec.as_string(); text && text->starts_with('~')) {
    auto expression = read_expression(*text);
    if (!expression) return tl::unexpected(std::move(expression).error().in(where));
    return std::move(expression->parameter);
  }
  if (spec.as_list()) return Value(Object{{"values", spec}});
  if (spec.find("attributes") && spec.find("name")) return translate_optuna(spec, where);
  return spec;
}

class ParametersReader {
 public:
  ParametersReader(const Value& document, Warnings& warnings) : x_warnings(warnings) {
    collect_names(document, "", 0, x_names);
  }

  Result<void> read_group(const Value& document, const std::string& prefix,
                          const std::vector<Condition>& conditions, int depth) {
    const Object* object = document.as_object();
    if (!object)
      return fail(Code::kInvalid, "expected {} to be a map of names and ranges, found {}",
                  prefix.empty() ? "'parameters'" : "'parameters' of '" + prefix + "'",
                  show(document));
    if (depth > kNestingMax)
      return fail(Code::kLimit, "expected parameters nested at most {} deep, found more",
                  kNestingMax);
    for (const auto& [own, spec] : *object)
      TRY_VOID(read_one(spec, own, prefix, conditions, depth));
    return {};
  }

  ReadParameters take() { return std::move(x_read); }

 private:
  Result<void> read_one(const Value& spec, const std::string& own, const std::string& prefix,
                        const std::vector<Condition>& conditions, int depth) {
    const std::string name = prefix.empty() ? own : prefix + "." + own;
    TRY_VOID(check_name(name));
    const std::string where = "parameter " + show(Value(name));
    TRY(const Value document, expand(spec, where));
    if (!document.as_object()) return x_read.constants.emplace_back(name, document), Result<void>();
    TRY(Fields fields, Fields::of(document, where, kKeys, x_warnings));
    std::vector<Condition> all = conditions;
    if (const Value* when = fields.find("when")) {
      TRY(std::vector<Condition> more, read_conditions(*when, where, x_warnings));
      for (Condition& condition : more) {
        condition.parent = resolve(condition.parent, name, prefix);
        all.push_back(std::move(condition));
      }
    }
    if (const Value* group = fields.find("parameters")) {
      fields.warn_of_unused(" beside 'parameters'");
      return read_group(*group, name, all, depth + 1);
    }
    return read_leaf(fields, name, std::move(all));
  }

  // Members of the same group first, then those around it.
  std::string resolve(const std::string& parent, const std::string& child,
                      std::string_view scope) const {
    while (!scope.empty()) {
      const std::string full = fmt::format("{}.{}", scope, parent);
      if (full != child && x_names.contains(full)) return full;
      const size_t dot = scope.rfind('.');
      scope = dot == std::string_view::npos ? std::string_view() : scope.substr(0, dot);
    }
    return parent;
  }

  Result<void> read_leaf(Fields& fields, const std::string& name,
                         std::vector<Condition> conditions) {
    if (const Value* value = fields.find("value")) {
      (void)fields.find("distribution");
      fields.warn_of_unused(" beside 'value'");
      if (!conditions.empty()) return read_choice_of_one(name, *value, std::move(conditions));
      return x_read.constants.emplace_back(name, *value), Result<void>();
    }
    Parameter p;
    p.name = name;
    p.conditions = std::move(conditions);
    const bool has_values = fields.has("values") || fields.has("choices");
    TRY(auto kind, read_kind(fields));
    if (has_values && kind && is_number(*kind)) kind.reset();
    if (has_values || (kind && !is_number(*kind))) {
      TRY_VOID(read_choices(fields, kind, p));
      (void)fields.find("distribution");
    } else {
      TRY_VOID(read_number(fields, kind == Kind::kInteger, kind == Kind::kFloat, p, x_warnings));
    }
    if (const Value* initial = fields.find("default"); initial && !initial->is_null())
      p.initial = is_number(p.kind) ? plain_number(*initial) : *initial;
    TRY_VOID(read_hunch(fields, p, x_warnings));
    fields.warn_of_unused("");
    x_read.parameters.push_back(std::move(p));
    return {};
  }

  // What is constant only where it exists.
  Result<void> read_choice_of_one(const std::string& name, const Value& value,
                                  std::vector<Condition> conditions) {
    Parameter p{.name = name, .kind = Kind::kCategorical};
    p.choices = {value};
    p.conditions = std::move(conditions);
    x_read.parameters.push_back(std::move(p));
    return {};
  }

  Warnings& x_warnings;
  std::set<std::string, std::less<>> x_names;
  ReadParameters x_read;
};

Result<Condition> read_condition(const std::string& parent, const Value& wanted,
                                 const std::string& where, Warnings& warnings) {
  constexpr std::string_view kRangeKeys[] = {"min", "max"};
  Condition condition{.parent = parent};
  if (wanted.as_object()) {
    TRY(Fields range, Fields::of(wanted, fmt::format("'when' of {}", where), kRangeKeys, warnings));
    TRY(const auto low, range.number("min"));
    TRY(const auto high, range.number("max"));
    condition.low = low.value_or(condition.low);
    condition.high = high.value_or(condition.high);
  } else {
    condition.values = wanted.as_list() ? *wanted.as_list() : List{wanted};
    if (condition.values.empty())
      return fail(Code::kInvalid, "expected values of '{}' in 'when' of {}, found none", parent,
                  where);
  }
  return condition;
}

}  // namespace

std::string_view print_kind(Parameter::Kind kind) {
  return std::find_if(std::begin(kKinds), std::end(kKinds),
                      [&](const NamedKind& named) { return named.kind == kind; })
      ->name;
}

Result<std::vector<Condition>> read_conditions(const Value& document, const std::string& where,
                                               Warnings& warnings) {
  if (const std::string* text = document.as_string()) {
    auto conditions = parse_conditions(*text);
    if (!conditions) return tl::unexpected(std::move(conditions).error().in("'when' of " + where));
    return conditions;
  }
  std::vector<Condition> conditions;
  const List alone{document};
  const List* parts = document.as_list() ? document.as_list() : &alone;
  for (const Value& part : *parts) {
    const Object* object = part.as_object();
    if (!object)
      return fail(Code::kInvalid, "expected 'when' of {} to be like {{kernel: [rbf]}}, found {}",
                  where, show(part));
    for (const auto& [parent, wanted] : *object) {
      TRY(Condition condition, read_condition(parent, wanted, where, warnings));
      conditions.push_back(std::move(condition));
    }
  }
  return conditions;
}

Result<ReadParameters> read_parameters(const Value& document, Warnings& warnings) {
  ParametersReader reader(document, warnings);
  TRY_VOID(reader.read_group(document, "", {}, 0));
  return reader.take();
}

namespace {

Value print_condition(const Condition& condition) {
  if (condition.values.size() == 1 && !condition.values[0].as_object() &&
      !condition.values[0].as_list())
    return condition.values[0];
  if (!condition.values.empty()) return List(condition.values);
  Object range;
  if (std::isfinite(condition.low)) range.emplace_back("min", condition.low);
  if (std::isfinite(condition.high)) range.emplace_back("max", condition.high);
  return range;
}

Value print_conditions(const std::vector<Condition>& conditions) {
  if (conditions.size() == 1) return Object{{conditions[0].parent, print_condition(conditions[0])}};
  List parts;
  for (const Condition& condition : conditions)
    parts.push_back(Object{{condition.parent, print_condition(condition)}});
  return parts;
}

}  // namespace

Value print_parameter(const Parameter& p) {
  Value document{Object{{"type", print_kind(p.kind)}}};
  if (is_number(p.kind)) {
    print_number(p, document);
  } else {
    document.set("values", List(p.choices));
    if (!p.weights.empty()) document.set("probabilities", List(p.weights.begin(), p.weights.end()));
    if (p.kind == Kind::kSubset) {
      document.set("min_size", static_cast<int64_t>(p.size_min));
      document.set("max_size", static_cast<int64_t>(std::min(p.size_max, p.choices.size())));
    }
  }
  if (p.initial) document.set("default", *p.initial);
  if (p.hunch) document.set("prior", Object{{"center", p.hunch->center}, {"sd", p.hunch->sd}});
  if (!p.conditions.empty()) document.set("when", print_conditions(p.conditions));
  return document;
}

}  // namespace cairn::sweep
