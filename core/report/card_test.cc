// Tests of the page for a paper: that its forms agree, and that what is missing is said.
#include "report/card.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "report/testing/card_runs.h"

namespace cairn::report {
namespace {

using testing::ran;

Card make(CardFacts facts) { return make_card(std::move(facts), footprint::Tables::embedded()); }

const Card& digits() {
  static const Card kCard = make(testing::digits());
  return kCard;
}

std::string answer_of(const Card& card, const std::string& id) {
  const auto item = std::ranges::find(card.checklist, id, &ChecklistItem::id);
  return item == card.checklist.end() ? "no such item" : item->answer;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(Card, AllItsFormsSayTheSame) {
  const Card& card = digits();
  const double best = *card.facts.runs[*card.accounts.best].result;
  const std::string printed = fmt::format("{:.4g}", best);
  for (const std::string& form : {to_markdown(card), to_latex(card), to_html(card)}) {
    EXPECT_TRUE(has(form, printed));
    EXPECT_TRUE(has(form, "Reproducibility checklist"));
    EXPECT_TRUE(has(form, "50.0 min"));  // of all sixty runs
    EXPECT_TRUE(has(form, "within 1"));
  }
  const model::Value value = to_value(card);
  EXPECT_DOUBLE_EQ(model::find_path(value, "best.result")->number_or(0), best);
  EXPECT_DOUBLE_EQ(model::find_path(value, "accounts.total.wall_s")->number_or(0), 3000);
  EXPECT_EQ(model::find_path(value, "accounts.failed")->int_or(0), 3);
}

TEST(Card, DrawsWhatThereIs) {
  std::vector<std::string> names;
  for (const Figure& figure : figures_of(digits())) names.push_back(figure.name());
  EXPECT_EQ(names, (std::vector<std::string>{"importance", "contour", "tuning", "best_so_far"}));
}

TEST(Card, TheSameFactsGiveTheSameBytes) {
  EXPECT_EQ(to_html(digits()), to_html(make(testing::digits())));
  EXPECT_EQ(to_latex(digits()), to_latex(make(testing::digits())));
}

TEST(Card, TheChecklistIsFilledFromWhatIsRecorded) {
  EXPECT_TRUE(has(answer_of(digits(), "hyperparameter_bounds"), "opt: "));
  EXPECT_TRUE(has(answer_of(digits(), "best_configuration"), "lr = "));
  EXPECT_EQ(answer_of(digits(), "trials"), "60 runs: 57 finished, 3 failed or crashed");
  EXPECT_TRUE(has(answer_of(digits(), "summary_statistics"), "SD"));
  EXPECT_TRUE(has(answer_of(digits(), "expected_performance"), "best of"));
  for (const char* id : {"code", "data", "parameters", "compute", "infrastructure", "test_result"})
    EXPECT_EQ(answer_of(digits(), id), "") << id;
  EXPECT_TRUE(has(to_html(digits()), "not recorded: run in a git checkout"));
}

TEST(Card, TheChecklistHasCodeDataAndSizeOfTheFinalRun) {
  CardFacts facts = testing::digits();
  facts.searches = {{.id = "s1", .name = "lr", .method = "random", .stopping = "", .seed = 7}};
  for (CardRun& run : facts.runs) {
    run.sweep = "s1";
    run.meta.set("git", model::Object{{"commit", "0123456789abcdef"}, {"dirty", false}});
    run.summary.set("num_parameters", int64_t{12'345});
    run.config.set("dataset", "mnist");
    run.meta.set("recall", model::Object{{"P", "feedfacefeedfacefeed"}});
  }
  const Card card = make(std::move(facts));
  EXPECT_EQ(answer_of(card, "code"), "commit 0123456789abcdef");
  EXPECT_EQ(answer_of(card, "parameters"), "12345");
  EXPECT_EQ(answer_of(card, "data"), "mnist; hash: part of the run's key feedfacefeedface");
  EXPECT_EQ(answer_of(card, "search_method"), "random (sweep lr, seed 7)");
}

TEST(Card, WithoutAMetricThereIsStillTrainingTime) {
  CardFacts facts = testing::digits();
  facts.metric.clear();
  facts.metric_reason = "expected a metric: there are: loss, val_acc";
  facts.sensitivity = {};
  facts.expected = {};
  for (CardRun& run : facts.runs) run.result.reset();
  const Card card = make(std::move(facts));
  const std::string page = to_html(card);
  EXPECT_TRUE(has(page, "there are: loss, val_acc"));
  EXPECT_TRUE(has(page, "50.0 min"));
  EXPECT_FALSE(has(page, "Sensitivity to hyperparameters"));
  EXPECT_TRUE(to_value(card).find("sensitivity")->is_null());
  EXPECT_TRUE(to_value(card).find("best")->is_null());
}

TEST(Card, TooFewRunsAreASentenceAndNoBars) {
  CardFacts facts;
  facts.project = "tiny";
  facts.metric = "loss";
  facts.runs = {ran("a", 0, 1, 0.5), ran("b", 1, 1, std::nullopt)};
  const std::vector<surrogate::Row> configs(2);
  const std::vector<std::optional<double>> results = {0.5, std::nullopt};
  facts.sensitivity =
      analyse_sensitivity({.configs = configs, .results = results}, {.metric = "loss"});
  const Card card = make(std::move(facts));
  EXPECT_TRUE(has(to_html(card), "Not enough evidence"));
  EXPECT_TRUE(figures_of(card).empty());
}

TEST(Card, NoRunsAndOnlyFailedRunsAreSaidInEveryForm) {
  CardFacts none;
  none.project = "none";
  CardFacts all_failed = testing::digits();
  for (CardRun& run : all_failed.runs) {
    run.state = "failed";
    run.result.reset();
  }
  all_failed.sensitivity = analyse_sensitivity({}, {.metric = "val_acc"});
  all_failed.expected = expect_best({});
  for (const Card& card : {make(std::move(none)), make(std::move(all_failed))}) {
    for (const std::string& form : {to_markdown(card), to_latex(card), to_html(card)})
      EXPECT_FALSE(has(form, " nan")) << form;
    EXPECT_FALSE(card.accounts.best);
  }
}

TEST(Card, AModelCardTellsItsEmissionsAsHuggingFaceReadsThem) {
  CardFacts facts = testing::digits();
  footprint::Footprint footprint = *facts.runs[0].footprint;
  EXPECT_FALSE(to_markdown(make(facts)).starts_with("---"));
  footprint.carbon_kg = footprint::quantity(0.25, 0.1, footprint::Method::kMeasured);
  footprint.zone = "FR";
  facts.footprint = footprint;
  EXPECT_TRUE(to_markdown(make(facts))
                  .starts_with("---\nco2_eq_emissions:\n  emissions: 250\n  source: \"Cairn\"\n"
                               "  geographical_location: \"FR\"\n---\n"));
}

// Only where there is a LaTeX: elsewhere document_test.cc checks the structure.
TEST(Card, ItsLatexCompiles) {
  if (std::system("command -v pdflatex > /dev/null 2>&1") != 0) return;
  char folder[] = "/tmp/cairn-latex-XXXXXX";
  ASSERT_TRUE(mkdtemp(folder));
  std::ofstream(std::string(folder) + "/card.tex") << to_latex(digits());
  const std::string command = fmt::format(
      "cd {} && pdflatex -interaction=nonstopmode -halt-on-error card.tex > log 2>&1", folder);
  EXPECT_EQ(std::system(command.c_str()), 0) << folder;
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cairn::report
