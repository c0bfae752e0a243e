// Filling the run table from the store and answering with runs.
#include "query/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace cairn::query {

using model::RunInfo;
using model::Value;

namespace {

constexpr size_t kCandidatesShown = 5;

// Columns of a prefix ("config."), found by the member's name without building the whole name.
class Columns {
 public:
  explicit Columns(std::string prefix) : x_prefix(std::move(prefix)) {}
  RunTable::Column get(RunTable& table, const std::string& member) {
    const auto found = x_known.find(member);
    if (found != x_known.end()) return found->second;
    const RunTable::Column column = table.column(x_prefix + member);
    x_known.emplace(member, column);
    return column;
  }

 private:
  std::string x_prefix;
  std::unordered_map<std::string, RunTable::Column> x_known;
};

// The run that a reference means among (id, name) pairs.
class Candidates {
 public:
  explicit Candidates(std::string_view reference) : x_reference(reference) {}
  void offer(const std::string& project, const std::string& id, std::string_view name) {
    const std::pair<std::string, std::string> run(project, id);
    if (id == x_reference) x_exact.push_back(run);
    if (id.starts_with(x_reference)) x_prefix.push_back(run);
    if (name == x_reference) x_named.push_back(run);
  }
  // (project, id)
  Result<std::pair<std::string, std::string>> choose() const {
    for (const auto* matches : {&x_exact, &x_named, &x_prefix}) {
      if (matches->size() == 1) return matches->front();
      if (matches->size() > 1) return ambiguous(*matches);
    }
    return fail(Code::kNotFound,
                "expected a run's id, the beginning of one, or its name, found '{}'", x_reference);
  }

 private:
  using Matches = std::vector<std::pair<std::string, std::string>>;
  tl::unexpected<Error> ambiguous(const Matches& matches) const {
    std::string shown;
    for (size_t i = 0; i < std::min(matches.size(), kCandidatesShown); ++i)
      shown += fmt::format("{}{}/{}", i ? ", " : "", matches[i].first, matches[i].second);
    if (matches.size() > kCandidatesShown)
      shown += fmt::format(" and {} more", matches.size() - kCandidatesShown);
    return fail(Code::kConflict, "expected one run, '{}' may be any of {}", x_reference, shown);
  }

  std::string_view x_reference;
  Matches x_exact, x_prefix, x_named;
};

bool is_built_in(std::string_view column) {
  const auto& fields = built_in_fields();
  return std::any_of(fields.begin(), fields.end(),
                     [&](const Field& field) { return field.name == column; });
}

}  // namespace

struct Catalog::Loaded {
  RunTable table;
  uint64_t revision = 0;
  Columns config{"config."}, summary{"summary."}, git{"git."};

  void put(const RunInfo& run);
  void put_tree(RunTable::Row row, Columns& columns, const Value& tree);
  void offer_all(const std::string& project, Candidates& candidates);
};

void Catalog::Loaded::put_tree(RunTable::Row row, Columns& columns, const Value& tree) {
  const model::Object* members = tree.as_object();
  if (!members) return;
  for (const auto& [key, member] : *members) {
    if (!member.as_object()) {  // the common case: no path to build
      table.set(row, columns.get(table, key), member);
      continue;
    }
    for_each_leaf(
        member,
        [&](const std::string& path, const Value& leaf) {
          table.set(row, columns.get(table, path), leaf);
        },
        key);
  }
}

void Catalog::Loaded::put(const RunInfo& run) {
  const RunTable::Row row = table.row(run.id);
  table.clear_row(row);
  const auto text = [&](std::string_view column, const std::string& value) {
    if (!value.empty()) table.set(row, table.column(column), value);
  };
  text("id", run.id);
  text("project", run.project);
  text("name", run.name);
  text("state", std::string(model::print_state(run.state)));
  text("notes", run.notes);
  text("group", run.group);
  text("job_type", run.job_type);
  if (!run.tags.empty()) table.set_list(row, table.column("tags"), run.tags);
  table.set_time(row, table.column("created"), run.created_ns);
  table.set_time(row, table.column("updated"), run.updated_ns);
  if (run.ended_ns) table.set_time(row, table.column("ended"), *run.ended_ns);
  table.set_duration(row, table.column("duration"),
                     run.ended_ns.value_or(run.updated_ns) - run.created_ns);
  if (run.exit_code) table.set(row, table.column("exit_code"), int64_t{*run.exit_code});
  if (run.last_step >= 0) table.set(row, table.column("last_step"), run.last_step);
  if (const int64_t lost = count_lost(run); lost > 0) table.set(row, table.column("lost"), lost);
  put_tree(row, config, run.config);
  put_tree(row, summary, run.summary);
  if (const Value* host = run.meta.find("host")) {
    if (const Value* name = host->find("hostname")) table.set(row, table.column("host"), *name);
    if (const Value* user = host->find("user")) table.set(row, table.column("user"), *user);
  }
  if (const Value* facts = run.meta.find("git")) put_tree(row, git, *facts);
}

void Catalog::Loaded::offer_all(const std::string& project, Candidates& candidates) {
  const RunTable::Column id = table.column("id"), name = table.column("name");
  for (const RunTable::Row row : table.rows())
    candidates.offer(project, std::string(table.value(row, id).string_or("")),
                     table.value(row, name).string_or(""));
}

