// What the page for a paper says, section by section.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "report/card.h"
#include "report/card_figures.h"
#include "report/card_words.h"

namespace cairn::report {

namespace {

using footprint::Quantity;
using Align = TextTable::Align;

constexpr size_t kPairsShown = 5, kStepsShown = 10, kRowsShown = 12;
constexpr const char* kUnrecorded = "not recorded";

// One that is about the end of the sentence is a note.
void add_notes(DocumentSection& section, const std::vector<std::string>& notes) {
  for (const std::string& note : notes) {
    std::string text = note;
    if (!text.empty())
      text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    if (!text.empty() && text.back() != '.') text += '.';
    section.blocks.emplace_back(Paragraph{std::move(text), true});
  }
}

void add_figure(DocumentSection& section, std::optional<Figure> figure) {
  if (figure) section.blocks.emplace_back(std::move(*figure));
}

std::string print_or_none(const std::optional<Quantity>& quantity, std::string_view unit) {
  return quantity ? print_with_range(*quantity, unit) : kUnrecorded;
}

// A small amount in a unit in which it can be read.
std::string print_energy(const std::optional<Quantity>& kwh) {
  if (!kwh) return kUnrecorded;
  return kwh->value >= 0.1    ? print_with_range(*kwh, "kWh")
         : kwh->value >= 1e-4 ? print_with_range(*kwh * 1e3, "Wh")
                              : print_with_range(*kwh * 1e6, "mWh");
}

std::string print_carbon(const std::optional<Quantity>& kg) {
  if (!kg) return kUnrecorded;
  return kg->value >= 0.1 ? print_with_range(*kg, "kg CO2e")
                          : print_with_range(*kg * 1e3, "g CO2e");
}

// Without its unit, which is the title of the column.
std::string print_flop(const Cost& cost) {
  if (!cost.flop) return kUnrecorded;
  return print_with_range(*cost.flop, "") + (cost.flop_modelled == 0   ? ", declared"
                                             : cost.flop_declared == 0 ? ", modelled"
                                                                       : ", in part modelled");
}

std::string print_time(const Cost& cost) {
  return print_seconds(cost.wall_s) +
         (cost.gpu_s ? fmt::format(" ({} GPU-h)", print_estimate(*cost.gpu_s / 3600)) : "");
}

// --- sections

class Writer {
 public:
  explicit Writer(const Card& card)
      : x_card(card), x_facts(card.facts), x_accounts(card.accounts) {}

  Document write() {
    Document document;
    document.title = x_facts.project + ": training report";
    document.subtitle = subtitle();
    if (x_facts.runs.empty()) {
      document.sections.push_back(
          {"No runs", {Paragraph{"There are no runs to report on.", false}}});
    } else {
      for (auto section : {summary(), training_time(), reached(), sensitivity(), expected(),
                           trend(), method(), checklist()})
        if (!section.blocks.empty()) document.sections.push_back(std::move(section));
    }
    document.footer = fmt::format(
        "Made by Cairn {} on {}. Ranges are about 95 % of cases for energy, carbon and money, and "
        "5 "
        "to 95 % for shares of variance. What is not recorded is not guessed.",
        x_facts.version, print_date(x_facts.now_ns));
    return document;
  }

 private:
  std::string subtitle() const {
    std::string out = print_count(x_facts.runs.size(), "run");
    if (x_accounts.first_ns > 0)
      out += fmt::format(", {} to {}", print_date(x_accounts.first_ns),
                         print_date(x_accounts.last_ns));
    if (!x_facts.metric.empty())
      out += fmt::format("; the best has the {} {}", x_facts.is_maximized ? "highest" : "lowest",
                         x_facts.metric);
    if (!x_facts.filter.empty()) out += "; runs with " + x_facts.filter;
    return out;
  }

