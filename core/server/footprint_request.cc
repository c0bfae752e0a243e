// Reading requests for footprints.
#include "server/footprint_request.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/nearest.h"
#include "footprint/estimate.h"
#include "query/time_text.h"

namespace cairn::server {

using footprint::Footprint;
using footprint::Place;
using model::Value;

Result<void> check_word(std::string_view param, std::string_view word,
                        std::span<const std::string_view> words) {
  if (std::find(words.begin(), words.end(), word) != words.end()) return {};
  const auto nearest = nearest_name(word, {words.begin(), words.end()});
  return fail(Code::kInvalid, "expected {} among {}, found '{}'{}", param, fmt::join(words, ", "),
              word, nearest ? fmt::format("; did you mean {}?", *nearest) : "");
}

Result<Place> read_place(const Ask& ask) {
  Value said{model::Object{}};
  for (const char* name : {"zone", "provider", "currency", "idle", "kind", "scope"})
    if (const std::string_view text = ask.text(name); !text.empty()) said.set(name, text);
  for (const char* name : {"pue", "kg_per_kwh", "price_per_kwh"}) {
    TRY(const auto number, ask.number(name));
    if (number) said.set(name, *number);
  }
  return footprint::parse_place(said);
}

Result<int64_t> read_since(const Ask& ask, int64_t now_ns) {
  const std::string_view text = ask.text("since");
  if (text.empty()) return 0;
  int64_t since_ns = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), since_ns);
  if (error == std::errc() && stop == text.data() + text.size()) return since_ns;
  if (const auto age = query::parse_duration(text)) return now_ns - age->ns;
  if (const auto time = query::parse_time(text)) return time->first_ns;
  return fail(Code::kInvalid,
              "expected since as an age such as 90d, a date or nanoseconds, found '{}'", text);
}

model::List print_equivalents(const Footprint& total, const footprint::Tables& tables) {
  model::List list;
  if (total.carbon_kg)
    for (const footprint::Equivalent& one :
         footprint::equivalents(total.carbon_kg->value, total.energy_kwh.value, tables))
      list.push_back(model::Object{
          {"name", one.name}, {"amount", one.amount}, {"unit", one.unit}, {"source", one.source}});
  return list;
}

Value print_offset(const Footprint& total, const footprint::Tables& tables) {
  if (!total.carbon_kg) return {};
  const footprint::OffsetPrice price = footprint::offset_price(total.carbon_kg->value, tables);
  Value out = footprint::to_value(price.money);
  out.set("currency", price.currency);
  out.set("per_tonne_low", price.per_tonne_low);
  out.set("per_tonne_high", price.per_tonne_high);
  out.set("source", price.source);
  return out;
}

Value print_footprint(const footprint::Footprint& footprint) {
  Value out = footprint::to_value(footprint);
  out.set("line", footprint::print_line(footprint));
  return out;
}

}  // namespace cairn::server
