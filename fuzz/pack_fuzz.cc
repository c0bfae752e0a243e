// Fuzzes packs: any file is a pack that can be read to its end, or an error; never a crash, never
// memory beyond what its bytes can hold.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/testing/fake_disk.h"
#include "journal/journal.h"
#include "store/compress.h"
#include "store/pack.h"

namespace cairn::store {
namespace {

constexpr char kPath[] = "/pack";

void read_table(PackReader& reader, const PackTable& table) {
  const size_t n = table.axis.count;
  CHECK(n <= kCheckpointRows);
  std::vector<int64_t> numbers(n);
  std::vector<double> values(n);
  (void)reader.read_steps(table.axis_frame, n, 0, numbers);
  (void)reader.read_times(table.axis_frame, n, 0, numbers);
  for (const PackTable::Column& column : table.columns) {
    const bool whole = reader.read_values(column.values, n, 0, values).has_value();
    const size_t part = n / 3;
    if (whole) {
      std::vector<double> middle(part);
      CHECK(reader.read_values(column.values, n, part, middle).has_value());
      CHECK(part == 0 || std::memcmp(middle.data(), &values[part], part * sizeof(double)) == 0);
    }
    if (column.groups.bytes > 0) (void)reader.read_groups(column.groups, n);
  }
}

void read_everything(std::string_view bytes) {
  FakeDisk disk;
  disk.set_content(kPath, bytes);
  const auto reader = PackReader::open(disk, kPath);
  CHECK(reader.has_value());
  const auto directory = (*reader)->directory();
  if (!directory) return;
  for (const PackTable& table : directory->tables) read_table(**reader, table);
  for (const PackText& text : directory->texts) (void)(*reader)->read_text(text);
  for (const FrameRef& records : directory->records) (void)(*reader)->read_records(records);
  // What was understood is written the same way.
  CHECK(decode_directory(encode_directory(*directory)).has_value());
}

// Frames are guarded by hashes that a fuzzer seldom guesses: the input as the plain content of a
// directory whose frames refer to themselves.
void read_as_directory(std::string_view plain) {
  std::string bytes = journal::encode_header({});
  const uint64_t at = bytes.size();
  journal::append_frame(bytes, at, static_cast<uint16_t>(PackKind::kDirectory), compress(plain));
  ByteWriter end;
  end.u64(at);
  journal::append_frame(bytes, bytes.size(), static_cast<uint16_t>(PackKind::kEnd), end.view());
  read_everything(bytes);
}

// The input as the payload of one frame of every kind.
void read_as_frame(std::string_view payload) {
  if (payload.size() < 3) return;
  uint16_t count;
  std::memcpy(&count, payload.data(), sizeof count);
  payload.remove_prefix(sizeof count);
  for (const PackKind kind : {PackKind::kAxis, PackKind::kColumn, PackKind::kGroups,
                              PackKind::kText, PackKind::kRecords}) {
    std::string bytes = journal::encode_header({});
    const bool is_plain = kind == PackKind::kText || kind == PackKind::kRecords;
    const std::string content = is_plain ? compress(payload) : std::string(payload);
    const FrameRef ref{bytes.size(), content.size()};
    journal::append_frame(bytes, ref.offset, static_cast<uint16_t>(kind), content);
    FakeDisk disk;
    disk.set_content(kPath, bytes);
    const auto reader = PackReader::open(disk, kPath);
    CHECK(reader.has_value());
    PackTable table;
    table.axis.count = count;
    table.axis_frame = ref;
    table.columns.push_back({"key", ref, ref, {}});
    read_table(**reader, table);
    (void)(*reader)->read_text({0, count, ref});
    (void)(*reader)->read_records(ref);
  }
}

}  // namespace
}  // namespace cairn::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  cairn::store::read_everything(bytes);
  cairn::store::read_as_directory(bytes);
  cairn::store::read_as_frame(bytes);
  return 0;
}
