// Sentences about matches.
#include "cli/recall_text.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/run_style.h"
#include "cli/text.h"

namespace cairn::cli {
namespace {

using recall::Level;

constexpr size_t kResultsShown = 3;
constexpr size_t kDigestShown = 12;

// The first results of a run's summary, "val_acc 0.9312".
std::string print_results(const model::Value& run) {
  std::string text;
  size_t shown = 0;
  for (const auto& [name, value] : object_at(run, "summary")) {
    if (!value.is_number() || shown == kResultsShown) continue;
    text += fmt::format(", {} {}", make_printable(name), print_value(value));
    ++shown;
  }
  return text;
}

bool is_digest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string print_side(const std::optional<model::Value>& side) {
  if (!side) return "nothing";
  const std::string text = print_value(*side);
  return is_digest(text) ? text.substr(0, kDigestShown) : make_printable(text);
}

Paint paint_of(Level level) {
  if (level <= Level::kEquivalent) return Paint::kGreen;
  return level == Level::kDifferent ? Paint::kDim : Paint::kYellow;
}

model::Value print_difference(const recall::Difference& difference) {
  return model::Object{{"component", difference.component},
                       {"name", difference.name},
                       {"before", difference.before.value_or(model::Value())},
                       {"after", difference.after.value_or(model::Value())}};
}

}  // namespace

std::string describe(const Relative& relative, const Terminal& terminal) {
  const recall::Past& past = relative.past;
  const double age_s = static_cast<double>(wall_now_ns() - past.ended_ns) / 1e9;
  std::string line = fmt::format(
      "{}: {}/{} ({}, {} ago, took {}{})\n",
      terminal.paint(recall::print_level(relative.match.level), paint_of(relative.match.level)),
      past.project, make_printable(past.name), past.run, print_span(age_s),
      print_span(past.duration_s), print_results(relative.run));
  if (!relative.respelled.empty())
    line += fmt::format("  {} {} in spelling only: {}\n", relative.respelled.size(),
                        relative.respelled.size() == 1 ? "file differs" : "files differ",
                        relative.respelled.front());
  return line;
}

std::string describe_differences(const Relative& relative, const Terminal& terminal) {
  std::string lines;
  for (const recall::Difference& difference : relative.match.differences)
    lines += fmt::format("  {} {}: {} -> {}\n", terminal.paint(difference.component, Paint::kDim),
                         make_printable(difference.name), print_side(difference.before),
                         print_side(difference.after));
  return lines;
}

model::Value print_answer(const Relative* best) {
  model::Value answer;
  answer.set("level", best ? recall::print_level(best->match.level) : "none");
  answer.set("run", best ? model::Value(best->past.run) : model::Value());
  model::List differences;
  if (best)
    for (const auto& difference : best->match.differences)
      differences.push_back(print_difference(difference));
  answer.set("differences", std::move(differences));
  answer.set("reason", best ? model::Value(best->match.held_back)
                            : model::Value("no run of this program is known"));
  answer.set("advice", advise(best));
  return answer;
}

model::Value print_expectation(const Expectation& expected) {
  using model::Object;
  using model::Value;
  if (!expected.prediction)
    return Object{{"metric", expected.metric}, {"refusal", expected.refusal}};
  const recall::Prediction& said = *expected.prediction;
  return Object{{"metric", expected.metric},
                {"value", said.value},
                {"low", said.low},
                {"high", said.high},
                {"n", static_cast<int64_t>(said.n)},
                {"noise", said.noise ? Value(*said.noise) : Value()},
                {"p_new_best", said.p_new_best},
                {"p_diverge", said.p_diverge},
                {"covered", static_cast<int64_t>(said.coverage.covered)},
                {"recorded", static_cast<int64_t>(said.coverage.recorded)},
                {"cost_s", said.cost_s ? Value(*said.cost_s) : Value()},
                {"text", expected.print()}};
}

std::string print_quietly(const Relative& relative) {
  constexpr size_t kDifferencesShown = 3;
  if (relative.match.level == Level::kDifferent || !relative.past.has_finished) return {};
  std::string inside;
  const auto& differences = relative.match.differences;
  for (size_t i = 0; i < std::min(differences.size(), kDifferencesShown); ++i)
    inside += fmt::format("{} {} -> {}, ", make_printable(differences[i].name),
                          print_side(differences[i].before), print_side(differences[i].after));
  if (differences.size() > kDifferencesShown)
    inside += fmt::format("{} more differences, ", differences.size() - kDifferencesShown);
  const std::string results = print_results(relative.run);
  inside += results.empty() ? print_span(relative.past.duration_s) : results.substr(2);
  return fmt::format("{} {}/{} ({})",
                     relative.match.level <= Level::kReplicate ? "the same as" : "much like",
                     relative.past.project, make_printable(relative.past.name), inside);
}

std::string advise(const Relative* best) {
  if (!best) return "nothing like it is known: run it";
  const recall::Match& match = best->match;
  const std::string run = best->past.run;
  switch (match.level) {
    case Level::kExact:
    case Level::kEquivalent:
      if (match.held_back.empty()) return fmt::format("use it: 'cairn show {}'", run);
      return fmt::format("not reused by itself: {}", match.held_back);
    case Level::kReplicate:
      return fmt::format("the same with another seed; worth it when the variance is the question");
    case Level::kBudgetCovered:
      return fmt::format("read it off at {} {}: 'cairn show {}'", match.budget_key,
                         match.planned_budget, run);
    case Level::kResumable:
      return fmt::format("resume from run {} at {} {}", run, match.budget_key, match.past_budget);
    case Level::kPrefixShared:
      return fmt::format("go on from run {} at step {}, where {} begins to matter", run,
                         match.past_budget, match.budget_key);
    case Level::kNearEnv:
      return "the same but for versions of packages: run one to see whether they matter";
    case Level::kNear:
      return "run it when so little a difference is the question";
    case Level::kDominated:
      return "do not run it for the best result: by the runs so far it will not be";
    case Level::kDifferent:
      break;
  }
  return "run it";
}

}  // namespace cairn::cli
