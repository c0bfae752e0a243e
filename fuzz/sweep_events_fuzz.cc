// Fuzz target: events of a sweep as a damaged file may hold them. What cannot be is refused, and
// what was taken can be printed and thought about.
#include <cstdint>
#include <string_view>

#include "trials/adviser.h"
#include "trials/json.h"
#include "wire/json.h"

// One event per line: {"kind", "trial", "at_ns", "body"}.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  trials::Ledger ledger("fuzzed00");
  trials::Adviser adviser;
  uint64_t seq = 0;
  while (!rest.empty() && seq < 200) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const auto line = wire::parse_json(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line) continue;
    trials::Event event{.seq = ++seq};
    const model::Value* kind = line->find("kind");
    const auto known = trials::parse_kind(kind ? kind->string_or("") : "");
    if (!known) continue;
    event.kind = *known;
    if (seq == 1 && event.kind != trials::EventKind::kCreate) return 0;
    if (const model::Value* trial = line->find("trial"); trial && trial->as_int())
      event.trial = *trial->as_int();
    if (const model::Value* at = line->find("at_ns")) event.at_ns = at->int_or(0);
    if (const model::Value* body = line->find("body"); body && body->as_object())
      event.body = *body;
    if (!ledger.apply(event)) return 0;
  }
  if (seq == 0) return 0;
  static_cast<void>(wire::print_json(trials::print_sweep(ledger)));
  for (const auto& [number, trial] : ledger.trials())
    static_cast<void>(wire::print_json(trials::print_trial(ledger, trial)));
  static_cast<void>(ledger.share_used());
  static_cast<void>(adviser.follow(ledger));
  return 0;
}
