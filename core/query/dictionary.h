// Dictionary: the distinct texts of one column, numbered from 0 in order of arrival.
//
// A predicate over text is computed once per distinct text instead of once per run. Texts are never
// taken out singly; the column starts a new dictionary when most of this one is no longer in use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::query {

class Dictionary {
 public:
  using Code = uint32_t;

  Code add(std::string_view text);  // the code it has, or a new one
  std::optional<Code> find(std::string_view text) const;
  // Valid until the next add().
  std::string_view text(Code code) const {
    const size_t begin = code == 0 ? 0 : x_ends[code - 1];
    return std::string_view(x_bytes).substr(begin, x_ends[code] - begin);
  }
  // The first eight bytes as a number that orders as the text does.
  uint64_t prefix(Code code) const { return x_prefixes[code]; }
  size_t size() const { return x_ends.size(); }
  size_t memory_bytes() const;

 private:
  size_t slot_of(std::string_view text, uint32_t hash) const;
  void grow();

  std::string x_bytes;               // all texts, one after the other
  std::vector<size_t> x_ends;        // by code
  std::vector<uint64_t> x_prefixes;  // by code
  std::vector<uint32_t> x_hashes;    // by code
  std::vector<uint32_t> x_slots;     // open addressing, a power of two: code + 1, or 0
};

}  // namespace cairn::query