  DocumentSection summary() const {
    DocumentSection section{"Summary", {}};
    Facts facts;
    if (x_accounts.best) {
      const CardRun& best = x_facts.runs[*x_accounts.best];
      std::string beside = best.name;
      if (x_facts.sensitivity.is_noise_measured)
        beside += fmt::format("; noise {}", print_number(x_facts.sensitivity.noise));
      facts.facts.push_back({"Best " + x_facts.metric, print_number(*best.result), beside});
    }
    const Cost& total = x_accounts.total;
    const size_t broken = x_accounts.failed + x_accounts.crashed;
    facts.facts.push_back({"Training and search", print_seconds(total.wall_s),
                           fmt::format("{}, {} failed", print_count(total.runs, "run"), broken)});
    if (total.gpu_s)
      facts.facts.push_back(
          {"GPU time", print_estimate(*total.gpu_s / 3600) + " h", hardware_line()});
    add_quantity(facts, "Energy", total.energy_kwh, print_energy(total.energy_kwh));
    add_quantity(facts, "Carbon", total.carbon_kg, print_carbon(total.carbon_kg));
    add_quantity(facts, "Electricity", total.money, print_or_none(total.money, total.currency));
    if (total.flop)
      facts.facts.push_back(
          {"Compute", print_estimate(total.flop->value) + " FLOP",
           total.flop_modelled > 0 ? "modelled from time on devices" : "declared by the runs"});
    section.blocks.emplace_back(std::move(facts));
    if (x_facts.metric.empty())
      section.blocks.emplace_back(
          Paragraph{"Without a metric there is no best run, and nothing to "
                    "be sensitive: " +
                        x_facts.metric_reason + ".",
                    false});
    return section;
  }

  // "0.42 kWh (0.3 to 0.5)" in two lines.
  static void add_quantity(Facts& facts, const char* label, const std::optional<Quantity>& quantity,
                           const std::string& printed) {
    if (!quantity) return;
    const size_t range = printed.find(" (");
    const std::string beside =
        range == std::string::npos ? "" : printed.substr(range + 2, printed.size() - range - 3);
    facts.facts.push_back({label, printed.substr(0, range), beside});
  }

  std::string hardware_line() const {
    return x_accounts.by_hardware.empty() ? "" : x_accounts.by_hardware.front().name;
  }

  DocumentSection training_time() const {
    DocumentSection section{"Training time", {}};
    TextTable table{"training_time",
                    "What training and search took. Failed and stopped runs are counted; the time "
                    "is that of all runs, one after another.",
                    {{"", Align::kLeft},
                     {"runs", Align::kRight},
                     {"time", Align::kRight},
                     {"energy", Align::kLeft},
                     {"carbon", Align::kLeft},
                     {"money", Align::kLeft},
                     {"FLOP", Align::kLeft}},
                    {}};
    const auto add = [&](const std::string& name, const Cost& cost) {
      table.rows.push_back({name, std::to_string(cost.runs), print_time(cost),
                            print_energy(cost.energy_kwh), print_carbon(cost.carbon_kg),
                            print_or_none(cost.money, cost.currency), print_flop(cost)});
    };
    if (!x_accounts.final_by.empty()) {
      add(fmt::format("Final model ({})", x_accounts.final_by), x_accounts.final_model);
      if (x_accounts.search.runs > 0) add("Search for it", x_accounts.search);
    }
    if (x_accounts.unsuccessful.runs > 0) add("Of all: failed or crashed", x_accounts.unsuccessful);
    add("All", x_accounts.total);
    drop_unknown(table);
    section.blocks.emplace_back(std::move(table));
    if (x_accounts.times.runs > 0)
      section.blocks.emplace_back(
          Paragraph{fmt::format("A finished run takes {} in the mean ({} in the median, {} to {}).",
                                print_seconds(x_accounts.times.mean_s),
                                print_seconds(x_accounts.times.median_s),
                                print_seconds(x_accounts.times.shortest_s),
                                print_seconds(x_accounts.times.longest_s)),
                    false});
    if (x_accounts.total.flop)
      section.blocks.emplace_back(Paragraph{
          fmt::format("All operations are {} PFLOP/s-days.",
                      print_with_range(*x_accounts.total.flop * (1 / kFlopPerPflopsDay), "")),
          false});
    add_named(section, "hardware", "What ran on each kind of machine.", "hardware",
              x_accounts.by_hardware, kUnrecorded);
    if (x_accounts.by_search.size() > 1)
      add_named(section, "searches", "What each search took.", "sweep", x_accounts.by_search,
                "no sweep");
    add_notes(section, x_accounts.notes);
    return section;
  }

