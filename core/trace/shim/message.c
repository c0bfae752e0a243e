// What the Python recorder has to say: it asks access(2) for a path that cannot be, and we listen.
//
// So it needs no file of its own, which a program could close and a killed one would leave half
// written, and no foreign-function interface, which would be imported into every program.
#include "trace/shim/shim.h"

static const char kPrefix[] = "/.cairn-trace/";

// The listing that this thread's importer is about to ask for.
static __thread uint64_t importing __attribute__((tls_model("initial-exec")));

bool is_for_recorder(const char* path) {
  return path != NULL && path[0] == '/' && path[1] == '.' && is_tracing() &&
         strncmp(path, kPrefix, sizeof kPrefix - 1) == 0;
}

bool is_listing_of_importer(uint64_t path_hash) {
  const bool is_expected = importing != 0 && importing == path_hash;
  if (is_expected) importing = 0;
  return is_expected;
}

// A letter, then its text. Answers as access(2) does: 0 for what was understood.
int take_message(const char* path) {
  const char* text = path + sizeof kPrefix;
  switch (path[sizeof kPrefix - 1]) {
    case '?':
      return 0;
    case 'd':
      importing = mix(0, text, strlen(text));
      return 0;
    case 'e':
      note_once(kTraceEnvironment, text);
      return 0;
    case 'm':
      note_once(kTraceImported, text);
      return 0;
    case 'l':
      note_once(kTraceLibrary, text);
      return 0;
    case 's':
      note_once(kTraceSeeded, text);
      return 0;
    case 'p':
      note_text(kTracePython, 0, text);
      return 0;
    case 'u':
      note_once(kTraceUnseen, text);
      return 0;
    case 'n':
      note_libraries_at_end();
      return 0;
    default:
      errno = ENOENT;
      return -1;
  }
}
