// Fuzzes sweep files: any document is a definition or a sentence that says why not; what is printed
// of a definition reads to the same, and its space can be drawn from.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "surrogate/random.h"
#include "sweep/definition.h"
#include "wire/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn;
  const auto document = wire::parse_json({reinterpret_cast<const char*>(data), size});
  if (!document) return 0;
  const auto read = sweep::read_definition(*document);
  if (!read) {
    CHECK(!read.error().message().empty());
    return 0;
  }
  const model::Value printed = sweep::print_definition(read->definition);
  const auto again = sweep::read_definition(printed);
  CHECK(again.has_value());
  CHECK(again->warnings.empty() || read->definition.space.parameters().empty());
  CHECK(sweep::print_definition(again->definition) == printed);
  const sweep::Space& space = read->definition.space;
  surrogate::Random random(1);
  if (const auto point = space.draw(random)) CHECK(space.is_allowed(*point));
  return 0;
}
