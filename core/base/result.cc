// Names of the error codes and the translation of errno.
#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace cairn {

std::string_view print_code(Code code) {
  switch (code) {
    case Code::kInvalid:
      return "invalid";
    case Code::kNotFound:
      return "not_found";
    case Code::kConflict:
      return "conflict";
    case Code::kCorrupt:
      return "corrupt";
    case Code::kIo:
      return "io";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kLimit:
      return "limit";
  }
  return "unknown";
}

tl::unexpected<Error> fail_errno(int error_number, std::string_view doing, std::string_view path) {
  Code code = Code::kIo;
  if (error_number == ENOENT) code = Code::kNotFound;
  if (error_number == EEXIST) code = Code::kConflict;
  if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG)
    code = Code::kLimit;
  char buffer[128];
  const char* reason = strerror_r(error_number, buffer, sizeof buffer);
  return fail(code, "cannot {}: {} ({})", doing, reason, path);
}

}  // namespace cairn
