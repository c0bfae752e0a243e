// Looks for manifests by their keys, through the API, and asks the workspace about each.
#include "cli/past_runs.h"

#include <algorithm>
#include <map>
#include <set>

#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::Value;
using recall::Level;

constexpr size_t kCandidatesMax = 32;  // of each key, newest first
constexpr size_t kManifestBytesMax = 64 << 20;

recall::Past past_of(const Value& run, recall::Manifest manifest) {
  recall::Past past;
  past.project = text_at(run, "project");
  past.run = text_at(run, "id");
  past.name = text_at(run, "name");
  past.has_finished = text_at(run, "state") == "finished" && int_at(run, "exit_code") == 0;
  past.ended_ns = int_at(run, "ended_ns");
  past.duration_s = number_at(run, "duration_s");
  for (const Value& tag : list_at(run, "tags")) {
    if (tag.string_or("") == kDisownedTag) past.is_disowned = true;
    if (tag.string_or("") == kNondeterministicTag) past.is_nondeterministic = true;
  }
  past.manifest = std::move(manifest);
  return past;
}

Result<std::vector<Relative>> find_candidates(DoorClient& client, const PlannedCommand& planned) {
  std::vector<Relative> candidates;
  const auto answer = client.get("/recall/runs", {{"key", "P:" + planned.pre_key()},
                                                  {"key", "entry:" + planned.plan.program.entry},
                                                  {"limit", std::to_string(kCandidatesMax)}});
  if (!answer && answer.error().code() == Code::kNotFound) return candidates;  // no store yet
  TRY_VOID(answer);
  for (const Value& run : list_at(*answer, "runs")) {
    auto manifest = read_manifest(client, run);
    if (!manifest || manifest->folder != planned.folder) continue;
    Relative relative;
    relative.past = past_of(run, std::move(*manifest));
    relative.run = run;
    candidates.push_back(std::move(relative));
  }
  return candidates;
}

// What one run was found to be holds for its program.
void spread_nondeterminism(std::vector<Relative>& relatives) {
  std::set<std::string> codes;
  for (const Relative& relative : relatives)
    if (relative.past.is_nondeterministic) codes.insert(relative.past.manifest.identity.code);
  for (Relative& relative : relatives)
    if (codes.contains(relative.past.manifest.identity.code))
      relative.past.is_nondeterministic = true;
}

std::vector<recall::Demotion> find_demotions(const std::vector<Relative>& relatives,
                                             const trace::RecallSettings& settings) {
  trace::KeyClasses classes;
  settings.add_rules_to(classes);
  std::vector<recall::KnownResult> results;
  for (const Relative& relative : relatives)
    if (relative.past.has_finished)
      results.push_back(
          {relative.past.run, &relative.past.manifest, value_at(relative.run, "summary")});
  return recall::find_demoted(results, classes);
}

void judge_all(const recall::Plan& plan, std::vector<Relative>& relatives,
               const trace::Workspace& workspace, trace::StatIndex& index) {
  std::map<std::string, trace::Verification> verified;  // runs of one record are asked about once
  for (Relative& relative : relatives) {
    const std::string record = wire::print_json(trace::to_value(relative.past.manifest.record));
    auto found = verified.find(record);
    if (found == verified.end())
      found = verified
                  .emplace(record, trace::verify(relative.past.manifest.record, workspace, index,
                                                 trace::Thoroughness::kAllChanges))
                  .first;
    relative.match = recall::judge(plan, relative.past, found->second);
    relative.respelled = found->second.respelled;
  }
}

// The first budget key in which a relative differs and nothing else does, unless it is known to be
// safe already.
std::string find_open_budget(const Relative& relative) {
  if (relative.match.level != Level::kNear && relative.match.level != Level::kDifferent) return {};
  const auto& differences = relative.match.differences;
  const bool is_budget_alone = differences.size() == 1 && differences[0].component == "budget";
  return is_budget_alone ? differences[0].name : std::string();
}

// The values of a series at its first steps.
Result<std::vector<double>> read_values(DoorClient& client, const Relative& relative,
                                        const std::string& key) {
  FoundRun run{relative.past.project, relative.past.run, relative.past.name, relative.run};
  TRY(const server::Columns columns, client.series(run, {{key}, 0, false}));
  std::vector<double> values;
  for (const server::SeriesColumns& series : columns.series)
    if (const auto* points = std::get_if<model::Points>(&series.data); points && series.key == key)
      values = points->value;
  return values;
}

