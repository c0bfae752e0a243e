// Calls that change names, and those that change what names mean.
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "trace/shim/shim.h"

#define INTERPOSE_CHANGE(name, kind, dir_fd, path, parameters, arguments) \
  EXPORT int name parameters {                                            \
    const int answer = NEXT(name) arguments;                              \
    if (answer == 0) note_path(kind, dir_fd, path);                       \
    return answer;                                                        \
  }

INTERPOSE_CHANGE(unlink, kTraceRemoved, AT_FDCWD, path, (const char* path), (path))
INTERPOSE_CHANGE(rmdir, kTraceRemoved, AT_FDCWD, path, (const char* path), (path))
INTERPOSE_CHANGE(remove, kTraceRemoved, AT_FDCWD, path, (const char* path), (path))
INTERPOSE_CHANGE(unlinkat, kTraceRemoved, dir_fd, path, (int dir_fd, const char* path, int flags),
                 (dir_fd, path, flags))
INTERPOSE_CHANGE(mkdir, kTraceFolderMade, AT_FDCWD, path, (const char* path, mode_t mode),
                 (path, mode))
INTERPOSE_CHANGE(mkdirat, kTraceFolderMade, dir_fd, path,
                 (int dir_fd, const char* path, mode_t mode), (dir_fd, path, mode))
INTERPOSE_CHANGE(truncate, kTraceWritten, AT_FDCWD, path, (const char* path, off_t bytes),
                 (path, bytes))
INTERPOSE_CHANGE(truncate64, kTraceWritten, AT_FDCWD, path, (const char* path, off64_t bytes),
                 (path, bytes))
INTERPOSE_CHANGE(link, kTraceWritten, AT_FDCWD, to, (const char* from, const char* to), (from, to))
INTERPOSE_CHANGE(linkat, kTraceWritten, to_fd, to,
                 (int from_fd, const char* from, int to_fd, const char* to, int flags),
                 (from_fd, from, to_fd, to, flags))
INTERPOSE_CHANGE(symlink, kTraceWritten, AT_FDCWD, to, (const char* target, const char* to),
                 (target, to))
INTERPOSE_CHANGE(symlinkat, kTraceWritten, to_fd, to,
                 (const char* target, int to_fd, const char* to), (target, to_fd, to))

EXPORT char* mkdtemp(char* path) {
  char* made = NEXT(mkdtemp)(path);
  if (made != NULL) note_path(kTraceFolderMade, AT_FDCWD, made);
  return made;
}

EXPORT int rename(const char* from, const char* to) {
  const int answer = NEXT(rename)(from, to);
  if (answer == 0) note_renamed(AT_FDCWD, from, AT_FDCWD, to);
  return answer;
}

EXPORT int renameat(int from_fd, const char* from, int to_fd, const char* to) {
  const int answer = NEXT(renameat)(from_fd, from, to_fd, to);
  if (answer == 0) note_renamed(from_fd, from, to_fd, to);
  return answer;
}

EXPORT int renameat2(int from_fd, const char* from, int to_fd, const char* to, unsigned flags) {
  const int answer = NEXT(renameat2)(from_fd, from, to_fd, to, flags);
  if (answer == 0) note_renamed(from_fd, from, to_fd, to);
  return answer;
}

EXPORT int chdir(const char* path) {
  const int answer = NEXT(chdir)(path);
  note_folder_changed();
  return answer;
}

EXPORT int fchdir(int fd) {
  const int answer = NEXT(fchdir)(fd);
  note_folder_changed();
  return answer;
}

// Names mean other files from here on.
EXPORT int chroot(const char* path) {
  const int answer = NEXT(chroot)(path);
  if (answer == 0) stop_tracing("a program went on in another root folder (chroot)");
  return answer;
}

// A filter may kill for calls that the program itself would not make, so we make none any more.
EXPORT int prctl(int option, ...) {
  va_list rest;
  va_start(rest, option);
  const unsigned long a = va_arg(rest, unsigned long), b = va_arg(rest, unsigned long),
                      c = va_arg(rest, unsigned long), d = va_arg(rest, unsigned long);
  va_end(rest);
  if (option == PR_SET_SECCOMP) stop_tracing("a program filtered its system calls (seccomp)");
  return NEXT(prctl)(option, a, b, c, d);
}
