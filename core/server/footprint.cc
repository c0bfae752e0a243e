// Handlers of footprints of many runs: totals, exports, and training against inference.
#include <algorithm>

#include "base/id.h"
#include "footprint/inference.h"
#include "server/footprint_export.h"
#include "server/footprint_request.h"
#include "server/footprint_totals.h"
#include "server/handlers.h"

namespace cairn::server {

using model::Value;

namespace {

constexpr double kSecondsPerDay = 86400;

Result<std::vector<std::string>> projects_of(const Call& call) {
  TRY(std::vector<std::string> projects, call.rooms.store.projects());
  std::erase_if(projects,
                [&](const std::string& name) { return !call.request.who.sees_project(name); });
  return projects;
}

Result<Response> answer_totals(const Call& call, const std::vector<std::string>& projects) {
  TRY(const FootprintQuestion question, read_question(call));
  FootprintTotals totals(call, question);
  for (const std::string& project : projects) TRY_VOID(totals.add(project));
  return answer(totals.print());
}

// --- exports

Result<Response> answer_export(const Call& call, const std::vector<std::string>& projects,
                               const std::string& what) {
  TRY(const std::string format, read_export_format(call));
  TRY(const FootprintQuestion question, read_question(call));
  FootprintSum sum;
  std::vector<footprint::CodeCarbonRow> rows;
  for (const std::string& project : projects) {
    TRY_VOID(for_each_priced(call, project, question, {}, [&](PricedRun& run) {
      if (!run.footprint) return;
      if (format == "codecarbon")
        rows.push_back(
            codecarbon_row(run, std::move(*run.footprint), call.rooms.footprints.tables()));
      else
        sum.add(std::move(*run.footprint));
    }));
  }
  if (format == "codecarbon") return answer_codecarbon(rows);
  const auto total = sum.total();
  if (!total)
    return fail(Code::kNotFound, "expected a run of which the energy is known ({})", what);
  return answer_snippet(*total, what, format);
}

// --- training against inference

// What a name means: the runs that made a model, and those in which it served.
struct MadeModel {
  std::string project;
  std::string run;     // that made it; empty: the project's final one
  std::string filter;  // runs that were made to find it; with `also` empty: all of the project
  std::vector<query::Term> also;
  std::vector<std::string> names;  // by which runs of inference know it
};

// Runs of the same sweep, else of the same group, else all of its project.
MadeModel made_by(const model::RunInfo& run, const std::string& name) {
  MadeModel made{run.project, run.id, "", {}, {name, run.name, run.id}};
  const Value* sweep = find_path(run.meta, "sweep.id");
  if (sweep && is_safe_name(sweep->string_or("")))
    made.filter = fmt::format("meta.sweep.id = '{}'", sweep->string_or(""));
  else if (!run.group.empty())
    made.also.push_back({{"group", query::FieldType::kText}, query::Op::kEqual, {run.group}});
  return made;
}

Result<MadeModel> find_model(const Call& call, const std::vector<std::string>& projects,
                             const std::string& name) {
  if (std::find(projects.begin(), projects.end(), name) != projects.end())
    return MadeModel{name, "", "", {}, {name}};
  const auto run = call.rooms.catalog.find_run(name, projects);
  if (run) return made_by(*run, name);
  if (run.error().code() == Code::kConflict) return tl::unexpected(run.error());
  for (const std::string& project : projects) {
    const auto artifact = call.rooms.catalog.artifacts().get(project, name);
    if (!artifact || (*artifact)->versions.empty()) continue;
    TRY(const model::RunInfo maker, call.rooms.catalog.run(project, (*artifact)->latest().run));
    return made_by(maker, name);
  }
  return fail(Code::kNotFound, "expected a project, a run or an artifact, found '{}'", name);
}

struct Served {
  FootprintSum energy;
  double requests = 0, seconds = 0, kwh = 0;
};

// Runs of inference of which both is known, energy and requests.
Result<Served> find_served(const Call& call, const std::vector<std::string>& projects,
                           const FootprintQuestion& question, const MadeModel& made) {
  Served served;
  for (const std::string& project : projects) {
    FootprintQuestion of_project = question;
    of_project.select.filter = "job_type = inference";
    if (made.project != project || !made.run.empty())
      of_project.select.also.push_back({{"config.model", query::FieldType::kAny},
                                        query::Op::kIn,
                                        {made.names.begin(), made.names.end()}});
    TRY_VOID(for_each_priced(call, project, of_project, {"summary.inference.requests"},
                             [&](PricedRun& run) {
                               if (!run.footprint || !(run.number > 0)) return;
                               served.requests += *run.number;
                               served.seconds += run.ran_s;
                               served.kwh += run.footprint->energy_kwh.value;
                               served.energy.add(std::move(*run.footprint));
                             }));
  }
  return served;
}

struct Training {
  double training_kwh = 0, search_kwh = 0;
  size_t runs = 0;
};

Result<Training> find_training(const Call& call, FootprintQuestion question,
                               const MadeModel& made) {
  Training training;
  question.select.filter = made.filter;
  question.select.also.insert(question.select.also.end(), made.also.begin(), made.also.end());
  if (made.run.empty()) {
    FootprintTotals totals(call, question);
    TRY_VOID(totals.add(made.project));
    const auto kwh = [](const FootprintSum& sum) {
      const auto total = sum.total();
      return total ? total->energy_kwh.value : 0;
    };
    training.runs = totals.training().runs();
    training.training_kwh = kwh(totals.knows_final() ? totals.final_runs() : totals.training());
    training.search_kwh = kwh(totals.training()) - training.training_kwh;
    return training;
  }
  TRY_VOID(for_each_priced(call, made.project, question, {}, [&](const PricedRun& run) {
    if (!run.footprint || run.is_inference()) return;
    ++training.runs;
    (run.id == made.run ? training.training_kwh : training.search_kwh) +=
        run.footprint->energy_kwh.value;
  }));
  return training;
}

}  // namespace

Result<Response> get_footprint(const Call& call) {
  TRY(const std::vector<std::string> projects, projects_of(call));
  return answer_totals(call, projects);
}

Result<Response> get_project_footprint(const Call& call) {
  return answer_totals(call, {call.names[0]});
}

Result<Response> export_footprint(const Call& call) {
  TRY(const std::vector<std::string> projects, projects_of(call));
  return answer_export(call, projects, "all projects");
}

Result<Response> export_project_footprint(const Call& call) {
  return answer_export(call, {call.names[0]}, call.names[0]);
}

Result<Response> find_break_even(const Call& call) {
  const std::string name(call.text("model"));
  if (name.empty()) return fail(Code::kInvalid, "expected model, a project, run or artifact");
  TRY(const FootprintQuestion question, read_question(call));
  TRY(const auto wanted_per_day, call.number("requests_per_day"));
  TRY(const std::vector<std::string> projects, projects_of(call));
  TRY(const MadeModel made, find_model(call, projects, name));
  TRY(const Training training, find_training(call, question, made));
  if (training.runs == 0)
    return fail(Code::kNotFound, "expected runs of which the energy is known behind '{}'", name);
  TRY(const Served served, find_served(call, projects, question, made));
  if (served.requests == 0)
    return fail(Code::kNotFound,
                "expected runs of inference with energy and requests (job_type 'inference', "
                "config.model '{}'): 'cairn meter --model {} -- COMMAND' records one",
                name, name);
  const double per_day =
      served.seconds > 0 ? served.requests / (served.seconds / kSecondsPerDay) : 0;
  const std::optional<double> rate = wanted_per_day ? wanted_per_day
                                     : per_day > 0  ? std::optional(per_day)
                                                    : std::nullopt;
  TRY(const footprint::BreakEven even,
      footprint::break_even(training.training_kwh, training.search_kwh,
                            served.kwh / served.requests, served.requests, rate));
  return answer(model::Object{{"model", name},
                              {"project", made.project},
                              {"training_runs", static_cast<int64_t>(training.runs)},
                              {"training_kwh", even.training_kwh},
                              {"search_kwh", even.search_kwh},
                              {"per_request_kwh", even.per_request_kwh},
                              {"requests", even.requests},
                              {"requests_per_day", rate ? Value(*rate) : Value()},
                              {"days", even.days ? Value(*even.days) : Value()},
                              {"served", even.served},
                              {"inference_kwh", even.inference_kwh},
                              {"inference_runs", static_cast<int64_t>(served.energy.runs())}});
}

}  // namespace cairn::server
