// Steps over records by their lengths, and over what is torn by words until a check holds again.
#include "trace/trace_file.h"

#include <algorithm>
#include <cstring>

#include "base/limits.h"

namespace cairn::trace {
namespace {

constexpr uint64_t kTraceFileBytesMax = 16 << 20;
constexpr std::string_view kLinesSuffix = ".ltrace";

template <typename T>
T load(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// The bytes of the record at `at`; 0 when there is none.
size_t measure(std::string_view bytes, size_t at) {
  auto head = load<uint64_t>(bytes, at);
  const auto size = static_cast<uint16_t>(head);
  const bool is_full = static_cast<uint8_t>(head >> 16) == kTraceFull && size == 8;
  if ((size < sizeof(TraceHead) && !is_full) || size % 8 != 0 || size > bytes.size() - at) return 0;
  const auto check = static_cast<uint32_t>(head >> 32);
  std::vector<uint64_t> words(size / 8);
  std::memcpy(words.data(), bytes.data() + at, size);
  return trace_check(words.data(), size / 8u, head & 0xFFFFFFFFu) == check ? size : 0;
}

Access parse_record(std::string_view record, const TraceHeader& header) {
  const auto head = load<TraceHead>(record, 0);
  Access access;
  access.kind = static_cast<TraceKind>(head.kind);
  access.flags = head.flags;
  access.value = head.value;
  access.image = header.image;
  access.steady_ns = head.steady_ns;
  access.wall_ns = static_cast<int64_t>(static_cast<uint64_t>(header.wall_ns) +
                                        static_cast<uint64_t>(head.steady_ns) -
                                        static_cast<uint64_t>(header.steady_ns));
  record.remove_prefix(sizeof head);
  if ((head.flags & kTraceHasStat) != 0 && record.size() >= sizeof(TraceStat)) {
    access.stat = load<TraceStat>(record, 0);
    record.remove_prefix(sizeof(TraceStat));
  }
  // One NUL stands between the names of a rename; those behind the text fill the last word.
  const size_t last = record.find_last_not_of('\0');
  access.text = record.substr(0, last == std::string_view::npos ? 0 : last + 1);
  return access;
}

TraceKind kind_of_letter(char letter) {
  switch (letter) {
    case 'r':
      return kTraceRead;
    case 'w':
      return kTraceWritten;
    case 'a':
      return kTraceAbsent;
    case 'x':
      return kTracePresent;
    case 'f':
      return kTraceFolderMade;
    case 't':
      return kTraceListed;
    case 'c':
      return kTraceConnected;
    case 'e':
      return kTraceEnvironment;
    case 'l':
      return kTraceLibrary;
    case 'm':
      return kTraceImported;
    case 's':
      return kTraceSeeded;
    case 'p':
      return kTracePython;
    default:
      return kTraceUnseen;
  }
}

}  // namespace

Result<void> parse_trace_file(std::string_view bytes, Trace& trace) {
  if (bytes.size() < sizeof(TraceHeader) || !bytes.starts_with(CAIRN_TRACE_MAGIC))
    return fail(Code::kCorrupt, "expected a trace file, found {} other bytes", bytes.size());
  const auto header = load<TraceHeader>(bytes, 0);
  if (header.version != kTraceVersion)
    return fail(Code::kInvalid, "expected a trace of version {}, found {}",
                static_cast<int>(kTraceVersion), header.version);
  trace.lost += header.lost;
  ++trace.files;
  const size_t end =
      static_cast<size_t>(std::min<uint64_t>(header.used, bytes.size())) & ~size_t{7};
  bool is_torn = false;
  for (size_t at = sizeof header; at < end;) {
    const size_t size = measure(bytes.substr(0, end), at);
    if (size == 8) break;  // kTraceFull
    if (size == 0) {
      if (!is_torn) ++trace.torn;
      is_torn = true;
      at += 8;
      continue;
    }
    is_torn = false;
    trace.accesses.push_back(parse_record(bytes.substr(at, size), header));
    at += size;
  }
  return {};
}

void parse_trace_lines(std::string_view text, Trace& trace) {
  trace.is_partial = true;
  ++trace.files;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      ++trace.torn;
      return;
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    // What only the importer looks for is no access.
    if (line.empty() || line.front() == 'd') continue;
    Access access;
    access.kind = kind_of_letter(line.front());
    access.text = line.substr(1);
    std::replace(access.text.begin(), access.text.end(), '\t', '\n');
    trace.accesses.push_back(std::move(access));
  }
}

Result<Trace> read_trace(Disk& disk, const std::string& folder) {
  TRY(const auto entries, disk.list(folder));
  Trace trace;
  for (const DirEntry& entry : entries) {
    const bool is_lines = entry.name.ends_with(kLinesSuffix);
    if (!is_lines && !entry.name.ends_with(CAIRN_TRACE_SUFFIX)) continue;
    const auto bytes = read_file(disk, folder + "/" + entry.name, kTraceFileBytesMax);
    if (bytes && is_lines) {
      parse_trace_lines(*bytes, trace);
    } else if (!bytes || !parse_trace_file(*bytes, trace)) {
      ++trace.lost;
    }
  }
  std::stable_sort(trace.accesses.begin(), trace.accesses.end(),
                   [](const Access& a, const Access& b) { return a.steady_ns < b.steady_ns; });
  return trace;
}

}  // namespace cairn::trace
