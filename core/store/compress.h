// zstd with the plain size in front; for text, records and directories.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace cairn::store {

std::string compress(std::string_view plain);
// Corrupt when the bytes are no zstd frame; Limit when the text would be larger than `bytes_max`.
Result<std::string> decompress(std::string_view bytes, size_t bytes_max);

}  // namespace cairn::store
