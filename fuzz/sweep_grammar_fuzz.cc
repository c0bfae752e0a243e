// Fuzzes the texts of sweeps, one word a line: command lines with ranges, whose trials have as many
// words; and relations, which read as they are printed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "surrogate/random.h"
#include "sweep/definition.h"
#include "sweep/grammar.h"
#include "sweep/relation.h"

namespace cairn::sweep {
namespace {

void try_command(const std::vector<std::string>& argv) {
  const auto command = read_command(argv);
  if (!command) {
    CHECK(!command.error().message().empty());
    return;
  }
  CHECK(command->command.size() == argv.size());
  const auto space = read_space(model::Object{{"parameters", command->parameters}});
  CHECK(space.has_value());
  surrogate::Random random(1);
  const auto point = space->draw(random);
  CHECK(point.has_value());
  (void)command->fill(space->decode(*point));
}

void try_relation(const std::string& text) {
  (void)parse_conditions(text);
  const auto constraints = parse_constraints(text);
  if (!constraints) return;
  for (const Constraint& constraint : *constraints) {
    if (constraint.kind == Constraint::Kind::kForbidden) continue;
    const std::string printed = print_relation(constraint);
    const auto again = parse_constraints(printed);
    CHECK(again.has_value() && again->size() == 1 && print_relation((*again)[0]) == printed);
  }
}

}  // namespace
}  // namespace cairn::sweep

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  cairn::sweep::try_command(lines);
  for (const std::string& line : lines) cairn::sweep::try_relation(line);
  return 0;
}
