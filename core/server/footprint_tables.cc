// Handlers that need tables and no store: footprints of energy that the request brings, estimates
// before anything runs, the energy of requests, and the tables themselves.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/clock.h"
#include "footprint/inference.h"
#include "query/time_text.h"
#include "server/estimate_request.h"
#include "server/footprint_desk.h"
#include "server/footprint_request.h"
#include "server/handlers.h"

namespace cairn::server {

using model::Value;

namespace {

Result<const model::List*> list_at(const Value& body, std::string_view name) {
  const Value* list = body.find(name);
  if (!list || !list->as_list()) return fail(Code::kInvalid, "expected {} as a list", name);
  return list->as_list();
}

double number_at(const Value& object, std::string_view name) {
  const Value* number = object.find(name);
  return number ? number->number_or(0) : 0;
}

int64_t integer_at(const Value& object, std::string_view name) {
  const Value* number = object.find(name);
  return number ? number->int_or(static_cast<int64_t>(number->number_or(0))) : 0;
}

// [[time_ns, joules], ...], cumulated.
Result<std::vector<footprint::MeterPoint>> parse_meter(const model::List& list) {
  std::vector<footprint::MeterPoint> meter;
  for (const Value& point : list) {
    const model::List* pair = point.as_list();
    if (!pair || pair->size() != 2 || !(*pair)[0].is_number() || !(*pair)[1].is_number())
      return fail(Code::kInvalid, "expected meter as pairs of time_ns and cumulated joules");
    const footprint::MeterPoint next{(*pair)[0].int_or(0), (*pair)[1].number_or(0)};
    if (!meter.empty() &&
        (next.time_ns < meter.back().time_ns || !(next.joules >= meter.back().joules)))
      return fail(Code::kInvalid, "expected times and joules of meter that never fall");
    meter.push_back(next);
  }
  return meter;
}

Result<footprint::Place> read_said_place(const Value& body) {
  const Value* said = body.find("place");
  return said && !said->is_null() ? footprint::parse_place(*said) : footprint::Place{};
}

// A meter's energy, as joules or as what a watcher counted, which has a footprint then.
struct Metered {
  std::vector<footprint::MeterPoint> points;
  Value footprint;
};

// [[time_ns, {series: count}], ...] of "record", cumulated since it began: joules of the machine
// alone; what a building adds to it is in the footprint.
Result<Metered> price_readings(const FootprintCall& call, const Value& body) {
  TRY(const model::List* list, list_at(body, "readings"));
  const Value* given = body.find("record");
  if (!given) return fail(Code::kInvalid, "expected readings with the record that they are of");
  footprint::RunEnergy run;
  TRY(run.records.emplace_back(), model::parse_energy_record(*given));
  run.began_ns = run.records.front().began_ns;
  TRY(const footprint::Place place, read_said_place(body));
  TRY(const auto assessed, call.desk.assess(run, place));
  if (!assessed) return Metered{};
  const auto terms = footprint::energy_terms(run.records, call.desk.place_of(run.meta, place),
                                             call.desk.tables(), call.desk.calibrations());
  const double of_machine =
      assessed->energy_kwh.value > 0 ? assessed->it_kwh.value / assessed->energy_kwh.value : 0;
  model::List meter;
  for (const Value& reading : *list) {
    const model::List* pair = reading.as_list();
    if (!pair || pair->size() != 2 || !(*pair)[1].as_object())
      return fail(Code::kInvalid, "expected readings as pairs of time_ns and counts by series");
    double joules = 0;
    for (const footprint::EnergyTerm& term : terms)
      joules += term.j_per_unit * of_machine * number_at((*pair)[1], term.series);
    meter.push_back(model::List{(*pair)[0], joules});
  }
  TRY(auto points, parse_meter(meter));
  return Metered{std::move(points), print_footprint(*assessed)};
}

Result<Metered> read_metered(const FootprintCall& call, const Value& body) {
  if (body.find("readings")) return price_readings(call, body);
  TRY(const model::List* list, list_at(body, "meter"));
  TRY(auto points, parse_meter(*list));
  return Metered{std::move(points), {}};
}

Result<std::vector<footprint::ServedRequest>> read_requests(const Value& body) {
  TRY(const model::List* list, list_at(body, "requests"));
  std::vector<footprint::ServedRequest> requests;
  for (const Value& one : *list) {
    footprint::ServedRequest request{integer_at(one, "began_ns"), integer_at(one, "first_token_ns"),
                                     integer_at(one, "ended_ns"), number_at(one, "tokens_in"),
                                     number_at(one, "tokens_out")};
    if (const Value* status = one.find("status"))
      request.status = static_cast<int>(status->int_or(0));
    if (request.began_ns <= 0 || request.ended_ns < request.began_ns || !(request.tokens_in >= 0) ||
        !(request.tokens_out >= 0))
      return fail(Code::kInvalid,
                  "expected requests with began_ns, ended_ns behind it, and tokens_in and "
                  "tokens_out of 0 or more");
    requests.push_back(request);
  }
  return requests;
}

Result<std::vector<model::EnergyRecord>> read_records(const Value& body) {
  TRY(const model::List* list, list_at(body, "records"));
  std::vector<model::EnergyRecord> records;
  for (const Value& one : *list) {
    TRY(model::EnergyRecord record, model::parse_energy_record(one));
    records.push_back(std::move(record));
  }
  return records;
}

Value print_table(const footprint::TableInfo& table) {
  return model::Object{{"name", table.name},     {"title", table.title},
                       {"source", table.source}, {"licence", table.licence},
                       {"years", table.years},   {"release", table.release},
                       {"file", table.file},     {"rows", static_cast<int64_t>(table.rows)}};
}

int64_t first_begin_ns(const std::vector<model::EnergyRecord>& records) {
  int64_t first_ns = std::numeric_limits<int64_t>::max();
  for (const model::EnergyRecord& record : records) first_ns = std::min(first_ns, record.began_ns);
  return records.empty() ? wall_now_ns() : first_ns;
}

}  // namespace

Result<Response> assess_footprint(const FootprintCall& call) {
  TRY(const Value body, call.object());
  footprint::RunEnergy run;
  TRY(run.records, read_records(body));
  if (const Value* meta = body.find("meta"); meta && meta->as_object()) run.meta = *meta;
  run.began_ns = first_begin_ns(run.records);
  TRY(const footprint::Place place, read_said_place(body));
  TRY(const auto assessed, call.desk.assess(run, place));
  return answer(assessed ? print_footprint(*assessed) : Value());
}

Result<Response> estimate_footprint(const FootprintCall& call) {
  TRY(const Value estimate, estimate_for(call, call.desk.tables()));
  return answer(estimate);
}

Result<Response> split_inference(const FootprintCall& call) {
  TRY(const Value body, call.object());
  TRY(Metered meter, read_metered(call, body));
  TRY(const auto requests, read_requests(body));
  const Value* weights = body.find("weights");
  const std::string_view by = weights ? weights->string_or("") : "tokens";
  if (by != "tokens" && by != "time")
    return fail(Code::kInvalid, "expected weights as 'tokens' or 'time', found '{}'", by);
  const Value* idle = body.find("idle_w");
  std::optional<double> idle_w;
  if (idle && idle->is_number()) idle_w = idle->number_or(0);
  if (idle_w && !(*idle_w >= 0)) return fail(Code::kInvalid, "expected idle_w of 0 or more");
  const footprint::InferenceReport report = footprint::split_energy(
      meter.points, requests,
      by == "tokens" ? footprint::RequestWeights::kTokens : footprint::RequestWeights::kTime,
      idle_w);
  Value out = footprint::to_value(report);
  out.set("request_j", model::List(report.request_j.begin(), report.request_j.end()));
  out.set("footprint", std::move(meter.footprint));
  return answer(out);
}

Result<Response> list_tables(const FootprintCall& call) {
  const footprint::Tables& tables = call.desk.tables();
  model::List printed, zones, hourly;
  for (const footprint::TableInfo& table : tables.list()) printed.push_back(print_table(table));
  for (std::string& zone : tables.zones()) zones.emplace_back(std::move(zone));
  for (const footprint::HourlySeries* series : tables.hourly())
    hourly.push_back(model::Object{{"zone", series->zone},
                                   {"source", series->source},
                                   {"first_ns", series->first_ns},
                                   {"hours", static_cast<int64_t>(series->g_per_kwh.size())}});
  return answer(model::Object{
      {"tables", std::move(printed)},
      {"zones", std::move(zones)},
      {"hourly", std::move(hourly)},
      {"problem", call.desk.problem() ? Value(call.desk.problem()->message()) : Value()}});
}

Result<Response> put_table(const FootprintCall& call) {
  TRY(const Value body, call.object());
  const auto text = [&](std::string_view name) {
    const Value* value = body.find(name);
    return std::string(value ? value->string_or("") : "");
  };
  const std::string content = text("text"), file = text("file");
  if (content.empty()) return fail(Code::kInvalid, "expected text, a CSV file");
  const auto table =
      call.desk.add_table(file.empty() ? "the request's text" : file, content, text("zone"));
  if (table) return answer(print_table(*table));
  // It is the request that is damaged, and no file of ours.
  const Code code = table.error().code();
  return tl::unexpected(
      Error(code == Code::kCorrupt ? Code::kInvalid : code, table.error().message()));
}

}  // namespace cairn::server
