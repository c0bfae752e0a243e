// Identifiers from the kernel's random numbers: no state, so nothing to repeat after a fork.
#include "base/id.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/limits.h"

namespace cairn {
namespace {
constexpr std::array<const char*, 32> kAdjectives = {
    "amber",   "ancient", "bold",  "bright", "calm",   "clear", "cold",   "crisp",
    "deep",    "distant", "early", "fair",   "gentle", "grand", "green",  "high",
    "hidden",  "keen",    "light", "lone",   "lucid",  "misty", "noble",  "north",
    "patient", "plain",   "quiet", "silver", "steady", "still", "sunlit", "wide"};
constexpr std::array<const char*, 32> kNouns = {
    "arete", "basin",   "boulder", "brook", "canyon", "cliff", "col",    "crag",
    "creek", "crest",   "dale",    "fell",  "ford",   "gap",   "glade",  "gorge",
    "heath", "hill",    "ledge",   "marsh", "meadow", "moor",  "pass",   "path",
    "peak",  "plateau", "ridge",   "scree", "slope",  "spur",  "summit", "trail"};
}  // namespace

uint64_t random_u64() {
  uint64_t value = 0;
  CHECK(getrandom(&value, sizeof value, 0) == sizeof value);
  return value;
}

std::string make_id(int length) {
  constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string id;
  uint64_t bits = 0;
  for (int i = 0; i < length; ++i) {
    if (i % 12 == 0) bits = random_u64();
    id.push_back(kAlphabet[bits & 31]);
    bits >>= 5;
  }
  return id;
}

std::string make_name() {
  const uint64_t bits = random_u64();
  return fmt::format("{}-{}-{}", kAdjectives[bits % kAdjectives.size()],
                     kNouns[(bits >> 8) % kNouns.size()], (bits >> 16) % 1000);
}

bool is_safe_name(std::string_view text) {
  if (text.empty() || text.size() > kNameBytesMax || text.front() == '.') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

}  // namespace cairn
