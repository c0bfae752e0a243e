// The trace file as a window of memory: a record is a few stores into pages shared with the file.
//
// A mapped file rather than write(2) with O_APPEND: no descriptor stays open that a program could
// close or be surprised by, no system call per record, and what is stored survives _exit and
// SIGKILL at once all the same, because the pages are the kernel's. A file never grows, so that no
// page of it can be missing when it is touched (SIGBUS): when it is full, another one follows.
// Forked children go on in their parent's window; a place in it is taken by one fetch_add.
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "trace/shim/shim.h"

enum {
  kFirstWindowBytes = 64 << 10,
  kLargestWindowBytes = 4 << 20,
  kWindowsMax = 128,  // 512 MiB in all: four million files
};

struct Window {
  struct TraceHeader header;
  char records[];
};
_Static_assert(sizeof(struct TraceHeader) == 64, "drawn in docs/formats/trace.md");
_Static_assert(sizeof(struct TraceHead) == 24, "drawn in docs/formats/trace.md");
_Static_assert(sizeof(struct TraceStat) == 40, "drawn in docs/formats/trace.md");

static _Atomic(struct Window*) current;
static _Atomic unsigned windows_made;
static _Atomic unsigned lost_before;  // counted while there was no window to count in

static size_t put_hex(char* out, uint64_t number) {
  size_t digits = 0;
  for (uint64_t rest = number; rest != 0 || digits == 0; rest >>= 4) ++digits;
  for (size_t i = digits; i-- > 0; number >>= 4) out[i] = "0123456789abcdef"[number & 15];
  return digits;
}

// <folder>/<pid>-<time>.ctrace, in hexadecimal.
static bool make_name(char* name, size_t room, int64_t now_ns) {
  const size_t folder_bytes = strlen(trace_folder());
  if (folder_bytes + 64 > room) return false;
  memcpy(name, trace_folder(), folder_bytes);
  size_t at = folder_bytes;
  name[at++] = '/';
  at += put_hex(name + at, (uint64_t)(uint32_t)getpid());
  name[at++] = '-';
  at += put_hex(name + at, (uint64_t)now_ns);
  memcpy(name + at, CAIRN_TRACE_SUFFIX, sizeof CAIRN_TRACE_SUFFIX);
  return true;
}

// Gives every block of the file its place on the disk, so that a store cannot find it full.
static bool reserve(int fd, size_t bytes) {
  struct rlimit limit;
  // Beyond the limit the kernel answers with a signal.
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur < bytes) return false;
  if (fallocate(fd, 0, 0, (off_t)bytes) == 0) return true;
  static const char kZeros[4096];
  for (size_t at = 0; at < bytes; at += sizeof kZeros) {
    if (pwrite(fd, kZeros, sizeof kZeros, (off_t)at) != (ssize_t)sizeof kZeros) return false;
  }
  return true;
}

