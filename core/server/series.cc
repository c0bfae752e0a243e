// Handlers of series: the list of keys, and points or buckets of many series at once.
#include <cmath>
#include <limits>

#include "base/limits.h"
#include "server/columns.h"
#include "server/handlers.h"

namespace cairn::server {

using model::Value;

namespace {

Value print_series_info(const model::SeriesInfo& info) {
  const model::SeriesStats& stats = info.stats;
  const uint64_t numbers = stats.count - stats.nan_count;
  Value out;
  out.set("key", info.key);
  out.set("stream", info.stream == model::Stream::kHistory ? "history" : "system");
  out.set("count", static_cast<int64_t>(stats.count));
  out.set("nan_count", static_cast<int64_t>(stats.nan_count));
  out.set("first_step", stats.first_step);
  out.set("last_step", stats.last_step);
  out.set("last_time_ns", stats.last_time_ns);
  out.set("first", stats.first);
  out.set("last", stats.last);
  out.set("min", stats.min);
  out.set("max", stats.max);
  out.set("mean", numbers == 0 ? std::numeric_limits<double>::quiet_NaN()
                               : stats.sum / static_cast<double>(numbers));
  out.set("min_step", stats.min_step);
  out.set("max_step", stats.max_step);
  return out;
}

struct SeriesRequest {
  std::vector<std::string> runs, keys;
  query::Axis axis = query::Axis::kStep;
  query::StepRange range;
  std::optional<size_t> buckets;
};

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

// A bound may be written as an integer or as a float (a chart's edge): it is rounded inwards.
Result<int64_t> read_bound(const Value& body, std::string_view member, int64_t missing,
                           double (*round)(double)) {
  const Value* bound = body.find(member);
  if (!bound || bound->is_null()) return missing;
  if (bound->as_int()) return *bound->as_int();
  const double* value = bound->as_double();
  if (!value || std::isnan(*value)) return fail(Code::kInvalid, "expected {} as a number", member);
  constexpr double kEdge = 9.2e18;  // beyond every step and time there is
  if (*value <= -kEdge) return std::numeric_limits<int64_t>::min();
  if (*value >= kEdge) return std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(round(*value));
}

Result<SeriesRequest> read_request(const Value& body) {
  SeriesRequest request;
  TRY(request.runs, read_names(body, "runs"));
  TRY(request.keys, read_names(body, "keys"));
  if (request.runs.size() * request.keys.size() > kSeriesPerRequestMax)
    return fail(Code::kLimit, "expected at most {} series in a request, found {} runs x {} keys",
                kSeriesPerRequestMax, request.runs.size(), request.keys.size());
  if (const Value* axis = body.find("axis")) {
    if (axis->string_or("") != "step" && axis->string_or("") != "time")
      return fail(Code::kInvalid, "expected axis 'step' or 'time'");
    if (axis->string_or("") == "time") request.axis = query::Axis::kTime;
  }
  TRY(request.range.min, read_bound(body, "min", request.range.min, std::ceil));
  TRY(request.range.max, read_bound(body, "max", request.range.max, std::floor));
  if (const Value* buckets = body.find("buckets"); buckets && !buckets->is_null()) {
    const int64_t n = buckets->int_or(0);
    if (n < 1 || n > static_cast<int64_t>(kSampleBucketsMax))
      return fail(Code::kInvalid, "expected buckets between 1 and {}, found {}", kSampleBucketsMax,
                  n);
    request.buckets = static_cast<size_t>(n);
  }
  return request;
}

model::Points keep_times(const model::Points& points, const query::StepRange& range) {
  model::Points kept;
  for (size_t i = 0; i < points.size(); ++i)
    if (points.time_ns[i] >= range.min && points.time_ns[i] <= range.max)
      kept.push(points.step[i], points.time_ns[i], points.value[i]);
  return kept;
}

Result<SeriesColumns> read_one(const Call& call, const std::string& run, const std::string& key,
                               const SeriesRequest& request) {
  query::Catalog& catalog = call.rooms.catalog;
  const std::string_view project = call.names[0];
  SeriesColumns series{run, key, {}};
  if (request.buckets) {
    TRY(series.data,
        catalog.sample(project, run, key, {request.axis, request.range, *request.buckets}));
  } else if (request.axis == query::Axis::kStep) {
    TRY(series.data, catalog.points(project, run, key, request.range));
  } else {
    TRY(const model::Points points, catalog.points(project, run, key));
    series.data = keep_times(points, request.range);
  }
  return series;
}

}  // namespace

Result<Response> list_keys(const Call& call) {
  TRY(const model::RunInfo run, call.run());
  TRY(const std::vector<model::SeriesInfo> keys, call.rooms.catalog.keys(run.project, run.id));
  model::List printed;
  for (const model::SeriesInfo& info : keys) printed.push_back(print_series_info(info));
  return answer(model::Object{{"keys", std::move(printed)}});
}

Result<Response> read_series(const Call& call) {
  TRY(const Value body, call.object());
  TRY(const SeriesRequest request, read_request(body));
  Columns columns;
  for (const std::string& reference : request.runs) {
    TRY(const model::RunInfo run, call.rooms.catalog.run(call.names[0], reference));
    for (const std::string& key : request.keys) {
      TRY(const auto stored, call.rooms.store.pieces(call.names[0], run.id, key));
      if (stored.pieces.empty()) {
        columns.missing.push_back({run.id, key});
        continue;
      }
      TRY(SeriesColumns series, read_one(call, run.id, key, request));
      columns.series.push_back(std::move(series));
    }
  }
  Response response;
  response.content_type = kColumnsContentType;
  response.body = encode_columns(columns);
  return response;
}

}  // namespace cairn::server
