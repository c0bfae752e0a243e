// The files of a traced program as bytes inside this library; core/trace/shim/CMakeLists.txt builds
// the first of them.
#include "trace/embedded.h"

// name_end stands behind the last byte.
#define CAIRN_EMBED(name, file)          \
  __asm__(".section .rodata\n" #name     \
          ":\n"                          \
          ".incbin \"" file "\"\n" #name \
          "_end:\n"                      \
          ".byte 0\n"                    \
          ".text\n");                    \
  extern "C" const char name[], name##_end[]

CAIRN_EMBED(cairn_trace_shim_bytes, CAIRN_SHIM);
CAIRN_EMBED(cairn_trace_recorder_bytes, CAIRN_RECORDER);
CAIRN_EMBED(cairn_trace_hook_bytes, CAIRN_HOOK);

namespace cairn::trace {
namespace {

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

std::span<const EmbeddedFile> embedded_files() {
  static const EmbeddedFile kFiles[] = {
      {"cairn_trace.so", between(cairn_trace_shim_bytes, cairn_trace_shim_bytes_end)},
      {"_cairn_trace.py", between(cairn_trace_recorder_bytes, cairn_trace_recorder_bytes_end)},
      {"sitecustomize.py", between(cairn_trace_hook_bytes, cairn_trace_hook_bytes_end)},
  };
  return kFiles;
}

}  // namespace cairn::trace
