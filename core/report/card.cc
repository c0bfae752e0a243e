// See card.h.
#include "report/card.h"

#include <fmt/format.h>

#include "report/card_figures.h"
#include "report/card_words.h"

namespace cairn::report {

using model::Value;

Card make_card(CardFacts facts, const footprint::Tables& tables) {
  Card card;
  card.facts = std::move(facts);
  const CardFacts& known = card.facts;
  AccountOptions options{known.metric, known.is_maximized, std::nullopt};
  if (known.sensitivity.is_noise_measured) options.noise = known.sensitivity.noise;
  card.accounts = make_accounts(known.runs, options, tables);
  card.checklist = fill_checklist({known.runs, card.accounts, known.columns, known.sensitivity,
                                   known.expected, known.searches, known.metric});
  card.trend = find_trend(known.runs, tables);
  return card;
}

std::vector<Figure> figures_of(const Card& card) {
  const CardFacts& facts = card.facts;
  std::vector<Figure> figures;
  for (auto figure :
       {draw_importance(facts.sensitivity), draw_contour(facts.sensitivity),
        draw_tuning(facts.expected, facts.metric),
        draw_best_so_far(facts.runs, facts.metric, facts.is_maximized), draw_trend(card.trend)})
    if (figure) figures.push_back(std::move(*figure));
  return figures;
}

namespace {

Value print_footprint(const footprint::Footprint& footprint) {
  Value out = footprint::to_value(footprint);
  out.set("line", footprint::print_line(footprint));
  return out;
}

}  // namespace

Value to_value(const Card& card) {
  const CardFacts& facts = card.facts;
  model::List searches, figures, spaces;
  for (const SearchFacts& search : facts.searches)
    searches.push_back(model::Object{
        {"id", search.id},
        {"name", search.name},
        {"method", search.method},
        {"seed", static_cast<int64_t>(search.seed)},
        {"stopping", search.stopping.empty() ? Value() : Value(search.stopping)},
        {"trials", search.trials ? Value(static_cast<int64_t>(*search.trials)) : Value()}});
  for (const surrogate::Column& column : facts.columns)
    spaces.push_back(model::Object{{"name", column.name}, {"bounds", print_bounds(column)}});
  for (const Figure& figure : figures_of(card)) figures.push_back(figure.name());
  Value best;
  if (card.accounts.best) {
    const CardRun& run = facts.runs[*card.accounts.best];
    best = model::Object{
        {"id", run.id}, {"name", run.name}, {"result", *run.result}, {"config", run.config}};
  }
  const bool has_metric = !facts.metric.empty();
  return model::Object{
      {"project", facts.project},
      {"filter", facts.filter},
      {"metric", has_metric ? Value(facts.metric) : Value()},
      {"goal", has_metric ? Value(facts.is_maximized ? "maximize" : "minimize") : Value()},
      {"metric_said_by", has_metric ? Value(facts.metric_said_by) : Value()},
      {"metric_reason", has_metric ? Value() : Value(facts.metric_reason)},
      {"made_ns", facts.now_ns},
      {"runs", static_cast<int64_t>(facts.runs.size())},
      {"best", std::move(best)},
      {"accounts", to_value(card.accounts, facts.runs)},
      {"footprint", facts.footprint ? print_footprint(*facts.footprint) : Value()},
      {"sensitivity", has_metric ? to_value(facts.sensitivity) : Value()},
      {"expected", has_metric ? to_value(facts.expected) : Value()},
      {"trend", to_value(card.trend)},
      {"method", model::Object{{"searches", std::move(searches)}, {"space", std::move(spaces)}}},
      {"checklist", to_value(card.checklist)},
      {"figures", std::move(figures)},
      {"version", facts.version}};
}

namespace {

// A YAML string in double quotes.
std::string quote_yaml(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

std::string print_front_matter(const Card& card) {
  const auto& footprint = card.facts.footprint;
  if (!footprint || !footprint->carbon_kg) return "";
  std::string out = fmt::format("---\nco2_eq_emissions:\n  emissions: {}\n  source: \"Cairn\"\n",
                                print_number(1000 * footprint->carbon_kg->value));
  if (!footprint->zone.empty())
    out += fmt::format("  geographical_location: {}\n", quote_yaml(footprint->zone));
  if (!card.accounts.by_hardware.empty() && !card.accounts.by_hardware.front().name.empty())
    out += fmt::format("  hardware_used: {}\n", quote_yaml(card.accounts.by_hardware.front().name));
  return out + "---\n\n";
}

}  // namespace

std::string to_markdown(const Card& card, const std::string& figures) {
  return print_front_matter(card) + print_markdown(to_document(card), figures);
}

std::string to_latex(const Card& card) { return print_latex(to_document(card)); }

std::string to_html(const Card& card) { return print_html(to_document(card)); }

}  // namespace cairn::report
