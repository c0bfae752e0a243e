// Reads YAML by room trace's parser, commands by room sweep's grammar.
#include "cli/sweep_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "base/disk.h"
#include "base/nearest.h"
#include "cli/arguments.h"
#include "query/time_text.h"
#include "sweep/grammar.h"
#include "trace/document.h"

namespace cairn::cli {
namespace {

using model::Object;
using model::Value;
using trace::Node;
using trace::NodeKind;

constexpr size_t kFileBytesMax = 4 << 20;

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int64_t> parse_integer(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A word that versions of YAML take differently.
Value read_word(const std::string& word) {
  static constexpr std::array<std::string_view, 3> kTrue = {"yes", "on", "true"};
  static constexpr std::array<std::string_view, 3> kFalse = {"no", "off", "false"};
  std::string lower = word;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (std::find(kTrue.begin(), kTrue.end(), lower) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), lower) != kFalse.end()) return false;
  const bool has_digit = lower.find_first_of("0123456789") != std::string::npos;
  if (const auto number = parse_number(lower); number && has_digit) return *number;
  return word;
}

Result<Value> to_value(const Node& node);

Result<Value> read_map(const Node& node) {
  Value object = Object();
  for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Node& key = node.children[i];
    if (key.kind == NodeKind::kList || key.kind == NodeKind::kMap)
      return fail(Code::kInvalid, "expected names as keys, found a {}",
                  key.kind == NodeKind::kList ? "list" : "map");
    TRY(Value value, to_value(node.children[i + 1]));
    object.set(key.text, std::move(value));
  }
  return object;
}

Result<Value> to_value(const Node& node) {
  switch (node.kind) {
    case NodeKind::kNull:
      return Value();
    case NodeKind::kBool:
      return Value(node.text == "true");
    case NodeKind::kInteger:
      if (const auto integer = parse_integer(node.text)) return Value(*integer);
      [[fallthrough]];
    case NodeKind::kFloat:
      return Value(parse_number(node.text).value_or(0));
    case NodeKind::kString:
      return Value(node.text);
    case NodeKind::kWord:
      return read_word(node.text);
    case NodeKind::kList: {
      model::List list;
      for (const Node& child : node.children) {
        TRY(Value value, to_value(child));
        list.push_back(std::move(value));
      }
      return Value(std::move(list));
    }
    case NodeKind::kMap:
      return read_map(node);
  }
  return Value();
}

Result<std::string> read_standard_input() {
  std::string text;
  char piece[64 << 10];
  for (size_t n; (n = std::fread(piece, 1, sizeof piece, stdin)) > 0;) {
    text.append(piece, n);
    if (text.size() > kFileBytesMax)
      return fail(Code::kLimit, "expected a sweep file of at most {} bytes", kFileBytesMax);
  }
  return text;
}

// "cairn sweep pasue": a word that is neither a command nor a file.
Error explain_missing(const std::string& path) {
  const std::vector<std::string> commands = command_names("sweep");
  const auto near = nearest_name(path, {commands.begin(), commands.end()});
  return Error(
      Code::kNotFound,
      fmt::format("expected a sweep file, found none{} ({})",
                  near ? fmt::format("; did you mean 'cairn sweep {}'?", *near) : "", path));
}

// The unit behind a number, and the budget it counts for; a number alone counts trials.
struct Unit {
  std::string_view name, member;
  double factor;
};
constexpr auto kUnits = std::to_array<Unit>({{"", "trials", 1},
                                             {"trials", "trials", 1},
                                             {"wh", "kwh", 1e-3},
                                             {"kwh", "kwh", 1},
                                             {"gco2e", "gco2e", 1},
                                             {"kgco2e", "gco2e", 1e3},
                                             {"money", "money", 1}});

Result<void> add_budget(std::string_view text, Value& budget) {
  const size_t digits = std::min(text.find_first_not_of("+0123456789."), text.size());
  std::string unit(text.substr(digits));
  std::transform(unit.begin(), unit.end(), unit.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto number = parse_number(text.substr(0, digits));
  const auto known = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](const Unit& each) { return each.name == unit; });
  if (number && *number > 0 && known != kUnits.end()) {
    const bool is_count = known->member == "trials";
    if (is_count && *number != static_cast<double>(static_cast<int64_t>(*number)))
      return fail(Code::kInvalid, "expected a whole number of trials, found '{}'", text);
    const double amount = *number * known->factor;
    budget.set(known->member, is_count ? Value(static_cast<int64_t>(amount)) : Value(amount));
    return {};
  }
  const auto duration = query::parse_duration(text);
  if (!duration || duration->ns <= 0)
    return fail(Code::kInvalid,
                "expected a budget such as 60 (trials), 2h, 0.5kwh, 200gco2e or 10money, found "
                "'{}'",
                text);
  budget.set("hours", static_cast<double>(duration->ns) / 3.6e12);
  return {};
}

Result<Value> read_swept_command(const std::vector<std::string>& argv) {
  TRY(sweep::SweptCommand swept, sweep::read_command(argv));
  return Object{{"parameters", std::move(swept.parameters)},
                {"command", model::List(swept.command.begin(), swept.command.end())}};
}

}  // namespace

Result<Value> parse_sweep_text(std::string_view text) {
  TRY(const Node documents, trace::parse_yaml(text));
  if (documents.children.size() != 1 || documents.children.front().kind != NodeKind::kMap)
    return fail(
        Code::kInvalid,
        "expected a map such as 'parameters: {{lr: {{min: 0.001, max: 0.1}}}}', found none");
  return to_value(documents.children.front());
}

Result<Value> read_sweep_file(const std::string& path) {
  auto text = path == "-" ? read_standard_input() : read_file(posix_disk(), path, kFileBytesMax);
  if (!text && text.error().code() == Code::kNotFound) return tl::unexpected(explain_missing(path));
  TRY_VOID(text);
  auto document = parse_sweep_text(*text);
  if (!document) return tl::unexpected(std::move(document.error()).in(path));
  return document;
}

Result<Value> parse_budget(std::string_view text) {
  Value budget = Object();
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    TRY_VOID(add_budget(text.substr(at, end - at), budget));
    at = end + 1;
  }
  return budget;
}

Result<void> apply_words(const SweepWords& words, Value& document) {
  if (!words.project.empty()) document.set("project", words.project);
  if (!words.name.empty()) document.set("name", words.name);
  if (!words.method.empty()) document.set("method", words.method);
  if (words.seed) document.set("seed", static_cast<int64_t>(*words.seed));
  if (!words.metric.empty() || !words.goal.empty()) {
    const Value* said = document.find("metric");
    Value metric = said && said->as_object() ? *said : Value(Object());
    if (!words.metric.empty()) metric.set("name", words.metric);
    if (!words.goal.empty()) metric.set("goal", words.goal);
    if (!metric.find("name"))
      return fail(Code::kInvalid, "expected --metric KEY beside --goal, found none");
    document.set("metric", std::move(metric));
    document.erase("metrics");
  }
  if (!words.budget.empty()) {
    auto budget = parse_budget(words.budget);
    if (!budget) return tl::unexpected(std::move(budget.error()).in("--budget"));
    document.set("budget", std::move(*budget));
    document.erase("run_cap");
  }
  return {};
}

Result<Value> read_sweep(const std::string& file, const std::vector<std::string>& argv,
                         const SweepWords& words) {
  TRY(Value document, argv.empty() ? read_sweep_file(file) : read_swept_command(argv));
  TRY_VOID(apply_words(words, document));
  return document;
}

}  // namespace cairn::cli
