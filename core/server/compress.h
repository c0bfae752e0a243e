// gzip and deflate, as HTTP names them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cairn::server {

enum class Coding { kIdentity, kGzip, kDeflate };

// The best of ours that an Accept-Encoding header allows.
Coding choose_coding(std::string_view accept_encoding);
std::string_view print_coding(Coding coding);  // "gzip", "deflate"

// Fast rather than small. nullopt when it does not get smaller by a tenth at least.
std::optional<std::string> compress(std::string_view bytes, Coding coding);
Result<std::string> gunzip(std::string_view bytes, size_t bytes_max);

}  // namespace cairn::server
