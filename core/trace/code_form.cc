// Which form belongs to which kind, and its digest.
#include "trace/code_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/hash.h"
#include "trace/document.h"
#include "trace/notebook_form.h"
#include "trace/python_form.h"

namespace cairn::trace {
namespace {

struct Kind {
  CodeKind kind;
  std::string_view name;
  std::array<std::string_view, 2> endings;
};
constexpr auto kKinds = std::to_array<Kind>({
    {CodeKind::kPython, "python", {".py", ".pyw"}},
    {CodeKind::kNotebook, "notebook", {".ipynb"}},
    {CodeKind::kYaml, "yaml", {".yaml", ".yml"}},
    {CodeKind::kJson, "json", {".json"}},
    {CodeKind::kToml, "toml", {".toml"}},
    {CodeKind::kOther, "other", {}},
});

std::optional<CodeForm> parse_form(CodeKind kind, std::string_view bytes, Docstrings docstrings) {
  const bool is_document =
      kind == CodeKind::kYaml || kind == CodeKind::kJson || kind == CodeKind::kToml;
  if (bytes.size() > (is_document ? kDocumentBytesMax : kCodeBytesMax)) return std::nullopt;
  const auto print = [](const auto& document) -> std::optional<CodeForm> {
    if (!document) return std::nullopt;
    return CodeForm{print_document(*document)};
  };
  switch (kind) {
    case CodeKind::kPython:
      return python_form(bytes, docstrings);
    case CodeKind::kNotebook:
      return notebook_form(bytes, docstrings);
    case CodeKind::kYaml:
      return print(parse_yaml(bytes));
    case CodeKind::kJson:
      return print(parse_json(bytes));
    case CodeKind::kToml:
      return print(parse_toml(bytes));
    case CodeKind::kOther:
      break;
  }
  return std::nullopt;
}

}  // namespace

CodeKind kind_of(std::string_view path) {
  for (const Kind& kind : kKinds)
    for (const std::string_view ending : kind.endings)
      if (!ending.empty() && path.ends_with(ending)) return kind.kind;
  return CodeKind::kOther;
}

std::string_view print_kind(CodeKind kind) { return kKinds[static_cast<size_t>(kind)].name; }

CodeForm normal_form(CodeKind kind, std::string_view bytes, Docstrings docstrings) {
  if (auto form = parse_form(kind, bytes, docstrings)) return std::move(*form);
  CodeForm form;
  form.text = bytes;
  form.is_fallback = true;
  // The pragma is looked for even where the rest cannot be read.
  form.is_impure = kind == CodeKind::kPython && has_impure_line(bytes);
  return form;
}

std::string code_digest(CodeKind kind, const CodeForm& form) {
  Sha256 sha;
  // The zero byte ends the head; a form of bytes is never taken for one that was parsed.
  const std::string_view what = form.is_fallback ? " bytes" : "";
  sha.update(fmt::format("tok{}:{}{}", kCodeFormVersion, print_kind(kind), what));
  sha.update(std::string_view("\0", 1));
  sha.update(form.text);
  return print_hex(sha.finish());
}

std::string code_digest(CodeKind kind, std::string_view bytes) {
  return code_digest(kind, normal_form(kind, bytes));
}

}  // namespace cairn::trace
