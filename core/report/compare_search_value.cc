// A comparison of searches as a Value for programs: unknown numbers are null.
#include <cmath>

#include "report/compare_search.h"

namespace cairn::report {

namespace {

using model::List;
using model::Object;
using model::Value;

Value number(double value) { return std::isfinite(value) ? Value(value) : Value(); }
Value number(const std::optional<double>& value) { return value ? Value(*value) : Value(); }
Value count(size_t value) { return Value(static_cast<int64_t>(value)); }

const char* print_verdict(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNone:
      return "no difference";
    case Verdict::kBetter:
      return "better";
    case Verdict::kWorse:
      return "worse";
  }
  return "";
}

Object print_skill(const OrderSkill& skill) {
  return {{"name", skill.name},
          {"orders", count(skill.orders)},
          {"picks", Object{{"p10", number(skill.picks_p10)},
                           {"median", number(skill.picks_median)},
                           {"p90", number(skill.picks_p90)}}},
          {"cost_s_median", number(skill.cost_s_median)},
          {"reached", skill.reached},
          {"regret", to_value(skill.regret)}};
}

Value print_sampler(const SamplerSkill& skill) {
  Object out = print_skill(skill);
  out.emplace_back("fewer_picks", to_value(skill.fewer_picks));
  out.emplace_back("less_regret", to_value(skill.less_regret));
  out.emplace_back("verdict_picks", print_verdict(skill.by_picks));
  out.emplace_back("verdict_regret", print_verdict(skill.by_regret));
  out.emplace_back("sentence", skill.sentence);
  return out;
}

}  // namespace

Value to_value(const CompareSearch& compared) {
  List samplers, parameters;
  for (const SamplerSkill& skill : compared.samplers) samplers.push_back(print_sampler(skill));
  for (const TriedParameter& parameter : compared.parameters)
    parameters.push_back(Object{{"name", parameter.name},
                                {"distinct", count(parameter.distinct)},
                                {"total", number(parameter.total)}});
  const bool is_known = compared.reason.empty();
  return Object{
      {"search", compared.search},
      {"metric", compared.metric},
      {"goal", compared.is_maximized ? "maximize" : "minimize"},
      {"runs", count(compared.runs)},
      {"configurations", count(compared.configurations)},
      {"left_out", count(compared.left_out)},
      {"picks", count(compared.picks)},
      {"picks_judged", count(compared.picks_judged)},
      {"seeds", count(compared.seeds)},
      {"noise", Object{{"unit", number(compared.noise.sd)},
                       {"source", compared.noise.is_measured ? "replicates" : "1 % of the best"}}},
      {"best", number(compared.best)},
      {"random", is_known ? Value(print_skill(compared.random)) : Value()},
      {"recorded", is_known ? Value(print_skill(compared.recorded)) : Value()},
      {"samplers", std::move(samplers)},
      {"parameters", std::move(parameters)},
      {"is_grid", compared.is_grid},
      {"effective_dimensions", number(compared.effective_dimensions)},
      {"notes", List(compared.notes.begin(), compared.notes.end())},
      {"reason", compared.reason}};
}

}  // namespace cairn::report
