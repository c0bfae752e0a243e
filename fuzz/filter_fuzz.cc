// Fuzz target: any text is a filter or an error; a filter survives being printed and can be asked.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "query/filter.h"
#include "query/run_table.h"

namespace cairn::query {
namespace {

RunTable make_table() {
  RunTable table;
  for (const char* run : {"a", "b", "c"}) table.set(table.row(run), table.column("id"), run);
  table.set(0, table.column("config.x"), 1);
  table.set(1, table.column("config.x"), 1.5);
  table.set(2, table.column("config.x"), "one");
  table.set(0, table.column("state"), "finished");
  table.set_list(1, table.column("tags"), {"best", "gpu"});
  table.set_time(0, table.column("created"), 1'767'225'600'000'000'000);
  table.set_duration(0, table.column("duration"), 5'000'000'000);
  return table;
}

void try_text(std::string_view text) {
  static const RunTable kTable = make_table();
  (void)parse_sort(text);
  const auto filter = parse_filter(text);
  const auto page = kTable.select({std::string(text), {}, 0, 10, 1'767'225'600'000'000'000});
  CHECK(filter.has_value() == page.has_value());
  if (!filter) {
    CHECK(!filter.error().message().empty());
    return;
  }
  CHECK(page->total <= kTable.size());
  // A printed filter may outgrow the limit of its text; otherwise it means what it was.
  const auto again = parse_filter(print_filter(*filter));
  CHECK(again ? *again == *filter : again.error().code() == Code::kLimit);
}

}  // namespace
}  // namespace cairn::query

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  cairn::query::try_text({reinterpret_cast<const char*>(data), size});
  return 0;
}
