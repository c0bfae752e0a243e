// cairn recall: what `cairn run` and `cairn check` know, for programs that ask for themselves.
//
// JSON on standard input, one JSON object on standard output (docs/formats/recall_door.md). The
// Python package is its user; people have no need of it.
#include <unistd.h>

#include <cstdio>

#include "base/disk.h"
#include "cli/commands.h"
#include "cli/expectation.h"
#include "cli/flight.h"
#include "cli/past_runs.h"
#include "cli/recall_text.h"
#include "cli/reuse.h"
#include "cli/tracing.h"
#include "trace/finish.h"
#include "trace/preload.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::List;
using model::Object;
using model::Value;

constexpr size_t kRequestBytesMax = 256 << 20;

Result<Value> read_request() {
  std::string text;
  char piece[64 << 10];
  for (size_t n; (n = std::fread(piece, 1, sizeof piece, stdin)) > 0;) {
    text.append(piece, n);
    if (text.size() > kRequestBytesMax)
      return fail(Code::kLimit, "expected a request of at most {} bytes", kRequestBytesMax);
  }
  TRY(Value request, wire::parse_json(text));
  if (!request.as_object())
    return fail(Code::kInvalid, "expected an object of JSON on standard input");
  return request;
}

std::string path_of(const recall::Past& past) {
  return project_path(past.project) + "/runs/" + past.run;
}

Result<Value> look(const Value& request, const Desk& desk) {
  TRY(const PlannedCommand planned, plan_program(request));
  trace::StatIndex index = open_stat_index();
  TRY(LookUp found, look_up(desk.client, planned, index));
  const auto expected = found.best() && found.best()->match.level <= recall::Level::kEquivalent
                            ? std::nullopt
                            : expect_result(desk.client, planned, found);
  const Relative* best = found.best();
  const trace::Reuse mode = planned.plan.settings.reuse.value_or(trace::Reuse::kNever);
  Value answer = print_answer(best);
  answer.set("mode", trace::print_reuse(mode));
  answer.set("run", best ? best->run : Value());
  answer.set("path", best ? Value(path_of(best->past)) : Value());
  answer.set("is_reusable", best && best->match.held_back.empty());
  answer.set("text", best ? describe(*best, desk.terminal) : std::string());
  answer.set("quiet", best ? print_quietly(*best) : std::string());
  answer.set("prediction", expected ? print_expectation(*expected) : Value());
  const auto leader = Flight::find_leader(desk.client, planned);
  const bool is_running = leader && *leader;
  answer.set("flight", Object{{"key", Flight::key_of(planned)},
                              {"is_running", is_running},
                              {"holder", is_running ? (*leader)->holder : ""},
                              {"run", is_running ? (*leader)->run : ""}});
  answer.set("cost", best ? Value(Object{{"duration_s", best->past.duration_s}}) : Value());
  return answer;
}

Result<Value> restore(const Value& request, const Desk& desk) {
  TRY(const PlannedCommand planned, plan_program(request));
  TRY(const FoundRun found, desk.client.find_run(text_at(request, "run")));
  TRY(const recall::Manifest manifest, read_manifest(desk.client, found.run));
  TRY(const Restored restored, restore_outputs(desk.client, planned, manifest));
  return Object{{"files", static_cast<int64_t>(restored.files)},
                {"bytes", static_cast<int64_t>(restored.bytes)}};
}

Result<Value> keep(const Value& request) {
  TRY(const PlannedCommand planned, plan_program(request));
  TraceOf trace;
  trace.folder = text_at(request, "trace");
  trace.began_ns = int_at(request, "began_ns");
  trace.store = text_at(request, "store");
  if (!flag_at(request, "is_watched"))
    for (const Value& path : list_at(request, "native"))
      trace.mapped.emplace_back(path.string_or(""));
  for (const Value& folder : list_at(request, "others"))
    trace.others.emplace_back(folder.string_or(""));
  trace::StatIndex index = open_stat_index();
  TRY(const recall::Manifest manifest, collect_manifest(planned, trace, index));
  List files;
  for (const KeptFile& file : files_to_keep(planned, manifest, flag_at(request, "has_finished")))
    files.push_back(Object{{"name", file.name}, {"path", file.path}});
  return Object{{"name", kManifestName},
                {"manifest", wire::print_json(recall::to_value(manifest))},
                {"outputs", std::move(files)},
                {"facts", facts_of(manifest)}};
}

Result<Value> begin_trace() {
  TRY(const std::string cache, trace::find_cache_folder(trace::current_environment()));
  TRY_VOID(posix_disk().make_dirs(cache));
  TRY(const std::string folder, trace::make_trace_folder(posix_disk(), cache));
  return Object{{"folder", folder}, {"began_ns", trace::file_clock_now_ns()}};
}

Result<Value> answer(const std::string& action, const Desk& desk) {
  if (action == "trace") return begin_trace();
  TRY(const Value request, read_request());
  if (action == "look") return look(request, desk);
  if (action == "restore") return restore(request, desk);
  if (action == "keep") return keep(request);
  return fail(Code::kInvalid, "expected look, restore, keep or trace, found '{}'", action);
}

}  // namespace

Result<int> execute(const AskRecall& command, const Desk& desk) {
  TRY(const Value said, answer(command.action, desk));
  desk.terminal.print(wire::print_json(said) + "\n");
  return kExitOk;
}

}  // namespace cairn::cli
