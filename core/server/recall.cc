// Handlers of recall: runs by what identifies them, and the relatives of a run.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "server/handlers.h"
#include "server/run_json.h"
#include "store/identity.h"

namespace cairn::server {

using model::RunInfo;
using model::Value;
using store::IdentityKey;
using store::IdentityKind;

namespace {

constexpr int64_t kFoundDefault = 32;
constexpr size_t kDifferencesShown = 20;
constexpr size_t kSameCodeLookedAt = 100;  // the newest; the nearest of them are shown
constexpr size_t kFarRelativesMax = 8;     // of one relation that many may share

using Place = std::pair<std::string, std::string>;  // project, run

struct Hit {
  Place place;
  int64_t created_ns = 0;
};

// Newest first, over all projects that whoever asks may read.
Result<std::vector<Hit>> find_everywhere(const Call& call, const IdentityKey& key, size_t limit) {
  std::vector<Hit> hits;
  TRY(const auto projects, call.rooms.store.projects());
  for (const std::string& project : projects) {
    if (!call.request.who.sees_project(project)) continue;
    TRY(const auto found, call.rooms.store.find_by_identity(project, key, limit));
    for (const store::Store::FoundRun& run : found)
      hits.push_back({{project, run.run}, run.created_ns});
  }
  std::stable_sort(hits.begin(), hits.end(),
                   [](const Hit& a, const Hit& b) { return a.created_ns > b.created_ns; });
  hits.resize(std::min(hits.size(), limit));
  return hits;
}

// Nothing where it is gone by now, or not for whoever asks to see.
Result<std::optional<RunInfo>> find(const Call& call, const Place& place) {
  if (!call.request.who.sees_project(place.first)) return std::nullopt;
  auto run = call.rooms.store.get_run(place.first, place.second);
  if (run) return std::optional(std::move(*run));
  const bool is_none =
      run.error().code() == Code::kNotFound || run.error().code() == Code::kInvalid;
  if (!is_none) return tl::unexpected(run.error());
  return std::nullopt;
}

Result<std::vector<IdentityKey>> read_keys(const Call& call) {
  std::vector<IdentityKey> keys;
  for (const auto& [name, value] : call.request.params) {
    if (name != "key") continue;
    TRY(IdentityKey key, store::parse_identity_key(value));
    keys.push_back(std::move(key));
  }
  if (keys.empty() || keys.size() > kRecallKeysMax)
    return fail(Code::kInvalid, "expected 1 to {} keys, as key=P:0123..., found {}", kRecallKeysMax,
                keys.size());
  return keys;
}

// ---- relatives ----

// Leaves of two configurations side by side; absent is null.
class Differences {
 public:
  Differences(const Value& before, const Value& after) {
    add(before, &Pair::first);
    add(after, &Pair::second);
    std::erase_if(x_leaves, [](const auto& leaf) { return is_same(leaf.second); });
  }
  size_t count() const { return x_leaves.size(); }
  model::List print() const {
    model::List list;
    for (const auto& [name, pair] : x_leaves) {
      if (list.size() == kDifferencesShown) break;
      list.push_back(model::Object{
          {"name", name}, {"before", or_null(pair.first)}, {"after", or_null(pair.second)}});
    }
    return list;
  }

 private:
  using Pair = std::pair<const Value*, const Value*>;

  void add(const Value& config, const Value* Pair::*side) {
    if (!config.as_object()) return;
    for_each_leaf(config, [&](const std::string& name, const Value& leaf) {
      if (!name.empty()) x_leaves[name].*side = &leaf;
    });
  }
  static Value or_null(const Value* value) { return value ? *value : Value(); }
  static bool is_same(const Pair& pair) {
    if (!pair.first || !pair.second) return false;
    if (pair.first->is_number() && pair.second->is_number())  // 3 is 3.0
      return Value(pair.first->number_or(0)) == Value(pair.second->number_or(0));
    return *pair.first == *pair.second;
  }

  std::map<std::string, Pair> x_leaves;
};

// The relatives of one run, collected from the closest relation to the farthest.
class Relatives {
 public:
  Relatives(const Call& call, const RunInfo& run)
      : x_call(call), x_run(run), x_now_ns(wall_now_ns()) {
    x_seen.insert({run.project, run.id});
  }

  void leave_out(const Place& place) { x_seen.insert(place); }

  // Those that share a key of this kind, `limit` of them at most.
  Result<void> add_sharing(std::string_view relation, const std::vector<IdentityKey>& keys,
                           IdentityKind kind, size_t limit = kRelativesMax) {
    for (const IdentityKey& key : keys) {
      if (key.kind != kind) continue;
      // Of those found some are listed already, under a closer relation.
      TRY(const auto hits, find_everywhere(x_call, key, limit + x_seen.size()));
      for (const Hit& hit : hits)
        if (limit > 0) {
          TRY(const bool is_new, add(relation, hit.place));
          limit -= is_new ? 1 : 0;
        }
    }
    return {};
  }

  Result<bool> add(std::string_view relation, const Place& place) {
    if (is_full() || !x_seen.insert(place).second) return false;
    TRY(const auto found, find(x_call, place));
    if (found) put(relation, *found, Differences(x_run.config, found->config));
    return found.has_value();
  }

