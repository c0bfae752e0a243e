// Adding up what runs cost.
#include "server/footprint_totals.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "footprint/estimate.h"
#include "query/filter.h"
#include "query/time_text.h"
#include "server/embodied.h"
#include "server/footprint_request.h"
#include "server/listing.h"

namespace cairn::server {

using footprint::Footprint;
using model::Value;

namespace {

constexpr std::array<std::string_view, 8> kGroupNames = {"user",   "project", "day",      "run",
                                                         "device", "group",   "job_type", "zone"};
constexpr size_t kGroupsDefault = 1000, kGroupsMax = 100'000;
constexpr size_t kPartsAtOnce = 256;
constexpr const char* kFinalTag = "final";

// In the order in which the cells are asked for.
enum Cell : size_t { kName, kCreated, kDuration, kUser, kGroup, kJobType, kTags, kNumbers };
constexpr const char* kColumns[] = {"name",  "created",  "duration", "user",
                                    "group", "job_type", "tags"};
static_assert(std::size(kColumns) == kNumbers);

std::optional<double> first_number(const std::vector<Value>& cells) {
  for (size_t i = kNumbers; i < cells.size(); ++i)
    if (cells[i].is_number() && std::isfinite(cells[i].number_or(0))) return cells[i].number_or(0);
  return std::nullopt;
}

bool has_tag(const Value& tags, std::string_view wanted) {
  const model::List* list = tags.as_list();
  return list && std::any_of(list->begin(), list->end(),
                             [&](const Value& tag) { return tag.string_or("") == wanted; });
}

// Where most of the energy went.
std::string main_device(const Footprint& footprint) {
  const footprint::PartEnergy* most = nullptr;
  for (const footprint::PartEnergy& part : footprint.parts)
    if (!part.device.empty() && (!most || part.kwh.value > most->kwh.value)) most = &part;
  return most ? most->device : "";
}

std::string day_of(int64_t time_ns) {
  return query::print_time({time_ns, time_ns}).substr(0, std::string_view("2026-01-31").size());
}

std::string group_value(std::string_view name, const PricedRun& run) {
  if (name == "user") return run.user;
  if (name == "project") return run.project;
  if (name == "day") return day_of(run.created_ns);
  if (name == "run") return run.project + "/" + run.id;
  if (name == "device") return run.footprint ? main_device(*run.footprint) : "";
  if (name == "group") return run.group;
  if (name == "job_type") return run.job_type;
  return run.footprint ? run.footprint->zone : "";
}

Value or_null(const FootprintSum& sum) {
  const auto total = sum.total();
  return total ? print_footprint(*total) : Value();
}

}  // namespace

void FootprintSum::add(Footprint footprint) {
  ++x_runs;
  x_parts.push_back(std::move(footprint));
  if (x_parts.size() < kPartsAtOnce) return;
  Footprint sum = footprint::add(x_parts);
  x_parts.clear();
  x_parts.push_back(std::move(sum));
}

std::optional<Footprint> FootprintSum::total() const {
  if (x_parts.empty()) return std::nullopt;
  return x_parts.size() == 1 ? x_parts.front() : footprint::add(x_parts);
}

Result<FootprintQuestion> read_question(const Call& call) {
  FootprintQuestion question;
  TRY(question.place, read_place(call));
  question.by = call.list("by");
  if (question.by.size() > query::RunTable::kGroupColumnsMax)
    return fail(Code::kInvalid, "expected at most {} names in by, found {}",
                query::RunTable::kGroupColumnsMax, question.by.size());
  for (const std::string& name : question.by) TRY_VOID(check_word("by", name, kGroupNames));
  question.select.now_ns = wall_now_ns();
  question.select.filter = call.text("filter");
  TRY(question.select.also, read_archived(call));
  TRY(const int64_t since_ns, read_since(call, question.select.now_ns));
  if (since_ns > 0)
    question.select.also.push_back({{"created", query::FieldType::kTime},
                                    query::Op::kGreaterEqual,
                                    {query::TimeSpan{since_ns, since_ns}}});
  question.metric = call.text("metric");
  TRY_VOID(check_word("goal", call.text("goal", "minimize"),
                      std::array<std::string_view, 2>{"minimize", "maximize"}));
  question.is_maximized = call.text("goal") == "maximize";
  TRY(const auto limit, call.integer("limit", 1, kGroupsMax));
  question.groups_max = static_cast<size_t>(limit.value_or(kGroupsDefault));
  return question;
}

Result<void> for_each_priced(const Call& call, const std::string& project,
                             const FootprintQuestion& question,
                             const std::vector<std::string>& number_columns,
                             const VisitPriced& visit) {
  const FootprintDesk& desk = call.rooms.footprints;
  std::optional<Error> trouble;
  const auto price = [&](std::string_view id, const std::vector<Value>& cells, const Value& meta) {
    if (trouble) return;
    PricedRun run;
    run.project = project;
    run.id = id;
    run.name = cells[kName].string_or("");
    run.user = cells[kUser].string_or("");
    run.group = cells[kGroup].string_or("");
    run.job_type = cells[kJobType].string_or("");
    run.created_ns = cells[kCreated].int_or(0);
    run.ran_s = static_cast<double>(cells[kDuration].int_or(0)) / kNsPerSecond;
    run.is_tagged_final = has_tag(cells[kTags], kFinalTag);
    run.number = first_number(cells);
    run.energy = energy_of(meta, run.created_ns, run.ran_s);
    auto assessed = desk.assess(run.energy, question.place);
    if (!assessed) return static_cast<void>(trouble = assessed.error());
    run.footprint = std::move(*assessed);
    visit(run);
  };
  std::vector<std::string> columns(std::begin(kColumns), std::end(kColumns));
  columns.insert(columns.end(), number_columns.begin(), number_columns.end());
  TRY_VOID(call.rooms.catalog.for_each_match(project, question.select, columns, price));
  if (trouble) return tl::unexpected(std::move(*trouble));
  return {};
}

// --- search and the final run

// While runs come: the best so far, and those that somebody has tagged.
struct FootprintTotals::Choice {
  std::optional<MetricChoice> metric;
  struct Best {
    double value = 0;
    std::string id;
    std::optional<Footprint> footprint;
  };
  std::optional<Best> best;
  FootprintSum tagged, untagged, not_best;
  std::vector<std::string> tagged_ids;

