// Fuzzes normal forms: any bytes of any kind have one, and it is that of the same file with a
// comment behind it.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "trace/code_form.h"

namespace {

using namespace cairn::trace;

// A line that any parser of the kind skips; empty where there is none.
std::string_view comment_of(CodeKind kind) {
  switch (kind) {
    case CodeKind::kPython:
    case CodeKind::kToml:
      return "\n# comment\n";
    case CodeKind::kJson:
    case CodeKind::kNotebook:
      return "\n \t\n";
    default:
      return "";
  }
}

}  // namespace

// The first byte is the kind.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr auto kKinds =
      std::to_array<CodeKind>({CodeKind::kPython, CodeKind::kNotebook, CodeKind::kYaml,
                               CodeKind::kJson, CodeKind::kToml, CodeKind::kOther});
  if (size == 0) return 0;
  const CodeKind kind = kKinds[data[0] % kKinds.size()];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const Docstrings docstrings : {Docstrings::kWhereLookedAt, Docstrings::kAll}) {
    const CodeForm form = normal_form(kind, bytes, docstrings);
    if (form.is_fallback) {
      CHECK(form.text == bytes);
      continue;
    }
    const std::string commented = std::string(bytes).append(comment_of(kind));
    CHECK(normal_form(kind, commented, docstrings).text == form.text);
  }
  return 0;
}
