// CHECK: states what must be true unless the programmer erred.
//
// A failed CHECK calls the installed handler. The default prints one line and aborts, which is
// right for the server and the CLI. A guest installs one that throws CheckFailed, caught at the
// guest's own door, so that a mistake of ours detaches the run and never stops the user's training.
#pragma once

#include <string_view>

namespace cairn {

struct CheckFailed {
  const char* condition;
  const char* file;
  int line;
};

using CheckHandler = void (*)(const CheckFailed&);

// Installs `handler` for the whole process and returns the previous one. Thread-safe.
CheckHandler set_check_handler(CheckHandler handler);

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace cairn

#define CHECK(condition) \
  (static_cast<bool>(condition) ? void() : ::cairn::check_failed(#condition, __FILE__, __LINE__))
