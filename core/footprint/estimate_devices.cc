// Reads "8xV100, 2 x H100 SXM": how many of which device.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "footprint/estimate.h"

namespace cairn::footprint {
namespace {

constexpr double kCountMax = 1e9;
constexpr std::string_view kSpaces = " \t";

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

std::optional<double> parse_count(std::string_view text) {
  double count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return count;
}

// The text without the sign of multiplication that it begins or ends with: "x", "*" or "×".
std::optional<std::string_view> without_times(std::string_view text, bool at_end) {
  for (const std::string_view sign : {"x", "*", "×"}) {
    if (at_end ? text.ends_with(sign) : text.starts_with(sign)) {
      if (at_end)
        text.remove_suffix(sign.size());
      else
        text.remove_prefix(sign.size());
      return trim(text);
    }
  }
  return std::nullopt;
}

struct Split {
  std::string_view count, name;
};

// "8xV100"
std::optional<Split> split_count_first(std::string_view text) {
  const size_t end = text.find_first_not_of("-.0123456789");
  if (end == 0 || end == std::string_view::npos) return std::nullopt;
  const auto name = without_times(trim(text.substr(end)), false);
  if (!name || name->empty()) return std::nullopt;
  return Split{text.substr(0, end), *name};
}

// "V100x8": only after a digit or a space, since "rtx4090" is a name.
std::optional<Split> split_count_last(std::string_view text) {
  const size_t last = text.find_last_not_of("0123456789");
  if (last == std::string_view::npos || last + 1 == text.size()) return std::nullopt;
  const std::string_view before = text.substr(0, last + 1);
  const auto name = without_times(trim(before), true);
  if (!name || name->empty()) return std::nullopt;
  const char previous = before[name->size()];
  if (!is_digit(name->back()) && kSpaces.find(previous) == std::string_view::npos)
    return std::nullopt;
  return Split{text.substr(last + 1), *name};
}

Result<DeviceCount> parse_device(std::string_view text) {
  std::optional<Split> split = split_count_first(text);
  // "4090x8" are eight 4090: nobody names a device by two digits.
  const bool is_swapped = split && is_number(split->count) && is_number(split->name) &&
                          split->name.size() <= 2 && split->count.size() > 2;
  if (!split || is_swapped) split = split_count_last(text);
  if (!split) return DeviceCount{std::string(text), 1};
  const std::optional<double> count = parse_count(split->count);
  if (!count || !(*count > 0) || *count > kCountMax)
    return fail(Code::kInvalid, "expected a number of devices above 0, as in 8xV100, found '{}'",
                text);
  return DeviceCount{std::string(split->name), *count};
}

}  // namespace

Result<std::vector<DeviceCount>> parse_devices(std::string_view text) {
  std::vector<DeviceCount> devices;
  for (std::string_view rest = text;;) {
    const size_t end = rest.find(',');
    const std::string_view one = trim(rest.substr(0, end));
    if (one.empty())
      return fail(Code::kInvalid, "expected devices as in 8xV100 or V100,2xT4, found '{}'", text);
    TRY(DeviceCount device, parse_device(one));
    devices.push_back(std::move(device));
    if (end == std::string_view::npos) return devices;
    rest.remove_prefix(end + 1);
  }
}

}  // namespace cairn::footprint