  // Columns in which no row has anything say less than a sentence.
  static void drop_unknown(TextTable& table) {
    std::string unknown;
    for (size_t i = 1; i < table.columns.size();) {
      const auto is_unknown = [&](const std::vector<std::string>& row) {
        return row[i] == kUnrecorded;
      };
      if (!std::ranges::all_of(table.rows, is_unknown)) {
        ++i;
        continue;
      }
      unknown += (unknown.empty() ? "" : ", ") + table.columns[i].title;
      const auto place = static_cast<std::ptrdiff_t>(i);
      table.columns.erase(table.columns.begin() + place);
      for (std::vector<std::string>& row : table.rows) row.erase(row.begin() + place);
    }
    if (!unknown.empty()) table.caption += fmt::format(" Not recorded: {}.", unknown);
  }

  static void add_named(DocumentSection& section, const char* name, const char* caption,
                        const char* title, const std::vector<NamedCost>& costs,
                        const char* unnamed) {
    TextTable table{name,
                    caption,
                    {{title, Align::kLeft},
                     {"runs", Align::kRight},
                     {"failed", Align::kRight},
                     {"time", Align::kRight},
                     {"energy", Align::kLeft}},
                    {}};
    for (const NamedCost& cost : costs) {
      if (table.rows.size() == kRowsShown) break;
      table.rows.push_back({cost.name.empty() ? unnamed : cost.name, std::to_string(cost.cost.runs),
                            std::to_string(cost.unsuccessful), print_time(cost.cost),
                            print_energy(cost.cost.energy_kwh)});
    }
    if (costs.size() > kRowsShown)
      table.caption += fmt::format(" The {} with the most time of {}.", kRowsShown, costs.size());
    drop_unknown(table);
    section.blocks.emplace_back(std::move(table));
  }

  DocumentSection reached() const {
    DocumentSection section{"How much had been enough", {}};
    if (x_accounts.reached.empty()) return section;
    TextTable table{"reached",
                    "What had been spent when the first result as good as that was there.",
                    {{"", Align::kLeft},
                     {x_facts.metric, Align::kRight},
                     {"runs begun", Align::kRight},
                     {"time", Align::kRight},
                     {"of all", Align::kRight},
                     {"energy", Align::kLeft},
                     {"money", Align::kLeft}},
                    {}};
    for (const Reached& goal : x_accounts.reached)
      table.rows.push_back(
          {goal.goal, print_number(goal.threshold), std::to_string(goal.cost.runs),
           print_time(goal.cost),
           x_accounts.total.wall_s > 0 ? print_share(goal.cost.wall_s / x_accounts.total.wall_s)
                                       : "unknown",
           print_energy(goal.cost.energy_kwh), print_or_none(goal.cost.money, goal.cost.currency)});
    drop_unknown(table);
    section.blocks.emplace_back(std::move(table));
    add_figure(section, draw_best_so_far(x_facts.runs, x_facts.metric, x_facts.is_maximized));
    return section;
  }

  DocumentSection sensitivity() const {
    DocumentSection section{"Sensitivity to hyperparameters", {}};
    const Sensitivity& found = x_facts.sensitivity;
    if (x_facts.metric.empty()) return section;
    if (!found.is_known()) {
      section.blocks.emplace_back(Paragraph{"Not enough evidence: " + found.reason + ".", false});
      add_notes(section, found.notes);
      return section;
    }
    section.blocks.emplace_back(Paragraph{sensitivity_sentence(), false});
    add_figure(section, draw_importance(found));
    section.blocks.emplace_back(sensitivity_table());
    if (!found.pairs.empty()) section.blocks.emplace_back(pair_table());
    add_figure(section, draw_contour(found));
    if (!found.ablation.empty()) section.blocks.emplace_back(ablation_table());
    add_notes(section, found.notes);
    return section;
  }

  std::string sensitivity_sentence() const {
    const Sensitivity& found = x_facts.sensitivity;
    std::string out = fmt::format(
        "Functional analysis of variance of forests over the searched ranges, from {} of {} "
        "configurations; they foresee unseen configurations with R2 {:.2f}.",
        print_count(found.quality.runs, "run"), found.quality.configurations, found.quality.r2_oob);
    if (!found.parameters.empty() && std::isfinite(found.seed_share) && found.seed_share > 0) {
      const ParameterSensitivity& first = found.parameters.front();
      out += fmt::format(" The effect of {} is {} times the noise of the seed.", first.column.name,
                         print_number(first.total.share / found.seed_share));
    }
    return out;
  }

