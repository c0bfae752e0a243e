// TOML 1.0 by toml++ without exceptions; the only file that includes it.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
// toml++ 3.3 asserts (and tells clang to assume) what hostile text makes untrue, though the error
// for it follows right behind: neither an abort nor an assumption is wanted.
#undef NDEBUG
#define TOML_ASSERT(expr) static_assert(true)
#include <fmt/format.h>
#include <toml++/toml.h>

#include <cmath>

#include "trace/document.h"
#include "trace/number_form.h"

namespace cairn::trace {
namespace {

std::string print_date(const toml::date& date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string print_time(const toml::time& time) {
  return fmt::format("{:02}:{:02}:{:02}.{:09}", time.hour, time.minute, time.second,
                     time.nanosecond);
}

std::string print_date_time(const toml::date_time& value) {
  std::string text = print_date(value.date) + "T" + print_time(value.time);
  if (value.offset) text += fmt::format(" offset {}", value.offset->minutes);
  return text;
}

std::string print_float(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  return *decimal_form(fmt::format("{:e}", number));  // the shortest digits that read back
}

class Reader {
 public:
  bool read(const toml::node& from, Node& node, int depth) {
    if (depth > kDocumentDepthMax || ++x_nodes > kDocumentNodesMax) return false;
    switch (from.type()) {
      case toml::node_type::table:
        return read_table(*from.as_table(), node, depth);
      case toml::node_type::array:
        node.kind = NodeKind::kList;
        for (const toml::node& item : *from.as_array())
          if (!read(item, node.children.emplace_back(), depth + 1)) return false;
        return true;
      case toml::node_type::string:
        return put(node, NodeKind::kString, from.as_string()->get());
      case toml::node_type::integer:
        return put(node, NodeKind::kInteger, fmt::format("{}", from.as_integer()->get()));
      case toml::node_type::floating_point:
        return put(node, NodeKind::kFloat, print_float(from.as_floating_point()->get()));
      case toml::node_type::boolean:
        return put(node, NodeKind::kBool, from.as_boolean()->get() ? "true" : "false");
      case toml::node_type::date:
        return put(node, NodeKind::kWord, print_date(from.as_date()->get()));
      case toml::node_type::time:
        return put(node, NodeKind::kWord, print_time(from.as_time()->get()));
      case toml::node_type::date_time:
        return put(node, NodeKind::kWord, print_date_time(from.as_date_time()->get()));
      case toml::node_type::none:
        break;
    }
    return false;
  }

 private:
  static bool put(Node& node, NodeKind kind, std::string text) {
    node.kind = kind;
    node.text = std::move(text);
    return true;
  }

  bool read_table(const toml::table& table, Node& node, int depth) {
    node.kind = NodeKind::kMap;
    for (const auto& [key, value] : table) {
      put(node.children.emplace_back(), NodeKind::kString, std::string(key.str()));
      if (!read(value, node.children.emplace_back(), depth + 1)) return false;
    }
    return true;
  }

  size_t x_nodes = 0;
};

}  // namespace

Result<Node> parse_toml(std::string_view bytes) {
  const toml::parse_result result = toml::parse(bytes);
  if (!result)
    return fail(Code::kInvalid, "expected TOML, found a fault in line {}: {}",
                result.error().source().begin.line, result.error().description());
  Node root;
  if (!Reader().read(result.table(), root, 0))
    return fail(Code::kLimit, "expected a TOML document of at most {} values, found more",
                kDocumentNodesMax);
  return root;
}

}  // namespace cairn::trace
