// Printing documents: sorted, one item a line.
#include "trace/document.h"

#include <algorithm>
#include <utility>

#include "trace/text_form.h"

namespace cairn::trace {
namespace {

class Printer {
 public:
  std::string print(const Node& node) {
    append(node, 0);
    x_out += '\n';
    return std::move(x_out);
  }

 private:
  void append(const Node& node, size_t depth) {
    if (!node.tag.empty()) {
      x_out += '!';
      append_quoted(node.tag, x_out);
      x_out += ' ';
    }
    switch (node.kind) {
      case NodeKind::kNull:
        x_out += "null";
        break;
      case NodeKind::kBool:
      case NodeKind::kInteger:
      case NodeKind::kFloat:
        x_out += node.text;
        break;
      case NodeKind::kString:
        append_quoted(node.text, x_out);
        break;
      case NodeKind::kWord:
        x_out += '~';
        append_quoted(node.text, x_out);
        break;
      case NodeKind::kList:
        append_list(node, depth);
        break;
      case NodeKind::kMap:
        append_map(node, depth);
        break;
    }
  }

  void start_line(size_t depth) {
    x_out += '\n';
    x_out.append(depth, '\t');
  }

  void append_list(const Node& node, size_t depth) {
    x_out += '[';
    for (const Node& item : node.children) {
      start_line(depth + 1);
      append(item, depth + 1);
    }
    x_out += ']';
  }

  void append_map(const Node& node, size_t depth) {
    std::vector<std::pair<std::string, const Node*>> members;
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      std::string outer = std::exchange(x_out, {});
      append(node.children[i], depth + 1);
      members.emplace_back(std::exchange(x_out, std::move(outer)), &node.children[i + 1]);
    }
    std::stable_sort(members.begin(), members.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    x_out += '{';
    for (const auto& [key, value] : members) {
      start_line(depth + 1);
      x_out += key;
      x_out += ": ";
      append(*value, depth + 1);
    }
    x_out += '}';
  }

  std::string x_out;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
  const Node* found = nullptr;
  if (kind != NodeKind::kMap) return found;
  for (size_t i = 0; i + 1 < children.size(); i += 2)
    if (children[i].kind == NodeKind::kString && children[i].text == key) found = &children[i + 1];
  return found;
}

std::string print_document(const Node& node) { return Printer().print(node); }

}  // namespace cairn::trace
