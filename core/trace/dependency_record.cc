// A record as a tree of values and back; what is not understood is refused.
#include "trace/dependency_record.h"

#include <optional>

namespace cairn::trace {
namespace {

using model::List;
using model::Object;
using model::Value;

constexpr std::string_view kKinds[] = {"code", "config", "data", "native"};

template <typename T, typename Print>
Value print_list(const std::vector<T>& items, const Print& print) {
  List list;
  list.reserve(items.size());
  for (const T& item : items) list.push_back(print(item));
  return list;
}

Value print_texts(const std::vector<std::string>& texts) {
  return print_list(texts, [](const std::string& text) { return Value(text); });
}

Value print_input(const Input& input) {
  Object members{{"path", input.path},
                 {"kind", print_kind(input.kind)},
                 {"digest", input.digest},
                 {"bytes", static_cast<int64_t>(input.bytes)}};
  if (input.files > 0) members.emplace_back("files", static_cast<int64_t>(input.files));
  if (!input.code_digest.empty()) members.emplace_back("code_digest", input.code_digest);
  return members;
}

// Reads members of one object; the first that is not what it should be turns it bad.
class Members {
 public:
  explicit Members(const Value& value) : x_value(value) { x_ok = value.as_object() != nullptr; }

  std::string text(std::string_view name) {
    const Value* found = x_value.find(name);
    const std::string* text = found ? found->as_string() : nullptr;
    if (!text) x_ok = false;
    return text ? *text : std::string();
  }
  std::string text_or_empty(std::string_view name) {
    return x_value.find(name) ? text(name) : std::string();
  }
  uint64_t number(std::string_view name) {
    const Value* found = x_value.find(name);
    const int64_t* number = found ? found->as_int() : nullptr;
    if (!number || *number < 0) x_ok = false;
    return number && *number >= 0 ? static_cast<uint64_t>(*number) : 0;
  }
  uint64_t number_or_zero(std::string_view name) { return x_value.find(name) ? number(name) : 0; }
  bool flag(std::string_view name) {
    const Value* found = x_value.find(name);
    return found && found->as_bool() && *found->as_bool();
  }
  void refuse() { x_ok = false; }
  bool ok() const { return x_ok; }