int64_t count_lost(const RunInfo& run) {
  int64_t lost = 0;
  for_each_leaf(run.losses,
                [&](const std::string&, const Value& count) { lost += count.int_or(0); });
  return lost;
}

Catalog::Catalog(store::Store& store) : x_store(store) {}
Catalog::~Catalog() = default;

Result<Catalog::Loaded*> Catalog::load(std::string_view project) {
  auto found = x_loaded.find(project);
  if (found == x_loaded.end()) found = x_loaded.emplace(project, std::make_unique<Loaded>()).first;
  Loaded& loaded = *found->second;
  TRY(const auto changes, x_store.for_each_changed(project, loaded.revision,
                                                   [&](const RunInfo& run) { loaded.put(run); }));
  if (changes.complete && loaded.revision > 0) {  // the store's view began anew: so does ours
    x_loaded.erase(found);
    return load(project);
  }
  loaded.revision = changes.revision;
  for (const std::string& id : changes.removed)
    if (const auto row = loaded.table.find(id)) loaded.table.erase(*row);
  return &loaded;
}

Result<std::vector<Catalog::Project>> Catalog::projects() {
  std::vector<Project> projects;
  TRY(const auto names, x_store.projects());
  for (const std::string& name : names) {
    TRY(Loaded * loaded, load(name));
    Project project{name, loaded->table.size(), 0, 0};
    RunTable::Select newest;
    newest.limit = 1;
    TRY(newest.sort, parse_sort("-updated"));
    TRY(const auto page, loaded->table.select(newest));
    if (!page.rows.empty())
      project.updated_ns =
          loaded->table.value(page.rows[0], loaded->table.column("updated")).int_or(0);
    RunTable::Select running;
    running.filter = "state = running";
    running.limit = 1;
    TRY(const auto alive, loaded->table.select(running));
    project.running = alive.total;
    projects.push_back(std::move(project));
  }
  return projects;
}

Result<Catalog::Cells> Catalog::cells(std::string_view project, const RunTable::Select& select,
                                      const std::vector<std::string>& columns) {
  TRY(Loaded * loaded, load(project));
  RunTable::Select wanted = select;
  if (wanted.sort.empty()) {
    TRY(wanted.sort, parse_sort("-created"));
  }
  TRY(auto page, loaded->table.select(wanted));
  Cells cells{{}, {}, page.total, wanted.offset, std::move(page.warnings)};
  std::vector<std::optional<RunTable::Column>> known;
  for (const std::string& name : columns) {
    known.push_back(loaded->table.find_column(name));
    if (!known.back() && loaded->table.size() > 0 && !is_built_in(name))
      cells.warnings.push_back(fmt::format("no run has a column '{}'", name));
  }
  const RunTable::Column id = loaded->table.column("id");
  for (const RunTable::Row row : page.rows) {
    cells.ids.emplace_back(loaded->table.value(row, id).string_or(""));
    auto& out = cells.rows.emplace_back();
    for (const auto& column : known)
      out.push_back(column ? loaded->table.value(row, *column) : Value());
  }
  return cells;
}

Result<RunPage> Catalog::runs(std::string_view project, const RunTable::Select& select) {
  TRY(Cells cells, this->cells(project, select, {}));
  RunPage page{{}, cells.total, cells.offset, std::move(cells.warnings)};
  for (const std::string& id : cells.ids) {
    TRY(RunInfo info, x_store.get_run(project, id));
    page.runs.push_back(std::move(info));
  }
  return page;
}

Result<std::vector<RunTable::ColumnInfo>> Catalog::columns(std::string_view project) {
  TRY(Loaded * loaded, load(project));
  return loaded->table.columns();
}

Result<RunInfo> Catalog::run(std::string_view project, std::string_view reference) {
  // An exact id needs no table: the usual case costs one look-up.
  if (auto exact = x_store.get_run(project, reference);
      exact || exact.error().code() != Code::kNotFound)
    return exact;
  TRY(Loaded * loaded, load(project));
  Candidates candidates(reference);
  loaded->offer_all(std::string(project), candidates);
  TRY(const auto chosen, candidates.choose());
  return x_store.get_run(chosen.first, chosen.second);
}

Result<RunInfo> Catalog::find_run(std::string_view reference) {
  Candidates candidates(reference);
  TRY(const auto names, x_store.projects());
  for (const std::string& project : names) {
    TRY(Loaded * loaded, load(project));
    loaded->offer_all(project, candidates);
  }
  TRY(const auto chosen, candidates.choose());
  return x_store.get_run(chosen.first, chosen.second);
}

Result<std::vector<model::SeriesInfo>> Catalog::keys(std::string_view project,
                                                     std::string_view run) {
  return x_store.list_series(project, run);
}

Result<model::Points> Catalog::points(std::string_view project, std::string_view run,
                                      std::string_view key, const StepRange& range) {
  TRY(const auto series, x_store.pieces(project, run, key));
  return read_series(x_store, series, range);
}

Result<Buckets> Catalog::sample(std::string_view project, std::string_view run,
                                std::string_view key, const SampleRequest& request) {
  TRY(const auto series, x_store.pieces(project, run, key));
  return sample_series(x_store, series, request);
}

}  // namespace cairn::query