  static std::string print_share_range(const Share& share) {
    if (!std::isfinite(share.range.low) || !std::isfinite(share.range.high))
      return print_share(share.share);
    return fmt::format("{} ({:.0f} to {:.0f})", print_share(share.share), 100 * share.range.low,
                       100 * share.range.high);
  }

  static std::string print_within(const ParameterSensitivity& parameter) {
    std::vector<std::string> texts;
    for (const model::Value& value : parameter.within_noise) texts.push_back(print_leaf(value));
    return texts.empty()
               ? "unknown"
               : fmt::format("{}",
                             fmt::join(texts, parameter.is_within_noise_range ? " to " : ", "));
  }

  TextTable sensitivity_table() const {
    TextTable table{"sensitivity",
                    "Shares of the variance that each parameter explains, alone and with others, "
                    "with intervals of 5 to 95 %. As good as the best: values at which the best "
                    "configuration would lose at most " +
                        std::string(x_facts.sensitivity.is_noise_measured
                                        ? "one unit of noise between repeated runs"
                                        : "1 % (no run was repeated, so that noise is not known)") +
                        ". A share in brackets is no more than chance gives.",
                    {{"parameter", Align::kLeft},
                     {"searched", Align::kLeft},
                     {"best", Align::kRight},
                     {"alone", Align::kRight},
                     {"with others", Align::kRight},
                     {"as good as the best", Align::kLeft},
                     {"direction", Align::kLeft}},
                    {}};
    for (const ParameterSensitivity& parameter : x_facts.sensitivity.parameters) {
      const auto bracket = [](const Share& share) {
        return share.stands_out() ? print_share_range(share) : "[" + print_share(share.share) + "]";
      };
      table.rows.push_back({parameter.column.name, print_bounds(parameter.column),
                            print_leaf(parameter.best), bracket(parameter.first_order),
                            bracket(parameter.total), print_within(parameter),
                            std::string(print_shape(parameter.direction))});
    }
    return table;
  }

  TextTable pair_table() const {
    const Sensitivity& found = x_facts.sensitivity;
    TextTable table{"interactions",
                    "What pairs of parameters do together beyond what each does alone.",
                    {{"pair", Align::kLeft}, {"share", Align::kRight}},
                    {}};
    for (size_t i = 0; i < std::min(found.pairs.size(), kPairsShown); ++i)
      table.rows.push_back({fmt::format("{} and {}", found.parameters[found.pairs[i].a].column.name,
                                        found.parameters[found.pairs[i].b].column.name),
                            print_share_range(found.pairs[i].share)});
    return table;
  }

  TextTable ablation_table() const {
    TextTable table{"ablation",
                    "From where the search began to the best, one parameter at a time, always the "
                    "one that gains most by the model.",
                    {{"parameter", Align::kLeft},
                     {"from", Align::kRight},
                     {"to", Align::kRight},
                     {"gain", Align::kRight}},
                    {}};
    for (const AblationStep& step : x_facts.sensitivity.ablation) {
      if (table.rows.size() == kStepsShown) break;
      table.rows.push_back(
          {step.name, print_leaf(step.from), print_leaf(step.to), print_number(step.gain)});
    }
    return table;
  }

  DocumentSection expected() const {
    DocumentSection section{"Expected performance", {}};
    const Expected& found = x_facts.expected;
    if (x_facts.metric.empty()) return section;
    if (!found.reason.empty()) section.blocks.emplace_back(Paragraph{found.reason + ".", true});
    if (found.curve.empty()) return section;
    TextTable table{"expected",
                    fmt::format("The best of so many runs. The band of the median holds for all "
                                "numbers of runs at once with {:.0f} % confidence (Lourie 2024); "
                                "means are the estimates of Dodge 2019 and Tang 2020.",
                                100 * found.confidence),
                    {{"runs", Align::kRight},
                     {"median", Align::kRight},
                     {"band", Align::kLeft},
                     {"mean (V)", Align::kRight},
                     {"mean (U)", Align::kRight}},
                    {}};
    // Budgets that a reader thinks in: about doubling.
    size_t next = 1;
    for (const TuningPoint& point : found.curve) {
      const bool is_last = &point == &found.curve.back();
      if (point.runs < next && !is_last) continue;
      next = 2 * point.runs;
      const auto side = [](const std::optional<double>& value) {
        return value ? print_number(*value) : std::string("unbounded");
      };
      table.rows.push_back(
          {std::to_string(point.runs), print_number(point.median),
           fmt::format("{} to {}", side(point.median_low), side(point.median_high)),
           print_number(point.v_statistic), print_number(point.u_statistic)});
    }
    add_figure(section, draw_tuning(found, x_facts.metric));
    section.blocks.emplace_back(std::move(table));
    return section;
  }

