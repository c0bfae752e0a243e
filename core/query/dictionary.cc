// Dictionary: open addressing over codes, texts in one arena.
#include "query/dictionary.h"

#include "base/hash.h"

namespace cairn::query {
namespace {

constexpr size_t kSlotsMin = 8;

uint32_t hash_of(std::string_view text) { return static_cast<uint32_t>(xxh3_64(text)); }

uint64_t prefix_of(std::string_view text) {
  uint64_t prefix = 0;
  for (size_t i = 0; i < sizeof prefix; ++i)
    prefix = prefix << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  return prefix;
}

}  // namespace

// The slot that holds `text`, or the free one where it belongs.
size_t Dictionary::slot_of(std::string_view text, uint32_t hash) const {
  const size_t mask = x_slots.size() - 1;
  for (size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    const uint32_t entry = x_slots[slot];
    if (entry == 0 || (x_hashes[entry - 1] == hash && this->text(entry - 1) == text)) return slot;
  }
}

void Dictionary::grow() {
  x_slots.assign(x_slots.empty() ? kSlotsMin : x_slots.size() * 2, 0);
  const size_t mask = x_slots.size() - 1;
  for (Code code = 0; code < x_hashes.size(); ++code) {
    size_t slot = x_hashes[code] & mask;
    while (x_slots[slot] != 0) slot = (slot + 1) & mask;
    x_slots[slot] = code + 1;
  }
}

Dictionary::Code Dictionary::add(std::string_view text) {
  if (x_slots.size() < (size() + 1) * 3 / 2) grow();
  const uint32_t hash = hash_of(text);
  const size_t slot = slot_of(text, hash);
  if (x_slots[slot] != 0) return x_slots[slot] - 1;
  const Code code = static_cast<Code>(size());
  x_bytes.append(text);
  x_ends.push_back(x_bytes.size());
  x_prefixes.push_back(prefix_of(text));
  x_hashes.push_back(hash);
  x_slots[slot] = code + 1;
  return code;
}

std::optional<Dictionary::Code> Dictionary::find(std::string_view text) const {
  if (x_slots.empty()) return std::nullopt;
  const uint32_t entry = x_slots[slot_of(text, hash_of(text))];
  if (entry == 0) return std::nullopt;
  return entry - 1;
}

size_t Dictionary::memory_bytes() const {
  return x_bytes.capacity() + x_ends.capacity() * sizeof(size_t) +
         x_prefixes.capacity() * sizeof(uint64_t) + x_hashes.capacity() * sizeof(uint32_t) +
         x_slots.capacity() * sizeof(uint32_t);
}

}  // namespace cairn::query
