// Every handler of the API, by noun; docs/api.md says what each answers.
#pragma once

#include "base/result.h"
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

// series.cc
Result<Response> list_keys(const Call& call);
Result<Response> read_series(const Call& call);

// export.cc
Result<Response> export_run(const Call& call);

// console.cc
Result<Response> read_console(const Call& call);

// files.cc
Result<Response> list_records(const Call& call);
Result<Response> list_artifacts(const Call& call);
Result<Response> get_blob(const Call& call);

// care.cc
Result<Response> get_health(const Call& call);
Result<Response> run_doctor(const Call& call);
Result<Response> collect_garbage(const Call& call);

}  // namespace cairn::server
