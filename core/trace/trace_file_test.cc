// Trace files: the golden of version 1, torn records, and files that are none.
#include "trace/trace_file.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/bytes.h"

namespace cairn::trace {
namespace {

// Writes a trace file byte by byte, as docs/formats/trace.md draws it.
class TraceFile : public ::testing::Test {
 protected:
  TraceFile() {
    x_out.raw("cairntrc");
    x_out.u32(1);          // version
    x_out.u32(77);         // pid
    x_out.u64(0x1234);     // image
    x_out.i64(1'000'000);  // wall
    x_out.i64(400);        // steady
    x_out.u64(0);          // bytes, patched
    x_out.u64(0);          // used, patched
    x_out.u64(2);          // lost
  }
  size_t add(TraceKind kind, std::string_view text, int64_t steady_ns) {
    const size_t at = x_out.size();
    ByteWriter record;
    const size_t bytes = (24 + text.size() + 7) / 8 * 8;
    record.u16(static_cast<uint16_t>(bytes));
    record.u8(static_cast<uint8_t>(kind));
    record.u8(0);
    record.u32(0);
    record.i64(steady_ns);
    record.u64(9);
    record.raw(text);
    while (record.size() < bytes) record.u8(0);
    std::vector<uint64_t> words(bytes / 8);
    std::memcpy(words.data(), record.view().data(), bytes);
    record.patch<uint32_t>(
        4, trace_check(words.data(), static_cast<unsigned>(words.size()), words[0]));
    x_out.raw(record.view());
    return at;
  }
  std::string file() {
    x_out.patch<uint64_t>(40, x_out.size());
    x_out.patch<uint64_t>(48, x_out.size());
    return std::string(x_out.view());
  }
  static Trace parse(std::string_view bytes) {
    Trace trace;
    EXPECT_TRUE(parse_trace_file(bytes, trace).has_value());
    return trace;
  }

  ByteWriter x_out;
};

TEST_F(TraceFile, IsReadRecordByRecord) {
  add(kTraceRead, "/a", 500);
  add(kTraceListed, "/folder/of/many", 600);
  const Trace trace = parse(file());
  ASSERT_EQ(trace.accesses.size(), 2u);
  EXPECT_EQ(trace.accesses[0].text, "/a");
  EXPECT_EQ(trace.accesses[0].kind, kTraceRead);
  EXPECT_EQ(trace.accesses[0].wall_ns, 1'000'100);
  EXPECT_EQ(trace.accesses[1].image, 0x1234u);
  EXPECT_EQ(trace.accesses[1].value, 9u);
  EXPECT_EQ(trace.lost, 2u);
  EXPECT_EQ(trace.torn, 0u);
}

TEST_F(TraceFile, ATornTailIsCountedAndWhatStandsBeforeItKept) {
  add(kTraceRead, "/a", 500);
  const size_t last = add(kTraceRead, "/a/longer/name", 600);
  const std::string whole = file();
  for (size_t cut = last + 8; cut < whole.size(); cut += 8) {
    const Trace trace = parse(whole.substr(0, cut));
    EXPECT_EQ(trace.accesses.size(), 1u);
    EXPECT_EQ(trace.torn, 1u);
  }
}

TEST_F(TraceFile, ARecordThatWasNeverWrittenIsSteppedOver) {
  add(kTraceRead, "/a", 500);
  const size_t middle = add(kTraceRead, "/b", 600);
  add(kTraceRead, "/c", 700);
  std::string bytes = file();
  std::memset(bytes.data() + middle, 0, 8);  // its first word is stored last
  Trace trace = parse(bytes);
  ASSERT_EQ(trace.accesses.size(), 2u);
  EXPECT_EQ(trace.accesses[1].text, "/c");
  EXPECT_EQ(trace.torn, 1u);
}

TEST_F(TraceFile, EveryFlippedBitIsNoticed) {
  const size_t first = add(kTraceRead, "/name", 500);
  const std::string whole = file();
  for (size_t bit = first * 8; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(parse(flipped).torn, 1u) << bit;
  }
}

TEST_F(TraceFile, OfANewerCairnOrOfNobodyIsRefused) {
  std::string bytes = file();
  Trace trace;
  EXPECT_EQ(parse_trace_file("", trace).error().code(), Code::kCorrupt);
  bytes[8] = 2;
  EXPECT_EQ(parse_trace_file(bytes, trace).error().code(), Code::kInvalid);
  bytes[0] = 'x';
  EXPECT_EQ(parse_trace_file(bytes, trace).error().code(), Code::kCorrupt);
}

TEST_F(TraceFile, LinesOfPythonAloneEndWhereTheyAreTorn) {
  Trace trace;
  parse_trace_lines(
      "r/a\ne"
      "LR\nmjson\t/lib/json.py\nr/torn",
      trace);
  ASSERT_EQ(trace.accesses.size(), 3u);
  EXPECT_EQ(trace.accesses[2].text, "json\n/lib/json.py");
  EXPECT_EQ(trace.torn, 1u);
  EXPECT_TRUE(trace.is_partial);
}

TEST_F(TraceFile, LinesOfPythonAloneTellWhatWasLookedForAndMade) {
  Trace trace;
  parse_trace_lines("a/missing\nx/there\nf/folder\n", trace);
  ASSERT_EQ(trace.accesses.size(), 3u);
  EXPECT_EQ(trace.accesses[0].kind, kTraceAbsent);
  EXPECT_EQ(trace.accesses[1].kind, kTracePresent);
  EXPECT_EQ(trace.accesses[2].kind, kTraceFolderMade);
}

TEST(TraceGolden, Version1IsReadForEver) {
  const auto bytes =
      read_file(posix_disk(), CAIRN_SOURCE_DIR "/tests/golden/trace_v1.ctrace", 1 << 20);
  ASSERT_TRUE(bytes.has_value()) << bytes.error().message();
  Trace trace;
  ASSERT_TRUE(parse_trace_file(*bytes, trace).has_value());
  EXPECT_EQ(trace.lost + trace.torn, 0u);
  std::vector<TraceKind> kinds;
  for (const Access& access : trace.accesses)
    if (access.kind != kTraceLibrary) kinds.push_back(access.kind);
  EXPECT_EQ(kinds, (std::vector<TraceKind>{kTraceBegan, kTraceRead, kTraceAbsent, kTraceWritten,
                                           kTraceRenamed, kTraceListed, kTraceEnvironment}));
  const auto read = std::find_if(trace.accesses.begin(), trace.accesses.end(),
                                 [](const Access& a) { return a.kind == kTraceRead; });
  EXPECT_EQ(read->text, "/tmp/golden/x.csv");
  ASSERT_TRUE(read->stat.has_value());
  EXPECT_EQ(read->stat->bytes, 6u);
}

}  // namespace
}  // namespace cairn::trace
