// Reading requests for charts.
#include "server/chart_request.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "base/limits.h"

namespace cairn::server {

using model::Value;
using query::ScreenAxis;

namespace {

constexpr std::array<std::pair<std::string_view, ScreenAxis>, 5> kAxes = {
    {{"step", ScreenAxis::kStep},
     {"time", ScreenAxis::kTime},
     {"relative", ScreenAxis::kRelative},
     {"energy", ScreenAxis::kEnergy},
     {"metric", ScreenAxis::kMetric}}};

Result<double> read_number(const Value& body, std::string_view member, double missing) {
  const Value* number = body.find(member);
  if (!number || number->is_null()) return missing;
  const double value = number->number_or(std::numeric_limits<double>::quiet_NaN());
  if (!number->is_number() || std::isnan(value))
    return fail(Code::kInvalid, "expected {} as a number", member);
  return value;
}

// A bound may be written as an integer or as a float (a chart's edge): it is rounded inwards.
Result<int64_t> read_bound(const Value& body, std::string_view member, int64_t missing,
                           double (*round)(double)) {
  const Value* bound = body.find(member);
  if (!bound || bound->is_null()) return missing;
  if (bound->as_int()) return *bound->as_int();
  TRY(const double value, read_number(body, member, 0));
  constexpr double kEdge = 9.2e18;  // beyond every step and time there is
  if (value <= -kEdge) return std::numeric_limits<int64_t>::min();
  if (value >= kEdge) return std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(round(value));
}

Result<void> read_axis(const Value& body, query::ScreenRequest& screen) {
  if (const Value* axis = body.find("axis"); axis && !axis->is_null()) {
    const auto named = std::find_if(kAxes.begin(), kAxes.end(), [&](const auto& known) {
      return known.first == axis->string_or("");
    });
    if (named == kAxes.end())
      return fail(Code::kInvalid, "expected axis 'step', 'time', 'relative', 'energy' or 'metric'");
    screen.axis = named->second;
  }
  const Value* key = body.find("axis_key");
  const bool has_key = key && key->as_string() && !key->string_or("").empty();
  if (has_key != (screen.axis == ScreenAxis::kMetric))
    return fail(Code::kInvalid, "expected axis_key, the name of a series, with axis 'metric'{}",
                has_key ? " only" : "");
  if (has_key) screen.axis_key = *key->as_string();
  if (const Value* log = body.find("log_x"); log && !log->is_null()) {
    if (!log->as_bool()) return fail(Code::kInvalid, "expected log_x as true or false");
    screen.log = *log->as_bool();
  }
  return {};
}

}  // namespace

std::string_view print_axis(ScreenAxis axis) {
  for (const auto& [name, known] : kAxes)
    if (known == axis) return name;
  return {};
}

Result<std::vector<std::string>> read_names(const Value& body, std::string_view member) {
  std::vector<std::string> names;
  const Value* list = body.find(member);
  if (!list || !list->as_list())
    return fail(Code::kInvalid, "expected {} as a list of strings", member);
  for (const Value& name : *list->as_list()) {
    if (!name.as_string()) return fail(Code::kInvalid, "expected {} as a list of strings", member);
    names.push_back(*name.as_string());
  }
  return names;
}

Result<query::ScreenRequest> read_screen(const Value& body) {
  query::ScreenRequest screen;
  TRY_VOID(read_axis(body, screen));
  if (screen.axis == ScreenAxis::kStep || screen.axis == ScreenAxis::kTime) {
    TRY(screen.range.min, read_bound(body, "min", screen.range.min, std::ceil));
    TRY(screen.range.max, read_bound(body, "max", screen.range.max, std::floor));
  } else {
    TRY(screen.min, read_number(body, "min", screen.min));
    TRY(screen.max, read_number(body, "max", screen.max));
  }
  if (const Value* buckets = body.find("buckets"); buckets && !buckets->is_null()) {
    const int64_t n = buckets->int_or(0);
    if (n < 1 || n > static_cast<int64_t>(kSampleBucketsMax))
      return fail(Code::kInvalid, "expected buckets between 1 and {}, found {}", kSampleBucketsMax,
                  n);
    screen.buckets = static_cast<size_t>(n);
  }
  return screen;
}

Result<void> check_size(size_t runs, size_t keys, size_t buckets) {
  if (runs * keys > kSeriesPerRequestMax)
    return fail(Code::kLimit, "expected at most {} series in a request, found {} runs x {} keys",
                kSeriesPerRequestMax, runs, keys);
  if (runs * keys * buckets > kBucketsPerRequestMax)
    return fail(Code::kLimit,
                "expected at most {} buckets in an answer, found {} runs x {} keys x {} buckets",
                kBucketsPerRequestMax, runs, keys, buckets);
  return {};
}

bool ColumnChoice::has(std::string_view name) const {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void ColumnChoice::add(std::string_view name, const std::vector<double>& column,
                       ColumnsWriter& writer) const {
  if (!has(name)) return;
  if (as_f32)
    writer.add_f32(name, column);
  else
    writer.add(name, std::span(column));
}

Result<ColumnChoice> read_choice(const Value& body, std::span<const std::string_view> all) {
  ColumnChoice choice{{all.begin(), all.end()}, false};
  if (const Value* columns = body.find("columns"); columns && !columns->is_null()) {
    TRY(const std::vector<std::string> names, read_names(body, "columns"));
    choice.names.clear();
    for (const std::string& name : names) {
      const auto known = std::find(all.begin(), all.end(), name);
      if (known == all.end())
        return fail(Code::kInvalid, "expected columns among {}, found '{}'", fmt::join(all, ", "),
                    name);
      choice.names.push_back(*known);
    }
  }
  if (const Value* precision = body.find("precision"); precision && !precision->is_null()) {
    const std::string_view name = precision->string_or("");
    if (name != "f32" && name != "f64")
      return fail(Code::kInvalid, "expected precision 'f64' or 'f32'");
    choice.as_f32 = name == "f32";
  }
  return choice;
}

Response answer_columns(ColumnsWriter& writer) {
  Response response;
  response.content_type = kColumnsContentType;
  response.body = writer.finish();
  return response;
}

}  // namespace cairn::server
