// See budget_schema.h.
#include "sweep/budget_schema.h"

#include <cmath>
#include <string_view>

namespace cairn::sweep {

using model::Value;

namespace {

constexpr std::string_view kKeys[] = {"trials", "hours", "kwh", "gco2e", "money", "cost"};

using Amount = std::optional<double> Budget::*;
struct Unit {
  std::string_view name;
  Amount amount;  // null: trials
  double size;
};
constexpr Unit kUnits[] = {{"trials", nullptr, 1},
                           {"trial", nullptr, 1},
                           {"runs", nullptr, 1},
                           {"h", &Budget::hours, 1},
                           {"hours", &Budget::hours, 1},
                           {"hour", &Budget::hours, 1},
                           {"d", &Budget::hours, 24},
                           {"days", &Budget::hours, 24},
                           {"day", &Budget::hours, 24},
                           {"min", &Budget::hours, 1.0 / 60},
                           {"m", &Budget::hours, 1.0 / 60},
                           {"s", &Budget::hours, 1.0 / 3600},
                           {"kwh", &Budget::kwh, 1},
                           {"wh", &Budget::kwh, 1e-3},
                           {"gco2e", &Budget::gco2e, 1},
                           {"g", &Budget::gco2e, 1},
                           {"kgco2e", &Budget::gco2e, 1e3},
                           {"kg", &Budget::gco2e, 1e3},
                           {"money", &Budget::money, 1}};

constexpr std::string_view kExpected =
    "a number of trials, a text like '2h', '0.5kwh', '200g' or '10 money', or a map with trials, "
    "hours, kwh, gco2e or money";

Result<Budget> read_amount(Fields& fields, std::string_view text) {
  const size_t end = text.find_first_not_of("0123456789.");
  const std::string_view number = text.substr(0, end);
  std::string unit;
  for (const char c : end == std::string_view::npos ? "" : text.substr(end))
    if (c != ' ') unit += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto amount = to_number(Value(number));
  if (!amount || !(*amount > 0)) return fields.refuse("budget", kExpected);
  if (unit.empty()) unit = "trials";
  for (const Unit& known : kUnits) {
    if (known.name != unit) continue;
    Budget budget;
    if (known.amount) {
      budget.*known.amount = *amount * known.size;
      return budget;
    }
    const auto trials = to_integer(Value(*amount));
    if (!trials) break;
    budget.trials = static_cast<uint64_t>(*trials);
    return budget;
  }
  return fields.refuse("budget", kExpected);
}

Result<Budget> read_amounts(Fields own) {
  Budget budget;
  TRY(budget.trials, own.count("trials", 1));
  TRY(budget.hours, own.number_above("hours", 0));
  TRY(budget.kwh, own.number_above("kwh", 0));
  TRY(budget.gco2e, own.number_above("gco2e", 0));
  TRY(budget.money, own.number_above(own.has("money") ? "money" : "cost", 0));
  own.warn_of_unused(" beside 'money'");
  return budget;
}

}  // namespace

Result<Budget> read_budget(Fields& fields, Warnings& warnings) {
  Budget budget;
  const Value* document = fields.find("budget");
  if (document && document->as_string()) {
    TRY(budget, read_amount(fields, *document->as_string()));
  } else if (document && document->as_object()) {
    TRY(Fields own, Fields::of(*document, "'budget'", kKeys, warnings));
    TRY(budget, read_amounts(std::move(own)));
    // An end that is not understood would be no end.
    if (budget.is_empty() && !document->as_object()->empty())
      return fields.refuse("budget", kExpected);
  } else if (document && !document->is_null()) {
    const auto trials = to_integer(*document);
    if (!trials || *trials < 1) return fields.refuse("budget", kExpected);
    budget.trials = static_cast<uint64_t>(*trials);
  }
  TRY(const auto cap, fields.count("run_cap", 1));
  if (cap && budget.trials && *cap != *budget.trials)
    warnings.push_back(fmt::format("'run_cap' of {} counts, not 'trials' of {} in 'budget'", *cap,
                                   *budget.trials));
  if (cap) budget.trials = cap;
  return budget;
}

void print_budget(const Budget& budget, Value& document) {
  Value amounts;
  if (budget.trials) amounts.set("trials", static_cast<int64_t>(*budget.trials));
  if (budget.hours) amounts.set("hours", *budget.hours);
  if (budget.kwh) amounts.set("kwh", *budget.kwh);
  if (budget.gco2e) amounts.set("gco2e", *budget.gco2e);
  if (budget.money) amounts.set("money", *budget.money);
  if (!amounts.is_null()) document.set("budget", std::move(amounts));
}

}  // namespace cairn::sweep
