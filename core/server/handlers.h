// Every handler of the API, by noun; docs/api.md says what each answers.
#pragma once

#include "base/result.h"
#include "server/access.h"
#include "server/call.h"
#include "server/http_types.h"

namespace cairn::server {

using Handler = Result<Response> (*)(const Call&);

// runs.cc
Result<Response> list_projects(const Call& call);
Result<Response> list_runs(const Call& call);
Result<Response> list_columns(const Call& call);
Result<Response> get_run(const Call& call);
Result<Response> find_run(const Call& call);
Result<Response> edit_run(const Call& call);
Result<Response> remove_run(const Call& call);

// recall.cc
Result<Response> find_runs_by_identity(const Call& call);
Result<Response> list_relatives(const Call& call);

// leasing.cc
Result<Response> take_lease(const Call& call);
Result<Response> get_lease(const Call& call);
Result<Response> give_back_lease(const Call& call);

// series.cc
Result<Response> list_keys(const Call& call);
Result<Response> read_series(const Call& call);

// bands.cc, groups.cc, keys.cc, views.cc
Result<Response> read_bands(const Call& call);
Result<Response> list_groups(const Call& call);
Result<Response> list_project_keys(const Call& call);
Result<Response> list_views(const Call& call);
Result<Response> put_view(const Call& call);
Result<Response> remove_view(const Call& call);

// export.cc
Result<Response> export_run(const Call& call);

// receiving.cc
Result<Response> find_session(const Call& call);

// console.cc
Result<Response> read_console(const Call& call);

// files.cc
Result<Response> list_records(const Call& call);
Result<Response> get_blob(const Call& call);

// artifacts.cc
Result<Response> list_artifacts(const Call& call);
Result<Response> get_artifact(const Call& call);
Result<Response> add_artifact(const Call& call);
Result<Response> edit_artifact(const Call& call);
Result<Response> get_lineage(const Call& call);
Result<Response> list_run_artifacts(const Call& call);

// footprint.cc, footprint_run.cc: what runs cost
Result<Response> get_footprint(const Call& call);
Result<Response> get_project_footprint(const Call& call);
Result<Response> get_run_footprint(const Call& call);
Result<Response> find_footprint_alternatives(const Call& call);
Result<Response> find_break_even(const Call& call);
Result<Response> export_footprint(const Call& call);
Result<Response> export_project_footprint(const Call& call);
Result<Response> calibrate(const Call& call);

// sensitivity.cc: what results owe to settings, and to trying often
Result<Response> get_sensitivity(const Call& call);
Result<Response> get_expected(const Call& call);
Result<Response> get_design(const Call& call);

// report_card.cc: the page for a paper
Result<Response> get_report(const Call& call);

// replay.cc, compare_search.cc: what stopping early, and another search, would have changed
Result<Response> get_replay(const Call& call);
Result<Response> compare_search(const Call& call);

// waste.cc: where compute went that nobody needed
Result<Response> get_waste(const Call& call);

// footprint_tables.cc: without a store
Result<Response> assess_footprint(const FootprintCall& call);
Result<Response> estimate_footprint(const FootprintCall& call);
Result<Response> split_inference(const FootprintCall& call);
Result<Response> list_tables(const FootprintCall& call);
Result<Response> put_table(const FootprintCall& call);

// care.cc
Result<Response> get_health(const Call& call);
Result<Response> run_doctor(const Call& call);
Result<Response> collect_garbage(const Call& call);

// accounts.cc
Result<Response> log_in(const AccountCall& call);
Result<Response> log_out(const AccountCall& call);
Result<Response> get_me(const AccountCall& call);
Result<Response> list_users(const AccountCall& call);
Result<Response> add_user(const AccountCall& call);
Result<Response> set_password(const AccountCall& call);
Result<Response> remove_user(const AccountCall& call);
Result<Response> list_api_keys(const AccountCall& call);
Result<Response> create_api_key(const AccountCall& call);
Result<Response> revoke_api_key(const AccountCall& call);
Result<Response> read_audit(const AccountCall& call);

// sweeps.cc
Result<Response> create_sweep(const SweepCall& call);
Result<Response> list_sweeps(const SweepCall& call);
Result<Response> get_sweep(const SweepCall& call);
Result<Response> edit_sweep(const SweepCall& call);
Result<Response> remove_sweep(const SweepCall& call);
Result<Response> ask_trials(const SweepCall& call);
Result<Response> add_trials(const SweepCall& call);
Result<Response> list_trials(const SweepCall& call);
Result<Response> get_trial(const SweepCall& call);
Result<Response> beat_trial(const SweepCall& call);
Result<Response> report_trial(const SweepCall& call);
Result<Response> tell_trial(const SweepCall& call);
Result<Response> get_belief(const SweepCall& call);
Result<Response> get_importance(const SweepCall& call);
Result<Response> read_transcript(const SweepCall& call);

}  // namespace cairn::server
