// JSON as Python reads it, into a Node. Not wire's reader, for which a number is 64 bits.
#include <algorithm>

#include "base/utf8.h"
#include "trace/document.h"
#include "trace/number_form.h"
#include "trace/text_form.h"

namespace cairn::trace {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : x_text(text) {}

  Result<Node> read() {
    Node node;
    skip_space();
    if (!read_value(node, 0)) return refuse();
    skip_space();
    if (x_at != x_text.size()) return refuse();
    return node;
  }

 private:
  tl::unexpected<Error> refuse() const {
    return fail(Code::kInvalid, "expected JSON, found something else at byte {}", x_at);
  }
  char peek() const { return x_at < x_text.size() ? x_text[x_at] : '\0'; }
  bool take(std::string_view token) {
    if (!x_text.substr(x_at).starts_with(token)) return false;
    x_at += token.size();
    return true;
  }
  void skip_space() { x_at = std::min(x_text.find_first_not_of(" \t\r\n", x_at), x_text.size()); }

  bool read_value(Node& node, int depth) {
    if (depth > kDocumentDepthMax || ++x_nodes > kDocumentNodesMax) return false;
    switch (peek()) {
      case '{':
        return read_map(node, depth);
      case '[':
        return read_list(node, depth);
      case '"':
        node.kind = NodeKind::kString;
        return read_string(node.text);
      default:
        return read_word(node) || read_number(node);
    }
  }

  bool read_word(Node& node) {
    struct Word {
      std::string_view spelling;
      NodeKind kind;
      std::string_view text;
    };
    static constexpr Word kWords[] = {
        {"null", NodeKind::kNull, ""},         {"true", NodeKind::kBool, "true"},
        {"false", NodeKind::kBool, "false"},   {"NaN", NodeKind::kFloat, "nan"},
        {"Infinity", NodeKind::kFloat, "inf"}, {"-Infinity", NodeKind::kFloat, "-inf"}};
    for (const Word& word : kWords) {
      if (!take(word.spelling)) continue;
      node.kind = word.kind;
      node.text = word.text;
      return true;
    }
    return false;
  }

  bool read_number(Node& node) {
    const size_t end = std::min(x_text.find_first_not_of("+-.eE0123456789", x_at), x_text.size());
    const std::string_view text = x_text.substr(x_at, end - x_at);
    const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
    const bool is_json =
        !digits.empty() && digits[0] >= '0' && digits[0] <= '9' &&
        (digits[0] != '0' || digits.size() == 1 || digits.find_first_of(".eE") == 1);
    const auto form = is_json ? decimal_form(text) : std::nullopt;
    if (!form) return false;
    x_at = end;
    node.kind =
        text.find_first_of(".eE") == std::string_view::npos ? NodeKind::kInteger : NodeKind::kFloat;
    node.text = *form;
    return true;
  }

  bool read_list(Node& node, int depth) {
    node.kind = NodeKind::kList;
    ++x_at;
    for (bool is_first = true;; is_first = false) {
      skip_space();
      if (is_first && take("]")) return true;
      if (!read_value(node.children.emplace_back(), depth + 1)) return false;
      skip_space();
      if (take("]")) return true;
      if (!take(",")) return false;
    }
  }

  bool read_map(Node& node, int depth) {
    node.kind = NodeKind::kMap;
    ++x_at;
    for (bool is_first = true;; is_first = false) {
      skip_space();
      if (is_first && take("}")) return true;
      Node& key = node.children.emplace_back();
      key.kind = NodeKind::kString;
      if (peek() != '"' || !read_string(key.text)) return false;
      skip_space();
      if (!take(":")) return false;
      skip_space();
      if (!read_value(node.children.emplace_back(), depth + 1)) return false;
      skip_space();
      if (take("}")) return true;
      if (!take(",")) return false;
    }
  }

  bool read_string(std::string& out) {
    for (++x_at; x_at < x_text.size(); ++x_at) {
      const char c = x_text[x_at];
      if (c == '"') return ++x_at, true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        out.push_back(c);
      } else if (!read_escape(out)) {
        return false;
      }
    }
    return false;
  }

  // Leaves x_at on the last character of the escape.
  bool read_escape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
    if (++x_at >= x_text.size()) return false;
    if (const size_t at = kLetters.find(x_text[x_at]); at != std::string_view::npos)
      return out.push_back(kValues[at]), true;
    uint32_t unit = 0, low = 0;
    if (x_text[x_at] != 'u' || !read_unit(unit)) return false;
    if (unit >= 0xD800 && unit < 0xDC00 && x_text.substr(x_at + 1).starts_with("\\u")) {
      x_at += 2;
      if (!read_unit(low) || low < 0xDC00 || low > 0xDFFF) return false;
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    } else if (unit >= 0xD800 && unit <= 0xDFFF) {
      return false;  // half a pair is no text
    }
    append_point(unit, out);
    return true;
  }

  bool read_unit(uint32_t& unit) {
    for (int i = 0; i < 4; ++i) {
      if (++x_at >= x_text.size()) return false;
      const char c = x_text[x_at];
      const uint32_t digit = c >= '0' && c <= '9'   ? static_cast<uint32_t>(c - '0')
                             : c >= 'a' && c <= 'f' ? static_cast<uint32_t>(c - 'a' + 10)
                             : c >= 'A' && c <= 'F' ? static_cast<uint32_t>(c - 'A' + 10)
                                                    : 16;
      if (digit == 16) return false;
      unit = unit * 16 + digit;
    }
    return true;
  }

  std::string_view x_text;
  size_t x_at = 0;
  size_t x_nodes = 0;
};

}  // namespace

Result<Node> parse_json(std::string_view bytes) {
  if (!is_utf8(bytes)) return fail(Code::kInvalid, "expected JSON in UTF-8, found other bytes");
  return Reader(bytes).read();
}

}  // namespace cairn::trace