  void add(const PricedRun& run) {
    if (run.is_tagged_final) tagged_ids.push_back(run.project + "/" + run.id);
    if (run.footprint) (run.is_tagged_final ? tagged : untagged).add(*run.footprint);
    const bool is_better =
        run.number && metric &&
        (!best || (metric->is_maximized ? *run.number > best->value : *run.number < best->value));
    if (!is_better) {
      if (run.footprint) not_best.add(*run.footprint);
      return;
    }
    if (best && best->footprint) not_best.add(std::move(*best->footprint));
    best = Best{*run.number, run.project + "/" + run.id, run.footprint};
  }
};

// What the newest run says is best, unless the question says it.
Result<std::optional<FootprintTotals::MetricChoice>> FootprintTotals::choose_metric(
    const std::string& project) const {
  if (!x_question.metric.empty()) return MetricChoice{x_question.metric, x_question.is_maximized};
  query::RunTable::Select newest;
  newest.limit = 1;
  newest.filter = "job_type is null or job_type != inference";
  TRY(newest.sort, query::parse_sort("-created"));
  TRY(const query::RunPage page, x_call.rooms.catalog.runs(project, newest));
  const model::Object* metrics =
      page.runs.empty() ? nullptr : page.runs.front().metrics.as_object();
  if (!metrics) return std::nullopt;
  for (const auto& [name, definition] : *metrics) {
    const Value* goal = definition.find("goal");
    if (goal && name.find('*') == std::string::npos && !goal->string_or("").empty())
      return MetricChoice{name, goal->string_or("") == "maximize"};
  }
  return std::nullopt;
}

Result<void> FootprintTotals::add(const std::string& project) {
  Choice choice;
  TRY(choice.metric, choose_metric(project));
  std::vector<std::string> columns;
  if (const auto& metric = choice.metric)
    columns = {(metric->is_maximized ? "max:" : "min:") + metric->name, "summary." + metric->name};
  TRY_VOID(for_each_priced(x_call, project, x_question, columns,
                           [&](PricedRun& run) { add(run, choice); }));
  close(choice, project);
  return {};
}

void FootprintTotals::add(PricedRun& run, Choice& choice) {
  ++x_runs;
  if (!run.footprint) ++x_unknown;
  std::vector<std::string> key;
  for (const std::string& name : x_question.by) key.push_back(group_value(name, run));
  if (!key.empty()) ++x_group_runs[key];
  if (!run.is_inference()) choice.add(run);
  if (!run.footprint) return;
  x_embodied_kg += embodied_kg(run.energy.records, x_call.rooms.footprints.tables());
  (run.is_inference() ? x_inference : x_training).add(*run.footprint);
  if (!key.empty()) x_groups[std::move(key)].add(*run.footprint);
  x_total.add(std::move(*run.footprint));
}

void FootprintTotals::close(Choice& choice, const std::string& project) {
  const auto take = [](FootprintSum& to, const FootprintSum& from) {
    if (auto total = from.total()) to.add(std::move(*total));
  };
  if (!choice.tagged_ids.empty()) {
    x_final_by.push_back(fmt::format("{}: tagged '{}'", project, kFinalTag));
    x_final_ids.insert(x_final_ids.end(), choice.tagged_ids.begin(), choice.tagged_ids.end());
    take(x_final, choice.tagged);
    take(x_search, choice.untagged);
  } else if (choice.best) {
    x_final_by.push_back(fmt::format("{}: {} {}", project,
                                     choice.metric->is_maximized ? "highest" : "lowest",
                                     choice.metric->name));
    x_final_ids.push_back(choice.best->id);
    if (choice.best->footprint) x_final.add(std::move(*choice.best->footprint));
    take(x_search, choice.not_best);
  }
}

// --- printing

Value FootprintTotals::print_groups() const {
  std::vector<std::pair<const std::vector<std::string>*, std::optional<Footprint>>> sorted;
  for (const auto& [key, runs] : x_group_runs) {
    const auto sum = x_groups.find(key);
    sorted.emplace_back(&key, sum == x_groups.end() ? std::nullopt : sum->second.total());
  }
  const auto kwh = [](const std::optional<Footprint>& sum) {
    return sum ? sum->energy_kwh.value : -1;
  };
  const bool is_by_day = x_question.by.front() == "day";  // which are in order as they are
  if (!is_by_day)
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const auto& a, const auto& b) { return kwh(a.second) > kwh(b.second); });
  model::List groups;
  for (const auto& [key, sum] : sorted) {
    if (groups.size() == x_question.groups_max) break;
    Value names;
    for (size_t i = 0; i < key->size(); ++i)
      names.set(x_question.by[i], (*key)[i].empty() ? Value() : Value((*key)[i]));
    groups.push_back(model::Object{{"key", std::move(names)},
                                   {"runs", static_cast<int64_t>(x_group_runs.at(*key))},
                                   {"footprint", sum ? print_footprint(*sum) : Value()}});
  }
  return groups;
}

