// Fuzzes what a traced program leaves: any bytes are a trace or an error, and stories can be told
// of it; text after 'L' is read as lines, after 'J' as a dependency record, which prints and reads
// back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "trace/dependency_record.h"
#include "trace/story.h"
#include "trace/trace_file.h"
#include "wire/json.h"

namespace {

void read_record(std::string_view text) {
  using namespace cairn;
  const auto value = wire::parse_json(text);
  if (!value) return;
  const auto record = trace::parse_record(*value);
  if (!record) return;
  const auto printed = trace::to_value(*record);
  const auto again = trace::parse_record(printed);
  CHECK(again.has_value() && trace::to_value(*again) == printed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace cairn;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.starts_with('J')) {
    read_record(bytes.substr(1));
    return 0;
  }
  trace::Trace trace;
  if (bytes.starts_with('L')) {
    trace::parse_trace_lines(bytes.substr(1), trace);
  } else if (!trace::parse_trace_file(bytes, trace)) {
    return 0;
  }
  CHECK(trace.accesses.size() <= size);
  trace::tell_stories(trace);
  return 0;
}
