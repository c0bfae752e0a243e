// Handlers of one run's footprint: what it cost, what it would have cost elsewhere, and a wall
// meter's word about its machine.
#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "footprint/hours.h"
#include "server/footprint_export.h"
#include "server/footprint_request.h"
#include "server/handlers.h"

namespace cairn::server {

using footprint::Footprint;
using model::RunInfo;
using model::Value;

namespace {

constexpr int64_t kReachDefaultH = 24, kReachMaxH = 24 * 366;
constexpr double kSecondsPerHour = 3600;

PricedRun to_priced(const RunInfo& info) {
  PricedRun run;
  run.project = info.project;
  run.id = info.id;
  run.name = info.name;
  run.job_type = info.job_type;
  run.created_ns = info.created_ns;
  run.ran_s =
      static_cast<double>(info.ended_ns.value_or(info.updated_ns) - info.created_ns) / kNsPerSecond;
  run.energy = energy_of(info.meta, run.created_ns, run.ran_s);
  return run;
}

// NotFound where nothing is known of its energy.
Result<PricedRun> price(const Call& call, const footprint::Place& place) {
  TRY(const RunInfo info, call.run());
  PricedRun run = to_priced(info);
  TRY(run.footprint, call.rooms.footprints.assess(run.energy, place));
  if (!run.footprint)
    return fail(Code::kNotFound, "nothing is known of the energy of {}/{}: {}", info.project,
                info.id,
                run.energy.records.empty()
                    ? "it was recorded without samples of its machine"
                    : "it was over before the machine had counted any time of its processes");
  return run;
}

// As the run used it; where it was not followed, evenly over its time.
Result<footprint::EnergyCurve> energy_curve(const Call& call, const PricedRun& run) {
  const double total_kwh = run.footprint->energy_kwh.value;
  TRY(const query::Curve used,
      call.rooms.catalog.energy_curve(run.project, {run.id, run.created_ns}));
  footprint::EnergyCurve curve{{run.created_ns}, {0}};
  const double seen_kwh = used.is_empty() ? 0 : used.max();
  if (seen_kwh > 0) {
    for (const int64_t time_ns : used.at()) {
      if (time_ns <= curve.time_ns.back()) continue;
      curve.time_ns.push_back(time_ns);
      curve.kwh.push_back(used.value(time_ns) * total_kwh / seen_kwh);
    }
    return curve;
  }
  curve.time_ns.push_back(run.created_ns +
                          std::max<int64_t>(1, std::llround(run.ran_s * kNsPerSecond)));
  curve.kwh.push_back(total_kwh);
  return curve;
}

Value print_alternatives(const std::vector<footprint::Alternative>& alternatives) {
  model::List list;
  for (const footprint::Alternative& one : alternatives)
    list.push_back(model::Object{{"zone", one.zone},
                                 {"start_ns", one.start_ns > 0 ? Value(one.start_ns) : Value()},
                                 {"carbon_kg", one.carbon_kg},
                                 {"saved_share", one.saved_share},
                                 {"level", footprint::print_level(one.level)}});
  return list;
}

}  // namespace

Result<Response> get_run_footprint(const Call& call) {
  TRY(const footprint::Place place, read_place(call));
  TRY(PricedRun run, price(call, place));
  if (call.text("format").empty()) return answer(print_footprint(*run.footprint));
  TRY(const std::string format, read_export_format(call));
  if (format != "codecarbon") return answer_snippet(*run.footprint, run.name, format);
  return answer_codecarbon(
      {codecarbon_row(run, std::move(*run.footprint), call.rooms.footprints.tables())});
}

Result<Response> find_footprint_alternatives(const Call& call) {
  TRY(const footprint::Place place, read_place(call));
  TRY(const auto reach_h, call.integer("reach_h", 0, kReachMaxH));
  TRY(const PricedRun run, price(call, place));
  const Footprint& footprint = *run.footprint;
  if (footprint.zone.empty())
    return fail(Code::kInvalid,
                "expected a zone: nothing says where the run was made, and so what another place "
                "would save");
  TRY(const footprint::EnergyCurve curve, energy_curve(call, run));
  TRY(const auto alternatives,
      footprint::find_alternatives(curve, footprint.zone,
                                   static_cast<int>(reach_h.value_or(kReachDefaultH)),
                                   call.list("zones"), call.rooms.footprints.tables()));
  return answer(model::Object{{"footprint", print_footprint(footprint)},
                              {"alternatives", print_alternatives(alternatives)}});
}

// What the meter saw beyond what the sensors and models know is the rest of the machine: the terms
// that stand for it are scaled to be that.
Result<Response> calibrate(const Call& call) {
  TRY(const Value body, call.object());
  const Value* wall = body.find("wall_kwh");
  const double wall_kwh = wall ? wall->number_or(0) : 0;
  if (!wall || !wall->is_number() || !(wall_kwh > 0) || !std::isfinite(wall_kwh))
    return fail(Code::kInvalid, "expected wall_kwh, the reading of a meter, above 0");
  TRY(const RunInfo info, call.run());
  const PricedRun run = to_priced(info);
  if (run.energy.records.size() != 1)
    return fail(Code::kInvalid, "expected a run with the energy record of one machine, found {}",
                run.energy.records.size());
  const model::EnergyRecord& record = run.energy.records.front();
  if (record.machine.hostname.empty())
    return fail(Code::kInvalid, "expected a run that knows the name of its machine, found none");
  FootprintDesk& desk = call.rooms.footprints;
  TRY(const auto assessed,
      footprint::assess(run.energy, desk.place_of(info.meta, {}), desk.tables()));
  if (!assessed) return fail(Code::kInvalid, "expected a run of which the energy is known");
  double rest_kwh = 0, known_kwh = 0;
  for (const footprint::PartEnergy& part : assessed->parts)
    (part.part == "rest" ? rest_kwh : known_kwh) += part.kwh.value;
  if (wall_kwh < known_kwh)
    return fail(Code::kInvalid,
                "expected a wall reading of at least the {:.4g} kWh that the run's CPU, memory and "
                "GPUs used, found {:.4g} kWh",
                known_kwh, wall_kwh);
  if (!(rest_kwh > 0)) return fail(Code::kInvalid, "expected a run with a share of its machine");
  const double factor = (wall_kwh - known_kwh) / rest_kwh;
  const footprint::Calibration calibration{
      record.machine.hostname, factor * desk.tables().constant("rest.share").value.value,
      factor * desk.tables().constant("rest.power").value.value};
  TRY_VOID(desk.keep(calibration));
  const double share = record.watched_s > 0 ? record.share_s / record.watched_s : 0;
  return answer(model::Object{{"hostname", calibration.hostname},
                              {"wall_kwh", wall_kwh},
                              {"known_kwh", known_kwh},
                              {"rest_kwh_before", rest_kwh},
                              {"rest_kwh", wall_kwh - known_kwh},
                              {"rest_share", calibration.rest_share},
                              {"rest_w", calibration.rest_w},
                              {"run_share", share},
                              {"hours", record.watched_s / kSecondsPerHour}});
}

}  // namespace cairn::server