 private:
  const Value& x_value;
  bool x_ok = true;
};

template <typename T, typename Parse>
Result<void> parse_list(const Value& record, std::string_view name, std::vector<T>& out,
                        const Parse& parse) {
  const Value* found = record.find(name);
  const List* list = found ? found->as_list() : nullptr;
  if (!list) return fail(Code::kInvalid, "expected a list of {} in a dependency record", name);
  for (const Value& item : *list) {
    Members members(item);
    out.push_back(parse(members));
    if (!members.ok())
      return fail(Code::kInvalid, "expected other {} in a dependency record", name);
  }
  return {};
}

Result<void> parse_texts(const Value& record, std::string_view name,
                         std::vector<std::string>& out) {
  const Value* found = record.find(name);
  const List* list = found ? found->as_list() : nullptr;
  if (!list) return fail(Code::kInvalid, "expected a list of {} in a dependency record", name);
  for (const Value& item : *list) {
    if (!item.as_string()) return fail(Code::kInvalid, "expected texts as {}", name);
    out.push_back(*item.as_string());
  }
  return {};
}

Input parse_input(Members& members) {
  Input input;
  input.path = members.text("path");
  const std::string kind = members.text("kind");
  bool is_known = false;
  for (size_t i = 0; i < std::size(kKinds); ++i) {
    if (kKinds[i] != kind) continue;
    input.kind = static_cast<InputKind>(i);
    is_known = true;
  }
  if (!is_known) members.refuse();
  input.digest = members.text("digest");
  input.bytes = members.number("bytes");
  input.files = members.number_or_zero("files");
  input.code_digest = members.text_or_empty("code_digest");
  return input;
}

}  // namespace

std::string_view print_kind(InputKind kind) { return kKinds[static_cast<size_t>(kind)]; }

Value to_value(const DependencyRecord& record) {
  Object members{
      {"version", kDependencyRecordVersion},
      {"inputs", print_list(record.inputs, print_input)},
      {"listings", print_list(record.listings,
                              [](const Listing& l) {
                                return Value(Object{{"path", l.path}, {"digest", l.digest}});
                              })},
      {"absent", print_texts(record.absent)},
      {"present", print_texts(record.present)},
      {"environment", print_list(record.environment,
                                 [](const EnvironmentRead& e) {
                                   return Value(Object{{"name", e.name}, {"digest", e.digest}});
                                 })},
      {"outputs", print_list(record.outputs,
                             [](const Output& o) {
                               return Value(Object{{"path", o.path},
                                                   {"digest", o.digest},
                                                   {"bytes", static_cast<int64_t>(o.bytes)},
                                                   {"is_executable", o.is_executable}});
                             })},
      {"made", print_texts(record.made)},
      {"imports", print_list(record.imports,
                             [](const Import& i) {
                               return Value(Object{{"module", i.module}, {"origin", i.origin}});
                             })},
      {"distributions",
       print_list(
           record.distributions,
           [](const Distribution& d) {
             return Value(Object{{"name", d.name}, {"version", d.version}, {"folder", d.folder}});
           })},
      {"seeds", print_list(record.seeds,
                           [](const Seed& s) {
                             return Value(Object{{"call", s.call}, {"value", s.value}});
                           })},
      {"local_peers", print_texts(record.local_peers)},
      {"python", record.python},
      {"unsealed", print_texts(record.unsealed)},
  };
  if (record.keeps_docstrings) members.emplace_back("docstrings", "all");
  return members;
}

Result<DependencyRecord> parse_record(const Value& value) {
  const Value* version = value.find("version");
  if (!version || version->int_or(0) < 1)
    return fail(Code::kInvalid, "expected a dependency record, found something else");
  if (version->int_or(0) > kDependencyRecordVersion)
    return fail(Code::kInvalid, "expected a dependency record of version {} or older, found {}",
                kDependencyRecordVersion, version->int_or(0));
  DependencyRecord record;
  TRY_VOID(parse_list(value, "inputs", record.inputs, parse_input));
  TRY_VOID(parse_list(value, "listings", record.listings, [](Members& m) {
    return Listing{m.text("path"), m.text("digest")};
  }));
  TRY_VOID(parse_texts(value, "absent", record.absent));
  TRY_VOID(parse_texts(value, "present", record.present));
  TRY_VOID(parse_list(value, "environment", record.environment, [](Members& m) {
    return EnvironmentRead{m.text("name"), m.text("digest")};
  }));
  TRY_VOID(parse_list(value, "outputs", record.outputs, [](Members& m) {
    return Output{m.text("path"), m.text("digest"), m.number("bytes"), m.flag("is_executable")};
  }));
  TRY_VOID(parse_texts(value, "made", record.made));
  TRY_VOID(parse_list(value, "imports", record.imports, [](Members& m) {
    return Import{m.text("module"), m.text("origin")};
  }));
  TRY_VOID(parse_list(value, "distributions", record.distributions, [](Members& m) {
    return Distribution{m.text("name"), m.text("version"), m.text("folder")};
  }));
  TRY_VOID(parse_list(value, "seeds", record.seeds, [](Members& m) {
    return Seed{m.text("call"), m.text("value")};
  }));
  TRY_VOID(parse_texts(value, "local_peers", record.local_peers));
  const Value* python = value.find("python");
  record.python = python ? python->string_or("") : "";
  const Value* docstrings = value.find("docstrings");
  record.keeps_docstrings = docstrings && docstrings->string_or("") == "all";
  TRY_VOID(parse_texts(value, "unsealed", record.unsealed));
  return record;
}

}  // namespace cairn::trace
