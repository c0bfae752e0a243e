// Calls that open a file or a folder.
#include <dirent.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/shim/shim.h"

// The mode that open(2) takes only where a file may be made.
#define READ_MODE(mode, flags)                                      \
  mode_t mode = 0;                                                  \
  if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) { \
    va_list rest;                                                   \
    va_start(rest, flags);                                          \
    mode = va_arg(rest, mode_t);                                    \
    va_end(rest);                                                   \
  }

#define INTERPOSE_OPEN(name)                          \
  EXPORT int name(const char* path, int flags, ...) { \
    READ_MODE(mode, flags)                            \
    const int fd = NEXT(name)(path, flags, mode);     \
    note_opened(AT_FDCWD, path, flags, fd);           \
    return fd;                                        \
  }
INTERPOSE_OPEN(open)
INTERPOSE_OPEN(open64)

#define INTERPOSE_OPENAT(name)                                    \
  EXPORT int name(int dir_fd, const char* path, int flags, ...) { \
    READ_MODE(mode, flags)                                        \
    const int fd = NEXT(name)(dir_fd, path, flags, mode);         \
    note_opened(dir_fd, path, flags, fd);                         \
    return fd;                                                    \
  }
INTERPOSE_OPENAT(openat)
INTERPOSE_OPENAT(openat64)

// What the headers make of open() in programs that are compiled with _FORTIFY_SOURCE.
int __open_2(const char* path, int flags);
int __open64_2(const char* path, int flags);
int __openat_2(int dir_fd, const char* path, int flags);
int __openat64_2(int dir_fd, const char* path, int flags);

#define INTERPOSE_OPEN_2(name)                   \
  EXPORT int name(const char* path, int flags) { \
    const int fd = NEXT(name)(path, flags);      \
    note_opened(AT_FDCWD, path, flags, fd);      \
    return fd;                                   \
  }
INTERPOSE_OPEN_2(__open_2)
INTERPOSE_OPEN_2(__open64_2)

#define INTERPOSE_OPENAT_2(name)                             \
  EXPORT int name(int dir_fd, const char* path, int flags) { \
    const int fd = NEXT(name)(dir_fd, path, flags);          \
    note_opened(dir_fd, path, flags, fd);                    \
    return fd;                                               \
  }
INTERPOSE_OPENAT_2(__openat_2)
INTERPOSE_OPENAT_2(__openat64_2)

#define INTERPOSE_CREAT(name)                                      \
  EXPORT int name(const char* path, mode_t mode) {                 \
    const int fd = NEXT(name)(path, mode);                         \
    note_opened(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, fd); \
    return fd;                                                     \
  }
INTERPOSE_CREAT(creat)
INTERPOSE_CREAT(creat64)

static int flags_of(const char* mode) {
  const bool is_both = strchr(mode, '+') != NULL;
  int flags = is_both ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;
  if (mode[0] == 'w') flags |= O_CREAT | O_TRUNC;
  if (mode[0] == 'a') flags |= O_CREAT | O_APPEND;
  if (strchr(mode, 'x') != NULL) flags |= O_EXCL;
  return flags;
}

static void note_stream(const char* path, const char* mode, FILE* stream) {
  const int error = errno;
  const int fd = stream != NULL ? fileno(stream) : -1;
  errno = error;
  if (path != NULL && mode != NULL) note_opened(AT_FDCWD, path, flags_of(mode), fd);
}

#define INTERPOSE_FOPEN(name)                             \
  EXPORT FILE* name(const char* path, const char* mode) { \
    FILE* stream = NEXT(name)(path, mode);                \
    note_stream(path, mode, stream);                      \
    return stream;                                        \
  }
INTERPOSE_FOPEN(fopen)
INTERPOSE_FOPEN(fopen64)

#define INTERPOSE_FREOPEN(name)                                         \
  EXPORT FILE* name(const char* path, const char* mode, FILE* stream) { \
    FILE* reopened = NEXT(name)(path, mode, stream);                    \
    note_stream(path, mode, reopened);                                  \
    return reopened;                                                    \
  }
