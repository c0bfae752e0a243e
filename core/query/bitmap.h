// Bitmap: a set of rows, one bit each.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace cairn::query {

class Bitmap {
 public:
  static constexpr size_t kWordBits = 64;

  explicit Bitmap(size_t bits = 0, bool value = false)
      : x_words((bits + kWordBits - 1) / kWordBits, value ? ~uint64_t{0} : 0), x_bits(bits) {
    trim();
  }

  size_t bits() const { return x_bits; }
  void push(bool value) {
    if (x_bits % kWordBits == 0) x_words.push_back(0);
    assign(x_bits++, value);
  }
  bool test(size_t at) const { return (x_words[at / kWordBits] >> (at % kWordBits)) & 1; }
  void assign(size_t at, bool value) {
    const uint64_t bit = uint64_t{1} << (at % kWordBits);
    uint64_t& word = x_words[at / kWordBits];
    word = value ? word | bit : word & ~bit;
  }
  // Bits `at`, `at` + 1 ... from the low `count` bits of `bits`; `at` is a multiple of kWordBits.
  void assign_word(size_t at, uint64_t bits, size_t count) {
    const uint64_t kept = count == kWordBits ? 0 : ~uint64_t{0} << count;
    uint64_t& word = x_words[at / kWordBits];
    word = (word & kept) | (bits & ~kept);
  }

  Bitmap& operator&=(const Bitmap& other) {
    for (size_t i = 0; i < x_words.size(); ++i) x_words[i] &= other.x_words[i];
    return *this;
  }
  Bitmap& operator|=(const Bitmap& other) {
    for (size_t i = 0; i < x_words.size(); ++i) x_words[i] |= other.x_words[i];
    return *this;
  }
  void flip() {
    for (uint64_t& word : x_words) word = ~word;
    trim();
  }

  size_t count() const {
    size_t sum = 0;
    for (const uint64_t word : x_words) sum += static_cast<size_t>(std::popcount(word));
    return sum;
  }
  // Calls visit(row) for every set bit, ascending.
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (size_t i = 0; i < x_words.size(); ++i) visit_word(i, visit);
  }
  // The same in a scattered order, always the same one: for searches that suffer when what they
  // look for gets better row by row, as "newest first" does.
  template <typename Visit>
  void for_each_scattered(const Visit& visit) const {
    const size_t words = x_words.size();
    size_t stride = words * 5 / 8 + 1;
    while (std::gcd(stride, words) > 1) ++stride;
    for (size_t i = 0, at = 0; i < words; ++i, at = (at + stride) % words) visit_word(at, visit);
  }

 private:
  template <typename Visit>
  void visit_word(size_t at, const Visit& visit) const {
    for (uint64_t word = x_words[at]; word != 0; word &= word - 1)
      visit(static_cast<uint32_t>(at * kWordBits + static_cast<size_t>(std::countr_zero(word))));
  }
  void trim() {  // bits beyond the end stay clear, so that count() and for_each() need no care
    if (x_bits % kWordBits != 0) x_words.back() &= (uint64_t{1} << (x_bits % kWordBits)) - 1;
  }

  std::vector<uint64_t> x_words;
  size_t x_bits = 0;
};

}  // namespace cairn::query
