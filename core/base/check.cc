// The handler of failed CHECKs.
#include "base/check.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace cairn {
namespace {
std::atomic<CheckHandler> g_handler{nullptr};
}

CheckHandler set_check_handler(CheckHandler handler) { return g_handler.exchange(handler); }

void check_failed(const char* condition, const char* file, int line) {
  const CheckFailed failure{condition, file, line};
  if (CheckHandler handler = g_handler.load()) handler(failure);
  std::fprintf(stderr, "cairn: internal error: CHECK(%s) failed at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace cairn
