// Looks for sweeps, and writes what is known of them.
#include "cli/found_sweep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>

#include "cli/terminal.h"
#include "cli/text.h"
#include "server/target.h"

namespace cairn::cli {

using model::Value;

namespace {

constexpr std::array<std::string_view, 4> kEnded = {"complete", "stopped", "failed", "lost"};

FoundSweep found(Value sweep) {
  FoundSweep answer{text_at(sweep, "id"), text_at(sweep, "project"), text_at(sweep, "name"), {}};
  answer.sweep = std::move(sweep);
  return answer;
}

}  // namespace

std::string FoundSweep::path() const { return "/sweeps/" + server::percent_encode(id); }

Result<model::List> get_all(DoorClient& client, const std::string& path, const std::string& member,
                            const server::Pairs& params) {
  model::List all;
  std::string cursor;
  do {
    server::Pairs page = params;
    if (!cursor.empty()) page.emplace_back("cursor", cursor);
    TRY(const Value answer, client.get(path, std::move(page)));
    const model::List& items = list_at(answer, member);
    all.insert(all.end(), items.begin(), items.end());
    cursor = text_at(answer, "next_cursor");
  } while (!cursor.empty());
  return all;
}

Result<FoundSweep> find_sweep(DoorClient& client, const std::string& reference) {
  const std::string word = reference.substr(reference.rfind('/') + 1);
  if (word.empty()) return fail(Code::kInvalid, "expected a sweep, found '{}'", reference);
  auto direct = client.get("/sweeps/" + server::percent_encode(word));
  if (direct) return found(std::move(*direct));
  if (direct.error().code() != Code::kNotFound) return tl::unexpected(std::move(direct.error()));
  TRY(const model::List sweeps, get_all(client, "/sweeps", "sweeps"));
  std::vector<const Value*> fitting;
  for (const Value& sweep : sweeps)
    if (text_at(sweep, "name") == word || text_at(sweep, "id").starts_with(word))
      fitting.push_back(&sweep);
  if (fitting.size() == 1) return found(*fitting.front());
  if (fitting.empty())
    return fail(Code::kNotFound, "no sweep '{}'; 'cairn sweep ls' lists them", word);
  std::vector<std::string> ids;
  for (const Value* sweep : fitting) ids.push_back(text_at(*sweep, "id"));
  return fail(Code::kConflict, "expected one sweep, '{}' fits {}: {}", word, ids.size(),
              fmt::join(ids, ", "));
}

std::vector<Goal> goals_of(const Value& sweep) {
  std::vector<Goal> goals;
  for (const Value& objective : list_at(sweep, "objectives"))
    goals.push_back({text_at(objective, "metric"), text_at(objective, "goal") == "maximize"});
  return goals;
}

size_t count_at(const Value& sweep, std::string_view state) {
  const int64_t count = int_at(value_at(sweep, "counts"), state);
  return static_cast<size_t>(std::max<int64_t>(count, 0));
}

size_t count_ended(const Value& sweep) {
  size_t ended = 0;
  for (const std::string_view state : kEnded) ended += count_at(sweep, state);
  return ended;
}

std::optional<size_t> count_wanted(const Value& sweep) {
  const Value& budget = value_at(value_at(sweep, "budget"), "trials");
  const Value& size = value_at(sweep, "size");
  if (!budget.is_number() && !size.is_number()) return std::nullopt;
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const auto reused = static_cast<int64_t>(count_at(sweep, "reused"));  // which no budget counts
  const int64_t allowed = budget.is_number() ? budget.int_or(0) + reused : kMost;
  return static_cast<size_t>(std::min(allowed, size.int_or(kMost)));
}

std::string print_params(const Value& params) {
  std::vector<std::string> parts;
  for_each_leaf(params, [&](const std::string& name, const Value& value) {
    parts.push_back(make_printable(name + " " + print_value(value)));
  });
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string print_result(const Value& trial, const std::vector<Goal>& goals) {
  const model::List& values = list_at(trial, "values");
  std::vector<std::string> parts;
  for (size_t i = 0; i < std::min(values.size(), goals.size()); ++i)
    parts.push_back(fmt::format("{} {}", make_printable(goals[i].metric),
                                print_number(values[i].number_or(0))));
  const std::string state = text_at(trial, "state");
  if (parts.empty()) return state;
  const std::string results = fmt::format("{}", fmt::join(parts, ", "));
  return state == "complete" ? results : fmt::format("{} at {}", state, results);
}

std::string print_progress(const Value& sweep) {
  const auto wanted = count_wanted(sweep);
  return wanted ? fmt::format("{}/{} trials", count_ended(sweep), *wanted)
                : fmt::format("{} trials", count_ended(sweep));
}

std::string print_best(const Value& sweep) {
  const Value& best = value_at(sweep, "best");
  if (!best.as_object()) {
    const size_t front = list_at(sweep, "front").size();
    return front == 0 ? std::string() : fmt::format("{} trials on the front", front);
  }
  const auto goals = goals_of(sweep);
  const model::List& values = list_at(best, "values");
  if (goals.empty() || values.empty()) return {};
  return fmt::format("{} {} (trial {})", make_printable(goals.front().metric),
                     print_number(values.front().number_or(0)), int_at(best, "trial"));
}

std::string print_used(const Value& sweep) {
  const Value& used = value_at(sweep, "used");
  std::vector<std::string> parts;
  if (const Value& seconds = value_at(used, "seconds"); seconds.is_number())
    parts.push_back(print_span(seconds.number_or(0)));
  if (const Value& kwh = value_at(used, "kwh"); kwh.is_number())
    parts.push_back(print_number(kwh.number_or(0)) + " kWh");
  if (const Value& grams = value_at(used, "gco2e"); grams.is_number())
    parts.push_back(print_number(grams.number_or(0)) + " gCO2e");
  if (const Value& money = value_at(used, "money"); money.is_number())
    parts.push_back(print_number(money.number_or(0)) + " of money");
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace cairn::cli