INTERPOSE_FREOPEN(freopen)
INTERPOSE_FREOPEN(freopen64)

// Temporary files get a name nobody had. What is given is changed into the name.
#define INTERPOSE_TEMPORARY(name, parameters, arguments)           \
  EXPORT int name parameters {                                     \
    const int fd = NEXT(name) arguments;                           \
    if (fd >= 0) note_opened(AT_FDCWD, path, O_RDWR | O_EXCL, fd); \
    return fd;                                                     \
  }
INTERPOSE_TEMPORARY(mkstemp, (char* path), (path))
INTERPOSE_TEMPORARY(mkstemp64, (char* path), (path))
INTERPOSE_TEMPORARY(mkostemp, (char* path, int flags), (path, flags))
INTERPOSE_TEMPORARY(mkostemp64, (char* path, int flags), (path, flags))
INTERPOSE_TEMPORARY(mkstemps, (char* path, int suffix), (path, suffix))
INTERPOSE_TEMPORARY(mkstemps64, (char* path, int suffix), (path, suffix))
INTERPOSE_TEMPORARY(mkostemps, (char* path, int suffix, int flags), (path, suffix, flags))
INTERPOSE_TEMPORARY(mkostemps64, (char* path, int suffix, int flags), (path, suffix, flags))

EXPORT DIR* opendir(const char* path) {
  DIR* folder = NEXT(opendir)(path);
  if (folder != NULL) {
    note_listed(AT_FDCWD, path);
  } else {
    note_looked(AT_FDCWD, path, -1);
  }
  return folder;
}

EXPORT DIR* fdopendir(int fd) {
  DIR* folder = NEXT(fdopendir)(fd);
  if (folder != NULL) note_listed(fd, ".");
  return folder;
}

#define INTERPOSE_SCANDIR(name, entry)                                                           \
  EXPORT int name(const char* path, struct entry*** entries, int (*filter)(const struct entry*), \
                  int (*order)(const struct entry**, const struct entry**)) {                    \
    const int count = NEXT(name)(path, entries, filter, order);                                  \
    if (count >= 0) {                                                                            \
      note_listed(AT_FDCWD, path);                                                               \
    } else {                                                                                     \
      note_looked(AT_FDCWD, path, -1);                                                           \
    }                                                                                            \
    return count;                                                                                \
  }
INTERPOSE_SCANDIR(scandir, dirent)
INTERPOSE_SCANDIR(scandir64, dirent64)

// The folders that glob(3) lists inside libc. Only where the one wildcard stands in the last part
// do we know them: it is the rest of the pattern.
static void note_globbed(const char* pattern) {
  if (pattern == NULL) return;
  const size_t plain = strcspn(pattern, "*?[\\{~");
  if (pattern[plain] == '\0') {
    note_path(kTracePresent, AT_FDCWD, pattern);
    return;
  }
  if (strchr(pattern + plain, '/') != NULL || plain >= kPathMax) {
    note_once(kTraceUnseen, "glob(3) with a wildcard in the name of a folder");
    return;
  }
  char folder[kPathMax];
  memcpy(folder, pattern, plain);
  folder[plain] = '\0';
  char* slash = strrchr(folder, '/');
  if (slash != NULL) slash[1] = '\0';
  note_listed(AT_FDCWD, slash != NULL ? folder : ".");
}

#define INTERPOSE_GLOB(name, result)                                                 \
  EXPORT int name(const char* pattern, int flags, int (*on_error)(const char*, int), \
                  result* found) {                                                   \
    const int answer = NEXT(name)(pattern, flags, on_error, found);                  \
    note_globbed(pattern);                                                           \
    return answer;                                                                   \
  }
INTERPOSE_GLOB(glob, glob_t)
INTERPOSE_GLOB(glob64, glob64_t)
