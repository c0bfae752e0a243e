// A sensitivity as a Value for programs: unknown numbers are null.
#include <cmath>

#include "report/sensitivity.h"

namespace cairn::report {

namespace {

using model::List;
using model::Object;
using model::Value;

Value number(double value) { return std::isfinite(value) ? Value(value) : Value(); }
Value count(size_t value) { return Value(static_cast<int64_t>(value)); }

// "first_order", "first_order_low", "first_order_high"
void add(Object& out, const std::string& name, const Share& share) {
  out.emplace_back(name, number(share.share));
  out.emplace_back(name + "_low", number(share.range.low));
  out.emplace_back(name + "_high", number(share.range.high));
}

const char* print_kind(surrogate::ColumnKind kind) {
  switch (kind) {
    case surrogate::ColumnKind::kNumeric:
      return "number";
    case surrogate::ColumnKind::kOrdinal:
      return "levels";
    case surrogate::ColumnKind::kCategorical:
      return "choices";
  }
  return "";
}

const char* print_scale(ResultScale scale) {
  switch (scale) {
    case ResultScale::kAsIs:
      return "as_is";
    case ResultScale::kLog:
      return "log";
    case ResultScale::kRank:
      return "rank";
  }
  return "";
}

void add_column(Object& out, const surrogate::Column& column) {
  out.emplace_back("kind", print_kind(column.kind));
  if (column.kind == surrogate::ColumnKind::kNumeric)
    out.emplace_back("range", List{column.low, column.high});
  else
    out.emplace_back("values", column.levels);
  if (!column.is_categorical())
    out.emplace_back("scale", column.scale == surrogate::Scale::kLog ? "log" : "linear");
  out.emplace_back("missing_share", column.missing_share);
}

Value print_parameter(const ParameterSensitivity& parameter) {
  Object out = {{"name", parameter.column.name}};
  add(out, "first_order", parameter.first_order);
  add(out, "total", parameter.total);
  out.emplace_back("null_high", number(parameter.first_order.null_high));
  out.emplace_back("total_null_high", number(parameter.total.null_high));
  out.emplace_back("local", number(parameter.local));
  out.emplace_back("direction", print_shape(parameter.direction));
  out.emplace_back("best", parameter.best);
  out.emplace_back("within_noise", parameter.within_noise);
  out.emplace_back("distinct", count(parameter.distinct));
  out.emplace_back("coverage",
                   Object{{"occupied", parameter.tried.occupied}, {"gap", parameter.tried.gap}});
  out.emplace_back("spearman", number(parameter.spearman));
  out.emplace_back("ped_anova", number(parameter.ped_anova));
  add_column(out, parameter.column);
  List effect;
  for (const auto& [value, mean] : parameter.effect) effect.push_back(List{value, mean});
  out.emplace_back("effect", std::move(effect));
  return out;
}

Value print_pair(const PairSensitivity& pair, const Sensitivity& sensitivity) {
  Object out = {{"a", sensitivity.parameters[pair.a].column.name},
                {"b", sensitivity.parameters[pair.b].column.name},
                {"share", number(pair.share.share)},
                {"low", number(pair.share.range.low)},
                {"high", number(pair.share.range.high)},
                {"null_high", number(pair.share.null_high)}};
  if (pair.effect.empty()) return out;
  List rows;
  for (const std::vector<double>& row : pair.effect) rows.push_back(List(row.begin(), row.end()));
  out.emplace_back("a_values", pair.a_values);
  out.emplace_back("b_values", pair.b_values);
  out.emplace_back("effect", std::move(rows));
  return out;
}

Value print_quality(const Quality& quality) {
  return Object{{"r2_oob", number(quality.r2_oob)},
                {"spearman_oob", number(quality.spearman_oob)},
                {"runs", count(quality.runs)},
                {"configurations", count(quality.configurations)},
                {"needed", quality.needed ? count(*quality.needed) : Value()}};
}

}  // namespace

Value to_value(const Sensitivity& sensitivity) {
  List parameters, pairs, ablation;
  for (const ParameterSensitivity& parameter : sensitivity.parameters)
    parameters.push_back(print_parameter(parameter));
  for (const PairSensitivity& pair : sensitivity.pairs)
    pairs.push_back(print_pair(pair, sensitivity));
  for (const AblationStep& step : sensitivity.ablation)
    ablation.push_back(Object{
        {"name", step.name}, {"from", step.from}, {"to", step.to}, {"gain", number(step.gain)}});
  const bool is_top = sensitivity.top_share < 1;
  return Object{{"metric", sensitivity.metric},
                {"goal", sensitivity.is_maximized ? "maximize" : "minimize"},
                {"view", is_top ? "top" : "global"},
                {"top_share", is_top ? Value(sensitivity.top_share) : Value()},
                {"scale", print_scale(sensitivity.scale)},
                {"parameters", std::move(parameters)},
                {"pairs", std::move(pairs)},
                {"higher_order", number(sensitivity.higher_order)},
                {"seed_share", number(sensitivity.seed_share)},
                {"seed_share_low", number(sensitivity.seed_range.low)},
                {"seed_share_high", number(sensitivity.seed_range.high)},
                {"noise", Object{{"unit", number(sensitivity.noise)},
                                 {"source", sensitivity.is_noise_measured ? "replicates"
                                                                          : "1 % of the best"}}},
                {"quality", print_quality(sensitivity.quality)},
                {"ablation", std::move(ablation)},
                {"reason", sensitivity.reason},
                {"notes", List(sensitivity.notes.begin(), sensitivity.notes.end())}};
}

}  // namespace cairn::report
