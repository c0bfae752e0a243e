// YAML by libyaml's events, the parser behind PyYAML; the only file that includes it.
#include <yaml.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/utf8.h"
#include "trace/document.h"
#include "trace/number_form.h"

namespace cairn::trace {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

template <size_t n>
bool contains(const std::array<std::string_view, n>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A number that YAML 1.1 and 1.2 agree upon: "12", "0x1F", "1.5", "1.5e-3"; not "012", "1e-3".
void resolve_number(std::string_view text, Node& node) {
  const size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const std::string_view magnitude = text.substr(sign);
  std::optional<std::string> form;
  if (text.starts_with("0x")) {
    form = integer_form(text.substr(2), 16);
    if (form) node.kind = NodeKind::kInteger;
  } else if (magnitude == ".inf" || magnitude == ".Inf" || magnitude == ".INF") {
    form = text.starts_with('-') ? "-inf" : "inf";
    node.kind = NodeKind::kFloat;
  } else if (text == ".nan" || text == ".NaN" || text == ".NAN") {
    form = "nan";
    node.kind = NodeKind::kFloat;
  } else if (magnitude.find_first_not_of("0123456789") == std::string_view::npos) {
    if (!magnitude.starts_with('0') || magnitude.size() == 1) form = decimal_form(text);
    if (form) node.kind = NodeKind::kInteger;
  } else if (const size_t point = magnitude.find('.');
             point != std::string_view::npos && (point > 0 || sign == 0)) {
    const size_t exponent = magnitude.find_first_of("eE");
    const bool is_signed = exponent == std::string_view::npos || exponent + 1 >= magnitude.size() ||
                           magnitude[exponent + 1] == '+' || magnitude[exponent + 1] == '-';
    if (is_signed) form = decimal_form(text);
    if (form) node.kind = NodeKind::kFloat;
  }
  if (form) node.text = *form;
}

void resolve_plain(std::string_view text, Node& node) {
  static constexpr auto kNulls = std::to_array<std::string_view>({"", "~", "null", "Null", "NULL"});
  static constexpr auto kBools =
      std::to_array<std::string_view>({"true", "True", "TRUE", "false", "False", "FALSE"});
  // Bools of some versions and strings of others.
  static constexpr auto kDoubtful = std::to_array<std::string_view>(
      {"yes", "no", "on", "off", "y", "n", "true", "false", "null"});
  node.kind = NodeKind::kWord;
  if (contains(kNulls, text)) {
    node.kind = NodeKind::kNull;
  } else if (contains(kBools, text)) {
    node.kind = NodeKind::kBool;
    node.text = to_lower(text);
  } else {
    node.text = text;
    if (!is_letter(text[0]))
      resolve_number(text, node);
    else if (!contains(kDoubtful, to_lower(text)))
      node.kind = NodeKind::kString;
  }
}

// One event of the parser, freed with it.
class Event {
 public:
  explicit Event(yaml_parser_t& parser) { x_is_good = yaml_parser_parse(&parser, &x_event) != 0; }
  ~Event() {
    if (x_is_good) yaml_event_delete(&x_event);
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  bool is_good() const { return x_is_good; }
  yaml_event_type_t type() const { return x_event.type; }
  const yaml_event_t& operator*() const { return x_event; }

 private:
  yaml_event_t x_event;
  bool x_is_good;
};

std::string as_text(const yaml_char_t* text) {
  return text ? reinterpret_cast<const char*>(text) : "";
}

class Reader {
 public:
  explicit Reader(std::string_view text) {
    x_is_ready = yaml_parser_initialize(&x_parser) != 0;
    if (!x_is_ready) return;
    yaml_parser_set_encoding(&x_parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&x_parser, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~Reader() {
    if (x_is_ready) yaml_parser_delete(&x_parser);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Result<Node> read() {
    Node root;
    root.kind = NodeKind::kList;
    root.tag = "documents";
    while (x_is_ready) {
      const Event event(x_parser);
      if (!event.is_good()) break;
      if (event.type() == YAML_STREAM_END_EVENT) return root;
      if (event.type() == YAML_DOCUMENT_START_EVENT && !read_document(*event, root)) break;
    }
    return fail(Code::kInvalid, "expected YAML, found something else in line {}",
                x_parser.mark.line + 1);
  }

 private:
  bool read_document(const yaml_event_t& start, Node& root) {
    x_anchors.clear();
    Node* node = &root.children.emplace_back();
    if (const auto* version = start.data.document_start.version_directive) {
      node->kind = NodeKind::kList;
      node->tag = "YAML " + std::to_string(version->major) + "." + std::to_string(version->minor);
      node = &node->children.emplace_back();
    }
    const Event content(x_parser);
    return content.is_good() && read_node(content, *node, 0);
  }

  bool read_node(const Event& event, Node& node, int depth) {
    if (depth > kDocumentDepthMax || ++x_nodes > kDocumentNodesMax) return false;
    switch (event.type()) {
      case YAML_ALIAS_EVENT:
        return repeat(as_text((*event).data.alias.anchor), node);
      case YAML_SCALAR_EVENT:
        read_scalar((*event).data.scalar, node);
        return remember(as_text((*event).data.scalar.anchor), node);
      case YAML_SEQUENCE_START_EVENT: {
        const auto& start = (*event).data.sequence_start;
        node.kind = NodeKind::kList;
        node.tag = as_text(start.tag);
        return read_children(YAML_SEQUENCE_END_EVENT, as_text(start.anchor), node, depth);
      }
      case YAML_MAPPING_START_EVENT: {
        const auto& start = (*event).data.mapping_start;
        node.kind = NodeKind::kMap;
        node.tag = as_text(start.tag);
        return read_children(YAML_MAPPING_END_EVENT, as_text(start.anchor), node, depth);
      }
      default:
        return false;
    }
  }

  bool read_children(yaml_event_type_t end, const std::string& anchor, Node& node, int depth) {
    x_anchors.erase(anchor);  // an alias in here would be the node itself, which has no end
    while (true) {
      const Event event(x_parser);
      if (!event.is_good()) return false;
      if (event.type() == end) return remember(anchor, node);
      if (!read_node(event, node.children.emplace_back(), depth + 1)) return false;
    }
  }

  template <typename Scalar>
  static void read_scalar(const Scalar& scalar, Node& node) {
    const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
    node.tag = as_text(scalar.tag);
    if (node.tag.empty() && scalar.style == YAML_PLAIN_SCALAR_STYLE) {
      resolve_plain(text, node);
    } else {
      node.kind = NodeKind::kString;
      node.text = text;
    }
  }

  bool remember(const std::string& anchor, const Node& node) {
    if (!anchor.empty()) x_anchors[anchor] = {node, count(node)};
    return !anchor.empty() ? (x_nodes += x_anchors[anchor].nodes) <= kDocumentNodesMax : true;
  }

  bool repeat(const std::string& anchor, Node& node) {
    const auto found = x_anchors.find(anchor);
    if (found == x_anchors.end()) return false;
    if ((x_nodes += found->second.nodes) > kDocumentNodesMax) return false;
    node = found->second.node;
    return true;
  }

  static size_t count(const Node& node) {
    size_t nodes = 1;
    for (const Node& child : node.children) nodes += count(child);
    return nodes;
  }

  struct Anchored {
    Node node;
    size_t nodes = 0;
  };

  yaml_parser_t x_parser{};
  bool x_is_ready = false;
  std::map<std::string, Anchored, std::less<>> x_anchors;
  size_t x_nodes = 0;
};

}  // namespace

Result<Node> parse_yaml(std::string_view bytes) {
  if (!is_utf8(bytes)) return fail(Code::kInvalid, "expected YAML in UTF-8, found other bytes");
  return Reader(bytes).read();
}

}  // namespace cairn::trace
