// From a call to a record: absolute paths, what an open meant, and each thing once.
#include "trace/shim/shim.h"

// Tells relative paths of one current folder from those of another; 0 when it must be asked for.
static _Atomic uint64_t folder_key;

void note_folder_changed(void) { atomic_store(&folder_key, 0); }

__attribute__((noinline)) static uint64_t ask_folder_key(void) {
  char here[kPathMax];
  const uint64_t key = getcwd(here, sizeof here) != NULL ? mix(1, here, strlen(here)) | 1 : 1;
  atomic_store(&folder_key, key);
  return key;
}

static uint64_t get_folder_key(void) {
  const uint64_t key = atomic_load_explicit(&folder_key, memory_order_relaxed);
  return key != 0 ? key : ask_folder_key();
}

// Where a relative path starts, with its slash; false when nobody knows.
static bool find_start(int dir_fd, char* start, size_t* bytes) {
  if (dir_fd == AT_FDCWD) {
    if (getcwd(start, kPathMax - 1) == NULL || start[0] != '/') return false;
    *bytes = strlen(start);
  } else {
    char link[32] = "/proc/self/fd/";
    size_t at = 14;
    char digits[12];
    size_t count = 0;
    for (unsigned rest = (unsigned)dir_fd; rest != 0 || count == 0; rest /= 10) {
      digits[count++] = (char)('0' + rest % 10);
    }
    while (count > 0) link[at++] = digits[--count];
    link[at] = '\0';
    const ssize_t found = NEXT(readlink)(link, start, kPathMax - 1);
    if (found <= 0 || start[0] != '/') return false;
    *bytes = (size_t)found;
  }
  if (start[*bytes - 1] != '/') start[(*bytes)++] = '/';
  return true;
}

// Apart from its callers: a path needs room on the stack, of which a thread may have little.
__attribute__((noinline)) static void write_below(struct Note* note, int dir_fd, const char* path,
                                                  size_t bytes) {
  char start[kPathMax];
  size_t start_bytes = 0;
  const bool is_known = find_start(dir_fd, start, &start_bytes);
  static const char kUnknown[] = "a path in an unknown folder: ";
  if (!is_known) note->kind = kTraceUnseen;
  note->part[0].data = is_known ? start : kUnknown;
  note->part[0].bytes = is_known ? start_bytes : sizeof kUnknown - 1;
  note->part[1].data = path;
  note->part[1].bytes = bytes;
  write_record(note);
}

static struct TraceStat pack_stat(const struct stat* found) {
  return (struct TraceStat){
      .inode = found->st_ino,
      .bytes = (uint64_t)found->st_size,
      .modified_ns = (int64_t)found->st_mtim.tv_sec * 1000000000 + found->st_mtim.tv_nsec,
      .changed_ns = (int64_t)found->st_ctim.tv_sec * 1000000000 + found->st_ctim.tv_nsec,
      .mode = found->st_mode,
      .device = (uint32_t)found->st_dev,
  };
}

static void note_file(uint8_t kind, uint8_t flags, int dir_fd, const char* path, int fd) {
  const size_t bytes = strnlen(path, kPathMax);
  // A descriptor's number says nothing about its folder, which is asked for every time.
  const bool is_below_fd = path[0] != '/' && dir_fd != AT_FDCWD;
  uint64_t key = 0;
  if (!is_below_fd) {
    const uint64_t folder = path[0] == '/' ? 0 : get_folder_key();
    key = mix(folder << 16 | (uint64_t)flags << 8 | kind, path, bytes) | 1;
    if (is_seen(key)) return;
  }
  struct Note note = {.kind = kind, .flags = flags};
  struct stat found;
  struct TraceStat about;
  if (fd >= 0 && fstat(fd, &found) == 0) {
    about = pack_stat(&found);
    note.stat = &about;
  }
  if (path[0] != '/') {
    write_below(&note, dir_fd, path, bytes);
  } else {
    note.part[0].data = path;
    note.part[0].bytes = bytes;
    write_record(&note);
  }
  if (key != 0) mark_seen(key);
}

