// See search_text.h.
#include "cli/search_text.h"

#include <fmt/format.h>

#include "cli/door_client.h"
#include "cli/text.h"

namespace cairn::cli {

using model::Value;

namespace {

constexpr size_t kSearchesShown = 5;

std::string print_runs(int64_t runs) { return fmt::format("{} run{}", runs, runs == 1 ? "" : "s"); }

}  // namespace

std::string print_search_title(const Value& answer, const Terminal& terminal) {
  const std::string sweep = make_printable(text_at(answer, "search"));
  std::string out = terminal.paint(make_printable(text_at(answer, "project")), Paint::kBold) +
                    fmt::format("  {}, {}, {} is better, {}",
                                sweep.empty() ? "runs of no sweep" : "sweep " + sweep,
                                make_printable(text_at(answer, "metric")),
                                text_at(answer, "goal") == "maximize" ? "more" : "less",
                                print_runs(int_at(answer, "runs")));
  if (const int64_t without = int_at(answer, "without_curve"); without > 0)
    out += fmt::format(" and {} without a curve", without);
  return out + "\n";
}

std::string print_other_searches(const Value& answer) {
  const model::List& searches = list_at(answer, "searches");
  std::string out;
  size_t others = 0;
  for (const Value& search : searches) {
    const std::string sweep = text_at(search, "sweep");
    if (sweep == text_at(answer, "search")) continue;
    if (++others > kSearchesShown) continue;
    out += fmt::format("{}{} ({})", out.empty() ? "" : ", ",
                       sweep.empty() ? "runs of no sweep" : "--sweep " + make_printable(sweep),
                       print_runs(int_at(search, "runs")));
  }
  if (others == 0) return "";
  if (others > kSearchesShown) out += fmt::format(" and {} more", others - kSearchesShown);
  return "Not in it: " + out + "\n";
}

}  // namespace cairn::cli
