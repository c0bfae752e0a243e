// A disk that is full while the file FULL_DISK_MARK is there: regular files do not grow, as
// LD_PRELOAD of a test puts it between a server and the kernel. What a file has may be overwritten.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int has_no_room(int fd, off_t end) {
  struct stat about;
  const char* mark = getenv("FULL_DISK_MARK");
  if (!mark || access(mark, F_OK) != 0) return 0;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || end <= about.st_size) return 0;
  errno = ENOSPC;
  return 1;
}

ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t at) {
  ssize_t (*real)(int, const void*, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
  return has_no_room(fd, at + (off_t)count) ? -1 : real(fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t at) {
  return pwrite64(fd, bytes, count, at);
}

ssize_t write(int fd, const void* bytes, size_t count) {
  ssize_t (*real)(int, const void*, size_t) = dlsym(RTLD_NEXT, "write");
  const off_t at = lseek(fd, 0, SEEK_CUR);
  return at >= 0 && has_no_room(fd, at + (off_t)count) ? -1 : real(fd, bytes, count);
}

int ftruncate64(int fd, off64_t size) {
  int (*real)(int, off64_t) = dlsym(RTLD_NEXT, "ftruncate64");
  return has_no_room(fd, size) ? -1 : real(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fallocate64(int fd, int mode, off64_t at, off64_t count) {
  int (*real)(int, int, off64_t, off64_t) = dlsym(RTLD_NEXT, "fallocate64");
  return has_no_room(fd, at + count) ? -1 : real(fd, mode, at, count);
}

int fallocate(int fd, int mode, off_t at, off_t count) { return fallocate64(fd, mode, at, count); }