  DocumentSection trend() const {
    DocumentSection section{"Compute over time", {}};
    const Trend& found = x_card.trend;
    std::string text;
    const std::string measure =
        found.measure == "operations" ? "number of operations" : found.measure;
    if (found.doubling_months)
      text = fmt::format("The {} of these runs doubles in {} months.", measure,
                         print_estimate(*found.doubling_months));
    else
      text = "No doubling time: " + found.reason + ".";
    if (!found.published_source.empty())
      text += fmt::format(" Published: {} months: {}.",
                          print_with_range(found.published_months, ""), found.published_source);
    section.blocks.emplace_back(Paragraph{std::move(text), !found.doubling_months});
    add_figure(section, draw_trend(found));
    return section;
  }

  DocumentSection method() const {
    DocumentSection section{"Method", {}};
    for (const SearchFacts& search : x_facts.searches)
      section.blocks.emplace_back(Paragraph{
          fmt::format("Sweep {}: method {}, seed {}{}{}.",
                      search.name.empty() ? search.id : search.name, search.method, search.seed,
                      search.trials ? fmt::format(", {} trials planned", *search.trials) : "",
                      search.stopping.empty() ? ", no early stopping"
                                              : ", early stopping: " + search.stopping),
          false});
    const auto by_hand =
        std::ranges::count_if(x_facts.runs, [](const CardRun& run) { return run.sweep.empty(); });
    if (by_hand > 0)
      section.blocks.emplace_back(
          Paragraph{fmt::format("{} of no sweep: how their values were chosen is not recorded.",
                                by_hand == 1 ? "1 run is" : fmt::format("{} runs are", by_hand)),
                    false});
    const ResultSummary& results = x_accounts.results;
    if (!x_facts.metric.empty())
      section.blocks.emplace_back(Paragraph{
          fmt::format("Of {} {} finished, {} failed, {} crashed; {} have no {}, {} diverged and "
                      "count as the worst.",
                      print_count(x_facts.runs.size(), "run"), x_accounts.finished,
                      x_accounts.failed, x_accounts.crashed, results.without, x_facts.metric,
                      results.diverged),
          false});
    if (!x_facts.footprint) return section;
    if (!x_facts.footprint->sources.empty())
      section.blocks.emplace_back(
          Paragraph{fmt::format("Energy, carbon and money from: {}.",
                                fmt::join(x_facts.footprint->sources, "; ")),
                    true});
    add_notes(section, x_facts.footprint->notes);
    return section;
  }

  DocumentSection checklist() const {
    DocumentSection section{"Reproducibility checklist", {}};
    TextTable table{"checklist",
                    "Asked for by the reproducibility checklists of NeurIPS and EMNLP; answers are "
                    "what was recorded.",
                    {{"asked", Align::kLeft, true}, {"recorded", Align::kLeft, true}},
                    {}};
    for (const ChecklistItem& item : x_card.checklist) {
      std::string answer = item.answer.empty() ? kUnrecorded : item.answer;
      if (item.is_partial) answer += " (in part)";
      if (item.answer.empty() && !item.advice.empty()) answer += ": " + item.advice;
      table.rows.push_back({item.question, std::move(answer)});
    }
    section.blocks.emplace_back(std::move(table));
    return section;
  }

  const Card& x_card;
  const CardFacts& x_facts;
  const Accounts& x_accounts;
};

}  // namespace

Document to_document(const Card& card) { return Writer(card).write(); }

}  // namespace cairn::report
