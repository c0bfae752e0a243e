// Fuzzes configurations and the [recall] table: the canonical text is its own canonical text, a
// configuration does not differ from itself, and no settings are read twice in two ways.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "trace/config_form.h"
#include "trace/recall_settings.h"
#include "wire/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  trace::KeyClasses classes;
  if (const auto settings = trace::parse_recall_settings(text)) {
    settings->add_rules_to(classes);
    CHECK(trace::layer(*settings, *settings).reuse == settings->reuse);
  }
  const auto config = wire::parse_json(text);
  if (!config) return 0;
  const std::string canonical = trace::canonical_config(*config);
  const auto again = wire::parse_json(canonical);
  CHECK(again.has_value() && trace::canonical_config(*again) == canonical);
  CHECK(trace::compare_configs(*config, *config, classes).empty());
  CHECK(trace::is_same_config(*config, *config));
  return 0;
}
