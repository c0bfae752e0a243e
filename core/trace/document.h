// Node: a YAML, JSON or TOML document by its meaning; the readers that make it and its one
// spelling.
//
// Numbers are kept exactly (number_form.h), integers and floats apart, as programs see them. Where
// YAML 1.1 and 1.2 read a plain word differently ("yes", "1e-1", "012", a date), it stays the word
// that it is, other than any string or number.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace cairn::trace {

enum class NodeKind : uint8_t {
  kNull,
  kBool,     // text: "true", "false"
  kInteger,  // text: integer_form or decimal_form
  kFloat,    // text: decimal_form, "nan", "inf", "-inf"
  kString,   // text: UTF-8
  kWord,     // text: a plain word of YAML that readers take differently; a date or time of TOML
  kList,     // children
  kMap,      // children: key, value, key, value, ...
};

struct Node {
  NodeKind kind = NodeKind::kNull;
  std::string tag;  // "!!set", "!python/tuple": as the YAML says it; empty where it says nothing
  std::string text;
  std::vector<Node> children;

  // Maps: the last value of the key, as readers take it; null when absent.
  const Node* find(std::string_view key) const;
};

// Nesting and nodes are limited, aliases counted as often as they are used. Invalid or Limit.
Result<Node> parse_json(std::string_view bytes);
Result<Node> parse_toml(std::string_view bytes);
Result<Node> parse_yaml(std::string_view bytes);  // a list of its documents, tagged "documents"

constexpr int kDocumentDepthMax = 100;
constexpr size_t kDocumentNodesMax = 250'000;

// One item a line, keys in order of their spelling, keys of the same name in their own order.
std::string print_document(const Node& node);

}  // namespace cairn::trace
