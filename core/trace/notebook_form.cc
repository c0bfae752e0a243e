// Cells of Python in tok1, all others and those that begin with "%%" as they stand.
#include "trace/notebook_form.h"

#include <algorithm>
#include <string>
#include <vector>

#include "trace/document.h"
#include "trace/python_form.h"
#include "trace/text_form.h"

namespace cairn::trace {
namespace {

std::string_view string_or(const Node* node, std::string_view missing) {
  return node && node->kind == NodeKind::kString ? std::string_view(node->text) : missing;
}

// One string, or a list of lines with their ends.
std::optional<std::string> read_source(const Node* source) {
  if (!source) return std::nullopt;
  if (source->kind == NodeKind::kString) return source->text;
  if (source->kind != NodeKind::kList) return std::nullopt;
  std::string text;
  for (const Node& line : source->children) {
    if (line.kind != NodeKind::kString) return std::nullopt;
    text += line.text;
  }
  return text;
}

std::string_view language_of(const Node& notebook) {
  const Node* metadata = notebook.find("metadata");
  if (!metadata) return "python";
  const Node* info = metadata->find("language_info");
  const Node* kernel = metadata->find("kernelspec");
  return string_or(info ? info->find("name") : nullptr,
                   string_or(kernel ? kernel->find("language") : nullptr, "python"));
}

std::string print_tags(const Node& cell) {
  const Node* metadata = cell.find("metadata");
  const Node* tags = metadata ? metadata->find("tags") : nullptr;
  if (!tags) return "";
  std::vector<std::string> names;
  for (const Node& tag : tags->children) names.emplace_back(string_or(&tag, ""));
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) {
    text += ' ';
    append_quoted(name, text);
  }
  return text;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// "%%bash" and the like hand the whole cell to somebody else.
bool is_cell_magic(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text.substr(start).starts_with("%%");
}

void append_text_cell(std::string_view tags, std::string_view source, CodeForm& form) {
  form.text += "# text cell";
  form.text += tags;
  form.text += "\n\t";
  append_quoted(source, form.text);
  form.text += '\n';
}

bool append_cell(const Node& cell, bool is_python, Docstrings docstrings, CodeForm& form) {
  const std::string_view type = string_or(cell.find("cell_type"), "");
  if (type != "code") return type == "markdown" || type == "raw";
  const auto source = read_source(cell.find("source"));
  if (!source) return false;
  if (is_blank(*source)) return true;
  const std::string tags = print_tags(cell);
  const auto python =
      is_python && !is_cell_magic(*source) ? python_cell_form(*source, docstrings) : std::nullopt;
  if (!python) {
    form.is_impure = form.is_impure || has_impure_line(*source);
    append_text_cell(tags, *source, form);
    return true;
  }
  form.is_impure = form.is_impure || python->is_impure;
  form.looks_at_docs = form.looks_at_docs || python->looks_at_docs;
  if (python->is_fallback) {
    append_text_cell(tags, *source, form);
  } else if (!python->text.empty()) {
    form.text += "# cell" + tags + "\n" + python->text;
  }
  return true;
}

std::optional<CodeForm> form_of(const Node& notebook, Docstrings docstrings) {
  if (notebook.kind != NodeKind::kMap) return std::nullopt;
  const Node* version = notebook.find("nbformat");
  const Node* cells = notebook.find("cells");
  if (!version || version->text != "4" || !cells || cells->kind != NodeKind::kList)
    return std::nullopt;
  const std::string_view language = language_of(notebook);
  const bool is_python = language == "python" || language == "ipython";
  CodeForm form;
  form.text = "# language ";
  append_quoted(language, form.text);
  form.text += '\n';
  for (const Node& cell : cells->children)
    if (cell.kind != NodeKind::kMap || !append_cell(cell, is_python, docstrings, form))
      return std::nullopt;
  return form;
}

}  // namespace

std::optional<CodeForm> notebook_form(std::string_view bytes, Docstrings docstrings) {
  const auto notebook = parse_json(bytes);
  if (!notebook) return std::nullopt;
  auto form = form_of(*notebook, docstrings);
  // The function of one cell may have its docstring read by another.
  if (form && form->looks_at_docs) form = form_of(*notebook, Docstrings::kAll);
  return form;
}

}  // namespace cairn::trace
