// Comparisons of results, and the tag that they may leave.
#include "cli/audit.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"
#include "recall/prediction.h"

namespace cairn::cli {
namespace {

using model::List;
using model::Object;
using model::Value;

constexpr size_t kReplicatesMax = 50;

std::string run_path(const std::string& project, const std::string& run) {
  return project_path(project) + "/runs/" + run;
}

std::vector<Value> summaries_of_replicates(DoorClient& client, const Relative& past) {
  std::vector<Value> summaries;
  const recall::Identity& keys = past.past.manifest.identity;
  const auto answer = find_by_key(client, "F", keys.experiment, kReplicatesMax);
  if (!answer) return summaries;
  for (const Value& run : list_at(*answer, "runs")) {
    const Value& facts = value_at(value_at(run, "meta"), "recall");
    if (value_at(facts, "source").is_null() && text_at(facts, "R") != keys.replicate)
      summaries.push_back(value_at(run, "summary"));
  }
  return summaries;
}

std::string print(const recall::Comparison& comparison) {
  const auto outputs =
      comparison.outputs == 0
          ? std::string()
          : fmt::format(", {} of {} outputs with the same bytes",
                        comparison.outputs - comparison.other_outputs, comparison.outputs);
  if (comparison.is_empty()) return "nothing to compare: it kept no numbers and wrote no files";
  if (comparison.is_same())
    return fmt::format("the same results: {} metrics{}", comparison.metrics, outputs);
  if (comparison.differences.empty()) return "other results" + outputs;
  const recall::ResultDifference& first = comparison.differences.front();
  const std::string noise = !first.noise ? ", and no other seed tells how much noise there is"
                            : comparison.is_within_noise()
                                ? fmt::format(", within the noise ±{}",
                                              recall::print_at_scale(*first.noise, *first.noise))
                                : fmt::format(", beyond the noise ±{}",
                                              recall::print_at_scale(*first.noise, *first.noise));
  return fmt::format("other results: {} {} -> {}{} ({} of {} metrics{})", first.name, first.before,
                     first.after, noise, comparison.differences.size(), comparison.metrics,
                     outputs);
}

Result<void> tag(DoorClient& client, const Relative& past) {
  TRY(const Value run, client.get(run_path(past.past.project, past.past.run)));
  List tags = list_at(run, "tags");
  for (const Value& each : tags)
    if (each.string_or("") == kNondeterministicTag) return {};
  tags.emplace_back(kNondeterministicTag);
  TRY_VOID(client.send("PATCH", run_path(past.past.project, past.past.run), {},
                       Object{{"tags", std::move(tags)}}));
  return {};
}

}  // namespace

Result<Verdict> compare_with(DoorClient& client, const Relative& past, const std::string& project,
                             const std::string& run, const recall::Manifest& manifest) {
  TRY(const Value before, client.get(run_path(past.past.project, past.past.run)));
  TRY(const Value after, client.get(run_path(project, run)));
  Verdict verdict;
  verdict.comparison = recall::compare_results(
      value_at(before, "summary"), past.past.manifest.record.outputs, value_at(after, "summary"),
      manifest.record.outputs, summaries_of_replicates(client, past));
  verdict.text = print(verdict.comparison);
  return verdict;
}

Result<std::string> audit(DoorClient& client, const Relative& past, const std::string& project,
                          const std::string& run, const recall::Manifest& manifest) {
  TRY(const Verdict verdict, compare_with(client, past, project, run, manifest));
  const std::string of = past.past.project + "/" + past.past.name;
  const bool is_same = verdict.comparison.is_same();
  TRY(const Value audited, client.get(run_path(project, run)));
  List tags = list_at(audited, "tags");
  tags.emplace_back(kAuditTag);
  if (!is_same) tags.emplace_back(kFailedAuditTag);
  const std::string note = fmt::format("audit of {}: {}", past.past.run, verdict.text);
  TRY_VOID(client.send("PATCH", run_path(project, run), {},
                       Object{{"tags", std::move(tags)}, {"notes", note}}));
  if (is_same) return fmt::format("audit of {}: {}", of, verdict.text);
  TRY_VOID(tag(client, past));
  return fmt::format(
      "audit of {}: {}; its program is not reused by itself from now on ('cairn edit {} --untag "
      "{}' "
      "takes that back)",
      of, verdict.text, past.past.run, kNondeterministicTag);
}

}  // namespace cairn::cli
