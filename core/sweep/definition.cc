// Definitions as documents; parameters are in space_schema.cc, early stopping in stopping.h.
#include "sweep/definition.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>

#include "base/nearest.h"
#include "sweep/budget_schema.h"
#include "sweep/choice.h"
#include "sweep/command.h"
#include "sweep/fields.h"
#include "sweep/space_schema.h"

namespace cairn::sweep {

using model::List;
using model::Object;
using model::Value;

namespace {

constexpr size_t kPointsMax = 10'000;
constexpr std::string_view kKeys[] = {
    "budget", "command", "conditions", "constraints", "description", "early_terminate", "goal",
    "limits", "method", "metric", "metrics", "name", "parameters", "points", "program", "project",
    "repeat", "run_cap", "seed", "warm_start",
    // of W&B, without a meaning here
    "apiVersion", "controller", "entity", "image_uri", "job", "kind", "scheduler"};
constexpr std::string_view kMetricKeys[] = {"name", "goal", "target", "impute",
                                            "impute_while_running"};
constexpr std::string_view kRepeatKeys[] = {"count", "parameter"};

bool needs_metric(Method method) {
  return method != Method::kRandom && method != Method::kSobol && method != Method::kGrid;
}

Result<Method> read_method(Fields& fields, Warnings& warnings) {
  TRY(const auto name, fields.text("method"));
  if (!name || *name == "bayes") return Method::kAuto;
  if (*name == "custom") {
    warnings.push_back("method 'custom' is searched as 'auto': there is no scheduler beside it");
    return Method::kAuto;
  }
  if (const auto method = parse_method(*name)) return *method;
  std::vector<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Method::kTrustRegion); ++i)
    names.push_back(print_method(static_cast<Method>(i)));
  names.push_back("bayes");
  return fail_name(*name, "'method'", names);
}

Result<bool> read_is_maximized(Fields& fields) {
  TRY(const auto goal, fields.text("goal"));
  if (!goal || *goal == "minimize" || *goal == "min") return false;
  if (*goal == "maximize" || *goal == "max") return true;
  return fail_name(*goal, fields.describe("goal"), {"minimize", "maximize"});
}

Result<Objective> read_objective(const Value& document, const std::string& where,
                                 Warnings& warnings) {
  TRY(Fields fields, Fields::of(document, where, kMetricKeys, warnings));
  TRY(const auto name, fields.text("name"));
  if (!name || name->empty()) return fields.refuse("name", "the name of what is logged");
  Objective objective{.metric = *name};
  TRY(objective.is_maximized, read_is_maximized(fields));
  TRY(objective.target, fields.number("target"));
  fields.warn_of_unused(": failed trials are known to have failed");
  return objective;
}

