// See escape.h.
#include "report/escape.h"

#include <array>
#include <utility>

#include "base/utf8.h"

namespace cairn::report {

namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// Bytes of the character that begins here; of valid UTF-8.
size_t length_of(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

// What LaTeX reads otherwise, and symbols that have a name there.
constexpr std::array<std::pair<std::string_view, std::string_view>, 28> kLatex = {{
    {"\\", "\\textbackslash{}"},
    {"~", "\\textasciitilde{}"},
    {"^", "\\textasciicircum{}"},
    {"&", "\\&"},
    {"%", "\\%"},
    {"$", "\\$"},
    {"#", "\\#"},
    {"_", "\\_"},
    {"{", "\\{"},
    {"}", "\\}"},
    {"<", "\\textless{}"},
    {">", "\\textgreater{}"},
    {"|", "\\textbar{}"},
    {"\"", "\\textquotedbl{}"},
    {"[", "{[}"},
    {"]", "{]}"},
    {"±", "$\\pm$"},
    {"×", "$\\times$"},
    {"–", "--"},
    {"—", "---"},
    {"…", "\\dots{}"},
    {"≤", "$\\leq$"},
    {"≥", "$\\geq$"},
    {"α", "$\\alpha$"},
    {"β", "$\\beta$"},
    {"λ", "$\\lambda$"},
    {"μ", "$\\mu$"},
    {"σ", "$\\sigma$"},
}};

// Letters of European languages, which its default fonts have: U+00C0 to U+017F.
bool is_latin_letter(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  return character.size() == 2 && first >= 0xc3 && first <= 0xc5 && character != "×" &&
         character != "÷";
}

std::string_view latex_of(std::string_view character) {
  for (const auto& [from, to] : kLatex)
    if (character == from) return to;
  if (character.size() == 1) return is_control(character.front()) ? " " : character;
  return is_latin_letter(character) ? character : "?";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : to_utf8(text)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += is_control(c) ? ' ' : c;
  }
  return out;
}

std::string escape_latex(std::string_view text) {
  const std::string valid = to_utf8(text);
  std::string out;
  for (size_t i = 0; i < valid.size();) {
    const std::string_view character = std::string_view(valid).substr(i, length_of(valid[i]));
    out += latex_of(character);
    i += character.size();
  }
  return out;
}

std::string escape_markdown(std::string_view text) {
  std::string out;
  for (const char c : to_utf8(text)) {
    // HTML, which most readers of Markdown pass through, also begins behind a backslash for some.
    if (c == '<' || c == '>') {
      out += c == '<' ? "&lt;" : "&gt;";
      continue;
    }
    if (std::string_view("\\`*_{}[]#|~").find(c) != std::string_view::npos) out += '\\';
    out += is_control(c) ? ' ' : c;
  }
  return out;
}

}  // namespace cairn::report
