// Calls that ask about a file without opening it.
#include <fts.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>

#include "trace/shim/shim.h"

// name(path, ...) and name(dir_fd, path, ...), which answer 0, or -1 with errno.
#define INTERPOSE_LOOK(name, parameters, arguments) \
  EXPORT int name parameters {                      \
    const int answer = NEXT(name) arguments;        \
    note_looked(AT_FDCWD, path, answer);            \
    return answer;                                  \
  }
#define INTERPOSE_LOOK_AT(name, parameters, arguments) \
  EXPORT int name parameters {                         \
    const int answer = NEXT(name) arguments;           \
    note_looked(dir_fd, path, answer);                 \
    return answer;                                     \
  }

INTERPOSE_LOOK(stat, (const char* path, struct stat* found), (path, found))
INTERPOSE_LOOK(stat64, (const char* path, struct stat64* found), (path, found))
INTERPOSE_LOOK(lstat, (const char* path, struct stat* found), (path, found))
INTERPOSE_LOOK(lstat64, (const char* path, struct stat64* found), (path, found))
INTERPOSE_LOOK(euidaccess, (const char* path, int mode), (path, mode))
INTERPOSE_LOOK(eaccess, (const char* path, int mode), (path, mode))
INTERPOSE_LOOK_AT(fstatat, (int dir_fd, const char* path, struct stat* found, int flags),
                  (dir_fd, path, found, flags))
INTERPOSE_LOOK_AT(fstatat64, (int dir_fd, const char* path, struct stat64* found, int flags),
                  (dir_fd, path, found, flags))
INTERPOSE_LOOK_AT(statx,
                  (int dir_fd, const char* restrict path, int flags, unsigned mask,
                   struct statx* restrict found),
                  (dir_fd, path, flags, mask, found))
INTERPOSE_LOOK_AT(faccessat, (int dir_fd, const char* path, int mode, int flags),
                  (dir_fd, path, mode, flags))

EXPORT int access(const char* path, int mode) {
  const int answer = NEXT(access)(path, mode);
  // Only now is it sure that there is a path at all.
  if (answer != 0 && errno == ENOENT && is_for_recorder(path)) return take_message(path);
  note_looked(AT_FDCWD, path, answer);
  return answer;
}

// What stat() was in programs built before glibc 2.33.
int __xstat(int version, const char* path, struct stat* found);
int __lxstat(int version, const char* path, struct stat* found);
int __xstat64(int version, const char* path, struct stat64* found);
int __lxstat64(int version, const char* path, struct stat64* found);
int __fxstatat(int version, int dir_fd, const char* path, struct stat* found, int flags);
int __fxstatat64(int version, int dir_fd, const char* path, struct stat64* found, int flags);

INTERPOSE_LOOK(__xstat, (int version, const char* path, struct stat* found), (version, path, found))
INTERPOSE_LOOK(__lxstat, (int version, const char* path, struct stat* found),
               (version, path, found))
INTERPOSE_LOOK(__xstat64, (int version, const char* path, struct stat64* found),
               (version, path, found))
INTERPOSE_LOOK(__lxstat64, (int version, const char* path, struct stat64* found),
               (version, path, found))
INTERPOSE_LOOK_AT(__fxstatat,
                  (int version, int dir_fd, const char* path, struct stat* found, int flags),
                  (version, dir_fd, path, found, flags))
INTERPOSE_LOOK_AT(__fxstatat64,
                  (int version, int dir_fd, const char* path, struct stat64* found, int flags),
                  (version, dir_fd, path, found, flags))

EXPORT ssize_t readlink(const char* restrict path, char* restrict target, size_t room) {
  const ssize_t answer = NEXT(readlink)(path, target, room);
  note_looked(AT_FDCWD, path, answer < 0 ? -1 : 0);
  return answer;
}

EXPORT ssize_t readlinkat(int dir_fd, const char* restrict path, char* restrict target,
                          size_t room) {
  const ssize_t answer = NEXT(readlinkat)(dir_fd, path, target, room);
  note_looked(dir_fd, path, answer < 0 ? -1 : 0);
  return answer;
}

EXPORT char* realpath(const char* restrict path, char* restrict resolved) {
  char* answer = NEXT(realpath)(path, resolved);
  note_looked(AT_FDCWD, path, answer != NULL ? 0 : -1);
  return answer;
}

// Walks whose folders are listed inside libc.
EXPORT int ftw(const char* path, __ftw_func_t visit, int fds) {
  note_once(kTraceUnseen, "a folder walked with ftw(3)");
  return NEXT(ftw)(path, visit, fds);
}

EXPORT int nftw(const char* path, __nftw_func_t visit, int fds, int flags) {
  note_once(kTraceUnseen, "a folder walked with nftw(3)");
  return NEXT(nftw)(path, visit, fds, flags);
}

EXPORT FTS* fts_open(char* const* paths, int options,
                     int (*order)(const FTSENT**, const FTSENT**)) {
  note_once(kTraceUnseen, "a folder walked with fts(3)");
  return NEXT(fts_open)(paths, options, order);
}