Result<std::vector<Objective>> read_objectives(Fields& fields, Warnings& warnings) {
  if (fields.has("metric") && fields.has("metrics"))
    return fail(Code::kInvalid, "expected either 'metric' or 'metrics', found both");
  std::vector<Objective> objectives;
  const Value* metric = fields.find("metric");
  if (metric && metric->as_string()) {  // short: metric: loss
    TRY(const bool is_maximized, read_is_maximized(fields));
    objectives.push_back({.metric = *metric->as_string(), .is_maximized = is_maximized});
  } else if (metric && !metric->is_null()) {
    TRY(Objective only, read_objective(*metric, "'metric'", warnings));
    objectives.push_back(std::move(only));
  }
  TRY(const auto several, fields.list("metrics"));
  for (const Value& document : several.value_or(List())) {
    TRY(Objective one, read_objective(document, "'metrics'", warnings));
    const bool is_known = std::any_of(objectives.begin(), objectives.end(), [&](const auto& other) {
      return other.metric == one.metric;
    });
    if (is_known)
      return fail(Code::kInvalid, "expected each metric once in 'metrics', found '{}' twice",
                  one.metric);
    objectives.push_back(std::move(one));
  }
  return objectives;
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "latency_ms <= 20".
Result<Limit> parse_limit(std::string_view text) {
  const size_t at = text.find_first_of("<>");
  const bool is_double = at != std::string_view::npos && text.substr(at + 1).starts_with('=');
  Limit limit;
  const auto bound = is_double ? to_number(Value(trimmed(text.substr(at + 2)))) : std::nullopt;
  if (bound) limit.metric = trimmed(text.substr(0, at));
  if (limit.metric.empty() || !std::isfinite(*bound))
    return fail(Code::kInvalid, "expected 'limits' to be like 'latency_ms <= 20', found {}",
                show(Value(text)));
  limit.bound = *bound;
  limit.is_minimum = text[at] == '>';
  return limit;
}

Result<std::vector<Limit>> read_limits(Fields& fields) {
  std::vector<Limit> limits;
  TRY(const auto texts, fields.texts("limits"));
  for (const std::string& text : texts) {
    TRY(Limit limit, parse_limit(text));
    limits.push_back(std::move(limit));
  }
  return limits;
}

Result<void> read_repeat(Fields& fields, Definition& d, Warnings& warnings) {
  const Value* repeat = fields.find("repeat");
  if (!repeat || repeat->is_null()) return {};
  const Value with_count{Object{{"count", *repeat}}};
  const Value& document = repeat->as_object() ? *repeat : with_count;
  TRY(Fields own, Fields::of(document, "'repeat'", kRepeatKeys, warnings));
  TRY(const auto name, own.text("parameter"));
  d.repeat_name = name.value_or("");
  const Value* count = own.find("count");
  d.is_repeat_auto = count && *count == Value("auto");
  if (d.is_repeat_auto) return {};
  TRY(const auto times, own.count("count", 1));
  d.repeat = times.value_or(d.repeat);
  return {};
}

Result<void> read_warm_start(Fields& fields, Definition& d) {
  const Value* document = fields.find("warm_start");
  if (!document || document->is_null() || *document == Value("auto")) return {};
  if (const bool* flag = document->as_bool()) {
    d.is_warm_started = *flag;
    return {};
  }
  if (!document->as_list() && !document->as_string())
    return fields.refuse("warm_start", "true, false, or a list of sweeps and projects");
  TRY(d.warm_start, fields.texts("warm_start"));
  return {};
}

Result<StopRule> read_stop(Fields& fields) {
  const Value* document = fields.find("early_terminate");
  if (!document || document->is_null()) return StopRule();
  const Value named{Object{{"type", *document}}};
  return read_stop_rule(document->as_string() ? named : *document);
}

Result<std::vector<std::string>> read_command_words(Fields& fields) {
  TRY(const auto list, fields.list("command"));
  std::vector<std::string> words;
  for (const Value& word : list.value_or(List())) {
    if (word.as_list() || word.as_object()) return fields.refuse("command", "a list of words");
    words.push_back(spell(word, Spelling::kPlain));
  }
  return words;
}

bool is_constant(const Space& space, std::string_view name) {
  return std::any_of(space.constants().begin(), space.constants().end(),
                     [&](const auto& constant) { return constant.first == name; });
}

// Nested as the parameters may be.
Result<void> flatten(const Value& document, const std::string& prefix, const Space& space,
                     Config& config) {
  const Object* object = document.as_object();
  if (!object)
    return fail(Code::kInvalid, "expected parameters and their values, found {}", show(document));
  for (const auto& [own, value] : *object) {
    const std::string name = prefix + own;
    const Parameter* p = space.find(name);
    if (p || is_constant(space, name)) {
      const bool is_number =
          p && (p->kind == Parameter::Kind::kFloat || p->kind == Parameter::Kind::kInteger);
      const auto number = is_number && value.as_string() ? to_number(value) : std::nullopt;
      config.emplace_back(name, number ? Value(*number) : value);
    } else if (value.as_object()) {
      TRY_VOID(flatten(value, name + ".", space, config));
    } else {
      std::vector<std::string_view> names;
      for (const Parameter& known : space.parameters()) names.push_back(known.name);
      const auto near = nearest_name(name, names);
      return fail(Code::kInvalid, "expected a parameter of this sweep, found {}{}",
                  show(Value(name)), near ? fmt::format(": did you mean '{}'?", *near) : "");
    }
  }
  return {};
}

// What is not given is as where the search begins.
Result<Config> read_point(const Value& document, const Space& space) {
  Config given;
  TRY_VOID(flatten(document, "", space, given));
  const Config start = space.decode(space.start());
  given.insert(given.end(), start.begin(), start.end());  // the first of a name counts
  TRY(const Point point, space.encode(given));
  if (!space.is_allowed(space.snapped(point)))
    return fail(Code::kInvalid, "expected what 'constraints' allow, found {}", show(document));
  const Value values{Object(given)};
  Config config;
  for (const auto& [name, value] : space.decode(point))
    if (space.find(name)) config.emplace_back(name, *values.find(name));
  return config;
}

Result<std::vector<Config>> read_points(Fields& fields, const Space& space) {
  TRY(const auto list, fields.list("points"));
  std::vector<Config> points;
  if (!list) return points;
  if (list->size() > kPointsMax)
    return fail(Code::kLimit, "expected at most {} 'points', found {}", kPointsMax, list->size());
  for (size_t i = 0; i < list->size(); ++i) {
    auto point = read_point((*list)[i], space);
    if (!point)
      return tl::unexpected(
          std::move(point).error().in(fmt::format("point {} of 'points'", i + 1)));
    points.push_back(std::move(*point));
  }
  return points;
}

Result<void> check_whole(const Definition& d) {
  const bool is_judged = needs_metric(d.method) || d.stop.kind != StopRule::Kind::kNone;
  if (is_judged && d.objectives.empty())
    return fail(Code::kInvalid,
                "expected 'metric' (what is logged and to be minimized or maximized), which {} "
                "needs, found none",
                needs_metric(d.method) ? fmt::format("method '{}'", print_method(d.method))
                                       : "'early_terminate'");
  if (d.method != Method::kGrid) return {};
  for (const Coordinate& c : d.space.coordinates())
    if (c.kind == Coordinate::Kind::kContinuous)
      return fail(Code::kInvalid,
                  "expected a 'step' or 'values' of parameter '{}': method 'grid' needs finitely "
                  "many values",
                  d.space.parameters()[c.parameter].name);
  return {};
}

Value print_objective(const Objective& objective) {
  Value document{Object{{"name", objective.metric},
                        {"goal", objective.is_maximized ? "maximize" : "minimize"}}};
  if (objective.target) document.set("target", *objective.target);
  return document;
}

void print_objectives(const std::vector<Objective>& objectives, Value& document) {
  if (objectives.size() == 1) document.set("metric", print_objective(objectives[0]));
  if (objectives.size() < 2) return;
  List several;
  for (const Objective& objective : objectives) several.push_back(print_objective(objective));
  document.set("metrics", std::move(several));
}

void print_repeat(const Definition& d, Value& document) {
  const Value count = d.is_repeat_auto ? Value("auto") : Value(static_cast<int64_t>(d.repeat));
  if (d.repeat_name.empty() && count == Value(1)) return;
  document.set("repeat", d.repeat_name.empty()
                             ? count
                             : Object{{"count", count}, {"parameter", d.repeat_name}});
}

void print_texts(const char* key, const std::vector<std::string>& texts, Value& document) {
  if (!texts.empty()) document.set(key, List(texts.begin(), texts.end()));
}

}  // namespace

