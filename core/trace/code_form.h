// Normal forms of code and configuration files: the same text for files of the same meaning.
//
// A program keeps its normal form through comments, blank lines, indentation, line joins, quotes,
// number spelling, redundant parentheses and `pass`, and through docstrings that nobody looks at; a
// YAML, JSON or TOML file through comments, key order and spelling. What cannot be parsed is its
// own bytes. docs/formats/code_form.md says what is promised; two files of one form always mean the
// same, two files of one meaning mostly have one form. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::trace {

enum class CodeKind : uint8_t { kPython, kNotebook, kYaml, kJson, kToml, kOther };

// Goes up when a form changes: digests of different versions are never equal.
constexpr int kCodeFormVersion = 1;
// Larger files are taken by their bytes: nobody writes them by hand.
constexpr size_t kCodeBytesMax = 16 << 20;
constexpr size_t kDocumentBytesMax = 4 << 20;

struct CodeForm {
  std::string text;            // lines that people can read and compare
  bool is_fallback = false;    // the text is the file's bytes
  bool looks_at_docs = false;  // mentions __doc__ or what reads docstrings, so they are kept
  bool is_impure = false;      // says "# cairn: impure": its runs are never reused
};

enum class Docstrings : uint8_t {
  kWhereLookedAt,  // kept in modules that mention __doc__ or what reads docstrings
  kAll,            // kept: another module of the program looks at them
};

// By the name's ending: ".py", ".ipynb", ".yaml", ...
CodeKind kind_of(std::string_view path);
std::string_view print_kind(CodeKind kind);  // "python", "notebook", ...

CodeForm normal_form(CodeKind kind, std::string_view bytes,
                     Docstrings docstrings = Docstrings::kWhereLookedAt);

// SHA-256 in hex of the form with its kind and version in front.
std::string code_digest(CodeKind kind, const CodeForm& form);
std::string code_digest(CodeKind kind, std::string_view bytes);

}  // namespace cairn::trace