static struct Window* make_window(size_t bytes) {
  char name[640];
  const int64_t now_ns = steady_now_ns();
  if (!make_name(name, sizeof name, now_ns)) return NULL;
  const int fd =
      NEXT(open)(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
  if (fd < 0) return NULL;
  struct Window* window = MAP_FAILED;
  if (reserve(fd, bytes)) window = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  // The empty file stays behind and tells the reader that something is missing.
  if (window == MAP_FAILED) return NULL;
  madvise(window, bytes, MADV_DONTDUMP);
  struct timespec wall;
  clock_gettime(CLOCK_REALTIME, &wall);
  window->header.version = kTraceVersion;
  window->header.pid = (uint32_t)getpid();
  window->header.image = image_id();
  window->header.wall_ns = (int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec;
  window->header.steady_ns = now_ns;
  window->header.bytes = bytes;
  window->header.used = sizeof(struct TraceHeader);
  memcpy(window->header.magic, CAIRN_TRACE_MAGIC, sizeof window->header.magic);
  return window;
}

static void count_lost(struct Window* window) {
  if (window != NULL) {
    __atomic_fetch_add(&window->header.lost, 1, __ATOMIC_RELAXED);
  } else {
    atomic_fetch_add(&lost_before, 1);
  }
}

// A window after `full`: the one that another thread has just made, or a new one. Threads and
// signal handlers that come together may each make one, and all of them are good.
static struct Window* next_window(struct Window* full) {
  struct Window* window = atomic_load(&current);
  if (window != full) return window;
  const unsigned made = atomic_fetch_add(&windows_made, 1);
  if (made >= kWindowsMax) return NULL;
  size_t bytes = kFirstWindowBytes;
  for (unsigned i = 0; i < made && bytes < kLargestWindowBytes; ++i) bytes *= 2;
  window = make_window(bytes);
  if (window == NULL) return NULL;
  window->header.lost = atomic_exchange(&lost_before, 0);
  // `full` stays mapped: others may still be writing into it.
  atomic_compare_exchange_strong(&current, &full, window);
  return window;
}

// Tells the reader that the rest is empty, and not torn. Only the first who finds no room comes
// here with a place inside the window.
static void close_window(struct Window* window, uint64_t at) {
  if (at >= window->header.bytes) return;
  struct TraceHead head = {.bytes = 8, .kind = kTraceFull};
  uint64_t first;
  memcpy(&first, &head, sizeof first);
  head.check = trace_check(NULL, 1, first);
  memcpy(&first, &head, sizeof first);
  __atomic_store_n((uint64_t*)(void*)((char*)window + at), first, __ATOMIC_RELEASE);
}

static char* take_place(size_t bytes, struct Window** taken) {
  struct Window* window = atomic_load_explicit(&current, memory_order_acquire);
  for (int tries = 0; tries < 4; ++tries) {
    if (window == NULL) {
      *taken = NULL;
    } else {
      const uint64_t at =
          __atomic_fetch_add(&window->header.used, (uint64_t)bytes, __ATOMIC_RELAXED);
      if (at + bytes <= window->header.bytes) return (char*)window + at;
      close_window(window, at);
      *taken = window;
    }
    window = next_window(window);
    if (window == NULL) return NULL;
  }
  return NULL;
}

static void fill(char* place, size_t bytes, const struct Note* note) {
  struct TraceHead head = {
      .bytes = (uint16_t)bytes,
      .kind = note->kind,
      .flags = (uint8_t)(note->flags | (note->stat != NULL ? kTraceHasStat : 0)),
      .steady_ns = note->steady_ns != 0 ? note->steady_ns : steady_now_ns(),
      .value = note->value,
  };
  char* out = place + sizeof head;
  memcpy(place + 8, (const char*)&head + 8, sizeof head - 8);
  if (note->stat != NULL) {
    memcpy(out, note->stat, sizeof *note->stat);
    out += sizeof *note->stat;
  }
  for (size_t i = 0; i < sizeof note->part / sizeof note->part[0]; ++i) {
    if (note->part[i].bytes == 0) continue;
    memcpy(out, note->part[i].data, note->part[i].bytes);
    out += note->part[i].bytes;
  }
  uint64_t first;
  memcpy(&first, &head, sizeof first);
  head.check = trace_check((const uint64_t*)(const void*)place, (unsigned)(bytes / 8), first);
  memcpy(&first, &head, sizeof first);
  __atomic_store_n((uint64_t*)(void*)place, first, __ATOMIC_RELEASE);
}

void write_record(const struct Note* note) {
  size_t bytes = sizeof(struct TraceHead) + (note->stat != NULL ? sizeof(struct TraceStat) : 0);
  for (size_t i = 0; i < sizeof note->part / sizeof note->part[0]; ++i) {
    bytes += note->part[i].bytes;
  }
  bytes = (bytes + 7) & ~(size_t)7;
  struct Window* window = NULL;
  char* place = bytes <= UINT16_MAX ? take_place(bytes, &window) : NULL;
  if (place == NULL) {
    count_lost(window);
    return;
  }
  fill(place, bytes, note);
}