  // The nearest by configuration among the newest that run the same code.
  Result<void> add_same_code(const std::vector<IdentityKey>& keys) {
    std::vector<std::pair<size_t, RunInfo>> near;
    for (const IdentityKey& key : keys) {
      if (key.kind != IdentityKind::kCode) continue;
      TRY(const auto hits, find_everywhere(x_call, key, kSameCodeLookedAt + x_seen.size()));
      for (const Hit& hit : hits) {
        if (near.size() == kSameCodeLookedAt || !x_seen.insert(hit.place).second) continue;
        TRY(auto found, find(x_call, hit.place));
        if (!found) continue;
        const size_t distance = Differences(x_run.config, found->config).count();
        near.emplace_back(distance, std::move(*found));
      }
    }
    std::stable_sort(near.begin(), near.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    near.resize(std::min(near.size(), kFarRelativesMax));
    for (const auto& [distance, run] : near)
      if (!is_full()) put("same_code", run, Differences(x_run.config, run.config));
    return {};
  }

  model::List take() { return std::move(x_list); }

 private:
  bool is_full() const { return x_list.size() == kRelativesMax; }
  void put(std::string_view relation, const RunInfo& run, const Differences& differences) {
    x_list.push_back(model::Object{{"relation", relation},
                                   {"differences", differences.print()},
                                   {"run", print_run(run, x_now_ns, /*detail=*/false)}});
  }

  const Call& x_call;
  const RunInfo& x_run;
  const int64_t x_now_ns;
  std::set<Place> x_seen;
  model::List x_list;
};

std::optional<Place> split_place(std::string_view path) {
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  return Place(path.substr(0, slash), path.substr(slash + 1));
}

// Of the run's key of this kind.
std::optional<Place> place_in(const RunInfo& run, IdentityKind kind) {
  for (const IdentityKey& key : store::identity_keys(run))
    if (key.kind == kind) return split_place(key.key);
  return std::nullopt;
}

// What a reused run would be found by, had it been run.
std::vector<IdentityKey> own_keys(RunInfo run) {
  if (const Value* facts = run.meta.find("recall")) {
    Value own = *facts;
    own.erase("source");
    run.meta.set("recall", std::move(own));
  }
  return store::identity_keys(run);
}

Value print_identity(const RunInfo& run) {
  const Value* facts = run.meta.find("recall");
  if (!facts || !facts->as_object()) return {};
  Value identity;
  for (const char* name :
       {"P", "F", "F0", "R", "X", "C", "entry", "sealed", "unsealed", "manifest"}) {
    const Value* value = facts->find(name);
    identity.set(name, value ? *value : Value());
  }
  return identity;
}

}  // namespace

Result<Response> find_runs_by_identity(const Call& call) {
  TRY(const std::vector<IdentityKey> keys, read_keys(call));
  TRY(const auto limit, call.integer("limit", 1, kRecallRunsMax));
  std::map<Place, std::pair<int64_t, std::set<IdentityKind>>> matches;
  for (const IdentityKey& key : keys) {
    TRY(const auto hits,
        find_everywhere(call, key, static_cast<size_t>(limit.value_or(kFoundDefault))));
    for (const Hit& hit : hits) {
      auto& [created_ns, kinds] = matches[hit.place];
      created_ns = hit.created_ns;
      kinds.insert(key.kind);
    }
  }
  std::vector<std::pair<int64_t, const Place*>> newest;
  for (const auto& [place, match] : matches) newest.emplace_back(match.first, &place);
  std::stable_sort(newest.begin(), newest.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  model::List printed;
  const int64_t now_ns = wall_now_ns();
  for (const auto& [created_ns, place] : newest) {
    TRY(const auto run, find(call, *place));
    if (!run) continue;
    model::List kinds;
    for (const IdentityKind kind : matches[*place].second)
      kinds.emplace_back(store::print_identity_kind(kind));
    Value out = print_run(*run, now_ns, /*detail=*/true);
    out.set("matched", std::move(kinds));
    printed.push_back(std::move(out));
  }
  return answer(model::Object{{"runs", std::move(printed)}});
}

Result<Response> list_relatives(const Call& call) {
  TRY(const RunInfo run, call.run());
  Relatives relatives(call, run);
  std::optional<RunInfo> source;
  if (const auto place = place_in(run, IdentityKind::kSource)) {
    TRY(source, find(call, *place));
    if (source) relatives.leave_out(*place);
  }
  if (const auto origin = place_in(run, IdentityKind::kResumedFrom))
    TRY_VOID(relatives.add("resumed_from", *origin));
  const std::string path = run.project + "/" + run.id;
  TRY_VOID(relatives.add_sharing("resumed_by", {{IdentityKind::kResumedFrom, path}},
                                 IdentityKind::kResumedFrom));
  const std::vector<IdentityKey> keys = own_keys(source ? *source : run);
  TRY_VOID(relatives.add_sharing("exact", keys, IdentityKind::kExact));
  TRY_VOID(relatives.add_sharing("equivalent", keys, IdentityKind::kReplicate));
  TRY_VOID(relatives.add_sharing("replicate", keys, IdentityKind::kExperiment));
  TRY_VOID(relatives.add_sharing("budget", keys, IdentityKind::kNoBudget));
  TRY_VOID(relatives.add_sharing("reused_by", {{IdentityKind::kSource, path}},
                                 IdentityKind::kSource, kFarRelativesMax));
  TRY_VOID(relatives.add_same_code(keys));
  return answer(model::Object{
      {"identity", print_identity(run)},
      {"source", source ? print_run(*source, wall_now_ns(), /*detail=*/false) : Value()},
      {"relatives", relatives.take()}});
}

}  // namespace cairn::server
