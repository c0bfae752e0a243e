// Handlers of series: the list of keys, and points or buckets of many series at once.
#include <array>
#include <limits>
#include <span>

#include "server/chart_request.h"
#include "server/columns.h"
#include "server/handlers.h"
#include "server/listing.h"

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

constexpr std::array<std::string_view, 6> kBucketColumns = {"x",    "min",  "max",
                                                            "mean", "last", "count"};
constexpr std::array<std::string_view, 3> kPointColumns = {"step", "time", "value"};

struct SeriesRequest {
  std::vector<std::string> runs, keys;
  query::ScreenRequest screen;
  bool has_buckets = false;
  ColumnChoice choice;
};

Result<SeriesRequest> read_request(const Value& body) {
  SeriesRequest request;
  TRY(request.runs, read_names(body, "runs"));
  TRY(request.keys, read_names(body, "keys"));
  TRY(request.screen, read_screen(body));
  const Value* buckets = body.find("buckets");
  request.has_buckets = buckets && !buckets->is_null();
  const std::span<const std::string_view> known =
      request.has_buckets ? std::span<const std::string_view>(kBucketColumns)
                          : std::span<const std::string_view>(kPointColumns);
  TRY(request.choice, read_choice(body, known));
  TRY_VOID(check_size(request.runs.size(), request.keys.size(),
                      request.has_buckets ? request.screen.buckets : 0));
  const query::ScreenAxis axis = request.screen.axis;
  const bool is_plain =
      !request.screen.log && (axis == query::ScreenAxis::kStep || axis == query::ScreenAxis::kTime);
  if (!request.has_buckets && !is_plain)
    return fail(Code::kInvalid, "expected buckets with axis '{}'{}", print_axis(axis),
                request.screen.log ? " and log_x" : "");
  return request;
}

model::Points keep_times(const model::Points& points, const query::StepRange& range) {
  model::Points kept;
  for (size_t i = 0; i < points.size(); ++i)
    if (points.time_ns[i] >= range.min && points.time_ns[i] <= range.max)
      kept.push(points.step[i], points.time_ns[i], points.value[i]);
  return kept;
}

void write_buckets(const query::Buckets& buckets, const ColumnChoice& choice,
                   ColumnsWriter& writer) {
  if (choice.has("x")) writer.add("x", std::span(buckets.x));  // a float32 is too coarse for it
  choice.add("min", buckets.min, writer);
  choice.add("max", buckets.max, writer);
  choice.add("mean", buckets.mean, writer);
  choice.add("last", buckets.last, writer);
  if (choice.has("count")) writer.add("count", std::span(buckets.count));
}

Result<void> write_points(const Call& call, const std::string& run, const SeriesRequest& request,
                          ColumnsWriter& writer) {
  query::Catalog& catalog = call.rooms.catalog;
  const bool by_step = request.screen.axis == query::ScreenAxis::kStep;
  for (const std::string& key : request.keys) {
    TRY(const auto stored, call.rooms.store.pieces(call.names[0], run, key));
    if (stored.pieces.empty()) {
      writer.miss(run, key, "the run has no such key");
      continue;
    }
    const query::StepRange& range = request.screen.range;
    TRY(model::Points points,
        catalog.points(call.names[0], run, key, by_step ? range : query::StepRange{}));
    if (!by_step) points = keep_times(points, range);
    writer.begin(run, key, /*exact=*/true);
    if (request.choice.has("step")) writer.add("step", std::span(points.step));
    if (request.choice.has("time")) writer.add("time", std::span(points.time_ns));
    request.choice.add("value", points.value, writer);
    writer.end();
  }
  return {};
}

}  // namespace

Result<Response> list_keys(const Call& call) {
  TRY(const model::RunInfo run, call.run());
  TRY(const std::vector<model::SeriesInfo> keys, call.rooms.catalog.keys(run.project, run.id));
  model::List printed;
  for (const model::SeriesInfo& info : keys) printed.push_back(print_series_info(info));
  return answer_list(call, "keys", std::move(printed));
}

Result<Response> read_series(const Call& call) {
  TRY(const Value body, call.object());
  TRY(const SeriesRequest request, read_request(body));
  const std::string& project = call.names[0];
  TRY(query::Screen screen, call.rooms.catalog.screen(project, request.screen));
  std::vector<query::RunRef> runs;
  for (const std::string& reference : request.runs) {
    TRY(query::RunRef run, call.rooms.catalog.refer(project, reference));
    runs.push_back(std::move(run));
  }
  ColumnsWriter writer;
  for (const query::RunRef& run : runs) {
    if (!request.has_buckets) {
      TRY_VOID(write_points(call, run.id, request, writer));
      continue;
    }
    TRY_VOID(screen.read(run, request.keys,
                         [&](size_t k, const query::Bins& bins, std::string_view reason) {
                           if (!reason.empty()) return writer.miss(run.id, request.keys[k], reason);
                           writer.begin(run.id, request.keys[k], bins.exact);
                           write_buckets(bins.buckets(), request.choice, writer);
                           writer.end();
                         }));
  }
  return answer_columns(writer);
}

}  // namespace cairn::server
