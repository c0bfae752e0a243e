// The layout of a trace file, shared by the shim that writes it (C) and trace_file.cc that reads
// it. Drawn in docs/formats/trace.md; a change there is a new version here.
#ifndef CAIRN_TRACE_FORMAT_H
#define CAIRN_TRACE_FORMAT_H

#ifdef __cplusplus
#include <cstdint>
#else
#include <stdint.h>
#endif

#define CAIRN_TRACE_MAGIC "cairntrc"
#define CAIRN_TRACE_SUFFIX ".ctrace"
enum { kTraceVersion = 1 };

// The first 64 bytes of a file. `used` may run past `bytes`: what was reserved there was never
// written.
struct TraceHeader {
  char magic[8];
  uint32_t version;
  uint32_t pid;       // of the process that made the file; its forked children write here too
  uint64_t image;     // the same in all files of one executed program and its forked children
  int64_t wall_ns;    // two clocks, read together when the file was made
  int64_t steady_ns;  // CLOCK_MONOTONIC, as in every record
  uint64_t bytes;     // of the whole file
  uint64_t used;      // where the next record goes; grows by fetch_add
  uint64_t lost;      // records that could be written nowhere
};

enum TraceKind {
  kTraceBegan = 1,    // value: pid | parent's pid << 32; text: the program's file
  kTraceRead = 2,     // opened for reading; with a stat
  kTraceWritten = 3,  // opened for writing; with a stat, taken after opening
  kTraceListed = 4,   // a folder
  kTraceAbsent = 5,   // looked for and not there
  kTracePresent = 6,  // looked at and there
  kTraceRemoved = 7,  // file or folder
  kTraceRenamed = 8,  // text: from, NUL, to
  kTraceFolderMade = 9,
  kTraceExecuting = 10,    // value: pid that is about to become another program; 0: some child
  kTraceNotExecuted = 11,  // value: pid whose kTraceExecuting came to nothing
  kTraceConnected = 12,    // text: "local NAME", "loopback ADDRESS" or "network ADDRESS"
  kTraceEnvironment = 13,  // text: the name of a variable that was read
  kTraceLibrary = 14,      // a file that is mapped for execution
  kTraceUnseen = 15,       // text: why something may have been missed
  kTraceImported = 16,     // text: module, '\n', origin
  kTraceSeeded = 17,       // text: call, '\n', seed
  kTraceFull = 19,         // 8 bytes, the first word alone: no record follows
  kTracePython = 18,       // the Python recorder is at work in this program
};

// In the place of a program's file: a `cairn` that the traced program asks for itself. What it
// reads to answer is no input.
#define CAIRN_TRACE_OWN_CHILD "cairn"

enum TraceFlags {
  kTraceHasStat = 1,
  kTraceTruncates = 2,
  kTraceCreates = 4,   // O_EXCL, or a name that nobody had
  kTraceReadsToo = 8,  // O_RDWR
};

// Every record starts at a multiple of 8. `bytes` counts head, stat, text and the zeros behind it.
// The first word is stored last: where it is 0, or `check` is wrong, the writer was stopped midway.
struct TraceHead {
  uint16_t bytes;
  uint8_t kind;
  uint8_t flags;
  uint32_t check;
  int64_t steady_ns;
  uint64_t value;
};

struct TraceStat {
  uint64_t inode;
  uint64_t bytes;
  int64_t modified_ns;
  int64_t changed_ns;
  uint32_t mode;
  uint32_t device;
};

// Over all words of a record, the first with its `check` as 0.
static inline uint32_t trace_check(const uint64_t* words, unsigned count, uint64_t first) {
  uint64_t hash = 0x9E3779B97F4A7C15u;
  for (unsigned i = 0; i < count; ++i) {
    hash = (hash ^ (i == 0 ? first : words[i])) * 0xFF51AFD7ED558CCDu;
    hash ^= hash >> 32;
  }
  return (uint32_t)hash;
}

#endif
