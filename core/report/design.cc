// See design.h.
#include "report/design.h"

#include <utility>

#include "report/search_table.h"

namespace cairn::report {

namespace {

using surrogate::Column;
using surrogate::ColumnKind;
using sweep::Parameter;

Parameter parameter_of(const Column& column) {
  Parameter parameter{.name = column.name};
  if (column.kind != ColumnKind::kNumeric) {
    parameter.kind =
        column.is_categorical() ? Parameter::Kind::kCategorical : Parameter::Kind::kOrdinal;
    parameter.choices = column.levels;
    return parameter;
  }
  parameter.kind = column.is_integer ? Parameter::Kind::kInteger : Parameter::Kind::kFloat;
  parameter.spread.law =
      column.scale == surrogate::Scale::kLog ? sweep::Law::kLog : sweep::Law::kUniform;
  parameter.spread.low = column.low;
  parameter.spread.high = column.high;
  if (column.is_integer) parameter.spread.step = 1;
  return parameter;
}

}  // namespace

Result<sweep::Space> tried_space(const SearchRuns& runs) {
  const SearchTable table = make_table(runs, {});
  if (table.columns().empty())
    return fail(Code::kInvalid,
                "expected parameters that vary among runs with a result, found none");
  std::vector<Parameter> parameters;
  for (const Column& column : table.columns()) parameters.push_back(parameter_of(column));
  return sweep::Space::make(std::move(parameters));
}

sweep::Definition make_design(sweep::Definition like, size_t runs, const std::string& metric,
                              bool is_maximized) {
  like.description = "an evenly spread design for the sensitivity of " + metric;
  like.method = sweep::Method::kSobol;
  like.objectives = {{.metric = metric, .is_maximized = is_maximized}};
  like.limits.clear();
  like.budget = {.trials = runs};
  like.stop = {};
  like.repeat = 1;
  like.is_repeat_auto = false;
  like.is_warm_started = false;
  like.warm_start.clear();
  like.is_define_by_run = false;
  like.points.clear();
  return like;
}

}  // namespace cairn::report
