// Programs that start other programs, and the libraries that each has loaded.
//
// Who is about to become another program says so, with its process id; the program that it becomes
// says that it began. Where the second is missing the program could not be followed (statically
// linked, set-uid, another C library), however it came to that.
#include <alloca.h>
#include <link.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/shim/shim.h"

extern char** environ;

// What a child's environment must hold to be traced as we are.
enum { kPreload, kFolder, kPython, kVariables };
static const char* const kNames[kVariables] = {"LD_PRELOAD=", "CAIRN_TRACE_DIR=", "PYTHONPATH="};

static size_t count_strings(char* const* strings) {
  size_t count = 0;
  while (strings != NULL && strings[count] != NULL) ++count;
  return count;
}

// Each variable's value as it should be in a list with ':' between; LD_PRELOAD takes it too.
static void copy_wanted(int which, char* out) {
  const char* shim = shim_path();
  if (which == kFolder) {
    strcpy(out, trace_folder());
  } else {
    strcpy(out, shim);
    char* slash = strrchr(out, '/');
    if (which == kPython && slash != NULL) *slash = '\0';  // the recorder lies beside the shim
  }
}

static bool holds(int which, const char* value, const char* wanted) {
  if (which == kFolder) return strcmp(value, wanted) == 0;
  const size_t bytes = strlen(wanted);
  for (const char* at = value; (at = strstr(at, wanted)) != NULL; ++at) {
    const bool starts = at == value || at[-1] == ':' || at[-1] == ' ';
    if (starts && (at[bytes] == '\0' || at[bytes] == ':' || at[bytes] == ' ')) return true;
  }
  return false;
}

static char* const* find_variable(char* const* variables, const char* name) {
  for (; variables != NULL && *variables != NULL; ++variables) {
    if (strncmp(*variables, name, strlen(name)) == 0) return variables;
  }
  return NULL;
}

struct Repair {
  bool is_missing[kVariables];
  size_t text_bytes;  // room for all strings
};

static bool needs_repair(char* const* variables, struct Repair* repair) {
  bool needs = false;
  repair->text_bytes = 0;
  for (int i = 0; i < kVariables; ++i) {
    char wanted[512];
    copy_wanted(i, wanted);
    char* const* at = find_variable(variables, kNames[i]);
    repair->is_missing[i] = at == NULL || !holds(i, *at + strlen(kNames[i]), wanted);
    if (!repair->is_missing[i]) continue;
    needs = true;
    repair->text_bytes += sizeof wanted + (at != NULL ? strlen(*at) : 0) + 32;
  }
  return needs;
}

// Fills `list` with `variables`, and with what was missing, whose text goes to `text`.
static char** repair_into(char* const* variables, const struct Repair* repair, char** list,
                          char* text) {
  size_t count = 0;
  for (size_t i = 0; i < count_strings(variables); ++i) {
    bool is_replaced = false;
    for (int v = 0; v < kVariables; ++v) {
      is_replaced |=
          repair->is_missing[v] && find_variable(&variables[i], kNames[v]) == &variables[i];
    }
    if (!is_replaced) list[count++] = variables[i];
  }
  for (int v = 0; v < kVariables; ++v) {
    if (!repair->is_missing[v]) continue;
    char* const* old = find_variable(variables, kNames[v]);
    list[count++] = text;
    strcpy(text, kNames[v]);
    text += strlen(text);
    copy_wanted(v, text);
    text += strlen(text);
    if (old != NULL && v != kFolder && (*old)[strlen(kNames[v])] != '\0') {
      *text++ = ':';
      strcpy(text, *old + strlen(kNames[v]));
      text += strlen(text);
    }
    ++text;
  }
  list[count] = NULL;
  return list;
}

// Declares `repaired`: `variables`, or a list on this function's stack in which tracing goes on. A
// program with more of them than a stack should hold goes without.
#define REPAIR(repaired, variables)                                        \
  char** repaired = (char**)(uintptr_t)(variables);                        \
  struct Repair repair_;                                                   \
  const size_t count_ = count_strings(repaired);                           \
  if (is_tracing() && count_ < 8192 && needs_repair(repaired, &repair_) && \
      repair_.text_bytes < (64u << 10)) {                                  \
    char** list_ = alloca((count_ + kVariables + 1) * sizeof(char*));      \
    char* text_ = alloca(repair_.text_bytes);                              \
    repaired = repair_into(repaired, &repair_, list_, text_);              \
  }

static void say_executing(const char* path) {
  if (!is_tracing()) return;
  const int error = errno;
  // A forked child has what its parent has, who tells of it in its own time.
  if (is_first_process()) note_libraries_at_end();
  note_text(kTraceExecuting, (uint64_t)(uint32_t)getpid(), path != NULL ? path : "");
  errno = error;
}

static int say_failed(int answer) {
  note_text(kTraceNotExecuted, (uint64_t)(uint32_t)getpid(), "");
  return answer;
}

EXPORT int execve(const char* path, char* const argv[], char* const variables[]) {
  say_executing(path);
  REPAIR(repaired, variables)
  return say_failed(NEXT(execve)(path, argv, repaired));
}

EXPORT int execv(const char* path, char* const argv[]) { return execve(path, argv, environ); }

EXPORT int execvpe(const char* file, char* const argv[], char* const variables[]) {
  say_executing(file);
  REPAIR(repaired, variables)
  return say_failed(NEXT(execvpe)(file, argv, repaired));
}

EXPORT int execvp(const char* file, char* const argv[]) { return execvpe(file, argv, environ); }

