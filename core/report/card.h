// Card: the page that a paper, a model card or a review needs about the runs of a project: what
// training and search took, how sensitive the result is, what to expect of so many runs, how it was
// done, and what of the usual checklist was recorded.
//
// Pure. Every form of it (JSON, Markdown, LaTeX, HTML, figures) is written from one Card, so that
// they never differ.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/accounts.h"
#include "report/checklist.h"
#include "report/document.h"
#include "report/expected.h"
#include "report/figure.h"
#include "report/sensitivity.h"
#include "report/trend.h"

namespace cairn::report {

// What the page is made from; a value, made for one request.
struct CardFacts {
  std::string project, filter;
  std::string metric;  // empty: none is known
  bool is_maximized = false;
  std::string metric_said_by;              // "request", "define_metric", "sweep", "name"
  std::string metric_reason;               // why there is none
  std::vector<CardRun> runs;               // by when they began
  std::vector<surrogate::Column> columns;  // what was varied
  Sensitivity sensitivity;
  Expected expected;
  std::vector<SearchFacts> searches;
  std::optional<footprint::Footprint> footprint;  // of all runs
  int64_t now_ns = 0;
  std::string version;  // of what made it
};

struct Card {
  CardFacts facts;
  Accounts accounts;
  std::vector<ChecklistItem> checklist;
  Trend trend;
};
Card make_card(CardFacts facts, const footprint::Tables& tables);

// Unknown is null; members in docs/api.md.
model::Value to_value(const Card& card);
// All figures that there is something to draw in.
std::vector<Figure> figures_of(const Card& card);
constexpr std::string_view kFigureNames[] = {"importance", "contour", "tuning", "best_so_far",
                                             "trend"};

Document to_document(const Card& card);
// With what Hugging Face's model cards tell of emissions as its front matter, where they are known.
std::string to_markdown(const Card& card, const std::string& figures = {});
std::string to_latex(const Card& card);
std::string to_html(const Card& card);

}  // namespace cairn::report
