// JSON ↔ Value. Non-finite floats are written as the tokens NaN, Infinity and -Infinity, which
// Python's json reads and writes too; `Json::kStrict` writes null instead, for other readers.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/value.h"

namespace cairn::wire {

enum class Json { kTokens, kStrict, kPretty };

// Invalid with line-free position: "expected ... at byte 17". Depth and size are limited.
Result<model::Value> parse_json(std::string_view text);
std::string print_json(const model::Value& value, Json style = Json::kTokens);

}  // namespace cairn::wire