Value FootprintTotals::print_sci(const Footprint& total) const {
  const bool is_all_known = total.carbon_kg && total.carbon_unknown_kwh == 0;
  if (!is_all_known || total.energy_kwh.value <= 0) return {};
  footprint::SciWanted wanted;
  wanted.energy_kwh = total.energy_kwh.value;
  wanted.intensity_g_per_kwh = 1000 * total.carbon_kg->value / total.energy_kwh.value;
  wanted.embodied_kg = x_embodied_kg;  // of the time that was used already
  wanted.used_s = wanted.lifetime_s = 1;
  wanted.functional_units = static_cast<double>(x_total.runs());
  wanted.functional_unit = "run";
  const auto sci = footprint::software_carbon_intensity(wanted);
  if (!sci) return {};
  return model::Object{{"functional_unit", wanted.functional_unit},
                       {"functional_units", wanted.functional_units},
                       {"energy_kwh", wanted.energy_kwh},
                       {"intensity_g_per_kwh", wanted.intensity_g_per_kwh},
                       {"operational_g", sci->operational_g},
                       {"embodied_g", sci->embodied_g},
                       {"per_unit_g", sci->per_unit_g}};
}

Value FootprintTotals::print() const {
  const footprint::Tables& tables = x_call.rooms.footprints.tables();
  const auto total = x_total.total();
  Value out;
  out.set("runs", static_cast<int64_t>(x_runs));
  out.set("unknown", static_cast<int64_t>(x_unknown));
  out.set("total", total ? print_footprint(*total) : Value());
  out.set("groups", x_question.by.empty() ? Value(model::List{}) : print_groups());
  out.set("groups_total", static_cast<int64_t>(x_group_runs.size()));
  out.set("training", or_null(x_training));
  out.set("inference", or_null(x_inference));
  out.set("search", or_null(x_search));
  out.set("final", or_null(x_final));
  out.set("final_by",
          knows_final() ? Value(fmt::format("{}", fmt::join(x_final_by, "; "))) : Value());
  out.set("final_runs", model::List(x_final_ids.begin(), x_final_ids.end()));
  out.set("equivalents", total ? print_equivalents(*total, tables) : model::List{});
  out.set("offset", total ? print_offset(*total, tables) : Value());
  out.set("sci", total ? print_sci(*total) : Value());
  return out;
}

}  // namespace cairn::server
