// Result<T>: a value or an Error; the one way a fallible function of Cairn answers.
//
// Policy: no exception crosses a room's boundary. An Error is made where the fault is seen, gets
// context on its way up (TRY_CONTEXT) and is translated exactly once at the door: HTTP status,
// Python exception, exit code, or a sentence in the page. Messages start lower-case, say what was
// expected and what was found, and name paths last.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace cairn {

// Seven codes, each a different reaction of the caller.
enum class Code {
  kInvalid,      // the caller must change the request
  kNotFound,     // it is not there
  kConflict,     // it exists already, or someone else holds it
  kCorrupt,      // stored bytes are damaged; doctor can say more
  kIo,           // the operating system refused
  kUnavailable,  // try again later
  kLimit,        // a documented limit was exceeded
};

std::string_view print_code(Code code);  // "invalid", "not_found", ...

class [[nodiscard]] Error {
 public:
  Error(Code code, std::string message) : x_code(code), x_message(std::move(message)) {}

  Code code() const { return x_code; }
  const std::string& message() const { return x_message; }

  // The same error, told from one level higher: "context: message".
  Error in(std::string_view context) && {
    x_message = fmt::format("{}: {}", context, x_message);
    return std::move(*this);
  }

 private:
  Code x_code;
  std::string x_message;
};

template <typename T>
using Result = tl::expected<T, Error>;

template <typename... Args>
tl::unexpected<Error> fail(Code code, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected(Error(code, fmt::format(format, std::forward<Args>(args)...)));
}

// An Io error with the operating system's reason: "cannot open: No such file or directory (PATH)".
// Disk full and quota become kLimit, a missing file kNotFound.
tl::unexpected<Error> fail_errno(int error_number, std::string_view doing, std::string_view path);

}  // namespace cairn

#define CAIRN_CONCAT_INNER(a, b) a##b
#define CAIRN_CONCAT(a, b) CAIRN_CONCAT_INNER(a, b)

// TRY(auto x, f()): x is f()'s value, or this function returns f()'s error.
#define TRY(declaration, expression) \
  TRY_INNER(CAIRN_CONCAT(try_result_, __LINE__), declaration, expression)
#define TRY_INNER(result, declaration, expression)      \
  auto result = (expression);                           \
  if (!result) [[unlikely]]                             \
    return ::tl::unexpected(std::move(result).error()); \
  declaration = std::move(*result)

// TRY_VOID(f()): go on, or return f()'s error.
#define TRY_VOID(expression)                                      \
  do {                                                            \
    if (auto try_result = (expression); !try_result) [[unlikely]] \
      return ::tl::unexpected(std::move(try_result).error());     \
  } while (false)
