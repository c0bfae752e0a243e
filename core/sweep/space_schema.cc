// See space_schema.h.
#include "sweep/space_schema.h"

#include <algorithm>

#include "base/nearest.h"
#include "sweep/choice.h"
#include "sweep/definition.h"
#include "sweep/parameter_schema.h"
#include "sweep/relation.h"

namespace cairn::sweep {

using model::List;
using model::Object;
using model::Value;

namespace {

constexpr std::string_view kSpaceKeys[] = {"parameters", "conditions", "constraints"};
constexpr std::string_view kConditionKeys[] = {"parameter", "parameters", "when"};
constexpr std::string_view kConstraintKeys[] = {"forbid"};

// One thing or a list of them.
List to_list(const Value* value) {
  if (!value || value->is_null()) return {};
  return value->as_list() ? *value->as_list() : List{*value};
}

// {parameter: degree, when: {kernel: poly}}: of a parameter, of all in a group, of several.
Result<void> read_condition(const Value& document, std::vector<Parameter>& parameters,
                            Warnings& warnings) {
  TRY(Fields fields, Fields::of(document, "'conditions'", kConditionKeys, warnings));
  const bool is_one = fields.has("parameter");
  TRY(const auto names, fields.texts(is_one ? "parameter" : "parameters"));
  if (names.empty()) return fields.refuse("parameter", "the name of a parameter");
  const Value* when = fields.find("when");
  if (!when) return fields.refuse("when", "like {kernel: [rbf]}");
  TRY(const auto conditions, read_conditions(*when, "'conditions'", warnings));
  for (const std::string& name : names) {
    bool is_found = false;
    for (Parameter& p : parameters) {
      if (p.name != name && !p.name.starts_with(name + ".")) continue;
      p.conditions.insert(p.conditions.end(), conditions.begin(), conditions.end());
      is_found = true;
    }
    if (!is_found)
      return fail(Code::kInvalid, "expected a parameter of this sweep in 'conditions', found '{}'",
                  name);
  }
  return {};
}

Result<std::vector<Constraint>> read_constraint(const Value& document, Warnings& warnings) {
  if (const std::string* text = document.as_string()) {
    auto constraints = parse_constraints(*text);
    if (!constraints) return tl::unexpected(std::move(constraints).error().in("'constraints'"));
    return constraints;
  }
  TRY(Fields fields, Fields::of(document, "a constraint", kConstraintKeys, warnings));
  const Value* forbidden = fields.find("forbid");
  const Object* object = forbidden ? forbidden->as_object() : nullptr;
  if (!object || object->empty())
    return fields.refuse("forbid", "like {opt: sgd, batch: [512, 1024]}");
  Constraint constraint{.kind = Constraint::Kind::kForbidden};
  for (const auto& [name, values] : *object) {
    constraint.names.push_back(name);
    constraint.values.push_back(values.as_list() ? *values.as_list() : List{values});
  }
  return std::vector{std::move(constraint)};
}

// A constant that others depend on is a choice of one: whoever fixes a parameter for a while need
// not take its conditions and constraints away.
void free_constants(ReadParameters& read, const std::vector<Constraint>& constraints) {
  std::vector<std::string_view> named;
  for (const Constraint& constraint : constraints)
    named.insert(named.end(), constraint.names.begin(), constraint.names.end());
  for (const Parameter& p : read.parameters)
    for (const Condition& condition : p.conditions) named.push_back(condition.parent);
  std::vector<Parameter> freed;
  std::erase_if(read.constants, [&](const auto& constant) {
    if (std::find(named.begin(), named.end(), constant.first) == named.end()) return false;
    Parameter p{.name = constant.first, .kind = Parameter::Kind::kCategorical};
    p.choices = {constant.second};
    freed.push_back(std::move(p));
    return true;
  });
  read.parameters.insert(read.parameters.end(), freed.begin(), freed.end());
}

}  // namespace

Result<Space> read_space_fields(Fields& fields, Warnings& warnings) {
  ReadParameters read;
  if (const Value* parameters = fields.find("parameters"); parameters && !parameters->is_null()) {
    TRY(read, read_parameters(*parameters, warnings));
  }
  for (const Value& condition : to_list(fields.find("conditions")))
    TRY_VOID(read_condition(condition, read.parameters, warnings));
  std::vector<Constraint> constraints;
  for (const Value& document : to_list(fields.find("constraints"))) {
    TRY(const auto some, read_constraint(document, warnings));
    constraints.insert(constraints.end(), some.begin(), some.end());
  }
  free_constants(read, constraints);
  return Space::make(std::move(read.parameters), std::move(constraints), std::move(read.constants));
}

void print_space_fields(const Space& space, Value& document) {
  Object parameters;
  for (const Parameter& p : space.parameters()) parameters.emplace_back(p.name, print_parameter(p));
  for (const auto& [name, value] : space.constants())
    parameters.emplace_back(name, Object{{"value", value}});
  document.set("parameters", std::move(parameters));
  List constraints;
  for (const Constraint& constraint : space.constraints()) {
    if (constraint.kind != Constraint::Kind::kForbidden) {
      constraints.emplace_back(print_relation(constraint));
      continue;
    }
    Object forbidden;
    for (size_t i = 0; i < constraint.names.size(); ++i)
      forbidden.emplace_back(constraint.names[i], List(constraint.values[i]));
    constraints.emplace_back(Object{{"forbid", std::move(forbidden)}});
  }
  if (!constraints.empty()) document.set("constraints", std::move(constraints));
}

Result<Space> read_space(const Value& document) {
  Warnings warnings;
  TRY(Fields fields, Fields::of(document, "", kSpaceKeys, warnings));
  return read_space_fields(fields, warnings);
}

Value print_space(const Space& space) {
  Value document;
  print_space_fields(space, document);
  return document;
}

}  // namespace cairn::sweep