void note_path(uint8_t kind, int dir_fd, const char* path) {
  if (path == NULL || path[0] == '\0' || !is_tracing()) return;
  const int error = errno;
  note_file(kind, 0, dir_fd, path, -1);
  errno = error;
}

// The kernel has read the path where the call succeeded or found nothing. Elsewhere the pointer may
// be bad, which is the kernel's to say.
static bool can_read_path(const char* path, int answer) {
  if (answer < 0 && errno != ENOENT && errno != ENOTDIR) return false;
  return path != NULL && path[0] != '\0';
}

void note_opened(int dir_fd, const char* path, int flags, int fd) {
  if (!is_tracing() || !can_read_path(path, fd)) return;
  const int error = errno;
  if (fd < 0) {
    note_file(kTraceAbsent, 0, dir_fd, path, -1);
  } else if ((flags & O_TMPFILE) == O_TMPFILE || (flags & O_PATH) != 0) {
    // No name, or no content.
  } else if ((flags & O_ACCMODE) == O_RDONLY) {
    note_file(kTraceRead, 0, dir_fd, path, fd);
  } else {
    const int said = ((flags & O_TRUNC) != 0 ? kTraceTruncates : 0) |
                     ((flags & O_EXCL) != 0 ? kTraceCreates : 0) |
                     ((flags & O_ACCMODE) == O_RDWR ? kTraceReadsToo : 0);
    note_file(kTraceWritten, (uint8_t)said, dir_fd, path, fd);
  }
  errno = error;
}

void note_looked(int dir_fd, const char* path, int answer) {
  if (!is_tracing() || !can_read_path(path, answer)) return;
  const int error = errno;
  note_file(answer >= 0 ? kTracePresent : kTraceAbsent, 0, dir_fd, path, -1);
  errno = error;
}

void note_listed(int dir_fd, const char* path) {
  if (path == NULL || !is_tracing()) return;
  if (is_listing_of_importer(mix(0, path, strlen(path)))) return;
  note_path(kTraceListed, dir_fd, path[0] != '\0' ? path : ".");
}

// Where `path` starts: nowhere when it is absolute, or in `room`.
static bool start_of(int dir_fd, const char* path, char* room, size_t* bytes) {
  *bytes = 0;
  return path[0] == '/' || find_start(dir_fd, room, bytes);
}

void note_renamed(int from_fd, const char* from, int to_fd, const char* to) {
  if (from == NULL || to == NULL || !is_tracing()) return;
  const int error = errno;
  char from_start[kPathMax], to_start[kPathMax];
  struct Note note = {.kind = kTraceRenamed};
  if (start_of(from_fd, from, from_start, &note.part[0].bytes) &&
      start_of(to_fd, to, to_start, &note.part[2].bytes)) {
    note.part[0].data = from_start;
    note.part[1].data = from;
    note.part[1].bytes = strlen(from) + 1;
    note.part[2].data = to_start;
    note.part[3].data = to;
    note.part[3].bytes = strlen(to);
    write_record(&note);
  } else {
    note_text(kTraceUnseen, 0, "a file renamed in an unknown folder");
  }
  errno = error;
}

void note_text(uint8_t kind, uint64_t value, const char* text) {
  if (!is_tracing()) return;
  const int error = errno;
  struct Note note = {.kind = kind, .value = value};
  note.part[0].data = text;
  note.part[0].bytes = strnlen(text, 2 * kPathMax);
  write_record(&note);
  errno = error;
}

void note_once(uint8_t kind, const char* text) {
  if (!is_tracing()) return;
  const uint64_t key = mix((uint64_t)kind << 1 | 1, text, strnlen(text, 2 * kPathMax)) | 1;
  if (is_seen(key)) return;
  note_text(kind, 0, text);
  mark_seen(key);
}
