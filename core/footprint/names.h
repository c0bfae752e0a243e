// Names as people and drivers write them, made comparable; and what to offer when one is unknown.
// Internal to the room. Pure.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cairn::footprint {

// A device's name without what does not tell devices apart: case, spaces, makers and brands
// ("NVIDIA", "GeForce", "(R)"), clock rates and numbers of cores. "Intel(R) Xeon(R) Gold 6148 CPU @
// 2.40GHz" and "xeon gold 6148" are both "xeongold6148". Allocates nothing.
class DeviceKey {
 public:
  enum class Memory : uint8_t {
    kKept,
    kDropped,  // "80GB" and "HBM3", which drivers add
  };
  explicit DeviceKey(std::string_view name, Memory memory = Memory::kKept);
  std::string_view view() const { return {x_text.data(), x_size}; }

 private:
  void add(std::string_view token);

  std::array<char, 96> x_text;  // longer names are cut
  size_t x_size = 0;
};

std::string fold(std::string_view text);  // ASCII letters in lower case

// "; did you mean 'FR'?", or nothing where nothing is near. The case of letters does not matter.
std::string offer(std::string_view wanted, const std::vector<std::string_view>& candidates);

struct TextHash {
  using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <typename T>
using ByName = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

template <typename T>
const T* find_in(const ByName<T>& rows, std::string_view name) {
  const auto found = rows.find(name);
  return found == rows.end() ? nullptr : &found->second;
}

}  // namespace cairn::footprint