EXPORT int fexecve(int fd, char* const argv[], char* const variables[]) {
  say_executing("an open file");
  REPAIR(repaired, variables)
  return say_failed(NEXT(fexecve)(fd, argv, repaired));
}

EXPORT int execveat(int dir_fd, const char* path, char* const argv[], char* const variables[],
                    int flags) {
  say_executing(path);
  REPAIR(repaired, variables)
  return say_failed(NEXT(execveat)(dir_fd, path, argv, repaired, flags));
}

// argv from the arguments of execl and its like; `rest` then stands behind the closing null.
#define COLLECT(argv, first, rest)                         \
  va_list rest, counted_;                                  \
  va_start(rest, first);                                   \
  va_copy(counted_, rest);                                 \
  size_t count_args_ = 1;                                  \
  while (va_arg(counted_, char*) != NULL) ++count_args_;   \
  va_end(counted_);                                        \
  char** argv = alloca((count_args_ + 1) * sizeof(char*)); \
  argv[0] = (char*)(uintptr_t)first;                       \
  for (size_t i_ = 1; i_ <= count_args_; ++i_) argv[i_] = va_arg(rest, char*);

EXPORT int execl(const char* path, const char* arg, ...) {
  COLLECT(argv, arg, rest)
  va_end(rest);
  return execve(path, argv, environ);
}

EXPORT int execlp(const char* file, const char* arg, ...) {
  COLLECT(argv, arg, rest)
  va_end(rest);
  return execvpe(file, argv, environ);
}

EXPORT int execle(const char* path, const char* arg, ...) {
  COLLECT(argv, arg, rest)
  char* const* variables = va_arg(rest, char* const*);
  va_end(rest);
  return execve(path, argv, variables);
}

static void say_spawned(int answer, pid_t pid, const char* path, int64_t before_ns) {
  if (answer != 0 || !is_tracing()) return;
  struct Note note = {
      .kind = kTraceExecuting, .value = (uint64_t)(uint32_t)pid, .steady_ns = before_ns};
  note.part[0].data = path;
  note.part[0].bytes = strlen(path);
  write_record(&note);
}

#define INTERPOSE_SPAWN(name)                                                               \
  EXPORT int name(pid_t* restrict pid, const char* restrict path,                           \
                  const posix_spawn_file_actions_t* restrict actions,                       \
                  const posix_spawnattr_t* restrict attributes, char* const argv[restrict], \
                  char* const variables[restrict]) {                                        \
    REPAIR(repaired, variables)                                                             \
    pid_t child = 0;                                                                        \
    const int64_t before_ns = steady_now_ns();                                              \
    const int answer = NEXT(name)(&child, path, actions, attributes, argv, repaired);       \
    if (answer == 0 && pid != NULL) *pid = child;                                           \
    const int error = errno;                                                                \
    say_spawned(answer, child, path, before_ns);                                            \
    errno = error;                                                                          \
    return answer;                                                                          \
  }
INTERPOSE_SPAWN(posix_spawn)
INTERPOSE_SPAWN(posix_spawnp)

// libc starts a shell by itself for these two: some child of ours is to begin.
static void say_shell(void) {
  note_text(kTraceExecuting, (uint64_t)(uint32_t)getpid() << 32, "/bin/sh");
}

EXPORT int system(const char* command) {
  if (command != NULL) say_shell();
  return NEXT(system)(command);
}

EXPORT FILE* popen(const char* command, const char* mode) {
  say_shell();
  return NEXT(popen)(command, mode);
}

static int note_library(struct dl_phdr_info* about, size_t size, void* unused) {
  (void)size;
  (void)unused;
  if (about->dlpi_name != NULL && about->dlpi_name[0] == '/') {
    note_once(kTraceLibrary, about->dlpi_name);
  }
  return 0;
}

void note_libraries_at_start(void) { dl_iterate_phdr(note_library, NULL); }

static void note_mapping(char* line) {
  char* path = strchr(line, '/');
  // "start-end r-xp ...": what is mapped for execution.
  const char* space = strchr(line, ' ');
  if (path != NULL && space != NULL && space < path && space[3] == 'x') {
    note_once(kTraceLibrary, path);
  }
}

// Libraries come with dlopen(3), which cannot be stood before: it looks at who calls it. So the
// maps are read at the end. No lock of the loader is taken, which a thread that a fork left behind
// may hold for ever.
void note_libraries_at_end(void) {
  if (!is_tracing()) return;
  const int error = errno;
  const int fd = NEXT(open)("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  char buffer[2 * kPathMax];
  size_t held = 0;
  for (;;) {
    const ssize_t got = fd >= 0 ? read(fd, buffer + held, sizeof buffer - 1 - held) : 0;
    if (got <= 0) break;
    held += (size_t)got;
    buffer[held] = '\0';
    char* line = buffer;
    for (char* end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
      *end = '\0';
      note_mapping(line);
    }
    held = strlen(line);
    memmove(buffer, line, held);
    if (held == sizeof buffer - 1) held = 0;  // longer than any path: not ours to understand
  }
  if (fd >= 0) close(fd);
  errno = error;
}

// Ways to end that call no destructor.
EXPORT void _exit(int code) {
  note_libraries_at_end();
  NEXT(_exit)(code);
  __builtin_unreachable();
}

EXPORT void _Exit(int code) {
  note_libraries_at_end();
  NEXT(_Exit)(code);
  __builtin_unreachable();
}

EXPORT void quick_exit(int code) {
  note_libraries_at_end();
  NEXT(quick_exit)(code);
  __builtin_unreachable();
}
