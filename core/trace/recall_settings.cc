// Reading [recall]; unknown words are errors.
#include "trace/recall_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <limits>
#include <utility>

#include "base/clock.h"
#include "trace/document.h"

namespace cairn::trace {
namespace {

using std::string_view;

constexpr auto kReuses = std::to_array<string_view>({"never", "check", "ask", "auto"});
constexpr auto kAccepts = std::to_array<string_view>({"exact", "equivalent", "near-env"});

template <typename Enum, size_t n>
std::optional<Enum> parse_word(const std::array<string_view, n>& words, string_view text) {
  const auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end()) return std::nullopt;
  return static_cast<Enum>(found - words.begin());
}

std::optional<double> number_of(const Node& node) {
  double number = 0;
  if (node.kind != NodeKind::kInteger && node.kind != NodeKind::kFloat) return std::nullopt;
  const auto read = std::from_chars(node.text.data(), node.text.data() + node.text.size(), number);
  if (read.ec != std::errc{}) return std::nullopt;
  return number;
}

// Reads one table; every refusal names the key.
class TableReader {
 public:
  Result<RecallSettings> read(const Node& table) {
    for (size_t i = 0; i + 1 < table.children.size(); i += 2) {
      x_key = table.children[i].text;
      TRY_VOID(read_member(table.children[i + 1]));
    }
    return std::move(x_settings);
  }

 private:
  Result<void> read_member(const Node& value) {
    if (x_key == "reuse") return read_word(value, kReuses, x_settings.reuse);
    if (x_key == "accept") return read_word(value, kAccepts, x_settings.accept);
    if (x_key == "ignore") return read_patterns(value, KeyClass::kExecution);
    if (x_key == "replicate") return read_patterns(value, KeyClass::kReplicate);
    if (x_key == "semantic") return read_patterns(value, KeyClass::kSemantic);
    if (x_key == "secret") return read_patterns(value, KeyClass::kSecret);
    if (x_key == "budget") return read_budget(value);
    if (x_key == "audit_share") return read_share(value);
    if (x_key == "max_age") return read_age(value);
    if (x_key == "schedule") return read_schedule(value);
    if (x_key == "metric") return read_metric(value);
    if (x_key == "goal") return read_goal(value);
    if (x_key == "hard_links") return read_hard_links(value);
    return fail(Code::kInvalid,
                "expected reuse, accept, ignore, replicate, semantic, secret, budget, "
                "audit_share, max_age, schedule, metric, goal or hard_links in [recall], found {}",
                x_key);
  }

  tl::unexpected<Error> refuse(string_view expected) const {
    return fail(Code::kInvalid, "expected {} for {} in [recall]", expected, x_key);
  }

  template <typename Enum, size_t n>
  Result<void> read_word(const Node& value, const std::array<string_view, n>& words,
                         std::optional<Enum>& out) const {
    if (value.kind == NodeKind::kString) out = parse_word<Enum>(words, value.text);
    if (!out) return refuse(fmt::format("one of {}", fmt::join(words, ", ")));
    return {};
  }

  Result<void> read_patterns(const Node& value, KeyClass key_class) {
    if (value.kind != NodeKind::kList) return refuse("a list of keys");
    for (const Node& item : value.children) {
      if (item.kind != NodeKind::kString || item.text.empty()) return refuse("a list of keys");
      x_settings.rules.push_back({item.text, key_class});
    }
    return {};
  }

  // budget = ["epochs"], or budget = {epochs = "prefix", max_time = "end"}.
  Result<void> read_budget(const Node& value) {
    if (value.kind == NodeKind::kList) return read_patterns(value, KeyClass::kBudget);
    constexpr string_view kExpected = "a list of keys, or a table of \"prefix\" and \"end\"";
    if (value.kind != NodeKind::kMap) return refuse(kExpected);
    for (size_t i = 0; i + 1 < value.children.size(); i += 2) {
      const Node& how = value.children[i + 1];
      if (how.kind != NodeKind::kString || (how.text != "prefix" && how.text != "end"))
        return refuse(kExpected);
      x_settings.rules.push_back({value.children[i].text, KeyClass::kBudget});
      if (how.text == "prefix") x_settings.prefix_safe.push_back(value.children[i].text);
    }
    return {};
  }

  Result<void> read_share(const Node& value) {
    const auto share = number_of(value);
    if (!share || !(*share >= 0 && *share <= 1)) return refuse("a share from 0 to 1");
    x_settings.audit_share = *share;
    return {};
  }

