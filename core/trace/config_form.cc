// Classes of keys, the canonical text and the comparison of configurations.
#include "trace/config_form.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <map>
#include <memory>

#include "base/utf8.h"
#include "model/secret.h"
#include "trace/text_form.h"

namespace cairn::trace {
namespace {

using model::List;
using model::Object;
using model::Value;
using std::string_view;

constexpr double kTolerance = 1e-9;

struct DefaultClass {
  string_view pattern;
  KeyClass key_class;
};
// The house's list. It errs towards semantic: "out*" would be right for out_dir and wrong for
// out_channels, so what is known to be harmless is named, and the last that fits wins.
constexpr auto kDefaults = std::to_array<DefaultClass>({
    {"seed*", KeyClass::kReplicate},
    {"*_seed", KeyClass::kReplicate},
    {"random_state", KeyClass::kReplicate},
    {"fold", KeyClass::kReplicate},
    {"rep", KeyClass::kReplicate},
    {"replicate", KeyClass::kReplicate},

    {"num_workers", KeyClass::kExecution},
    {"*_num_workers", KeyClass::kExecution},
    {"n_workers", KeyClass::kExecution},
    {"workers", KeyClass::kExecution},
    {"n_jobs", KeyClass::kExecution},
    {"num_proc", KeyClass::kExecution},
    {"num_threads", KeyClass::kExecution},
    {"pin_memory", KeyClass::kExecution},
    {"persistent_workers", KeyClass::kExecution},
    {"prefetch*", KeyClass::kExecution},
    {"log_*", KeyClass::kExecution},
    {"logging*", KeyClass::kExecution},
    {"dir", KeyClass::kExecution},
    {"*_dir", KeyClass::kExecution},
    {"logdir", KeyClass::kExecution},
    {"outdir", KeyClass::kExecution},
    {"workdir", KeyClass::kExecution},
    {"savedir", KeyClass::kExecution},
    {"datadir", KeyClass::kExecution},
    {"out", KeyClass::kExecution},
    {"out_path", KeyClass::kExecution},
    {"out_file", KeyClass::kExecution},
    {"out_folder", KeyClass::kExecution},
    {"outfile", KeyClass::kExecution},
    {"outpath", KeyClass::kExecution},
    {"output", KeyClass::kExecution},
    {"output_path", KeyClass::kExecution},
    {"output_file", KeyClass::kExecution},
    {"output_folder", KeyClass::kExecution},
    {"run_name", KeyClass::kExecution},
    {"run_id", KeyClass::kExecution},
    {"exp_name", KeyClass::kExecution},
    {"experiment_name", KeyClass::kExecution},
    {"tags", KeyClass::kExecution},
    {"device", KeyClass::kExecution},
    {"gpus", KeyClass::kExecution},
    {"verbose", KeyClass::kExecution},
    {"resume", KeyClass::kExecution},
    {"wandb*", KeyClass::kExecution},
    {"mlflow*", KeyClass::kExecution},
    {"tensorboard*", KeyClass::kExecution},

    {"epochs", KeyClass::kBudget},
    {"num_epochs", KeyClass::kBudget},
    {"n_epochs", KeyClass::kBudget},
    {"max_epochs", KeyClass::kBudget},
    {"num_train_epochs", KeyClass::kBudget},
    {"steps", KeyClass::kBudget},
    {"max_steps", KeyClass::kBudget},
    {"train_steps", KeyClass::kBudget},
    {"total_steps", KeyClass::kBudget},
    {"max_iters", KeyClass::kBudget},
    {"iterations", KeyClass::kBudget},
    {"max_time", KeyClass::kBudget},
    {"patience", KeyClass::kBudget},

    // Logarithms and not logs.
    {"log_alpha", KeyClass::kSemantic},
    {"log_base", KeyClass::kSemantic},
    {"log_input", KeyClass::kSemantic},
    {"log_likelihood*", KeyClass::kSemantic},
    {"log_lr", KeyClass::kSemantic},
    {"log_prob*", KeyClass::kSemantic},
    {"log_scale*", KeyClass::kSemantic},
    {"log_sigma*", KeyClass::kSemantic},
    {"log_softmax", KeyClass::kSemantic},
    {"log_space", KeyClass::kSemantic},
    {"log_std*", KeyClass::kSemantic},
    {"log_target", KeyClass::kSemantic},
    {"log_transform*", KeyClass::kSemantic},
    {"log_var*", KeyClass::kSemantic},
});

// Whether `name` is `pattern`, in which "*" stands for any characters. Linear but for the stars.
bool is_match(string_view name, string_view pattern) {
  size_t n = 0, p = 0, star = string_view::npos, retry = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != string_view::npos) {
      p = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string without_dashes(string_view name) {
  std::string plain(name);
  std::replace(plain.begin(), plain.end(), '-', '_');
  return plain;
}

// The last of the list that fits; nothing when none does.
std::optional<KeyClass> default_class_of(string_view part) {
  const std::string name = without_dashes(part);
  for (auto rule = kDefaults.rbegin(); rule != kDefaults.rend(); ++rule)
    if (is_match(name, rule->pattern)) return rule->key_class;
  return std::nullopt;
}

std::string join(string_view path, string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

// --- canonical text ------------------------------------------------------------------------------

std::string to_nfc(string_view text) {
  const std::string valid = to_utf8(text);
  if (std::all_of(valid.begin(), valid.end(), [](char c) { return c >= 0; })) return valid;
  utf8proc_uint8_t* mapped = nullptr;
  const auto bytes =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()),
                   static_cast<utf8proc_ssize_t>(valid.size()), &mapped,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (bytes < 0) return valid;
  return {reinterpret_cast<const char*>(mapped), static_cast<size_t>(bytes)};
}

string_view relative_to(string_view root, string_view text) {
  while (root.ends_with('/')) root.remove_suffix(1);
  if (root.empty() || !text.starts_with(root)) return text;
  if (text.size() == root.size()) return ".";
  return text[root.size()] == '/' ? text.substr(root.size() + 1) : text;
}

void append_number(double number, std::string& out) {
  constexpr double kInt64End = 9223372036854775808.0;  // 2^63
  const auto end = std::back_inserter(out);
  if (std::isnan(number))
    out += "NaN";
  else if (std::isinf(number))
    out += number < 0 ? "-Infinity" : "Infinity";
  else if (number == std::trunc(number) && number >= -kInt64End && number < kInt64End)
    fmt::format_to(end, "{}", static_cast<int64_t>(number));
  else
    fmt::format_to(end, "{}", number);  // the shortest digits that read back
}

// By key in NFC; of repeated keys the last.
std::map<std::string, const Value*, std::less<>> sorted_members(const Object& object) {
  std::map<std::string, const Value*, std::less<>> members;
  for (const auto& [key, member] : object) members[to_nfc(key)] = &member;
  return members;
}

class Printer {
 public:
  explicit Printer(string_view root) : x_root(root) {}

  void append(const Value& value) {
    if (const bool* b = value.as_bool()) {
      x_out += *b ? "true" : "false";
    } else if (const int64_t* i = value.as_int()) {
      fmt::format_to(std::back_inserter(x_out), "{}", *i);
    } else if (const double* d = value.as_double()) {
      append_number(*d, x_out);
    } else if (const std::string* s = value.as_string()) {
      append_quoted(to_nfc(relative_to(x_root, *s)), x_out);
    } else if (const List* list = value.as_list()) {
      append_list(*list);
    } else if (const Object* object = value.as_object()) {
      append_object(*object);
    } else {
      x_out += "null";
    }
  }
  std::string take() { return std::move(x_out); }

 private:
  void append_list(const List& list) {
    x_out += '[';
    for (const Value& item : list) {
      if (&item != &list.front()) x_out += ',';
      append(item);
    }
    x_out += ']';
  }

  void append_object(const Object& object) {
    x_out += '{';
    bool is_first = true;
    for (const auto& [key, member] : sorted_members(object)) {
      if (!std::exchange(is_first, false)) x_out += ',';
      append_quoted(key, x_out);
      x_out += ':';
      append(*member);
    }
    x_out += '}';
  }

  string_view x_root;
  std::string x_out;
};

Value without_secrets(const Value& config) {
  Value safe = config;
  model::redact(safe);
  return safe;
}

// --- taking apart --------------------------------------------------------------------------------

// In the order of their numbers.
constexpr auto kKeptClasses = std::to_array<KeyClass>(
    {KeyClass::kSemantic, KeyClass::kReplicate, KeyClass::kExecution, KeyClass::kBudget});
using KeptObjects = std::array<Object, kKeptClasses.size()>;

class Splitter {
 public:
  explicit Splitter(const KeyClasses& classes) : x_classes(classes) {}

  // `safe` is `object` with its secrets replaced. One object per class, as nested as `object`.
  KeptObjects split(const Object& object, const Object& safe, const std::string& path) {
    KeptObjects kept;
    for (size_t i = 0; i < object.size(); ++i) {
      const auto& [key, value] = object[i];
      const std::string name = join(path, key);
      const Object* inner = value.as_object();
      if (!inner || inner->empty()) {
        put(name, key, value, safe[i].second, kept);
        continue;
      }
      KeptObjects below = split(*inner, *safe[i].second.as_object(), name);
      for (size_t k = 0; k < kept.size(); ++k)
        if (!below[k].empty()) kept[k].emplace_back(key, std::move(below[k]));
    }
    return kept;
  }

  std::vector<std::string> take_secrets() {
    std::sort(x_secrets.begin(), x_secrets.end());
    return std::move(x_secrets);
  }

 private:
  void put(const std::string& name, const std::string& key, const Value& value, const Value& safe,
           KeptObjects& kept) {
    const KeyClass key_class = x_classes.class_of(name);
    if (key_class == KeyClass::kSecret || is_hidden(name, value, safe))
      x_secrets.push_back(name);
    else
      kept[static_cast<size_t>(key_class)].emplace_back(key, safe);
  }

  // A secret that is not set is none to be replaced, but setting it must not matter.
  static bool is_hidden(const std::string& name, const Value& value, const Value& safe) {
    if (value.is_null() || (value.as_string() && value.as_string()->empty()))
      return model::is_secret_name(name);
    return safe.string_or("") == model::kRedacted;
  }

  const KeyClasses& x_classes;
  std::vector<std::string> x_secrets;
};

// --- comparison ----------------------------------------------------------------------------------

bool is_same_number(const Value& a, const Value& b) {
  if (a.as_int() && b.as_int()) return *a.as_int() == *b.as_int();
  const double x = a.number_or(0), y = b.number_or(0);
  if (std::isnan(x) || std::isnan(y)) return std::isnan(x) && std::isnan(y);
  if (x == y) return true;
  if (std::isinf(x) || std::isinf(y)) return false;
  return std::abs(x - y) <= kTolerance * std::max(std::abs(x), std::abs(y));
}

bool is_same(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return is_same_number(a, b);
  if (const List* x = a.as_list(), *y = b.as_list(); x && y)
    return std::equal(x->begin(), x->end(), y->begin(), y->end(), is_same);
  if (const Object* x = a.as_object(), *y = b.as_object(); x && y) {
    const auto mine = sorted_members(*x), others = sorted_members(*y);
    return std::equal(mine.begin(), mine.end(), others.begin(), others.end(),
                      [](const auto& m, const auto& o) {
                        return m.first == o.first && is_same(*m.second, *o.second);
                      });
  }
  if (a.as_string() && b.as_string()) return to_nfc(*a.as_string()) == to_nfc(*b.as_string());
  return a == b;
}

using Leaves = std::map<std::string, std::pair<KeyClass, Value>, std::less<>>;

Leaves list_leaves(const Value& config, const KeyClasses& classes) {
  Leaves leaves;
  const ConfigParts parts = split_config(config, classes);
  for (const KeyClass key_class : kKeptClasses) {
    model::for_each_leaf(parts.part(key_class), [&](const std::string& path, const Value& leaf) {
      if (!path.empty()) leaves[path] = {key_class, leaf};
    });
  }
  return leaves;
}

}  // namespace

std::string_view print_key_class(KeyClass key_class) {
  constexpr auto kNames =
      std::to_array<string_view>({"semantic", "replicate", "execution", "budget", "secret"});
  return kNames[static_cast<size_t>(key_class)];
}

void KeyClasses::add_rule(std::string pattern, KeyClass key_class) {
  x_rules.emplace_back(std::move(pattern), key_class);
}

KeyClass KeyClasses::class_of(string_view path) const {
  // A rule fits a key by its path or a name on it, or by the path of what it lies in.
  const auto fits = [&](string_view pattern) {
    for (size_t start = 0; start <= path.size();) {
      const size_t end = std::min(path.find('.', start), path.size());
      if (is_match(path.substr(0, end), pattern) ||
          is_match(path.substr(start, end - start), pattern))
        return true;
      start = end + 1;
    }
    return false;
  };
  for (auto rule = x_rules.rbegin(); rule != x_rules.rend(); ++rule)
    if (fits(rule->first)) return rule->second;
  // The nearest name that the list knows: "wandb.project" is as "wandb" is.
  for (string_view rest = path;;) {
    const size_t dot = rest.rfind('.');
    const string_view part = dot == string_view::npos ? rest : rest.substr(dot + 1);
    if (const auto found = default_class_of(part)) return *found;
    if (dot == string_view::npos) return KeyClass::kSemantic;
    rest = rest.substr(0, dot);
  }
}

const Value& ConfigParts::part(KeyClass key_class) const {
  switch (key_class) {
    case KeyClass::kReplicate:
      return replicate;
    case KeyClass::kExecution:
      return execution;
    case KeyClass::kBudget:
      return budget;
    default:
      return semantic;
  }
}

ConfigParts split_config(const Value& config, const KeyClasses& classes) {
  ConfigParts parts;
  const Value safe = without_secrets(config);
  const Object* object = config.as_object();
  if (!object) return parts;
  Splitter splitter(classes);
  auto [semantic, replicate, execution, budget] = splitter.split(*object, *safe.as_object(), "");
  parts.semantic = std::move(semantic);
  parts.replicate = std::move(replicate);
  parts.execution = std::move(execution);
  parts.budget = std::move(budget);
  parts.secrets = splitter.take_secrets();
  return parts;
}

std::string canonical_config(const Value& config, string_view root) {
  Printer printer(root);
  printer.append(without_secrets(config));
  return printer.take();
}

bool is_same_config(const Value& a, const Value& b) {
  return is_same(without_secrets(a), without_secrets(b));
}

std::vector<ConfigDifference> compare_configs(const Value& before, const Value& after,
                                              const KeyClasses& classes) {
  const Leaves old_leaves = list_leaves(before, classes);
  Leaves new_leaves = list_leaves(after, classes);
  std::vector<ConfigDifference> differences;
  for (const auto& [name, leaf] : old_leaves) {
    const auto found = new_leaves.find(name);
    if (found == new_leaves.end()) {
      differences.push_back({name, leaf.first, leaf.second, std::nullopt});
      continue;
    }
    if (!is_same(leaf.second, found->second.second))
      differences.push_back({name, leaf.first, leaf.second, found->second.second});
    new_leaves.erase(found);
  }
  for (const auto& [name, leaf] : new_leaves)
    differences.push_back({name, leaf.first, std::nullopt, leaf.second});
  std::sort(differences.begin(), differences.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return differences;
}

Value value_of_argument(string_view text) {
  if (text == "true" || text == "True") return true;
  if (text == "false" || text == "False") return false;
  if (text == "null" || text == "None") return nullptr;
  const string_view digits = text.substr(text.starts_with('+') || text.starts_with('-') ? 1 : 0);
  // "007" is a name rather than a number.
  const bool has_zeros =
      digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
  const bool looks_numeric = !digits.empty() && ((digits[0] >= '0' && digits[0] <= '9') ||
                                                 (digits[0] == '.' && digits.size() > 1));
  if (!looks_numeric || has_zeros) return text;
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* end = text.data() + text.size();
  int64_t integer = 0;
  if (const auto read = std::from_chars(text.data(), end, integer);
      read.ptr == end && read.ec == std::errc{})
    return integer;
  double number = 0;
  if (const auto read = std::from_chars(text.data(), end, number);
      read.ptr == end && read.ec == std::errc{})
    return number;
  return text;
}

}  // namespace cairn::trace
