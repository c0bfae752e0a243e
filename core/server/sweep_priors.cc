// Earlier runs of the same program, as results that a new sweep may learn from.
#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "server/sweep_desk.h"

namespace cairn::server {

using model::RunInfo;
using model::Value;

namespace {

// A number of the summary; of one that holds several (its min, max, last) the
// one that is aimed at.
double find_metric(const Value& summary, const std::string& metric, bool is_maximized) {
  const Value* found = model::find_path(summary, metric);
  if (found && found->as_object()) {
    const Value* kept = found->find(is_maximized ? "max" : "min");
    found = kept ? kept : found->find("last");
  }
  return found && found->is_number() ? found->number_or(trials::kUnknown) : trials::kUnknown;
}

// Whether both say what their program is, and it is another one.
bool is_other_program(const RunInfo& run, const Value& program) {
  const Value* entry = program.find("entry");
  const Value* its_entry = model::find_path(run.meta, "recall.entry");
  return entry && entry->as_string() && its_entry && its_entry->as_string() &&
         *entry->as_string() != *its_entry->as_string();
}

std::optional<trials::Prior> read_prior(const RunInfo& run, const sweep::Definition& definition,
                                        const Value& program) {
  const bool is_copy = model::find_path(run.meta, "recall.source") != nullptr;
  if (run.state != model::RunState::kFinished || is_copy || is_other_program(run, program))
    return std::nullopt;
  trials::Prior prior;
  for (const sweep::Objective& objective : definition.objectives) {
    prior.values.push_back(find_metric(run.summary, objective.metric, objective.is_maximized));
    if (!std::isfinite(prior.values.back())) return std::nullopt;
  }
  for (const sweep::Limit& limit : definition.limits)
    prior.limits.push_back(find_metric(run.summary, limit.metric, limit.is_minimum));
  model::for_each_leaf(run.config, [&](const std::string& name, const Value& leaf) {
    if (!name.empty()) prior.params.emplace_back(name, leaf);
  });
  prior.run = run.project + "/" + run.id;
  prior.created_ns = run.created_ns;
  if (run.ended_ns)
    prior.cost.seconds = static_cast<double>(*run.ended_ns - run.created_ns) / kNsPerSecond;
  return prior;
}

// The newest finished runs of a project, those of one sweep alone where it is
// named.
Result<void> collect(Rooms& rooms, const std::string& project, const std::string& sweep,
                     const sweep::Definition& definition, const Value& program,
                     std::vector<trials::Prior>& priors) {
  TRY_VOID(rooms.ingest.catch_up(project));
  query::RunTable::Select select;
  select.limit = trials::kPriorsMax;
  select.sort = {{"created", true}};
  select.also.push_back(
      {{"state", query::FieldType::kState}, query::Op::kEqual, {std::string("finished")}});
  if (!sweep.empty()) {
    query::Filter of_sweep{.kind = query::Filter::Kind::kTerm, .parts = {}, .term = {}};
    of_sweep.term = {{"meta.sweep.id", query::FieldType::kAny}, query::Op::kEqual, {sweep}};
    select.filter = query::print_filter(of_sweep);
  }
  TRY(const query::RunPage page, rooms.catalog.runs(project, select));
  for (const RunInfo& run : page.runs) {
    auto prior = read_prior(run, definition, program);
    const auto is_known = [&](const trials::Prior& known) { return known.run == prior->run; };
    if (prior && std::none_of(priors.begin(), priors.end(), is_known))
      priors.push_back(std::move(*prior));
  }
  return {};
}

}  // namespace

// Of the sweep's own project, and of the projects and sweeps that its
// definition names.
Result<std::vector<trials::Prior>> find_priors(Rooms& rooms, const sweep::Definition& definition,
                                               const trials::NewSweep& wanted,
                                               const auth::Identity& who) {
  TRY(std::vector<std::string> projects, rooms.store.projects());
  std::erase_if(projects, [&](const std::string& name) { return !who.sees_project(name); });
  const auto is_project = [&](const std::string& name) {
    return std::find(projects.begin(), projects.end(), name) != projects.end();
  };
  std::vector<trials::Prior> priors;
  if (is_project(wanted.project))
    TRY_VOID(collect(rooms, wanted.project, "", definition, wanted.program, priors));
  for (const std::string& source : definition.warm_start) {
    if (is_project(source)) {
      TRY_VOID(collect(rooms, source, "", definition, wanted.program, priors));
      continue;
    }
    for (const std::string& project : projects)
      TRY_VOID(collect(rooms, project, source, definition, wanted.program, priors));
  }
  return priors;
}

}  // namespace cairn::server