  Result<void> read_age(const Node& value) {
    if (value.kind == NodeKind::kString) x_settings.max_age_ns = parse_age(value.text);
    if (!x_settings.max_age_ns) return refuse("an age such as \"90d\", \"12h\" or \"30m\"");
    return {};
  }

  // schedule = {lr_after_drop = 30}: a step each.
  Result<void> read_schedule(const Node& value) {
    constexpr string_view kExpected = "a table of keys and the steps from which they matter";
    if (value.kind != NodeKind::kMap) return refuse(kExpected);
    for (size_t i = 0; i + 1 < value.children.size(); i += 2) {
      const auto step = number_of(value.children[i + 1]);
      if (!step || !(*step > 0)) return refuse(kExpected);
      x_settings.schedule.push_back({value.children[i].text, *step});
    }
    return {};
  }

  Result<void> read_metric(const Node& value) {
    if (value.kind != NodeKind::kString || value.text.empty()) return refuse("a metric's name");
    x_settings.metric = value.text;
    return {};
  }

  Result<void> read_goal(const Node& value) {
    const bool is_text = value.kind == NodeKind::kString;
    if (!is_text || (value.text != "maximize" && value.text != "minimize"))
      return refuse("\"maximize\" or \"minimize\"");
    x_settings.is_maximized = value.text == "maximize";
    return {};
  }

  Result<void> read_hard_links(const Node& value) {
    if (value.kind != NodeKind::kBool) return refuse("true or false");
    x_settings.hard_links = value.text == "true";
    return {};
  }

  RecallSettings x_settings;
  string_view x_key;
};

}  // namespace

string_view print_reuse(Reuse reuse) { return kReuses[static_cast<size_t>(reuse)]; }
string_view print_accept(Accept accept) { return kAccepts[static_cast<size_t>(accept)]; }

std::optional<Reuse> parse_reuse(string_view text) { return parse_word<Reuse>(kReuses, text); }
std::optional<Accept> parse_accept(string_view text) { return parse_word<Accept>(kAccepts, text); }

std::optional<int64_t> parse_age(string_view text) {
  constexpr string_view kUnits = "smhdw";
  constexpr auto kSeconds = std::to_array<int64_t>({1, 60, 3600, 24 * 3600, 7 * 24 * 3600});
  if (text.empty()) return std::nullopt;
  const size_t unit = kUnits.find(text.back());
  text.remove_suffix(1);
  int64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (unit == string_view::npos || text.empty() || read.ptr != text.data() + text.size() ||
      read.ec != std::errc{} || count <= 0)
    return std::nullopt;
  const int64_t unit_ns = kSeconds[unit] * kNsPerSecond;
  if (count > std::numeric_limits<int64_t>::max() / unit_ns) return std::nullopt;
  return count * unit_ns;
}

void RecallSettings::add_rules_to(KeyClasses& classes) const {
  for (const KeyRule& rule : rules) classes.add_rule(rule.pattern, rule.key_class);
}

Result<RecallSettings> parse_recall_settings(string_view toml) {
  TRY(const Node document, parse_toml(toml));
  const Node* table = document.find("recall");
  if (!table) return RecallSettings();
  if (table->kind != NodeKind::kMap)
    return fail(Code::kInvalid, "expected a table [recall], found a value called recall");
  return TableReader().read(*table);
}

RecallSettings layer(RecallSettings upper, RecallSettings lower) {
  const auto fill = [](auto& mine, const auto& below) {
    if (!mine) mine = below;
  };
  fill(upper.reuse, lower.reuse);
  fill(upper.accept, lower.accept);
  fill(upper.audit_share, lower.audit_share);
  fill(upper.max_age_ns, lower.max_age_ns);
  fill(upper.metric, lower.metric);
  fill(upper.is_maximized, lower.is_maximized);
  fill(upper.hard_links, lower.hard_links);
  lower.rules.insert(lower.rules.end(), std::make_move_iterator(upper.rules.begin()),
                     std::make_move_iterator(upper.rules.end()));
  upper.rules = std::move(lower.rules);
  upper.prefix_safe.insert(upper.prefix_safe.end(),
                           std::make_move_iterator(lower.prefix_safe.begin()),
                           std::make_move_iterator(lower.prefix_safe.end()));
  upper.schedule.insert(upper.schedule.end(), std::make_move_iterator(lower.schedule.begin()),
                        std::make_move_iterator(lower.schedule.end()));
  return upper;
}

}  // namespace cairn::trace
