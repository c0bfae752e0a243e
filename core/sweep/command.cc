// See command.h.
#include "sweep/command.h"

#include <algorithm>
#include <cmath>

#include "base/nearest.h"
#include "sweep/choice.h"
#include "sweep/fields.h"

namespace cairn::sweep {

using model::Value;

namespace {

constexpr std::string_view kWhole[] = {"${env}",
                                       "${interpreter}",
                                       "${program}",
                                       "${args}",
                                       "${args_no_equals}",
                                       "${args_no_hyphens}",
                                       "${args_json}",
                                       "${args_json_file}",
                                       "${args_no_boolean_flags}",
                                       "${args_append_hydra}",
                                       "${args_override_hydra}"};
constexpr std::string_view kConfigFile = "${args_json_file}";

struct NamedSpelling {
  std::string_view prefix;
  Spelling spelling;
};
constexpr NamedSpelling kParameterMacros[] = {
    {"param:", Spelling::kPython}, {"plain:", Spelling::kPlain}, {"hydra:", Spelling::kHydra}};
constexpr std::string_view kVariableMacro = "envvar:";

// Shortest that reads back, and a float to whoever tells floats from integers.
std::string spell_number(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

// Words that Hydra would take for something else stand in quotes.
std::string quote_for_hydra(const std::string& text) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_./+-%@?|").find(c) != std::string_view::npos;
  });
  std::string low = text;
  for (char& c : low)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const bool is_other =
      low == "true" || low == "false" || low == "null" || to_number(Value(text)).has_value();
  if (is_plain && !is_other && !text.empty()) return text;
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string spell_text(const std::string& text, Spelling spelling, bool is_inner) {
  if (spelling == Spelling::kHydra) return quote_for_hydra(text);
  if (spelling == Spelling::kPlain || !is_inner) return text;
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string spell_value(const Value& value, Spelling spelling, bool is_inner) {
  const bool is_python = spelling == Spelling::kPython;
  if (value.is_null()) return is_python ? "None" : "null";
  if (const bool* flag = value.as_bool())
    return *flag ? (is_python ? "True" : "true") : (is_python ? "False" : "false");
  if (const int64_t* integer = value.as_int()) return fmt::format("{}", *integer);
  if (const double* number = value.as_double()) return spell_number(*number);
  if (const std::string* text = value.as_string()) return spell_text(*text, spelling, is_inner);
  const bool is_bare = spelling == Spelling::kPlain && !is_inner;
  const std::string_view comma = is_python ? ", " : ",";
  std::string all;
  if (const model::List* list = value.as_list()) {
    for (const Value& item : *list) {
      if (&item != list->data()) all += comma;
      all += spell_value(item, spelling, true);
    }
    return is_bare ? all : "[" + all + "]";
  }
  const model::Object& object = *value.as_object();
  for (const auto& member : object) {
    if (&member != object.data()) all += comma;
    const Value key(member.first);
    all += spell_value(key, spelling, true) + (is_bare ? "=" : is_python ? ": " : ":");
    all += spell_value(member.second, spelling, true);
  }
  return is_bare ? all : "{" + all + "}";
}

using Words = std::vector<std::string>;

void add_arguments(std::string_view macro, const CommandValues& values, Words& words) {
  for (const auto& [name, value] : values.config) {
    const std::string plain = name + "=" + spell(value, Spelling::kPython);
    const std::string hydra = name + "=" + spell(value, Spelling::kHydra);
    const bool* flag = macro == "${args_no_boolean_flags}" ? value.as_bool() : nullptr;
    if (flag) {
      if (*flag) words.push_back("--" + name);
    } else if (macro == "${args_no_equals}") {
      words.push_back("--" + name);
      words.push_back(spell(value, Spelling::kPython));
    } else if (macro == "${args_no_hyphens}") {
      words.push_back(plain);
    } else if (macro == "${args_append_hydra}") {
      words.push_back("+" + hydra);
    } else if (macro == "${args_override_hydra}") {
      words.push_back("++" + hydra);
    } else {
      words.push_back("--" + plain);
    }
  }
}

Result<void> add_whole(std::string_view macro, const CommandValues& values, Words& words) {
  if (macro == "${env}") {
    words.emplace_back("/usr/bin/env");
  } else if (macro == "${interpreter}") {
    words.push_back(values.interpreter);
  } else if (macro == "${program}") {
    if (values.program.empty())
      return fail(Code::kInvalid, "expected 'program' in the sweep, which its command asks for");
    words.push_back(values.program);
  } else if (macro == "${args_json}") {
    words.push_back(values.config_json);
  } else if (macro == kConfigFile) {
    words.push_back(values.config_path);
  } else {
    add_arguments(macro, values, words);
  }
  return {};
}

// A word that is all macro and none that there is, though almost.
Result<void> check_spelling(const std::string& word) {
  if (!word.starts_with("${") || word.find('}') != word.size() - 1) return {};
  if (const auto near = nearest_name(word, {std::begin(kWhole), std::end(kWhole)}))
    return fail(Code::kInvalid, "unknown macro {} in the command: did you mean {}?", word, *near);
  return {};
}

// What one macro within a word stands for; the macro itself where it is none of ours. Nothing: its
// parameter is inactive.
Result<std::optional<std::string>> fill_macro(std::string_view macro, const CommandValues& values) {
  const std::string_view inner = macro.substr(2, macro.size() - 3);
  if (inner.starts_with(kVariableMacro)) {
    const std::string_view name = inner.substr(kVariableMacro.size());
    auto found = values.find_variable ? values.find_variable(name) : std::nullopt;
    if (!found)
      return fail(Code::kInvalid, "expected the environment variable '{}' of the command to be set",
                  name);
    return found;
  }
  for (const auto& [prefix, spelling] : kParameterMacros) {
    if (!inner.starts_with(prefix)) continue;
    const std::string_view name = inner.substr(prefix.size());
    for (const auto& [known, value] : values.config)
      if (known == name) return spell(value, spelling);
    return std::nullopt;
  }
  return std::string(macro);
}

Result<std::optional<std::string>> fill_word(std::string_view word, const CommandValues& values) {
  std::string filled;
  while (!word.empty()) {
    const size_t start = std::min(word.find("${"), word.size());
    const size_t end = word.find('}', start);
    filled += word.substr(0, start);
    if (end == std::string_view::npos) {
      filled += word.substr(start);
      break;
    }
    TRY(const auto value, fill_macro(word.substr(start, end + 1 - start), values));
    if (!value) return std::nullopt;
    filled += *value;
    word.remove_prefix(end + 1);
  }
  return filled;
}

void put(model::Object& object, std::string_view name, const Value& value) {
  const size_t dot = name.find('.');
  const std::string_view head = name.substr(0, dot);
  auto found = std::find_if(object.begin(), object.end(),
                            [&](const auto& member) { return member.first == head; });
  const bool is_leaf = dot == std::string_view::npos || dot == 0 || dot + 1 == name.size();
  // A name that is a value as well as a group keeps its dot.
  if (is_leaf || (found != object.end() && !found->second.as_object())) {
    object.emplace_back(name, value);
    return;
  }
  if (found == object.end()) {
    object.emplace_back(head, model::Object());
    found = object.end() - 1;
  }
  put(*found->second.as_object(), name.substr(dot + 1), value);
}

}  // namespace

std::string spell(const Value& value, Spelling spelling) {
  return spell_value(value, spelling, false);
}

std::string print_macro(std::string_view name, Spelling spelling) {
  for (const NamedSpelling& macro : kParameterMacros)
    if (macro.spelling == spelling) return fmt::format("${{{}{}}}", macro.prefix, name);
  return {};
}

Value nested(const Config& config) {
  model::Object object;
  for (const auto& [name, value] : config) put(object, name, value);
  return object;
}

bool has_config_file(std::span<const std::string> command) {
  return std::find(command.begin(), command.end(), kConfigFile) != command.end();
}

Result<Words> fill_command(std::span<const std::string> command, const CommandValues& values) {
  static const Words kUsual{"${env}", "${interpreter}", "${program}", "${args}"};
  if (command.empty()) command = kUsual;
  Words words;
  for (size_t i = 0; i < command.size(); ++i) {
    const std::string& word = command[i];
    if (std::find(std::begin(kWhole), std::end(kWhole), word) != std::end(kWhole)) {
      TRY_VOID(add_whole(word, values, words));
      continue;
    }
    TRY_VOID(check_spelling(word));
    TRY(auto filled, fill_word(word, values));
    if (filled) {
      words.push_back(*std::move(filled));
      continue;
    }
    const bool is_value = i > 0 && word.starts_with("${") && command[i - 1].starts_with('-') &&
                          command[i - 1].find('=') == std::string::npos && !words.empty();
    if (is_value) words.pop_back();
  }
  return words;
}

}  // namespace cairn::sweep
