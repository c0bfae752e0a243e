// Handler of the page for a paper, in all its forms.
#include "server/report_card.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/version.h"
#include "footprint/assess.h"
#include "report/figure_data.h"
#include "server/footprint_desk.h"
#include "server/footprint_request.h"
#include "server/footprint_totals.h"
#include "server/handlers.h"
#include "server/listing.h"
#include "server/report_search.h"
#include "surrogate/features.h"
#include "sweep/definition.h"

namespace cairn::server {

using model::Value;
using report::CardFacts;
using report::CardRun;

namespace {

constexpr const char* kFinalOnly = "tags = 'final'";

// Ids of the runs that somebody has tagged as the final model.
Result<std::set<std::string>> find_final(const Call& call, const std::string& project) {
  query::RunTable::Select select;
  select.now_ns = wall_now_ns();
  select.filter = kFinalOnly;
  TRY(const query::RunPage page, call.rooms.catalog.runs(project, select));
  std::set<std::string> ids;
  for (const model::RunInfo& run : page.runs) ids.insert(run.id);
  return ids;
}

Result<CardRun> card_run(const Call& call, const ReportRun& run, const footprint::Place& place) {
  CardRun out{.id = run.id,
              .name = run.name,
              .user = run.user,
              .group = run.group,
              .job_type = run.job_type,
              .state = run.state,
              .sweep = run.sweep,
              .created_ns = run.created_ns,
              .ended_ns = run.ended_ns,
              .ran_s = run.ran_s,
              .result = run.result,
              .config = run.config_value,
              .summary = run.summary,
              .meta = run.meta};
  const footprint::RunEnergy energy = energy_of(run.meta, run.created_ns, run.ran_s);
  TRY(out.footprint, call.rooms.footprints.assess(energy, place));
  return out;
}

Result<std::vector<report::SearchFacts>> find_searches(const Call& call, const std::string& project,
                                                       const std::vector<ReportRun>& runs) {
  std::vector<report::SearchFacts> searches;
  std::set<std::string> asked;
  for (const ReportRun& run : runs) {
    if (run.sweep.empty() || !asked.insert(run.sweep).second) continue;
    TRY(const auto sweep, find_sweep(call, project, run.sweep));
    report::SearchFacts facts{.id = run.sweep, .name = "", .method = "not known", .stopping = ""};
    if (sweep) {
      const sweep::Definition& definition = sweep->definition();
      facts.name = definition.name;
      facts.method = sweep::print_method(definition.method);
      facts.seed = definition.seed;
      facts.trials = definition.budget.trials;
      const Value document = sweep::print_definition(definition);
      if (const Value* stop = document.find("early_terminate")) {
        const Value* type = stop->find("type");
        facts.stopping = (type ? *type : *stop).string_or("");
      }
    }
    searches.push_back(std::move(facts));
  }
  return searches;
}

// What the request says, or what the project does; Invalid only where the request says it.
Result<ReportMetric> find_metric(const Call& call, const std::string& project, CardFacts& facts) {
  auto metric = choose_report_metric(call, project);
  if (metric) {
    facts.metric = metric->name;
    facts.is_maximized = metric->is_maximized;
    facts.metric_said_by = metric->said_by;
    return metric;
  }
  const bool is_asked = !call.text("metric").empty() || !call.text("direction").empty();
  if (is_asked || metric.error().code() != Code::kInvalid) return metric;
  facts.metric_reason = metric.error().message();
  return ReportMetric{};
}

Result<void> analyse(const Call& call, const std::string& project, const ReportMetric& metric,
                     std::vector<ReportRun> runs, CardFacts& facts) {
  TRY(const ReportSearch search, make_report_search(call, project, metric, std::move(runs)));
  facts.columns = surrogate::Features::learn(search.configs, search.declared).columns();
  if (metric.name.empty()) return {};
  facts.sensitivity = analyse_sensitivity(search);
  facts.expected = expect_best(search, {});
  return {};
}

Response answer_page(std::string text, std::string_view content_type) {
  Response response;
  response.content_type = content_type;
  response.body = std::move(text);
  return response;
}

Result<Response> answer_figure(const Call& call, const report::Card& card, bool as_csv) {
  const std::string_view name = call.text("figure");
  TRY_VOID(check_word("figure", name, report::kFigureNames));
  if (as_csv) {
    if (auto csv = report::print_figure_csv(card, name))
      return answer_page(std::move(*csv), "text/csv; charset=utf-8");
  } else {
    for (const report::Figure& figure : report::figures_of(card))
      if (figure.name() == name)
        return answer_page(report::print_svg(figure, true), "image/svg+xml");
  }
  return fail(Code::kNotFound, "expected runs that there is something to draw of in '{}'", name);
}

}  // namespace

Result<report::Card> read_card(const Call& call, const std::string& project) {
  TRY(const footprint::Place place, read_place(call));
  CardFacts facts;
  facts.project = project;
  facts.filter = call.text("filter");
  facts.now_ns = wall_now_ns();
  facts.version = version();
  TRY(const ReportMetric metric, find_metric(call, project, facts));
  TRY(auto runs, read_report_runs(call, project, facts.filter, metric));
  if (const std::string_view sweep = call.text("sweep"); !sweep.empty()) {
    std::erase_if(runs, [&](const ReportRun& run) { return run.sweep != sweep; });
    if (runs.empty())
      return fail(Code::kNotFound, "no run of '{}' is of a sweep '{}'", project, sweep);
  }
  TRY(const auto final_ids, find_final(call, project));
  FootprintSum total;
  for (const ReportRun& run : runs) {
    TRY(CardRun of_card, card_run(call, run, place));
    of_card.is_tagged_final = final_ids.contains(run.id);
    if (of_card.footprint) total.add(*of_card.footprint);
    facts.runs.push_back(std::move(of_card));
  }
  facts.footprint = total.total();
  TRY(facts.searches, find_searches(call, project, runs));
  TRY_VOID(analyse(call, project, metric, std::move(runs), facts));
  return report::make_card(std::move(facts), call.rooms.footprints.tables());
}

Result<Response> get_report(const Call& call) {
  constexpr std::array<std::string_view, 7> kFormats = {"json", "document", "html", "md",
                                                        "tex",  "svg",      "csv"};
  const std::string_view format = call.text("format", "json");
  TRY_VOID(check_word("format", format, kFormats));
  TRY(const report::Card card, read_card(call, call.names[0]));
  if (format == "html") return answer_page(report::to_html(card), "text/html; charset=utf-8");
  if (format == "md")
    return answer_page(report::to_markdown(card, std::string(call.text("figures"))),
                       "text/markdown; charset=utf-8");
  if (format == "tex")
    return answer_page(report::to_latex(card), "application/x-latex; charset=utf-8");
  if (format == "svg" || format == "csv") return answer_figure(call, card, format == "csv");
  if (format == "document") return answer(report::to_value(report::to_document(card)));
  return answer(report::to_value(card));
}

}  // namespace cairn::server
