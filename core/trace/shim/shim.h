// The shim: a library preloaded into a traced program that writes down which files it uses.
//
// It stands between a program and libc and must not be noticed. Hence, for every function here:
// errno is kept; nothing is allocated with malloc, no lock is taken and no descriptor stays open,
// so that it works in signal handlers, between fork and exec, in a vfork child, before constructors
// and for programs that close all descriptors; what goes wrong is counted in the trace and never
// shown.
#ifndef CAIRN_TRACE_SHIM_H
#define CAIRN_TRACE_SHIM_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/shim/trace_format.h"

#define EXPORT __attribute__((visibility("default")))

// NEXT(open) is the function that the program would have called without us: libc's, or that of
// another preloaded library behind us. Found when first needed, because constructors of other
// libraries run before ours.
#define NEXT(name)                                                     \
  ({                                                                   \
    static _Atomic(void*) next_;                                       \
    void* found_ = atomic_load_explicit(&next_, memory_order_relaxed); \
    if (found_ == NULL) {                                              \
      found_ = dlsym(RTLD_NEXT, #name);                                \
      atomic_store_explicit(&next_, found_, memory_order_relaxed);     \
    }                                                                  \
    (__typeof__(&name))found_;                                         \
  })

enum { kPathMax = 4096 };

// One record to be. Parts are joined to its text.
struct Note {
  uint8_t kind;
  uint8_t flags;
  uint64_t value;
  int64_t steady_ns;  // 0: now
  const struct TraceStat* stat;
  struct {
    const char* data;
    size_t bytes;
  } part[4];
};

// shim.c
bool is_tracing(void);
void stop_tracing(const char* why);  // for good, in this program and what it forks
const char* trace_folder(void);      // "" when there is none
const char* shim_path(void);         // this library's file
uint64_t image_id(void);
bool is_first_process(void);  // and no fork of it
int64_t steady_now_ns(void);
uint64_t mix(uint64_t hash, const char* data, size_t bytes);

// window.c
void write_record(const struct Note* note);

// seen.c: what was written down before, here or by a process forked from this one or its parents.
bool is_seen(uint64_t key);
void mark_seen(uint64_t key);

// note.c: a record, unless it was written before. `dir_fd` as in openat(2).
void note_text(uint8_t kind, uint64_t value, const char* text);
void note_once(uint8_t kind, const char* text);
void note_path(uint8_t kind, int dir_fd, const char* path);
void note_opened(int dir_fd, const char* path, int flags, int fd);  // fd < 0: it failed with errno
void note_looked(int dir_fd, const char* path, int answer);         // stat and its like
void note_renamed(int from_fd, const char* from, int to_fd, const char* to);
void note_listed(int dir_fd, const char* path);
void note_folder_changed(void);          // the current folder may be another one
bool is_for_recorder(const char* path);  // a message of the Python recorder; see message.c
int take_message(const char* path);
bool is_listing_of_importer(uint64_t path_hash);  // said by the Python recorder; asked once

// processes.c
void note_libraries_at_start(void);
void note_libraries_at_end(void);

#endif