Result<ReadDefinition> read_definition(const Value& document) {
  ReadDefinition read;
  Definition& d = read.definition;
  Warnings& warnings = read.warnings;
  TRY(Fields fields, Fields::of(document, "", kKeys, warnings));
  for (const auto& [key, into] :
       {std::pair("name", &d.name), std::pair("project", &d.project),
        std::pair("description", &d.description), std::pair("program", &d.program)}) {
    TRY(const auto text, fields.text(key));
    *into = text.value_or("");
  }
  TRY(d.command, read_command_words(fields));
  TRY(d.method, read_method(fields, warnings));
  TRY(d.objectives, read_objectives(fields, warnings));
  TRY(d.limits, read_limits(fields));
  TRY(d.space, read_space_fields(fields, warnings));
  TRY(d.budget, read_budget(fields, warnings));
  TRY(const auto seed, fields.count("seed"));
  d.seed = seed.value_or(0);
  TRY(d.stop, read_stop(fields));
  TRY_VOID(read_repeat(fields, d, warnings));
  TRY_VOID(read_warm_start(fields, d));
  TRY(d.points, read_points(fields, d.space));
  TRY_VOID(check_whole(d));
  (void)fields.find("kind");
  (void)fields.find("apiVersion");
  fields.warn_of_unused("");
  if (d.space.parameters().empty()) warnings.push_back("no parameter varies: all trials are alike");
  return read;
}

Value print_definition(const Definition& d) {
  Value document{Object{}};
  for (const auto& [key, text] :
       {std::pair("name", &d.name), std::pair("project", &d.project),
        std::pair("description", &d.description), std::pair("program", &d.program)})
    if (!text->empty()) document.set(key, *text);
  print_texts("command", d.command, document);
  document.set("method", print_method(d.method));
  print_objectives(d.objectives, document);
  List limits;
  for (const Limit& limit : d.limits)
    limits.emplace_back(
        fmt::format("{} {} {}", limit.metric, limit.is_minimum ? ">=" : "<=", limit.bound));
  if (!limits.empty()) document.set("limits", std::move(limits));
  print_space_fields(d.space, document);
  print_budget(d.budget, document);
  document.set("seed", static_cast<int64_t>(d.seed));
  print_repeat(d, document);
  if (d.stop.kind != StopRule::Kind::kNone)
    document.set("early_terminate", print_stop_rule(d.stop));
  if (!d.is_warm_started) document.set("warm_start", false);
  if (d.is_warm_started) print_texts("warm_start", d.warm_start, document);
  List points;
  for (const Config& point : d.points) points.emplace_back(Object(point));
  if (!points.empty()) document.set("points", std::move(points));
  return document;
}

}  // namespace cairn::sweep
