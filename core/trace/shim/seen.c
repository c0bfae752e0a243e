// What was written down already: a set of 64-bit keys without locks, shared with forked children.
//
// Four tables of growing size, each a run of buckets that are one cache line wide; a key that finds
// its bucket full in one goes to the next. The memory is reserved at once and used as it fills:
// 18 MiB at most, room for two million keys. Beyond, things are written down again and again. A key
// is marked after its record was written, so that a process killed in between hides nothing.
#include <sys/mman.h>

#include "trace/shim/shim.h"

enum { kLevels = 4, kBucket = 8 };
static const unsigned kLevelBits[kLevels] = {12, 15, 18, 21};  // keys in a table, as a power of 2

typedef _Atomic uint64_t Slot;

static _Atomic(Slot*) slots;

static Slot* get_slots(void) {
  Slot* found = atomic_load_explicit(&slots, memory_order_acquire);
  if (found != NULL) return found;
  size_t bytes = 0;
  for (int level = 0; level < kLevels; ++level) bytes += sizeof(Slot) << kLevelBits[level];
  void* made =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (made == MAP_FAILED) return NULL;
  madvise(made, bytes, MADV_DONTDUMP);
  if (atomic_compare_exchange_strong(&slots, &found, (Slot*)made)) return made;
  munmap(made, bytes);
  return found;
}

// The slot that holds `key`, or the first empty one it may go to; null when all are taken.
static Slot* find(uint64_t key, bool* is_there) {
  *is_there = false;
  Slot* table = get_slots();
  for (int level = 0; table != NULL && level < kLevels; ++level) {
    const uint64_t mask = ((uint64_t)1 << kLevelBits[level]) - kBucket;
    Slot* bucket = table + ((key >> (level * 3)) & mask);
    for (int i = 0; i < kBucket; ++i) {
      const uint64_t held = atomic_load_explicit(&bucket[i], memory_order_relaxed);
      if (held == key) *is_there = true;
      if (held == key || held == 0) return &bucket[i];
    }
    table += (uint64_t)1 << kLevelBits[level];
  }
  return NULL;
}

bool is_seen(uint64_t key) {
  bool is_there;
  find(key, &is_there);
  return is_there;
}

void mark_seen(uint64_t key) {
  for (;;) {
    bool is_there;
    Slot* slot = find(key, &is_there);
    if (slot == NULL || is_there) return;
    uint64_t empty = 0;
    if (atomic_compare_exchange_strong(slot, &empty, key)) return;
  }
}
