// Cairn's search by itself as a child process of bench/search/run.py: JSON lines in and out.
//
//   search_native METHOD       the protocol is that of bench/search/peer.py
//
// A search is to be minimised; seconds are processor time of Search alone, without the JSON.
#include <ctime>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include "base/version.h"
#include "model/value.h"
#include "sweep/definition.h"
#include "sweep/search.h"
#include "wire/json.h"

namespace {

using namespace cairn;
using model::Object;
using model::Value;
using sweep::Search;

double processor_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

const Value& member(const Value& value, std::string_view key) {
  static const Value missing;
  const Value* found = value.find(key);
  return found ? *found : missing;
}

// Own: one search at a time.
class Answerer {
 public:
  explicit Answerer(std::string method) : x_method(std::move(method)) {}

  Result<Value> answer(const Value& line) {
    if (const Value* setting = line.find("begin")) return begin(*setting);
    if (!x_search) return fail(Code::kInvalid, "expected begin first");
    if (line.find("ask")) return ask();
    if (line.find("best")) return best();
    return tell(member(line, "tell"));
  }

 private:
  Result<Value> begin(const Value& setting) {
    Value document = member(setting, "space");
    document.set("method", x_method);
    document.set("metric", Object{{"name", "loss"}, {"goal", "minimize"}});
    document.set("seed", member(setting, "seed"));
    document.set("budget", Object{{"trials", member(setting, "budget")}});
    TRY(sweep::ReadDefinition read, sweep::read_definition(document));
    TRY(x_search, Search::make(std::move(read.definition)));
    return Value(Object{{"version", "cairn " + std::string(version())}});
  }

  Result<Value> ask() {
    const double began_s = processor_s();
    TRY(const auto proposal, x_search->ask());
    const double seconds = processor_s() - began_s;
    // Trials are numbered from 0 by both sides.
    Value said(Object{{"config", Value()}, {"seconds", seconds}});
    if (proposal) said.set("config", proposal->config);
    return said;
  }

  Result<Value> tell(const Value& pair) {
    const model::List* both = pair.as_list();
    if (!both || both->size() != 2) return fail(Code::kInvalid, "expected [number, value]");
    const auto number = static_cast<uint64_t>((*both)[0].int_or(0));
    const double began_s = processor_s();
    TRY_VOID(x_search->tell(number, {.values = {(*both)[1].number_or(0)}}));
    return Value(Object{{"seconds", processor_s() - began_s}});
  }

  Result<Value> best() {
    Value said(Object{{"best", Value()}});
    if (const auto best = x_search->best()) said.set("best", static_cast<int64_t>(best->number));
    return said;
  }

  std::string x_method;
  std::optional<Search> x_search;
};

}  // namespace

int main(int argc, char** argv) {
  Answerer answerer(argc > 1 ? argv[1] : "auto");
  for (std::string line; std::getline(std::cin, line);) {
    auto said = wire::parse_json(line).and_then([&](Value v) { return answerer.answer(v); });
    if (!said) said = Value(Object{{"error", said.error().message()}});
    std::cout << wire::print_json(*said) << std::endl;
  }
  return 0;
}
