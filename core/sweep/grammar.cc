// See grammar.h.
#include "sweep/grammar.h"

#include <algorithm>

#include "sweep/choice.h"
#include "sweep/command.h"
#include "sweep/definition.h"
#include "sweep/expression.h"
#include "sweep/fields.h"

namespace cairn::sweep {

using model::Value;

namespace {

// "~int(1, 8)"; but neither "~/data" nor Hydra's "~key", which removes one.
bool is_range(std::string_view word) {
  if (!word.starts_with('~')) return false;
  const size_t bracket = word.find('(');
  const std::string_view name = word.substr(1, bracket - 1);
  return bracket != std::string_view::npos && !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

bool is_option(std::string_view word) {
  return word.size() > 1 && word.starts_with('-') && word != "--" && !to_number(Value(word));
}

std::string name_of_option(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
  std::string name(word);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// Without the prefixes of Hydra, which say whether the key exists already.
std::string name_of_override(std::string_view key) {
  while (key.starts_with('+')) key.remove_prefix(1);
  return std::string(key);
}

bool is_override(std::string_view key) {
  const std::string name = name_of_override(key);
  return !name.empty() && name.find_first_of("-~$'\"({[ ") != 0 &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("_./@:-").find(c) != std::string_view::npos;
         });
}

class CommandReader {
 public:
  Result<SweptCommand> read(std::span<const std::string> argv) {
    for (size_t i = 0; i < argv.size(); ++i) {
      TRY(const bool is_swept, i > 0 ? sweep(argv[i - 1], argv[i]) : Result<bool>(false));
      if (!is_swept) x_swept.command.push_back(argv[i]);
    }
    if (x_swept.parameters.is_null())
      return fail(Code::kInvalid,
                  "expected an argument that varies, such as --lr '~loguniform(1e-5, 1e-1)', "
                  "found none");
    TRY_VOID(read_space(Value(model::Object{{"parameters", x_swept.parameters}})));
    return std::move(x_swept);
  }

 private:
  Result<bool> sweep(std::string_view before, std::string_view word) {
    if (is_range(word)) {
      if (!is_option(before) || before.find('=') != std::string_view::npos)
        return fail(Code::kInvalid, "expected the name of an option before {}, found {}",
                    show(Value(word)), show(Value(before)));
      return add(name_of_option(before), "", read_expression(word));
    }
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view key = word.substr(0, equals), value = word.substr(equals + 1);
    const std::string_view prefix = word.substr(0, equals + 1);
    const std::string name = is_option(key) ? name_of_option(key) : name_of_override(key);
    if (is_range(value)) return add(name, prefix, read_expression(value));
    if (!is_override(key)) return false;
    auto sweep = read_hydra_sweep(value);
    if (!sweep) return tl::unexpected(std::move(sweep).error().in(word));
    if (!*sweep) return false;
    return add(name, prefix, **std::move(sweep));
  }

  Result<bool> add(const std::string& name, std::string_view prefix,
                   Result<Expression> expression) {
    if (!expression) return tl::unexpected(std::move(expression).error().in("'" + name + "'"));
    if (x_swept.parameters.find(name))
      return fail(Code::kInvalid, "expected each argument to vary once, found '{}' twice", name);
    x_swept.parameters.set(name, std::move(expression->parameter));
    x_swept.command.push_back(std::string(prefix) + print_macro(name, expression->spelling));
    return true;
  }

  SweptCommand x_swept;
};

}  // namespace

Result<std::vector<std::string>> SweptCommand::fill(const Config& config) const {
  return fill_command(command, CommandValues{.config = config});
}

Result<SweptCommand> read_command(std::span<const std::string> argv) {
  return CommandReader().read(argv);
}

}  // namespace cairn::sweep
