// Names are split into words of letters and digits; words that tell nothing are left out.
#include "footprint/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/nearest.h"

namespace cairn::footprint {
namespace {

constexpr auto kNoise = std::to_array<std::string_view>(
    {"nvidia",   "geforce", "tesla", "amd",       "radeon",      "instinct",    "intel",
     "google",   "cloud",   "apple", "aws",       "corporation", "inc",         "gpu",
     "graphics", "card",    "cpu",   "processor", "apu",         "accelerator", "generation"});
constexpr auto kCounts = std::to_array<std::string_view>(
    {"single", "dual", "triple", "quad", "six", "eight", "ten", "twelve", "sixteen"});

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_number(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), is_digit);
}

bool is_memory(std::string_view word) {  // "80gb", "hbm3", "hbm2e"
  if (word.starts_with("hbm") || word.starts_with("gddr")) return true;
  for (const std::string_view unit : {"gb", "gib"})
    if (word.ends_with(unit) && is_number(word.substr(0, word.size() - unit.size()))) return true;
  return false;
}

// The words of a name one after the other, in lower case.
class Words {
 public:
  explicit Words(std::string_view name) : x_rest(name) {}

  // Empty at the end, and where a clock rate begins.
  std::string_view next() {
    skip_to_word();
    x_size = 0;
    while (!x_rest.empty() && is_word(x_rest.front())) {
      if (x_size < x_word.size()) x_word[x_size++] = lower(x_rest.front());
      x_rest.remove_prefix(1);
    }
    return {x_word.data(), x_size};
  }
  std::string_view rest() const { return x_rest; }

 private:
  void skip_to_word() {
    while (!x_rest.empty() && !is_word(x_rest.front())) {
      if (x_rest.front() == '@') x_rest = {};
      const bool is_mark = x_rest.starts_with("(R)") || x_rest.starts_with("(r)") ||
                           x_rest.starts_with("(C)") || x_rest.starts_with("(TM)") ||
                           x_rest.starts_with("(tm)");
      x_rest.remove_prefix(is_mark ? x_rest.find(')') + 1 : std::min<size_t>(1, x_rest.size()));
    }
  }

  std::string_view x_rest;
  std::array<char, 48> x_word;
  size_t x_size = 0;
};

// What follows describes something else: "with Radeon Graphics", "w/ Radeon 780M", "MIG 1g.5gb".
bool ends_name(std::string_view word, const Words& words) {
  return word == "with" || word == "mig" || (word == "w" && words.rest().starts_with('/'));
}

// "64-Core", "Quad-Core", "13th Gen": a number and a noun that go together are left out. `word` is
// the last one of `words`.
bool skips_pair(std::string_view word, Words& words) {
  Words ahead = words;
  const std::string_view noun = ahead.next();
  const bool is_cores =
      (is_number(word) || is_one_of(word, kCounts)) && (noun == "core" || noun == "cores");
  const bool is_generation = noun == "gen" && is_digit(word.front()) && !is_number(word);
  if (is_cores || is_generation) words = ahead;
  return is_cores || is_generation;
}

}  // namespace

DeviceKey::DeviceKey(std::string_view name, Memory memory) {
  Words words(name);
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
    if (x_size > 0 && ends_name(word, words)) break;
    if (is_one_of(word, kNoise) || (memory == Memory::kDropped && is_memory(word))) continue;
    if (!skips_pair(word, words)) add(word);
  }
}

void DeviceKey::add(std::string_view token) {
  const size_t size = std::min(token.size(), x_text.size() - x_size);
  std::copy_n(token.begin(), size, x_text.begin() + static_cast<std::ptrdiff_t>(x_size));
  x_size += size;
}

std::string fold(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), lower);
  return folded;
}

std::string offer(std::string_view wanted, const std::vector<std::string_view>& candidates) {
  const std::string folded = fold(wanted);
  std::vector<std::string> keys;
  keys.reserve(candidates.size());
  for (const std::string_view candidate : candidates) keys.push_back(fold(candidate));
  std::vector<std::string_view> near;
  if (const auto nearest = nearest_name(folded, {keys.begin(), keys.end()}))
    for (size_t i = 0; i < keys.size() && near.empty(); ++i)
      if (keys[i] == *nearest) near.push_back(candidates[i]);
  constexpr size_t kOfferedMax = 4;
  for (size_t i = 0; i < keys.size() && near.size() < kOfferedMax; ++i)
    if (folded.size() >= 2 && keys[i].find(folded) != std::string::npos &&
        !is_one_of(candidates[i], near))
      near.push_back(candidates[i]);
  if (near.empty()) return {};
  return fmt::format("; did you mean '{}'?", fmt::join(near, "', '"));
}

}  // namespace cairn::footprint
