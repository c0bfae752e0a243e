// Answering with runs, and with what runs are found and drawn by.
#include "query/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"

namespace cairn::query {

using model::RunInfo;
using model::Value;

namespace {

constexpr size_t kCandidatesShown = 5;
constexpr std::string_view kPowerEnding = ".power_w";  // of system series: docs/capture.md

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

void offer_all(const std::string& project, RunTable& table, Candidates& candidates) {
  const RunTable::Column id = table.column("id"), name = table.column("name");
  for (const RunTable::Row row : table.rows())
    candidates.offer(project, std::string(table.value(row, id).string_or("")),
                     table.value(row, name).string_or(""));
}

// The fields of a filter and a sort, and other columns: what has to be there before they are asked.
Result<std::vector<std::string>> names_in(std::string_view filter, const std::vector<SortKey>& sort,
                                          std::vector<std::string> columns) {
  TRY(const Filter parsed, parse_filter(filter));
  for_each_field(parsed, [&](const std::string& name) { columns.push_back(name); });
  for (const SortKey& key : sort) columns.push_back(key.field);
  return columns;
}

void prepend(std::vector<std::string> first, std::vector<std::string>& warnings) {
  first.insert(first.end(), std::make_move_iterator(warnings.begin()),
               std::make_move_iterator(warnings.end()));
  warnings = std::move(first);
}

}  // namespace

int64_t count_lost(const RunInfo& run) {
  int64_t lost = 0;
  for_each_leaf(run.losses,
                [&](const std::string&, const Value& count) { lost += count.int_or(0); });
  return lost;
}

Catalog::Catalog(store::Store& store, const RunCosts* costs)
    : x_store(store), x_costs(costs), x_artifacts(store) {}
Catalog::~Catalog() = default;

Result<ProjectTable*> Catalog::load(std::string_view project) {
  auto found = x_loaded.find(project);
  if (found == x_loaded.end())
    found = x_loaded
                .emplace(project,
                         std::make_unique<ProjectTable>(x_store, std::string(project), x_costs))
                .first;
  TRY(const bool goes_on, found->second->refresh());
  if (goes_on) return found->second.get();
  x_loaded.erase(found);
  return load(project);
}

Result<std::vector<Catalog::Project>> Catalog::projects() {
  std::vector<Project> projects;
  TRY(const auto names, x_store.projects());
  for (const std::string& name : names) {
    TRY(ProjectTable * loaded, load(name));
    RunTable& table = loaded->table();
    Project project{name, table.size(), 0, 0};
    RunTable::Select newest;
    newest.limit = 1;
    TRY(newest.sort, parse_sort("-updated"));
    TRY(const auto page, table.select(newest));
    if (!page.rows.empty())
      project.updated_ns = table.value(page.rows[0], table.column("updated")).int_or(0);
    RunTable::Select running;
    running.filter = "state = running";
    running.limit = 1;
    TRY(const auto alive, table.select(running));
    project.running = alive.total;
    projects.push_back(std::move(project));
  }
  return projects;
}

Result<Catalog::Cells> Catalog::cells(std::string_view project, const RunTable::Select& select,
                                      const std::vector<std::string>& columns) {
  TRY(ProjectTable * loaded, load(project));
  RunTable::Select wanted = select;
  if (wanted.sort.empty()) {
    TRY(wanted.sort, parse_sort("-created"));
  }
  std::vector<std::string> notes;
  TRY(const auto names, names_in(wanted.filter, wanted.sort, columns));
  TRY_VOID(loaded->prepare(names, notes));
  RunTable& table = loaded->table();
  TRY(auto page, table.select(wanted));
  prepend(std::move(notes), page.warnings);
  Cells cells{{}, {}, page.total, wanted.offset, std::move(page.warnings)};
  std::vector<std::optional<RunTable::Column>> known;
  for (const std::string& name : columns) {
    known.push_back(table.find_column(name));
    const bool is_there = known.back() && table.count(*known.back()) > 0;
    if (!is_there && table.size() > 0 && !is_built_in(name))
      cells.warnings.push_back(fmt::format("no run has a column '{}'", name));
  }
  const RunTable::Column id = table.column("id");
  for (const RunTable::Row row : page.rows) {
    cells.ids.emplace_back(table.value(row, id).string_or(""));
    auto& out = cells.rows.emplace_back();
    for (const auto& column : known) out.push_back(column ? table.value(row, *column) : Value());
  }
  return cells;
}

Result<RunTable::Groups> Catalog::groups(std::string_view project, const RunTable::GroupBy& by) {
  TRY(ProjectTable * loaded, load(project));
  std::vector<std::string> columns = by.by, notes;
  columns.insert(columns.end(), by.measures.begin(), by.measures.end());
  TRY(const auto names, names_in(by.filter, {}, std::move(columns)));
  TRY_VOID(loaded->prepare(names, notes));
  TRY(auto groups, loaded->table().group(by));
  prepend(std::move(notes), groups.warnings);
  return groups;
}

Result<RunPage> Catalog::runs(std::string_view project, const RunTable::Select& select) {
  TRY(Cells cells, this->cells(project, select, {}));
  RunPage page{{}, cells.total, cells.offset, std::move(cells.warnings)};
  for (const std::string& id : cells.ids) {
    TRY(RunInfo info, x_store.get_run(project, id));
    page.runs.push_back(complete(std::move(info)));
  }
  return page;
}

// What the run itself says of its costs goes before what we would.
RunInfo Catalog::complete(RunInfo run) const {
  const bool has_own = find_path(run.summary, fmt::format("{}.{}", kCostsName, kCostsOffered[0]));
  if (!x_costs || has_own) return run;
  const double ran_s =
      static_cast<double>(run.ended_ns.value_or(run.updated_ns) - run.created_ns) / kNsPerSecond;
  Value costs = x_costs->summarise({run.meta, run.created_ns, ran_s});
  if (!costs.is_null()) run.summary.set(kCostsName, std::move(costs));
  return run;
}

Result<void> Catalog::for_each_match(std::string_view project, RunTable::Select select,
                                     const std::vector<std::string>& columns,
                                     const VisitMatch& visit) {
  std::unordered_map<std::string, std::vector<Value>> matches;
  select.limit = kPageRunsMax;
  for (size_t total = 1; select.offset < total; select.offset += select.limit) {
    TRY(Cells page, cells(project, select, columns));
    for (size_t i = 0; i < page.ids.size(); ++i)
      matches.emplace(std::move(page.ids[i]), std::move(page.rows[i]));
    total = page.total;
  }
  TRY(ProjectTable * loaded, load(project));
  constexpr size_t kFewerThan = 8;  // looking runs up costs so much more than to walk over them
  if (matches.size() > loaded->table().size() / kFewerThan)
    return x_store.for_each_meta(project, [&](std::string_view run, const Value& meta) {
      if (const auto match = matches.find(std::string(run)); match != matches.end())
        visit(run, match->second, meta);
    });
  for (const auto& [run, values] : matches) {
    TRY(const RunInfo info, x_store.get_run(project, run));
    visit(run, values, info.meta);
  }
  return {};
}

Result<std::vector<RunTable::ColumnInfo>> Catalog::columns(std::string_view project) {
  TRY(ProjectTable * loaded, load(project));
  return loaded->columns();
}

Result<const std::vector<store::Store::KeyCount>*> Catalog::project_keys(std::string_view project) {
  TRY(ProjectTable * loaded, load(project));
  return loaded->keys();
}

Result<Screen> Catalog::screen(std::string_view project, ScreenRequest request) {
  std::vector<std::string> power;
  if (request.axis == ScreenAxis::kEnergy) {
    TRY(const auto* keys, project_keys(project));
    for (const store::Store::KeyCount& key : *keys)
      if (key.stream == model::Stream::kSystem && key.key.ends_with(kPowerEnding))
        power.push_back(key.key);
  }
  return Screen(x_store, std::string(project), std::move(request), std::move(power), x_costs);
}

Result<Curve> Catalog::energy_curve(std::string_view project, const RunRef& run) {
  ScreenRequest request;
  request.axis = ScreenAxis::kEnergy;
  TRY(const Screen screen, this->screen(project, std::move(request)));
  return screen.read_energy(run);
}

Result<RunRef> Catalog::refer(std::string_view project, std::string_view reference) {
  TRY(ProjectTable * loaded, load(project));
  RunTable& table = loaded->table();
  if (const auto row = table.find(reference))
    return RunRef{std::string(reference), table.value(*row, table.column("created")).int_or(0)};
  TRY(const RunInfo run, this->run(project, reference));
  return RunRef{run.id, run.created_ns};
}

Result<RunInfo> Catalog::run(std::string_view project, std::string_view reference) {
  // An exact id needs no table: the usual case costs one look-up.
  if (auto exact = x_store.get_run(project, reference);
      exact || exact.error().code() != Code::kNotFound)
    return exact ? Result<RunInfo>(complete(std::move(*exact))) : exact;
  TRY(ProjectTable * loaded, load(project));
  Candidates candidates(reference);
  offer_all(std::string(project), loaded->table(), candidates);
  TRY(const auto chosen, candidates.choose());
  TRY(RunInfo info, x_store.get_run(chosen.first, chosen.second));
  return complete(std::move(info));
}

Result<RunInfo> Catalog::find_run(std::string_view reference,
                                  const std::optional<std::vector<std::string>>& projects) {
  Candidates candidates(reference);
  TRY(const auto names, x_store.projects());
  for (const std::string& project : names) {
    if (projects && std::find(projects->begin(), projects->end(), project) == projects->end())
      continue;
    TRY(ProjectTable * loaded, load(project));
    offer_all(project, loaded->table(), candidates);
  }
  TRY(const auto chosen, candidates.choose());
  TRY(RunInfo info, x_store.get_run(chosen.first, chosen.second));
  return complete(std::move(info));
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
