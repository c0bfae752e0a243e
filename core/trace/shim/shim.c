// How tracing starts and ends in a process: the folder from the environment, and the switch.
#include "trace/shim/shim.h"

#include <time.h>

extern char** environ;

enum State { kUnknown, kStarting, kOn, kOff };

static _Atomic int state = kUnknown;
static char folder[512];
static char self_path[512];
static uint64_t image;
static pid_t first_pid;

int64_t steady_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint64_t mix(uint64_t hash, const char* data, size_t bytes) {
  hash ^= (uint64_t)bytes * 0x9E3779B97F4A7C15u;
  for (; bytes >= 8; bytes -= 8, data += 8) {
    uint64_t word;
    memcpy(&word, data, 8);
    hash = (hash ^ word) * 0xFF51AFD7ED558CCDu;
    hash ^= hash >> 32;
  }
  uint64_t rest = 0;
  memcpy(&rest, data, bytes);
  hash = (hash ^ rest) * 0xC4CEB9FE1A85EC53u;
  return hash ^ (hash >> 29);
}

static void copy_text(char* to, size_t room, const char* from) {
  const size_t bytes = strlen(from);
  if (bytes < room) memcpy(to, from, bytes + 1);
}

// The program's own getenv may be another one's, and a seam of ours stands before it.
static const char* variable(const char* name) {
  const size_t bytes = strlen(name);
  for (char** at = environ; at != NULL && *at != NULL; ++at) {
    if (strncmp(*at, name, bytes) == 0 && (*at)[bytes] == '=') return *at + bytes + 1;
  }
  return NULL;
}

static int start(void) {
  int expected = kUnknown;
  // Whoever comes meanwhile is another thread of a constructor, or a signal: not yet traced.
  if (!atomic_compare_exchange_strong(&state, &expected, kStarting)) return expected;
  const char* named = variable("CAIRN_TRACE_DIR");
  if (named != NULL && named[0] == '/') copy_text(folder, sizeof folder, named);
  Dl_info about;
  if (dladdr((void*)&steady_now_ns, &about) != 0 && about.dli_fname != NULL) {
    copy_text(self_path, sizeof self_path, about.dli_fname);
  }
  const int64_t now_ns = steady_now_ns();
  first_pid = getpid();
  image = mix((uint64_t)first_pid, (const char*)&now_ns, sizeof now_ns);
  const int next = folder[0] != '\0' ? kOn : kOff;
  atomic_store(&state, next);
  return next;
}

bool is_tracing(void) {
  int now = atomic_load_explicit(&state, memory_order_relaxed);
  if (now == kUnknown) now = start();
  return now == kOn;
}

void stop_tracing(const char* why) {
  if (!is_tracing()) return;
  note_text(kTraceUnseen, 0, why);
  atomic_store(&state, kOff);
}

const char* trace_folder(void) { return folder; }
const char* shim_path(void) { return self_path; }
uint64_t image_id(void) { return image; }
bool is_first_process(void) { return getpid() == first_pid; }

// "program < file": the shell that opened it may stand outside the run.
static void note_standard_input(void) {
  struct stat found;
  if (fstat(0, &found) != 0 || !S_ISREG(found.st_mode)) return;
  char path[kPathMax];
  const ssize_t bytes = NEXT(readlink)("/proc/self/fd/0", path, sizeof path - 1);
  if (bytes <= 0) return;
  path[bytes] = '\0';
  note_opened(AT_FDCWD, path, O_RDONLY, 0);
}

__attribute__((constructor)) static void begin(void) {
  const int error = errno;
  if (is_tracing()) {
    const bool is_own_child = variable("CAIRN_OWN_CHILD") != NULL;
    char program[kPathMax] = CAIRN_TRACE_OWN_CHILD;
    if (!is_own_child) {
      const ssize_t bytes = NEXT(readlink)("/proc/self/exe", program, sizeof program - 1);
      program[bytes > 0 ? bytes : 0] = '\0';
    }
    note_text(kTraceBegan, (uint64_t)(uint32_t)getpid() | (uint64_t)(uint32_t)getppid() << 32,
              program);
    if (is_own_child) {
      atomic_store(&state, kOff);
    } else {
      note_libraries_at_start();
      note_standard_input();
    }
  }
  errno = error;
}

__attribute__((destructor)) static void end(void) { note_libraries_at_end(); }
