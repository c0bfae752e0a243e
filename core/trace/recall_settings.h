// RecallSettings: the [recall] table of a cairn.toml, and how the layers of settings lie on each
// other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "trace/config_form.h"

namespace cairn::trace {

enum class Reuse : uint8_t { kNever, kCheck, kAsk, kAuto };
enum class Accept : uint8_t { kExact, kEquivalent, kNearEnv };  // the lowest level that is reused

std::string_view print_reuse(Reuse reuse);
std::string_view print_accept(Accept accept);
std::optional<Reuse> parse_reuse(std::string_view text);
std::optional<Accept> parse_accept(std::string_view text);
// "90d", "12h", "30m", "45s", "2w": nanoseconds. Nothing for other text and for no time at all.
std::optional<int64_t> parse_age(std::string_view text);

struct KeyRule {
  std::string pattern;  // see KeyClasses::add_rule
  KeyClass key_class = KeyClass::kSemantic;

  friend bool operator==(const KeyRule&, const KeyRule&) = default;
};

struct TakesEffect {
  std::string name;  // dotted path
  double step = 0;

  friend bool operator==(const TakesEffect&, const TakesEffect&) = default;
};

// What one layer says; what it leaves open, the layer below decides.
struct RecallSettings {
  std::optional<Reuse> reuse;
  std::optional<Accept> accept;
  std::optional<double> audit_share;     // of automatic hits that are run again, 0 to 1
  std::optional<int64_t> max_age_ns;     // older results are not reused
  std::vector<KeyRule> rules;            // in their order; those of upper layers stand behind
  std::vector<std::string> prefix_safe;  // budget keys said to change nothing before their end
  std::vector<TakesEffect> schedule;     // keys that change nothing before a step
  std::optional<std::string> metric;     // what runs are judged by, for predictions
  std::optional<bool> is_maximized;      // nothing: not known
  std::optional<bool> hard_links;        // outputs are links to the store, and read-only

  void add_rules_to(KeyClasses& classes) const;
};

// Invalid, with the key, for what is no TOML and for any key or value of [recall] that is not
// known: a misspelt rule must not be a rule that is silently not there. No table: no settings.
Result<RecallSettings> parse_recall_settings(std::string_view toml);

// `upper` where it says something, else `lower`.
RecallSettings layer(RecallSettings upper, RecallSettings lower);

}  // namespace cairn::trace