// Whether the curves of two runs that differ in this budget alone begin the same: then the shorter
// one can be read off the longer one.
bool is_prefix(const std::vector<double>& a, const std::vector<double>& b) {
  const size_t both = std::min(a.size(), b.size());
  return both > 0 && std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(both), b.begin(),
                                [](double x, double y) { return x == y || (x != x && y != y); });
}

std::vector<std::string> series_of(const Relative& relative) {
  std::vector<std::string> keys;
  for (const auto& [name, value] : object_at(relative.run, "summary"))
    if (value.is_number()) keys.push_back(name);
  return keys;
}

bool differ_in_budget_alone(const recall::Manifest& a, const recall::Manifest& b,
                            const std::string& key, const trace::KeyClasses& classes) {
  if (a.identity.no_budget != b.identity.no_budget) return false;
  const auto differences = trace::compare_configs(a.config, b.config, classes);
  return differences.size() == 1 && differences[0].name == key;
}

bool learns_prefix(DoorClient& client, const std::vector<Relative>& relatives,
                   const std::string& key, const trace::RecallSettings& settings) {
  trace::KeyClasses classes;
  settings.add_rules_to(classes);
  size_t agreeing = 0;
  for (size_t i = 0; i < relatives.size(); ++i) {
    for (size_t k = i + 1; k < relatives.size(); ++k) {
      if (!differ_in_budget_alone(relatives[i].past.manifest, relatives[k].past.manifest, key,
                                  classes))
        continue;
      for (const std::string& name : series_of(relatives[i])) {
        const auto a = read_values(client, relatives[i], name);
        const auto b = read_values(client, relatives[k], name);
        if (!a || !b || a->empty() || b->empty()) continue;
        if (!is_prefix(*a, *b)) return false;
        ++agreeing;
      }
    }
  }
  return agreeing > 0;
}

}  // namespace

void sort_by_closeness(std::vector<Relative>& relatives) {
  const auto rank = [](const Relative& r) {
    return std::tuple(r.match.level, r.match.held_back.empty() ? 0 : 1, -r.past.ended_ns);
  };
  std::stable_sort(relatives.begin(), relatives.end(),
                   [&](const Relative& a, const Relative& b) { return rank(a) < rank(b); });
}

Result<Value> find_by_key(DoorClient& client, const std::string& kind, const std::string& key,
                          size_t limit) {
  return client.get("/recall/runs", {{"key", kind + ":" + key}, {"limit", std::to_string(limit)}});
}

Result<recall::Manifest> read_manifest(DoorClient& client, const Value& run) {
  const std::string sha256 = text_at(value_at(value_at(run, "meta"), "recall"), "manifest");
  if (sha256.empty())
    return fail(Code::kNotFound, "expected a run that was traced, found none of what it read ({})",
                text_at(run, "name"));
  std::string text;
  TRY_VOID(client.read_blob(sha256, 0, [&](std::string_view piece) {
    text += piece;
    return text.size() <= kManifestBytesMax;
  }));
  TRY(const Value value, wire::parse_json(text));
  return recall::parse_manifest(value);
}

Result<LookUp> look_up(DoorClient& client, const PlannedCommand& planned, trace::StatIndex& index) {
  LookUp found;
  TRY(found.relatives, find_candidates(client, planned));
  recall::Plan plan = planned.plan;
  spread_nondeterminism(found.relatives);
  found.demotions = find_demotions(found.relatives, plan.settings);
  for (const recall::Demotion& demotion : found.demotions)
    plan.settings.rules.push_back({demotion.key, trace::KeyClass::kSemantic});
  judge_all(plan, found.relatives, planned.workspace, index);
  std::set<std::string> open;
  for (const Relative& relative : found.relatives)
    if (std::string key = find_open_budget(relative); !key.empty()) open.insert(std::move(key));
  for (const std::string& key : open)
    if (learns_prefix(client, found.relatives, key, plan.settings))
      found.learned_budgets.push_back(key);
  if (!found.learned_budgets.empty()) {
    plan.settings.prefix_safe.insert(plan.settings.prefix_safe.end(), found.learned_budgets.begin(),
                                     found.learned_budgets.end());
    judge_all(plan, found.relatives, planned.workspace, index);
  }
  sort_by_closeness(found.relatives);
  return found;
}

}  // namespace cairn::cli
