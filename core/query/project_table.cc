// Filling a run table from the store.
#include "query/project_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.h"
#include "query/catalog.h"
#include "store/run_record.h"

namespace cairn::query {

using model::RunInfo;
using model::Value;

namespace {

constexpr std::string_view kCostColumns = "summary.footprint.";  // of kCostsName

// What the index keeps of meta beside the runs: columns for everybody.
constexpr std::array<std::string_view, 4> kGitFacts = {"commit", "branch", "remote", "dirty"};

// The path in meta that a column means ("python.version", "git.root"); empty when it means none
// that would have to be looked for.
std::string meta_path(std::string_view name) {
  if (name.starts_with("meta.")) return std::string(name.substr(5));
  constexpr std::string_view kGit = "git.";
  if (!name.starts_with(kGit)) return {};
  const std::string_view fact = name.substr(kGit.size());
  const bool is_kept = std::find(kGitFacts.begin(), kGitFacts.end(), fact) != kGitFacts.end();
  return is_kept ? std::string() : std::string(name);
}

}  // namespace

RunTable::Column ProjectTable::Columns::get(RunTable& table, const std::string& member) {
  const auto found = x_known.find(member);
  if (found != x_known.end()) return found->second;
  const RunTable::Column column = table.column(x_prefix + member);
  x_known.emplace(member, column);
  return column;
}

ProjectTable::ProjectTable(store::Store& store, std::string project, const RunCosts* costs)
    : x_store(store), x_project(std::move(project)), x_costs(costs) {}

void ProjectTable::put_tree(RunTable::Row row, Columns& columns, const Value& tree) {
  const model::Object* members = tree.as_object();
  if (!members) return;
  for (const auto& [key, member] : *members) {
    if (!member.as_object()) {  // the common case: no path to build
      x_table.set(row, columns.get(x_table, key), member);
      continue;
    }
    for_each_leaf(
        member,
        [&](const std::string& path, const Value& leaf) {
          x_table.set(row, columns.get(x_table, path), leaf);
        },
        key);
  }
}

void ProjectTable::put(const RunInfo& run) {
  const RunTable::Row row = x_table.row(run.id);
  x_table.clear_row(row);
  const auto text = [&](std::string_view column, const std::string& value) {
    if (!value.empty()) x_table.set(row, x_table.column(column), value);
  };
  text("id", run.id);
  text("project", run.project);
  text("name", run.name);
  text("state", std::string(model::print_state(run.state)));
  text("notes", run.notes);
  text("group", run.group);
  text("job_type", run.job_type);
  if (!run.tags.empty()) x_table.set_list(row, x_table.column("tags"), run.tags);
  x_table.set(row, x_table.column("archived"), run.archived);
  x_table.set_time(row, x_table.column("created"), run.created_ns);
  x_table.set_time(row, x_table.column("updated"), run.updated_ns);
  if (run.ended_ns) x_table.set_time(row, x_table.column("ended"), *run.ended_ns);
  x_table.set_duration(row, x_table.column("duration"),
                       run.ended_ns.value_or(run.updated_ns) - run.created_ns);
  if (run.exit_code) x_table.set(row, x_table.column("exit_code"), int64_t{*run.exit_code});
  if (run.last_step >= 0) x_table.set(row, x_table.column("last_step"), run.last_step);
  if (const int64_t lost = count_lost(run); lost > 0)
    x_table.set(row, x_table.column("lost"), lost);
  put_tree(row, x_config, run.config);
  put_tree(row, x_summary, run.summary);
  if (const model::Object* metrics = run.metrics.as_object(); metrics && !metrics->empty())
    x_metrics.set_tree(row, run.metrics);
  else
    x_metrics.set(row, {});
  if (const Value* host = run.meta.find("host")) {
    if (const Value* name = host->find("hostname")) x_table.set(row, x_table.column("host"), *name);
    if (const Value* user = host->find("user")) x_table.set(row, x_table.column("user"), *user);
  }
  if (const Value* git = run.meta.find("git"))
    for (const std::string_view fact : kGitFacts)
      if (const Value* value = git->find(fact))
        x_table.set(row, x_table.column(fmt::format("git.{}", fact)), *value);
  put_meta(row, run.meta);
  if (x_has_costs) put_costs(row, run.meta);
}

void ProjectTable::put_meta(RunTable::Row row, const Value& meta) {
  for (const auto& [name, known] : x_meta)
    if (const Value* value = find_path(meta, known.path)) x_table.set(row, known.column, *value);
}

Result<bool> ProjectTable::refresh() {
  std::vector<std::string> changed;
  const bool has_stats = !x_stats.empty();
  TRY(const auto changes, x_store.for_each_changed(x_project, x_revision, [&](const RunInfo& run) {
    put(run);
    if (has_stats) changed.push_back(run.id);
  }));
  if (changes.complete && x_revision > 0) return false;
  x_revision = changes.revision;
  for (const std::string& id : changes.removed)
    if (const auto row = x_table.find(id)) x_table.erase(*row);
  TRY_VOID(refresh_stats(changed));
  return true;
}

// --- what is made when asked for

Result<void> ProjectTable::refresh_stats(const std::vector<std::string>& runs) {
  x_goals.clear();
  for (const std::string& run : runs) {
    const auto row = x_table.find(run);
    if (!row) continue;
    for (const auto& [key, columns] : x_stats) {
      TRY(const auto stats, x_store.find_stats(x_project, run, key));
      if (stats) put_stats(*row, key, columns, *stats);
    }
  }
  return {};
}

Result<void> ProjectTable::prepare(const std::vector<std::string>& names,
                                   std::vector<std::string>& warnings) {
  std::vector<std::string> new_facts;
  for (const std::string& name : names) {
    if (name.starts_with(kCostColumns) && x_costs && !x_has_costs) TRY_VOID(load_costs());
    if (const auto field = parse_series_field(name)) {
      const std::string key(field->key);
      if (!x_stats.contains(key)) TRY_VOID(load_stats(key));
      const Statistics& columns = x_stats.at(key);
      if (field->what == "best" && x_table.count(columns.best) == 0 &&
          x_table.count(columns.last) > 0)
        warnings.push_back(fmt::format(
            "no run says which '{0}' is best: define_metric('{0}', goal='minimize') does", key));
    } else if (const std::string path = meta_path(name); !path.empty() && !x_meta.contains(name)) {
      x_meta.emplace(name, MetaColumn{path, x_table.column(name)});
      new_facts.push_back(name);
    }
  }
  return new_facts.empty() ? Result<void>() : load_meta(new_facts);
}

Result<void> ProjectTable::load_stats(const std::string& key) {
  const auto column = [&](std::string_view what) {
    return x_table.column(fmt::format("{}:{}", what, key));
  };
  const Statistics columns{column("min"), column("max"), column("last"), column("best")};
  x_goals.clear();
  TRY_VOID(x_store.for_each_stats(x_project, key,
                                  [&](std::string_view run, const model::SeriesStats& stats) {
                                    if (const auto row = x_table.find(run))
                                      put_stats(*row, key, columns, stats);
                                  }));
  x_stats.emplace(key, columns);
  return {};
}

void ProjectTable::put_stats(RunTable::Row row, const std::string& key, const Statistics& columns,
                             const model::SeriesStats& stats) {
  if (stats.count == 0) return;
  x_table.set(row, columns.min, stats.min);
  x_table.set(row, columns.max, stats.max);
  x_table.set(row, columns.last, stats.last);
  const Goal goal = this->goal(row, key);
  if (goal != Goal::kUnknown)
    x_table.set(row, columns.best, goal == Goal::kLow ? stats.min : stats.max);
}

ProjectTable::Goal ProjectTable::goal(RunTable::Row row, const std::string& key) {
  const Cell cell = x_metrics.cell(row);
  if (cell.kind != Kind::kTree) return Goal::kUnknown;
  const auto [known, is_new] = x_goals.try_emplace({cell.bits, key}, Goal::kUnknown);
  if (!is_new) return known->second;
  const Value metrics = x_metrics.tree(static_cast<Dictionary::Code>(cell.bits));
  const Value* definition = store::find_metric(metrics, key);
  const Value* goal = definition ? definition->find("goal") : nullptr;
  const std::string_view text = goal ? goal->string_or("") : "";
  known->second = text == "minimize"   ? Goal::kLow
                  : text == "maximize" ? Goal::kHigh
                                       : Goal::kUnknown;
  return known->second;
}

Result<void> ProjectTable::load_meta(const std::vector<std::string>& names) {
  return x_store.for_each_meta(x_project, [&](std::string_view run, const Value& meta) {
    const auto row = x_table.find(run);
    if (!row) return;
    for (const std::string& name : names) {
      const MetaColumn& known = x_meta.at(name);
      if (const Value* value = find_path(meta, known.path)) x_table.set(*row, known.column, *value);
    }
  });
}

Result<void> ProjectTable::load_costs() {
  x_has_costs = true;
  return x_store.for_each_meta(x_project, [&](std::string_view run, const Value& meta) {
    if (const auto row = x_table.find(run)) put_costs(*row, meta);
  });
}

// What the run itself says of its costs is not mixed with what we would.
void ProjectTable::put_costs(RunTable::Row row, const Value& meta) {
  const std::string first = fmt::format("{}{}", kCostColumns, kCostsOffered[0]);
  if (const auto own = x_table.find_column(first); own && !x_table.value(row, *own).is_null())
    return;
  const int64_t ran_ns = x_table.value(row, x_table.column("duration")).int_or(0);
  const Value costs =
      x_costs->summarise({meta, x_table.value(row, x_table.column("created")).int_or(0),
                          static_cast<double>(ran_ns) / kNsPerSecond});
  if (const model::Object* members = costs.as_object())
    for (const auto& [name, value] : *members)
      x_table.set(row, x_cost_columns.get(x_table, name), value);
}

Result<std::vector<RunTable::ColumnInfo>> ProjectTable::columns() {
  std::vector<RunTable::ColumnInfo> columns = x_table.columns();
  std::erase_if(columns, [](const RunTable::ColumnInfo& column) {
    return parse_series_field(column.name) || !meta_path(column.name).empty();
  });
  if (!x_costs || x_has_costs) return columns;
  TRY(const auto* keys, this->keys());
  const auto sign = std::lower_bound(
      keys->begin(), keys->end(), kCostsSign,
      [](const store::Store::KeyCount& key, std::string_view name) { return key.key < name; });
  if (sign == keys->end() || sign->key != kCostsSign) return columns;
  for (const char* name : kCostsOffered) {
    RunTable::ColumnInfo& offered = columns.emplace_back();
    offered.name = fmt::format("{}{}", kCostColumns, name);
    offered.floats = sign->runs;
  }
  return columns;
}

Result<const std::vector<store::Store::KeyCount>*> ProjectTable::keys() {
  TRY(const uint64_t revision, x_store.revision(x_project));
  if (x_keys_revision != revision) {
    TRY(x_keys, x_store.list_keys(x_project));
    x_keys_revision = revision;
  }
  return &x_keys;
}

}  // namespace cairn::query
