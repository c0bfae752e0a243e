// cairn stats: what recall has saved, why other runs were made, and whether it can be believed.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/clock.h"
#include "cli/audit.h"
#include "cli/commands.h"
#include "cli/run_style.h"
#include "cli/text.h"
#include "wire/json.h"

namespace cairn::cli {
namespace {

using model::Object;
using model::Value;

constexpr const char* kRunsPerPage = "1000";
constexpr double kConfidence = 0.95;

// A sum of which some parts are not known: "unknown" is not 0.
struct Total {
  double sum = 0;
  int64_t known = 0, unknown = 0;

  void add(const Value& part, int64_t times = 1) {
    if (!part.is_number()) return static_cast<void>(unknown += times);
    sum += part.number_or(0) * static_cast<double>(times);
    known += times;
  }
  Value to_json() const {
    return Object{
        {"sum", known > 0 ? Value(sum) : Value()}, {"known", known}, {"unknown", unknown}};
  }
};

struct Stats {
  std::map<std::string, int64_t> hits;      // by level
  std::map<std::string, int64_t> misses;    // by reason
  std::map<std::string, int64_t> unsealed;  // by reason
  int64_t would_hit = 0, untraced = 0;
  int64_t audits = 0, failed_audits = 0;
  std::map<std::string, int64_t> reuses;  // by "project/run" that was reused
  Total saved_s, saved_kwh, saved_money, would_save_s;
};

// "config: lr" is a miss by configuration; what follows the colon would make every miss its own.
std::string kind_of(const std::string& reason) { return reason.substr(0, reason.find(':')); }

// The columns that are asked for, in this order.
enum Column : size_t {
  kKey,
  kSource,
  kLevel,
  kSavedS,
  kUnsealed,
  kReason,
  kWouldReuse,
  kTags,
  kDuration
};
constexpr const char* kColumns =
    "meta.recall.P,meta.recall.source,meta.recall.level,meta.recall.saved_s,meta.recall.unsealed,"
    "meta.recall.decision.reason,meta.recall.decision.would_reuse,tags,duration";

bool has_tag(const Value& tags, std::string_view wanted) {
  const model::List* list = tags.as_list();
  return list && std::any_of(list->begin(), list->end(),
                             [&](const Value& tag) { return tag.string_or("") == wanted; });
}

void count(const model::List& cells, Stats& stats) {
  const auto text = [&](Column column) { return std::string(cells[column].string_or("")); };
  if (!text(kSource).empty()) {
    ++stats.hits[text(kLevel)];
    ++stats.reuses[text(kSource)];
    stats.saved_s.add(cells[kSavedS]);
    return;
  }
  if (text(kKey).empty()) return static_cast<void>(++stats.untraced);
  if (!text(kUnsealed).empty()) ++stats.unsealed[kind_of(text(kUnsealed))];
  if (!text(kWouldReuse).empty()) {
    ++stats.would_hit;
    stats.would_save_s.add(cells[kDuration]);
  } else if (!text(kReason).empty()) {
    ++stats.misses[kind_of(text(kReason))];
  }
  if (has_tag(cells[kTags], kAuditTag)) ++stats.audits;
  if (has_tag(cells[kTags], kFailedAuditTag)) ++stats.failed_audits;
}

// The most that is still likely: of n audits none failed. (1 - p)^n = 0.05.
double false_share_at_most(int64_t audits) {
  return 1 - std::pow(1 - kConfidence, 1 / static_cast<double>(audits));
}

Value print_counts(const std::map<std::string, int64_t>& counts) {
  Object object;
  for (const auto& [name, number] : counts) object.emplace_back(name, number);
  return object;
}

Value to_json(const Stats& stats) {
  const bool has_bound = stats.audits > 0 && stats.failed_audits == 0;
  return Object{
      {"hits", print_counts(stats.hits)},
      {"misses", print_counts(stats.misses)},
      {"unsealed", print_counts(stats.unsealed)},
      {"untraced", stats.untraced},
      {"would_hit", stats.would_hit},
      {"saved_s", stats.saved_s.to_json()},
      {"saved_kwh", stats.saved_kwh.to_json()},
      {"saved_money", stats.saved_money.to_json()},
      {"would_save_s", stats.would_save_s.to_json()},
      {"audits", Object{{"made", stats.audits},
                        {"failed", stats.failed_audits},
                        {"false_share_max",
                         has_bound ? Value(false_share_at_most(stats.audits)) : Value()}}}};
}

int64_t sum_of(const std::map<std::string, int64_t>& counts) {
  int64_t sum = 0;
  for (const auto& [name, number] : counts) sum += number;
  return sum;
}

void print_group(const char* title, const std::map<std::string, int64_t>& counts,
                 const Terminal& terminal) {
  terminal.print(fmt::format("{:<14}{}\n", title, sum_of(counts)));
  std::vector<std::pair<std::string, int64_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [name, number] : sorted)
    terminal.print(
        fmt::format("  {:>8}  {}\n", number, terminal.paint(make_printable(name), Paint::kDim)));
}

std::string print_total(const Total& total, const char* unit) {
  if (total.known == 0) return "unknown";
  const std::string rest =
      total.unknown == 0 ? "" : fmt::format(" (and {} runs of which it is unknown)", total.unknown);
  return fmt::format("{:.3g} {}{}", total.sum, unit, rest);
}

void print_text(const Stats& stats, const Terminal& terminal) {
  print_group("reused", stats.hits, terminal);
  if (sum_of(stats.hits) > 0)
    terminal.print(fmt::format("{:<14}{}; energy {}; money {}\n", "saved",
                               print_span(stats.saved_s.sum), print_total(stats.saved_kwh, "kWh"),
                               print_total(stats.saved_money, "")));
  if (stats.would_hit > 0)
    terminal.print(fmt::format("{:<14}{} runs were made that --reuse auto would have saved: {}\n",
                               "would reuse", stats.would_hit, print_span(stats.would_save_s.sum)));
  print_group("run, because", stats.misses, terminal);
  print_group("not sealed", stats.unsealed, terminal);
  const std::string bound = stats.audits > 0 && stats.failed_audits == 0
                                ? fmt::format(": fewer than {:.2g} % of hits are false (95 %)",
                                              100 * false_share_at_most(stats.audits))
                                : std::string();
  terminal.print(fmt::format("{:<14}{} of hits, {} found another result{}\n", "audits",
                             stats.audits, stats.failed_audits, bound));
}

Result<void> read_project(DoorClient& client, const std::string& project, double since_s,
                          Stats& stats) {
  std::string cursor;
  do {
    server::Pairs params = {{"sort", "-created"}, {"limit", kRunsPerPage}, {"columns", kColumns}};
    if (since_s > 0)
      params.emplace_back(
          "filter",
          fmt::format("created > {}", wall_now_ns() - static_cast<int64_t>(since_s * 1e9)));
    if (!cursor.empty()) params.emplace_back("cursor", cursor);
    TRY(const Value answer, client.get(project_path(project) + "/runs", params));
    for (const Value& run : list_at(answer, "runs")) count(list_at(run, "cells"), stats);
    cursor = text_at(answer, "next_cursor");
  } while (!cursor.empty());
  return {};
}

// What every reuse did not use again is what the reused run had used.
void price_reuses(DoorClient& client, Stats& stats) {
  for (const auto& [source, times] : stats.reuses) {
    const size_t slash = source.rfind('/');
    const auto run = client.get(project_path(source.substr(0, slash)) + "/runs/" +
                                source.substr(std::min(slash, source.size() - 1) + 1));
    const Value* const cost = run ? model::find_path(*run, "summary.footprint") : nullptr;
    stats.saved_kwh.add(cost ? value_at(*cost, "kwh") : Value(), times);
    stats.saved_money.add(cost ? value_at(*cost, "money") : Value(), times);
  }
}

}  // namespace

Result<int> execute(const ShowStats& command, const Desk& desk) {
  Stats stats;
  TRY(const Value answer, desk.client.get("/projects"));
  for (const Value& project : list_at(answer, "projects"))
    if (command.project.empty() || text_at(project, "name") == command.project)
      TRY_VOID(read_project(desk.client, text_at(project, "name"), command.since_s, stats));
  price_reuses(desk.client, stats);
  if (command.as_json)
    desk.terminal.print(wire::print_json(to_json(stats)) + "\n");
  else
    print_text(stats, desk.terminal);
  return kExitOk;
}

}  // namespace cairn::cli
