// Configurations by what they mean: one spelling each, keys by what they do to a run, differences.
//
// A configuration is the value tree of a run with defaults applied and interpolations done. Secrets
// (core/model/secret.h) are neither kept nor hashed: what leaves this file does not depend on them.
// Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/value.h"

namespace cairn::trace {

enum class KeyClass : uint8_t {
  kSemantic,   // decides what is learned; what is not known to be otherwise is this
  kReplicate,  // tells runs of one experiment apart: seeds, folds
  kExecution,  // how it is run: workers, names, places of outputs
  kBudget,     // how long: epochs, steps
  kSecret,     // never looked at
};
std::string_view print_key_class(KeyClass key_class);  // "semantic", "replicate", ...

// Which key is of which class: the house's list, then rules, of which the last that fits wins.
class KeyClasses {
 public:
  // `pattern` is a dotted path or the name of one of its parts, "*" stands for any characters:
  // "optimizer.seed", "num_workers", "log_*". What lies below a key belongs to it.
  void add_rule(std::string pattern, KeyClass key_class);
  KeyClass class_of(std::string_view path) const;

 private:
  std::vector<std::pair<std::string, KeyClass>> x_rules;
};

// A configuration taken apart. Each part is an object that keeps the nesting of its keys.
struct ConfigParts {
  model::Value semantic = model::Object();
  model::Value replicate = model::Object();
  model::Value execution = model::Object();
  model::Value budget = model::Object();
  std::vector<std::string> secrets;  // dotted paths, sorted; their values are nowhere

  const model::Value& part(KeyClass key_class) const;  // any but kSecret
};
ConfigParts split_config(const model::Value& config, const KeyClasses& classes);

// JSON with sorted keys, strings in NFC and numbers by value (3.0 is 3, -0.0 is 0), NaN and
// infinities as Python's tokens. A string that is a path inside `root` is taken relative to it.
// Secrets are replaced first.
std::string canonical_config(const model::Value& config, std::string_view root = {});

// Equal but for the last digits of numbers: a relative difference of 1e-9 is none.
bool is_same_config(const model::Value& a, const model::Value& b);

struct ConfigDifference {
  std::string name;  // dotted path
  KeyClass key_class = KeyClass::kSemantic;
  std::optional<model::Value> before, after;  // nothing: the key is not there
};
// By name; equal within the tolerance is no difference, and secrets have none.
std::vector<ConfigDifference> compare_configs(const model::Value& before, const model::Value& after,
                                              const KeyClasses& classes);

// What a program's argument says when it is read as JSON reads values: a number for "1e-1", a bool
// for "true", null for "null", else the text itself.
model::Value value_of_argument(std::string_view text);

}  // namespace cairn::trace
